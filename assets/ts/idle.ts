// When a journal was last used on this device, and forgetting its keys when that
// is too long ago: on every page, not on the journal's own alone.

export const WHO = "held-journal-person";
export const TOUCHED = "held-journal-touched";
export const MINUTES = "held-journal-minutes";

export const minutes = (): number => Number(localStorage.getItem(MINUTES)) || 15;

export function idle(): boolean {
	const since = Date.now() - Number(localStorage.getItem(TOUCHED) ?? 0);
	return !(since > -5_000 && since <= minutes() * 60_000); // a clock that was set back tells nothing
}

// forgetKeys takes the unlocked keys off this device, without making a place for
// them where there is none.
export function forgetKeys(): Promise<void> {
	return new Promise((done) => {
		let who: string | null = null;
		try {
			who = localStorage.getItem(WHO);
		} catch {
			// Storage is forbidden: then nothing was kept.
		}
		if (!who) return done();
		const request = indexedDB.open("held-journal-" + who);
		request.onupgradeneeded = () => request.transaction!.abort();
		request.onerror = () => done();
		request.onsuccess = () => {
			const db = request.result;
			const end = () => {
				db.close();
				done();
			};
			db.onversionchange = end;
			if (!db.objectStoreNames.contains("meta")) return end();
			const tx = db.transaction("meta", "readwrite");
			tx.objectStore("meta").delete("keys");
			tx.oncomplete = tx.onabort = tx.onerror = end;
		};
	});
}

// look is what pages do that open nothing themselves.
function look(): void {
	try {
		if (localStorage.getItem(WHO) && idle()) void forgetKeys();
	} catch {
		// As above.
	}
}

// watch looks as long as the page stands, and when it comes back into sight.
export function watch(): void {
	if (document.querySelector("held-journal, held-shared")) return; // they do it themselves, and say so
	look();
	setInterval(look, 15_000);
	document.addEventListener("visibilitychange", look);
	window.addEventListener("pageshow", look);
}
