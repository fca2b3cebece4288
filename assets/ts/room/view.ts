// The small pieces that the room's page is made of: large targets, few words.

import { h, id } from "../journal/dom";
import type { Entry } from "./entry";
import type { Room } from "./model";
import type { Seat } from "./state";

// Screen is what a panel may ask of the page that it stands on.
export interface Screen {
	room: Room;
	seat: Seat;
	close(): void;
	say(words: string): void;
	undoable(entry: Entry, words: string): void;
	open(panel: Panel): void;
}

// Panel is one thing to do, in the place of the buttons that lead to it.
export interface Panel {
	title: string;
	draw(screen: Screen): HTMLElement;
}

let clocks: Intl.DateTimeFormat | undefined;

// clock says a time of day.
export function clock(ms: number): string {
	clocks ??= new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
	return clocks.format(ms);
}

export const time = (ms: number, seconds = false): HTMLTimeElement => h("time", { datetime: new Date(ms).toISOString() }, seconds ? clock(ms) + ":" + String(new Date(ms).getSeconds()).padStart(2, "0") : clock(ms));

// elapsed says hours and minutes, as 1:07.
export function elapsed(ms: number): string {
	const m = Math.max(0, Math.floor(ms / 60_000));
	return `${Math.floor(m / 60)}:${String(m % 60).padStart(2, "0")}`;
}

export const tap = (label: string, act: (event: Event) => unknown, kind = ""): HTMLButtonElement => h("button", { type: "button", class: "tap" + (kind ? " tap-" + kind : ""), click: act }, label);

// choices is a row of large buttons of which at most one is pressed; pressing it
// again takes the answer away: what is not known is not answered.
export function choices(label: string, options: [string, string][], chosen: string, pick: (value: string) => void): HTMLElement {
	const name = id();
	const buttons = options.map(([value, words]) => {
		const b = tap(words, () => {
			const on = b.getAttribute("aria-pressed") !== "true";
			for (const other of buttons) other.setAttribute("aria-pressed", "false");
			b.setAttribute("aria-pressed", String(on));
			pick(on ? value : "");
		}, "choice");
		b.setAttribute("aria-pressed", String(value === chosen));
		return b;
	});
	return h("div", { role: "group", class: "choices", "aria-labelledby": name }, h("p", { class: "choices-label", id: name }, label), h("div", { class: "choices-row" }, ...buttons));
}

export function writing(label: string, value = "", hint = "", rows = 3): { box: HTMLElement; area: HTMLTextAreaElement } {
	const area = h("textarea", { id: id(), class: "plain", rows: String(rows), maxlength: "4000", spellcheck: "false", autocomplete: "off" });
	area.value = value;
	const note = hint ? h("p", { class: "hint", id: area.id + "-hint" }, hint) : null;
	if (note) area.setAttribute("aria-describedby", note.id);
	return { area, box: h("div", { class: "field" }, h("label", { for: area.id }, label), note, area) };
}

// Taken is the question when something was, where it is not now.
export class Taken {
	readonly box: HTMLElement;
	private input = h("input", { type: "time", id: id(), autocomplete: "off" });

	constructor() {
		this.box = h("div", { class: "field field-short taken" }, h("label", { for: this.input.id }, "Taken at (empty: now)"), this.input);
	}

	// ms is the time by this device's clock: the last time that the clock said so.
	get ms(): number | undefined {
		const m = this.input.value.match(/^(\d\d):(\d\d)/);
		if (!m) return undefined;
		const d = new Date();
		d.setHours(Number(m[1]), Number(m[2]), 0, 0);
		if (d.getTime() > Date.now() + 60_000) d.setDate(d.getDate() - 1);
		return d.getTime();
	}
}

// forAll is offered where several people are in the room.
export function forAll(screen: Screen, label: string): { box: HTMLElement | null; on: () => boolean } {
	if (screen.room.seats.filter((s) => !s.sealed).length < 2) return { box: null, on: () => false };
	const input = h("input", { type: "checkbox", id: id() });
	return { box: h("div", { class: "option option-large" }, input, h("label", { for: input.id }, label)), on: () => input.checked };
}

export const actions = (...children: (Node | null)[]): HTMLElement => h("p", { class: "room-actions" }, ...children);
