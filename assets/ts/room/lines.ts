// The timeline in words: each line says what, when it was taken and, where that
// differs, entered, by whom, on which device, and what is to be known about it.

import { h } from "../journal/dom";
import { span } from "./clock";
import { at, type Body, type Entry, number, words } from "./entry";
import { amount } from "./dose";
import { FIELDS } from "./pad";
import { type Gap, type Line, type Mark, SERVER, stands } from "./merge";
import type { State } from "./state";
import { time } from "./view";

const MARKS: Record<Mark, string> = {
	conflict: "This entry came twice with different content.",
	clock_jumped: "The clock of its device was set meanwhile: the device wrote it in another order.",
	clock_differs: "The clock of its device is off",
	clock_unmeasured: "The clock of its device was not compared with the practice's.",
	sent_late: "It was sent late",
	waiting: "Something that this device wrote before it is still to come.",
	backdated: "Somebody typed the time.",
	seq_twice: "Its device counted another entry the same.",
	too_late: "It came too late to take the tap back: the tap stands.",
	of_nothing: "What it speaks of is not here.",
	corrected_twice: "Another correction of the same entry stands.",
	unreadable: "It cannot be read.",
};

// markOf says a mark in words.
export function markOf(l: Line, m: Mark): string {
	if (m === "clock_differs") return `${MARKS[m]} by ${span(Math.abs(l.offset ?? 0))}.`;
	if (m === "sent_late" && l.received) return `${MARKS[m]}: ${span(at(l.received) - at(l.entered) - (l.offset ?? 0))} after it was entered.`;
	return MARKS[m];
}

const label = (list: { value: string; label: string }[] | undefined, value: string): string => list?.find((o) => o.value === value)?.label ?? value;

const ANSWERS: Record<string, string> = { yes: "yes", no: "no", stop: "stop", not_now: "not now" };
const MUSIC: Record<string, string> = { start: "begins", change: "changes", stop: "stops" };
const PHASES: Record<string, string> = { recovery: "Recovery begins", ended: "The session has ended", left_against_advice: "They left against advice", not_given: "The medicine was not given" };

export function vitalsIn(v: Body): string {
	const out: string[] = [];
	const [s, d] = [number(v, "systolic"), number(v, "diastolic")];
	if (s !== undefined || d !== undefined) out.push(`BP ${s ?? "–"}/${d ?? "–"}`);
	const short: Record<string, [string, string]> = { pulse: ["HR", ""], oxygen: ["SpO₂", " %"], breaths: ["RR", ""] };
	for (const f of FIELDS) {
		const n = number(v, f.key);
		if (short[f.key] && n !== undefined) out.push(`${short[f.key]![0]} ${n}${short[f.key]![1]}`);
	}
	for (const [key, name] of [["moaas", "MOAA/S"], ["dissociation", "dissociation"], ["nausea", "nausea"]] as const) {
		const n = number(v, key);
		if (n !== undefined) out.push(`${name} ${n}`);
	}
	const w = number(v, "warmth");
	if (w !== undefined) out.push(`${w} °C`);
	return out.join(", ");
}

