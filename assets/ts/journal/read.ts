// Reading: the list, and one entry.

import type { Book } from "./book";
import { button, check, field, h, notice, paragraphs, when } from "./dom";
import type { Entry } from "./entry";
import { attempt, problem } from "./gate";

export const nameOf = (e: Entry): string => e.title || e.image || e.words.trim().split("\n")[0]?.slice(0, 80) || (e.pieces.length ? e.pieces[0]!.alt || "An image" : "Without words");

const SHOWN = 50;

export function listView(book: Book): HTMLElement {
	const search = h("input", { type: "search", autocomplete: "off" });
	const list = h("ul", { class: "entries" });
	const line = h("p", { class: "meta", role: "status" });
	const more = button("Show more", () => {
		shown += SHOWN;
		draw();
	}, "quiet");
	let shown = SHOWN;
	const draw = () => {
		const found = book.entries(search.value);
		list.replaceChildren(...found.slice(0, shown).map(item));
		more.hidden = found.length <= shown;
		line.textContent = !search.value ? "" : found.length ? "" : "Nothing that you wrote holds these words.";
	};
	search.addEventListener("input", () => {
		shown = SHOWN;
		draw();
	});
	const drafts = h("div");
	void book.drafts().then((all) => {
		if (all.length) drafts.append(h("h3", {}, "Drafts"), h("ul", { class: "entries" }, ...all.map((e) => h("li", {}, h("a", { href: "#write/" + e.id }, nameOf(e)), h("p", { class: "meta" }, "Begun on ", when(e.day))))));
	});
	draw();
	return h("section", { class: "stack", "aria-label": "Entries" },
		h("h2", {}, "What you have written"),
		...book.alarms.map((a) => notice("care", h("p", {}, a.words))),
		book.waiting ? notice("care", h("p", {}, book.waiting)) : "",
		h("p", { class: "actions" }, h("a", { class: "button", href: "#write" }, "Begin writing")),
		drafts,
		book.entries().length ? h("div", { class: "form" }, field("Search in what you wrote", search, "In this browser alone.")) : h("p", {}, "Nothing yet. A word is enough to begin with."),
		line,
		list,
		h("p", { class: "actions" }, more),
	);
}

export function item(e: Entry): HTMLElement {
	return h("li", {}, h("h3", {}, h("a", { href: "/space/journal#entry/" + e.id }, nameOf(e))), h("p", { class: "meta" }, when(e.day), e.open ? " · left open" : "", e.stamp ? " · image from a session" : ""));
}

const THEMES = ["What I carry from clients", "Loss, and what was too much", "Purpose and who I am", "Giving myself away, or keeping apart", "Longing to feel alive"];

export function entryView(book: Book, e: Entry, back: () => void): HTMLElement {
	const line = problem();
	const asked = h("div");
	return h("article", { class: "stack", "aria-labelledby": "entry-title" },
		h("h2", { id: "entry-title" }, nameOf(e)),
		h("p", { class: "meta" }, when(e.day), e.open ? " · left open" : "", e.stamp ? " · image from a session" : "", book.sent(e.id) ? "" : h("span", { class: "unsent" }, " · on this device, not sent yet")),
		e.words ? paragraphs(e.words) : "",
		e.title && e.image ? h("p", {}, e.image) : "",
		e.before || e.after ? h("div", { class: "columns" }, h("div", {}, h("h3", {}, "Before"), paragraphs(e.before)), h("div", {}, h("h3", {}, "After"), paragraphs(e.after))) : "",
		themesForm(book, e, line),
		line,
		h("p", { class: "actions" },
			h("a", { class: "button button-quiet", href: "#write/" + e.id }, "Change it"),
			h("a", { class: "button button-quiet", href: "#share/" + e.id }, "Share it"),
			button("Take it away", () => asked.replaceChildren(notice("care", h("p", {}, "Take this entry away, here and on every device? It cannot be brought back."), h("p", { class: "actions" }, button("Yes, take it away", () => attempt(line, async () => {
				await book.remove(e.id);
				back();
			})), button("Keep it", () => asked.replaceChildren(), "quiet")))), "text"),
		),
		asked,
	);
}

// themesForm offers words for what an entry is about, after it was written.
function themesForm(book: Book, e: Entry, line: HTMLElement): HTMLElement {
	const own = [...new Set(book.entries().flatMap((x) => x.themes))].filter((t) => !THEMES.includes(t));
	const boxes = [...THEMES, ...own].map((t) => ({ theme: t, ...check(t, e.themes.includes(t)) }));
	const another = h("input", { type: "text", maxlength: "60" });
	const state = h("span", { class: "meta", role: "status" });
	return h("details", { open: e.themes.length > 0 }, h("summary", {}, "Themes, if you like"), h("form", { class: "form", "aria-label": "Themes", novalidate: true, submit: (event) => {
		event.preventDefault();
		void attempt(line, async () => {
			const themes = boxes.filter((b) => b.box.checked).map((b) => b.theme);
			const more = another.value.trim();
			if (more && !themes.includes(more)) themes.push(more);
			await book.keep({ ...e, themes });
			state.textContent = "Kept.";
		});
	} },
		h("fieldset", { class: "field choice" }, h("legend", {}, "Does one of these touch it? None of them is fine."), ...boxes.map((b) => b.line)),
		field("A theme of your own (optional)", another),
		h("p", { class: "actions" }, h("button", { type: "submit", class: "button-quiet" }, "Keep the themes"), state),
	));
}

