// Sharing: a copy of one entry, sealed to its writer and to one clinician, whose
// key is noted when it is first seen and compared in person. Answers come back the
// same way. Under the writer's signature stands for whose key a copy was made: who
// can read one could seal it on to somebody else.

import { bytes, get, post, send, Status } from "./api";
import type { Book } from "./book";
import type { Bytes } from "./bytes";
import { agendaForm, only, type Taken, type Time } from "./agenda";
import { sixWords } from "./compare";
import { button, day, field, h, notice, paragraphs, today, when } from "./dom";
import { blank, type Entry } from "./entry";
import { attempt, type Gate, lockedView, ownWords, problem } from "./gate";
import { ever, type Keys, mine, type Pin } from "./keys";
import { nameOf } from "./read";
import { Said, words } from "./said";
import { header, open, sealEntry, sealPiece } from "./seal";
import { show } from "./show";

export interface Person {
	id: string;
	name: string;
	role: string;
	recipient: string;
	verifier: string;
}

export interface Share {
	owner: string;
	with: string;
	file: string;
	about: string;
	day: string;
}

interface Shares {
	mine: Share[];
	theirs: Share[];
	team: Person[];
	times: Time[];
	agenda: Taken[];
}

const pinOf = (pins: Pin[], p: Person) => pins.find((k) => k.person === p.id);
const changed = (pin: Pin | undefined, p: Person) => Boolean(pin && (pin.recipient !== p.recipient || pin.verifier !== p.verifier));
const plainly = (name: string) => name.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();

// odd says what does not go together with what was noted before; "" if all does.
function odd(pins: Pin[], p: Person): string {
	const pin = pinOf(pins, p);
	if (changed(pin, p)) return `${p.name}'s key is another one than before.`;
	if (pin?.name && pin.name !== p.name) return `The practice now calls somebody ${p.name} whose key you noted as ${pin.name}'s.`;
	if (!pin && pins.some((k) => plainly(k.name) === plainly(p.name))) return `You have noted a key of ${p.name} already, and this is another one, of somebody with the same name.`;
	return "";
}

// known is somebody whose key is noted and goes together with all that is known.
const known = (pins: Pin[], p: Person) => Boolean(pinOf(pins, p)) && !odd(pins, p);

// pinned notes somebody's keys in one's own keyring.
async function pinned(gate: Gate, p: Person, compared: boolean): Promise<void> {
	await gate.change((r) => {
		r.pins = [...r.pins.filter((k) => k.person !== p.id), { person: p.id, recipient: p.recipient, verifier: p.verifier, compared, name: p.name }];
	});
}

const warning = (sentence: string) => notice("care", h("p", {}, h("strong", {}, sentence), " Nothing is shared with it until you have compared it, in person or by telephone. If they know nothing of this, please do not share, and tell the practice."));

// compareView has the six words compared, and says what hangs on it. where is
// the place at which the other person finds theirs.
async function compareView(gate: Gate, p: Person, where: string, line: HTMLElement, done: () => void): Promise<HTMLElement> {
	const { pins } = gate.keys!;
	const sentence = odd(pins, p);
	return h("div", { class: "stack" },
		sentence ? warning(sentence) : "",
		h("p", {}, `${p.name}'s key, in six words. When you meet, or on the telephone, ask them to read theirs to you; they see them ${where}.`),
		h("p", { class: "code" }, h("output", {}, await sixWords(p.recipient, p.verifier))),
		ownWords(gate.keys!, "And yours, for them: "),
		gate.ring ? h("p", { class: "actions" },
			button("We compared them: they are the same", () => attempt(line, async () => {
				await pinned(gate, p, true);
				done();
			})),
			!sentence && !pinOf(pins, p) ? button("Share now, compare later", () => attempt(line, async () => {
				await pinned(gate, p, false);
				done();
			}), "quiet") : "",
		) : lockedView(gate, done, "Unlock once more to note that you compared them"),
	);
}

// uncompared says so until a noted key was compared, with the comparison at hand.
function uncompared(gate: Gate, p: Person, where: string, line: HTMLElement, done: () => void): HTMLElement | "" {
	const { pins } = gate.keys!;
	if (!known(pins, p) || pinOf(pins, p)!.compared) return "";
	const box = notice("care", h("p", {}, `You have not compared ${p.name}'s key yet. Until you have, only the practice's word says that it is theirs.`), h("p", { class: "actions" }, button("Compare it now", () => attempt(line, async () => {
		box.replaceChildren(await compareView(gate, p, where, line, done));
	}), "quiet")));
	return box;
}

const ONDESK = "on the page with what you share";
const INJOURNAL = "in their journal, under Keys";

