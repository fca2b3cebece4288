// What was left for the journal while its keys were not there: on the practice's
// tablet, or here while it was locked. It is opened and shown, and enters the
// journal when its owner says so: then it is an entry like any other, signed by
// them.

import { bytes as fetchBytes, get, post } from "./api";
import type { Book } from "./book";
import { type Bytes, text } from "./bytes";
import { button, check, h, notice, paragraphs, when } from "./dom";
import { blank, type Piece } from "./entry";
import { attempt, problem } from "./gate";
import { type Keys, mine } from "./keys";
import { type About, MARK } from "./left";
import { words } from "./said";
import { Damaged, decrypt } from "./seal";
import { show } from "./show";
import { dropHere, leftHere } from "./waits";

// Head is what is known of one before it is opened.
export interface Head {
	id: string;
	place: "tablet" | "own";
	day: string;
	here?: Bytes; // it is on this device
	begun?: boolean; // its maker did not come to say that it is to be kept
}

const TOOK = "left-took"; // ids of what was taken in, until the practice has been told

// leftFor lists what waits, at the practice and on this device.
export async function leftFor(book: Book): Promise<Head[]> {
	const took = new Set((await book.recall<string[]>(TOOK)) ?? []);
	const here = (await leftHere(book.store)).map((x): Head => ({ id: x.id, place: "own", day: x.day, here: x.body, begun: !x.kept }));
	let there: Head[] = [];
	try {
		there = (await get<{ left: Head[] }>("/space/journal/left")).left;
		await tell(book, took);
	} catch {
		// Without a connection what is on this device is shown.
	}
	const ids = new Set(here.map((x) => x.id));
	return [...here, ...there.filter((x) => !ids.has(x.id))].filter((x) => !took.has(x.id));
}

const lately = new WeakMap<Book, { at: number; all: Promise<Head[]> }>();

// leftLately is the same for a list that is drawn often: it asks every ten seconds
// at most, and anew when something was taken in.
export function leftLately(book: Book): Promise<Head[]> {
	const known = lately.get(book);
	if (known && Date.now() - known.at < 10_000) return known.all;
	const all = leftFor(book);
	lately.set(book, { at: Date.now(), all });
	return all;
}

// tell has the practice drop what was taken in.
async function tell(book: Book, took: Set<string>): Promise<void> {
	for (const id of took) await post(`/space/journal/left/${id}/remove`);
	if (took.size) await book.remember(TOOK, undefined);
}

// drop takes one away, here and at the practice, now or when it can be reached.
async function drop(book: Book, id: string): Promise<void> {
	lately.delete(book);
	await book.remember(TOOK, [...((await book.recall<string[]>(TOOK)) ?? []), id]);
	await dropHere(book.store, id);
	await tell(book, new Set(await book.recall<string[]>(TOOK) ?? [])).catch(() => undefined);
}

// readers counts for how many keys an age file was sealed, as its head says.
export function readers(file: Uint8Array): number {
	const head = new TextDecoder("latin1").decode(file.subarray(0, 8192)).split("\n--- ")[0]!;
	return head.split("\n").filter((l) => l.startsWith("-> ")).length;
}

// openLeft opens one, and holds that it was sealed for this journal and nobody else.
export async function openLeft(keys: Keys, id: string, file: Uint8Array): Promise<{ about: About; body: Bytes }> {
	let plain: Uint8Array;
	try {
		plain = await decrypt(keys, file);
	} catch {
		throw new Damaged("This does not open with your key: it was sealed to another key than yours, or damaged on the way. If it was sealed to another, whoever has that one can read it, and you cannot. Please tell the practice, and look at the six words the next time before you use their tablet.");
	}
	const end = new TextDecoder("latin1").decode(plain.subarray(Math.max(0, plain.length - 4_000_000))).trimEnd();
	const at = end.lastIndexOf(MARK);
	let about: About;
	try {
		about = JSON.parse(text(new TextEncoder().encode(end.slice(at + MARK.length)))) as About;
	} catch {
		throw new Damaged("This is nothing that was left for a journal. It is not shown.");
	}
	if (at < 0 || about.id !== id || !Number.isSafeInteger(about.size) || about.size > plain.length || !["words", "voice", "drawing"].includes(about.way)) throw new Damaged("This is something else than what was left here. It is not shown.");
	if (!mine(keys, about.for)) throw new Damaged("The tablet was given another key than yours when this was left. It opens all the same, so somebody may have opened it before you and sealed it anew. Please tell the practice; nothing of it is taken into your journal.");
	if (readers(file) !== 1) throw new Damaged("This was sealed for somebody else as well as for you: they can read it. Please tell the practice; nothing of it is taken into your journal.");
	return { about, body: new Uint8Array(plain.slice(0, about.size)) };
}

