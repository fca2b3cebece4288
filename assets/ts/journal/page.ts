// <held-journal> is the journal's page: one view at a time, by what stands behind
// the # of its address.

import { Away, get, post } from "./api";
import { MovingBook as Book } from "./move";
import { button, h, notice, save, today } from "./dom";
import { attempt, Gate, lockedView, problem, setupView } from "./gate";
import { inboxView } from "./inbox";
import { install } from "./install";
import { keysView } from "./keyring";
import { along } from "./leave";
import { entryView, guardView, listView, overTimeView } from "./read";
import { words } from "./said";
import { shareView, sharedView } from "./share";
import { Store } from "./store";
import { type Around, begun, writeView } from "./write";
import { DRAFTS, UNSENT, waiting } from "../waiting";

export class HeldJournal extends HTMLElement {
	private gate = new Gate();
	private book: Book | null = null;
	private prompt = "";

	async connectedCallback(): Promise<void> {
		this.replaceChildren(h("p", { role: "status" }, "Opening…"));
		this.spellcheck = false; // a browser may ask a spelling service, elsewhere
		window.addEventListener("hashchange", () => void this.draw());
		window.addEventListener("online", () => void this.book?.sync());
		for (const kind of ["pointerdown", "keydown", "input", "change"]) document.addEventListener(kind, () => this.touched(), { passive: true, capture: true });
		setInterval(() => this.look(), 5000);
		document.addEventListener("visibilitychange", () => this.look());
		document.addEventListener("submit", (event) => void this.leaving(event), { capture: true });
		const cover = document.querySelector<HTMLElement>("held-lock [role=dialog]");
		if (cover) new MutationObserver(() => cover.hidden || void this.lock()).observe(cover, { attributes: true, attributeFilter: ["hidden"] });
		void install();
		try {
			await this.gate.find();
			await this.enter();
		} catch (error) {
			this.replaceChildren(notice("care", h("p", {}, words(error))));
		}
	}

	private last = 0;

	private touched(): void {
		if (!this.gate.keys) return;
		if (this.gate.idle()) return this.look();
		if (Date.now() - this.last < 5000) return;
		this.last = Date.now();
		this.gate.touch();
	}

	// look locks the journal when nobody has used it for a while.
	private look(): void {
		if (this.gate.keys && this.gate.idle()) void this.lock();
	}

	// lock ends with the page, whatever happens: where the journal was taken away
	// in another window, there is nothing left to close.
	private async lock(): Promise<void> {
		try {
			await this.gate.lock();
			this.book?.close();
			this.book = null;
		} finally {
			location.reload();
		}
	}

	// leaving holds a sign-out back while something is on this device alone: it
	// would be wiped.
	private async leaving(event: Event): Promise<void> {
		const form = event.target;
		if (!(form instanceof HTMLFormElement) || !new URL(form.action).pathname.startsWith("/sign-out")) return;
		if (!waiting().length) return;
		event.preventDefault();
		await this.book?.sync();
		const left = waiting();
		if (!left.length) return form.submit();
		this.querySelector(".leaving")?.remove();
		const own = left.filter((name) => name.endsWith(this.gate.person));
		const said = left.length > own.length ? "Something that somebody else wrote in their journal is on this device alone, and signing out would wipe it. They can sign in here and send it."
			: own.includes(UNSENT + this.gate.person) ? "Something that you wrote has not been sent to the practice yet, and signing out would wipe it from this device. Please wait until there is a connection."
			: "A draft of yours is on this device alone, and signing out would wipe it. Please keep it as an entry first, or empty it.";
		const box = notice("care", h("p", {}, said), h("p", { class: "actions" }, button("Sign out and lose it", () => form.submit(), "care")));
		box.classList.add("leaving");
		this.prepend(box);
	}

	private async enter(): Promise<void> {
		if (!this.gate.made) {
			this.replaceChildren(setupView(this.gate, () => void this.enter()));
			return;
		}
		if (!this.gate.keys) {
			this.replaceChildren(...this.gate.alarms.map((a) => notice("care", h("p", {}, a))), lockedView(this.gate, () => void this.enter()));
			return;
		}
		this.gate.touch();
		if (!this.book || this.book.keys !== this.gate.keys) {
			this.book?.quit();
			const other = this.book && this.book.keys.recipient !== this.gate.keys.recipient;
			this.book = await Book.open(this.gate.person, this.gate.store, this.gate.keys);
			if (other) this.book.rekeyed();
			this.book.addEventListener("keys", () => location.reload());
			this.book.addEventListener("change", () => this.changed());
			this.book.addEventListener("progress", (event) => this.progress((event as CustomEvent<{ share: number }>).detail.share));
		}
		await this.draw();
		performance.mark("held-journal-open");
		void navigator.storage.persist?.(); // so that a browser short of room does not take it for a cache
		void this.book.sync();
	}

	// changed draws the list again; what somebody is writing or reading stays.
	private changed(): void {
		const [where, id = ""] = location.hash.slice(1).split("/");
		if (where === "entry" && this.book?.sent(id)) this.querySelector(".unsent")?.remove();
		if (!where && !(document.activeElement instanceof HTMLInputElement)) void this.draw();
	}

	// progress tells of a recording or picture that takes a while.
	private progress(share: number): void {
		const line = this.querySelector(".unsent");
		if (line && share < 1) line.textContent = ` · being sent, ${Math.round(share * 100)} %`;
	}

