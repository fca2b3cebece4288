// The room as this page has it: what the practice told, what this device wrote,
// and how the two are brought together. It draws nothing.

import { HANDED } from "../handed";
import { type Measured, measure } from "./clock";
import { type Body, type Entry, iso, type Kind } from "./entry";
import { Queue } from "./queue";
import { type Author, type Kept, Shelf } from "./shelf";
import type { Seat, State } from "./state";
import { Live } from "./live";
import { merge, type Timeline } from "./merge";
import { Away, Closed, Wire } from "./wire";

export const UNDO = 10_000; // how long a tap can be taken back

const TOLD = "held-room-told"; // when the practice last told this device of a room

// handedOver tells whether this device was given to somebody else since then.
function handedOver(): boolean {
	try {
		return Number(localStorage.getItem(HANDED)) > Number(localStorage.getItem(TOLD));
	} catch {
		return false; // storage is forbidden: nothing is kept in it either
	}
}

export interface Extra {
	taken?: number; // typed by somebody: the entry says so
	supersedes?: string;
	all?: boolean; // for every seat of the room
}

export class Room extends EventTarget {
	state: State | null = null;
	fresh = false; // the practice answered since the page was opened
	measured: Measured | null = null;
	shelf: Shelf | null = null;
	queue: Queue;
	live: Live;
	refusals = new Map<string, string>(); // why the practice did not take an entry
	broken = ""; // what this device's storage said when it failed
	closed = ""; // what the practice said when it would not answer
	loose = new Map<string, number>(); // numbers given while there is no storage
	private own = crypto.randomUUID(); // this page as a device, where there is no storage
	private entries = new Map<string, Map<string, Entry>>();
	private merged = new Map<string, Timeline>();

	private constructor(readonly session: string, readonly wire: Wire) {
		super();
		this.queue = new Queue(wire, null, this);
		this.live = new Live(wire, this);
	}

	get device(): string {
		return this.shelf?.device ?? this.own;
	}

	get seats(): Seat[] {
		return this.state?.seats ?? [];
	}

	seat = (session: string): Seat | undefined => this.seats.find((s) => s.session === session);

	// now is the practice's clock, as far as it is known.
	now = (): number => Date.now() + (this.measured?.offset ?? 0);

	timeline(session: string): Timeline {
		let t = this.merged.get(session);
		if (!t) this.merged.set(session, t = merge([...(this.entries.get(session)?.values() ?? [])].filter((e) => !this.refusals.has(e.id))));
		return t;
	}

	// untaken are the entries that the practice refused: they are shown, apart.
	untaken = (session: string): Entry[] => [...(this.entries.get(session)?.values() ?? [])].filter((e) => this.refusals.has(e.id));

	waiting = (id: string): boolean => this.queue.has(id);

	// open finds the room: as it lies on this device, and as the practice told it
	// with the page, where the page came from there.
	static async open(session: string, told: string | null): Promise<Room> {
		const room = new Room(session, new Wire("/room/" + session));
		try {
			room.shelf = await Shelf.open();
			if (told || !handedOver()) room.state = await room.shelf.recall<State>(session);
			else room.closed = "This device was handed over to somebody. What was entered here is kept; sign in again, with a network, to open the room.";
			room.measured = (await room.shelf.clock<Measured>()) ?? null;
		} catch (error) {
			room.breaks(error);
		}
		room.queue = new Queue(room.wire, room.shelf, room);
		room.queue.addEventListener("change", () => room.changed());
		if (told) await room.told(JSON.parse(told) as State);
		else if (room.state) await room.read();
		return room;
	}

	// read takes what lies on this device.
	private async read(): Promise<void> {
		for (const { session } of this.seats) {
			if (this.loaded.has(session)) continue;
			this.loaded.add(session);
			let all: Kept[] = [];
			try {
				all = (await this.shelf?.entries(session)) ?? [];
			} catch (error) {
				this.breaks(error);
			}
			for (const { entry, why, author } of all) {
				this.put(author ? { ...entry, by: author.person, name: author.name } : entry);
				if (author) this.authors.set(entry.id, author);
				if (why) {
					this.refusals.set(entry.id, why);
					this.merged.delete(session);
				}
			}
			const waits = all.filter((k) => k.waits && !this.queue.has(k.entry.id)).map((k) => k.entry);
			if (waits.length) this.queue.add(waits);
		}
	}

	// ask hears the whole state from the practice.
	async ask(): Promise<void> {
		try {
			await this.told(await this.wire.state<State>());
			this.queue.now();
		} catch (error) {
			if (error instanceof Closed) this.closed = error.message || "The practice did not open this room.";
			else if (!(error instanceof Away)) this.breaks(error);
		}
		this.changed();
	}

	private loaded = new Set<string>(); // the sessions that were read from this device

	private async told(state: State): Promise<void> {
		this.state = { ...state, seats: state.seats.map((s) => ({ ...s, entries: [] })) };
		this.fresh = true;
		this.closed = "";
		try {
			localStorage.setItem(TOLD, String(Date.now()));
		} catch {
			// nothing is kept here, so nothing has to be kept from anybody
		}
		await this.read();
		for (const s of state.seats) this.hear(s.entries);
		if (!this.shelf) return;
		try {
			for (const s of state.seats) {
				const mine = s.entries.filter((e) => e.device === this.device).reduce((n, e) => Math.max(n, e.seq), 0);
				await this.shelf.counted(s.session, mine);
				await this.shelf.heard(s.entries);
			}
			await this.shelf.remember(this.session, this.state);
			await this.tidy();
		} catch (error) {
			this.breaks(error);
		}
	}

