// A journal that is open on this device: its entries in memory, what was written
// sealed on disk at once, and sent when the practice can be reached.

import { Away, bytes as fetchBytes, get, post, send, Status } from "./api";
import { base64, type Bytes, unbase64 } from "./bytes";
import { today } from "./dom";
import { type Entry, type Piece, toMarkdown } from "./entry";
import { type Keys, shelve, unshelve } from "./keys";
import type { Made } from "./parts";
import { Damaged, open, sealEntry, sealGone, sealPiece } from "./seal";
import type { Head, Store } from "./store";

interface Change {
	id: string;
	revision: number;
	seq: number;
	size: number;
	day: string;
	gone?: boolean;
	body?: string;
}

interface Changes {
	files: Change[];
	head: number;
}

// Shelved is an entry in the list that this device keeps for itself.
interface Shelved {
	entry: Entry;
	revision: number; // of the file from which it was opened
	upload: string;
}

type KeptMade = (Omit<Made, "blob"> & { data: string }) | null;

// Alarm is something that the practice did which it must not.
export interface Alarm {
	id: string;
	words: string;
}

const LOOKED = "held-journal-looked-";

const fold = (s: string) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const searchable = (e: Entry) => fold([e.title, e.words, e.before, e.after, e.image, ...e.themes, ...e.pieces.map((p) => p.alt), e.day].join("\n"));
const bucketOf = (id: string) => id.slice(0, 1);
const newest = (a: Entry, b: Entry) => (a.day < b.day ? 1 : a.day > b.day ? -1 : a.written < b.written ? 1 : -1);

export class Book extends EventTarget {
	private heads = new Map<string, Head>();
	private shelf = new Map<string, Shelved>();
	private index = new Map<string, string>();
	private sorted: Entry[] | null = null;
	readonly alarms: Alarm[] = [];
	waiting: string | null = null; // why something has not been sent

	private others: BroadcastChannel; // the same journal in other windows

	private constructor(readonly person: string, readonly store: Store, readonly keys: Keys) {
		super();
		this.others = new BroadcastChannel("held-journal-" + person);
		this.others.onmessage = () => void this.load().then(() => this.tell());
	}

	close(): void {
		this.others.close();
		this.store.close();
	}

	static async open(person: string, store: Store, keys: Keys): Promise<Book> {
		const book = new Book(person, store, keys);
		await book.load();
		return book;
	}