	private async draw(): Promise<void> {
		const book = this.book;
		if (!book) return;
		const asked = location.hash;
		const [where = "", id = ""] = asked.slice(1).split("/");
		const again = () => void this.enter();
		let view: HTMLElement;
		try {
			view = await this.view(book, where, id, again);
		} catch (error) {
			view = notice("care", h("p", {}, error instanceof Away ? "This needs a connection to the practice. What you have written is here all the same." : words(error)));
		}
		if (location.hash !== asked) return; // somebody has gone on meanwhile
		this.replaceChildren(nav(where), ...(this.gate.arrived ? [this.newcomer ??= this.compared(book)] : []), ...this.gate.alarms.map((a) => notice("care", h("p", {}, a))), view);
	}

	// compared lets somebody who came with their sheet see whether the practice shows
	// an older state: this device has nothing to compare with, and the sheet has.
	private newcomer: HTMLElement | null = null;

	private compared(book: Book): HTMLElement {
		const state = h("strong", {}, "…");
		const tell = async () => {
			state.textContent = `${this.gate.kept?.revision ?? 0}-${await this.gate.seen()}`;
		};
		book.addEventListener("change", () => void tell());
		void tell();
		const box = notice("kept", h("p", {}, "This device is new to your journal. Its state here is ", state, ". On your sheet stands the state at which the sheet was made; neither number may be smaller here than there. If one is, the practice shows your journal as it was earlier: please tell them, and look on another device of yours. An older sheet may have no numbers."), h("p", { class: "actions" }, button("I have looked", () => {
			this.gate.arrived = false;
			box.remove();
		}, "quiet")));
		return box;
	}

	// around are the times with the practice, as this device last heard of them.
	private async around(book: Book): Promise<Around[]> {
		try {
			const { sessions } = await get<{ sessions: Around[] }>("/space/journal/context");
			await book.remember("around", sessions);
			return sessions;
		} catch {
			return (await book.recall<Around[]>("around")) ?? [];
		}
	}

	private async view(book: Book, where: string, id: string, again: () => void): Promise<HTMLElement> {
		const e = book.entry(id);
		switch (where) {
			case "write": {
				if (!id) this.prompt = this.getAttribute("prompt") ?? "";
				return writeView(book, await begun(book, id), id ? "" : this.prompt, await this.around(book), (kept) => {
					location.hash = "entry/" + kept.id;
				});
			}
			case "entry":
				if (e) return entryView(book, e, () => {
					location.hash = "";
				});
				return notice("care", h("p", {}, "This entry is not here any more."));
			case "share":
				if (e) return shareView(this.gate, book, e, again);
				return listView(book);
			case "shared":
				return sharedView(this.gate, book, again);
			case "left":
				return inboxView(book, again);
			case "time":
				return overTimeView(book, await this.around(book));
			case "free":
				return guardView(book, await this.around(book));
			case "keys":
				return keysView(this.gate, book, again);
			case "leave":
				return this.leaveView(book, again);
		}
		return listView(book);
	}

	private leaveView(book: Book, again: () => void): HTMLElement {
		const line = problem();
		const state = h("p", { class: "meta", role: "status" });
		if (!this.gate.ring) return lockedView(this.gate, again, "Unlock once more to take it along");
		const sure = h("input", { type: "checkbox", id: "sure" });
		return h("section", { class: "stack" },
			h("h2", {}, "Take your journal along"),
			h("p", {}, "One file with everything: sealed, as it is kept, with the key that opens it, readable with the program age; and once more plain, for any program that reads text. Keep it where only you look."),
			line,
			h("p", { class: "actions" }, button("Take it along", () => attempt(line, async () => {
				let last = "";
				const file = await along(this.gate, book, (said) => {
					last = state.textContent = said;
				});
				state.textContent = "It is with your browser's downloads." + (last.includes("MISSING") ? " " + last : "");
				save(`journal-${today()}.zip`, "application/zip", file);
			}))),
			state,
			h("h2", {}, "Destroy it"),
			h("p", {}, "The keys, every entry and every shared copy go at once, here and at the practice. In the practice's backups what is left opens for nobody any more once this device's keys and your sheet are gone too. It cannot be undone."),
			h("div", { class: "option" }, sure, h("label", { for: "sure" }, "I am sure, and I have taken along what I want to keep")),
			h("p", { class: "actions" }, button("Destroy my journal", () => attempt(line, async () => {
				if (!sure.checked) {
					line.textContent = "Please say that you are sure. Nothing was destroyed.";
					return;
				}
				await post("/space/journal/destroy");
				book.close();
				await Store.drop(this.gate.person);
				for (const name of [UNSENT, DRAFTS]) localStorage.removeItem(name + this.gate.person);
				location.assign("/space");
			}, "/space/journal#leave"), "care")),
		);
	}
}

function nav(where: string): HTMLElement {
	const to = (hash: string, label: string) => h("li", {}, h("a", hash === where ? { href: "#" + hash, "aria-current": "page" } : { href: "#" + hash }, label));
	return h("nav", { class: "site-nav", "aria-label": "Journal" }, h("ul", {}, to("", "Entries"), to("time", "Over time"), to("shared", "Shared"), to("free", "Days to keep free"), to("keys", "Keys"), to("leave", "Take it along")));
}