// UNREAD keeps a browser from sending what is typed to whoever checks its
// spelling, and from offering it again elsewhere.
const UNREAD = { autocomplete: "off", spellcheck: "false" };

// notes are what was typed to go with an entry, while its key is looked at.
const notes = new Map<string, string>();

// shareView shares one entry.
export async function shareView(gate: Gate, book: Book, e: Entry, again: () => void): Promise<HTMLElement> {
	const { mine, team } = await get<Shares>("/space/journal/shares");
	const line = problem();
	const box = h("section", { class: "stack" }, h("h2", {}, `Share “${nameOf(e)}”`));
	if (!team.length) {
		box.append(h("p", {}, "Nobody is on your care team yet with whom you could share. Nothing is shared by itself."));
		return box;
	}
	const already = mine.filter((s) => !s.about);
	if (already.length) box.append(h("p", { class: "meta" }, "What you share at the moment stands under ", h("a", { href: "#shared" }, "Shared"), "."));
	const choose = h("div", { class: "stack" });
	box.append(h("p", {}, "They get a copy that opens with their key and yours. You can withdraw it for the future; what was read was read. Their reading stands on your trail."), line, choose);
	box.append(...team.map((p) => uncompared(gate, p, ONDESK, line, again)));
	const note = h("textarea", { rows: "3", ...UNREAD });
	note.value = notes.get(e.id) ?? "";
	note.addEventListener("input", () => notes.set(e.id, note.value));
	const people = team.map((p) => {
		const input = h("input", { type: "checkbox", id: "with-" + p.id, disabled: !p.recipient });
		input.checked = known(gate.keys!.pins, p) && (team.length === 1 || p.role === "guide");
		return { p, input };
	});
	choose.append(h("form", { class: "form", "aria-label": "Share", novalidate: true, submit: (event) => {
		event.preventDefault();
		void attempt(line, async () => {
			const to = people.filter((x) => x.input.checked).map((x) => x.p);
			if (!to.length) throw new Said("Please choose with whom. Nothing was shared.");
			for (const p of to) {
				const { pins } = gate.keys!;
				if (known(pins, p)) continue;
				const sentence = odd(pins, p);
				if (!gate.ring) return choose.replaceChildren(...(sentence ? [warning(sentence)] : []), lockedView(gate, again, "Unlock once more, so that their key can be noted"));
				return choose.replaceChildren(await compareView(gate, p, ONDESK, line, again));
			}
			for (const p of to) await shareWith(gate, book, e, p, note.value.trim());
			notes.delete(e.id);
			location.hash = "shared";
		});
	} },
		h("fieldset", { class: "field choice" }, h("legend", {}, "With whom?"), ...people.map(({ p, input }) => h("div", { class: "option" }, input, h("label", { for: input.id }, `${p.name}, ${p.role}`), p.recipient ? null : h("span", { class: "hint" }, "has not made keys yet")))),
		field("A note to them (optional)", note),
		h("p", { class: "actions" }, h("button", { type: "submit", class: "button" }, "Share it")),
	));
	return box;
}

async function shareWith(gate: Gate, book: Book, e: Entry, p: Person, note: string): Promise<void> {
	const keys = gate.keys!;
	const pin = pinOf(keys.pins, p);
	if (!pin || !known(keys.pins, p)) throw new Said(`${p.name}'s key is another one than you noted. Nothing was shared.`);
	const file = crypto.randomUUID();
	const pieces: [string, Bytes][] = [];
	const copies: Entry["pieces"] = [];
	for (const piece of e.pieces) {
		const copy = crypto.randomUUID();
		pieces.push([copy, await sealPiece(keys, copy, await book.piece(piece.id), [pin.recipient])]);
		copies.push({ ...piece, id: copy });
	}
	const sealed = await sealEntry(keys, { ...e, id: file, revision: 1, pieces: copies }, [pin.recipient], { note: JSON.stringify(note), for: pin.recipient, of: e.id });
	const all: [string, Bytes][] = [...pieces, [file, sealed]];
	try {
		for (const [copy, body] of all) await send("/space/journal/files/" + copy, body, 1, crypto.randomUUID());
		await post("/space/journal/shares", { file, with: p.id, pieces: pieces.map(([copy]) => copy) });
	} catch (error) {
		// Refused, nothing of it is shared, and what had come is taken back. Where no answer came, it may be.
		if (error instanceof Status) await Promise.allSettled(all.map(([copy]) => post(`/space/journal/files/${copy}/remove`)));
		throw error;
	}
}

