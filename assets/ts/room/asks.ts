// What is written down with few words: what somebody says, touch, music, who is
// here, events, scales, notes.

import { h, id } from "../journal/dom";
import { type Body, type Entry, type Kind, words } from "./entry";
import { inRoom } from "./points";
import type { Question, Scale } from "./state";
import { actions, choices, forAll, type Panel, type Screen, Taken, tap, writing } from "./view";

// form is a panel with a body that is read when it is kept. What read gives is
// kept; words instead of it are shown, and nothing is.
function form(screen: Screen, kind: Kind, verb: string, said: string, parts: (Node | null)[], read: () => Body | string, more: { corrects?: Entry; all?: string } = {}): HTMLElement {
	const asked = h("div", { class: "asked", role: "alert" });
	const all = more.all && !more.corrects ? forAll(screen, more.all) : { box: null, on: () => false };
	const taken = new Taken();
	const keep = async (event: Event) => {
		event.preventDefault();
		const body = read();
		if (typeof body === "string") {
			asked.replaceChildren(h("p", {}, body));
			return;
		}
		await screen.room.add(screen.seat.session, kind, body, { ...(taken.ms !== undefined ? { taken: taken.ms } : {}), ...(more.corrects ? { supersedes: more.corrects.id } : {}), all: all.on() });
		screen.say(more.corrects ? "The correction was taken down. Both stay to be seen." : all.on() ? said + " For everybody in the room." : said);
		screen.close();
	};
	return h("form", { class: "ask", submit: (e: Event) => void keep(e) }, ...parts, all.box, asked,
		actions(h("button", { class: "tap tap-main", type: "submit" }, more.corrects ? "Keep the correction" : verb), tap("Close", () => screen.close())), taken.box);
}

export const saidPanel = (corrects?: Entry): Panel => ({
	title: "Words they say",
	draw: (screen) => {
		const w = writing("Their words, as they were said", words(corrects?.body ?? {}, "words"), "They are theirs: they can keep them or have them taken away.", 4);
		queueMicrotask(() => w.area.focus());
		return form(screen, "said", "Keep their words", "Their words were taken down.", [w.box], () => (w.area.value.trim() ? { words: w.area.value.trim() } : "Nothing was written yet."), { ...(corrects ? { corrects } : {}) });
	},
});

export const notePanel = (kind: "note" | "addendum", corrects?: Entry): Panel => ({
	title: kind === "note" ? "Note" : "Addendum",
	draw: (screen) => {
		const w = writing(kind === "note" ? "Note" : "What is added", words(corrects?.body ?? {}, "words"), "", 4);
		queueMicrotask(() => w.area.focus());
		return form(screen, kind, "Keep it", "The note was taken down.", [w.box], () => (w.area.value.trim() ? { words: w.area.value.trim() } : "Nothing was written yet."), { ...(corrects ? { corrects } : {}), all: "For everybody in the room" });
	},
});

export const touchPanel = (corrects?: Entry): Panel => ({
	title: "Touch, asked and answered",
	draw: (screen) => {
		const before = corrects?.body ?? {};
		const asked = h("input", { id: id(), autocomplete: "off" });
		asked.value = words(before, "asked");
		let answer = words(before, "answer");
		const w = writing("In words", words(before, "words"), "", 2);
		return form(screen, "touch", "Keep it", "Touch was taken down.", [
			h("div", { class: "field" }, h("label", { for: asked.id }, "What was asked"), asked),
			choices("Their answer", [["yes", "Yes"], ["no", "No"], ["not_now", "Not now"], ["stop", "Stop"]], answer, (v) => {
				answer = v;
			}), w.box,
		], () => {
			if (!answer && !asked.value.trim()) return "Please write what was asked, or choose the answer.";
			return { ...(asked.value.trim() ? { asked: asked.value.trim() } : {}), ...(answer ? { answer } : {}), ...(w.area.value.trim() ? { words: w.area.value.trim() } : {}) };
		}, { ...(corrects ? { corrects } : {}) });
	},
});

export const musicPanel = (corrects?: Entry): Panel => ({
	title: "Music",
	draw: (screen) => {
		let action = words(corrects?.body ?? {}, "action");
		const w = writing("What is played", words(corrects?.body ?? {}, "words"), "", 2);
		return form(screen, "music", "Keep it", "Music was taken down.", [
			choices("Music", [["start", "Begins"], ["change", "Changes"], ["stop", "Stops"]], action, (v) => {
				action = v;
			}), w.box,
		], () => (action ? { action, ...(w.area.value.trim() ? { words: w.area.value.trim() } : {}) } : "Please choose whether it begins, changes or stops."), { ...(corrects ? { corrects } : {}), all: "For everybody in the room" });
	},
});

