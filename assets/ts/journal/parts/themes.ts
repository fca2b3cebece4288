// <held-themes>: themes for what was written, after it was written. Five are
// offered, one's own stand beside them, and "none of these" is an answer too.
// value is what is chosen, own the list of one's own; both are plain words.

import { button, el, Part, unique } from "./part";

export const words = {
	title: "Themes",
	hint: "Only if one of them fits. You can change this at any time, or leave it empty.",
	five: [
		"bonds that mirror my work with clients",
		"loss, or something not yet worked through",
		"purpose, identity, meaning",
		"giving myself away, or keeping feelings out",
		"a longing to feel alive and true",
	],
	none: "none of these",
	own: "A theme of your own",
	add: "Add it",
	change: "Change",
	rename: "Other words for it",
	renamed: "Keep",
	remove: "Take it off the list",
	named: (what: string, theme: string) => `${what}: ${theme}`,
	empty: "No theme was chosen.",
	there: "This theme is there already.",
};

export class HeldThemes extends Part {
	protected heading = words.title;
	private chosen: string[] = [];
	private mine: string[] = [];
	private renaming = "";

	get value(): string[] {
		return [...this.chosen];
	}
	set value(value: string[]) {
		this.chosen = [...new Set(value)];
		this.draw();
	}

	get own(): string[] {
		return [...this.mine];
	}
	set own(own: string[]) {
		this.mine = [...new Set(own)].filter((t) => t !== words.none && !words.five.includes(t));
		this.draw();
	}

	// listed is one's own themes, with those that only this entry still carries.
	private get listed(): string[] {
		return [...new Set([...this.mine, ...this.chosen.filter((t) => t !== words.none && !words.five.includes(t))])];
	}

	protected show(): void {
		if (this.disabled) {
			return this.fill(this.chosen.length
				? el("ul", { class: "part-chosen" }, ...this.chosen.map((t) => el("li", {}, t)))
				: el("p", { class: "meta" }, words.empty));
		}
		this.fill(
			el("p", { class: "hint" }, words.hint),
			el("div", { class: "part-themes" }, ...words.five.map((t) => this.line(t)), ...this.listed.map((t) => this.ownLine(t)), this.line(words.none)),
			this.adding(),
		);
	}

	private line(theme: string): HTMLElement {
		const input = el("input", { type: "checkbox", id: unique(), "data-key": `theme-${theme}` });
		input.checked = this.chosen.includes(theme);
		input.addEventListener("change", () => {
			if (!input.checked) this.chosen = this.chosen.filter((t) => t !== theme);
			else if (theme === words.none) this.chosen = [theme];
			else this.chosen = [...this.chosen.filter((t) => t !== words.none), theme];
			this.show();
			this.changed();
		});
		return el("div", { class: "option" }, input, el("label", { for: input.id }, theme));
	}

	private ownLine(theme: string): HTMLElement {
		if (this.renaming === theme) return this.renameLine(theme);
		const row = this.line(theme);
		row.classList.add("part-own");
		row.append(button(`rename-${theme}`, words.change, () => {
			this.renaming = theme;
			this.show();
			const input = this.find("renamed") as HTMLInputElement | null;
			input?.focus();
			input?.select();
		}, "button-text", { "aria-label": words.named(words.change, theme) }));
		return row;
	}

	private renameLine(theme: string): HTMLElement {
		const input = el("input", { type: "text", "aria-label": words.named(words.rename, theme), "data-key": "renamed", autocomplete: "off" });
		input.value = theme;
		const done = (keep: boolean) => {
			const now = input.value.trim();
			this.renaming = "";
			if (keep && now && now !== theme) {
				if (this.has(now)) this.say(words.there);
				else {
					this.mine = this.listed.map((t) => (t === theme ? now : t));
					this.chosen = this.chosen.map((t) => (t === theme ? now : t));
					this.changed();
				}
			}
			this.show();
			(this.find(`rename-${now}`) ?? this.find(`rename-${theme}`))?.focus();
		};
		input.addEventListener("keydown", (e) => {
			if (e.key !== "Enter" && e.key !== "Escape") return;
			e.preventDefault();
			done(e.key === "Enter");
		});
		return el("div", { class: "part-row" }, input, button("keep", words.renamed, () => done(true)),
			button("remove", words.remove, () => {
				this.renaming = "";
				this.mine = this.mine.filter((t) => t !== theme);
				this.chosen = this.chosen.filter((t) => t !== theme);
				this.show();
				this.find("own")?.focus();
				this.changed();
			}, "button-text"));
	}

	private has(theme: string): boolean {
		const same = (t: string) => t.toLocaleLowerCase() === theme.toLocaleLowerCase();
		return [...words.five, ...this.listed, words.none].some(same);
	}

	private adding(): HTMLElement {
		const input = el("input", { type: "text", id: unique(), "data-key": "own", autocomplete: "off" });
		const add = () => {
			const theme = input.value.trim();
			if (!theme) return input.focus();
			if (this.has(theme)) return this.say(words.there);
			this.mine = [...this.listed, theme];
			this.chosen = [...this.chosen.filter((t) => t !== words.none), theme];
			this.show();
			this.find("own")?.focus();
			this.say("");
			this.changed();
		};
		input.addEventListener("keydown", (e) => {
			if (e.key !== "Enter") return;
			e.preventDefault();
			add();
		});
		return el("div", { class: "part-row part-by-name" }, el("div", { class: "field" }, el("label", { for: input.id }, words.own), input), button("add", words.add, add));
	}
}
