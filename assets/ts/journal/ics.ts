// Reads a calendar file (iCalendar) as tolerantly as calendars are written, and
// tells what lies within a stretch of time. It knows nothing of pages and keeps
// nothing.

export interface Busy {
	from: number; // milliseconds, UTC
	to: number;
	title: string;
	allDay: boolean;
}

export interface Calendar {
	events: number;
	unknown: string[]; // zones that were read as the reader's own
	unread: number; // entries whose times or rules could not be understood
	within(from: number, to: number): Busy[];
}

const day = 86_400_000;

// Outlook's names for the zones that people live in.
const windows = new Map(`UTC=UTC|GMT Standard Time=Europe/London|Greenwich Standard Time=Atlantic/Reykjavik|W. Europe Standard Time=Europe/Berlin|Central Europe Standard Time=Europe/Budapest|Romance Standard Time=Europe/Paris|Central European Standard Time=Europe/Warsaw|E. Europe Standard Time=Europe/Chisinau|FLE Standard Time=Europe/Kyiv|GTB Standard Time=Europe/Bucharest|Turkey Standard Time=Europe/Istanbul|Russian Standard Time=Europe/Moscow|Israel Standard Time=Asia/Jerusalem|Egypt Standard Time=Africa/Cairo|South Africa Standard Time=Africa/Johannesburg|W. Central Africa Standard Time=Africa/Lagos|E. Africa Standard Time=Africa/Nairobi|Morocco Standard Time=Africa/Casablanca|Arab Standard Time=Asia/Riyadh|Arabian Standard Time=Asia/Dubai|Iran Standard Time=Asia/Tehran|Pakistan Standard Time=Asia/Karachi|India Standard Time=Asia/Kolkata|Sri Lanka Standard Time=Asia/Colombo|Nepal Standard Time=Asia/Kathmandu|Bangladesh Standard Time=Asia/Dhaka|SE Asia Standard Time=Asia/Bangkok|China Standard Time=Asia/Shanghai|Singapore Standard Time=Asia/Singapore|Taipei Standard Time=Asia/Taipei|Tokyo Standard Time=Asia/Tokyo|Korea Standard Time=Asia/Seoul|W. Australia Standard Time=Australia/Perth|Cen. Australia Standard Time=Australia/Adelaide|AUS Central Standard Time=Australia/Darwin|E. Australia Standard Time=Australia/Brisbane|AUS Eastern Standard Time=Australia/Sydney|Tasmania Standard Time=Australia/Hobart|New Zealand Standard Time=Pacific/Auckland|Hawaiian Standard Time=Pacific/Honolulu|Alaskan Standard Time=America/Anchorage|Pacific Standard Time=America/Los_Angeles|US Mountain Standard Time=America/Phoenix|Mountain Standard Time=America/Denver|Central Standard Time=America/Chicago|Canada Central Standard Time=America/Regina|Central Standard Time (Mexico)=America/Mexico_City|Eastern Standard Time=America/New_York|US Eastern Standard Time=America/Indianapolis|Atlantic Standard Time=America/Halifax|Newfoundland Standard Time=America/St_Johns|SA Pacific Standard Time=America/Bogota|Venezuela Standard Time=America/Caracas|Pacific SA Standard Time=America/Santiago|E. South America Standard Time=America/Sao_Paulo|Argentina Standard Time=America/Buenos_Aires|Montevideo Standard Time=America/Montevideo|Azores Standard Time=Atlantic/Azores`
	.split("|").map((l) => l.split("=") as [string, string]));

interface Line {
	name: string;
	with: Record<string, string>;
	value: string;
}

interface Time {
	wall: number; // what the clock shows, written as if it were UTC
	zone: string; // "" where the reader is
	whole: boolean; // a day, not a time
}

interface Event {
	uid: string;
	start: Time;
	length: number; // of wall time
	title: string;
	rule: Record<string, string> | null;
	more: Time[];
	except: Time[];
	instead: Time | null; // RECURRENCE-ID
	gone: boolean; // cancelled
	free: boolean;
}

