// Taking a shared entry up at a time together. The practice knows which copy and
// which time, and not what it says.

import { button, day, field, h } from "./dom";
import { attempt } from "./gate";

// Time is a time that is kept, and who will be there.
export interface Time {
	id: string;
	day: string;
	name: string;
	with: string[];
}

export interface Taken {
	file: string;
	with: string;
	time: string;
}

// agendaForm chooses the time at which an entry is to be taken up. keep hears of
// the choice; "" is none.
export function agendaForm(times: Time[], chosen: string, line: HTMLElement, keep: (time: string) => Promise<void>): HTMLElement | "" {
	if (!times.length) return "";
	const earliestFirst = [...times].sort((a, b) => (a.day < b.day ? -1 : 1));
	const select = h("select", {}, h("option", { value: "" }, "No time in particular"), ...earliestFirst.map((t) => h("option", { value: t.id }, `${t.name}, ${day(t.day)}`)));
	select.value = chosen;
	return h("form", { class: "form", "aria-label": "Agenda", novalidate: true, submit: (e) => {
		e.preventDefault();
		void attempt(line, () => keep(select.value));
	} }, field("Take it up at", select, "", true), h("p", { class: "actions" }, h("button", { type: "submit", class: "button-quiet" }, "Keep this")));
}

// only is what stands instead of the whole list, when one time was asked for.
export const only = (name: string, all: () => void): HTMLElement => h("p", { class: "meta" }, `On the agenda of ${name}. `, button("Show all that is shared", all, "text"));
