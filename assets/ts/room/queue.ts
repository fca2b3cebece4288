// The queue of what the practice does not have yet. It is sent in the order in
// which it was written, a batch at a time, again and again until the practice
// has said of each entry that it is kept; the practice takes each of them once,
// however often it comes.

import { type Entry, iso } from "./entry";
import type { Author, Shelf } from "./shelf";
import { Away, Closed, type Wire } from "./wire";
import { mark, ROOM } from "../waiting";

const BATCH = 40;
const SOON = 400;
const LATER = 10_000;

export type Standing = "sent" | "waiting" | "away" | "signed-out" | "refused";

// Sending is what the queue asks of the room.
interface Sending {
	prepare(): Promise<boolean>; // whether it is known who is signed in
	author(e: Entry): Author | undefined; // who wrote it
	mine(e: Entry): boolean; // it is sent in the name of who is signed in
	take(entries: Entry[]): void;
	refuse(e: Entry, why: string, instead: Entry | null): void;
	lost(): void; // nobody is signed in any more
}

export class Queue extends EventTarget {
	private waits = new Map<string, Entry>(); // in the order in which they were written
	private running: Promise<void> | null = null;
	private timer = 0;
	private pause = SOON;
	standing: Standing = "sent";
	why = ""; // the practice's words, when it would not listen

	constructor(
		private wire: Wire,
		private shelf: Shelf | null,
		private room: Sending,
	) {
		super();
		addEventListener("online", () => this.now());
		document.addEventListener("visibilitychange", () => document.hidden || this.now());
	}

	get length(): number {
		return this.waits.size;
	}

	// others are the authors of what waits for somebody else to sign in.
	get others(): string[] {
		return [...this.waits.values()].filter((e) => !this.room.mine(e)).map((e) => this.room.author(e)?.name || "Somebody");
	}

	has = (id: string): boolean => this.waits.has(id);

	add(entries: Entry[]): void {
		for (const e of [...entries].sort((a, b) => (a.session < b.session ? -1 : a.session > b.session ? 1 : a.seq - b.seq))) this.waits.set(e.id, e);
		if (this.standing === "sent") this.standing = "waiting";
		this.tell();
		this.after(0);
	}

	// drop takes away what came back from the practice by another way.
	drop(id: string): void {
		if (this.waits.delete(id)) this.settle();
	}

	now(): void {
		this.pause = SOON;
		this.after(0);
	}

	private after(ms: number): void {
		clearTimeout(this.timer);
		if (this.waits.size) this.timer = window.setTimeout(() => void this.run(), ms);
	}

	private tell(): void {
		try {
			for (const session of new Set([...this.waits.values()].map((e) => e.session))) this.marked.add(session);
			for (const session of this.marked) mark(ROOM + session, [...this.waits.values()].some((e) => e.session === session));
		} catch {
			// Storage is forbidden: signing out does not know of it.
		}
		this.dispatchEvent(new Event("change"));
	}

	private marked = new Set<string>();

	private settle(): void {
		if (!this.waits.size && this.standing !== "refused") this.standing = "sent";
		this.tell();
	}

	private run(): Promise<void> {
		this.running ??= this.batches().finally(() => {
			this.running = null;
		});
		return this.running;
	}

	private async batches(): Promise<void> {
		while (this.waits.size) {
			if (!await this.room.prepare()) return this.fails(new Away());
			const all = [...this.waits.values()].filter((e) => this.room.mine(e));
			if (!all.length) break;
			const device = all[0]!.device; // two, where this device's storage failed in between
			const batch = all.filter((e) => e.device === device).slice(0, BATCH);
			try {
				const answer = await this.wire.send(device, iso(Date.now()), batch);
				await this.took(batch, answer.kept, answer.refused ?? []);
				this.pause = SOON;
			} catch (error) {
				this.fails(error);
				return;
			}
		}
		this.settle();
	}

	private async took(batch: Entry[], kept: string[], refused: { id: string; why: string }[]): Promise<void> {
		const ids = new Set(kept);
		const taken = batch.filter((e) => ids.has(e.id));
		await this.shelf?.heard(taken).catch(() => undefined); // it is sent again, and taken once
		for (const e of taken) this.waits.delete(e.id);
		this.room.take(taken);
		for (const { id, why } of refused) {
			const e = batch.find((b) => b.id === id);
			if (!e) continue;
			const instead = insteadOf(e, why);
			await this.shelf?.refused(e, why, instead, this.room.author(e)).catch(() => undefined);
			this.waits.delete(id);
			if (instead) this.waits.set(instead.id, instead);
			this.room.refuse(e, why, instead);
		}
		if (!taken.length && !refused.length) throw new Away(); // an answer that answers nothing
		this.standing = this.waits.size ? "waiting" : "sent";
		this.tell();
	}

	private fails(error: unknown): void {
		if (error instanceof Closed) {
			this.standing = error.status === 401 || error.status === 403 ? "signed-out" : "refused";
			this.why = error.message;
			if (this.standing === "signed-out") this.room.lost();
		} else {
			this.standing = "away";
		}
		this.tell();
		this.pause = Math.min(this.pause * 2, LATER);
		this.after(this.pause);
	}
}

// insteadOf is a note under the number of an entry that was not taken: it says so,
// to everybody, and the device's count has no hole. What stands for another is
// not replaced once more.
function insteadOf(e: Entry, why: string): Entry | null {
	if (typeof e.body.instead === "string") return null;
	return { ...e, id: crypto.randomUUID(), kind: "note", supersedes: undefined, with: undefined, body: { words: `An entry of this device (${e.kind}) was not taken. ${why}`, instead: e.id } } as Entry;
}
