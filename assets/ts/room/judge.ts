// What the protocol's own limits say of what is known, reckoned on this device
// so that it is said without a connection too. The limits are the practice's
// signed protocol, as it sent them; there is no figure here.

import { at, type Body, number, words } from "./entry";
import type { Timeline } from "./merge";
import { dosed, over, since, symptoms, vitals } from "./points";
import type { Seat, Vocabulary } from "./state";

export interface Bound {
	sign: string; // systolic, diastolic, hr, spo2, rr, moaas
	name: string;
	level: "amber" | "red";
	op: ">" | "≥" | "<" | "≤";
	value: number;
	rise?: boolean; // over the baseline
}

export interface Limits {
	limits: Bound[];
	mandatory: string[];
	symptoms: string[]; // red whatever the figures say
	repeat: string[]; // amber until a repeated reading
	within_min?: number;
	baseline: boolean; // a pressure needs a baseline
	open: string[]; // what the protocol does not say
}

export type Verdict = "ok" | "not_cleared" | "amber" | "red";

export interface Result {
	result: Verdict;
	why: string[];
}

type BP = [number, number];

const GRAVITY: Record<Verdict, number> = { ok: 0, not_cleared: 1, amber: 2, red: 3 };
const VITALS: Record<string, string> = { bp: "blood pressure", hr: "pulse", spo2: "oxygen saturation", rr: "breathing", moaas: "sedation (MOAA/S)", temp: "temperature" };
const FIELD: Record<string, string> = { hr: "pulse", spo2: "oxygen", rr: "breaths", moaas: "moaas", temp: "warmth" };

const thousandths = (n: number): number => Math.round(n * 1000);

export function met(b: Bound, value: number): boolean {
	const [v, l] = [thousandths(value), thousandths(b.value)];
	switch (b.op) {
		case ">": return v > l;
		case "≥": return v >= l;
		case "<": return v < l;
		case "≤": return v <= l;
	}
	return true; // a limit that nobody understands is never a reason to go on
}

const pressureOf = (v: Body): BP | undefined => {
	const [s, d] = [number(v, "systolic"), number(v, "diastolic")];
	return s !== undefined && d !== undefined ? [s, d] : undefined;
};

interface Known {
	bp?: BP;
	repeat?: BP;
	of: Record<string, number | undefined>;
	symptoms: string[];
	baseline?: BP;
}

// before tells whether a reading was taken before the dose, and not before what
// the practice knew of the day already.
const before = (seat: Seat, taken: number, dose: number | undefined): boolean => (dose === undefined || taken < dose) && !(seat.baseline?.at && taken < at(seat.baseline.at));

function baseline(t: Timeline, seat: Seat): BP | undefined {
	const dose = dosed(t);
	let out: BP | undefined = seat.baseline?.bp ?? undefined;
	for (const r of vitals(t)) if (before(seat, r.at, dose)) out = pressureOf(r.body) ?? out;
	return out;
}

function grave(seat: Seat, base: BP | undefined, bp: BP | undefined): boolean {
	if (!bp) return false;
	return (seat.limits?.limits ?? []).some((b) => {
		const i = ["systolic", "diastolic"].indexOf(b.sign);
		if (i < 0 || b.level !== "red" || (b.rise && !base)) return false;
		return met(b, b.rise ? bp[i]! - base![i]! : bp[i]!);
	});
}

// pressure is the last blood pressure after the dose and, where it repeats
// another, the other.
function pressure(t: Timeline, seat: Seat, base: BP | undefined, from: number): { last?: { id: string; at: number; bp: BP }; of?: BP } {
	const dose = dosed(t);
	const all = vitals(t).filter((r) => pressureOf(r.body));
	const counted = all.filter((r) => (dose === undefined || r.at >= dose) && r.at >= from);
	const l = counted.at(-1);
	if (!l) return {};
	const out = { last: { id: l.id, at: l.at, bp: pressureOf(l.body)! } };
	const repeats = words(l.body, "repeats");
	const first = repeats ? all.find((r) => r.id === repeats) : undefined;
	if (first) return { ...out, of: pressureOf(first.body)! };
	const one = counted.at(-2);
	if (one && grave(seat, base, pressureOf(one.body))) return { ...out, of: pressureOf(one.body)! };
	return out;
}

// owed is the blood pressure that waits for its repeated reading.
export function owed(t: Timeline, seat: Seat, now: number): { of: string; at: number; until?: number; late: boolean } | undefined {
	if (!seat.limits?.repeat.includes("bp") || over(t) !== undefined) return undefined;
	const base = baseline(t, seat);
	const p = pressure(t, seat, base, -Infinity);
	if (!p.last || p.of || !grave(seat, base, p.last.bp)) return undefined;
	const within = seat.limits.within_min;
	if (within === undefined) return { of: p.last.id, at: p.last.at, late: false };
	const until = p.last.at + within * 60_000;
	return { of: p.last.id, at: p.last.at, until, late: now > until };
}