const NAMES = { words: "A few words", voice: "A recording", drawing: "A drawing" };

// inboxView shows all that waits.
export async function inboxView(book: Book, again: () => void): Promise<HTMLElement> {
	const all = await leftFor(book);
	const items = await Promise.all(all.map((x) => item(book, x, again)));
	return h("section", { class: "stack" },
		h("h2", {}, "Left for your journal"),
		h("p", {}, "What was put down right after a session, without your keys. It is sealed, and opened here. Nobody signed it, so look whether it is yours: what you keep becomes an entry like any other."),
		items.length ? h("ul", { class: "entries" }, ...items) : h("p", {}, "Nothing waits here."),
		h("p", {}, h("a", { href: "#" }, "Your entries")));
}

function from(x: Head): string {
	if (x.place === "tablet") return "Left on the practice's tablet on ";
	return x.begun ? "Begun here while the journal was locked, and not finished, on " : "Left on a device of yours while the journal was locked, on ";
}

async function item(book: Book, x: Head, again: () => void): Promise<HTMLElement> {
	const line = problem();
	const asked = h("div");
	const remove = button("Remove it", () => asked.replaceChildren(notice("care", h("p", {}, "Remove this? It cannot be brought back."), h("p", { class: "actions" }, button("Yes, remove it", () => attempt(line, async () => {
		await drop(book, x.id);
		again();
	})), button("Leave it here", () => asked.replaceChildren(), "quiet")))), "text");
	const meta = (on: string) => h("p", { class: "meta" }, from(x), when(on), ", not signed by you");
	let opened: Awaited<ReturnType<typeof openLeft>>;
	try {
		opened = await openLeft(book.keys, x.id, x.here ?? (await fetchBytes("/space/journal/left/" + x.id)));
	} catch (error) {
		return h("li", { class: "stack" }, h("h3", {}, "Something that is not taken in"), meta(x.day), notice("care", h("p", {}, words(error))), line, h("p", { class: "actions" }, remove), asked);
	}
	const { about, body } = opened;
	const stamp = check("An image from a session", about.stamp, "What was seen there: not evidence of anything.");
	return h("li", { class: "stack" },
		h("h3", {}, NAMES[about.way]), meta(about.day), shown(about, body), stamp.line, line,
		h("p", { class: "actions" }, button("Keep it in my journal", () => attempt(line, async () => {
			await take(book, about, body, stamp.box.checked);
			await drop(book, x.id);
			again();
		})), remove), asked);
}

function pieceOf(about: About): Piece | null {
	if (about.way === "words") return null;
	const p: Piece = { id: crypto.randomUUID(), kind: about.way, type: about.type, name: NAMES[about.way], alt: "", size: about.size };
	return about.seconds === undefined ? p : { ...p, seconds: about.seconds };
}

function shown(about: About, body: Bytes): HTMLElement {
	const p = pieceOf(about);
	return p ? show(p, { kind: "piece", by: "", bytes: body }) : paragraphs(text(body));
}

// take makes an entry of it, sealed and signed as any other.
async function take(book: Book, about: About, body: Bytes, stamp: boolean): Promise<void> {
	const p = pieceOf(about);
	await book.keep({
		...blank(), day: /^\d{4}-\d\d-\d\d$/.test(about.day) ? about.day : blank().day,
		words: p ? "" : text(body), stamp, session: about.session, afterSession: true, pieces: p ? [p] : [],
	}, p ? new Map([[p.id, body]]) : new Map());
}