// sharedView lists what is shared, with its answers.
export async function sharedView(gate: Gate, book: Book, again: () => void): Promise<HTMLElement> {
	const keys = gate.keys!;
	const { mine, theirs, team, times, agenda } = await get<Shares>("/space/journal/shares");
	const line = problem();
	const named = new Map(team.map((p) => [p.id, p]));
	const items = await Promise.all(mine.filter((s) => !s.about).map(async (s) => {
		const name = nameIn(keys, s.with, named) || "somebody who is not on your care team any more";
		let title = "An entry";
		let said = "";
		try {
			const o = await open(keys, s.file, await book.raw(s.file));
			if (o.kind === "entry") [title, said] = [nameOf(o.entry), JSON.parse(header(o.markdown, "note") || '""') as string];
		} catch (error) {
			title = error instanceof Said ? error.message : "This copy cannot be opened here.";
		}
		const answers = await Promise.all(theirs.filter((a) => a.about === s.file).map((a) => answerTo(keys, nameIn(keys, a.owner, named), a)));
		return h("li", { class: "stack" }, h("h3", {}, title), h("p", { class: "meta" }, `With ${name}, since `, when(s.day)), said ? paragraphs(said) : "", ...answers, agendaForm(times.filter((t) => t.with.includes(s.with)), agenda.find((t) => t.file === s.file && t.with === s.with)?.time ?? "", line, async (time) => {
			await post("/space/journal/shares/agenda", { file: s.file, with: s.with, ...(time ? { time } : {}) });
			again();
		}), h("p", { class: "actions" }, button("Withdraw it", () => attempt(line, async () => {
			await post("/space/journal/shares/withdraw", { file: s.file, with: s.with });
			again();
		}), "quiet")));
	}));
	const later = team.filter((p) => mine.some((s) => s.with === p.id)).map((p) => uncompared(gate, p, ONDESK, line, again));
	return h("section", { class: "stack" }, h("h2", {}, "Shared"), line, ...later,
		items.length ? h("ul", { class: "entries" }, ...items) : h("p", {}, "You share nothing. Nothing is shared by itself."),
		h("p", { class: "meta" }, "Withdrawing takes the copy away. What was read was read, and who read it stands under ", h("a", { href: "/space/looks" }, "Who looked at what"), "."));
}

// nameIn is somebody's name as it was noted with their key, not as the practice
// has it today.
const nameIn = (keys: Keys, person: string, named: Map<string, Person>): string => keys.pins.find((p) => p.person === person)?.name || (named.get(person)?.name ?? "");

async function answerTo(keys: Keys, name: string, a: Share): Promise<HTMLElement> {
	const pin = keys.pins.find((p) => p.person === a.owner);
	try {
		if (!pin) throw new Said("This answer is from somebody whose key you have not noted. It is not shown.");
		const o = await open(keys, a.file, await bytes(`/space/journal/answers/${a.owner}/${a.file}`), pin.verifier);
		if (o.kind !== "entry" || header(o.markdown, "about") !== a.about || !mine(keys, header(o.markdown, "for"))) throw new Said("This answer belongs to something else. It is not shown.");
		return h("div", { class: "letter" }, h("p", { class: "meta" }, `${name || "Somebody"} answered on `, when(o.entry.day)), paragraphs(o.entry.words));
	} catch (error) {
		return notice("care", h("p", {}, error instanceof Said ? error.message : "This answer cannot be opened at the moment."));
	}
}

interface Given {
	theirs: Share[];
	mine: Share[];
	client: Person;
	times: Time[];
	agenda: Taken[];
}

// deskView is a clinician's side: what one client shares, opened in their browser.
// time is the id of a time together, where only what is to be taken up then is asked for.
export async function deskView(gate: Gate, client: string, name: string, time: string, again: () => void): Promise<HTMLElement> {
	const keys = gate.keys!;
	const at = `/desk/people/${client}/shared`;
	const given = await get<Given>(at + "/list");
	const line = problem();
	const box = h("section", { class: "stack" }, ownWords(keys, `Your key in six words, for ${name} to compare: `), line);
	const who = { ...given.client, id: client, name };
	if (!who.recipient) {
		box.append(h("p", {}, `${name} has no journal here yet. What they share stands here.`));
		return box;
	}
	const pin = pinOf(keys.pins, who);
	if (!pin || !known(keys.pins, who)) {
		const sentence = odd(keys.pins, who);
		if (!gate.ring) box.append(...(sentence ? [warning(sentence)] : []), lockedView(gate, again, `Unlock once more, so that ${name}'s key can be noted`));
		else if (sentence) box.append(await compareView(gate, who, INJOURNAL, line, again));
		else {
			await pinned(gate, who, false);
			return deskView(gate, client, name, time, again);
		}
		return box;
	}
	box.append(uncompared(gate, who, INJOURNAL, line, again));
	const meeting = given.times.find((t) => t.id === time);
	const wanted = (s: Share) => !meeting || given.agenda.some((t) => t.file === s.file && t.time === meeting.id);
	if (meeting) box.append(only(`${meeting.name}, ${day(meeting.day)}`, () => location.assign(at)));
	const items = await Promise.all(given.theirs.filter((s) => !s.about && wanted(s)).map((s) => sharedItem(keys, given, at, s, pin, line, again)));
	box.append(items.length ? h("ul", { class: "entries" }, ...items) : h("p", {}, `${name} shares nothing with you at the moment.`));
	return box;
}

