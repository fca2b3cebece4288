// One touch signs in and unlocks: what a passkey gave when it signed somebody in
// is left for the journal's page, as a key that no script can read out, and is
// gone when that page has taken it or two minutes have passed.

const LIFE = 120_000;

interface Handed {
	id: string; // of the credential
	key: CryptoKey; // HKDF
	at: number;
}

function store(): Promise<IDBDatabase> {
	return new Promise((ok, no) => {
		const request = indexedDB.open("held-handover", 1);
		request.onupgradeneeded = () => request.result.createObjectStore("handed");
		request.onsuccess = () => ok(request.result);
		request.onerror = () => no(request.error);
	});
}

async function swap(next: Handed | null): Promise<Handed | undefined> {
	const db = await store();
	try {
		return await new Promise((ok, no) => {
			const tx = db.transaction("handed", "readwrite");
			const all = tx.objectStore("handed");
			const before = all.get("last") as IDBRequest<Handed | undefined>;
			if (next) all.put(next, "last");
			else all.delete("last");
			tx.oncomplete = () => ok(before.result);
			tx.onabort = tx.onerror = () => no(tx.error);
		});
	} finally {
		db.close();
	}
}

// hand leaves what a passkey gave; where it gave nothing, or a browser cannot
// keep it, the journal asks for it itself.
export async function hand(found: PublicKeyCredential): Promise<void> {
	const results = found.getClientExtensionResults() as { prf?: { results?: { first?: ArrayBuffer } } };
	const secret = results.prf?.results?.first;
	if (!secret) return;
	try {
		const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
		await swap({ id: found.id, key, at: Date.now() });
	} catch {
		// It is a convenience: the journal's own button does the same.
	}
}

const fresh = (h: Handed | undefined): boolean => Boolean(h && Date.now() >= h.at && Date.now() - h.at < LIFE);

// taken gives it, once.
export async function taken(): Promise<{ id: string; key: CryptoKey } | null> {
	const handed = await swap(null).catch(() => undefined);
	return handed && fresh(handed) ? handed : null;
}

// left is what lies there, without making a place for it where there is none.
function left(): Promise<Handed | undefined> {
	return new Promise((ok) => {
		const request = indexedDB.open("held-handover", 1);
		request.onupgradeneeded = () => request.transaction!.abort();
		request.onerror = () => ok(undefined);
		request.onsuccess = () => {
			const db = request.result;
			const last = db.transaction("handed").objectStore("handed").get("last") as IDBRequest<Handed | undefined>;
			last.onsuccess = last.onerror = () => {
				ok(last.result);
				db.close();
			};
		};
	});
}

// forgetOld is asked by every page: whatever tab it was left in, and whenever
// that was closed, it goes when its own time is over.
export async function forgetOld(): Promise<void> {
	try {
		const handed = await left();
		if (!handed) return;
		if (fresh(handed)) setTimeout(() => void forgetOld(), handed.at + LIFE - Date.now());
		else await taken();
	} catch {
		// Storage is forbidden: then nothing was left in it.
	}
}
