// <held-recent> on the first page of the space: what was written last, when the
// journal is unlocked on this device.

import { Book } from "./book";
import { h } from "./dom";
import { Gate } from "./gate";
import { item } from "./read";

const RECENT = 3;

export class HeldRecent extends HTMLElement {
	async connectedCallback(): Promise<void> {
		const gate = new Gate();
		try {
			await gate.find();
			if (!gate.made) return;
			const locked = () => this.replaceChildren(h("p", {}, h("a", { href: "/space/journal" }, "Unlock your journal"), " to see what you wrote last."));
			if (!gate.keys) return locked();
			const book = await Book.open(gate.person, gate.store, gate.keys);
			const draw = () => {
				const all = book.entries().slice(0, RECENT);
				if (all.length) this.replaceChildren(h("ul", { class: "entries" }, ...all.map(item)));
			};
			book.addEventListener("change", draw);
			draw();
			const timer = setInterval(() => {
				if (!gate.idle()) return;
				clearInterval(timer);
				book.removeEventListener("change", draw);
				book.quit();
				locked();
				void gate.lock();
			}, 5000);
			await book.sync();
		} catch {
			// The first page says what it can say; the journal's own page says the rest.
		}
	}
}
