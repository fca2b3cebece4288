// <held-guard>: does work wait on the day of a medicine session, or the morning
// after? The client's own calendar is read here, in this browser, and forgotten
// with the page: nothing is stored, nothing is sent.
//
// It takes a file or pasted text and no address. To read an address the browser
// would have to ask another host, which the page's policy forbids for good reason,
// or the practice would have to fetch it, and then it would have seen it.

import { readCalendar, type Busy, type Calendar } from "./ics";
import { button, el, field, Part, tongue, unique } from "./parts/part";

export const words = {
	title: "Your working calendar",
	hint: "See whether anything waits for you on those days. Your calendar is read in this browser only; nothing of it is kept or sent. When you close this page, it is forgotten.",
	noAddress: "Why a file and not an address? An address would have to be fetched by somebody. Most calendars have “Export” or “Download” in their settings; the file ends in .ics.",
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

export class HeldGuard extends Part {
	protected heading = words.title;
	private kept: Day[] = [];
	private calendar: Calendar | null = null;
	private trouble = "";

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
			el("p", { class: "hint" }, words.noAddress));
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