function known(t: Timeline, seat: Seat, from: number | undefined): Known {
	const dose = dosed(t) ?? 0;
	const base = baseline(t, seat);
	const k: Known = { of: {}, symptoms: symptoms(t), ...(base ? { baseline: base } : {}) };
	const take = (body: Body) => {
		k.bp = pressureOf(body) ?? k.bp;
		for (const [sign, field] of Object.entries(FIELD)) k.of[sign] = number(body, field) ?? k.of[sign];
	};
	if (from === undefined) {
		for (const sign of ["hr", "spo2", "rr", "moaas", "temp"] as const) k.of[sign] = seat.baseline?.[sign] ?? undefined;
		for (const r of vitals(t)) if (before(seat, r.at, dose)) take(r.body);
		if (base) k.bp = base;
	}
	for (const r of vitals(t)) if (r.at >= dose && (from === undefined || r.at >= from)) take(r.body);
	const p = pressure(t, seat, base, from ?? -Infinity);
	if (p.last && p.of) [k.bp, k.repeat] = [p.of, p.last.bp];
	return k;
}

// judge is what the limits say of all that is known now; nothing before the first
// dose, when the gate has spoken.
export function judge(t: Timeline, seat: Seat, vocabulary: Vocabulary | undefined, now: number): Result | null {
	if (dosed(t) === undefined || !seat.limits) return null;
	const from = since(t, seat.observation, now);
	let out = weigh(known(t, seat, from), seat, vocabulary);
	if (from !== undefined) out = graver(out, weigh(known(t, seat, undefined), seat, vocabulary));
	const o = owed(t, seat, now);
	if (o?.late) out.why.push(`the repeated reading is over its ${seat.limits.within_min} minutes`);
	if (t.waiting.length) out = graver(out, { result: "not_cleared", why: ["entries of a device are still to come"] });
	return out;
}

function graver(a: Result, b: Result): Result {
	if (GRAVITY[b.result] > GRAVITY[a.result]) [a, b] = [b, a];
	return { result: a.result, why: [...a.why, ...b.why.filter((w) => !a.why.includes(w))] };
}

function weigh(k: Known, seat: Seat, vocabulary: Vocabulary | undefined): Result {
	const limits = seat.limits!;
	const found: { result: Verdict; why: string }[] = [];
	const add = (result: Verdict, why: string) => found.some((f) => f.why === why) || found.push({ result, why });
	for (const s of k.symptoms) add(limits.symptoms.includes(s) ? "red" : "amber", "symptom: " + (vocabulary?.symptoms.find((o) => o.value === s)?.label ?? s).toLowerCase());
	for (const v of limits.mandatory) if (v === "bp" ? !k.bp && !k.repeat : k.of[v] === undefined) add("not_cleared", "missing: " + (VITALS[v] ?? v));
	if (limits.baseline && (k.bp || k.repeat) && !k.baseline) add("not_cleared", "missing: the baseline of the blood pressure");
	for (const why of limits.open) add("not_cleared", why);
	for (const sign of ["systolic", "diastolic"]) pressures(sign, k, limits, add);
	for (const sign of ["hr", "spo2", "rr", "moaas"]) {
		const v = k.of[sign];
		if (v !== undefined) for (const f of against(limits.limits, sign, v, undefined)) add(f.result, f.why);
	}
	found.sort((a, b) => GRAVITY[b.result] - GRAVITY[a.result]);
	return { result: found[0]?.result ?? "ok", why: found.map((f) => f.why) };
}

function pressures(sign: string, k: Known, limits: Limits, add: (r: Verdict, why: string) => unknown): void {
	const i = sign === "systolic" ? 0 : 1;
	const base = k.baseline?.[i];
	const all = (p: BP | undefined) => (p ? against(limits.limits, sign, p[i], base) : []);
	const waits = limits.repeat.includes("bp");
	const counted = !waits ? [...all(k.bp), ...all(k.repeat)] : k.repeat ? all(k.repeat) : undefined;
	if (counted) {
		for (const f of counted) add(f.result, f.why);
		return;
	}
	const within = limits.within_min === undefined ? "the time that the protocol does not say yet" : `${limits.within_min} minutes`;
	for (const f of all(k.bp)) add("amber", f.result === "red" ? `${f.why}; amber until a repeat within ${within} confirms it` : f.why);
}

function against(bounds: Bound[], sign: string, v: number, base: number | undefined): { result: "amber" | "red"; why: string }[] {
	const met1 = bounds.filter((b) => b.sign === sign && !(b.rise && base === undefined) && met(b, b.rise ? v - base! : v));
	const worst = met1.some((b) => b.level === "red") ? "red" : "amber";
	return met1.filter((b) => b.level === worst).map((b) => ({
		result: worst,
		why: `${worst}: ` + (b.rise ? `${b.name} ${v} is ${thousandths(v - base!) / 1000} over the baseline of ${base} (${b.op}${b.value})` : `${b.name} ${v} is ${b.op}${b.value}`),
	}));
}

// signsIn are the limits that one reading meets by itself, in words, by sign.
export function signsIn(body: Body, seat: Seat, t: Timeline): Map<string, string> {
	const out = new Map<string, string>();
	const bounds = seat.limits?.limits ?? [];
	const base = baseline(t, seat);
	const note = (key: string, sign: string, v: number | undefined, b: number | undefined) => {
		if (v === undefined || out.get(key)?.startsWith("red")) return;
		const f = against(bounds, sign, v, b)[0];
		if (f) out.set(key, f.result);
	};
	note("bp", "systolic", number(body, "systolic"), base?.[0]);
	note("bp", "diastolic", number(body, "diastolic"), base?.[1]);
	for (const [sign, field] of Object.entries(FIELD)) note(sign, sign, number(body, field), undefined);
	return out;
}

export const lastReading = (t: Timeline): ReturnType<typeof vitals>[number] | undefined => vitals(t).at(-1);
