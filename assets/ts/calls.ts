// <held-calls> on the page of the open rooms: hears what calls in them as it
// happens, and says it. The list is made of the page's own templates.
import { chime, chooseSound, keepSound, soundOn } from "./sound";
import { follow, since, Watch } from "./stream";

interface Call {
	id: string;
	says: string;
	key: string;
	heard?: string;
}

interface Room {
	session: string;
	alias: string;
	what: string;
	elapsed: string;
	calls: Call[];
}

class HeldCalls extends HTMLElement {
	private known: Set<string> | undefined;
	private sound = soundOn();

	connectedCallback(): void {
		const watch = new Watch((at) => this.say(at ? `Held cannot be heard since ${since(at)}. What stands here is as it was then; it goes on by itself once there is a connection.` : ""));
		follow<Room>(watch, { list: (rooms) => this.show(rooms) });
		const wish = this.querySelector<HTMLElement>("[data-sound]");
		const button = wish?.querySelector("button");
		if (!wish || !button) return;
		wish.hidden = false;
		button.setAttribute("aria-pressed", String(this.sound));
		button.addEventListener("click", () => {
			this.sound = !this.sound;
			chooseSound(this.sound);
			button.setAttribute("aria-pressed", String(this.sound));
			if (this.sound) chime();
		});
	}

	private say(words: string): void {
		const line = this.querySelector("[data-line]");
		if (line && line.textContent !== words) line.textContent = words;
	}

	private show(rooms: Room[]): void {
		const list = this.querySelector("[data-rooms]");
		if (!list) return;
		const focused = (document.activeElement as HTMLElement | null)?.closest("form")?.getAttribute("data-key");
		list.replaceChildren(...rooms.map((r) => this.room(r)));
		this.querySelector("[data-none]")?.toggleAttribute("hidden", rooms.length > 0);
		if (focused) list.querySelector<HTMLElement>(`form[data-key="${CSS.escape(focused)}"] button`)?.focus();
		const now = new Set(rooms.flatMap((r) => r.calls.filter((c) => !c.heard).map((c) => `${r.session} ${c.says}`)));
		const fresh = this.known ? rooms.flatMap((r) => r.calls.filter((c) => !c.heard && !this.known?.has(`${r.session} ${c.says}`)).map((c) => `${r.alias}. ${c.says}`)) : [];
		this.known = now;
		keepSound(rooms.flatMap((r) => r.calls.map((c) => c.key)));
		if (!fresh.length) return;
		this.say(fresh.join(" "));
		if (this.sound) chime();
	}

	private piece(name: string): HTMLElement | null {
		const t = this.querySelector<HTMLTemplateElement>(`template[data-${name}]`);
		return (t?.content.firstElementChild?.cloneNode(true) as HTMLElement | undefined) ?? null;
	}

	private room(r: Room): Node {
		const item = this.piece("room");
		if (!item) return document.createTextNode("");
		const link = item.querySelector("a");
		if (link) {
			link.href = `/room/${r.session}`;
			link.textContent = r.alias;
		}
		put(item, "[data-what]", r.what);
		put(item, "[data-elapsed]", r.elapsed);
		item.querySelector("[data-calls]")?.replaceChildren(...r.calls.map((c) => this.call(r, c)));
		item.querySelector("[data-quiet]")?.toggleAttribute("hidden", r.calls.length > 0);
		return item;
	}

	private call(r: Room, c: Call): Node {
		const item = this.piece("call");
		if (!item) return document.createTextNode("");
		put(item, "[data-says]", c.says);
		const form = item.querySelector("form");
		if (c.heard) {
			const p = document.createElement("p");
			p.className = "meta";
			p.textContent = `Heard by ${c.heard}.`;
			form?.replaceWith(p);
		} else if (form) {
			form.action = `/room/${r.session}/heard`;
			form.dataset.key = `${r.session} ${c.id}`;
			const input = form.querySelector<HTMLInputElement>("input[name=call]");
			if (input) input.value = c.id;
		}
		return item;
	}
}

function put(within: Element, where: string, words: string): void {
	const place = within.querySelector(where);
	if (place) place.textContent = words;
}

customElements.define("held-calls", HeldCalls);
