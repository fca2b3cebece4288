// What this device has of an open journal: its entries in memory, and everything
// sealed on disk. Windows of the same journal take turns.

import { bytes as fetchBytes } from "./api";
import { base64, type Bytes, unbase64 } from "./bytes";
import type { Entry, Piece } from "./entry";
import { ever, type Keys, shelve, unshelve } from "./keys";
import type { Made } from "./parts";
import { Damaged, open } from "./seal";
import type { Head, Store } from "./store";
import { leftHere } from "./waits";
import { DRAFTS, mark, UNSENT } from "../waiting";

export interface Change {
	id: string;
	revision: number;
	seq: number;
	size: number;
	day: string;
	gone?: boolean;
	body?: string;
}

// Shelved is an entry in the list that this device keeps for itself.
interface Shelved {
	entry: Entry;
	revision: number; // of the file from which it was opened
	upload: string;
}

// Later is a change that was not taken yet: it did not open, or it says that
// something is gone, which is looked at when all else has come.
export interface Later {
	change: Change;
	words: string; // what was said of it
}

type KeptMade = (Omit<Made, "blob"> & { data: string }) | null;

// Alarm is something that the practice did which it must not.
export interface Alarm {
	id: string;
	words: string;
}

const fold = (s: string) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const searchable = (e: Entry) => fold([e.title, e.words, e.before, e.after, e.image, ...e.themes, ...e.pieces.map((p) => p.alt), e.day].join("\n"));
export const pathOf = (id: string) => "/space/journal/files/" + id;
export const bucketOf = (id: string) => id.slice(0, 1);
const newest = (a: Entry, b: Entry) => (a.day < b.day ? 1 : a.day > b.day ? -1 : a.written < b.written ? 1 : -1);

// differ tells whether another window has written about a file.
const differ = (a: Head | undefined, b: Head | undefined) => a?.upload !== b?.upload || a?.revision !== b?.revision || a?.dirty !== b?.dirty || a?.gone !== b?.gone || a?.back !== b?.back;

export abstract class Shelf extends EventTarget {
	protected heads = new Map<string, Head>();
	protected shelf = new Map<string, Shelved>();
	protected index = new Map<string, string>();
	protected sorted: Entry[] | null = null;
	readonly alarms: Alarm[] = [];
	private others: BroadcastChannel; // the same journal in other windows
	private left = false;

	protected constructor(readonly person: string, readonly store: Store, readonly keys: Keys) {
		super();
		this.others = new BroadcastChannel("held-journal-" + person);
		this.others.onmessage = (event: MessageEvent<unknown>) => {
			if (event.data === "keys") this.dispatchEvent(new Event("keys"));
			else void this.step(() => this.load()).then(() => this.tell());
		};
	}

	// step does what reads and writes on this device, one window after the other.
	// Nothing in it waits for the network, and no step holds another.
	protected async step<T>(act: () => Promise<T>): Promise<T> {
		return (await navigator.locks.request("held-journal-disk-" + this.person, act)) as T;
	}

	// abreast gives what is known of a file, after what another window has written.
	protected async abreast(id: string): Promise<Head | undefined> {
		const disk = await this.store.get<Head>("heads", id);
		const here = this.heads.get(id);
		if (differ(disk, here)) await this.load();
		return this.heads.get(id);
	}

	// refresh is the same for all files.
	protected async refresh(): Promise<void> {
		const disk = await this.store.all<Head>("heads");
		if (disk.length !== this.heads.size || disk.some((h) => differ(h, this.heads.get(h.id)))) await this.load();
	}

	// announce tells the other windows of this journal.
	protected announce(what: "change" | "keys"): void {
		if (!this.left) this.others.postMessage(what);
	}

	// quit leaves the other windows to whoever takes its place in this one.
	quit(): void {
		this.left = true;
		this.others.close();
	}

	close(): void {
		this.quit();
		this.store.close();
	}

