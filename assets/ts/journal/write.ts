// Writing an entry. What is typed is kept on this device, sealed, with every
// pause; nothing is lost by leaving the page.

import { type Book, printOf } from "./book";
import { type Bytes, utf8 } from "./bytes";
import { button, check, day, field, h, id, today } from "./dom";
import { blank, type Entry, type Piece, toMarkdown } from "./entry";
import { attempt, problem } from "./gate";
import type { Made } from "./parts";
import { Said } from "./said";

// Around is a time with the practice, as its calendar has it.
export interface Around {
	id: string;
	day: string;
	name: string;
}

const KINDS = ["voice", "drawing", "body", "photo"] as const;
const LABELS = { voice: "With your voice", drawing: "A drawing", body: "Where in the body", photo: "A photograph of paper" };

// parts are the other ways to put something down, with what they hold already.
// touched hears of what was changed.
function parts(book: Book, entry: Entry, line: HTMLElement, touched: Map<Piece["kind"], Made | null>): HTMLElement[] {
	return KINDS.map((kind) => {
		const part = document.createElement(`held-part-${kind}`);
		const piece = entry.pieces.find((p) => p.kind === kind);
		const fold = h("details", { open: Boolean(piece) }, h("summary", {}, LABELS[kind]), part);
		void attempt(line, async () => {
			const draft = await book.made(entry.id, kind);
			if (draft !== undefined) {
				touched.set(kind, draft);
				fold.open ||= draft !== null;
				part.value = draft;
			} else if (piece) part.value = { blob: new Blob([await book.piece(piece.id)], { type: piece.type }), type: piece.type, alt: piece.alt, seconds: piece.seconds };
		});
		let timer = 0;
		part.addEventListener("change", () => {
			touched.set(kind, part.value);
			clearTimeout(timer);
			timer = window.setTimeout(() => void attempt(line, () => book.keepMade(entry.id, kind, part.value)), 300);
		});
		return fold;
	});
}

// LARGEST is how much one picture or recording may hold.
const LARGEST = 20 << 20;

// taken makes pieces of what was changed; what was there before goes.
async function taken(entry: Entry, touched: Map<Piece["kind"], Made | null>): Promise<{ pieces: Piece[]; bodies: Map<string, Bytes>; old: Piece[] }> {
	const bodies = new Map<string, Bytes>();
	const old = entry.pieces.filter((p) => touched.has(p.kind));
	const pieces = entry.pieces.filter((p) => !touched.has(p.kind));
	for (const [kind, made] of touched) {
		if (!made) continue;
		const bytes = new Uint8Array(await made.blob.arrayBuffer());
		if (bytes.length > LARGEST) throw new Said("A picture or recording is larger than 20 MB, which is more than one can be here. Nothing was lost; please make it shorter or smaller.");
		const p: Piece = { id: crypto.randomUUID(), kind, type: made.type, name: LABELS[kind], alt: made.alt, size: bytes.length };
		if (made.seconds !== undefined) p.seconds = made.seconds;
		bodies.set(p.id, bytes);
		pieces.push(p);
	}
	return { pieces, bodies, old };
}

// MOST is how many bytes an entry may have: what is longer would not come along
// in the list of changes.
const MOST = 110_000;

export function empty(e: Entry): boolean {
	return !(e.title || e.words || e.before || e.after || e.image || e.colour || e.pieces.length);
}

// Begun is what is written, and on which words it was begun: undefined is none,
// null is some that are not here any more.
export interface Begun {
	entry: Entry;
	base: Entry | null | undefined;
	onto: string;
}

// begun is a draft, or an entry that is to be changed, or a new one.
export async function begun(book: Book, id: string): Promise<Begun> {
	const draft = id ? await book.draft(id) : null;
	const present = book.entry(id);
	const print = await printOf(present);
	if (!draft) return { entry: present ?? blank(), base: present, onto: print };
	const onto = await book.onto(id);
	if (typeof onto !== "string") return { entry: draft, base: present?.revision === draft.revision ? present : undefined, onto: print }; // of an older program
	return { entry: draft, base: onto === print ? present : null, onto };
}

// writeView is the sheet. done hears of the entry that was kept.
export function writeView(book: Book, { entry, base, onto }: Begun, prompt: string, sessions: Around[], done: (e: Entry) => void): HTMLElement {
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
	const names = h("held-names-guard");
	const colour = h("held-part-colour");
	colour.value = entry.colour;
	const touched = new Map<Piece["kind"], Made | null>();
	const session = h("select", {}, h("option", { value: "" }, "No session"), ...sessions.filter((s) => s.day <= today()).map((s) => h("option", { value: s.id }, `${s.name}, ${day(s.day)}`)));
	session.value = entry.session;

	const read = (): Entry => ({
		...entry,
		title: title.value.trim(), words: words.value, before: before.value, after: after.value, image: image.value.trim(),
		open: open.box.checked, stamp: stamp.box.checked, colour: colour.value, session: session.value || (sessions.length ? "" : entry.session),
	});

	let timer = 0;
	let finished = false;
	const keepDraft = async () => {
		if (finished) return;
		const now = read();
		if (empty(now) && !touched.size) return book.dropDraft(now.id);
		await book.keepDraft(now, onto);
		state.textContent = "A draft is kept on this device.";
	};
	const typed = () => {
		names.text = words.value;
		clearTimeout(timer);
		timer = window.setTimeout(() => void attempt(line, keepDraft), 300);
	};

	const form = h("form", { class: "form", "aria-label": "Write", novalidate: true, autocomplete: "off", input: typed, change: typed, submit: (e) => {
		e.preventDefault();
		void attempt(line, async () => {
			const { pieces, bodies, old } = await taken(entry, touched);
			const now = { ...read(), pieces };
			if (empty(now)) throw new Said("There is nothing on this page yet.");
			if (utf8(toMarkdown(now)).length > MOST) throw new Said("This is longer than one entry can be. Please go on in another; nothing was lost.");
			clearTimeout(timer);
			finished = true;
			try {
				const kept = await book.keep(now, bodies, old, base);
				await book.dropDraft(now.id);
				done(kept);
			} catch (error) {
				finished = false;
				throw error;
			}
		});
	} },
		prompt ? h("p", { class: "lede" }, prompt) : "",
		field("What is there?", words, "A word is enough. Unfinished is fine."),
		names,
		...parts(book, entry, line, touched),
		h("details", { open: Boolean(entry.colour) }, h("summary", {}, "A colour"), colour),
		field("A title (optional)", title),
		field("A single word or image (optional)", image),
		h("details", { open: Boolean(entry.before || entry.after) }, h("summary", {}, "Before and after, side by side"), h("div", { class: "columns" }, field("Before", before), field("After", after))),
		h("fieldset", { class: "field choice", id: id() }, h("legend", {}, "How it stands"), open.line, stamp.line),
		sessions.length ? field("It belongs to (optional)", session, "", true) : "",
		line,
		state,
		h("p", { class: "actions" }, h("button", { type: "submit", class: "button" }, "Keep"), button("Leave it as a draft", () => attempt(line, async () => {
			clearTimeout(timer);
			await keepDraft();
			location.hash = "";
		}), "quiet")),
	);
	names.text = entry.words;
	window.addEventListener("pagehide", () => form.isConnected && void keepDraft(), { once: true });
	return h("section", { class: "stack" }, h("h2", { class: "visually-hidden" }, entry.revision ? "Change an entry" : "A new entry"), form);
}
