// <held-room> is the room's page. It is drawn once and then changed in place, so
// that nobody's finger or cursor loses what it was about to touch.

import { h } from "../journal/dom";
import { eventPanel, musicPanel, notePanel, presentPanel, saidPanel, scalePanel, touchPanel } from "./asks";
import { Caller, Sound, stillCalling } from "./calls";
import { count, saidOf } from "./clock";
import { dosePanel, doses } from "./dose";
import { Awake } from "./awake";
import { type Entry, words } from "./entry";
import { judge } from "./judge";
import { gapOf, lineOf, whatOf } from "./lines";
import { type Line, stands } from "./merge";
import { Room, UNDO } from "./model";
import { vitalsPanel } from "./pad";
import { dosed } from "./points";
import { Emergency, redPanel, symptomPanel } from "./red";
import { Sight } from "./sight";
import type { Seat } from "./state";
import { dueOf, set, Top, verdict } from "./top";
import { elapsed, type Panel, type Screen, tap } from "./view";
import { Look } from "./look";
import { install } from "./worker";

const LINES = 40; // of the timeline, before somebody asks for all of it

export class HeldRoom extends HTMLElement {
	room!: Room;
	private current = "";
	private top!: Top;
	private caller!: Caller;
	private emergency!: Emergency;
	private sight!: Sight;
	private awake = new Awake(() => this.room?.live.open && this.room.seats.some((s) => !s.ended && !s.sealed));
	private sound = new Sound();
	private all = false;
	private open: Panel | null = null;
	private undoing: { entry: Entry; until: number } | null = null;
	private heading = h("h1", { class: "room-title" }, "The medicine room");
	private status = h("p", { class: "room-status", role: "status" });
	private standing = h("p", { class: "room-standing" });
	private warn = h("div", { class: "room-warn", role: "alert" });
	private strip = h("nav", { class: "strip", "aria-label": "People in this room", hidden: true });
	private undo = h("div", { class: "undo", role: "status" });
	private doing = h("section", { class: "doing", "aria-label": "Write down" });
	private list = h("ol", { class: "lines" });
	private gaps = h("div", {});
	private more = tap("Show all of it", () => {
		this.all = true;
		this.draw();
	}, "quiet");
	private shown = { doing: "", strip: "", list: "", warn: "" };

	async connectedCallback(): Promise<void> {
		const session = this.getAttribute("session") || location.pathname.split("/")[2] || "";
		this.current = session;
		this.spellcheck = false;
		this.room = await Room.open(session, this.getAttribute("state"));
		this.removeAttribute("state");
		this.top = new Top(this.room);
		this.caller = new Caller(this.room, () => this.screen(), this.sound);
		this.emergency = new Emergency(() => this.screen());
		this.build();
		this.sight = new Sight(this, this.top.box, this.caller.box, () => this.open !== null || !this.emergency.box.hidden);
		this.sight.start();
		this.room.addEventListener("change", () => this.draw());
		addEventListener("pageshow", () => void this.wake());
		document.addEventListener("visibilitychange", () => document.hidden || void this.wake());
		addEventListener("online", () => void this.wake());
		addEventListener("offline", () => this.draw());
		setInterval(() => this.tick(), 1000);
		setInterval(() => void this.room.clock(), 5 * 60_000);
		this.draw();
		this.caller.elsewhere.start();
		void install();
		void navigator.storage?.persist?.();
		if (!this.room.fresh) await this.room.ask();
		this.room.live.start(this.room.state?.cursor);
		await this.room.clock();
		performance.mark("held-room-open");
	}

	private wake(): Promise<void> {
		void this.awake.keep();
		this.room.queue.now();
		if (!this.room.live.open) this.room.live.start();
		return this.room.clock();
	}

	private screen(): Screen | null {
		const seat = this.room.seat(this.current) ?? this.room.seats[0];
		if (!seat) return null;
		return {
			room: this.room, seat,
			close: () => this.show(null),
			open: (panel) => this.show(panel),
			say: (said) => {
				this.status.textContent = said;
			},
			undoable: (entry, said) => this.offer(entry, said),
		};
	}