	// tidy takes rooms off this device that are sealed, and that nothing of waits.
	private async tidy(): Promise<void> {
		if (this.queue.length || !this.seats.length || this.seats.some((s) => !s.sealed)) return;
		await this.shelf?.forget(this.seats.map((s) => s.session));
	}

	async clock(): Promise<void> {
		const m = await measure(this.wire);
		if (m) {
			this.measured = m;
			await this.shelf?.clock(m).catch(() => undefined);
		}
		this.merged.clear();
		this.changed();
	}

	// hear takes entries as the practice has them.
	hear(entries: Entry[]): void {
		for (const e of entries) {
			this.put(e);
			this.queue.drop(e.id);
		}
		if (entries.length) this.changed();
	}

	// arrived is what came by the stream: it is kept as well.
	arrived(entries: Entry[]): void {
		this.hear(entries);
		this.shelf?.heard(entries).catch((error: unknown) => this.breaks(error));
	}

	private put(e: Entry): void {
		let all = this.entries.get(e.session);
		if (!all) this.entries.set(e.session, all = new Map());
		const before = all.get(e.id);
		if (before?.n && !e.n) return; // the practice's own copy says more
		all.set(e.id, e);
		this.merged.delete(e.session);
	}

	private authors = new Map<string, Author>(); // of what waits

	author = (e: Entry): Author | undefined => this.authors.get(e.id);

	// mine: what somebody wrote is never sent in another's name.
	mine = (e: Entry): boolean => (this.author(e)?.person ?? this.state?.me.person) === this.state?.me.person;

	// prepare finds out who is signed in before anything is sent.
	async prepare(): Promise<boolean> {
		if (!this.fresh) await this.ask();
		return this.fresh;
	}

	lost(): void {
		this.fresh = false;
	}

	take(entries: Entry[]): void {
		for (const e of entries) this.put(e);
		this.changed();
	}

	refuse(e: Entry, why: string, instead: Entry | null): void {
		const author = this.author(e);
		if (instead && author) this.authors.set(instead.id, author);
		this.refusals.set(e.id, why);
		this.merged.delete(e.session);
		if (instead) this.put(instead);
		this.changed();
	}

	breaks(error: unknown): void {
		this.broken = error instanceof DOMException && error.name === "QuotaExceededError" ? "There is no room left on this device." : "This device's storage does not answer.";
		this.changed();
	}

	// add writes something down. It is on this device's disk before this returns;
	// where the device keeps nothing, that is said, and it stands on the page alone.
	async add(session: string, kind: Kind, body: Body, extra: Extra = {}): Promise<Entry> {
		const entered = Date.now();
		const sessions = extra.all ? this.seats.filter((s) => !s.sealed).map((s) => s.session) : [session];
		const shared = sessions.length > 1 ? crypto.randomUUID() : undefined;
		const make = (seq: (session: string) => number): Entry[] => sessions.map((s) => ({
			id: crypto.randomUUID(), session: s, device: this.device, seq: seq(s), kind,
			taken: iso(extra.taken ?? entered), entered: iso(entered),
			...(this.measured ? { offset: this.measured.offset, error: Math.ceil(this.measured.error) } : {}),
			...(extra.taken !== undefined ? { backdated: true } : {}),
			...(extra.supersedes ? { supersedes: extra.supersedes } : {}),
			...(shared ? { with: shared } : {}),
			body,
		}));
		const me = this.state?.me;
		const author = me ? { person: me.person, name: me.name } : undefined;
		const entries = await this.keep(make, sessions, author);
		for (const e of entries) if (author) this.authors.set(e.id, author);
		for (const e of entries) this.put({ ...e, ...(this.state ? { by: this.state.me.person, name: this.state.me.name, role: this.state.me.role } : {}) });
		this.queue.add(entries);
		this.changed();
		return entries.find((e) => e.session === session) ?? entries[0]!;
	}

	private async keep(make: (seq: (session: string) => number) => Entry[], sessions: string[], author: Author | undefined): Promise<Entry[]> {
		if (this.shelf) {
			try {
				const kept = await this.shelf.write(make, sessions, author);
				if (this.broken) this.broken = "";
				return kept;
			} catch (error) {
				this.breaks(error);
			}
		}
		// The page goes on as a device of its own, so that no number is given twice.
		const device = this.own;
		return make((s) => {
			const n = (this.loose.get(s) ?? 0) + 1;
			this.loose.set(s, n);
			return n;
		}).map((e) => ({ ...e, device }));
	}

	// undo takes a tap back; both stay to be seen.
	async undo(of: Entry): Promise<void> {
		const all = of.with ? [...this.entries.values()].flatMap((m) => [...m.values()]).filter((e) => e.with === of.with && e.kind === of.kind) : [of];
		for (const e of all) await this.add(e.session, "undone", { of: e.id });
	}

	changed = (): boolean => this.dispatchEvent(new Event("change"));
}
