// An entry of the journal, and how it is written down: Markdown that anybody can
// read with what is to be told apart in a header. What the form of the file needs
// for itself are lines that begin with "[held "; such a line in somebody's own
// words gets a backslash before it, and loses it when it is read.

import { today } from "./dom";

export interface Entry {
	id: string;
	revision: number;
	day: string; // YYYY-MM-DD, as the writer's own calendar has it
	written: string; // RFC 3339
	author: string; // the public half of the writer's signing key
	title: string;
	words: string;
	before: string;
	after: string;
	open: boolean; // left open
	stamp: boolean; // image from a session
	afterSession?: boolean; // it was put down right after one
	themes: string[];
	session: string; // an appointment's id, or ""
	colour: string; // a token, #rrggbb, or ""
	image: string; // a single word, or an image in words
	pieces: Piece[];
}

export interface Piece {
	id: string;
	kind: "voice" | "drawing" | "body" | "photo";
	type: string; // MIME
	name: string;
	alt: string;
	size: number;
	seconds?: number;
}

export function blank(): Entry {
	return {
		id: crypto.randomUUID(), revision: 0, day: today(), written: new Date().toISOString(), author: "", title: "", words: "", before: "", after: "",
		open: false, stamp: false, themes: [], session: "", colour: "", image: "", pieces: [],
	};
}

const BEFORE = "\n\n## Before\n[held before]: # (before)\n";
const AFTER = "\n\n## After\n[held after]: # (after)\n";

const lines = (s: string) => s.replace(/\r\n?/g, "\n");
const guard = (s: string) => lines(s).replace(/^(\\*\[held )/gm, "\\$1");
const unguard = (s: string) => s.replace(/^\\(\\*\[held )/gm, "$1");

export function toMarkdown(e: Entry): string {
	const head = ["---"];
	const say = (name: string, value: unknown) => head.push(`${name}: ${JSON.stringify(value)}`);
	head.push(`id: ${e.id}`, `revision: ${e.revision}`, `day: ${e.day}`, `written: ${e.written}`, `author: ${e.author}`);
	if (e.title) say("title", e.title);
	if (e.open) head.push("open: true");
	if (e.stamp) head.push("stamp: image from a session");
	if (e.afterSession) head.push("moment: right after a session");
	if (e.themes.length) say("themes", e.themes);
	if (e.session) say("session", e.session);
	if (e.colour) say("colour", e.colour);
	if (e.image) say("image", e.image);
	if (e.pieces.length) {
		head.push("pieces:");
		for (const p of e.pieces) head.push(`  - ${JSON.stringify(p)}`);
	}
	head.push("---", "");
	let body = guard(e.words);
	if (e.before || e.after) body += BEFORE + guard(e.before) + AFTER + guard(e.after);
	return head.join("\n") + body + "\n";
}

export function fromMarkdown(s: string): Entry {
	const m = /^---\n([\s\S]*?)\n---\n([\s\S]*)\n$/.exec(s);
	if (!m) throw new Error("This is no entry of the journal: its header is missing.");
	const e: Entry = {
		id: "", revision: 0, day: "", written: "", author: "", title: "", words: "", before: "", after: "",
		open: false, stamp: false, themes: [], session: "", colour: "", image: "", pieces: [],
	};
	for (const line of m[1]!.split("\n")) read(e, line);
	if (!e.id || !e.day || !e.written) throw new Error("This is no entry of the journal: its header is not whole.");
	const [words, sides] = cut(m[2]!, BEFORE);
	e.words = unguard(words);
	if (sides !== null) {
		const [before, after] = cut(sides, AFTER);
		e.before = unguard(before);
		e.after = unguard(after ?? "");
	}
	return e;
}

function cut(s: string, mark: string): [string, string | null] {
	const i = s.indexOf(mark);
	return i < 0 ? [s, null] : [s.slice(0, i), s.slice(i + mark.length)];
}

const KINDS = ["voice", "drawing", "body", "photo"];

// A line that a later version has added is left alone.
function read(e: Entry, line: string): void {
	if (line.startsWith("  - ")) {
		const p = JSON.parse(line.slice(4)) as Piece;
		if (typeof p.id === "string" && KINDS.includes(p.kind)) e.pieces.push(p);
		return;
	}
	const [name, value] = cut(line, ": ");
	if (value === null) return;
	switch (name) {
		case "id": case "day": case "written": case "author":
			e[name] = value;
			return;
		case "title": case "session": case "colour": case "image":
			e[name] = String(JSON.parse(value));
			return;
		case "revision":
			e.revision = Number(value);
			return;
		case "open": case "stamp":
			e[name] = true;
			return;
		case "moment":
			e.afterSession = true;
			return;
		case "themes":
			e.themes = (JSON.parse(value) as unknown[]).map(String);
	}
}