	private build(): void {
		const look = new Look();
		const sound = tap("", () => {
			this.sound.choose(!this.sound.on);
			label();
		}, "quiet");
		const label = () => {
			sound.textContent = this.sound.on ? "Sound: on" : "Sound: off";
			sound.setAttribute("aria-pressed", String(this.sound.on));
		};
		label();
		this.replaceChildren(
			h("div", { class: "room-bar" }, h("div", { class: "room-bar-words" }, this.heading, this.standing), sound, look.button),
			this.warn, this.strip, this.emergency.box, this.top.box, this.top.wishes, this.caller.box, this.undo, this.top.values, this.doing, this.status,
			h("section", { class: "timeline", "aria-label": "Timeline" }, h("h2", {}, "Timeline"), this.gaps, this.list, this.more),
		);
	}

	private show(panel: Panel | null): void {
		this.open = panel;
		this.toggleAttribute("data-doing", panel !== null);
		// What is being written stands above what was: a pad is in reach of a thumb.
		if (panel) this.undo.after(this.doing);
		else this.top.values.after(this.doing);
		this.shown.doing = "";
		this.drawDoing(true);
	}

	private apart = Date.now() - performance.now();

	private tick(): void {
		const apart = Date.now() - performance.now();
		if (Math.abs(apart - this.apart) > 1_000) void this.room.clock(); // this clock was set, or slept
		this.apart = apart;
		const s = this.screen();
		if (!s) return;
		this.top.draw(s.seat);
		this.drawStrip();
		this.drawUndo();
		this.caller.look();
		this.sight.look();
		void this.redden();
	}

	private draw(): void {
		const s = this.screen();
		this.drawWarn();
		this.drawStanding();
		if (!s) return;
		set(this.heading, s.seat.alias || s.seat.title);
		document.title = "Medicine room";
		this.top.draw(s.seat);
		this.emergency.draw();
		this.drawStrip();
		this.drawUndo();
		this.drawDoing();
		this.drawLines(s);
		this.caller.look();
		this.sight.look();
	}

	// redden opens the log where a reading that was taken on this device is red: of
	// several devices one does it, the one that has the reading.
	private reddened = new Set<string>();

	private async redden(): Promise<void> {
		for (const seat of this.room.seats) {
			const t = this.room.timeline(seat.session);
			const r = judge(t, seat, this.room.state?.vocabulary, this.room.now());
			const cause = t.entries.filter((l) => stands(l) && (l.kind === "vitals" || l.kind === "symptom" || l.kind === "scale")).at(-1);
			if (r?.result !== "red" || !cause || cause.device !== this.room.device || this.reddened.has(cause.id)) continue;
			this.reddened.add(cause.id);
			if (t.entries.some((l) => l.kind === "red" && l.at >= cause.at)) continue;
			await this.room.add(seat.session, "red", { why: r.why.filter((w) => w.startsWith("red:") || w.startsWith("symptom:")).map((w) => w.replace("red: ", "")) });
		}
	}

	private drawStanding(): void {
		const { queue, live, fresh } = this.room;
		const n = queue.length;
		const waits = n ? `Waiting to be sent: ${n}.` : "";
		const connected = live.open && navigator.onLine && queue.standing !== "away";
		const link = connected ? "Connected." : fresh ? "No connection just now: what is written here is kept on this device." : "Opened without a connection: what is written here is kept on this device.";
		const here = live.here.length > 1 ? `On ${count(live.here.length, "device")}.` : "";
		set(this.standing, [link, waits, queue.standing === "sent" && connected ? "Everything here is with the practice." : "", here].filter(Boolean).join(" "));
		this.standing.dataset.waits = String(n);
	}

	private drawWarn(): void {
		const out: string[] = [];
		const { room } = this;
		if (room.broken) out.push(`${room.broken} What you write now stands on this page alone until it is sent. Please leave the page open, and write on paper as well.`);
		if (room.queue.standing === "signed-out") out.push("The practice asks you to sign in again on this device. What was written is kept here and sent afterwards.");
		if (room.queue.standing === "refused") out.push(`The practice does not take what is sent: ${room.queue.why || "it did not say why"} It is kept on this device.`);
		const others = room.queue.others;
		for (const name of new Set(others)) out.push(`${name} wrote ${count(others.filter((o) => o === name).length, "line")} on this device that the practice does not have yet. They are sent when ${name} signs in here and opens the room.`);
		if (room.refusals.size) out.push(`${count(room.refusals.size, "entry").replace("entrys", "entries")} of this device ${room.refusals.size === 1 ? "was" : "were"} not taken by the practice. The timeline says which, and why.`);
		if (room.closed) out.push(room.closed);
		if (!room.state && !room.closed) out.push("This device does not know this room yet, and there is no connection to ask. Please write on paper until there is one.");
		if (room.state && this.awake.why) out.push(this.awake.why);
		const clock = room.measured ? saidOf(room.measured) : "";
		if (clock) out.push(clock);
		const key = JSON.stringify(out);
		if (key === this.shown.warn) return;
		this.shown.warn = key;
		this.warn.replaceChildren(...out.map((w) => h("p", {}, w)), ...(room.broken || !room.state ? [h("p", {}, h("a", { href: "/room/paper" }, "A sheet of paper for a session"))] : []), ...(room.queue.standing === "signed-out" || (room.closed && !room.state) ? [h("p", {}, h("a", { href: "/sign-in?next=" + encodeURIComponent(location.pathname) }, "Sign in"))] : []));
	}

