// Vitals by number pad: figures are typed with a thumb, and the next field opens
// by itself when a figure is whole. What is unusual is asked once more; nothing
// is ever refused.

import { h, id } from "../journal/dom";
import { type Entry, number, type Vitals, words } from "./entry";
import { actions, choices, type Panel, type Screen, Taken, tap, writing } from "./view";

interface Field {
	key: keyof Vitals & string;
	label: string;
	unit: string;
	most: number; // beyond it no further figure can follow
	usual: [number, number]; // outside of it a slip of the hand is likelier than the value: it is asked once more
}

// These are about typing. What a value means is the protocol's business alone.
export const FIELDS: readonly Field[] = [
	{ key: "systolic", label: "Systolic", unit: "mmHg", most: 300, usual: [60, 240] },
	{ key: "diastolic", label: "Diastolic", unit: "mmHg", most: 200, usual: [30, 150] },
	{ key: "pulse", label: "Pulse", unit: "per minute", most: 300, usual: [30, 200] },
	{ key: "oxygen", label: "Oxygen", unit: "%", most: 100, usual: [70, 100] },
	{ key: "breaths", label: "Breaths", unit: "per minute", most: 80, usual: [4, 50] },
];

const SCALES: [keyof Vitals & string, string, string[]][] = [
	["moaas", "Sedation, MOAA/S (5 awake, 0 no response)", ["5", "4", "3", "2", "1", "0"]],
	["dissociation", "Dissociation (0 to 3)", ["0", "1", "2", "3"]],
	["nausea", "Nausea (0 to 3)", ["0", "1", "2", "3"]],
];

// whole tells that a further figure would make no value of this field.
export const whole = (f: Field, typed: string): boolean => typed !== "" && Number(typed) * 10 > f.most;

// unusual lists what is asked once more before it is kept.
export function unusual(v: Vitals): string[] {
	const out: string[] = [];
	for (const f of FIELDS) {
		const n = number(v, f.key);
		if (n !== undefined && (n < f.usual[0] || n > f.usual[1])) out.push(`${f.label} ${n} ${f.unit} is unusual.`);
	}
	const [s, d] = [v.systolic, v.diastolic];
	if (s !== undefined && d !== undefined && s <= d) out.push(`Systolic ${s} is not above diastolic ${d}.`);
	if ((s === undefined) !== (d === undefined)) out.push("Only one of the two figures of the blood pressure is there.");
	if (v.warmth !== undefined && (v.warmth < 34 || v.warmth > 41)) out.push(`Temperature ${v.warmth} °C is unusual.`);
	return out;
}

// impossible are the fields whose values no instrument shows. They cannot be kept
// as values; what was typed is kept in words.
export function impossible(v: Vitals): string[] {
	const out = FIELDS.filter((f) => (number(v, f.key) ?? 0) > (f.key === "oxygen" ? 100 : f.key === "breaths" ? 200 : 400)).map((f): string => f.key);
	if (v.systolic !== undefined && v.diastolic !== undefined && v.systolic < v.diastolic) out.push("systolic", "diastolic");
	if (v.warmth !== undefined && (v.warmth < 20 || v.warmth > 46)) out.push("warmth");
	return [...new Set(out)];
}

// inWords moves what is impossible into the note, as it was typed.
export function inWords(v: Vitals): Vitals {
	const out: Vitals = { ...v };
	const typed: string[] = [];
	for (const key of impossible(v)) {
		typed.push(`${(FIELDS.find((f) => f.key === key)?.label ?? "temperature").toLowerCase()} ${number(v, key)}`);
		delete out[key];
	}
	if (typed.length) out.note = [words(v, "note"), `As typed: ${typed.join(", ")}.`].filter(Boolean).join(" ");
	return out;
}

export function vitalsPanel(options: { repeats?: string; corrects?: Entry } = {}): Panel {
	return { title: options.corrects ? "Correct the vitals" : options.repeats ? "Repeat the reading" : "Vitals", draw: (screen) => new Pad(screen, options).box };
}

class Pad {
	readonly box: HTMLElement;
	private inputs: HTMLInputElement[] = [];
	private at = 0;
	private asked = h("div", { class: "asked", role: "alert" });
	private scales = new Map<string, string>();
	private taken = new Taken();
	private note = writing("Note", "", "", 2);
	private warmth = h("input", { inputmode: "decimal", id: id(), autocomplete: "off" });
	private sure = "";

