// <held-themes-picture>: what was written, over time, along its themes, with the
// sessions between. It is drawn in the browser and says nothing but what is there:
// no counts, no order but the alphabet's, no colour that judges. The dots of one
// theme are one path, so that thousands cost little. "open" is fired with the id
// of an entry.

import { button, dress, el, Part, svg, tongue, unique } from "./part";

export const words = {
	title: "Themes over time",
	empty: "When you have written, and named a theme or two afterwards, they stand here beside each other.",
	keys: "Arrow keys: left and right from entry to entry, up and down to walk along one theme. Enter opens an entry.",
	picture: "Entries over time",
	all: "all entries",
	without: "without a theme",
	none: "none of these",
	untitled: "no title",
	open: "Open this entry",
	table: "Read as a table",
	back: "See as a picture",
	more: "Show earlier entries",
	day: "Day",
	entry: "Entry",
	themes: "Themes",
	session: (name: string) => `Session: ${name}`,
	along: (theme: string) => `Along: ${theme}.`,
	here: (day: string, title: string, themes: string) => `${day}. ${title}. ${themes}.`,
	first: "This is the first.",
	last: "This is the last.",
};

export interface Shown {
	entries: { id: string; day: string; title: string; themes: string[] }[];
	sessions: { id: string; day: string; name: string }[];
}

type Dot = Shown["entries"][number] & { x: number; when: number; rows: number[] };

const tall = 44; // from one theme to the next
const top = 40;
const edge = 16;
const page = 200; // rows of the table at a time

const dayNumber = (day: string) => Math.floor(Date.parse(day + "T00:00:00Z") / 86_400_000);

