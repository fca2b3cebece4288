// <held-names-guard>: for whoever is a guide elsewhere. It looks through what was
// written for what may be the name of one of their own clients, says so once and
// gently, and does nothing else: it changes nothing, keeps nothing from being
// saved, and never leaves the browser.

import { button, el, Part } from "./parts/part";
import { seen } from "./seen";

export { seen, type Seen } from "./seen";

export const words = {
	title: "About names",
	one: (names: string) => `This may be somebody's name: ${names}.`,
	many: (names: string) => `These may be somebody's names: ${names}.`,
	hint: "If it is someone who trusts you with their story, another word for them keeps it theirs: “a man I work with”, “the one with the garden”. You decide; nothing is changed.",
	fine: (name: string) => `“${name}” is fine`,
	and: " and ",
};

const quoted = (s: string) => `“${s}”`;

export class HeldNamesGuard extends Part {
	protected heading = words.title;
	protected override saysFirst = true;
	private words = "";
	private fine: string[] = [];
	private shown = "";
	private timer = 0;

	get text(): string {
		return this.words;
	}
	// Whoever writes is not interrupted: it looks when they have paused.
	set text(text: string) {
		this.words = text;
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => this.draw(), 700);
	}

	get own(): string[] {
		return [...this.fine];
	}
	set own(own: string[]) {
		this.fine = [...own];
		this.draw();
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		clearTimeout(this.timer);
	}

	protected show(): void {
		const names = this.disabled ? [] : seen(this.words, this.fine).slice(0, 3).map((s) => s.name);
		const key = names.join("\n");
		if (key === this.shown) return;
		this.shown = key;
		if (!names.length) {
			this.say("");
			return this.fill();
		}
		const list = names.map(quoted);
		const said = list.length === 1 ? words.one(list[0]!) : words.many(list.slice(0, -1).join(", ") + words.and + list.at(-1)!);
		this.fill(el("p", { class: "hint" }, words.hint), el("div", { class: "part-row" }, ...names.map((n) => button(`fine-${n}`, words.fine(n), () => {
			this.fine.push(n);
			this.draw();
			this.changed();
		}, "button-text"))));
		this.say(said);
	}
}
