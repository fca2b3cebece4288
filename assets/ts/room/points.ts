// What follows from a timeline: the first dose, the points at which readings are
// due, the last values. The same as rules/timeline reckons.

import { type Body, number, type Vitals, words } from "./entry";
import { type Line, stands, type Timeline } from "./merge";
import type { Observation } from "./state";

const MINUTE = 60_000;

export const of = (t: Timeline, kind: Line["kind"]): Line[] => t.entries.filter((l) => l.kind === kind && stands(l));

// vitals are the readings that stand; the scale of sedation by itself is one.
export function vitals(t: Timeline): (Line & { body: Vitals })[] {
	const out: (Line & { body: Vitals })[] = [];
	for (const l of t.entries) {
		if (!stands(l)) continue;
		if (l.kind === "vitals") out.push(l as Line & { body: Vitals });
		if (l.kind !== "scale" || l.body.instrument !== "moaas") continue;
		const n = Number((l.body.answers as Record<string, unknown> | undefined)?.["1"] ?? NaN);
		if (Number.isInteger(n) && n >= 0 && n <= 5) out.push({ ...l, body: { moaas: n } });
	}
	return out;
}

// dosed is when the first dose was given.
export const dosed = (t: Timeline): number | undefined => of(t, "dose")[0]?.at;

// went is where the session stands: the last phase.
export function went(t: Timeline): { phase: string; at: number } {
	const last = of(t, "phase").at(-1);
	return last ? { phase: words(last.body, "to"), at: last.at } : { phase: "", at: 0 };
}

export function over(t: Timeline): number | undefined {
	const { phase, at } = went(t);
	return phase && phase !== "recovery" ? at : undefined;
}

// SIGNS are the vital signs under the protocol's names for them.
export const SIGNS: readonly { key: string; label: string; unit: string; of: (v: Body) => string; high: (v: Body) => number }[] = [
	{ key: "bp", label: "Blood pressure", unit: "mmHg", of: (v) => (number(v, "systolic") !== undefined && number(v, "diastolic") !== undefined ? `${number(v, "systolic")}/${number(v, "diastolic")}` : ""), high: (v) => (number(v, "systolic") ?? 0) * 65536 + (number(v, "diastolic") ?? 0) },
	...([["hr", "Pulse", "per minute", "pulse"], ["spo2", "Oxygen", "%", "oxygen"], ["rr", "Breaths", "per minute", "breaths"], ["moaas", "MOAA/S", "of 5", "moaas"], ["temp", "Temperature", "°C", "warmth"], ["dissociation", "Dissociation", "of 3", "dissociation"], ["nausea", "Nausea", "of 3", "nausea"]] as const)
		.map(([key, label, unit, field]) => ({ key, label, unit, of: (v: Body) => String(number(v, field) ?? ""), high: (v: Body) => number(v, field) ?? 0 })),
];

const has = (v: Body, sign: string): boolean => (SIGNS.find((s) => s.key === sign)?.of(v) ?? "") !== "";

export type PointState = "coming" | "due" | "late" | "done" | "done_late" | "missing" | "not_due";

export interface Point {
	min: number;
	at: number;
	until?: number; // late from here on; absent: the protocol does not say
	state: PointState;
	missing: string[];
	entries: string[];
	done?: number;
}

export function points(t: Timeline, obs: Observation | null | undefined, now: number): Point[] {
	const dose = dosed(t);
	if (dose === undefined || !obs) return [];
	const grace = (obs.grace_min ?? 0) * MINUTE;
	const all = [...new Set(obs.at_min ?? [])].sort((a, b) => a - b);
	const readings = vitals(t);
	const ended = over(t);
	return all.map((min, i) => {
		const at = dose + min * MINUTE;
		let from = at - grace;
		if (i === 0 || (from < dose && min > 0)) from = dose;
		const next = all[i + 1];
		const to = next === undefined ? Infinity : dose + next * MINUTE - grace;
		const p: Point = { min, at, state: "coming", missing: [...(obs.during ?? [])], entries: [], ...(obs.grace_min === undefined ? {} : { until: at + grace }) };
		for (const r of readings) {
			if (r.at < from || r.at >= to) continue;
			p.entries.push(r.id);
			const open = p.missing.length;
			p.missing = p.missing.filter((m) => !has(r.body, m));
			if (open > 0 && !p.missing.length) p.done = r.at;
		}
		if (!obs.during?.length) p.missing = ["observation.during"]; // nothing is ever whole where nobody says what must be known
		p.state = stand(p, now, to, ended);
		return p;
	});
}

