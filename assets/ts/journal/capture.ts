// <held-capture> is the page for right after a session on somebody's own device.
// With the journal unlocked, what is kept becomes an entry of it. With the journal
// locked nothing waits for unlocking: it is sealed to its owner's public key, and
// they find it in the journal when they next open it.

import { Away, get, Status } from "./api";
import { Book } from "./book";
import { h, notice, today } from "./dom";
import { blank, type Entry, type Piece } from "./entry";
import { install } from "./install";
import type { Keys } from "./keys";
import { type Captured, sealLeft, type Way } from "./left";
import { Quiet } from "./quiet";
import { words } from "./said";
import { Store } from "./store";
import { dropHere, keepHere, sendHere } from "./waits";
import { forgetKeys, idle, TOUCHED, WHO } from "../idle";

interface Publicly {
	recipient: string;
	verifier: string;
}

// Place is this device's part of somebody's journal, as far as it is needed here.
interface Place {
	person: string;
	store: Store;
	keys: Keys | null;
	to: Publicly | null; // null: there are no keys yet
	opened: boolean; // this device has opened the journal, and knows its key
}

const NAMES: Record<Exclude<Way, "words">, string> = { voice: "With your voice", drawing: "A drawing" };

// find learns whose device this is. What this device has opened itself is
// believed about the public key before anything that the practice says.
async function find(): Promise<Place> {
	let served: (Publicly & { person: string; revision: number }) | null = null;
	let person = localStorage.getItem(WHO) ?? "";
	try {
		served = await get<Publicly & { person: string; revision: number }>("/account/keyring");
		if (person && person !== served.person) await forgetKeys();
		person = served.person;
	} catch (error) {
		if (!person || (!(error instanceof Away) && !(error instanceof Status))) throw error;
	}
	const store = await Store.open(person);
	const kept = await store.get<Partial<Publicly>>("meta", "ring");
	if (idle()) await store.write(["meta", "keys", undefined]);
	const keys = (await store.get<Keys>("meta", "keys")) ?? null;
	const known = kept?.recipient ? (kept as Publicly) : served?.revision ? served : null;
	return { person, store, keys, opened: Boolean(kept?.recipient), to: known && { recipient: known.recipient, verifier: known.verifier } };
}

export class HeldCapture extends HTMLElement {
	private place: Place | null = null;
	private book: Book | null = null;
	private ids = new Map<Way, string>(); // of what is being made
	private timer = 0;
	private touched = 0;

	async connectedCallback(): Promise<void> {
		this.spellcheck = false;
		this.replaceChildren(h("p", { role: "status" }, "One moment…"));
		void install();
		try {
			this.place = await find();
		} catch (error) {
			this.replaceChildren(notice("care", h("p", {}, words(error))));
			return;
		}
		if (!this.place.to) {
			this.replaceChildren(notice("care", h("p", {}, "Your journal has no keys yet, so nothing could be sealed here. Nothing is kept. Paper is fine for now; ", h("a", { href: "/space/journal" }, "your journal"), " makes its keys when you have a quiet moment.")));
			return;
		}
		if (this.place.keys) this.book = await Book.open(this.place.person, this.place.store, this.place.keys);
		for (const kind of ["pointerdown", "keydown", "input"]) document.addEventListener(kind, () => this.touch(), { passive: true, capture: true });
		const cover = document.querySelector<HTMLElement>("held-lock [role=dialog]");
		if (cover) new MutationObserver(() => cover.hidden || this.lock()).observe(cover, { attributes: true, attributeFilter: ["hidden"] });
		const box = h("div", { class: "quiet" });
		const believed = this.place.opened || location.search ? null : h("p", { class: "meta" }, "This device has not opened your journal yet: it takes your key from the practice. ", h("a", { href: "/space/capture?compare" }, "Is it sealed for you?"));
		this.replaceChildren(box, ...(believed ? [believed] : []));
		new Quiet(box, { keep: (c) => this.keep(c), drafted: (c) => this.drafted(c), foot: h("p", { class: "meta quiet-foot" }, h("a", { href: "/space" }, "Back to your space")) });
		window.addEventListener("online", () => void this.send());
		void this.send();
	}

	private touch(): void {
		if (!this.open || Date.now() - this.touched < 5000) return;
		this.touched = Date.now();
		localStorage.setItem(TOUCHED, String(this.touched));
	}

	// open is the journal, while it is unlocked and was used not long ago.
	private get open(): Book | null {
		if (this.book && idle()) this.lock();
		return this.book;
	}

	private lock(): void {
		this.book?.quit();
		this.book = null;
	}

	private async send(): Promise<number> {
		await this.open?.sync();
		return sendHere(this.place!.store, this.place!.person);
	}

	private idOf(way: Way): string {
		const id = this.ids.get(way) ?? crypto.randomUUID();
		this.ids.set(way, id);
		return id;
	}

	private entry(c: Captured, id: string): Entry {
		return { ...blank(), id, words: c.words, stamp: c.stamp, afterSession: true, session: this.getAttribute("session") ?? "" };
	}

	// drafted keeps what is being made with every pause, so that leaving the page
	// loses nothing.
	private drafted(c: Captured): void {
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => void this.draft(c).catch(() => undefined), 400);
	}

	private async draft(c: Captured): Promise<void> {
		const id = this.idOf(c.way);
		const book = this.open;
		if (!book) return keepHere(this.place!.store, this.place!.person, { id, day: today(), body: await this.sealed(id, c), kept: false });
		await book.keepDraft(this.entry(c, id), "");
		if (c.way !== "words") await book.keepMade(id, c.way, c.made);
	}

	private sealed(id: string, c: Captured) {
		return sealLeft({ ...this.place!.to!, place: "own", session: this.getAttribute("session") ?? "" }, id, c);
	}

	private async keep(c: Captured): Promise<string> {
		clearTimeout(this.timer);
		const id = this.idOf(c.way);
		const { store, person } = this.place!;
		const book = this.open;
		if (!book) {
			await keepHere(store, person, { id, day: today(), body: await this.sealed(id, c), kept: true });
			this.ids.delete(c.way);
			void this.send();
			return "Kept, sealed for you. You find it in your journal when you next unlock it.";
		}
		const { pieces, bodies } = await piecesOf(c);
		await book.keep({ ...this.entry(c, id), pieces }, bodies);
		await book.dropDraft(id);
		await dropHere(store, id); // begun while it was locked
		this.ids.delete(c.way);
		return navigator.onLine ? "Kept in your journal." : "Kept in your journal, on this device. It is sent when there is a connection.";
	}
}

async function piecesOf(c: Captured): Promise<{ pieces: Piece[]; bodies: Map<string, Uint8Array<ArrayBuffer>> }> {
	const bodies = new Map<string, Uint8Array<ArrayBuffer>>();
	if (c.way === "words" || !c.made) return { pieces: [], bodies };
	const bytes = new Uint8Array(await c.made.blob.arrayBuffer());
	const p: Piece = { id: crypto.randomUUID(), kind: c.way, type: c.made.type, name: NAMES[c.way], alt: c.made.alt, size: bytes.length };
	if (c.made.seconds !== undefined) p.seconds = c.made.seconds;
	bodies.set(p.id, bytes);
	return { pieces: [p], bodies };
}
