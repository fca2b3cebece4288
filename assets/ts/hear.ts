// Hearing what calls in the medicine rooms of somebody's clients, as it happens.
// One page of a browser listens and tells the others, so that many open pages
// cost one connection.

export interface Call {
	key: string;
	kind: string;
	says: string;
	since: string;
	heard?: string;
}

export interface Called {
	session: string;
	alias: string;
	calls: Call[];
}

interface Told {
	me: string;
	rooms: Called[];
}

const NAME = "held-calling";
const ASK = "ask"; // a page that has just come asks what the one that listens has heard

// hear calls show with every list: mine says that this page is the one that listens.
export function hear(me: () => string, show: (rooms: Called[], mine: boolean) => void): void {
	const others = new BroadcastChannel(NAME);
	let heard: Called[] | null = null; // while this page listens
	others.addEventListener("message", (event) => {
		const told = (event as MessageEvent).data as Told | typeof ASK;
		if (told === ASK) {
			if (heard) others.postMessage({ me: me(), rooms: heard } satisfies Told);
		} else if (told.me === me()) show(told.rooms, false);
	});
	others.postMessage(ASK);

	// listen hears what calls, until the server says that this session is over.
	const listen = (): Promise<void> =>
		new Promise((done) => {
			const source = new EventSource("/room/calls/stream");
			source.addEventListener("calls", (event) => {
				const { rooms } = JSON.parse(String((event as MessageEvent).data)) as { rooms: Called[] };
				heard = rooms;
				others.postMessage({ me: me(), rooms } satisfies Told);
				show(rooms, true);
			});
			source.addEventListener("over", () => {
				source.close();
				heard = null;
				done();
			});
			window.addEventListener("pagehide", () => source.close());
		});

	// inTurn waits until no other page of this browser listens.
	const inTurn = async (): Promise<void> => {
		if (!navigator.locks) return void (await listen());
		await navigator.locks.request(NAME, listen);
		await uncovered();
		void inTurn();
	};
	void inTurn();
}

// uncovered waits until the cover of a shared device is taken away; where there
// is none, somebody has signed out, and this page hears no more.
function uncovered(): Promise<void> {
	return new Promise((done) => {
		const cover = document.querySelector<HTMLElement>("held-lock [role=dialog]");
		if (!cover) return;
		new MutationObserver((_, watch) => {
			if (!cover.hidden) return;
			watch.disconnect();
			done();
		}).observe(cover, { attributes: true, attributeFilter: ["hidden"] });
	});
}