function stand(p: Point, now: number, to: number, ended: number | undefined): PointState {
	const late = (at: number): boolean => p.until !== undefined && at > p.until;
	if (!p.missing.length) return late(p.done ?? 0) ? "done_late" : "done";
	if (ended !== undefined && ended < p.at) return "not_due";
	if (ended !== undefined || (now >= to && (late(now) || p.until === undefined))) return "missing";
	if (now < p.at) return "coming";
	return late(now) ? "late" : "due";
}

// next is the first point that is still to be taken.
export const next = (all: Point[]): Point | undefined => all.find((p) => p.state === "coming" || p.state === "due" || p.state === "late");

// since is from when on a value counts as known now.
export function since(t: Timeline, obs: Observation | null | undefined, now: number): number | undefined {
	const dose = dosed(t);
	if (dose === undefined || !obs) return undefined;
	const grace = (obs.grace_min ?? 0) * MINUTE;
	let from: number | undefined;
	for (const m of obs.at_min ?? []) {
		const at = dose + m * MINUTE;
		if (now > at + grace && (from === undefined || at - grace > from)) from = at - grace;
	}
	return from;
}

// Value is the last that is known of one sign, with those before it.
export interface Value {
	sign: string;
	label: string;
	unit: string;
	value: string;
	at: number;
	entry: string;
	before: string[]; // the latest first
	trend: "up" | "down" | "same" | "";
}

export function last(t: Timeline): Value[] {
	const all = vitals(t);
	const out: Value[] = [];
	for (const s of SIGNS) {
		const taken = all.filter((r) => s.of(r.body) !== "");
		const l = taken.at(-1);
		if (!l) continue;
		const before = taken.at(-2);
		const d = before ? s.high(l.body) - s.high(before.body) : 0;
		out.push({ sign: s.key, label: s.label, unit: s.unit, value: s.of(l.body), at: l.at, entry: l.id, before: taken.slice(0, -1).reverse().slice(0, 3).map((r) => s.of(r.body)), trend: before ? (d > 0 ? "up" : d < 0 ? "down" : "same") : "" });
	}
	return out;
}

// inRoom are those who arrived and have not left.
export interface Here {
	person: string;
	who: string;
	role: string;
	since: number;
}

export function inRoom(t: Timeline): Here[] {
	let out: Here[] = [];
	for (const l of of(t, "present")) {
		const [person, who] = [words(l.body, "person"), words(l.body, "who").trim()];
		const same = (p: Here): boolean => (person || p.person ? person === p.person : who.toLowerCase() === p.who.toLowerCase());
		if (l.body.action === "left") out = out.filter((p) => !same(p));
		else if (!out.some(same)) out.push({ person, who, role: words(l.body, "role"), since: l.at });
	}
	return out;
}

// symptoms are the codes of those that are not over.
export function symptoms(t: Timeline): string[] {
	let open: { id: string; code: string }[] = [];
	for (const l of of(t, "symptom")) {
		const [code, about] = [words(l.body, "code"), words(l.body, "of")];
		if (l.body.over === true) open = open.filter((o) => (about ? o.id !== about : o.code !== code));
		else open.push({ id: l.id, code });
	}
	return [...new Set(open.map((o) => o.code))];
}

// Alarm is an emergency's log.
export interface Alarm {
	opened: Line;
	log: Line[];
	closed?: Line;
}

export function alarms(t: Timeline): Alarm[] {
	const out: Alarm[] = [];
	for (const l of t.entries) {
		if (!stands(l)) continue;
		const a = out.at(-1);
		const open = a && !a.closed ? a : undefined;
		if (l.kind === "red" && !open) out.push({ opened: l, log: [] });
		else if (open && (l.kind === "log" || l.kind === "red")) open.log.push(l);
		else if (open && l.kind === "calm") open.closed = l;
	}
	return out;
}

export function alarm(t: Timeline): Alarm | undefined {
	const a = alarms(t).at(-1);
	return a && !a.closed ? a : undefined;
}

// heard is who said that they heard a call, after an instant.
export const heard = (t: Timeline, what: string, after = 0): Line | undefined => of(t, "ack").find((l) => l.body.of === what && l.at >= after);
