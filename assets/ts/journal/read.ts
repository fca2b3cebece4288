// Reading: the list, and one entry.

import type { Book } from "./book";
import { button, day, field, h, notice, paragraphs, today, when } from "./dom";
import type { Entry } from "./entry";
import { attempt, problem } from "./gate";
import { leftLately } from "./inbox";
import { labelOf } from "./parts";
import { words } from "./said";
import { show } from "./show";
import type { Around } from "./write";

export const nameOf = (e: Entry): string => e.title || e.image || e.words.trim().split("\n")[0]?.slice(0, 80) || (e.pieces.length ? e.pieces[0]!.alt || (e.afterSession ? e.pieces[0]!.name : "An image") : "Without words");

// marks are what stands beside the day of an entry.
const marks = (e: Entry): string => (e.open ? " · left open" : "") + (e.stamp ? " · image from a session" : "") + (e.afterSession ? " · right after" : "");

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
	const left = h("div");
	void leftLately(book).then((all) => {
		if (all.length) left.replaceChildren(notice("kept", h("p", {}, all.length === 1 ? "Something was left for your journal right after a session. " : `${all.length} things were left for your journal right after a session. `, h("a", { href: "#left" }, "Look at it"))));
	}, () => undefined);
	return h("section", { class: "stack", "aria-label": "Entries" },
		h("h2", {}, "What you have written"),
		left,
		...book.alarms.map((a) => notice("care", h("p", {}, a.words))),
		book.setBack ? notice("care", h("p", {}, "What the practice has lost can be sent again from this device."), h("p", { class: "actions" }, button("Send it again", () => void book.sendAgain()))) : "",
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
	return h("li", {}, h("h3", {}, h("a", { href: "/space/journal#entry/" + e.id }, nameOf(e))), h("p", { class: "meta" }, when(e.day), marks(e)));
}

export function entryView(book: Book, e: Entry, back: () => void): HTMLElement {
	const line = problem();
	const asked = h("div");
	return h("article", { class: "stack", "aria-labelledby": "entry-title" },
		h("h2", { id: "entry-title" }, nameOf(e)),
		h("p", { class: "meta" }, when(e.day), marks(e), book.sent(e.id) ? "" : h("span", { class: "unsent" }, " · on this device, not sent yet")),
		e.words ? paragraphs(e.words) : "",
		e.title && e.image ? h("p", {}, e.image) : "",
		e.before || e.after ? h("div", { class: "columns" }, h("div", {}, h("h3", {}, "Before"), paragraphs(e.before)), h("div", {}, h("h3", {}, "After"), paragraphs(e.after))) : "",
		...pieces(book, e),
		e.colour ? h("p", {}, `A colour: ${labelOf(e.colour)}`) : "",
		themes(book, e, line),
		line,
		h("p", { class: "actions" },
			h("a", { class: "button button-quiet", href: "#write/" + e.id }, "Change it"),
			h("a", { class: "button button-quiet", href: "#share/" + e.id }, "Share it"),
			button("Take it away", () => asked.replaceChildren(notice("care", h("p", {}, "Take this entry away, here and on every device? It cannot be brought back. A copy that you share stays shared until you withdraw it."), h("p", { class: "actions" }, button("Yes, take it away", () => attempt(line, async () => {
				await book.remove(e.id);
				back();
			})), button("Keep it", () => asked.replaceChildren(), "quiet")))), "text"),
		),
		asked,
	);
}

// themes are words for what an entry is about, offered after it was written.
function themes(book: Book, e: Entry, line: HTMLElement): HTMLElement {
	const part = h("held-themes");
	part.own = [...new Set(book.entries().flatMap((x) => x.themes))];
	part.value = e.themes;
	part.addEventListener("change", () => void attempt(line, async () => {
		await book.keep({ ...(book.entry(e.id) ?? e), themes: part.value });
	}));
	return h("details", { open: e.themes.length > 0 }, h("summary", {}, "Themes, if you like"), part);
}

// pieces are the pictures and recordings of an entry, as they come.
function pieces(book: Book, e: Entry): HTMLElement[] {
	return e.pieces.map((p) => {
		const box = h("div", {}, h("p", { class: "meta", role: "status" }, p.seconds ? "A recording is being opened…" : "A picture is being opened…"));
		book.piece(p.id).then((bytes) => box.replaceChildren(show(p, { kind: "piece", by: "", bytes })), (error: unknown) => box.replaceChildren(notice("care", h("p", {}, words(error)))));
		return box;
	});
}

// overTime is every entry beside its themes and the times with the practice.
export function overTimeView(book: Book, sessions: Around[]): HTMLElement {
	const picture = h("held-themes-picture");
	picture.data = { entries: book.entries().map((e) => ({ id: e.id, day: e.day, title: nameOf(e), themes: e.themes })), sessions };
	picture.addEventListener("open", (event) => {
		location.hash = "entry/" + (event as CustomEvent<{ id: string }>).detail.id;
	});
	return h("section", { class: "stack" }, h("h2", {}, "Over time"), picture);
}

const ADDRESS = "calendar";

// guardView looks whether work waits on the day of a time with the practice, or
// on the morning after.
export function guardView(book: Book, sessions: Around[]): HTMLElement {
	const guard = h("held-guard");
	guard.addresses = {
		recall: async () => (await book.recall<string>(ADDRESS)) ?? "",
		keep: (address) => book.remember(ADDRESS, address || undefined),
	};
	guard.days = sessions.filter((s) => s.day >= today()).flatMap((s) => [
		{ day: s.day, label: `${s.name}, ${day(s.day)}`, from: "00:00", to: "23:59" },
		{ day: next(s.day), label: `The morning after, ${day(next(s.day))}`, from: "00:00", to: "13:00" },
	]);
	return h("section", { class: "stack" }, h("h2", {}, "Days to keep free"), h("p", {}, "Does your work wait on the day of a session here, or on the morning after?"), guard);
}

function next(iso: string): string {
	const d = new Date(iso + "T12:00:00Z");
	d.setUTCDate(d.getUTCDate() + 1);
	return d.toISOString().slice(0, 10);
}