async function sharedItem(keys: Keys, given: Given, at: string, s: Share, pin: Pin, line: HTMLElement, again: () => void): Promise<HTMLElement> {
	let o;
	try {
		o = await open(keys, s.file, await bytes(`${at}/${s.file}`), pin.verifier);
	} catch (error) {
		return h("li", {}, notice("care", h("p", {}, error instanceof Said ? error.message : "This entry cannot be opened at the moment.")));
	}
	if (o.kind !== "entry") return h("li", {}, notice("care", h("p", {}, "This is no entry. It is not shown.")));
	if (header(o.markdown, "for") !== keys.recipient) return h("li", {}, notice("care", h("p", {}, "This entry was shared with somebody else, who passed it on to you. It is not shown; please tell its writer.")));
	const e = o.entry;
	const note = JSON.parse(header(o.markdown, "note") || '""') as string;
	const answers = await Promise.all(given.mine.filter((a) => a.about === s.file).map((a) => ownAnswer(keys, at, a, pin)));
	const area = h("textarea", { rows: "4", ...UNREAD });
	return h("li", { class: "stack" },
		h("h2", {}, nameOf(e)),
		h("p", { class: "meta" }, "Written on ", when(e.day), ", shared on ", when(s.day), e.open ? " · left open" : "", e.stamp ? " · image from a session" : ""),
		note ? h("div", {}, h("h3", {}, "Their note"), paragraphs(note)) : "",
		paragraphs(e.words),
		e.title && e.image ? h("p", {}, e.image) : "",
		e.before || e.after ? h("div", { class: "columns" }, h("div", {}, h("h3", {}, "Before"), paragraphs(e.before)), h("div", {}, h("h3", {}, "After"), paragraphs(e.after))) : "",
		...(await Promise.all(e.pieces.map((p) => bytes(`${at}/${p.id}`).then((b) => open(keys, p.id, b, pin.verifier)).then((o) => show(p, o), (error: unknown) => notice("care", h("p", {}, words(error))))))),
		...answers,
		agendaForm(given.times, given.agenda.find((t) => t.file === s.file)?.time ?? "", line, async (time) => {
			await post(`${at}/${s.file}/agenda`, time ? { time } : {});
			again();
		}),
		h("form", { class: "form", "aria-label": "Answer", novalidate: true, submit: (event) => {
			event.preventDefault();
			void attempt(line, async () => {
				if (!area.value.trim()) throw new Said("Please write an answer first.");
				const file = crypto.randomUUID();
				const answer = { ...blank(), id: file, revision: 1, day: today(), words: area.value };
				const sealed = await sealEntry(keys, answer, [pin.recipient], { about: s.file, for: pin.recipient });
				await send(`${at}/${file}?about=${s.file}`, sealed, 1, crypto.randomUUID());
				again();
			});
		} }, field("Your answer", area, "Sealed for them alone. They can withdraw the entry; your answer then goes with them."), h("p", { class: "actions" }, h("button", { type: "submit", class: "button" }, "Send the answer"))),
	);
}

// ownAnswer is what one answered. Where it does not open, the rest is shown.
async function ownAnswer(keys: Keys, at: string, a: Share, pin: Pin): Promise<HTMLElement | ""> {
	try {
		const own = await open(keys, a.file, await bytes(`${at}/${a.file}`), ever(keys));
		if (own.kind !== "entry" || header(own.markdown, "about") !== a.about || !header(own.markdown, "for")) throw new Said("This is not what you answered here. It is not shown.");
		return h("div", { class: "letter" }, h("p", { class: "meta" }, "You answered on ", when(own.entry.day), header(own.markdown, "for") === pin.recipient ? "" : ", sealed for a key that they had before"), paragraphs(own.entry.words));
	} catch (error) {
		return notice("care", h("p", {}, "Your answer: ", error instanceof Said ? error.message : "it cannot be opened at the moment."));
	}
}