export class HeldThemesPicture extends Part {
	protected heading = words.title;
	private shown: Shown = { entries: [], sessions: [] };
	private dots: Dot[] = [];
	private rows: string[] = [];
	private row = -1; // along which theme; -1 is all
	private at = -1;
	private asTable = false;
	private rowsShown = page;
	private width = 0;
	private board: SVGSVGElement | null = null;
	private readonly keys = unique();
	private readonly here = el("p", { class: "part-here-line", "aria-live": "polite" });
	private readonly date = new Intl.DateTimeFormat(tongue(), { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
	private readonly sizes = new ResizeObserver(() => {
		const width = Math.round(this.body.clientWidth);
		if (width && Math.abs(width - this.width) > 2) this.draw();
	});

	get data(): Shown {
		return this.shown;
	}
	set data(data: Shown) {
		this.shown = { ...data, sessions: data.sessions.filter((s) => !Number.isNaN(dayNumber(s.day))) };
		this.row = this.at = -1;
		this.rowsShown = page;
		this.here.textContent = "";
		this.arrange();
		this.draw();
	}

	override connectedCallback(): void {
		super.connectedCallback();
		this.sizes.observe(this.body);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.sizes.disconnect();
	}

	private arrange(): void {
		const known = new Set<string>();
		for (const e of this.shown.entries) for (const t of e.themes) if (t !== words.none) known.add(t);
		this.rows = [...known].sort((a, b) => a.localeCompare(b));
		if (this.shown.entries.some((e) => !e.themes.some((t) => known.has(t)))) this.rows.push(words.without);
		const at = new Map(this.rows.map((t, i) => [t, i]));
		const without = this.rows.length - 1;
		this.dots = this.shown.entries
			.map((e) => {
				const rows = e.themes.filter((t) => known.has(t)).map((t) => at.get(t)!);
				return { ...e, x: 0, when: dayNumber(e.day), rows: rows.length ? rows.sort((a, b) => a - b) : [without] };
			})
			.filter((d) => !Number.isNaN(d.when))
			.sort((a, b) => a.when - b.when || (a.id < b.id ? -1 : 1));
	}

	private said(day: string): string {
		return this.date.format(new Date(day + "T00:00:00Z"));
	}

	protected show(): void {
		this.board = null;
		if (!this.dots.length) return this.fill(el("p", { class: "empty" }, words.empty));
		const toggle = button("toggle", this.asTable ? words.back : words.table, () => {
			this.asTable = !this.asTable;
			this.show();
		});
		if (this.asTable) return this.fill(el("div", { class: "part-row" }, toggle), this.table());
		this.fill(this.drawn(), el("p", { class: "hint", id: this.keys }, words.keys),
			this.here, el("div", { class: "part-row" }, button("open", words.open, () => this.open(this.at), "button-quiet", { hidden: this.at < 0 }), toggle));
		this.tell();
	}

	private table(): HTMLElement {
		const all = [
			...this.dots.map((d) => ({ when: d.when, day: d.day, dot: d as Dot | null, name: "" })),
			...this.shown.sessions.map((s) => ({ when: dayNumber(s.day), day: s.day, dot: null, name: s.name })),
		].sort((a, b) => b.when - a.when);
		const body = el("tbody");
		for (const line of all.slice(0, this.rowsShown)) {
			const d = line.dot;
			body.append(el("tr", {}, el("th", { scope: "row" }, this.said(line.day)),
				el("td", {}, d ? button(`row-${d.id}`, d.title || words.untitled, () => this.send(d.id), "button-text") : words.session(line.name)),
				el("td", {}, d ? d.themes.join(" · ") : "")));
		}
		return el("div", {}, el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": words.title },
			el("table", {}, el("caption", { class: "visually-hidden" }, words.title),
				el("thead", {}, el("tr", {}, ...[words.day, words.entry, words.themes].map((h) => el("th", { scope: "col" }, h)))), body)),
		all.length > this.rowsShown ? button("more", words.more, () => {
			this.rowsShown += page;
			this.show();
		}) : null);
	}

	private drawn(): SVGSVGElement {
		this.width = Math.round(this.body.clientWidth) || 320;
		const days = [...this.dots.map((d) => d.when), ...this.shown.sessions.map((s) => dayNumber(s.day))];
		const from = days.reduce((a, b) => Math.min(a, b));
		const span = Math.max(1, days.reduce((a, b) => Math.max(a, b)) - from);
		const x = (when: number) => edge + ((when - from) / span) * (this.width - 2 * edge);
		const high = top + this.rows.length * tall + 28;
		const board = svg("svg", {
			class: "part-picture", viewBox: `0 0 ${this.width} ${high}`, tabindex: 0, role: "application", "data-key": "picture",
			"aria-label": words.picture, "aria-describedby": this.keys,
		});
		board.append(...this.sessionLines(x, high), ...this.months(from, from + span, x, high));
		// Several of one day stand a little apart, up and down.
		const dense = this.rows.map(() => new Map<number, number>());
		const paths = this.rows.map(() => "");
		let threads = "";
		for (const d of this.dots) {
			d.x = Math.round(x(d.when) * 10) / 10;
			for (const r of d.rows) {
				const n = dense[r]!.get(d.when) ?? 0;
				dense[r]!.set(d.when, n + 1);
				paths[r] += `M${d.x} ${this.y(r) + offset(n)}h0`;
			}
			if (d.rows.length > 1) threads += `M${d.x} ${this.y(d.rows[0]!)}V${this.y(d.rows.at(-1)!)}`;
		}
		board.append(svg("path", { class: "part-threads", d: threads }));
		this.rows.forEach((theme, r) => board.append(
			svg("line", { class: "part-row-line", x1: edge, x2: this.width - edge, y1: this.y(r), y2: this.y(r) }),
			svg("text", { class: "part-theme", x: edge, y: this.y(r) - 15 }, shorten(theme, this.width)),
			svg("path", { class: "part-dots", d: paths[r]! })));
		board.append(svg("g", { class: "part-ring" }));
		board.addEventListener("keydown", (e) => this.key(e));
		board.addEventListener("click", (e) => this.touch(e));
		this.board = board;
		return board;
	}

	private y(row: number): number {
		return top + row * tall + 24;
	}

	private sessionLines(x: (n: number) => number, high: number): SVGElement[] {
		let free = -Infinity;
		return [...this.shown.sessions].sort((a, b) => (a.day < b.day ? -1 : 1)).flatMap((s) => {
			const at = x(dayNumber(s.day));
			const line = svg("line", { class: "part-session", x1: at, x2: at, y1: 22, y2: high - 24 });
			line.append(svg("title", {}, `${words.session(s.name)}, ${this.said(s.day)}`));
			const long = s.name.length * 7.2;
			const end = at + long > this.width - 4;
			const begins = end ? at - long : at;
			if (begins < free) return [line]; // its name stands in the table
			free = begins + long + 8;
			return [line, svg("text", { class: "part-word", x: at, y: 16, "text-anchor": end ? "end" : "start" }, s.name)];
		});
	}

	private months(from: number, to: number, x: (n: number) => number, high: number): SVGElement[] {
		const out: SVGElement[] = [];
		const months = (to - from) / 30.4;
		const step = [1, 2, 3, 6, 12, 24, 60].find((s) => (months / s) * 64 < this.width) ?? 120;
		const name = new Intl.DateTimeFormat(tongue(), step < 12 ? { month: "short", year: "2-digit", timeZone: "UTC" } : { year: "numeric", timeZone: "UTC" });
		const d = new Date(from * 86_400_000);
		d.setUTCDate(1);
		d.setUTCMonth(step < 12 ? Math.floor(d.getUTCMonth() / step) * step : 0);
		for (; d.getTime() <= to * 86_400_000; d.setUTCMonth(d.getUTCMonth() + step)) {
			const at = x(d.getTime() / 86_400_000);
			if (at >= edge - 1 && at < this.width - 36) out.push(svg("text", { class: "part-word", x: at, y: high - 8 }, name.format(d)));
		}
		if (!out.length) out.push(svg("text", { class: "part-word", x: edge, y: high - 8 }, this.date.format(new Date(from * 86_400_000))));
		return out;
	}

	// The entries that are walked: all, or those of one theme.
	private walked(i: number): boolean {
		return this.row < 0 || this.dots[i]!.rows.includes(this.row);
	}

	private next(by: 1 | -1): boolean {
		let i = this.at < 0 ? (by > 0 ? -1 : this.dots.length) : this.at;
		for (i += by; i >= 0 && i < this.dots.length; i += by) {
			if (!this.walked(i)) continue;
			this.at = i;
			return true;
		}
		return false;
	}

	private key(e: KeyboardEvent): void {
		if (e.ctrlKey || e.metaKey || e.altKey) return;
		let lead = "";
		switch (e.key) {
			case "ArrowRight":
				if (!this.next(1)) lead = words.last;
				break;
			case "ArrowLeft":
				if (!this.next(-1)) lead = words.first;
				break;
			case "Home":
			case "End":
				this.at = -1;
				this.next(e.key === "Home" ? 1 : -1);
				break;
			case "ArrowUp":
			case "ArrowDown":
				lead = this.change(e.key === "ArrowDown" ? 1 : -1);
				break;
			case "Enter":
				this.open(this.at);
				break;
			default:
				return;
		}
		e.preventDefault();
		this.tell(lead);
	}

	// change walks along another theme; from where one stands, at the nearest entry.
	private change(by: number): string {
		this.row = Math.min(this.rows.length - 1, Math.max(-1, this.row + by));
		if (this.at >= 0 && !this.walked(this.at)) {
			const when = this.dots[this.at]!.when;
			let best = -1;
			this.dots.forEach((d, i) => {
				if (this.walked(i) && (best < 0 || Math.abs(d.when - when) < Math.abs(this.dots[best]!.when - when))) best = i;
			});
			this.at = best;
		} else if (this.at < 0) this.next(1);
		return words.along(this.row < 0 ? words.all : this.rows[this.row]!);
	}

	private touch(e: MouseEvent): void {
		const box = this.board!.getBoundingClientRect();
		const [px, py] = [((e.clientX - box.left) / box.width) * this.width, (e.clientY - box.top) * (this.width / box.width)];
		let least = 40;
		this.dots.forEach((d, i) => d.rows.forEach((r) => {
			const far = Math.hypot(d.x - px, this.y(r) - py);
			if (far < least) [least, this.at] = [far, i];
		}));
		this.tell();
	}

	private tell(lead = ""): void {
		const ring = this.board?.querySelector(".part-ring");
		const d = this.dots[this.at];
		if (!ring || !d) return;
		ring.replaceChildren(...d.rows.map((r) => svg("circle", { class: r === this.row ? "is-row" : "", cx: d.x, cy: this.y(r), r: 10 })));
		this.board!.querySelectorAll(".part-theme").forEach((t, i) => t.classList.toggle("is-row", i === this.row));
		this.here.textContent = [lead, words.here(this.said(d.day), d.title || words.untitled, d.themes.join(" · ") || words.without)].filter(Boolean).join(" ");
		const open = this.find("open");
		if (open) dress(open, { hidden: false });
	}

	private open(at: number): void {
		const d = this.dots[at];
		if (d) this.send(d.id);
	}

	private send(id: string): void {
		this.dispatchEvent(new CustomEvent("open", { bubbles: true, detail: { id } }));
	}
}

const offset = (n: number) => [0, 5, -5, 2.5, -2.5, 7.5, -7.5][n % 7]!;

function shorten(theme: string, width: number): string {
	const most = Math.floor((width - 2 * edge) / 7.4);
	return theme.length > most ? theme.slice(0, most - 1).trimEnd() + "…" : theme;
}