	private drawStrip(): void {
		const { seats } = this.room;
		this.strip.hidden = seats.length < 2;
		if (seats.length < 2) return;
		const rows = seats.map((s) => ({ session: s.session, text: this.stripOf(s), current: s.session === (this.screen()?.seat.session ?? "") }));
		const key = JSON.stringify(rows);
		if (key === this.shown.strip) return;
		this.shown.strip = key;
		const focused = this.strip.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.session : undefined;
		this.strip.replaceChildren(...rows.map((r) => {
			const b = h("button", { type: "button", class: "tap strip-seat", "data-session": r.session, click: () => this.go(r.session) }, h("span", { class: "strip-name" }, r.text[0]!), ...r.text.slice(1).map((w) => h("span", { class: "strip-word" }, w)));
			if (r.current) b.setAttribute("aria-current", "true");
			return b;
		}));
		if (focused) this.strip.querySelector<HTMLElement>(`[data-session="${focused}"]`)?.focus();
	}

	private stripOf(s: Seat): string[] {
		const t = this.room.timeline(s.session);
		const dose = dosed(t);
		const r = judge(t, s, this.room.state?.vocabulary, this.room.now());
		const said = r && (r.result === "amber" || r.result === "red") ? verdict(r) : "";
		return [s.alias || s.title, dose === undefined ? "No dose yet" : elapsed(this.room.now() - dose), dueOf(this.room, s), said, stillCalling(this.room, s).length ? "Calling" : ""].filter(Boolean);
	}

	private go(session: string): void {
		if (session === this.current) return;
		this.current = session;
		this.all = false;
		this.shown.doing = this.shown.list = "";
		this.show(null);
		this.draw();
		this.status.textContent = `Now: ${this.screen()?.seat.alias || this.screen()?.seat.title || ""}`;
	}

	private offer(entry: Entry, said: string): void {
		this.undoing = { entry, until: Date.now() + UNDO };
		const left = h("span", { "aria-hidden": "true" });
		const button = tap("Take it back", () => {
			this.undoing = null;
			this.undo.replaceChildren();
			void this.room.undo(entry).then(() => {
				this.status.textContent = "It was taken back. Both stay to be seen.";
			});
		}, "main");
		this.undo.replaceChildren(h("p", {}, said, " ", left), button);
		this.drawUndo();
		queueMicrotask(() => {
			button.focus({ preventScroll: true });
			this.sight.settles(() => (this.undo.firstElementChild ? this.undo : null));
		});
	}

	private drawUndo(): void {
		if (!this.undoing) return;
		const left = Math.ceil((this.undoing.until - Date.now()) / 1000);
		if (left <= 0) {
			this.undoing = null;
			this.undo.replaceChildren();
			return;
		}
		const span = this.undo.querySelector("span");
		if (span) set(span, `${left} s`);
	}

	private drawDoing(moved = false): void {
		const s = this.screen();
		if (!s) return;
		const given = doses(this.room.timeline(s.seat.session).entries).length;
		const key = JSON.stringify([s.seat.session, this.open?.title, given, s.seat.sealed, s.seat.order, this.room.seats.length]);
		if (key === this.shown.doing || (this.open && !moved && this.shown.doing)) return;
		this.shown.doing = key;
		if (this.open) {
			const heading = h("h2", { tabindex: "-1" }, this.open.title);
			this.doing.replaceChildren(heading, this.open.draw(s));
			heading.focus({ preventScroll: true });
			this.sight.opens(this.doing);
			this.doing.onkeydown = (event) => {
				if (event.key === "Escape") this.show(null);
			};
			return;
		}
		this.doing.onkeydown = null;
		this.doing.replaceChildren(h("h2", { class: "visually-hidden" }, "Write down"), ...this.buttons(s.seat, given));
		if (!moved) return;
		this.doing.querySelector("button")?.focus({ preventScroll: true });
		this.sight.settles(() => this.doing.querySelector("button"));
	}