export function readCalendar(text: string): Calendar {
	const unknown = new Set<string>();
	const events: Event[] = [];
	let unread = 0;
	const found = blocks(text);
	const zones: Zones = { unknown, own: ownZones(found.zones) };
	for (const lines of found.events) {
		try {
			events.push(event(lines, zones));
		} catch {
			unread++;
		}
	}
	const changed = new Map<string, Set<number>>();
	for (const e of events) {
		if (!e.instead) continue;
		const set = changed.get(e.uid) ?? new Set();
		set.add(instant(e.instead.wall, e.instead.zone));
		changed.set(e.uid, set);
	}
	return {
		events: events.length,
		unknown: [...unknown],
		unread,
		within: (from, to) => events
			.filter((e) => !e.gone && !e.free)
			.flatMap((e) => occurrences(e, from, to, e.instead ? undefined : changed.get(e.uid)))
			.sort((a, b) => a.from - b.from || a.to - b.to),
	};
}

// blocks gives the lines of each VEVENT, without what stands inside it (alarms),
// and those of each zone that the file explains, with its parts.
function blocks(text: string): { events: Line[][]; zones: Line[][] } {
	const all: Line[][] = [];
	const zones: Line[][] = [];
	const open: string[] = [];
	let lines: Line[] | null = null;
	for (const raw of text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n").replace(/\n[ \t]/g, "").split("\n")) {
		const l = line(raw);
		if (!l) continue;
		const what = l.value.trim().toUpperCase();
		if (l.name === "BEGIN") {
			open.push(what);
			if (what === "VEVENT") lines = [];
			else if (what === "VTIMEZONE") zones.push([]);
			else if (open.includes("VTIMEZONE")) zones.at(-1)?.push(l);
		} else if (l.name === "END") {
			// A file that forgets an END is forgiven.
			const at = open.lastIndexOf(what);
			if (at >= 0) open.length = at;
			if (what === "VEVENT" && lines) {
				all.push(lines);
				lines = null;
			}
		} else if (lines && open.at(-1) === "VEVENT") lines.push(l);
		else if (open.includes("VTIMEZONE")) zones.at(-1)?.push(l);
	}
	return { events: all, zones };
}

// Change is one way in which a zone's clocks are put, and since when.
interface Change {
	start: number; // as the clock showed before
	rule: Record<string, string> | null;
	before: number; // milliseconds ahead of UTC
	after: number;
}

interface Zones {
	unknown: Set<string>;
	own: Map<string, string>; // what a file calls a zone, by the name under which it is explained
}

const explained = new Map<string, Change[]>();

// ownZones takes up zones that a file explains by itself, as Outlook does.
function ownZones(all: Line[][]): Map<string, string> {
	const own = new Map<string, string>();
	for (const lines of all) {
		const id = lines.find((l) => l.name === "TZID")?.value;
		const changes: Change[] = [];
		let fields: Record<string, string> | null = null;
		const take = () => {
			const start = wallOf(fields?.DTSTART ?? "");
			if (fields?.TZOFFSETTO && start !== null) changes.push({ start, rule: fields.RRULE ? ruleOf(fields.RRULE) : null, before: ahead(fields.TZOFFSETFROM ?? fields.TZOFFSETTO), after: ahead(fields.TZOFFSETTO) });
		};
		for (const l of lines) {
			if (l.name === "BEGIN") {
				take();
				fields = {};
			} else if (fields) fields[l.name] ??= l.value;
		}
		take();
		if (!id || !changes.length) continue;
		const name = `${id}\n${JSON.stringify(changes)}`;
		explained.set(name, changes);
		own.set(id, name);
	}
	return own;
}

function ahead(s: string): number {
	const m = /^([+-]?)(\d\d):?(\d\d)/.exec(s.trim());
	return m ? (m[1] === "-" ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3])) * 60_000 : 0;
}

function wallOf(s: string): number | null {
	const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)/.exec(s.trim());
	return m ? Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5])) : null;
}

function explainedOffset(at: number, changes: Change[]): number {
	let last = -Infinity;
	let now = Math.min(...changes.map((c) => c.after));
	for (const c of changes) {
		const walls = c.rule ? between({ wall: c.start, zone: "UTC", whole: false }, c.rule, at - 400 * day, at + day) : [c.start];
		for (const wall of walls) {
			const when = wall - c.before;
			if (when <= at && when > last) [last, now] = [when, c.after];
		}
	}
	return now;
}

