// Making pages by hand: elements with their words, nothing ever read as markup.

type Child = Node | string | null | undefined | false;
type Attrs = Record<string, string | boolean | ((event: Event) => unknown)>;

export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attrs: Attrs = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attrs)) {
		if (typeof value === "function") e.addEventListener(name, value);
		else if (value === true) e.setAttribute(name, "");
		else if (value !== false) e.setAttribute(name, value);
	}
	e.append(...children.filter((c): c is Node | string => c !== null && c !== undefined && c !== false));
	return e;
}

let last = 0;
export const id = (): string => "j" + ++last;

export const button = (label: string, act: () => unknown, kind = ""): HTMLButtonElement => h("button", { type: "button", class: kind === "text" ? "button-text" : kind ? "button button-" + kind : "button", click: act }, label);

export const notice = (kind: "kept" | "care", ...children: Child[]): HTMLElement => h("div", { class: "notice notice-" + kind, role: "status" }, ...children);

export function field(label: string, control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement, hint = "", short = false): HTMLElement {
	control.id ||= id();
	const note = hint ? h("p", { class: "hint", id: control.id + "-hint" }, hint) : null;
	if (note) control.setAttribute("aria-describedby", note.id);
	return h("div", { class: short ? "field field-short" : "field" }, h("label", { for: control.id }, label), note, control);
}

export function check(label: string, on: boolean, hint = ""): { line: HTMLElement; box: HTMLInputElement } {
	const box = h("input", { type: "checkbox", id: id() });
	box.checked = on;
	const note = hint ? h("span", { class: "hint", id: box.id + "-hint" }, hint) : null;
	if (note) box.setAttribute("aria-describedby", note.id);
	return { box, line: h("div", { class: "option" }, box, h("label", { for: box.id }, label), note) };
}

let days: Intl.DateTimeFormat | undefined; // making one takes longer than fifty uses of it

// day says a civil day in the reader's own words.
export function day(iso: string): string {
	const d = new Date(iso + "T12:00:00");
	const lang = document.documentElement.lang || "en";
	days ??= new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
	return Number.isNaN(d.getTime()) ? iso : days.format(d);
}

export const when = (iso: string): HTMLTimeElement => h("time", { datetime: iso }, day(iso));

export function today(): string {
	const d = new Date();
	return `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;
}

// save hands a file to the browser, to be kept where its owner says.
export function save(name: string, type: string, ...parts: BlobPart[]): void {
	const url = URL.createObjectURL(new Blob(parts, { type }));
	const link = h("a", { href: url, download: name });
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

// paragraphs shows words as they were written, line by line.
export function paragraphs(words: string): HTMLElement {
	const box = h("div", { class: "prose" });
	for (const part of words.split(/\n{2,}/)) {
		const p = h("p");
		part.split("\n").forEach((line, i) => p.append(...(i ? [h("br"), line] : [line])));
		box.append(p);
	}
	return box;
}
