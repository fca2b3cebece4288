// <held-left> is the page on the practice's tablet, in a client's hands. It has
// the client's public key and no other. What is kept is sealed before anything
// else is done with it; where the network is lost, the sealed file, which nothing
// here can open, waits in this browser until it is sent.

import { Away, post, Status } from "./api";
import type { Bytes } from "./bytes";
import { button, h, notice } from "./dom";
import { type Captured, sealLeft, sendLeft } from "./left";
import { Quiet } from "./quiet";
import { handed } from "../handed";

// Waiting is a sealed file that has not been sent. It names nobody.
interface Waiting {
	id: string;
	to: string; // the address of the page on which it was made
	body: Bytes;
	at: number;
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
		else await sendOne(w).catch(() => undefined);
	}
	return (await waits.all()).length;
}

const RETRY = 15_000;

export class HeldLeft extends HTMLElement {
	private quiet: Quiet | null = null;
	private over = false;

	connectedCallback(): void {
		handed();
		this.spellcheck = false;
		const finish = h("p", { class: "actions quiet-foot" }, button("I am finished", () => void this.end(), "quiet"));
		const box = h("div", { class: "quiet" });
		this.replaceChildren(box);
		this.quiet = new Quiet(box, { keep: (c) => this.keep(c), foot: finish });
		window.addEventListener("beforeunload", (event) => {
			if (this.quiet?.pending) event.preventDefault();
		});
		window.addEventListener("online", () => void this.retry());
		setInterval(() => void this.retry(), RETRY);
		void this.retry();
	}

	private get address(): string {
		return this.getAttribute("address")!;
	}

	private async keep(c: Captured): Promise<string> {
		const id = crypto.randomUUID();
		const to = { recipient: this.getAttribute("recipient")!, verifier: this.getAttribute("verifier")!, place: "tablet" as const, session: this.getAttribute("session") ?? "" };
		const w = { id, to: this.address, body: await sealLeft(to, id, c), at: Date.now() };
		let here = true;
		try {
			await waits.add(w);
		} catch {
			here = false; // a browser that keeps nothing: then it is sent at once, or it is still on the sheet
		}
		try {
			await sendLeft(`${w.to}/${id}`, w.body, post);
			if (here) await waits.drop(id);
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
			void this.end();
		}, "care"), button("Go back to it", () => asked.remove(), "quiet")));
		asked.classList.add("quiet-ask");
		box.append(asked);
		asked.querySelector("button")?.focus();
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