const ruleOf = (s: string) => Object.fromEntries(s.toUpperCase().split(";").map((p) => p.trim().split("=") as [string, string]));

function line(raw: string): Line | null {
	const m = /^([\w-]+)((?:;[^=;:]+=(?:"[^"]*"|[^",;:]*)(?:,(?:"[^"]*"|[^",;:]*))*)*):(.*)$/s.exec(raw);
	if (!m) return null;
	const params: Record<string, string> = {};
	for (const [, name, quoted, plain] of m[2]!.matchAll(/;([^=;:]+)=(?:"([^"]*)"|([^";:]*))/g)) params[name!.toUpperCase()] = quoted ?? plain ?? "";
	return { name: m[1]!.toUpperCase(), with: params, value: m[3]! };
}

function event(lines: Line[], zones: Zones): Event {
	const get = (name: string) => lines.find((l) => l.name === name);
	const times = (name: string) => lines.filter((l) => l.name === name)
		.flatMap((l) => l.value.split(",").map((v) => time({ ...l, value: v.split("/")[0]! }, zones)));
	const from = get("DTSTART");
	if (!from) throw new Error("no start");
	const start = time(from, zones);
	const instead = get("RECURRENCE-ID");
	const rule = get("RRULE");
	const fields = rule && ruleOf(rule.value);
	if (fields && !["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].includes(fields.FREQ ?? "")) throw new Error("an unknown rule");
	return {
		uid: get("UID")?.value ?? "",
		start,
		length: length(start, get("DTEND"), get("DURATION")?.value, zones),
		title: words(get("SUMMARY")?.value ?? ""),
		rule: fields ?? null,
		more: times("RDATE"),
		except: times("EXDATE"),
		instead: instead ? time(instead, zones) : null,
		gone: get("STATUS")?.value.trim().toUpperCase() === "CANCELLED",
		free: get("TRANSP")?.value.trim().toUpperCase() === "TRANSPARENT" || get("X-MICROSOFT-CDO-BUSYSTATUS")?.value.trim().toUpperCase() === "FREE",
	};
}

const words = (s: string) => s.replace(/\\([nN\\;,])/g, (_, c: string) => (c === "n" || c === "N" ? " " : c)).trim();

function time(l: Line, zones: Zones): Time {
	const m = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)?(Z)?)?/.exec(l.value.trim());
	if (!m) throw new Error("no time");
	const [y, mo, d, h, mi, s] = m.slice(1, 7).map((v) => Number(v ?? 0)) as [number, number, number, number, number, number];
	const wall = Date.UTC(y, mo - 1, d, h, mi, s);
	if (m[4] === undefined) return { wall, zone: "", whole: true };
	return { wall, zone: m[7] ? "UTC" : zone(l.with.TZID ?? "", zones), whole: false };
}

const known = new Map<string, string>();

function zone(id: string, zones: Zones): string {
	if (!id) return "";
	const name = id.replace(/^\/.*?\/(?=[A-Z])/, "").trim(); // as in /freeassociation.sourceforge.net/Europe/Lisbon
	for (const candidate of [windows.get(name), name, id, /[A-Z][\w+-]*\/[A-Z][\w+/-]*$/.exec(id)?.[0]]) {
		if (!candidate) continue;
		if (known.has(candidate)) return known.get(candidate)!;
		try {
			new Intl.DateTimeFormat("en", { timeZone: candidate });
			known.set(candidate, candidate);
			return candidate;
		} catch {
			// The next one may be known.
		}
	}
	const own = zones.own.get(id);
	if (own) return own;
	zones.unknown.add(id);
	return "";
}

