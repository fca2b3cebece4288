// <held-guard>: does work wait on the day of a medicine session, or the morning
// after? The client's own calendar is read here, in this browser, and forgotten
// with the page: nothing of it is stored, nothing is sent.
//
// It takes a file, pasted text, or an address, which a frame apart fetches: the
// page's own policy lets it ask nobody but the practice, and the practice would
// then have seen every title. An address is kept only where its owner says so,
// and sealed as the journal is.

import { asAddress, fetchCalendar } from "./fetch";
import { readCalendar, type Busy, type Calendar } from "./ics";
import { button, el, field, Part, tongue, unique } from "./parts/part";

export const words = {
	title: "Your working calendar",
	hint: "See whether anything waits for you on those days. Your calendar is read in this browser only; nothing of it is kept or sent. When you close this page, it is forgotten.",
	aFile: "Most calendars have “Export” or “Download” in their settings; the file ends in .ics.",
	byAddress: "Or by its address",
	address: "Your calendar's address",
	addressHint: "It begins with https:// or webcal://, and often is called a secret or private address. Your browser fetches it itself: we do not learn it. Whoever keeps your calendar sees that it was fetched, and not from which page. Many calendars let no page fetch them; then the file is the way.",
	keep: "Keep this address on this device, sealed as your journal is",
	fetch: "Fetch it and look",
	fetching: "It is being fetched…",
	noAddress: "This is no address that can be fetched: it begins with https:// or webcal://, with no name and password in it. Nothing was asked of anybody.",
	away: "Your browser got nothing from there. Either it cannot be reached, or, as with many calendars, it lets no page fetch it; a browser does not say which. Nothing was kept. The calendar's file works with every calendar.",
	status: (n: number) => `There is no calendar to be had at this address: it answered ${n}. Nothing was kept. Please look at the address again, or give the calendar's file.`,
	file: "Choose your calendar's file",
	paste: "Or paste its text",
	look: "Look",
	forget: "Forget this calendar",
	forgotten: "The calendar is forgotten.",
	nothing: "Nothing is in the way.",
	allDay: "all day",
	untitled: "without a title",
	ask: "You may want to move or hand over what stands here, while there is time. Nobody here sees this list.",
	noDays: "There is no day to look at yet.",
	looked: (n: number) => (n === 1 ? "One entry of your calendar was read." : `${n} entries of your calendar were read.`),
	unknown: (zones: string) => `Some entries name a time zone that we do not know (${zones}). They are read as if they were in your own.`,
	unread: (n: number) => (n === 1 ? "One entry could not be read; please look at that one yourself." : `${n} entries could not be read; please look at those yourself.`),
	noCalendar: "This does not look like a calendar. Its file ends in .ics, and its text begins with BEGIN:VCALENDAR. Nothing was kept.",
	tooLarge: "This file is larger than any calendar we know of. Nothing was read. Perhaps you can export one year only.",
};

const largest = 30 << 20;

// Day is one stretch to keep free; label names it with its date. from and to are instants (RFC 3339), or times
// of that day as HH:MM where the reader is.
export interface Day {
	day: string;
	label: string;
	from: string;
	to: string;
}

// Memory is where an address is kept, if it is.
export interface Memory {
	recall(): Promise<string>;
	keep(address: string): Promise<void>; // "" forgets it
}

export class HeldGuard extends Part {
	protected heading = words.title;
	private kept: Day[] = [];
	private calendar: Calendar | null = null;
	private trouble = "";
	private memory: Memory | null = null;
	private known = ""; // the address that is kept
	private typed = "";

	// addresses lets it fetch, and says where an address may be kept.
	set addresses(memory: Memory) {
		this.memory = memory;
		void memory.recall().then((known) => {
			this.known = this.typed = known;
			if (known) this.draw();
		});
	}

	get days(): Day[] {
		return this.kept;
	}
	set days(days: Day[]) {
		this.kept = days;
		this.draw();
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.calendar = null;
	}

	protected show(): void {
		if (!this.kept.length) return this.fill(el("p", { class: "meta" }, words.noDays));
		this.fill(
			el("p", {}, words.hint),
			this.calendar ? this.found(this.calendar) : this.asking(),
			this.trouble ? el("p", { class: "notice notice-care" }, this.trouble) : null,
		);
	}