export const presentPanel = (): Panel => ({
	title: "Who is in the room",
	draw: (screen) => {
		const { room, seat } = screen;
		const here = inRoom(room.timeline(seat.session));
		const all = forAll(screen, "For everybody in the room");
		const note = async (body: Body, said: string) => {
			await room.add(seat.session, "present", body, { all: all.on() });
			screen.say(said);
			screen.close();
		};
		const who = (p: { person?: string; who?: string; role?: string }): Body => ({ ...(p.person ? { person: p.person } : {}), ...(p.who ? { who: p.who } : {}), ...(p.role ? { role: p.role } : {}) });
		const away = (room.state?.people ?? []).filter((p) => !here.some((x) => x.person === p.person));
		const name = h("input", { id: id(), autocomplete: "off" });
		const role = h("input", { id: id(), autocomplete: "off" });
		const asked = h("div", { class: "asked", role: "alert" });
		return h("form", { class: "ask", submit: (event: Event) => {
			event.preventDefault();
			if (!name.value.trim()) asked.replaceChildren(h("p", {}, "Please write who it is."));
			else void note({ ...who({ who: name.value.trim(), role: role.value.trim() }), action: "arrived" }, `${name.value.trim()} has arrived.`);
		} },
			all.box,
			h("h3", {}, "Here"),
			here.length ? h("div", { class: "choices-row" }, ...here.map((p) => tap(`${p.who || "Somebody"} leaves`, () => note({ ...who(p), action: "left" }, `${p.who} has left.`)))) : h("p", { class: "room-none" }, "Nobody was written down as being here."),
			away.length ? h("h3", {}, "Arrives") : null,
			away.length ? h("div", { class: "choices-row" }, ...away.map((p) => tap(`${p.name} arrives`, () => note({ person: p.person, who: p.name, role: p.role, action: "arrived" }, `${p.name} has arrived.`)))) : null,
			h("h3", {}, "Somebody else"),
			h("div", { class: "field field-short" }, h("label", { for: name.id }, "Who"), name),
			h("div", { class: "field field-short" }, h("label", { for: role.id }, "As what"), role),
			asked,
			actions(h("button", { type: "submit", class: "tap" }, "They arrive"), tap("Close", () => screen.close())));
	},
});

export const eventPanel = (corrects?: Entry): Panel => ({
	title: "Event",
	draw: (screen) => {
		const before = corrects?.body ?? {};
		let code = words(before, "code");
		const w = writing("In words", words(before, "words"), "", 2);
		const events = screen.room.state?.vocabulary.events ?? [];
		return form(screen, "event", "Keep it", "The event was taken down.", [
			choices("What happened", events.map((o) => [o.value, o.label]), code, (v) => {
				code = v;
			}), w.box,
		], () => (code ? { code, ...(w.area.value.trim() ? { words: w.area.value.trim() } : {}) } : "Please choose what happened, or write a note instead."), { ...(corrects ? { corrects } : {}), all: "For everybody in the room" });
	},
});

// scalePanel asks one of the clinicians' scales; what is not answered stays so.
export const scalePanel = (scale: Scale, corrects?: Entry): Panel => ({
	title: scale.title,
	draw: (screen) => {
		const answers = new Map<string, string>(Object.entries((corrects?.body.answers ?? {}) as Record<string, unknown>).map(([k, v]) => [k, String(v)]));
		const ask = (q: Question) => choices(q.text, q.options.map((o) => [o.value, o.label]), answers.get(q.id) ?? "", (v) => (v === "" ? answers.delete(q.id) : answers.set(q.id, v)));
		return form(screen, "scale", "Keep it", `${scale.title} was taken down.`, [...scale.questions.map(ask), scale.credit ? h("p", { class: "hint" }, scale.credit) : null],
			() => (answers.size ? { instrument: scale.instrument, answers: Object.fromEntries([...answers].map(([k, v]) => [k, /^-?\d+(\.\d+)?$/.test(v) ? Number(v) : v])) } : "Nothing was answered yet."), { ...(corrects ? { corrects } : {}) });
	},
});
