// <held-left> is the page on the practice's tablet, in a client's hands. It has
// the client's public key and no other. What is kept is sealed before anything
// else is done with it; where the network is lost, the sealed file, which nothing
// here can open, waits in this browser until it is sent. What is being made is
// sealed with every pause as well, so that a page that dies takes nothing along;
// not even this page can show it again.

import { Away, post, Status } from "./api";
import type { Bytes } from "./bytes";
import { button, h, notice } from "./dom";
import { type Captured, sealLeft, sendLeft, type Way } from "./left";
import { Quiet } from "./quiet";
import { handed } from "../handed";

// Waiting is a sealed file that has not been sent. It names nobody.
interface Waiting {
	id: string;
	to: string; // the address of the page on which it was made
	body: Bytes;
	at: number;
	begun?: boolean; // nobody has said yet that it is to be kept
}

const KEPT = 8 * 24 * 3600_000; // after a week nothing takes it any more

class Waits {
	private db: Promise<IDBDatabase> | null = null;

	private open(): Promise<IDBDatabase> {
		this.db ??= new Promise((ok, no) => {
			const request = indexedDB.open("held-left", 1);
			request.onupgradeneeded = () => request.result.createObjectStore("waiting", { keyPath: "id" });
			request.onsuccess = () => ok(request.result);
			request.onerror = () => no(request.error);
		});
		return this.db;
	}

	private async with<T>(mode: IDBTransactionMode, act: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
		const tx = (await this.open()).transaction("waiting", mode, { durability: "strict" });
		const request = act(tx.objectStore("waiting"));
		return new Promise((ok, no) => {
			tx.oncomplete = () => ok(request.result);
			tx.onabort = tx.onerror = () => no(tx.error);
		});
	}

	add = (w: Waiting) => this.with("readwrite", (s) => s.put(w));
	drop = (id: string) => this.with<undefined>("readwrite", (s) => s.delete(id));
	all = () => this.with<Waiting[]>("readonly", (s) => s.getAll() as IDBRequest<Waiting[]>);
}

const waits = new Waits();

const sendOne = async (w: Waiting): Promise<void> => {
	await sendLeft(`${w.to}/${w.id}`, w.body, post);
	await waits.drop(w.id);
};

// flush sends what waits in this browser, whoever left it; it gives how many
// still do.
export async function flush(): Promise<number> {
	for (const w of await waits.all()) {
		if (Date.now() - w.at > KEPT) await waits.drop(w.id);
		else if (!w.begun) await sendOne(w).catch(() => undefined);
	}
	return (await waits.all()).filter((w) => !w.begun).length;
}

const RETRY = 15_000;
const PAUSE = 400; // after which what is being made is sealed

export class HeldLeft extends HTMLElement {
	private quiet: Quiet | null = null;
	private over = false;
	private ids = new Map<Way, string>(); // of what is being made
	private timers = new Map<Way, number>();
	private sealing: Promise<unknown> = Promise.resolve(); // one after the other, so that the last word is the last
	private earlier: Waiting[] = []; // begun on this page before it was opened anew

	connectedCallback(): void {
		handed();
		this.spellcheck = false;
		const finish = h("p", { class: "actions quiet-foot" }, button("I am finished", () => void this.end(), "quiet"));
		const box = h("div", { class: "quiet" });
		this.replaceChildren(box);
		this.quiet = new Quiet(box, { keep: (c) => this.keep(c), drafted: (c) => this.drafted(c), emptied: (way) => this.forget(way), foot: finish });
		window.addEventListener("beforeunload", (event) => {
			if (this.quiet?.pending) event.preventDefault();
		});
		window.addEventListener("online", () => void this.retry());
		setInterval(() => void this.retry(), RETRY);
		void this.retry();
		void this.tellBefore();
	}

	// tellBefore says what lies here of this page's earlier life, and asks what is
	// to become of it.
	private async tellBefore(): Promise<void> {
		this.earlier = (await waits.all().catch(() => [])).filter((w) => w.begun && w.to === this.address);
		if (!this.earlier.length) return;
		const told = notice("care",
			h("p", {}, "What was begun here before is kept, sealed for you. It cannot be shown again on this tablet: nothing here can open it. It goes to your journal with the next thing that you keep."),
			h("p", { class: "actions" }, button("Put it into my journal now", () => void this.settle(true).then((sentence) => this.quiet?.say(sentence))), button("Leave it behind", () => void this.settle(false), "quiet")));
		told.classList.add("quiet-before");
		this.prepend(told);
	}

	// settle keeps what was begun before, or takes it away.
	private async settle(keep: boolean): Promise<string> {
		const all = this.earlier;
		this.earlier = [];
		this.querySelector(".quiet-before")?.remove();
		for (const w of all) await (keep ? waits.add({ ...w, begun: false }) : waits.drop(w.id)).catch(() => undefined);
		const left = keep ? await flush().catch(() => 0) : 0;
		return left ? "Kept, and sealed. It waits here, where nobody can open it, until there is a connection." : "Kept. It is sealed, and with your journal.";
	}

