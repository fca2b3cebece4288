// A journal that is open on this device: what is written is sealed on disk at
// once, and sent when the practice can be reached.

import { Away, bytes as fetchBytes, get, post, send, type Sent, Status } from "./api";
import { type Bytes, hex, sha256, unbase64, utf8 } from "./bytes";
import { today } from "./dom";
import { type Entry, type Piece, toMarkdown } from "./entry";
import { ever, type Keys } from "./keys";
import { Damaged, hasHeader, open, type Opened, sealEntry, sealGone, sealPiece } from "./seal";
import { bucketOf, type Change, type Later, pathOf, Shelf } from "./shelf";
import type { Head, Store } from "./store";

interface Changes {
	files: Change[];
	head: number;
	recipient?: string; // whose keyring the practice has
}

const LOOKED = "held-journal-looked-";
const ELSEWHERE = "Your keys were made anew on another device, or the practice shows somebody else's. What you write here is kept on this device. Please unlock once more under Keys, so that it is sent.";

export class Book extends Shelf {
	waiting: string | null = null; // why something has not been sent

	static async open(person: string, store: Store, keys: Keys): Promise<Book> {
		return new Book(person, store, keys).ready();
	}

	protected async ready(): Promise<this> {
		await this.step(async () => {
			await this.renew();
			await this.load();
			if (this.keys.former?.length) await this.resealUnsent();
		});
		await this.mark();
		return this;
	}

	// resealUnsent seals what waits to be sent with the keys of today: nothing that a
	// lost device could open is to leave.
	private async resealUnsent(): Promise<void> {
		for (const h of this.heads.values()) {
			if (!h.dirty || h.key === this.keys.verifier || (h.kind === "piece" && h.gone)) continue;
			const e = this.entry(h.id);
			const was = h.kind === "entry" ? undefined : await this.store.body(h.id);
			let body: Bytes;
			if (h.gone) body = await sealGone(this.keys, h.id, h.revision + 1);
			else if (e) body = await sealEntry(this.keys, { ...e, revision: h.revision + 1, author: this.keys.verifier });
			else if (was) {
				const o = await open(this.keys, h.id, was, ever(this.keys));
				if (o.kind !== "piece") continue;
				body = await sealPiece(this.keys, h.id, o.bytes);
			} else continue;
			const next: Head = { ...h, upload: crypto.randomUUID(), key: this.keys.verifier };
			await this.store.write(["heads", h.id, next], ["bodies", h.id, body]);
			this.heads.set(h.id, next);
			if (e && !h.gone) this.put({ entry: { ...e, revision: h.revision + 1, author: this.keys.verifier }, revision: h.revision, upload: next.upload });
			await this.keepShelf(new Set([bucketOf(h.id)]));
		}
	}

	// keep seals an entry on this device, and has it sent. What it is made of is
	// kept in the same step; the pieces in old go once the practice has taken it.
	// base is the entry as it was when somebody began to change it; null where that
	// is not here any more.
	async keep(e: Entry, pieces: Map<string, Bytes> = new Map(), old: Piece[] = [], base?: Entry | null): Promise<Entry> {
		const entry = await this.step(async () => {
			await this.abreast(e.id);
			const present = this.entry(e.id);
			if (present && (base === null || (base ? !same(present, base) : present.revision !== e.revision))) { // it was changed elsewhere while this was written
				e = another(e);
				old = [];
			}
			const head = this.heads.get(e.id) ?? this.fresh(e.id, "entry");
			const kept = { ...e, revision: head.revision + 1, author: this.keys.verifier };
			const next: Head = { ...head, dirty: 1, upload: crypto.randomUUID(), key: this.keys.verifier, gone: false, drops: [...(head.drops ?? []), ...old.map((p) => p.id)] };
			const changes: Parameters<Store["write"]> = [["heads", e.id, next], ["bodies", e.id, await sealEntry(this.keys, kept)]];
			const heads = [next];
			for (const [id, bytes] of pieces) {
				const p: Head = { ...this.fresh(id, "piece"), size: bytes.length };
				heads.push(p);
				changes.push(["heads", id, p], ["bodies", id, await sealPiece(this.keys, id, bytes)]);
			}
			await this.store.write(...changes);
			for (const h of heads) this.heads.set(h.id, h);
			this.put({ entry: kept, revision: next.revision, upload: next.upload });
			await this.keepShelf(new Set([bucketOf(e.id)]));
			return kept;
		});
		await this.changed();
		return entry;
	}

