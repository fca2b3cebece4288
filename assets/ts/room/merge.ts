// The one order that follows from a set of entries, whichever way they came: the
// same rule as the practice's own (rules/timeline), so that a device without a
// connection shows what the practice will show.

import { at, type Entry } from "./entry";

export type Mark =
	| "conflict" | "clock_jumped" | "clock_differs" | "clock_unmeasured" | "sent_late" | "waiting" | "backdated"
	| "seq_twice" | "too_late" | "of_nothing" | "corrected_twice" | "unreadable";

export interface Line extends Entry {
	at: number; // its place, by the practice's clock as far as it is known
	marks: Mark[];
	superseded_by?: string;
	undone_by?: string;
	withdrawn?: boolean; // a correction that says: this never was
}

export interface Gap {
	device: string;
	from: number;
	to: number;
}

export interface Timeline {
	entries: Line[];
	waiting: Gap[];
}

const FAR = 5_000;
const LATE = 60_000;
const UNDO = 10_000;
const SLACK = 1_000; // how far an offset may be wrong where its device does not say

// SERVER is the device of what the practice itself notes.
export const SERVER = "held";

// stands tells whether a line counts: nobody corrected it or took it back.
export const stands = (l: Line): boolean => !l.superseded_by && !l.undone_by && !l.withdrawn;

