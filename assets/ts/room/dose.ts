// Doses and boosters: what was ordered, given by one tap, which can be taken back
// for ten seconds. Nothing that was not ordered is offered as an amount.

import { h, id } from "../journal/dom";
import { type Body, type Entry, number, words } from "./entry";
import { type Line, stands } from "./merge";
import type { Order, Seat } from "./state";
import { actions, forAll, type Panel, type Screen, Taken, tap } from "./view";

// amount says a dose as clinicians write it, both ways where both are known.
export function amount(body: Body): string {
	const [mg, per] = [number(body, "mg"), number(body, "mg_per_kg")];
	return [words(body, "medicine"), mg !== undefined ? `${mg} mg` : "", per !== undefined ? `(${per} mg/kg)` : "", words(body, "route")].filter(Boolean).join(" ");
}

export const doses = (lines: Line[]): Line[] => lines.filter((l) => l.kind === "dose" && stands(l));

function bodyOf(order: Order | null | undefined, booster: boolean): Body {
	const mg = booster ? order?.booster_mg : order?.mg;
	return {
		...(order?.id ? { order: order.id } : {}), ...(order?.medicine ? { medicine: order.medicine } : {}), ...(order?.route ? { route: order.route } : {}),
		...(mg !== undefined ? { mg } : {}), ...(!booster && order?.mg_per_kg !== undefined ? { mg_per_kg: order.mg_per_kg } : {}),
		...(order?.lot ? { lot: order.lot } : {}), ...(order?.checked_by ? { checked_by: order.checked_by } : {}),
		...(booster ? { booster: true } : {}),
	};
}

export function ordered(order: Order | null | undefined): HTMLElement {
	if (!order) return h("p", { class: "room-none" }, "No order is here. What was given can be written down all the same.");
	const facts: [string, string | undefined][] = [
		["Ordered", amount({ medicine: order.medicine, mg: order.mg, mg_per_kg: order.mg_per_kg, route: order.route })],
		["Weight", order.weight !== undefined ? `${order.weight} kg${order.weight_taken ? `, of ${order.weight_taken}` : ""}` : undefined],
		["Lot", order.lot && order.expires ? `${order.lot}, expires ${order.expires}` : order.lot],
		["Drawn up, checked by", order.checked_by],
		["Boosters allowed", order.boosters !== undefined ? String(order.boosters) : undefined],
		["By", order.by],
		["In their words", order.words],
	];
	return h("div", {}, h("dl", { class: "facts" }, ...facts.filter(([, v]) => v).map(([k, v]) => h("div", {}, h("dt", {}, k), h("dd", {}, v!)))),
		...(order.alerts ?? []).map((a) => h("p", { class: "room-alert" }, a)));
}

export function dosePanel(booster: boolean, corrects?: Entry): Panel {
	return { title: corrects ? "Correct the dose" : booster ? "Booster" : "Dose", draw: (screen) => draw(screen, booster, corrects) };
}

function draw(screen: Screen, booster: boolean, corrects?: Entry): HTMLElement {
	const { seat } = screen;
	const before = corrects?.body ?? bodyOf(seat.order, booster);
	const taken = new Taken();
	const mg = h("input", { id: id(), inputmode: "decimal", autocomplete: "off" });
	mg.value = String(number(before, "mg") ?? "");
	const lot = h("input", { id: id(), autocomplete: "off" });
	lot.value = words(before, "lot");
	const all = corrects ? { box: null, on: () => false } : forAll(screen, "This dose was given to everybody in the room");
	const asked = h("div", { class: "asked", role: "alert" });
	let sure = "";
	const give = async () => {
		const typed = mg.value.trim().replace(",", ".");
		const value = Number(typed);
		const odd = questions(seat, booster, typed, screen);
		if (!corrects && odd.length && sure !== typed) {
			sure = typed;
			asked.replaceChildren(h("p", {}, odd.join(" ") + " Was it given so?"), actions(tap("It was: write it down", () => void give(), "main")));
			asked.querySelector("button")?.focus();
			return;
		}
		const body: Body = { ...before };
		delete body.mg;
		if (typed !== "" && !Number.isNaN(value)) body.mg = value;
		if (body.mg !== number(before, "mg")) delete body.mg_per_kg; // reckoned from another amount
		if (lot.value.trim()) body.lot = lot.value.trim();
		else delete body.lot;
		const made = await screen.room.add(seat.session, "dose", body, { ...(taken.ms !== undefined ? { taken: taken.ms } : {}), ...(corrects ? { supersedes: corrects.id } : {}), all: all.on() });
		const said = `${booster ? "Booster" : "Dose"} given: ${amount(body) || "amount not written down"}.`;
		if (corrects) screen.say("The correction was taken down. Both stay to be seen.");
		else screen.undoable(made, said);
		screen.close();
	};
	return h("form", { class: "ask", submit: (event: Event) => {
		event.preventDefault();
		void give();
	} },
		ordered(seat.order),
		asked,
		actions(h("button", { class: "tap tap-main", type: "submit" }, corrects ? "Keep the correction" : booster ? "Booster given now" : "Dose given now"), tap("Close", () => screen.close())),
		h("div", { class: "field field-short" }, h("label", { for: mg.id }, "Amount, mg"), mg),
		h("div", { class: "field field-short" }, h("label", { for: lot.id }, "Lot"), lot),
		all.box, taken.box);
}

// questions are what is asked once more about a dose that is not as ordered.
function questions(seat: Seat, booster: boolean, typed: string, screen: Screen): string[] {
	const { order } = seat;
	const out: string[] = [];
	const given = doses(screen.room.timeline(seat.session).entries);
	const want = booster ? order?.booster_mg : order?.mg;
	if (typed === "") out.push("No amount is written.");
	else if (!order) out.push("No order is here.");
	else if (want !== undefined && Number(typed) !== want) out.push(`Ordered were ${want} mg.`);
	if (!booster && given.length) out.push("A dose was written down already.");
	if (booster && !given.length) out.push("No first dose was written down.");
	const boosters = given.filter((l) => l.body.booster === true).length;
	if (booster && order?.boosters !== undefined && boosters >= order.boosters) out.push(`${order.boosters === 0 ? "No booster is" : `Boosters allowed: ${order.boosters}, all`} ordered.`.replace("all ordered", "and as many were given"));
	const first = given[0];
	if (booster && first) {
		const min = (screen.room.now() - first.at) / 60_000;
		if (order?.booster_from_min !== undefined && min < order.booster_from_min) out.push(`It is ordered not before minute ${order.booster_from_min}.`);
		if (order?.booster_to_min !== undefined && min > order.booster_to_min) out.push(`It is ordered not after minute ${order.booster_to_min}.`);
	}
	return out;
}
