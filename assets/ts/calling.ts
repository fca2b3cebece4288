// <held-calling> on every page of a clinician's: what calls in the medicine rooms
// of their clients, as it happens.
import { type Call, type Called, hear } from "./hear";
import { chime, keepSound, soundOn } from "./sound";

class HeldCalling extends HTMLElement {
	private shown = "";

	connectedCallback(): void {
		this.shown = this.keys();
		hear(() => this.getAttribute("me") ?? "", (rooms, mine) => this.show(rooms, mine));
	}

	private keys(): string {
		return [...this.querySelectorAll<HTMLElement>("[data-key]")].map((p) => p.dataset["key"]).join("|");
	}

	private show(rooms: Called[], mine: boolean): void {
		const calls = rooms.flatMap((r) => r.calls.filter((c) => !c.heard).map((c) => ({ r, c })));
		if (mine && keepSound(calls.map(({ c }) => c.key)) && soundOn()) chime();
		const now = calls.map(({ c }) => c.key).join("|");
		if (now === this.shown) return;
		this.shown = now;
		const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-key]")?.dataset["key"];
		// What stands there stays, so that only what is new is read out.
		const old = new Map([...this.querySelectorAll<HTMLElement>("[data-key]")].map((p) => [p.dataset["key"], p]));
		this.replaceChildren(...calls.map(({ r, c }) => old.get(c.key) ?? line(r, c)));
		if (focused) this.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"] a`)?.focus();
	}
}

function line(r: Called, c: Call): HTMLElement {
	const p = document.createElement("p");
	const a = document.createElement("a");
	p.dataset["key"] = c.key;
	a.href = `/room/${r.session}`;
	a.textContent = r.alias;
	p.append(a, `, since ${c.since}. ${c.says}`);
	return p;
}

customElements.define("held-calling", HeldCalling);
