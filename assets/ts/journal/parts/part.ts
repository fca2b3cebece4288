// What the parts of the journal have in common: a value that is set and read, a
// "change" that bubbles, a state in which nothing can be changed, and small ways
// to make elements. Everything is made by calls, never from a string of HTML:
// the page's policy refuses that, and words of a person are never markup.

// Made is what somebody made with a part.
export interface Made {
	blob: Blob;
	type: string;
	alt: string;
	seconds?: number;
}

type Attributes = Record<string, string | number | boolean | null | undefined>;
type Child = Node | string | null | undefined | false;

export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
	return dress(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
	return dress(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

export function dress<E extends Element>(e: E, attributes: Attributes, children: Child[] = []): E {
	for (const [name, value] of Object.entries(attributes)) {
		if (value === false || value === null || value === undefined) e.removeAttribute(name);
		else e.setAttribute(name, value === true ? "" : String(value));
	}
	e.append(...children.filter((c): c is Node | string => !!c || c === ""));
	return e;
}

let last = 0;

// unique is an id that no other part of the page has.
export const unique = () => `held-part-${++last}`;

type Look = "button-quiet" | "button-text"; // the one thing to do is the page's own

// button has a key, by which the focus finds it again when a part is drawn anew.
export function button(key: string, label: string, press: () => void, look: Look = "button-quiet", attributes: Attributes = {}): HTMLButtonElement {
	const b = el("button", { type: "button", class: look === "button-text" ? look : `button ${look}`, "data-key": key, ...attributes }, label);
	b.addEventListener("click", press);
	return b;
}

// field is a label with what it names.
export function field<E extends HTMLElement>(label: string, input: E, hint = ""): HTMLDivElement {
	input.id ||= unique();
	const said = hint ? el("p", { class: "hint", id: unique() }, hint) : null;
	if (said) input.setAttribute("aria-describedby", said.id);
	return el("div", { class: "field" }, el("label", { for: input.id }, label), said, input);
}

// choices is one of several, as radio buttons with their names; a colour shows as
// itself as well.
export interface Choice {
	value: string;
	label: string;
	hex?: string;
}

export function choices(legend: string, key: string, all: readonly Choice[], now: string, pick: (value: string) => void): HTMLFieldSetElement {
	const name = unique();
	const set = el("fieldset", { class: "part-choices" }, el("legend", {}, legend));
	for (const c of all) {
		const input = el("input", { type: "radio", name, value: c.value, "data-key": `${key}-${c.value}` });
		input.checked = c.value === now;
		input.addEventListener("change", () => pick(c.value));
		set.append(el("label", { class: c.hex === undefined ? "part-choice" : "part-choice part-swatch" },
			input,
			c.hex === undefined ? null : swatch(c.hex),
			el("span", {}, c.label)));
	}
	return set;
}

// swatch is a spot of colour; without one, an empty ring.
export function swatch(hex: string): SVGSVGElement {
	return svg("svg", { class: "part-spot", viewBox: "0 0 24 24", "aria-hidden": "true" },
		svg("circle", { cx: 12, cy: 12, r: 10, fill: hex || "none", ...(hex ? {} : { "stroke-dasharray": "2 3" }) }));
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// tongue is the language that days are written in: 3 December where English is all
// that is said.
export const tongue = () => {
	const lang = document.documentElement.lang || "en";
	return lang === "en" ? "en-GB" : lang;
};

// clock is a length of time as it is read: 0:07, 12:30.
export function clock(seconds: number): string {
	const s = Math.max(0, Math.floor(seconds));
	return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

export abstract class Part extends HTMLElement {
	static observedAttributes = ["disabled"];
	protected readonly body = el("div", { class: "part-body" });
	private readonly status = el("p", { class: "meta part-said", role: "status" });
	private begun = false;
	private urls: string[] = [];
	private waiting = 0;

	protected abstract heading: string;
	protected saysFirst = false; // what is said stands above what is shown

	constructor() {
		super();
		// The fields inside a part say "change" too; what leaves the part is its own.
		this.addEventListener("change", (e) => {
			if (e.target !== this) e.stopImmediatePropagation();
		});
		// Enter ends a field; it does not send the page that the part stands on.
		this.addEventListener("keydown", (e) => {
			const at = e.target;
			if (e.key !== "Enter" || e.defaultPrevented || !(at instanceof HTMLInputElement) || at.type === "file" || at.type === "color") return;
			e.preventDefault();
			if (at.type === "text") at.dispatchEvent(new Event("change"));
		});
	}

	connectedCallback(): void {
		if (this.begun) return this.show(); // it was moved: its pictures are shown anew
		this.begun = true;
		this.upgrade();
		if (!this.hasAttribute("role")) this.setAttribute("role", "group");
		if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", this.heading);
		this.replaceChildren(...(this.saysFirst ? [this.status, this.body] : [this.body, this.status]));
		this.show();
	}

	disconnectedCallback(): void {
		this.forget();
		if (this.waiting) this.changed();
	}

	attributeChangedCallback(): void {
		this.draw();
	}

	get disabled(): boolean {
		return this.hasAttribute("disabled");
	}
	set disabled(on: boolean) {
		this.toggleAttribute("disabled", on);
	}

	// plain is without what is asked beside, for somebody who is not to be asked.
	protected get plain(): boolean {
		return this.hasAttribute("plain");
	}

	// upgrade takes over what was set before the element was known.
	private upgrade(): void {
		const early = this as unknown as Record<string, unknown>;
		for (const name of ["value", "disabled", "own", "data", "days", "text"]) {
			if (!Object.hasOwn(this, name) || !(name in Object.getPrototypeOf(this))) continue;
			const value = early[name];
			delete early[name];
			early[name] = value;
		}
	}

	// draw shows the part anew once it stands on a page.
	protected draw(): void {
		if (this.begun) this.show();
	}

	protected abstract show(): void;

	// fill replaces what is shown, and gives the focus back to what had it.
	protected fill(...children: Child[]): void {
		const active = document.activeElement;
		const key = this.body.contains(active) ? (active as HTMLElement).dataset.key ?? "" : null;
		this.body.replaceChildren(...children.filter((c): c is Node | string => !!c));
		if (key === null) return;
		const again = this.find(key) ?? this.body.querySelector<HTMLElement>("button:not([disabled]), input, textarea, [tabindex='0']");
		again?.focus({ preventScroll: true });
	}

	protected find(key: string): HTMLElement | null {
		return this.body.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
	}

	protected say(sentence: string): void {
		this.status.textContent = sentence;
	}

	// soon says it when a writer pauses.
	protected soon(): void {
		clearTimeout(this.waiting);
		this.waiting = window.setTimeout(() => this.changed(), 500);
	}

	protected changed(): void {
		clearTimeout(this.waiting);
		this.waiting = 0;
		this.dispatchEvent(new Event("change", { bubbles: true }));
	}

	// address is a blob as something an <img> can show, until the part goes.
	protected address(blob: Blob): string {
		const url = URL.createObjectURL(blob);
		this.urls.push(url);
		return url;
	}

	protected forget(): void {
		for (const url of this.urls.splice(0)) URL.revokeObjectURL(url);
	}

	// picture is a made thing that can only be looked at.
	protected picture(made: Made): HTMLElement {
		this.forget();
		return el("figure", { class: "part-figure" },
			el("img", { src: this.address(made.blob), alt: made.alt }),
			made.alt ? el("figcaption", { class: "meta", "aria-hidden": "true" }, made.alt) : null);
	}
}