	private asking(): HTMLElement {
		const input = el("input", { type: "file", accept: ".ics,.ical,.ifb,text/calendar", multiple: true, "data-key": "file" });
		input.addEventListener("change", () => {
			if (input.files?.length) void this.files([...input.files]);
		});
		const area = el("textarea", { class: "plain part-few", rows: 3, "data-key": "paste", spellcheck: "false", autocomplete: "off" });
		return el("div", { class: "part-body" },
			el("div", { class: "part-row" }, el("label", { class: "button part-file" }, words.file, input)),
			field(words.paste, area),
			el("div", { class: "part-row" }, button("look", words.look, () => this.read(area.value))),
			el("p", { class: "hint" }, words.aFile),
			this.memory ? this.byAddress(this.memory) : null);
	}

	private byAddress(memory: Memory): HTMLElement {
		const input = el("input", { type: "url", class: "plain", "data-key": "address", spellcheck: "false", autocomplete: "off", autocapitalize: "none" });
		input.value = this.typed;
		input.addEventListener("input", () => {
			this.typed = input.value;
		});
		const keep = el("input", { type: "checkbox", id: unique(), "data-key": "keep" });
		keep.checked = this.known !== "";
		return el("details", { open: this.typed !== "" }, el("summary", {}, words.byAddress), el("div", { class: "part-body" },
			field(words.address, input, words.addressHint),
			el("div", { class: "option" }, keep, el("label", { for: keep.id }, words.keep)),
			el("div", { class: "part-row" }, button("fetch", words.fetch, () => void this.fetch(memory, input.value, keep.checked)))));
	}

	private async fetch(memory: Memory, typed: string, keep: boolean): Promise<void> {
		const address = asAddress(typed);
		if (!address) return this.refuse(words.noAddress);
		this.say(words.fetching);
		this.known = keep ? address : "";
		await memory.keep(this.known);
		const answer = await fetchCalendar({ address, most: largest });
		if (!this.isConnected) return;
		if ("text" in answer) return this.read(answer.text);
		this.refuse(answer.refused === "large" ? words.tooLarge : answer.refused === "status" ? words.status(answer.status) : words.away);
	}

	private async files(files: File[]): Promise<void> {
		if (files.reduce((sum, f) => sum + f.size, 0) > largest) return this.refuse(words.tooLarge);
		this.read((await Promise.all(files.map((f) => f.text()))).join("\n"));
	}

	private read(text: string): void {
		if (!/BEGIN:\s*(VCALENDAR|VEVENT)/i.test(text)) return this.refuse(words.noCalendar);
		this.trouble = "";
		this.calendar = readCalendar(text);
		this.show();
		this.say(words.looked(this.calendar.events));
	}

	private refuse(sentence: string): void {
		this.trouble = sentence;
		this.show();
		this.say(sentence);
	}

	private found(calendar: Calendar): HTMLElement {
		const all = this.kept.map((d) => {
			const busy = calendar.within(edge(d.day, d.from), edge(d.day, d.to));
			const id = unique();
			return {
				busy, shown: el("section", { class: "part-day", "aria-labelledby": id },
					el("h3", { id }, d.label),
					busy.length ? el("ul", { class: "part-busy" }, ...busy.map((b) => this.line(b))) : el("p", {}, words.nothing)),
			};
		});
		return el("div", { class: "part-body" },
			...all.map((d) => d.shown),
			all.some((d) => d.busy.length) ? el("p", {}, words.ask) : null,
			calendar.unknown.length ? el("p", { class: "meta" }, words.unknown(calendar.unknown.join(", "))) : null,
			calendar.unread ? el("p", { class: "meta" }, words.unread(calendar.unread)) : null,
			el("div", { class: "part-row" }, button("forget", words.forget, () => {
				this.calendar = null;
				this.show();
				this.say(words.forgotten);
			})));
	}

	private line(b: Busy): HTMLElement {
		const time = new Intl.DateTimeFormat(tongue(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
		return el("li", {}, el("span", { class: "part-time" }, b.allDay ? words.allDay : `${time.format(b.from)}–${time.format(b.to)}`), el("span", {}, b.title || words.untitled));
	}
}

// edge is a day's beginning or end as an instant.
function edge(day: string, at: string): number {
	return Date.parse(/^\d\d:\d\d/.test(at) ? `${day}T${at}` : at);
}