	private buttons(seat: Seat, given: number): HTMLElement[] {
		const to = (label: string, panel: () => Panel, kind = "") => tap(label, () => this.show(panel()), kind);
		if (seat.sealed) return [h("p", {}, "This session is signed and sealed. What is added now stands beside it."), h("div", { class: "taps" }, to("Addendum", () => notePanel("addendum")))];
		const scales = this.room.state?.vocabulary.scales ?? [];
		const out = [h("div", { class: "taps" },
			to("Vitals", () => vitalsPanel(), "main"),
			given ? to("Booster", () => dosePanel(true)) : to("Dose", () => dosePanel(false), "main"),
			...scales.map((x) => to(x.title, () => scalePanel(x))),
			to("They say", () => saidPanel()), to("Touch", () => touchPanel()), to("Music", () => musicPanel()), to("Event", () => eventPanel()),
			to("Symptom", () => symptomPanel()), to("Who is here", () => presentPanel()), to("Note", () => notePanel("note")),
			given ? to("Another dose", () => dosePanel(false)) : null,
			to("Red", () => redPanel(), "alarm"))];
		if (this.room.seats.length > 1) out.push(h("div", { class: "taps taps-all", role: "group", "aria-label": "For everybody in the room" }, h("p", {}, "For everybody"),
			...([["start", "Music begins"], ["change", "Music changes"], ["stop", "Music stops"]] as const).map(([action, label]) => tap(label, async () => {
				await this.room.add(seat.session, "music", { action }, { all: true });
				this.status.textContent = `${label}, for everybody in the room.`;
			}))));
		return out;
	}

	private drawLines(s: Screen): void {
		const t = this.room.timeline(s.seat.session);
		const lines = [...t.entries].reverse();
		const shown = this.all ? lines : lines.slice(0, LINES);
		const key = JSON.stringify([s.seat.session, this.all, t.waiting, [...this.room.refusals.keys()], t.entries.map((l) => [l.id, l.marks, l.superseded_by, l.undone_by, words(l.body, "words"), this.room.waiting(l.id)])]);
		if (key === this.shown.list) return;
		this.shown.list = key;
		const focused = this.list.contains(document.activeElement) ? document.activeElement!.closest<HTMLElement>("[data-id]")?.dataset.id : undefined;
		const by = new Map(t.entries.map((l) => [l.id, l]));
		this.list.replaceChildren(...shown.map((l) => lineOf(l, {
			state: this.room.state, own: this.room.device, find: (id) => by.get(id), waits: this.room.waiting,
			...(s.seat.sealed ? {} : { correct: (x: Line) => this.correct(x) }),
		})));
		this.gaps.replaceChildren(...this.room.untaken(s.seat.session).map((e) => h("p", { class: "room-gap room-untaken" }, `Not taken by the practice: ${whatOf(e, this.room.state, (id) => by.get(id))}. ${this.room.refusals.get(e.id) ?? ""}`)), ...t.waiting.map((g) => h("p", { class: "room-gap" }, gapOf(g))));
		this.more.hidden = shown.length === lines.length;
		if (focused) this.list.querySelector<HTMLElement>(`[data-id="${focused}"] button`)?.focus();
	}

	private correct(l: Line): void {
		const scale = this.room.state?.vocabulary.scales?.find((x) => x.instrument === l.body.instrument);
		const panel = l.kind === "dose" ? dosePanel(l.body.booster === true, l) : l.kind === "vitals" ? vitalsPanel({ corrects: l }) : l.kind === "said" ? saidPanel(l)
			: l.kind === "touch" ? touchPanel(l) : l.kind === "music" ? musicPanel(l) : l.kind === "event" ? eventPanel(l) : l.kind === "scale" && scale ? scalePanel(scale, l) : l.kind === "note" ? notePanel("note", l) : null;
		if (panel) this.show(panel);
	}
}