// whatOf says what an entry is.
export function whatOf(e: Entry, state: State | null, find: (id: string) => Line | undefined): string {
	const b = e.body;
	const w = words(b, "words");
	const and = (s: string) => (w ? `${s}: ${w}` : s);
	switch (e.kind) {
		case "dose": return `${b.booster === true ? "Booster" : "Dose"}: ${amount(b) || "amount not written down"}${words(b, "lot") ? `, lot ${words(b, "lot")}` : ""}`;
		case "undone": {
			const of = find(words(b, "of"));
			return of ? `Taken back: ${whatOf(of, state, () => undefined)}` : "Something was taken back";
		}
		case "vitals": return (b.repeats ? "Repeated: " : "") + [vitalsIn(b), words(b, "note")].filter(Boolean).join(". ");
		case "scale": {
			const scale = state?.vocabulary.scales?.find((s) => s.instrument === b.instrument);
			const answers = (b.answers ?? {}) as Record<string, unknown>;
			return `${scale?.title ?? words(b, "instrument")}: ${Object.entries(answers).map(([k, v]) => {
				const q = scale?.questions.find((x) => x.id === k);
				return q && scale!.questions.length > 1 ? `${q.text} ${v}` : String(v);
			}).join("; ")}`;
		}
		case "event": return and(label(state?.vocabulary.events, words(b, "code")));
		case "symptom": return and(label(state?.vocabulary.symptoms, words(b, "code")) + (b.over === true ? " is over" : ""));
		case "said": return b.gone === true || !w ? "Their words were taken away by them" : `They said: “${w}”`;
		case "touch": return [words(b, "asked") ? `Touch asked: ${words(b, "asked")}` : "Touch asked", words(b, "answer") ? `answer: ${ANSWERS[words(b, "answer")] ?? words(b, "answer")}` : "not answered", w].filter(Boolean).join("; ");
		case "music": return and(`Music ${MUSIC[words(b, "action")] ?? words(b, "action")}`);
		case "present": return `${words(b, "who") || "Somebody"}${words(b, "role") ? ` (${words(b, "role")})` : ""} ${b.action === "left" ? "leaves" : "arrives"}`;
		case "red": return "Red" + (Array.isArray(b.why) && b.why.length ? `: ${b.why.join("; ")}` : "");
		case "log": return `Log: ${w}`;
		case "calm": return and("The emergency log was closed");
		case "ack": return and("A call was heard");
		case "check": return `${label(state?.vocabulary.checks, words(b, "item"))}: ${b.value === true ? "yes" : b.value === false ? "no" : String(b.value ?? "")}${w ? `, ${w}` : ""}`;
		case "phase": return (PHASES[words(b, "to")] ?? words(b, "to")) + (words(b, "why") ? `: ${words(b, "why")}` : "");
		case "signed": return `Signed: ${words(b, "part")}`;
		case "addendum": return `Addendum: ${w}`;
		case "note": return w;
	}
}

export interface Device {
	own: string;
	names: Map<string, string>;
}

// deviceOf names a device by who used it: no two of them look alike by an id alone.
export function deviceOf(l: Line, own: string): string {
	if (l.device === SERVER) return "by Held";
	return l.device === own ? "on this device" : `on device ${l.device.slice(0, 4)}`;
}

export interface Told {
	state: State | null;
	own: string;
	find(id: string): Line | undefined;
	waits(id: string): boolean;
	correct?(l: Line): void;
}

const CORRECTED = ["dose", "vitals", "scale", "event", "touch", "music", "said", "note"];

export function lineOf(l: Line, told: Told): HTMLLIElement {
	const meta: (Node | string)[] = ["taken ", time(l.at, true)];
	if (Math.abs(at(l.entered) - at(l.taken)) >= 1000) meta.push(", entered ", time(at(l.entered) + (l.offset ?? 0), true));
	if (l.name) meta.push(`, ${l.name}`);
	meta.push(", " + deviceOf(l, told.own));
	const notes: string[] = l.marks.map((m) => markOf(l, m));
	if (told.waits(l.id)) notes.unshift("Waiting to be sent.");
	const by = l.superseded_by ? told.find(l.superseded_by) : undefined;
	if (l.superseded_by) notes.push(`Corrected${by ? `: ${whatOf(by, told.state, told.find)}` : ""}.`);
	if (l.undone_by) notes.push("Taken back.");
	if (l.withdrawn) notes.push("A correction says: this never was.");
	if (l.supersedes) {
		const of = told.find(l.supersedes);
		notes.push(`Corrects${of ? `: ${whatOf(of, told.state, told.find)}` : " an earlier entry"}.`);
	}
	if (l.with) notes.push("For several people at once.");
	const item = h("li", { class: "line" + (stands(l) ? "" : " line-past"), "data-id": l.id },
		h("p", { class: "line-what" }, whatOf(l, told.state, told.find)),
		h("p", { class: "line-meta" }, ...meta),
		...notes.map((n) => h("p", { class: "line-note" }, n)));
	if (told.correct && stands(l) && CORRECTED.includes(l.kind)) item.append(h("button", { type: "button", class: "line-correct", "aria-label": `Correct: ${whatOf(l, told.state, told.find)}`, click: () => told.correct!(l) }, "Correct"));
	return item;
}

export const gapOf = (g: Gap): string => `Device ${g.device.slice(0, 4)} has written ${g.to - g.from + 1 === 1 ? "an entry" : `${g.to - g.from + 1} entries`} more than has arrived here. It is still to come.`;
