// Red: the practice's emergency card, and a log. Nothing here advises anything;
// what is said is the card's and the protocol's own.

import { h, id } from "../journal/dom";
import { type Body, words } from "./entry";
import { alarm, symptoms } from "./points";
import type { Card, Option } from "./state";
import { actions, type Panel, type Screen, tap, time } from "./view";

export function card(c: Card | null | undefined): HTMLElement {
	if (!c) return h("section", { class: "card", "aria-label": "Emergency card" }, h("p", {}, "The practice has no emergency card on this device. Call the emergency number of your country, and the prescriber."));
	const all = (words: string[]) => h("ul", {}, ...words.map((s) => h("li", {}, s)));
	const line = (label: string, ...what: (Node | string)[]) => h("div", {}, h("dt", {}, label), h("dd", {}, ...what));
	return h("section", { class: "card", "aria-label": "Emergency card" }, h("dl", {},
		c.number ? line("Call", h("a", { class: "tel", href: "tel:" + c.number.replace(/[^\d+]/g, "") }, c.number)) : null,
		c.address ? line("We are at", all(c.address.split("\n"))) : null,
		c.say?.length ? line("Say", all(c.say)) : null,
		c.on_call?.length ? line("On call", all(c.on_call)) : null,
		c.kit?.length ? line("Here is", all(c.kit)) : null),
		c.note ? h("p", { class: "card-note" }, c.note) : null);
}

// redPanel opens the log; why is what is chosen already.
export const redPanel = (): Panel => ({
	title: "Red",
	draw: (screen) => {
		const { room, seat } = screen;
		const chosen = new Set<string>();
		const open = async () => {
			const list = room.state?.vocabulary.symptoms ?? [];
			for (const code of chosen) await room.add(seat.session, "symptom", { code });
			await room.add(seat.session, "red", chosen.size ? { why: list.filter((o) => chosen.has(o.value)).map((o) => o.label) } : {});
			screen.say("The emergency log is open.");
			screen.close();
		};
		const pick = (o: Option) => {
			const b = tap(o.label, () => {
				const on = !chosen.has(o.value);
				if (on) chosen.add(o.value);
				else chosen.delete(o.value);
				b.setAttribute("aria-pressed", String(on));
			}, "choice");
			b.setAttribute("aria-pressed", "false");
			return b;
		};
		const group = id();
		return h("div", { class: "ask" },
			actions(tap("Open the emergency log now", () => void open(), "alarm"), tap("Close", () => screen.close())),
			card(room.state?.card),
			h("div", { role: "group", "aria-labelledby": group, class: "choices" }, h("p", { class: "choices-label", id: group }, "What is seen (can be left empty)"), h("div", { class: "choices-row" }, ...(room.state?.vocabulary.symptoms ?? []).map(pick))));
	},
});

// symptomPanel notes one of the protocol's list without opening a log, or that it is over.
export const symptomPanel = (): Panel => ({
	title: "Symptom",
	draw: (screen) => {
		const { room, seat } = screen;
		const list = room.state?.vocabulary.symptoms ?? [];
		const name = (code: string) => list.find((o) => o.value === code)?.label ?? code;
		const note = async (body: Body, said: string) => {
			await room.add(seat.session, "symptom", body);
			screen.say(said);
			screen.close();
		};
		const open = symptoms(room.timeline(seat.session));
		return h("div", { class: "ask" },
			open.length ? h("h3", {}, "Not over yet") : null,
			open.length ? h("div", { class: "choices-row" }, ...open.map((code) => tap(`${name(code)}: it is over`, () => note({ code, over: true }, `${name(code)}: it is over.`)))) : null,
			h("h3", {}, "It began now"),
			h("div", { class: "choices-row" }, ...list.filter((o) => !open.includes(o.value)).map((o) => tap(o.label, () => note({ code: o.value }, `${o.label} was taken down.`)))),
			actions(tap("Close", () => screen.close())));
	},
});

// Emergency is the open log, in the place where it cannot be missed.
export class Emergency {
	readonly box = h("section", { class: "emergency", "aria-label": "Emergency", hidden: true });
	private input = h("input", { id: id(), autocomplete: "off" });
	private log = h("ol", { class: "emergency-log" });
	private why = h("p", { class: "emergency-why" });
	private place = h("div", {});
	private shown = "";

	constructor(private screen: () => Screen | null) {
		this.box.append(
			h("h2", { tabindex: "-1" }, "Red: the emergency log is open"), this.why, this.place,
			h("form", { class: "emergency-line", submit: (event: Event) => {
				event.preventDefault();
				void this.line();
			} }, h("div", { class: "field" }, h("label", { for: this.input.id }, "A line of the log"), this.input), h("button", { type: "submit", class: "tap tap-main" }, "Write it down")),
			this.log,
			actions(tap("Close the log: it is calm", () => void this.calm())));
	}

	private async line(): Promise<void> {
		const s = this.screen();
		const text = this.input.value.trim();
		if (!s || !text) return;
		this.input.value = "";
		await s.room.add(s.seat.session, "log", { words: text });
		s.say("The line was taken down.");
	}

	private async calm(): Promise<void> {
		const s = this.screen();
		if (!s) return;
		const text = this.input.value.trim();
		this.input.value = "";
		await s.room.add(s.seat.session, "calm", text ? { words: text } : {});
		s.say("The emergency log is closed.");
	}

	draw(): void {
		const s = this.screen();
		const a = s ? alarm(s.room.timeline(s.seat.session)) : undefined;
		const opened = !!a && this.box.hidden;
		this.box.hidden = !a;
		if (!s || !a) return;
		const why = Array.isArray(a.opened.body.why) ? a.opened.body.why.join("; ") : "";
		this.why.replaceChildren("Opened ", time(a.opened.at), a.opened.name ? ` by ${a.opened.name}` : "", why ? `: ${why}` : "");
		const key = JSON.stringify(s.room.state?.card ?? null);
		if (key !== this.shown) this.place.replaceChildren(card(s.room.state?.card));
		this.shown = key;
		this.log.replaceChildren(...a.log.map((l) => h("li", {}, time(l.at, true), " ", words(l.body, "words") || (Array.isArray(l.body.why) ? l.body.why.join(", ") : "Red again"), l.name ? h("span", { class: "by" }, " " + l.name) : null)));
		if (opened) this.box.querySelector<HTMLElement>("h2")?.scrollIntoView({ block: "start" });
	}
}
