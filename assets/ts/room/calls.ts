// Calls: a reading that is due or late, a blood pressure to be repeated, a value
// out of its band. They are said on the screen, by a soft sound where somebody
// wants it, and by the device's own buzz where it has one. They go on until
// somebody says that they heard, or has done what was called for.

import { h } from "../journal/dom";
import { away, Elsewhere, unheard } from "./elsewhere";
import { judge, owed } from "./judge";
import { stands } from "./merge";
import type { Room } from "./model";
import { count } from "./clock";
import { alarm, heard, next, points, SIGNS } from "./points";
import type { Seat } from "./state";
import { clock, type Screen, tap } from "./view";
import { vitalsPanel } from "./pad";

export interface Calling {
	of: string; // what it is of: the same on every device
	words: string;
	level: "due" | "late" | "amber" | "red";
	since: number; // heard before this is not heard
	repeats?: string; // the reading that should be repeated
	reading?: boolean;
}

// callsOf are what a seat calls for now, the gravest first.
export function callsOf(room: Room, seat: Seat): Calling[] {
	if (seat.sealed) return [];
	const now = room.now();
	const t = room.timeline(seat.session);
	const out: Calling[] = [];
	const r = judge(t, seat, room.state?.vocabulary, now);
	if (r && (r.result === "amber" || r.result === "red")) {
		const why = r.why.filter((w) => !w.startsWith("missing:"));
		const said = why.map((w) => w.replace(/^(amber|red): /, "")).join("; ");
		if (!(r.result === "red" && alarm(t))) out.push({ of: `${r.result}:${lastTaken(room, seat)}`, since: 0, level: r.result, words: `${r.result === "red" ? "Red" : "Amber"}: ${said}.` });
	}
	const o = owed(t, seat, now);
	if (o) out.push({ of: `repeat:${o.of}`, since: o.late ? (o.until ?? 0) : 0, level: o.late ? "late" : "due", repeats: o.of, words: o.until === undefined ? "Take the blood pressure again." : o.late ? `The blood pressure was to be taken again by ${clock(o.until)}.` : `Take the blood pressure again by ${clock(o.until)}.` });
	const p = next(points(t, seat.observation, now));
	if (p && (p.state === "due" || p.state === "late")) {
		const min = Math.floor((now - p.at) / 60_000);
		out.push({ of: `point:${p.min}`, since: p.state === "late" ? (p.until ?? 0) : 0, level: p.state, reading: true, words: (p.state === "late" ? `The reading of minute ${p.min} is late: it was due ${count(min, "minute")} ago.` : `The reading of minute ${p.min} is due.`) + (p.entries.length ? ` Still missing: ${p.missing.map((m) => SIGNS.find((s) => s.key === m)?.label ?? m).join(", ")}.` : "") });
	}
	return out;
}

const lastTaken = (room: Room, seat: Seat): string => room.timeline(seat.session).entries.filter((l) => stands(l) && (l.kind === "vitals" || l.kind === "symptom" || l.kind === "scale")).at(-1)?.id ?? "";

// stillCalling are those that nobody has said they heard: what is late calls anew.
export const stillCalling = (room: Room, seat: Seat): Calling[] => callsOf(room, seat).filter((c) => !heard(room.timeline(seat.session), c.of, c.since));

const SOUND = "held-room-sound";

// Sound is a soft tone, off until somebody chooses it.
export class Sound {
	on = false;
	private context: AudioContext | null = null;

	constructor() {
		try {
			this.on = localStorage.getItem(SOUND) === "on";
		} catch {
			// Storage is forbidden: then it is chosen anew each time.
		}
	}

	choose(on: boolean): void {
		this.on = on;
		try {
			localStorage.setItem(SOUND, on ? "on" : "off");
		} catch {
			// As above.
		}
		if (on) this.play("due");
	}

	play(level: Calling["level"]): void {
		if (navigator.vibrate && navigator.userActivation?.hasBeenActive) navigator.vibrate(level === "red" ? [200, 120, 200, 120, 200] : [120]);
		if (!this.on) return;
		this.context ??= new AudioContext();
		void this.context.resume();
		const times = level === "red" ? 3 : level === "due" ? 1 : 2;
		for (let n = 0; n < times; n++) this.tone(this.context.currentTime + n * 0.7, level === "red" ? 523.25 : 392);
	}

	private tone(when: number, pitch: number): void {
		const c = this.context!;
		const [tone, loud] = [c.createOscillator(), c.createGain()];
		tone.frequency.value = pitch;
		loud.gain.setValueAtTime(0, when);
		loud.gain.linearRampToValueAtTime(0.18, when + 0.08);
		loud.gain.exponentialRampToValueAtTime(0.001, when + 0.6);
		tone.connect(loud).connect(c.destination);
		tone.start(when);
		tone.stop(when + 0.65);
	}
}

const AGAIN = 60_000; // how often what nobody has heard is said once more

// Caller shows the calls of the seat that is open, and that something calls in
// another room; it sounds those of all that are here.
export class Caller {
	readonly box = h("section", { class: "calls", "aria-label": "Calls", role: "status" });
	private sounded = new Map<string, number>();
	readonly elsewhere: Elsewhere;
	private shown = "";

	constructor(
		private room: Room,
		private screen: () => Screen | null,
		readonly sound: Sound,
	) {
		this.elsewhere = new Elsewhere(room, () => this.look());
	}

	look(): void {
		const s = this.screen();
		const now = Date.now();
		for (const seat of this.room.seats) {
			for (const c of stillCalling(this.room, seat)) {
				const key = seat.session + " " + c.of;
				if (now - (this.sounded.get(key) ?? -Infinity) < AGAIN) continue;
				this.sounded.set(key, now);
				this.sound.play(c.level);
			}
		}
		if (!s) return;
		const all = stillCalling(this.room, s.seat);
		const { all: others, alone } = this.elsewhere;
		const key = s.seat.session + JSON.stringify([all, others, alone]);
		if (key === this.shown) return;
		this.shown = key;
		const focused = this.box.contains(document.activeElement) ? document.activeElement!.tagName : "";
		this.box.replaceChildren(...all.map((c) => this.call(c, s)), ...others.map(away), ...(alone ? [unheard(alone)] : []));
		if (focused) (this.box.querySelector<HTMLElement>(focused) ?? this.box.querySelector<HTMLElement>("button, a"))?.focus();
	}

	private call(c: Calling, s: Screen): HTMLElement {
		const hear = async () => {
			await s.room.add(s.seat.session, "ack", { of: c.of, words: c.words });
			s.say("Written down: the call was heard.");
		};
		return h("div", { class: "call call-" + c.level }, h("p", {}, c.words),
			h("div", { class: "call-actions" },
				c.repeats ? tap("Repeat it now", () => s.open(vitalsPanel({ repeats: c.repeats! })), "main") : c.reading ? tap("Take it now", () => s.open(vitalsPanel()), "main") : null,
				tap("Heard", () => void hear())));
	}
}