	protected fresh(id: string, kind: Head["kind"]): Head {
		return { id, kind, key: this.keys.verifier, revision: 0, seq: 0, size: 0, day: "", dirty: 1, upload: crypto.randomUUID() };
	}

	// changed tells of what was written here, and has it sent.
	private async changed(): Promise<void> {
		this.announce("change");
		await this.mark();
		this.tell();
		void this.sync();
	}

	// remove takes an entry away, here and on every device; its pieces go with it,
	// once the practice has taken the removal.
	async remove(id: string): Promise<void> {
		await this.step(async () => {
			const head = await this.abreast(id);
			if (!head) return;
			const drops = [...(head.drops ?? []), ...(this.entry(id)?.pieces ?? []).map((p) => p.id)];
			const next: Head = { ...head, dirty: 1, upload: crypto.randomUUID(), key: this.keys.verifier, gone: true, drops };
			await this.store.write(["heads", id, next], ["bodies", id, await sealGone(this.keys, id, head.revision + 1)]);
			this.heads.set(id, next);
			this.drop(id);
			await this.keepShelf(new Set([bucketOf(id)]));
		});
		await this.dropDraft(id);
		await this.changed();
	}

	// named tells which pieces an entry or a draft holds.
	private async named(): Promise<Set<string>> {
		const all = [...[...this.shelf.values()].map((s) => s.entry), ...(await this.drafts())];
		return new Set(all.flatMap((e) => e.pieces.map((p) => p.id)));
	}

	// dropPieces takes pieces away that nothing holds any more.
	private async dropPieces(ids: string[]): Promise<void> {
		const named = await this.named();
		for (const id of ids) {
			const h = this.heads.get(id);
			if (!h || h.gone || named.has(id)) continue;
			const next: Head = { ...h, gone: true, dirty: 1, upload: crypto.randomUUID(), back: undefined };
			await this.store.write(["heads", id, next], ["bodies", id, undefined]);
			this.heads.set(id, next);
			this.again = true; // it is to be sent
		}
	}

	// piece gives a picture or a recording, from this device or from the practice.
	async piece(id: string): Promise<Bytes> {
		return (await this.pieceBy(id)).bytes;
	}

	// pieceBy gives it with the key that signed it.
	protected async pieceBy(id: string): Promise<{ bytes: Bytes; by: string }> {
		const here = await this.store.body(id);
		const body = here ?? (await fetchBytes(pathOf(id)));
		const o = await open(this.keys, id, body, here ? ever(this.keys) : undefined);
		if (o.kind !== "piece") throw new Damaged("What should be here is something else. It is not shown.");
		if (!here) await this.store.write(["bodies", id, body]);
		return o;
	}