function length(start: Time, end: Line | undefined, duration: string | undefined, zones: Zones): number {
	if (end) {
		const t = time(end, zones);
		const long = t.zone === start.zone ? t.wall - start.wall : instant(t.wall, t.zone) - instant(start.wall, start.zone);
		if (long > 0) return long;
	}
	const m = /^\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration?.trim().toUpperCase() ?? "");
	const [w = 0, d = 0, h = 0, mi = 0, s = 0] = (m?.slice(1) ?? []).map((v) => Number(v ?? 0));
	return ((w * 7 + d) * 24 * 60 + h * 60 + mi) * 60_000 + s * 1000 || (start.whole ? day : 0);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function offset(at: number, zone: string): number {
	if (zone === "UTC") return 0;
	const changes = explained.get(zone);
	if (changes) return explainedOffset(at, changes);
	if (!zone) return -new Date(at).getTimezoneOffset() * 60_000;
	let clock = clocks.get(zone);
	if (!clock) {
		clock = new Intl.DateTimeFormat("en-GB-u-ca-gregory-nu-latn", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" });
		clocks.set(zone, clock);
	}
	const p = Object.fromEntries(clock.formatToParts(at).map((x) => [x.type, Number(x.value)])) as Record<string, number>;
	return Date.UTC(p.year!, p.month! - 1, p.day, p.hour, p.minute, p.second) - Math.floor(at / 1000) * 1000;
}

// instant is when a clock in a zone shows this.
export function instant(wall: number, zone: string): number {
	const guess = wall - offset(wall, zone);
	return wall - offset(guess, zone);
}

function occurrences(e: Event, from: number, to: number, changed?: Set<number>): Busy[] {
	const except = new Set(e.except.filter((t) => !t.whole || e.start.whole).map((t) => instant(t.wall, t.zone)));
	const exceptDays = new Set(e.except.filter((t) => t.whole).map((t) => t.wall));
	const out: Busy[] = [];
	const seen = new Set<number>();
	const take = (t: Time) => {
		const begin = instant(t.wall, t.zone);
		const end = instant(t.wall + e.length, t.zone);
		if (begin >= to || end <= from && !(begin === end && begin >= from) || seen.has(begin)) return;
		seen.add(begin);
		if (except.has(begin) || exceptDays.has(t.wall - (t.wall % day)) || changed?.has(begin)) return;
		out.push({ from: begin, to: end, title: e.title, allDay: e.start.whole });
	};
	// Wall times and instants are never further apart than fourteen hours.
	if (e.rule && !e.instead) for (const wall of between(e.start, e.rule, from - e.length - day, to + day)) take({ ...e.start, wall });
	else take(e.start);
	for (const t of e.more) take(t);
	return out;
}

const names = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const numbers = (s: string | undefined) => (s ? s.split(",").map(Number).filter((n) => !Number.isNaN(n)) : []);
const most = 20_000; // periods that are looked at, whatever a file asks for

// between gives the times of a rule, from its first one on, that lie between two.
function between(begins: Time, rule: Record<string, string>, from: number, to: number): number[] {
	const start = begins.wall;
	const clock = start - Math.floor(start / day) * day;
	const every = Math.max(1, Number(rule.INTERVAL) || 1);
	let left = Number(rule.COUNT) || Infinity;
	const until = rule.UNTIL ? last(rule.UNTIL, begins) : Infinity;
	const positions = numbers(rule.BYSETPOS);
	const out: number[] = [];
	let n = left === Infinity ? skipped(rule, start, from, every) : 0;
	for (const stop = n + most; n < stop; n++) {
		const { begin, days } = period(rule, start, n * every);
		if (begin > Math.min(to, until)) break;
		let walls = days.map((d) => d + clock).sort((a, b) => a - b);
		if (positions.length) walls = positions.map((p) => walls.at(p > 0 ? p - 1 : p)!).filter((w) => w !== undefined).sort((a, b) => a - b);
		// The first time is one even where its own rule would not give it.
		if (n === 0 && !walls.includes(start)) walls = [start, ...walls];
		for (const wall of walls) {
			if (wall < start) continue;
			if (wall > until || left-- <= 0) return out;
			if (wall >= from && wall <= to) out.push(wall);
		}
	}
	return out;
}

// last is the last wall time that UNTIL allows.
function last(until: string, start: Time): number {
	const t = time({ name: "UNTIL", with: {}, value: until }, { unknown: new Set(), own: new Map() });
	if (t.whole) return t.wall + day - 1;
	return t.zone === "UTC" && start.zone !== "UTC" ? t.wall + offset(t.wall, start.zone) : t.wall;
}

// skipped is how many periods certainly lie before what is asked for.
function skipped(rule: Record<string, string>, start: number, from: number, every: number): number {
	const long = { DAILY: 1, WEEKLY: 7, MONTHLY: 31, YEARLY: 366 }[rule.FREQ!]! * day * every;
	return Math.max(0, Math.floor((from - start) / long) - 1);
}

// period is the n-th day, week, month or year after the first, with its days.
function period(rule: Record<string, string>, start: number, n: number): { begin: number; days: number[] } {
	const first = Math.floor(start / day) * day;
	const d = new Date(first);
	const weekdays = (rule.BYDAY ?? "").split(",").map((s) => /^([+-]?\d+)?(SU|MO|TU|WE|TH|FR|SA)$/.exec(s.trim())).filter((m) => !!m)
		.map((m) => ({ which: Number(m[1] ?? 0), weekday: names.indexOf(m[2]!) }));
	const months = numbers(rule.BYMONTH);
	const fits = (t: number) => !months.length || months.includes(new Date(t).getUTCMonth() + 1);
	const monthdays = numbers(rule.BYMONTHDAY);
	switch (rule.FREQ) {
		case "DAILY": {
			const t = first + n * day;
			const ok = fits(t) && (!weekdays.length || weekdays.some((w) => w.weekday === new Date(t).getUTCDay())) && (!monthdays.length || onDay(t, monthdays));
			return { begin: t, days: ok ? [t] : [] };
		}
		case "WEEKLY": {
			const begins = Math.max(0, names.indexOf(rule.WKST ?? "MO"));
			const begin = first - ((d.getUTCDay() - begins + 7) % 7) * day + n * 7 * day;
			const wanted = weekdays.length ? weekdays.map((w) => w.weekday) : [d.getUTCDay()];
			return { begin, days: [...new Set(wanted)].map((w) => begin + ((w - begins + 7) % 7) * day).filter(fits) };
		}
		case "MONTHLY": {
			const begin = Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + n, 1);
			return { begin, days: fits(begin) ? among(begin, monthEnd(begin), weekdays, monthdays, d.getUTCDate()) : [] };
		}
		default: {
			const begin = Date.UTC(d.getUTCFullYear() + n, 0, 1);
			if (!months.length && weekdays.length && !monthdays.length) return { begin, days: among(begin, Date.UTC(d.getUTCFullYear() + n + 1, 0, 1), weekdays, [], 0) };
			const days = (months.length ? months : [d.getUTCMonth() + 1]).flatMap((m) => {
				const month = Date.UTC(d.getUTCFullYear() + n, m - 1, 1);
				return among(month, monthEnd(month), weekdays, monthdays, d.getUTCDate());
			});
			return { begin, days };
		}
	}
}

