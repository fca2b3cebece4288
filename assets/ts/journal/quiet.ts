// The page for right after a session: three large ways to put something down, one
// at a time, and nothing that asks. The same on somebody's own telephone and on
// the practice's tablet; what becomes of it is said by whoever shows it.

import { button, check, h, id } from "./dom";
import type { Captured, Way } from "./left";
import type { HeldPartDrawing } from "./parts/drawing";
import type { HeldPartVoice } from "./parts/voice";
import { Said, words as said } from "./said";

const WAYS: Record<Way, string> = { voice: "Speak", drawing: "Draw", words: "A few words" };
const LARGEST = 11 << 20; // of a recording: it fits into what can be left

// Quietly is what is done with what somebody makes.
export interface Quietly {
	keep(c: Captured): Promise<string>; // gives the sentence that is said when it is kept
	drafted?(c: Captured): void; // hears of it while it is made
	emptied?(way: Way): void; // hears that what was made was taken away again
	foot: HTMLElement; // the one way out
}

interface Sheet {
	view: HTMLElement;
	read: () => Captured;
	stop: () => Promise<void>; // ends what is still being recorded
	empty: () => boolean;
}

export class Quiet {
	private sheets = new Map<Way, Sheet>();
	private status = h("p", { class: "quiet-said", role: "status" });

	constructor(private box: HTMLElement, private what: Quietly) {
		this.start();
	}

	say(sentence: string): void {
		this.status.textContent = sentence;
	}

	// pending tells whether something was made and not kept.
	get pending(): boolean {
		return [...this.sheets.values()].some((s) => !s.empty());
	}

	// clear forgets what was made and not kept.
	clear(): void {
		this.sheets.clear();
		this.box.replaceChildren();
	}

	private start(focus = ""): void {
		const ways = (Object.keys(WAYS) as Way[]).map((way) => h("button", { type: "button", class: "quiet-way", "data-way": way, click: () => this.open(way) }, WAYS[way]));
		this.box.replaceChildren(this.status, h("div", { class: "quiet-ways" }, ...ways), this.what.foot);
		if (focus) ways.find((w) => w.dataset.way === focus)?.focus();
	}

	private open(way: Way): void {
		this.say("");
		let sheet = this.sheets.get(way);
		if (!sheet) this.sheets.set(way, (sheet = this.sheet(way)));
		this.box.replaceChildren(this.status, sheet.view);
		this.box.querySelector("h2")?.focus();
	}

	private sheet(way: Way): Sheet {
		const title = h("h2", { id: id(), tabindex: "-1" }, WAYS[way]);
		const line = h("p", { class: "error", role: "alert" });
		const stamp = check("An image from a session", false);
		const made = way === "words" ? this.area(title.id) : part(way);
		const read = (): Captured => ({ way, stamp: stamp.box.checked, words: made.value.words, made: made.value.made });
		const empty = () => !made.value.words.trim() && !made.value.made;
		const sheet: Sheet = { view: h("div"), read, empty, stop: made.stop };
		const told = () => {
			if (empty()) this.what.emptied?.(way);
			else this.what.drafted?.(read());
		};
		made.node.addEventListener(way === "words" ? "input" : "change", told);
		stamp.box.addEventListener("change", told);
		const keep = button("Keep it", async () => {
			keep.disabled = true;
			line.textContent = "";
			try {
				await sheet.stop();
				if (sheet.empty()) throw new Said("There is nothing here yet.");
				const sentence = await this.what.keep(sheet.read());
				made.forget();
				this.sheets.delete(way);
				this.start(way);
				this.say(sentence);
			} catch (error) {
				line.textContent = said(error);
			} finally {
				keep.disabled = false;
			}
		});
		sheet.view = h("section", { class: "quiet-sheet", "aria-labelledby": title.id }, title, made.node, stamp.line, line, h("p", { class: "actions" }, keep, button("Back", async () => {
			await sheet.stop();
			this.start(way);
		}, "quiet")));
		return sheet;
	}

	private area(label: string) {
		const area = h("textarea", { class: "quiet-words", rows: "6", "aria-labelledby": label, autocomplete: "off", spellcheck: "false" });
		return {
			node: area as HTMLElement,
			get value() {
				return { words: area.value, made: null };
			},
			stop: async () => {},
			forget: () => {
				area.value = "";
			},
		};
	}
}

// part is one of the journal's parts, without what it asks beside.
function part(way: "voice" | "drawing") {
	const node = document.createElement(`held-part-${way}`) as HeldPartVoice | HeldPartDrawing;
	node.setAttribute("plain", "");
	node.setAttribute("max-bytes", String(LARGEST));
	return {
		node: node as HTMLElement,
		get value() {
			return { words: "", made: node.value };
		},
		// stop ends a recording, so that its last second is in it.
		stop: async () => {
			const finish = node.querySelector<HTMLButtonElement>('[data-key="finish"]');
			if (!finish) return;
			const ended = new Promise((ok) => node.addEventListener("change", ok, { once: true }));
			finish.click();
			await ended;
		},
		forget: () => {
			node.value = null;
		},
	};
}
