// Doses and boosters: what was ordered, given by one tap, which can be taken back
// for ten seconds. Nothing that was not ordered is offered as an amount.

import { h, id } from "../journal/dom";
import { type Body, type Entry, number, words } from "./entry";
import { type Line, stands } from "./merge";
import type { Booster, Order, Seat } from "./state";
import { actions, forAll, type Panel, type Screen, Taken, tap } from "./view";

// NAMES are the medicines as people write them (rules/protocol); each names its route.
const NAMES: Record<string, string> = {
	ketamine_iv: "ketamine, IV", ketamine_im: "ketamine, IM", ketamine_sl: "ketamine, sublingual (lozenge)", ketamine_oral: "ketamine, oral",
	ketamine_in: "ketamine, intranasal", ketamine_rectal: "ketamine, rectal", esketamine: "esketamine, intranasal",
};

// amount says a dose as clinicians write it, both ways where both are known.
export function amount(body: Body): string {
	const [mg, per] = [number(body, "mg"), number(body, "mg_per_kg")];
	const named = NAMES[words(body, "medicine")];
	return [named ? "" : words(body, "medicine"), mg !== undefined ? `${mg} mg` : "", per !== undefined ? `(${per} mg/kg)` : "", named ?? words(body, "route")].filter(Boolean).join(" ");
}

export const doses = (lines: Line[]): Line[] => lines.filter((l) => l.kind === "dose" && stands(l));

// due is the booster that comes next, where one is ordered.
const booster = (seat: Seat, given: Line[]): Booster | undefined => seat.order?.boosters?.[given.filter((l) => l.body.booster === true).length];

function bodyOf(seat: Seat, given: Line[], more: boolean): Body {
	const { order } = seat;
	const what = more ? booster(seat, given) : order;
	return {
		...(order?.id ? { order: order.id } : {}), ...(order?.medicine ? { medicine: order.medicine } : {}), ...(order?.route ? { route: order.route } : {}),
		...(what?.mg !== undefined ? { mg: what.mg } : {}), ...(what?.mg_per_kg !== undefined ? { mg_per_kg: what.mg_per_kg } : {}),
		...(order?.lot ? { lot: order.lot } : {}), ...(order?.checked ? { checked_by: order.checked } : {}),
		...(more ? { booster: true } : {}),
	};
}

const window = (b: Booster): string => [b.from_min !== undefined ? `not before minute ${b.from_min}` : "", b.to_min !== undefined ? `not after minute ${b.to_min}` : ""].filter(Boolean).join(", ");

export function ordered(order: Order | null | undefined): HTMLElement {
	if (!order) return h("p", { class: "room-none" }, "No order is here. What was given can be written down all the same.");
	const facts: [string, string | undefined][] = [
		["Ordered", amount({ ...order })],
		["Weight", order.weight],
		["Lot", order.lot],
		["Drawn up, checked by", order.checked],
		["Boosters ordered", order.boosters?.length ? order.boosters.map((b) => [amount({ ...b }), window(b)].filter(Boolean).join(", ")).join("; ") : "none"],
	];
	return h("div", {}, h("dl", { class: "facts" }, ...facts.filter(([, v]) => v).map(([k, v]) => h("div", {}, h("dt", {}, k), h("dd", {}, v!)))),
		...[...(order.missing ?? []).map((m) => "Not to be given yet: " + m), ...(order.notes ?? [])].map((a) => h("p", { class: "room-alert" }, a)));
}

export function dosePanel(more: boolean, corrects?: Entry): Panel {
	return { title: corrects ? "Correct the dose" : more ? "Booster" : "Dose", draw: (screen) => draw(screen, more, corrects) };
}

function draw(screen: Screen, more: boolean, corrects?: Entry): HTMLElement {
	const { seat } = screen;
	const before = corrects?.body ?? bodyOf(seat, doses(screen.room.timeline(seat.session).entries), more);
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
		const odd = questions(seat, more, typed, number(before, "mg"), screen);
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
		const said = `${more ? "Booster" : "Dose"} given: ${amount(body) || "amount not written down"}.`;
		if (corrects) screen.say("The correction was taken down. Both stay to be seen.");
		else screen.undoable(made, said);
		screen.close();
	};
	const doing = actions(h("button", { class: "tap tap-main", type: "submit" }, corrects ? "Keep the correction" : more ? "Booster given now" : "Dose given now"), tap("Close", () => screen.close()));
	const fields = [h("div", { class: "field field-short" }, h("label", { for: mg.id }, "Amount, mg"), mg), h("div", { class: "field field-short" }, h("label", { for: lot.id }, "Lot"), lot), all.box, taken.box];
	// As ordered it is one tap; where something has to be typed, that comes first.
	return h("form", { class: "ask", submit: (event: Event) => {
		event.preventDefault();
		void give();
	} },
		...(seat.order && !corrects ? [ordered(seat.order), asked, doing, ...fields] : [ordered(seat.order), ...fields, asked, doing]));
}

// questions are what is asked once more about a dose that is not as ordered.
function questions(seat: Seat, more: boolean, typed: string, want: number | undefined, screen: Screen): string[] {
	const out: string[] = [];
	const given = doses(screen.room.timeline(seat.session).entries);
	const next = booster(seat, given);
	if (typed === "") out.push("No amount is written.");
	else if (!seat.order) out.push("No order is here.");
	else if (seat.order.missing?.length) out.push("It was not to be given yet: " + seat.order.missing.join(" "));
	else if (want !== undefined && Number(typed) !== want) out.push(`Ordered were ${want} mg.`);
	if (!more && given.length) out.push("A dose was written down already.");
	if (more && !given.length) out.push("No first dose was written down.");
	if (more && seat.order && !next) out.push("No further booster is ordered.");
	const min = given[0] ? (screen.room.now() - given[0].at) / 60_000 : 0;
	if (more && next?.from_min !== undefined && min < next.from_min) out.push(`It is ordered not before minute ${next.from_min}.`);
	if (more && next?.to_min !== undefined && min > next.to_min) out.push(`It is ordered not after minute ${next.to_min}.`);
	return out;
}