function monthEnd(begin: number): number {
	const d = new Date(begin);
	return Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + 1, 1);
}

function onDay(t: number, monthdays: number[]): boolean {
	const d = new Date(t);
	const fromEnd = Math.round((t - monthEnd(Date.UTC(d.getUTCFullYear(), d.getUTCMonth(), 1))) / day);
	return monthdays.some((n) => (n > 0 ? n === d.getUTCDate() : n === fromEnd));
}

// among gives the days of a month (or a year) that weekdays and days of the month
// both allow; without either, the one day of the month.
function among(begin: number, end: number, weekdays: { which: number; weekday: number }[], monthdays: number[], one: number): number[] {
	const out: number[] = [];
	for (let t = begin; t < end; t += day) {
		if (monthdays.length && !onDay(t, monthdays)) continue;
		if (weekdays.length) {
			const w = new Date(t).getUTCDay();
			const nth = Math.floor((t - begin) / (7 * day)) + 1;
			const nthLast = -Math.floor((end - day - t) / (7 * day)) - 1;
			if (!weekdays.some((x) => x.weekday === w && (!x.which || x.which === nth || x.which === nthLast))) continue;
		} else if (!monthdays.length && t !== begin + (one - 1) * day) continue;
		out.push(t);
	}
	return out;
}
