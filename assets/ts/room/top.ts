// What is always to be seen: how long ago the dose was, what is due next, the last
// values with their trend, and what the person wishes.

import { h } from "../journal/dom";
import { count } from "./clock";
import { judge, lastReading, owed, type Result, signsIn } from "./judge";
import type { Room } from "./model";
import { dosed, inRoom, last, next, points, type Value, went } from "./points";
import type { Seat } from "./state";
import { clock, elapsed, time } from "./view";

const PHASES: Record<string, string> = { recovery: "Recovery", ended: "The session has ended", left_against_advice: "Left against advice", not_given: "The medicine was not given" };

// dueOf says in words what is due next.
export function dueOf(room: Room, seat: Seat): string {
	const now = room.now();
	const t = room.timeline(seat.session);
	if (seat.sealed) return "Sealed: addenda only";
	if (dosed(t) === undefined) return "Readings are due from the dose on";
	const all = points(t, seat.observation, now);
	const p = next(all);
	if (!p) return all.length ? "No further reading is due" : "The protocol names no reading";
	const min = Math.round((p.at - now) / 60_000);
	if (p.state === "late") return `The reading of minute ${p.min} is late`;
	if (p.state === "due") return `The reading of minute ${p.min} is due now`;
	return `Next reading ${min < 1 ? "in less than a minute" : `in ${count(min, "minute")}`}, at ${clock(p.at)} (minute ${p.min})`;
}

// verdict says what the protocol's limits say; nothing is ever said to be well.
export function verdict(r: Result | null): string {
	switch (r?.result) {
		case "red": return "Red by the protocol";
		case "amber": return "Amber by the protocol";
		case "not_cleared": return "Not everything is known";
		case "ok": return "No limit of the protocol is reached";
		default: return "";
	}
}

const TRENDS: Record<Value["trend"], [string, string]> = { up: ["↑", "up from"], down: ["↓", "down from"], same: ["→", "as before,"], "": ["", ""] };

export class Top {
	readonly box = h("section", { class: "now", "aria-label": "Now" });
	readonly values = h("section", { class: "values", "aria-label": "Last values" });
	readonly wishes = h("section", { class: "wishes", "aria-label": "Their preferences" });
	private clockLine = h("p", { class: "elapsed", role: "timer", "aria-label": "Since the dose" });
	private since = h("p", { class: "elapsed-since" });
	private due = h("p", { class: "due" });
	private state = h("p", { class: "verdict" });
	private why = h("ul", { class: "verdict-why", hidden: true });
	private here = h("p", { class: "here" });
	private wish = h("p", { class: "wish-line" }); // while something is written below, the first of what they wish
	private shown = { values: "", wishes: "", why: "" };

	constructor(private room: Room) {
		this.box.append(h("div", { class: "now-time" }, this.clockLine, this.since), h("div", { class: "now-words" }, this.due, this.state, this.why, this.here, this.wish));
	}

	draw(seat: Seat): void {
		const now = this.room.now();
		const t = this.room.timeline(seat.session);
		const dose = dosed(t);
		set(this.clockLine, dose === undefined ? "–:––" : elapsed(now - dose));
		const { phase } = went(t);
		set(this.since, dose === undefined ? "No dose yet" : `since the dose at ${clock(dose)}${phase ? `. ${PHASES[phase] ?? phase}` : ""}`);
		set(this.due, dueOf(this.room, seat));
		const r = judge(t, seat, this.room.state?.vocabulary, now);
		set(this.state, verdict(r));
		this.state.dataset.level = r?.result ?? "";
		const why = r && r.result !== "ok" ? r.why : [];
		if (this.shown.why !== (this.shown.why = JSON.stringify(why))) {
			this.why.hidden = !why.length;
			this.why.replaceChildren(...why.map((w) => h("li", {}, w)));
		}
		const here = inRoom(t);
		set(this.here, here.length ? `In the room: ${here.map((p) => p.who || "somebody").join(", ")}` : "");
		this.drawValues(seat, now);
		this.drawWishes(seat);
	}

	private drawValues(seat: Seat, now: number): void {
		const t = this.room.timeline(seat.session);
		const all = last(t);
		const reading = lastReading(t);
		const minute = Math.floor(now / 60_000);
		const key = seat.session + minute + JSON.stringify(all);
		if (key === this.shown.values) return;
		this.shown.values = key;
		const flags = reading ? signsIn(reading.body, seat, t) : new Map<string, string>();
		if (flags.get("bp") === "red" && owed(t, seat, now)) flags.set("bp", "amber"); // until it is repeated
		this.values.replaceChildren(h("h2", { class: "visually-hidden" }, "Last values"), all.length
			? h("ul", { class: "value-list" }, ...all.map((v) => this.value(v, now, v.entry === reading?.id ? flags.get(v.sign) : undefined)))
			: h("p", { class: "room-none" }, "No reading was taken in this room yet."));
	}

	private value(v: Value, now: number, flag: string | undefined): HTMLElement {
		const [arrow, said] = TRENDS[v.trend];
		const min = Math.max(0, Math.floor((now - v.at) / 60_000));
		return h("li", { class: "value" + (flag ? " value-" + flag : "") },
			h("span", { class: "value-name" }, v.label),
			h("span", { class: "value-figure" }, v.value, h("span", { class: "unit" }, " " + v.unit)),
			v.trend ? h("span", { class: "value-trend" }, h("span", { "aria-hidden": "true" }, arrow + " "), h("span", { class: "visually-hidden" }, said + " "), h("span", {}, v.before.join(", "))) : h("span", { class: "value-trend" }, "first"),
			h("span", { class: "value-when" }, time(v.at), min < 1 ? ", now" : `, ${min} min ago`),
			flag ? h("span", { class: "value-flag" }, flag) : null);
	}

	private drawWishes(seat: Seat): void {
		const key = seat.session + JSON.stringify(seat.preferences ?? null);
		if (key === this.shown.wishes) return;
		this.shown.wishes = key;
		const all = seat.preferences ?? [];
		this.wish.replaceChildren(...all.slice(0, 3).flatMap((p) => [`${p.asked} `, h("strong", {}, p.words), " "]));
		this.wishes.replaceChildren(h("h2", { class: "visually-hidden" }, "What they wish"), all.length
			? h("dl", { class: "wish-list" }, ...all.map((p) => h("div", {}, h("dt", {}, p.asked), h("dd", {}, p.words))))
			: h("p", { class: "room-none" }, "They have not answered about touch, voice or music. Please ask."));
	}
}

// set changes words only where they differ: what is read aloud is not read again.
export function set(e: HTMLElement, words: string): void {
	if (e.textContent !== words) e.textContent = words;
	e.hidden = words === "";
}