	// load reads the list, and opens only what the list does not have.
	protected async load(): Promise<void> {
		const heads = await this.store.all<Head>("heads");
		const places = await this.store.keys("shelf");
		const sealed = await this.store.all<Bytes>("shelf");
		const lists = await Promise.all(sealed.map((s, i) => unshelve<Shelved[]>(this.keys, "shelf/" + places[i]!, s)));
		this.heads = new Map(heads.map((h) => [h.id, h]));
		this.shelf.clear();
		this.index.clear();
		this.sorted = null;
		for (const list of lists) for (const s of list ?? []) {
			const h = this.heads.get(s.entry.id);
			if (h && !h.gone && (h.dirty ? h.upload === s.upload : h.revision === s.revision)) this.put(s);
		}
		const missing = [...this.heads.values()].filter((h) => h.kind === "entry" && !h.gone && !this.shelf.has(h.id));
		const touched = new Set<string>();
		for (const h of missing) {
			const body = await this.store.body(h.id);
			if (!body) continue;
			try {
				const o = await open(this.keys, h.id, body, ever(this.keys));
				if (o.kind !== "entry") continue;
				this.put({ entry: o.entry, revision: h.revision, upload: h.upload });
				touched.add(bucketOf(h.id));
			} catch (error) {
				this.alarm(h.id, "An entry that this device kept does not open any more: it was damaged here.", error);
			}
		}
		await this.keepShelf(touched);
		for (const l of (await this.store.get<Later[]>("meta", "later")) ?? []) if (l.words) this.alarm(l.change.id, l.words);
	}

	protected put(s: Shelved): void {
		this.shelf.set(s.entry.id, s);
		this.index.set(s.entry.id, searchable(s.entry));
		this.sorted = null;
	}

	protected drop(id: string): void {
		this.shelf.delete(id);
		this.index.delete(id);
		this.sorted = null;
	}

	protected async shelfOf(bucket: string): Promise<["shelf", string, Bytes]> {
		const all = [...this.shelf.values()].filter((s) => bucketOf(s.entry.id) === bucket);
		return ["shelf", bucket, await shelve(this.keys, "shelf/" + bucket, all)];
	}

	protected async keepShelf(buckets: Set<string>): Promise<void> {
		for (const b of buckets) await this.store.write(await this.shelfOf(b));
	}

	protected tell(): void {
		this.dispatchEvent(new Event("change"));
	}

	protected alarm(id: string, words: string, error?: unknown): string {
		const said = error instanceof Damaged ? error.message + " " + words : words;
		if (!this.alarms.some((a) => a.id === id && a.words === said)) {
			this.alarms.push({ id, words: said });
			this.tell();
		}
		return said;
	}

	// entries lists them, the newest first; with a query, those that hold all its words.
	entries(query = ""): Entry[] {
		this.sorted ??= [...this.shelf.values()].map((s) => s.entry).sort(newest);
		const words = fold(query).split(/\s+/).filter(Boolean);
		if (!words.length) return this.sorted;
		return this.sorted.filter((e) => {
			const t = this.index.get(e.id) ?? "";
			return words.every((w) => t.includes(w));
		});
	}

	entry(id: string): Entry | undefined {
		return this.shelf.get(id)?.entry;
	}

	sent(id: string): boolean {
		const h = this.heads.get(id);
		return h?.dirty === 0 && h.back === undefined;
	}

	// unsent is how many files wait to be sent, or were lost at the practice.
	get unsent(): number {
		return [...this.heads.values()].filter((h) => h.dirty || h.back !== undefined).length;
	}

	// setBack is how many files the practice has lost since they were sent.
	get setBack(): number {
		return [...this.heads.values()].filter((h) => h.back !== undefined && !h.again).length;
	}

	// raw gives an age file as it is kept.
	async raw(id: string): Promise<Bytes> {
		return (await this.store.body(id)) ?? (await fetchBytes(pathOf(id)));
	}

	// Drafts: what is being written, before anybody keeps it.
	async draft(id: string): Promise<Entry | null> {
		const sealed = await this.store.get<Bytes>("drafts", id);
		return sealed ? unshelve<Entry>(this.keys, "draft/" + id, sealed) : null;
	}

