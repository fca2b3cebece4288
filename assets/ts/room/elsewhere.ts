// What calls in another room of somebody's clients, for the screen of this one.
// It names nobody: whoever sits here may see this screen, and need not learn who
// is somewhere else, or how they are.

import { type Called, hear } from "../hear";
import { h } from "../journal/dom";
import { chime, keepSound, soundOn } from "../sound";
import { since } from "../stream";
import type { Room } from "./model";

// Away is one other session in which something calls that nobody has heard.
export interface Away {
	session: string;
	words: string;
}

export class Elsewhere {
	all: Away[] = [];
	alone = ""; // that other rooms cannot be heard, where there may be any
	private others = true; // until it is known that there are none

	constructor(
		private room: Room,
		private changed: () => void,
	) {}

	start(): void {
		hear(() => this.room.state?.me.person ?? "", (rooms, mine) => this.take(rooms, mine), (at) => this.lose(at));
	}

	// lose takes away what was heard last: it may have changed since.
	private lose(at: Date | null): void {
		this.alone = at && this.others ? `Other rooms cannot be heard since ${since(at)}. Whether anything calls there is not known here.` : "";
		if (at) this.all = [];
		this.changed();
	}

	private take(rooms: Called[], mine: boolean): void {
		this.others = rooms.some((r) => !this.room.seat(r.session));
		const calling = rooms.map((r) => ({ session: r.session, calls: r.calls.filter((c) => !c.heard) })).filter((r) => r.calls.length > 0 && !this.room.seat(r.session));
		if (mine && keepSound(calling.flatMap((r) => r.calls.map((c) => c.key))) && soundOn()) chime();
		const where = calling.length > 1 ? "In another room" : "In the other room";
		this.all = calling.map((r) => {
			const [first] = r.calls; // the gravest stands first
			const more = r.calls.length - 1;
			return { session: r.session, words: `${where}: ${first!.says.split(":")[0]}, since ${first!.since}${more ? `, and ${more} more` : ""}.` };
		});
		this.changed();
	}
}

export const unheard = (words: string): HTMLElement => h("div", { class: "call call-away" }, h("p", {}, words));

export const away = (a: Away): HTMLElement => h("div", { class: "call call-away" }, h("p", {}, a.words), h("div", { class: "call-actions" }, h("a", { class: "tap", href: "/room/" + a.session }, "Go to that room")));