export function merge(all: readonly Entry[]): Timeline {
	const lines = distinct(all);
	const waiting = places(lines);
	lines.sort((a, b) => a.at - b.at || order(a.device, b.device) || a.seq - b.seq || order(a.id, b.id));
	corrections(lines);
	takenBack(lines);
	for (const l of lines) l.marks.sort();
	return { entries: lines, waiting };
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const on = (e: Entry, written: string): number => at(written) + (e.offset ?? 0);

const slack = (e: Entry): number => (e.error === undefined || e.error < 0 || e.error > SLACK ? SLACK : e.error);

function mark(l: Line, m: Mark): void {
	if (!l.marks.includes(m)) l.marks.push(m);
}

// distinct keeps one entry for each id: where two say otherwise, the first by
// their bytes. What the practice added is that of the copy it numbered first.
function distinct(all: readonly Entry[]): Line[] {
	const found = new Map<string, Line>();
	for (const e of all) {
		const l = found.get(e.id);
		if (!l) {
			found.set(e.id, { ...e, at: 0, marks: [] });
			continue;
		}
		const [a, b] = [content(l), content(e)];
		const other = compare(a, b);
		const { by, name, role, received, n } = firstKept(l, e);
		const marks: Mark[] = other === 0 || l.marks.includes("conflict") ? l.marks : [...l.marks, "conflict"];
		const line: Line = { ...(other > 0 ? e : l), at: 0, marks };
		for (const field of ["by", "name", "role", "received", "n"] as const) delete line[field];
		found.set(e.id, Object.assign(line, said({ by, name, role, received, n })));
	}
	return [...found.values()];
}

const said = <T extends object>(o: T): Partial<T> => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as Partial<T>;

// firstKept is the copy that the practice kept first; one that it has not
// numbered comes after those that it has.
function firstKept(a: Entry, b: Entry): Entry {
	const first = Number(!a.n) - Number(!b.n) || (a.n ?? 0) - (b.n ?? 0) || (a.received ? at(a.received) : -Infinity) - (b.received ? at(b.received) : -Infinity) || 0
		|| order(a.by ?? "", b.by ?? "") || order(a.name ?? "", b.name ?? "") || order(a.role ?? "", b.role ?? "");
	return first <= 0 ? a : b;
}

// content is what the device said, in the one form in which the practice
// compares it: the bytes of Go's encoding of the same.
function content(e: Entry): Uint8Array {
	const head = {
		id: e.id, session: e.session, device: e.device, seq: e.seq, kind: e.kind, taken: instant(e.taken), entered: instant(e.entered),
		...(e.offset !== undefined ? { offset: e.offset } : {}), ...(e.error !== undefined ? { error: e.error } : {}),
		...(e.backdated ? { backdated: true } : {}), ...(e.supersedes ? { supersedes: e.supersedes } : {}), ...(e.with ? { with: e.with } : {}),
		body: null,
	};
	return new TextEncoder().encode(escaped(JSON.stringify(head)) + "\n" + escaped(JSON.stringify(sorted(e.body))));
}

const escaped = (json: string): string => json.replace(/[<>&\u2028\u2029]/g, (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

// instant writes a time as Go does: in UTC, without zeros at its end.
function instant(written: string): string {
	const [seconds, part = ""] = new Date(Math.floor(at(written) / 1000) * 1000).toISOString().replace(".000Z", "").split("Z").concat(fraction(written)).filter(Boolean);
	const digits = part.replace(/0+$/, "");
	return seconds + (digits ? "." + digits : "") + "Z";
}

const fraction = (written: string): string => written.match(/\.(\d+)/)?.[1] ?? "";

function sorted(v: unknown): unknown {
	if (Array.isArray(v)) return v.map(sorted);
	if (typeof v !== "object" || v === null) return v;
	return Object.fromEntries(Object.entries(v).sort(([a], [b]) => order(a, b)).map(([k, w]) => [k, sorted(w)]));
}

function compare(a: Uint8Array, b: Uint8Array): number {
	for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
	return a.length - b.length;
}

// places gives each line its place and what is to be known about it, device by
// device; and tells what is still to come of each.
function places(lines: Line[]): Gap[] {
	const of = new Map<string, Line[]>();
	for (const l of lines) {
		l.at = on(l, l.taken);
		if (l.device !== SERVER) {
			if (l.offset === undefined) mark(l, "clock_unmeasured");
			else if (Math.abs(l.offset) > FAR) mark(l, "clock_differs");
		}
		if (l.backdated) mark(l, "backdated");
		if (l.received && at(l.received) - on(l, l.entered) > LATE) mark(l, "sent_late");
		of.set(l.device, [...(of.get(l.device) ?? []), l]);
	}
	const waiting: Gap[] = [];
	for (const [device, own] of of) {
		own.sort((a, b) => a.seq - b.seq || order(a.id, b.id));
		inOrder(own);
		if (device !== SERVER) waiting.push(...gaps(device, own));
	}
	return waiting.sort((a, b) => order(a.device, b.device) || a.from - b.from);
}

// inOrder holds one device's entries against its own count. Those whose time
// somebody typed are where they said.
function inOrder(lines: Line[]): void {
	let last: Line | undefined;
	for (const l of lines) {
		if (l.backdated) continue;
		const back = last ? last.at - l.at : 0;
		if (back > slack(l)) mark(l, "clock_jumped");
		else if (back > 0) l.at = last!.at;
		last = l;
	}
}

// gaps tells what a device has counted and is not here.
function gaps(device: string, lines: Line[]): Gap[] {
	const out: Gap[] = [];
	let next = 1;
	lines.forEach((l, i) => {
		const before = lines[i - 1];
		if (before?.seq === l.seq) {
			mark(l, "seq_twice");
			mark(before, "seq_twice");
		}
		if (l.seq > next) {
			out.push({ device, from: next, to: l.seq - 1 });
			mark(l, "waiting");
		}
		next = Math.max(next, l.seq + 1);
	});
	return out;
}

// corrections finds for each entry what stands for it. Entries that correct one
// another are one family, and one of it stands: the latest of those that nobody
// corrected.
function corrections(lines: Line[]): void {
	const by = new Map(lines.map((l) => [l.id, l]));
	const parent = new Map<string, string>();
	const root = (id: string): string => {
		const p = parent.get(id);
		if (p === undefined || p === id) return id;
		const r = root(p);
		parent.set(id, r);
		return r;
	};
	const corrected = new Set<string>();
	for (const l of lines) {
		if (!l.supersedes) continue;
		const of = by.get(l.supersedes);
		if (!of || of.kind !== l.kind || of.id === l.id) {
			mark(l, "of_nothing");
			continue;
		}
		corrected.add(of.id);
		const [a, b] = [root(l.id), root(of.id)];
		if (a !== b) parent.set(a > b ? a : b, a > b ? b : a);
	}
	const families = new Map<string, Line[]>();
	for (const l of lines) families.set(root(l.id), [...(families.get(root(l.id)) ?? []), l]);
	for (const family of families.values()) if (family.length > 1) settle(family, corrected);
}

function settle(family: Line[], corrected: Set<string>): void {
	const left = family.filter((l) => !corrected.has(l.id));
	const open = left.length ? left : family;
	const last = open.reduce((a, b) => ((on(a, a.entered) - on(b, b.entered) || order(a.device, b.device) || a.seq - b.seq || order(a.id, b.id)) >= 0 ? a : b));
	for (const l of family) {
		if (l === last) continue;
		l.superseded_by = last.id;
		if (!corrected.has(l.id)) mark(l, "corrected_twice");
	}
	if (last.supersedes && last.body.void === true) last.withdrawn = true;
}

// takenBack finds what was undone in time.
function takenBack(lines: Line[]): void {
	const by = new Map(lines.map((l) => [l.id, l]));
	for (const l of lines) {
		if (l.kind !== "undone") continue;
		const of = typeof l.body.of === "string" ? by.get(l.body.of) : undefined;
		if (!of || of.kind === "undone") mark(l, "of_nothing");
		else if (!inTime(of, l)) mark(l, "too_late");
		else of.undone_by ??= l.id;
	}
}

function inTime(tap: Entry, undone: Entry): boolean {
	const after = tap.device === undone.device ? at(undone.entered) - at(tap.entered) : on(undone, undone.entered) - on(tap, tap.entered);
	return after <= UNDO && after >= -SLACK;
}