	// onto tells what a draft was begun on, undefined where that was not noted.
	async onto(id: string): Promise<string | null | undefined> {
		const sealed = await this.store.get<Bytes>("drafts", id + "/onto");
		return sealed && unshelve<string>(this.keys, "draft/" + id + "/onto", sealed);
	}

	// keepDraft keeps what is being written, and of which words it is to take the place.
	async keepDraft(e: Entry, onto: string): Promise<void> {
		const place = e.id + "/onto";
		await this.store.write(["drafts", e.id, await shelve(this.keys, "draft/" + e.id, e)], ["drafts", place, await shelve(this.keys, "draft/" + place, onto)]);
		await this.mark();
	}

	// keepMade keeps what was made with one part of a draft; null says that there
	// is to be none.
	async keepMade(id: string, kind: Piece["kind"], made: Made | null): Promise<void> {
		const place = `${id}/${kind}`;
		const kept: KeptMade = made ? { type: made.type, alt: made.alt, seconds: made.seconds, data: base64(await made.blob.arrayBuffer()) } : null;
		await this.store.write(["drafts", place, await shelve(this.keys, "draft/" + place, kept)]);
		await this.mark();
	}

	// made gives it back; undefined where nothing was changed in the draft.
	async made(id: string, kind: Piece["kind"]): Promise<Made | null | undefined> {
		const place = `${id}/${kind}`;
		const sealed = await this.store.get<Bytes>("drafts", place);
		if (!sealed) return undefined;
		const kept = await unshelve<KeptMade>(this.keys, "draft/" + place, sealed);
		return kept && { type: kept.type, alt: kept.alt, seconds: kept.seconds, blob: new Blob([unbase64(kept.data)], { type: kept.type }) };
	}

	async dropDraft(id: string): Promise<void> {
		const all = (await this.store.keys("drafts")).filter((k) => k === id || k.startsWith(id + "/"));
		await this.store.write(...all.map((k): ["drafts", string, undefined] => ["drafts", k, undefined]));
		await this.mark();
	}

	async drafts(): Promise<Entry[]> {
		const all = await Promise.all((await this.store.keys("drafts")).filter((id) => !id.includes("/")).map((id) => this.draft(id)));
		return all.filter((e) => e !== null);
	}

	// remember keeps something small on this device, sealed: what the practice told,
	// for when it cannot be asked, and what its owner wants kept. undefined forgets it.
	async remember(name: string, value: unknown): Promise<void> {
		await this.store.write(["meta", name, value === undefined ? undefined : await shelve(this.keys, "meta/" + name, value)]);
	}

	async recall<T>(name: string): Promise<T | null> {
		const sealed = await this.store.get<Bytes>("meta", name);
		return sealed ? unshelve<T>(this.keys, "meta/" + name, sealed) : null;
	}

	// renew seals what this device keeps for itself with the keys of today.
	protected async renew(): Promise<void> {
		if (!this.keys.former?.length) return;
		const only: Keys = { ...this.keys, former: [] };
		for (const store of ["drafts", "meta"] as const) for (const place of await this.store.keys(store)) {
			const sealed = await this.store.get<unknown>(store, place);
			if (!(sealed instanceof Uint8Array)) continue;
			const at = (store === "drafts" ? "draft/" : "meta/") + place;
			if ((await unshelve(only, at, sealed as Bytes)) !== null) continue;
			const value = await unshelve(this.keys, at, sealed as Bytes);
			if (value !== null) await this.store.write([store, place, await shelve(this.keys, at, value)]);
		}
	}

	// mark lets other pages know, before they let somebody sign out, that
	// something is on this device alone.
	protected async mark(): Promise<void> {
		mark(UNSENT + this.person, this.unsent > 0 || (await leftHere(this.store)).length > 0);
		mark(DRAFTS + this.person, (await this.store.keys("drafts")).length > 0);
	}
}