	constructor(
		private screen: Screen,
		private options: { repeats?: string; corrects?: Entry },
	) {
		const before = (options.corrects?.body ?? {}) as Vitals;
		const cells = FIELDS.map((f, n) => this.cell(f, n, number(before, f.key)));
		for (const [key] of SCALES) this.scales.set(key, String(number(before, key) ?? ""));
		this.warmth.value = String(before.warmth ?? "");
		this.note.area.value = words(before, "note");
		this.box = h("form", { class: "pad", autocomplete: "off", submit: (event: Event) => {
			event.preventDefault();
			void this.keep();
		} },
			h("div", { class: "pad-main" }, h("div", { class: "pad-cells" }, ...cells), this.keys()),
			h("div", { class: "pad-scales" }, ...SCALES.map(([key, label, values]) => choices(label, values.map((v) => [v, v]), this.scales.get(key) ?? "", (v) => this.scales.set(key, v)))),
			this.asked,
			actions(h("button", { class: "tap tap-main", type: "submit" }, "Keep the reading"), tap("Close", () => screen.close())),
			h("details", { class: "more" }, h("summary", {}, "Temperature, a note, another time"),
				h("div", { class: "field field-short" }, h("label", { for: this.warmth.id }, "Temperature, °C"), this.warmth), this.note.box, this.taken.box),
		);
		this.box.addEventListener("input", () => this.unask());
		queueMicrotask(() => this.go(0));
	}

	private cell(f: Field, n: number, value: number | undefined): HTMLElement {
		const input = h("input", { id: id(), inputmode: "none", autocomplete: "off", maxlength: "3", "aria-describedby": "", pattern: "[0-9]*" });
		input.value = value === undefined ? "" : String(value);
		const unit = h("span", { class: "unit", id: input.id + "-unit" }, f.unit);
		input.setAttribute("aria-describedby", unit.id);
		input.addEventListener("focus", () => {
			this.at = n;
			input.select();
		});
		input.addEventListener("input", () => {
			input.value = input.value.replace(/\D/g, "");
			if (whole(f, input.value)) this.go(n + 1);
		});
		this.inputs.push(input);
		return h("div", { class: "pad-cell" }, h("label", { for: input.id }, f.label), input, unit);
	}

	private keys(): HTMLElement {
		const key = (label: string, act: () => void, name = label) => {
			const b = tap(label, act, "key");
			b.setAttribute("aria-label", name);
			b.tabIndex = -1; // a keyboard types into the fields
			b.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the cursor
			return b;
		};
		return h("div", { class: "pad-keys", role: "group", "aria-label": "Number pad" },
			...["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((d) => key(d, () => this.type(d))),
			key("⌫", () => this.back(), "Delete"), key("0", () => this.type("0")), key("Next", () => this.go(this.at + 1), "Next field"));
	}

	private type(digit: string): void {
		const input = this.inputs[this.at];
		const f = FIELDS[this.at];
		if (!input || !f) return;
		const over = input.selectionStart === 0 && input.selectionEnd === input.value.length; // all of it is selected: it is replaced
		input.value = ((over ? "" : input.value) + digit).slice(0, 3);
		input.setSelectionRange(input.value.length, input.value.length);
		this.unask();
		if (whole(f, input.value)) this.go(this.at + 1);
	}

	private back(): void {
		const input = this.inputs[this.at];
		if (!input) return;
		if (input.value === "" && this.at > 0) return this.go(this.at - 1);
		input.value = input.value.slice(0, -1);
		input.setSelectionRange(input.value.length, input.value.length);
		this.unask();
	}

	private go(n: number): void {
		const input = this.inputs[n];
		if (input) input.focus();
		else this.box.querySelector<HTMLElement>(".choices button")?.focus();
	}

	private read(): Vitals {
		const v: Vitals = {};
		FIELDS.forEach((f, n) => {
			const typed = this.inputs[n]!.value;
			if (typed !== "") v[f.key] = Number(typed);
		});
		for (const [key, value] of this.scales) if (value !== "") v[key] = Number(value);
		const warmth = Number(this.warmth.value.replace(",", "."));
		if (this.warmth.value.trim() !== "" && !Number.isNaN(warmth)) v.warmth = warmth;
		const note = this.note.area.value.trim();
		if (note) v.note = note;
		const repeats = this.options.repeats ?? words((this.options.corrects?.body ?? {}), "repeats");
		if (repeats && Object.keys(v).length) v.repeats = repeats;
		return v;
	}

	private unask(): void {
		this.sure = "";
		this.asked.replaceChildren();
	}

	private async keep(): Promise<void> {
		const v = this.read();
		if (!Object.keys(v).length) {
			this.asked.replaceChildren(h("p", {}, "Nothing was typed yet."));
			return;
		}
		const odd = unusual(v);
		const key = JSON.stringify(v);
		if (odd.length && this.sure !== key) {
			this.sure = key;
			const cannot = impossible(v).length > 0;
			this.asked.replaceChildren(h("p", {}, odd.join(" ") + (cannot ? " This cannot be a value. Is it what the device shows? It is then kept in words, and counts as not taken." : " Is it so?")), actions(tap(cannot ? "Keep it in words" : "It is so: keep it", () => void this.keep(), "main")));
			this.asked.querySelector("button")?.focus();
			return;
		}
		const taken = this.taken.ms;
		const { corrects } = this.options;
		await this.screen.room.add(this.screen.seat.session, "vitals", inWords(v), { ...(taken !== undefined ? { taken } : {}), ...(corrects ? { supersedes: corrects.id } : {}) });
		this.screen.say(corrects ? "The correction was taken down. Both stay to be seen." : "The reading was taken down.");
		this.screen.close();
	}
}
