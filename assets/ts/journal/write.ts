// Writing an entry. What is typed is kept on this device, sealed, with every
// pause; nothing is lost by leaving the page.

import type { Book } from "./book";
import { button, check, field, h, id, today } from "./dom";
import type { Entry } from "./entry";
import { attempt, problem } from "./gate";
import { Said } from "./said";

export function blank(): Entry {
	return {
		id: crypto.randomUUID(), revision: 0, day: today(), written: new Date().toISOString(), author: "", title: "", words: "", before: "", after: "",
		open: false, stamp: false, themes: [], session: "", colour: "", image: "", pieces: [],
	};
}

// MOST is how long an entry may be: as much as one file takes along in a list.
const MOST = 90_000;

export function empty(e: Entry): boolean {
	return !(e.title || e.words || e.before || e.after || e.image || e.colour || e.pieces.length);
}

// writeView is the sheet. done hears of the entry that was kept.
export function writeView(book: Book, entry: Entry, prompt: string, done: (e: Entry) => void): HTMLElement {
	const title = h("input", { type: "text", maxlength: "200", value: entry.title });
	const words = h("textarea", { rows: "12" });
	words.value = entry.words;
	const before = h("textarea", { rows: "4" });
	before.value = entry.before;
	const after = h("textarea", { rows: "4" });
	after.value = entry.after;
	const image = h("input", { type: "text", maxlength: "200", value: entry.image });
	const open = check("Leave it open", entry.open, "It need not be finished, or solved.");
	const stamp = check("An image from a session", entry.stamp, "What was seen there: not evidence of anything.");
	const line = problem();
	const state = h("p", { class: "meta", role: "status" });

	const read = (): Entry => ({
		...entry,
		title: title.value.trim(), words: words.value, before: before.value, after: after.value, image: image.value.trim(),
		open: open.box.checked, stamp: stamp.box.checked,
	});

	let timer = 0;
	let finished = false;
	const keepDraft = async () => {
		if (finished) return;
		const now = read();
		if (empty(now)) return book.dropDraft(now.id);
		await book.keepDraft(now);
		state.textContent = "A draft is kept on this device.";
	};
	const typed = () => {
		clearTimeout(timer);
		timer = window.setTimeout(() => void attempt(line, keepDraft), 300);
	};

	const form = h("form", { class: "form", "aria-label": "Write", novalidate: true, input: typed, submit: (e) => {
		e.preventDefault();
		void attempt(line, async () => {
			const now = read();
			if (empty(now)) throw new Said("There is nothing on this page yet.");
			if (now.words.length + now.before.length + now.after.length > MOST) throw new Said("This is longer than one entry can be. Please go on in another; nothing was lost.");
			clearTimeout(timer);
			finished = true;
			try {
				await book.keep(now);
			} catch (error) {
				finished = false;
				throw error;
			}
			done(now);
		});
	} },
		prompt ? h("p", { class: "lede" }, prompt) : "",
		field("What is there?", words, "A word is enough. Unfinished is fine."),
		field("A title (optional)", title),
		field("A single word or image (optional)", image),
		h("details", { open: Boolean(entry.before || entry.after) }, h("summary", {}, "Before and after, side by side"), h("div", { class: "columns" }, field("Before", before), field("After", after))),
		h("fieldset", { class: "field choice", id: id() }, h("legend", {}, "How it stands"), open.line, stamp.line),
		line,
		state,
		h("p", { class: "actions" }, h("button", { type: "submit" }, "Keep"), button("Leave it as a draft", () => attempt(line, async () => {
			clearTimeout(timer);
			await keepDraft();
			location.hash = "";
		}), "quiet")),
	);
	window.addEventListener("pagehide", () => form.isConnected && void keepDraft(), { once: true });
	return h("section", { class: "stack" }, h("h2", { class: "visually-hidden" }, entry.revision ? "Change an entry" : "A new entry"), form);
}
