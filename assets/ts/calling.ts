// <held-calling> on every page of a clinician's: what calls in the medicine rooms
// of their clients, as it happens.
import { type Call, type Called, hear } from "./hear";
import { chime, keepSound, soundOn } from "./sound";
import { since } from "./stream";

class HeldCalling extends HTMLElement {
	private shown = "";

	connectedCallback(): void {
		this.shown = [...this.lines().keys()].join("|");
		hear(() => this.getAttribute("me") ?? "", (rooms, mine) => this.show(rooms, mine), (at) => this.alone(at));
	}

	// lines are what stands here, by its key and its words: what is open of a
	// reading changes while it is late.
	private lines(): Map<string, HTMLElement> {
		return new Map([...this.querySelectorAll<HTMLElement>("[data-key]")].map((p) => [mark(p.dataset["key"] ?? "", p.textContent), p]));
	}

	// alone says that nothing is heard, and takes it away when it is again.
	private alone(at: Date | null): void {
		this.querySelector("[data-alone]")?.remove();
		if (!at) return;
		const p = document.createElement("p");
		p.dataset["alone"] = "";
		const last = this.lines().size ? " What stands here is as it was then." : "";
		p.textContent = `Held cannot be heard since ${since(at)}: what calls in the rooms does not reach this page. It goes on by itself once there is a connection.${last}`;
		this.append(p);
	}

	private show(rooms: Called[], mine: boolean): void {
		const calls = rooms.flatMap((r) => r.calls.filter((c) => !c.heard).map((c) => ({ r, c })));
		if (mine && keepSound(calls.map(({ c }) => c.key)) && soundOn()) chime();
		this.querySelector("[data-unread]")?.remove(); // it could not be read with the page, and now it is
		const now = calls.map(({ r, c }) => mark(c.key, words(r, c))).join("|");
		if (now === this.shown) return;
		this.shown = now;
		const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-key]")?.dataset["key"];
		// What stands there stays, so that only what is new is read out.
		const old = this.lines();
		this.replaceChildren(...calls.map(({ r, c }) => old.get(mark(c.key, words(r, c))) ?? line(r, c)));
		if (focused) this.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"] a`)?.focus();
	}
}

const words = (r: Called, c: Call): string => `${r.alias}, since ${c.since}. ${c.says}`;

const mark = (key: string, text: string): string => `${key} ${text.replace(/\s+/g, " ").trim()}`;

function line(r: Called, c: Call): HTMLElement {
	const p = document.createElement("p");
	const a = document.createElement("a");
	p.dataset["key"] = c.key;
	a.href = `/room/${r.session}`;
	a.textContent = r.alias;
	p.append(a, words(r, c).slice(r.alias.length));
	return p;
}

customElements.define("held-calling", HeldCalling);