	// load reads the list, and opens only what the list does not have.
	private async load(): Promise<void> {
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
				const o = await open(this.keys, h.id, body);
				if (o.kind !== "entry") continue;
				this.put({ entry: o.entry, revision: h.revision, upload: h.upload });
				touched.add(bucketOf(h.id));
			} catch (error) {
				this.alarm(h.id, "An entry that this device kept does not open any more: it was damaged here.", error);
			}
		}
		await this.keepShelf(touched);
	}

	private put(s: Shelved): void {
		this.shelf.set(s.entry.id, s);
		this.index.set(s.entry.id, searchable(s.entry));
		this.sorted = null;
	}

	private drop(id: string): void {
		this.shelf.delete(id);
		this.index.delete(id);
		this.sorted = null;
	}

	private async shelfOf(bucket: string): Promise<["shelf", string, Bytes]> {
		const all = [...this.shelf.values()].filter((s) => bucketOf(s.entry.id) === bucket);
		return ["shelf", bucket, await shelve(this.keys, "shelf/" + bucket, all)];
	}

	private async keepShelf(buckets: Set<string>): Promise<void> {
		for (const b of buckets) await this.store.write(await this.shelfOf(b));
	}

	private tell(): void {
		this.dispatchEvent(new Event("change"));
	}

	private alarm(id: string, words: string, error?: unknown): void {
		const said = error instanceof Damaged ? error.message + " " + words : words;
		if (!this.alarms.some((a) => a.id === id && a.words === said)) this.alarms.push({ id, words: said });
		this.tell();
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
		return this.heads.get(id)?.dirty === 0;
	}

	// unsent is how many files wait to be sent.
	get unsent(): number {
		return [...this.heads.values()].filter((h) => h.dirty).length;
	}

	// keep seals an entry on this device, and has it sent. What it is made of is
	// kept in the same step.
	async keep(e: Entry, pieces: Map<string, Bytes> = new Map()): Promise<Entry> {
		const present = this.entry(e.id);
		if (present && present.revision !== e.revision) e = another(e); // it was changed elsewhere while this was written
		const head = this.heads.get(e.id) ?? this.fresh(e.id, "entry");
		const entry = { ...e, revision: head.revision + 1, author: this.keys.verifier };
		const changes: Parameters<Store["write"]> = [];
		for (const [id, bytes] of pieces) {
			const p = this.fresh(id, "piece");
			p.size = bytes.length;
			this.heads.set(id, p);
			changes.push(["heads", id, p], ["bodies", id, await sealPiece(this.keys, id, bytes)]);
		}
		const next: Head = { ...head, dirty: 1, upload: crypto.randomUUID(), gone: false };
		const body = await sealEntry(this.keys, entry);
		this.heads.set(e.id, next);
		this.put({ entry, revision: next.revision, upload: next.upload });
		await this.store.write(...changes, ["heads", e.id, next], ["bodies", e.id, body], await this.shelfOf(bucketOf(e.id)));
		this.mark();
		this.tell();
		void this.sync();
		return entry;
	}

	private fresh(id: string, kind: Head["kind"]): Head {
		return { id, kind, revision: 0, seq: 0, size: 0, day: "", dirty: 1, upload: crypto.randomUUID() };
	}

	// remove takes an entry away, here and on every device; its pieces go with it.
	async remove(id: string): Promise<void> {
		const head = this.heads.get(id);
		if (!head) return;
		const pieces = this.entry(id)?.pieces ?? [];
		this.drop(id);
		const next: Head = { ...head, dirty: 1, upload: crypto.randomUUID(), gone: true };
		this.heads.set(id, next);
		await this.store.write(["heads", id, next], ["bodies", id, await sealGone(this.keys, id, head.revision + 1)], await this.shelfOf(bucketOf(id)));
		await this.dropDraft(id);
		await this.dropPieces(pieces);
		this.mark();
		this.tell();
		void this.sync();
	}

	private async dropPieces(pieces: Piece[]): Promise<void> {
		for (const p of pieces) {
			const h = this.heads.get(p.id);
			if (!h) continue;
			const next: Head = { ...h, gone: true, dirty: h.revision > 0 ? 1 : 0 };
			this.heads.set(p.id, next);
			await this.store.write(["heads", p.id, next], ["bodies", p.id, undefined]);
		}
	}

	// forgetPieces takes pieces away that no entry holds any more.
	async forgetPieces(pieces: Piece[]): Promise<void> {
		await this.dropPieces(pieces);
		void this.sync();
	}

	// piece gives a picture or a recording, from this device or from the practice.
	async piece(id: string): Promise<Bytes> {
		let body = await this.store.body(id);
		if (!body) {
			body = await fetchBytes("/space/journal/files/" + id);
			await this.store.write(["bodies", id, body]);
		}
		const o = await open(this.keys, id, body);
		if (o.kind !== "piece") throw new Damaged("What should be here is something else. It is not shown.");
		return o.bytes;
	}

	// raw gives an age file as it is kept.
	async raw(id: string): Promise<Bytes> {
		return (await this.store.body(id)) ?? (await fetchBytes("/space/journal/files/" + id));
	}

	// Drafts: what is being written, before anybody keeps it.
	async draft(id: string): Promise<Entry | null> {
		const sealed = await this.store.get<Bytes>("drafts", id);
		return sealed ? unshelve<Entry>(this.keys, "draft/" + id, sealed) : null;
	}

	async keepDraft(e: Entry): Promise<void> {
		await this.store.write(["drafts", e.id, await shelve(this.keys, "draft/" + e.id, e)]);
	}

	// keepMade keeps what was made with one part of a draft; null says that there
	// is to be none.
	async keepMade(id: string, kind: Piece["kind"], made: Made | null): Promise<void> {
		const place = `${id}/${kind}`;
		const kept: KeptMade = made ? { type: made.type, alt: made.alt, seconds: made.seconds, data: base64(await made.blob.arrayBuffer()) } : null;
		await this.store.write(["drafts", place, await shelve(this.keys, "draft/" + place, kept)]);
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
	}

	async drafts(): Promise<Entry[]> {
		const all = await Promise.all((await this.store.keys("drafts")).filter((id) => !id.includes("/")).map((id) => this.draft(id)));
		return all.filter((e) => e !== null);
	}

	// remember keeps something that the practice told, for when it cannot be asked.
	async remember(name: string, value: unknown): Promise<void> {
		await this.store.write(["meta", name, await shelve(this.keys, "meta/" + name, value)]);
	}

	async recall<T>(name: string): Promise<T | null> {
		const sealed = await this.store.get<Bytes>("meta", name);
		return sealed ? unshelve<T>(this.keys, "meta/" + name, sealed) : null;
	}

	// mark lets other pages know, before they let somebody sign out, that
	// something has not been sent.
	private mark(): void {
		if (this.unsent) localStorage.setItem("held-unsent", this.person);
		else localStorage.removeItem("held-unsent");
	}

	private running: Promise<void> | null = null;
	private again = false;

	// sync sends what waits and fetches what is new, one page at a time.
	sync(): Promise<void> {
		if (this.running) {
			this.again = true;
			return this.running;
		}
		this.running = this.alone().finally(() => {
			this.running = null;
			if (!this.again) return;
			this.again = false;
			void this.sync();
		});
		return this.running;
	}

	private async alone(): Promise<void> {
		await navigator.locks.request("held-journal-" + this.person, () => this.exchange());
		this.mark();
		this.tell();
		this.others.postMessage("change");
	}

	private async exchange(): Promise<void> {
		try {
			await this.pull();
			for (const h of [...this.heads.values()]) if (h.dirty) await this.push(h);
			this.waiting = null;
		} catch (error) {
			if (!(error instanceof Away) && !(error instanceof Status)) throw error;
			this.waiting = error instanceof Status && error.status === 401 ? "You are signed out here. What you write is kept on this device, and sent when you have signed in again." : error.message;
		}
	}

	private async push(h: Head): Promise<void> {
		const path = "/space/journal/files/" + h.id;
		if (h.kind === "piece" && h.gone) {
			await post(path + "/remove");
			await this.settle(h, { ...h, dirty: 0 });
			return;
		}
		const body = await this.store.body(h.id);
		if (!body) return;
		try {
			const sent = await send(path, body, h.revision + 1, h.upload, (share) => this.dispatchEvent(new CustomEvent("progress", { detail: { id: h.id, share } })));
			await this.settle(h, { ...h, dirty: 0, revision: sent.revision, seq: sent.seq, day: sent.day, size: sent.size });
		} catch (error) {
			if (!(error instanceof Status) || error.status !== 409) throw error;
			await this.beside(h);
		}
	}

	// settle notes what was sent, unless it was written anew meanwhile.
	private async settle(was: Head, now: Head): Promise<void> {
		const present = this.heads.get(was.id)!;
		const next = present.upload === was.upload ? now : { ...present, revision: now.revision, seq: now.seq };
		this.heads.set(was.id, next);
		const s = this.shelf.get(was.id);
		if (s && present.upload === was.upload) s.revision = now.revision;
		if (s && present.upload !== was.upload) { // what was written meanwhile builds on what was sent
			const entry = { ...s.entry, revision: next.revision + 1 };
			this.put({ ...s, entry });
			await this.store.write(["bodies", was.id, await sealEntry(this.keys, entry)]);
		}
		await this.store.write(["heads", was.id, next], await this.shelfOf(bucketOf(was.id)));
	}

	// beside keeps both, where two devices wrote the same entry: what came first
	// stays where it is, what was written here becomes an entry of its own.
	private async beside(h: Head): Promise<void> {
		const mine = this.entry(h.id);
		this.drop(h.id);
		const clean: Head = { ...h, dirty: 0, revision: 0, seq: 0, gone: false };
		this.heads.set(h.id, clean);
		await this.store.write(["heads", h.id, clean]);
		const { files } = await get<Changes>("/space/journal/changes?after=0&bare=1");
		const theirs = files.find((f) => f.id === h.id);
		if (theirs) await this.take({ ...theirs, body: undefined });
		const other = this.entry(h.id);
		if (!mine || h.gone || (other && same(mine, other))) return;
		const entry: Entry = { ...another(mine), revision: 1 };
		const { id } = entry;
		const next = this.fresh(id, "entry");
		this.heads.set(id, next);
		this.put({ entry, revision: 0, upload: next.upload });
		await this.store.write(["heads", id, next], ["bodies", id, await sealEntry(this.keys, entry)], await this.shelfOf(bucketOf(id)), await this.shelfOf(bucketOf(h.id)));
		await this.push(next);
	}

	private async pull(): Promise<void> {
		let cursor = (await this.store.get<number>("meta", "cursor")) ?? 0;
		for (;;) {
			const { files, head } = await get<Changes>("/space/journal/changes?after=" + cursor);
			if (head < this.known(cursor)) {
				this.alarm("head", "The practice shows your journal as it was earlier: it was restored from a backup, or set back. What this device has is kept, and nothing of it is overwritten.");
				await this.missing();
				return this.store.write(["meta", "cursor", 0]);
			}
			const touched = new Set<string>();
			const was = cursor;
			for (const f of files) {
				if (await this.take(f)) touched.add(bucketOf(f.id));
				cursor = Math.max(cursor, f.seq);
			}
			await this.keepShelf(touched);
			await this.store.write(["meta", "cursor", cursor]);
			if (cursor === was || cursor >= head) break;
			this.tell();
		}
		if (localStorage.getItem(LOOKED + this.person) === today()) return; // once a day is enough
		await this.missing();
		localStorage.setItem(LOOKED + this.person, today());
	}

	// known is the last place in the order of changes that the practice has told of.
	private known(cursor: number): number {
		let last = cursor;
		for (const h of this.heads.values()) last = Math.max(last, h.seq);
		return last;
	}

	// missing compares what the practice has with what this device has had of it.
	private async missing(): Promise<void> {
		const there = new Map<string, Change>();
		for (let after = 0; ; ) {
			const { files, head } = await get<Changes>(`/space/journal/changes?after=${after}&bare=1`);
			const was = after;
			for (const f of files) {
				there.set(f.id, f);
				after = Math.max(after, f.seq);
			}
			if (after === was || after >= head) break;
		}
		let lost = 0;
		for (const h of this.heads.values()) {
			if (h.kind !== "entry" || h.dirty || !h.revision) continue;
			const f = there.get(h.id);
			if (!f || f.revision < h.revision || (f.gone && !h.gone)) lost++;
		}
		if (lost) this.alarm("missing", `The practice no longer has ${lost === 1 ? "an entry" : lost + " entries"} as this device had sent ${lost === 1 ? "it" : "them"}. ${lost === 1 ? "It is" : "They are"} kept here. Please tell the practice, and take your journal along to be sure.`);
	}

	// take looks at one change; true when the list has changed.
	private async take(f: Change): Promise<boolean> {
		const h = this.heads.get(f.id);
		if (h?.dirty) return false; // what is to be sent meets it there
		if (h && f.revision === h.revision) return false;
		if (h && f.revision < h.revision) {
			this.alarm(f.id, "The practice gave an older version of an entry than this device has. The newer one is kept here and shown.");
			return false;
		}
		if (f.gone) return this.pieceGone(f, h);
		const large = !f.body && f.size > 128 * 1024;
		const head: Head = { id: f.id, kind: "other", revision: f.revision, seq: f.seq, size: f.size, day: f.day, dirty: 0, upload: "" };
		if (large) { // a recording or a picture: it comes when it is looked at
			head.kind = "piece";
			this.heads.set(f.id, head);
			await this.store.write(["heads", f.id, head]);
			return false;
		}
		try {
			const body = f.body ? Uint8Array.from(atob(f.body), (c) => c.charCodeAt(0)) : await fetchBytes("/space/journal/files/" + f.id);
			return await this.arrived(head, body);
		} catch (error) {
			if (!(error instanceof Damaged)) throw error;
			this.alarm(f.id, h ? "What this device has is kept and shown." : `It is of ${f.day} and is not shown.`, error);
			return false;
		}
	}

	private async arrived(head: Head, body: Bytes): Promise<boolean> {
		const o = await open(this.keys, head.id, body);
		if (o.kind === "piece") {
			head.kind = "piece";
			this.heads.set(head.id, head);
			await this.store.write(["heads", head.id, head], ["bodies", head.id, body]);
			return false;
		}
		const revision = o.kind === "gone" ? o.revision : o.entry.revision;
		if (revision !== head.revision) throw new Damaged("The practice gave another version of an entry than it said.");
		if (o.kind === "entry" && /^(note|about): /m.test(o.markdown.split("\n---\n")[0]!)) { // a copy that was made for somebody else
			this.heads.set(head.id, head);
			await this.store.write(["heads", head.id, head]);
			return false;
		}
		head.kind = "entry";
		head.gone = o.kind === "gone";
		this.heads.set(head.id, head);
		await this.store.write(["heads", head.id, head], ["bodies", head.id, body]);
		if (o.kind === "gone") this.drop(head.id);
		else this.put({ entry: o.entry, revision: head.revision, upload: "" });
		return true;
	}

	// pieceGone: the practice may say of pieces and of copies that they are gone.
	// Of an entry only its writer can.
	private async pieceGone(f: Change, h: Head | undefined): Promise<boolean> {
		if (h?.kind === "entry" && !h.gone) {
			this.alarm(f.id, "The practice says that an entry was taken away, and you have not signed that. It is kept on this device and shown.");
			return false;
		}
		const head: Head = { id: f.id, kind: h?.kind ?? "other", revision: f.revision, seq: f.seq, size: 0, day: f.day, dirty: 0, upload: "", gone: true };
		this.heads.set(f.id, head);
		await this.store.write(["heads", f.id, head], ["bodies", f.id, undefined]);
		return false;
	}
}

// another is an entry beside the one that was written elsewhere.
function another(e: Entry): Entry {
	return { ...e, id: crypto.randomUUID(), revision: 0, title: (e.title || "Without a title") + " (written on another device)" };
}

function same(a: Entry, b: Entry): boolean {
	const bare = (e: Entry) => toMarkdown({ ...e, revision: 0, written: "" });
	return bare(a) === bare(b);
}