	private get to() {
		return { recipient: this.getAttribute("recipient")!, verifier: this.getAttribute("verifier")!, place: "tablet" as const, session: this.getAttribute("session") ?? "" };
	}

	private idOf(way: Way): string {
		const id = this.ids.get(way) ?? crypto.randomUUID();
		this.ids.set(way, id);
		return id;
	}

	// drafted seals what is being made, with every pause.
	private drafted(c: Captured): void {
		clearTimeout(this.timers.get(c.way));
		this.timers.set(c.way, window.setTimeout(() => {
			this.sealing = this.sealing.then(async () => {
				const id = this.idOf(c.way);
				const body = await sealLeft(this.to, id, c);
				if (this.ids.get(c.way) === id) await waits.add({ id, to: this.address, body, at: Date.now(), begun: true });
			}).catch(() => undefined); // a browser that keeps nothing: it stands on the page alone
		}, PAUSE));
	}

	// forget takes away what was sealed of something that is no more.
	private forget(way: Way): void {
		clearTimeout(this.timers.get(way));
		const id = this.ids.get(way);
		this.ids.delete(way);
		if (id) this.sealing = this.sealing.then(() => waits.drop(id)).catch(() => undefined);
	}

	private get address(): string {
		return this.getAttribute("address")!;
	}

	private async keep(c: Captured): Promise<string> {
		clearTimeout(this.timers.get(c.way));
		await this.sealing;
		const id = this.idOf(c.way);
		const w = { id, to: this.address, body: await sealLeft(this.to, id, c), at: Date.now() };
		if (this.earlier.length) await this.settle(true);
		let here = true;
		try {
			await waits.add(w);
		} catch {
			here = false; // a browser that keeps nothing: then it is sent at once, or it is still on the sheet
		}
		if (here) this.ids.delete(c.way);
		try {
			await sendLeft(`${w.to}/${id}`, w.body, post);
			if (here) await waits.drop(id);
			this.ids.delete(c.way);
			return "Kept. It is sealed, and with your journal. Nothing of it stays on this tablet.";
		} catch (error) {
			if (!here) throw error;
			if (error instanceof Status) return `Kept, and sealed. It was not sent yet: ${error.message}`;
			if (!(error instanceof Away)) throw error;
			return "Kept, and sealed. There is no connection at the moment: it waits here, where nobody can open it, and is sent when there is one.";
		}
	}

	private async retry(): Promise<void> {
		const left = await flush().catch(() => 0);
		if (this.over) this.thanks(left);
	}

	// end gives the tablet back. What was made and not kept is asked about first.
	private async end(): Promise<void> {
		if (this.quiet?.pending) return this.ask();
		if (this.earlier.length) return this.askBefore();
		this.over = true;
		this.quiet?.clear();
		this.thanks(await flush().catch(() => 0));
		await post(this.address + "/end").catch(() => undefined);
	}

	private ask(): void {
		const box = this.firstElementChild!;
		box.querySelector(".quiet-ask")?.remove();
		const asked = notice("care", h("p", {}, "Something that you made is not kept yet. It stands where you left it."), h("p", { class: "actions" }, button("Leave it behind", () => {
			this.quiet?.clear();
			for (const way of [...this.ids.keys()]) this.forget(way);
			void this.end();
		}, "care"), button("Go back to it", () => asked.remove(), "quiet")));
		asked.classList.add("quiet-ask");
		box.append(asked);
		asked.querySelector("button")?.focus();
	}

	// askBefore leads to what was begun before, which nobody has decided about.
	private askBefore(): void {
		const told = this.querySelector<HTMLElement>(".quiet-before")!;
		told.scrollIntoView({ block: "nearest" });
		told.querySelector("button")?.focus();
		this.quiet?.say("Something that was begun before waits for your word, above.");
	}

	private thanks(left: number): void {
		const title = h("h2", { tabindex: "-1" }, "Thank you");
		const again = this.querySelector(".quiet-over");
		const waiting = left ? h("p", { role: "status" }, "What was kept is sealed and waits for a connection. Please leave this page open.") : h("p", { role: "status" }, "What you kept is with your journal, sealed for you. Nothing of it is left on this tablet.");
		if (again) return again.querySelector("[role=status]")!.replaceWith(waiting);
		this.replaceChildren(h("div", { class: "quiet quiet-over" }, title, waiting, h("p", {}, "You can give the tablet back now."), h("p", { class: "meta" }, h("a", { href: "/locked" }, "For the practice: unlock this tablet"))));
		title.focus();
	}
}
