// One touch signs in and unlocks: what a passkey gave when it signed somebody in
// is left for the journal's page, as a key that no script can read out, and is
// gone when that page has taken it or two minutes have passed.

const LIFE = 120_000;
const FLAG = "held-handed";

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
		sessionStorage.setItem(FLAG, String(Date.now()));
	} catch {
		// It is a convenience: the journal's own button does the same.
	}
}

// taken gives it, once.
export async function taken(): Promise<{ id: string; key: CryptoKey } | null> {
	sessionStorage.removeItem(FLAG);
	const handed = await swap(null).catch(() => undefined);
	return handed && Date.now() - handed.at < LIFE ? handed : null;
}

// forgetOld is asked by every page.
export function forgetOld(): void {
	try {
		const at = Number(sessionStorage.getItem(FLAG));
		if (at) setTimeout(() => void taken(), Math.max(0, at + LIFE - Date.now()));
	} catch {
		// Storage is forbidden: then nothing was left in it.
	}
}
