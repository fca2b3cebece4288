// What this device keeps of a journal, in IndexedDB: sealed files, drafts and the
// list, all encrypted; and, while it is unlocked, keys that no script can read
// out. Each person has a database of their own.

import type { Bytes } from "./bytes";

// Head is what is known of a file without opening it.
export interface Head {
	id: string;
	kind: "entry" | "piece" | "other";
	revision: number; // the last one that the practice has of what is here; 0: none
	seq: number;
	size: number;
	day: string;
	dirty: 0 | 1; // there is something that has not been sent
	upload: string; // names what is to be sent, so that it is never taken twice
	gone?: boolean;
	tried?: string[]; // hashes of what was sent of it and not answered yet
	key?: string; // whose other half signed what is here, as far as that is known
	drops?: string[]; // pieces that go once this was taken
	back?: number; // the practice was set back to this revision of it; 0: it has nothing
	again?: boolean; // set back, and its writer wants it sent again
}

const stores = ["meta", "heads", "bodies", "shelf", "drafts"] as const;
export type StoreName = (typeof stores)[number];

export class Store {
	private constructor(private db: IDBDatabase) {}

	static async open(person: string): Promise<Store> {
		const request = indexedDB.open("held-journal-" + person, 1);
		request.onupgradeneeded = () => stores.forEach((s) => request.result.createObjectStore(s));
		const db = await answer(request);
		db.onversionchange = () => db.close(); // another page takes it all away
		return new Store(db);
	}

	static async drop(person: string): Promise<void> {
		await answer(indexedDB.deleteDatabase("held-journal-" + person));
	}

	close(): void {
		this.db.close();
	}

	async get<T>(store: StoreName, key: string): Promise<T | undefined> {
		return (await answer(this.db.transaction(store).objectStore(store).get(key))) as T | undefined;
	}

	async all<T>(store: StoreName): Promise<T[]> {
		return (await answer(this.db.transaction(store).objectStore(store).getAll())) as T[];
	}

	async keys(store: StoreName): Promise<string[]> {
		return (await answer(this.db.transaction(store).objectStore(store).getAllKeys())) as string[];
	}

	// write does several things at once, or none of them.
	async write(...changes: [StoreName, string, unknown][]): Promise<void> {
		if (!changes.length) return;
		const names = [...new Set(changes.map((c) => c[0]))];
		const tx = this.db.transaction(names, "readwrite", { durability: "strict" });
		try {
			for (const [store, key, value] of changes) {
				if (value === undefined) tx.objectStore(store).delete(key);
				else tx.objectStore(store).put(value, key);
			}
		} catch (error) {
			tx.abort();
			throw error;
		}
		await new Promise<void>((ok, no) => {
			tx.oncomplete = () => ok();
			tx.onabort = tx.onerror = () => no(tx.error);
		});
	}

	async body(id: string): Promise<Bytes | undefined> {
		return this.get<Bytes>("bodies", id);
	}
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((ok, no) => {
		request.onsuccess = () => ok(request.result);
		request.onerror = () => no(request.error);
	});
}