	private running: Promise<void> | null = null;
	protected again = false;

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
		await this.mark();
		this.tell();
		this.announce("change");
	}

	private async exchange(): Promise<void> {
		try {
			await this.step(() => this.refresh()); // another window may have written
			await this.pull();
			this.waiting = await this.pushAll();
		} catch (error) {
			if (!(error instanceof Away) && !(error instanceof Status)) throw error;
			this.waiting = error instanceof Status && error.status === 401 ? "You are signed out here. What you write is kept on this device, and sent when you have signed in again." : error.message;
		}
	}

	// pushAll sends what waits: removals first, which make room. One file that is
	// refused does not keep the others; why is given back.
	private async pushAll(): Promise<string | null> {
		let refused: string | null = null;
		const all = [...this.heads.values()].filter((h) => h.dirty).sort((a, b) => Number(b.gone ?? false) - Number(a.gone ?? false));
		for (const h of all) {
			try {
				await this.push(h.id);
			} catch (error) {
				if (!(error instanceof Status) || error.status === 401) throw error;
				refused ??= error.message;
			}
		}
		return refused;
	}

	protected async push(id: string): Promise<void> {
		const found = await this.step(async () => {
			const h = await this.abreast(id);
			if (!h?.dirty || (h.back !== undefined && !h.again)) return null;
			if (h.kind === "piece" && h.gone) return { h, body: null };
			const body = await this.store.body(id);
			if (!body) return null;
			if (h.kind !== "entry") return { h, body };
			const next: Head = { ...h, tried: [...new Set([...(h.tried ?? []), hex(await sha256(body))])].slice(-20) };
			await this.store.write(["heads", id, next]);
			this.heads.set(id, next);
			return { h: next, body };
		});
		if (!found) return;
		const { h, body } = found;
		const done: Head = { ...h, dirty: 0, tried: undefined, drops: undefined, back: undefined, again: undefined };
		if (!body) {
			await post(pathOf(id) + "/remove");
			return this.settle(h, done);
		}
		let sent: Sent;
		try {
			if (h.again) await this.climb(h, body);
			sent = await send(pathOf(id), body, h.revision + 1, h.upload, (share) => this.dispatchEvent(new CustomEvent("progress", { detail: { id, share } })));
		} catch (error) {
			if (!(error instanceof Status) || error.status !== 409) throw error;
			return this.beside(h);
		}
		if (sent.revision !== h.revision + 1) {
			this.alarm(id, "The practice answered with another version than was sent to it. What you wrote is kept on this device, and counts as not sent.");
			return;
		}
		await this.settle(h, { ...done, revision: sent.revision, seq: sent.seq, day: sent.day, size: sent.size });
	}

	// climb sends the revisions that the practice has lost, so that the next one
	// is newer than what any device has.
	private async climb(h: Head, body: Bytes): Promise<void> {
		const e = this.entry(h.id);
		for (let r = (h.back ?? 0) + 1; r <= h.revision; r++) {
			const file = h.kind === "piece" ? body : h.gone || !e ? await sealGone(this.keys, h.id, r) : await sealEntry(this.keys, { ...e, revision: r });
			await send(pathOf(h.id), file, r, crypto.randomUUID());
			await this.amend(h, { back: r });
		}
	}

	// amend notes something of a file, unless it was written anew meanwhile.
	private async amend(was: Head, what: Partial<Head>): Promise<void> {
		await this.step(async () => {
			const present = await this.abreast(was.id);
			if (!present || present.upload !== was.upload) return;
			const next = { ...present, ...what };
			await this.store.write(["heads", was.id, next]);
			this.heads.set(was.id, next);
		});
	}

	// settle notes what was sent. What was written meanwhile builds on it.
	private async settle(was: Head, now: Head): Promise<void> {
		await this.step(async () => {
			const present = await this.abreast(was.id);
			if (!present) return;
			if (present.upload !== was.upload) return this.build(present, now);
			await this.store.write(["heads", was.id, now]);
			this.heads.set(was.id, now);
			const s = this.shelf.get(was.id);
			if (s) s.revision = now.revision;
			await this.keepShelf(new Set([bucketOf(was.id)]));
			await this.dropPieces(was.drops ?? []);
		});
	}

	// build makes what waits here the next revision of what the practice has.
	private async build(present: Head, stands: Head): Promise<void> {
		const { id } = present;
		const next: Head = { ...present, key: this.keys.verifier, revision: stands.revision, seq: stands.seq, tried: undefined, back: undefined, again: undefined };
		const e = this.entry(id);
		const entry = e && { ...e, revision: next.revision + 1 };
		const changes: Parameters<Store["write"]> = [["heads", id, next]];
		if (entry) changes.push(["bodies", id, await sealEntry(this.keys, entry)]);
		else if (next.kind === "entry" && next.gone) changes.push(["bodies", id, await sealGone(this.keys, id, next.revision + 1)]);
		await this.store.write(...changes);
		this.heads.set(id, next);
		if (entry) this.put({ entry, revision: next.revision, upload: next.upload });
		await this.keepShelf(new Set([bucketOf(id)]));
		this.again = true;
	}

	// beside keeps both, where two devices wrote the same entry: what came first
	// stays where it is, what was written here becomes an entry of its own. Until
	// both stand on this device, what was written here waits as it was.
	private async beside(h: Head): Promise<void> {
		const theirs = (await this.there()).get(h.id);
		if (theirs && h.kind !== "entry") return this.amend(h, theirs.gone ? { revision: theirs.revision } : { revision: theirs.revision, dirty: 0, back: undefined, again: undefined });
		if ((theirs?.revision ?? 0) === h.revision && !theirs?.gone) return this.amend(h, { upload: crypto.randomUUID() }); // parts of it had not come
		if (!theirs || theirs.gone || theirs.revision < h.revision) return this.wasSetBack(h, theirs);
		const body = await fetchBytes(pathOf(h.id));
		let o: Opened;
		try {
			o = await this.opened(theirs, body);
			if (o.kind === "piece") throw new Damaged("One file of the journal was put in the place of another. It is not shown.");
		} catch (error) {
			if (!(error instanceof Damaged)) throw error;
			this.alarm(h.id, "What you wrote here is kept on this device, and waits.", error);
			return;
		}
		const copy = await this.step(() => this.both(h, theirs, body, o));
		if (copy) await this.push(copy);
	}

	// both writes down in one step what came first and what was written here; it
	// gives the id of the latter.
	private async both(h: Head, theirs: Change, body: Bytes, o: Opened): Promise<string | null> {
		const present = await this.abreast(h.id);
		if (!present || present.revision !== h.revision) return null; // another window has looked at it
		const clean: Head = { ...this.fresh(h.id, "entry"), revision: theirs.revision, seq: theirs.seq, size: theirs.size, day: theirs.day, dirty: 0, upload: "", key: o.by, gone: o.kind === "gone" };
		const hash = hex(await sha256(body));
		if (present.tried?.includes(hash) && (present.upload !== h.upload || present.tried.at(-1) !== hash)) { // ours: its answer was lost on the way
			await this.build(present, clean);
			return null;
		}
		const mine = this.entry(h.id);
		const changes: Parameters<Store["write"]> = [["heads", h.id, clean], ["bodies", h.id, body]];
		const copy = mine && !present.gone && !(o.kind === "entry" && same(mine, o.entry)) ? { ...another(mine), revision: 1 } : null;
		if (copy) changes.push(["heads", copy.id, this.fresh(copy.id, "entry")], ["bodies", copy.id, await sealEntry(this.keys, copy)]);
		await this.store.write(...changes);
		await this.load();
		return copy?.id ?? null;
	}

	private async wasSetBack(h: Head, theirs: Change | undefined): Promise<void> {
		await this.amend(h, { back: theirs?.revision ?? 0, again: undefined });
		this.alarm("missing", "The practice no longer has an entry as this device had sent it. It is kept here. Please tell the practice, and take your journal along to be sure.");
	}

	// sendAgain sends what the practice has lost, as its writer wishes.
	async sendAgain(): Promise<void> {
		await this.step(async () => {
			await this.load();
			const changes: Parameters<Store["write"]> = [["meta", "cursor", 0]];
			for (const h of this.heads.values()) {
				const next: Head = { ...h, seq: 0 };
				const body = h.back === undefined ? undefined : await this.store.body(h.id);
				if (body) {
					Object.assign(next, { dirty: 1, again: true, upload: crypto.randomUUID(), revision: Math.max(h.revision, h.back!) });
					const e = this.entry(h.id);
					if (h.kind === "entry") next.key = this.keys.verifier;
					if (h.kind === "entry") changes.push(["bodies", h.id, h.gone || !e ? await sealGone(this.keys, h.id, next.revision + 1) : await sealEntry(this.keys, { ...e, revision: next.revision + 1 })]);
				}
				changes.push(["heads", h.id, next]);
			}
			await this.store.write(...changes);
			await this.load();
			this.alarms.splice(0, this.alarms.length, ...this.alarms.filter((a) => a.id !== "missing" && a.id !== "head"));
		});
		await this.changed();
	}

	private async pull(): Promise<void> {
		const later = new Map(((await this.store.get<Later[]>("meta", "later")) ?? []).map((l) => [l.change.id, l]));
		let cursor = (await this.store.get<number>("meta", "cursor")) ?? 0;
		const touched = new Set<string>();
		for (const l of [...later.values()]) if (!l.change.gone) await this.tryTake(l.change, later, touched);
		for (;;) {
			const { files, head, recipient } = await get<Changes>("/space/journal/changes?after=" + cursor);
			if (recipient && recipient !== this.keys.recipient && !this.keys.former?.some((f) => f.recipient === recipient)) throw new Status(409, ELSEWHERE);
			if (!this.heads.size && head < (this.keys.head ?? 0)) this.alarm("head", "The practice shows your journal as it was before your keys were last changed: it was restored from a backup, or set back. What is missing may be on another device of yours.");
			if (head < this.known(cursor)) {
				this.alarm("head", "The practice shows your journal as it was earlier: it was restored from a backup, or set back. What this device has is kept, and nothing of it is overwritten.");
				await this.missing();
				return this.store.write(["meta", "cursor", 0]);
			}
			const was = cursor;
			for (const f of files) {
				await this.tryTake(f, later, touched);
				cursor = Math.max(cursor, f.seq);
			}
			await this.step(() => this.keepShelf(touched));
			touched.clear();
			await this.store.write(["meta", "cursor", cursor], ["meta", "later", [...later.values()]]);
			if (cursor === was || cursor >= head) break;
			this.tell();
		}
		for (const l of [...later.values()]) {
			if (!l.change.gone) continue;
			l.words = await this.step(() => this.isGone(l.change));
			if (!l.words) later.delete(l.change.id);
		}
		await this.store.write(["meta", "later", [...later.values()]]);
		if (localStorage.getItem(LOOKED + this.person) === today()) return; // once a day is enough
		await this.missing();
		localStorage.setItem(LOOKED + this.person, today());
	}

	// tryTake takes a change, or notes it for later.
	private async tryTake(f: Change, later: Map<string, Later>, touched: Set<string>): Promise<void> {
		const words = f.gone ? "" : await this.take(f, touched);
		if (words || f.gone) later.set(f.id, { change: { ...f, body: undefined }, words });
		else later.delete(f.id);
	}

	// known is the last place in the order of changes that the practice has told of.
	private known(cursor: number): number {
		let last = cursor;
		for (const h of this.heads.values()) last = Math.max(last, h.seq);
		return last;
	}

	// there is all that the practice has, without the bodies.
	protected async there(): Promise<Map<string, Change>> {
		const all = new Map<string, Change>();
		for (let after = 0; ; ) {
			const { files, head } = await get<Changes>(`/space/journal/changes?after=${after}&bare=1`);
			const was = after;
			for (const f of files) {
				all.set(f.id, f);
				after = Math.max(after, f.seq);
			}
			if (after === was || after >= head) return all;
		}
	}

	// missing compares what the practice has with what this device has had of it,
	// and notes what was set back.
	private async missing(): Promise<void> {
		const there = await this.there();
		await this.step(async () => {
			await this.refresh();
			const named = await this.named();
			const lost: Head[] = [];
			const changes: Parameters<Store["write"]> = [];
			for (const h of this.heads.values()) {
				const ours = h.kind === "entry" || (h.kind === "piece" && !h.gone && named.has(h.id));
				if (!ours || h.dirty || !h.revision) continue;
				const f = there.get(h.id);
				const back = !f || f.revision < h.revision || (f.gone && !h.gone) ? (f?.revision ?? 0) : undefined;
				if (back !== undefined) lost.push(h);
				if (back !== h.back) changes.push(["heads", h.id, { ...h, back }]);
			}
			await this.store.write(...changes);
			for (const [, id, head] of changes) this.heads.set(id, head as Head);
			if (!lost.length) return;
			const entries = lost.filter((h) => h.kind === "entry").length;
			const one = lost.length === 1;
			const what = !entries ? "recordings or pictures" : entries === 1 ? "an entry" : entries + " entries";
			this.alarm("missing", `The practice no longer has ${what} as this device had sent ${one ? "it" : "them"}. ${one ? "It is" : "They are"} kept here. Please tell the practice, and take your journal along to be sure.`);
		});
	}

	// take looks at one change; it gives what was said of one that cannot be taken.
	private async take(f: Change, touched: Set<string>): Promise<string> {
		const h = this.heads.get(f.id);
		if (h?.dirty || (h && f.revision === h.revision)) return ""; // what is to be sent meets it there
		if (h && f.revision < h.revision) {
			this.alarm(f.id, "The practice gave an older version of an entry than this device has. The newer one is kept here and shown.");
			return "";
		}
		const head: Head = { id: f.id, kind: "other", revision: f.revision, seq: f.seq, size: f.size, day: f.day, dirty: 0, upload: "" };
		// What is large is a recording or a picture, and comes when it is looked at;
		// an entry that is known stays one, whatever is said of its size.
		const large = !f.body && f.size > 128 * 1024 && h?.kind !== "entry";
		try {
			const body = large ? undefined : f.body ? unbase64(f.body) : await fetchBytes(pathOf(f.id));
			const o = body && (await this.opened(f, body));
			return await this.step(async () => {
				const present = await this.abreast(f.id);
				if (present?.dirty || (present && present.revision >= f.revision)) return "";
				if (o && body) await this.arrived(head, body, o, touched);
				else await this.noted({ ...head, kind: "piece" });
				return "";
			});
		} catch (error) {
			const away = error instanceof Status && (error.status === 404 || error.status === 409);
			if (!(error instanceof Damaged) && !away) throw error;
			const words = h ? "What this device has is kept and shown." : `It is of ${f.day} and is not shown.`;
			return this.alarm(f.id, away ? "The practice lists a file that it does not give. " + words : words, error);
		}
	}

	// opened opens a file that is said to be of a change.
	private async opened(f: Change, body: Bytes): Promise<Opened> {
		const o = await open(this.keys, f.id, body);
		const revision = o.kind === "gone" ? o.revision : o.kind === "entry" ? o.entry.revision : f.revision;
		if (revision !== f.revision) throw new Damaged("The practice gave another version of an entry than it said.");
		return o;
	}

	protected async noted(head: Head, body?: Bytes): Promise<void> {
		await this.store.write(["heads", head.id, head], ...(body ? [["bodies", head.id, body] as ["bodies", string, Bytes]] : []));
		this.heads.set(head.id, head);
	}

	private async arrived(was: Head, body: Bytes, o: Opened, touched: Set<string>): Promise<void> {
		const head: Head = { ...was, key: o.by };
		if (o.kind === "piece") return this.noted({ ...head, kind: "piece" }, body);
		if (o.kind === "entry" && (hasHeader(o.markdown, "note") || hasHeader(o.markdown, "about"))) return this.noted(head); // a copy that was made for somebody else
		await this.noted({ ...head, kind: "entry", gone: o.kind === "gone" }, body);
		if (o.kind === "gone") this.drop(head.id);
		else this.put({ entry: o.entry, revision: head.revision, upload: "" });
		touched.add(bucketOf(head.id));
	}

	// isGone: the practice may say of pieces and of copies that they are gone, as
	// long as no entry holds them. Of an entry only its writer can. It gives what
	// was said of what is kept all the same.
	private async isGone(f: Change): Promise<string> {
		const h = await this.abreast(f.id);
		if (h?.gone ? h.revision >= f.revision : h?.dirty || (h && h.revision >= f.revision)) return "";
		if (h?.kind === "entry" && !h.gone) return this.alarm(f.id, "The practice says that an entry was taken away, and you have not signed that. It is kept on this device and shown.");
		const holds = [...this.shelf.values()].find((s) => s.entry.pieces.some((p) => p.id === f.id));
		if (!holds || h?.kind !== "piece") {
			const gone: Head = { id: f.id, kind: h?.kind ?? "other", revision: f.revision, seq: f.seq, size: 0, day: f.day, dirty: 0, upload: "", gone: true };
			await this.store.write(["heads", f.id, gone], ["bodies", f.id, undefined]);
			this.heads.set(f.id, gone);
			return "";
		}
		const here = await this.store.body(f.id);
		const unsent = this.heads.get(holds.entry.id)?.dirty; // another device may have taken it out of what this one goes on with
		if (here) await this.noted({ ...h, revision: f.revision, seq: f.seq, dirty: 1, upload: crypto.randomUUID() });
		if (here && unsent) return "";
		return this.alarm(f.id, here
			? "The practice says that a recording or picture was taken away, and an entry of yours holds it. It is kept on this device, and sent again."
			: "The practice says that a recording or picture was taken away, and an entry of yours holds it. This device does not have it; another device of yours may.");
	}
}

// another is an entry beside the one that was written elsewhere.
function another(e: Entry): Entry {
	return { ...e, id: crypto.randomUUID(), revision: 0, title: (e.title || "Without a title") + " (written on another device)" };
}

const bare = (e: Entry) => toMarkdown({ ...e, revision: 0, written: "", author: "" });
const same = (a: Entry, b: Entry): boolean => bare(a) === bare(b);

// printOf names the words of an entry; "" is none.
export const printOf = async (e: Entry | undefined): Promise<string> => (e ? hex(await sha256(utf8(bare(e)))) : "");
