// What this device keeps of a room, in IndexedDB: everything that was written
// here and everything that was heard from the practice, encrypted under a key
// that no script can read out. An entry is on the disk before the screen says
// that it was taken down.

import type { Entry } from "./entry";

interface Sealed {
	iv: Uint8Array<ArrayBuffer>;
	sealed: ArrayBuffer;
}

interface Row extends Sealed {
	waits: 0 | 1; // not taken by the practice yet
	seq: number; // of this device; 0: another's
	why?: boolean; // the practice refused it
}

// Author is who wrote something on this device: it is sent in their name alone.
export interface Author {
	person: string;
	name: string;
}

// Kept is an entry as it lies here.
export interface Kept {
	entry: Entry;
	waits: boolean;
	why: string; // why the practice refused it
	author?: Author;
}

const utf8 = (s: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(s) as Uint8Array<ArrayBuffer>;

const done = <T>(r: IDBRequest<T>): Promise<T> =>
	new Promise((yes, no) => {
		r.onsuccess = () => yes(r.result);
		r.onerror = () => no(r.error ?? new Error("the device's storage did not answer"));
	});

const whole = (tx: IDBTransaction): Promise<void> =>
	new Promise((yes, no) => {
		tx.oncomplete = () => yes();
		tx.onabort = tx.onerror = () => no(tx.error ?? new Error("the device's storage refused"));
	});

const stores = ["meta", "rows", "rooms"] as const;

// NAME is the database's; signing out wipes it with all else.
export const NAME = "held-room";

export class Shelf {
	private constructor(
		private db: IDBDatabase,
		private key: CryptoKey,
		readonly device: string,
	) {}

	static async open(): Promise<Shelf> {
		const request = indexedDB.open(NAME, 1);
		request.onupgradeneeded = () => stores.forEach((s) => request.result.createObjectStore(s));
		const db = await done(request);
		db.onversionchange = () => db.close();
		// Two pages that open at once make two keys; the first that is written counts.
		const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
		const tx = db.transaction("meta", "readwrite", { durability: "strict" });
		const meta = tx.objectStore("meta");
		const [key, device] = await Promise.all([done(meta.get("key")), done(meta.get("device"))]) as [CryptoKey | undefined, string | undefined];
		const own = device ?? crypto.randomUUID();
		if (!key) meta.put(made, "key");
		if (!device) meta.put(own, "device");
		await whole(tx);
		return new Shelf(db, key ?? made, own);
	}

	private async seal(place: string, value: unknown): Promise<Sealed> {
		const iv = crypto.getRandomValues(new Uint8Array(12));
		return { iv, sealed: await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(place) }, this.key, utf8(JSON.stringify(value))) };
	}

	private async unseal<T>(place: string, s: Sealed): Promise<T> {
		const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: s.iv, additionalData: utf8(place) }, this.key, s.sealed);
		return JSON.parse(new TextDecoder().decode(plain)) as T;
	}

	// write keeps new entries of this device, all or none of them, each with the
	// next number of its session. Another tab may write at the same time: the
	// number is taken in the transaction in which the entry is kept.
	async write(make: (seq: (session: string) => number) => Entry[], sessions: string[], author: Author | undefined): Promise<Entry[]> {
		for (let tries = 0; ; tries++) {
			const before = await this.numbers(sessions);
			const next = new Map(before);
			const entries = make((s) => {
				const n = (next.get(s) ?? 0) + 1;
				next.set(s, n);
				return n;
			});
			const rows = await Promise.all(entries.map(async (e) => [rowKey(e), { ...await this.seal(rowKey(e), { entry: e, why: "", author }), waits: 1, seq: e.seq } satisfies Row] as const));
			const tx = this.db.transaction(["meta", "rows"], "readwrite", { durability: "strict" });
			const meta = tx.objectStore("meta");
			const ended = whole(tx);
			let moved = false;
			try {
				for (const s of sessions) {
					const now = (await done(meta.get("seq " + s))) as number | undefined;
					moved ||= (now ?? 0) !== (before.get(s) ?? 0);
				}
				if (!moved) {
					for (const [s, n] of next) meta.put(n, "seq " + s);
					for (const [key, row] of rows) tx.objectStore("rows").put(row, key);
				}
			} catch (error) {
				ended.catch(() => undefined);
				try {
					tx.abort();
				} catch {
					// It has ended already.
				}
				throw error;
			}
			await ended;
			if (!moved) return entries;
			if (tries > 20) throw new Error("another page of this device writes without end");
		}
	}

	private async numbers(sessions: string[]): Promise<Map<string, number>> {
		const meta = this.db.transaction("meta").objectStore("meta");
		const all = await Promise.all(sessions.map(async (s) => [s, ((await done(meta.get("seq " + s))) as number | undefined) ?? 0] as const));
		return new Map(all);
	}

	// counted makes sure that no number is given twice where the practice has more
	// of this device than the device itself remembers.
	async counted(session: string, seq: number): Promise<void> {
		const tx = this.db.transaction("meta", "readwrite", { durability: "strict" });
		const meta = tx.objectStore("meta");
		const now = (await done(meta.get("seq " + session))) as number | undefined;
		if ((now ?? 0) < seq) meta.put(seq, "seq " + session);
		await whole(tx);
	}

	// clock keeps what was last measured of this device's clock; with nothing given, it tells.
	async clock<T>(measured?: T): Promise<T | undefined> {
		if (measured === undefined) return (await done(this.db.transaction("meta").objectStore("meta").get("clock"))) as T | undefined;
		const tx = this.db.transaction("meta", "readwrite");
		tx.objectStore("meta").put(measured, "clock");
		await whole(tx);
		return measured;
	}

	// heard keeps what the practice has: others' entries, and ours, which wait no more.
	async heard(entries: Entry[]): Promise<void> {
		if (!entries.length) return;
		const rows = await Promise.all(entries.map(async (e) => [rowKey(e), { ...await this.seal(rowKey(e), { entry: e, why: "" }), waits: 0, seq: 0 } satisfies Row] as const));
		const tx = this.db.transaction("rows", "readwrite");
		for (const [key, row] of rows) tx.objectStore("rows").put(row, key);
		await whole(tx);
	}

	// refused keeps an entry that the practice did not take, with its reason; and
	// what goes under its number instead, so that nobody waits for it for ever.
	async refused(e: Entry, why: string, instead: Entry | null, author: Author | undefined): Promise<void> {
		const row = { ...await this.seal(rowKey(e), { entry: e, why }), waits: 0, seq: e.seq, why: true } satisfies Row;
		const other = instead ? { ...await this.seal(rowKey(instead), { entry: instead, why: "", author }), waits: 1, seq: instead.seq } satisfies Row : null;
		const tx = this.db.transaction("rows", "readwrite", { durability: "strict" });
		tx.objectStore("rows").put(row, rowKey(e));
		if (instead) tx.objectStore("rows").put(other, rowKey(instead));
		await whole(tx);
	}

	async entries(session: string): Promise<Kept[]> {
		const range = IDBKeyRange.bound(session + " ", session + "!", false, true);
		const store = this.db.transaction("rows").objectStore("rows");
		const [keys, rows] = await Promise.all([done(store.getAllKeys(range)), done(store.getAll(range))]) as [string[], Row[]];
		return Promise.all(rows.map(async (row, n) => ({ ...await this.unseal<{ entry: Entry; why: string; author?: Author }>(keys[n]!, row), waits: row.waits === 1 })));
	}

	// remember and recall keep what the page needs to open without the practice.
	async remember(session: string, state: unknown): Promise<void> {
		const sealed = await this.seal("room " + session, state);
		const tx = this.db.transaction("rooms", "readwrite");
		tx.objectStore("rooms").put(sealed, session);
		await whole(tx);
	}

	async recall<T>(session: string): Promise<T | null> {
		const sealed = (await done(this.db.transaction("rooms").objectStore("rooms").get(session))) as Sealed | undefined;
		return sealed ? this.unseal<T>("room " + session, sealed) : null;
	}

	// forget takes a room that is sealed off this device; what was not sent stays.
	async forget(sessions: string[]): Promise<void> {
		for (const session of sessions) {
			const tx = this.db.transaction(["rows", "rooms"], "readwrite");
			const rows = tx.objectStore("rows");
			const range = IDBKeyRange.bound(session + " ", session + "!", false, true);
			const [keys, all] = await Promise.all([done(rows.getAllKeys(range)), done(rows.getAll(range))]) as [string[], Row[]];
			all.forEach((row, n) => row.waits || row.why || rows.delete(keys[n]!));
			tx.objectStore("rooms").delete(session);
			await whole(tx);
		}
	}
}

const rowKey = (e: Entry): string => `${e.session} ${e.id}`;
