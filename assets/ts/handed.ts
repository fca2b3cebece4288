// A device that is handed to somebody else: every other page of ours that is open
// on it covers itself, or is loaded anew, which its locked session does not allow.

const CHANNEL = "held-handed";

// HANDED says when; whoever keeps pages for without a network looks at it before
// they show one.
export const HANDED = "held-handed";

export function handed(): void {
	try {
		localStorage.setItem(HANDED, String(Date.now()));
	} catch {
		// Storage is forbidden: then no page was kept in it either.
	}
	const others = new BroadcastChannel(CHANNEL);
	others.postMessage(1);
	others.close();
}

// heed is what every page does when it hears of it. cover is its lock, if it has one.
export function heed(cover: () => boolean): void {
	if (document.documentElement.dataset.surface === "quiet") return;
	new BroadcastChannel(CHANNEL).onmessage = () => {
		if (!cover()) location.reload();
	};
}
