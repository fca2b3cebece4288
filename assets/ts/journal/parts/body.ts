// <held-part-body>: where something is felt. A touch or a stroke marks a place on
// the outline; the list of places does the same by name. Each mark can say how it
// feels, in own words. Its value is a picture (SVG) with the marks in it, from
// which they can be taken up again, and the same in words.

import { button, choices, el, field, type Made, Part, svg } from "./part";
import { hexOf, ink, isHex, outline as grey, paper, soft, tints, white } from "./palette";
import { figure, middles, nearest, places, type Side, size } from "./outline";
import { escape, unescape } from "./strokes";

export const words = {
	title: "Body",
	picture: "A body, front and back",
	touch: "Touch where you feel it, or draw over it. Or choose a place by name.",
	front: "front",
	back: "back",
	left: "left",
	right: "right",
	place: "A place",
	choose: "Choose a place",
	mark: "Mark it",
	feels: "How it feels",
	feelsHint: "In your own words. It may stay empty.",
	colour: "Colour",
	none: "none",
	more: "Size and colour",
	size: "How far it reaches",
	sizes: ["small", "middle", "wide"],
	away: "Take this mark away",
	bringBack: "Bring it back",
	marked: (place: string) => `Marked: ${place}.`,
	gone: (place: string) => `Taken away: ${place}.`,
	nothing: "Nothing is marked.",
	names: {} as Record<string, string>, // other words for places, by the ones in outline.ts
};

const reach = [16, 30, 52];

interface Mark {
	side: Side;
	place: string;
	points: [number, number][];
	size: number;
	colour: string; // #rrggbb or ""
	feels: string;
	open?: boolean; // its size and colour are unfolded
}

const named = (key: string) => words.names[key] ?? key;
const placed = (m: Mark) => `${named(m.place)} (${m.side === "front" ? words.front : words.back})`;

function told(marks: readonly Mark[]): string {
	return marks.map((m) => placed(m) + (m.feels.trim() ? `: ${m.feels.trim().replace(/[.\s]+$/, "")}` : "")).join(". ") + (marks.length ? "." : "");
}

const path = (m: Mark) => m.points.map(([x, y], i) => `${i ? "L" : "M"}${x} ${y}`).join("") + (m.points.length === 1 ? "h0" : "");

function toSVG(marks: readonly Mark[]): string {
	const figures = (Object.keys(middles) as Side[]).map((side) => {
		const f = figure(side);
		return `<g transform="translate(${middles[side]} 0)"><path fill="${white}" d="${f.body}"/><path fill="${white}" d="${f.head}"/><path d="${f.details}" stroke-width="1"/></g>`;
	}).join("");
	const spots = marks.map((m, i) =>
		`<g class="mark" data-side="${m.side}" data-size="${m.size}" data-place="${escape(m.place)}" data-feels="${escape(m.feels)}" data-colour="${m.colour}">` +
		`<title>${escape(told([m]))}</title><path d="${path(m)}" stroke="${m.colour || grey}" stroke-width="${reach[m.size]}"/>` +
		`<text x="${m.points[0]![0]}" y="${m.points[0]![1] + 4}">${i + 1}</text></g>`).join("");
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size[0]} ${size[1]}" width="960" height="940" role="img" data-held="body">` +
		`<title>${escape(words.title)}</title><desc>${escape(told(marks))}</desc><rect width="${size[0]}" height="${size[1]}" fill="${paper}"/>` +
		`<g fill="none" stroke="${grey}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">${figures}</g>` +
		`<g fill="none" stroke-linecap="round" stroke-linejoin="round" stroke-opacity="0.55" font-family="sans-serif" font-size="12" text-anchor="middle">${spots.replaceAll("<text ", `<text fill="${ink}" `)}</g></svg>`;
}

// fromSVG takes figures, colours and words from a picture that toSVG has made, or
// nothing.
function fromSVG(text: string): Mark[] | null {
	if (!text.includes('data-held="body"')) return null;
	const all: Mark[] = [];
	for (const [, attributes, d] of text.matchAll(/<g class="mark"([^>]*)>.*?<path d="([^"]*)"/gs)) {
		const get = (name: string) => unescape(new RegExp(`data-${name}="([^"]*)"`).exec(attributes!)?.[1] ?? "");
		const points = [...d!.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]): [number, number] => [Number(x), Number(y)]);
		if (!points.length) continue;
		const n = Number(get("size"));
		const colour = get("colour");
		all.push({ side: get("side") === "back" ? "back" : "front", place: get("place"), points, size: n in reach ? n : 1, colour: isHex(colour) ? colour : "", feels: get("feels") });
	}
	return all;
}

export class HeldPartBody extends Part {
	protected heading = words.title;
	private marks: Mark[] = [];
	private taken: { mark: Mark; at: number } | null = null;
	private foreign: Made | null = null;
	private made: Made | null = null;
	private asked = 0;
	private drawn: Mark | null = null;
	private pointer = 0;
	private board: SVGSVGElement | null = null;

	get value(): Made | null {
		if (this.foreign) return this.foreign;
		if (!this.marks.length) return null;
		if (!this.made) {
			const type = "image/svg+xml";
			this.made = { blob: new Blob([toSVG(this.marks)], { type }), type, alt: told(this.marks) };
		}
		return this.made;
	}
	set value(made: Made | null) {
		this.marks = [];
		this.taken = this.drawn = null;
		this.made = this.foreign = made;
		this.draw();
		void this.restore(made, ++this.asked);
	}

	private async restore(made: Made | null, asked: number): Promise<void> {
		if (!made) return;
		const marks = fromSVG(await made.blob.text());
		if (asked !== this.asked || !marks) return;
		this.foreign = null;
		this.marks = marks;
		this.draw();
	}

	protected show(): void {
		if (this.disabled || this.foreign) {
			const made = this.value;
			return this.fill(made ? this.picture(made) : el("p", { class: "meta" }, words.nothing));
		}
		this.fill(
			el("p", { class: "hint" }, words.touch),
			this.figures(),
			this.byName(),
			this.marks.length ? el("ol", { class: "part-marks" }, ...this.marks.map((m, i) => this.item(m, i))) : null,
			this.taken ? el("div", { class: "part-row" }, button("back", words.bringBack, () => this.bringBack(), "button-text")) : null,
		);
	}

	private figures(): SVGSVGElement {
		const board = svg("svg", { class: "part-bodies", viewBox: `0 0 ${size[0]} ${size[1]}`, role: "img", "aria-label": this.marks.length ? `${words.picture}. ${told(this.marks)}` : words.picture });
		board.append(svg("rect", { width: size[0], height: size[1], rx: 6, fill: paper }));
		for (const side of Object.keys(middles) as Side[]) {
			const f = figure(side);
			const x = middles[side];
			const word = (at: number, said: string) => svg("text", { x: at, y: 463, class: "part-word", fill: soft }, said);
			board.append(
				svg("g", { class: "part-body-line", transform: `translate(${x} 0)`, fill: white, stroke: grey }, svg("path", { d: f.body }), svg("path", { d: f.head }), svg("path", { class: "thin", d: f.details, fill: "none" })),
				word(x, side === "front" ? words.front : words.back),
				word(x - 90, words.left),
				word(x + 90, words.right),
			);
		}
		this.marks.forEach((m, i) => board.append(...this.spot(m, i)));
		board.addEventListener("pointerdown", (e) => this.begin(e));
		board.addEventListener("pointermove", (e) => this.go(e));
		board.addEventListener("pointerup", (e) => this.lift(e));
		board.addEventListener("pointercancel", (e) => this.lift(e));
		this.board = board;
		return board;
	}

	private spot(m: Mark, i: number): SVGElement[] {
		const [x, y] = m.points[0]!;
		return [
			svg("path", { d: path(m), class: "part-mark", stroke: m.colour || grey, "stroke-width": reach[m.size]! }),
			svg("text", { x, y: y + 4, class: "part-number", fill: ink, stroke: white }, String(i + 1)),
		];
	}

	private point(e: PointerEvent): [number, number] {
		const box = this.board!.getBoundingClientRect();
		return [Math.round(((e.clientX - box.left) / box.width) * size[0]), Math.round(((e.clientY - box.top) / box.height) * size[1])];
	}

	private begin(e: PointerEvent): void {
		if (this.drawn || e.pointerType === "mouse" && e.button > 0) return;
		this.board!.setPointerCapture(e.pointerId);
		this.pointer = e.pointerId;
		const [x, y] = this.point(e);
		const side: Side = x < size[0] / 2 ? "front" : "back";
		const before = this.marks.at(-1);
		this.drawn = { side, place: nearest(side, x - middles[side], y).key, points: [[x, y]], size: before?.size ?? 1, colour: before?.colour ?? "", feels: "" };
		this.board!.append(...this.spot(this.drawn, this.marks.length));
	}

	private go(e: PointerEvent): void {
		if (!this.drawn || e.pointerId !== this.pointer) return;
		const p = this.point(e);
		const end = this.drawn.points.at(-1)!;
		if (Math.hypot(p[0] - end[0], p[1] - end[1]) < 4) return;
		this.drawn.points.push(p);
		const lines = this.board!.querySelectorAll(".part-mark");
		lines[lines.length - 1]?.setAttribute("d", path(this.drawn));
	}

	private lift(e: PointerEvent): void {
		if (!this.drawn || e.pointerId !== this.pointer) return;
		const mark = this.drawn;
		this.drawn = null;
		if (e.type === "pointercancel") return this.show(); // the page was scrolled, nothing was meant
		this.add(mark);
	}

	private add(mark: Mark): void {
		this.marks.push(mark);
		this.taken = null;
		this.edited();
		this.show();
		this.say(words.marked(placed(mark)));
	}

	private edited(): void {
		this.made = null;
		this.changed();
	}

	private byName(): HTMLElement {
		const list = el("select", { "data-key": "place" }, el("option", { value: "" }, words.choose));
		for (const side of ["front", "back"] as const) {
			list.append(el("optgroup", { label: words[side] }, ...places.filter((p) => p.side === side).map((p) => el("option", { value: p.key }, named(p.key)))));
		}
		const press = () => {
			const p = places.find((q) => q.key === list.value);
			if (!p) return list.focus();
			const before = this.marks.at(-1);
			this.add({ side: p.side, place: p.key, points: [[p.x + middles[p.side], p.y]], size: before?.size ?? 1, colour: before?.colour ?? "", feels: "" });
			this.find(`feels-${this.marks.length - 1}`)?.focus();
		};
		return el("div", { class: "part-row part-by-name" }, field(words.place, list), button("mark", words.mark, press));
	}

	private item(m: Mark, i: number): HTMLElement {
		const feels = el("input", { type: "text", autocomplete: "off", "data-key": `feels-${i}` });
		feels.value = m.feels;
		feels.addEventListener("input", () => {
			m.feels = feels.value;
			this.made = null;
			this.soon();
		});
		feels.addEventListener("change", () => {
			this.board?.setAttribute("aria-label", `${words.picture}. ${told(this.marks)}`);
			this.edited();
		});
		const again = () => {
			this.edited();
			this.show();
		};
		return el("li", {}, el("fieldset", { class: "part-item" }, el("legend", {}, placed(m)),
			field(words.feels, feels, i === 0 ? words.feelsHint : ""),
			this.more(m, i, again),
			button(`away-${i}`, words.away, () => this.away(i), "button-text")));
	}

	private more(m: Mark, i: number, again: () => void): HTMLElement {
		const tones = [{ value: "", label: words.none, hex: "" }, ...tints.map((t) => ({ value: t.hex, label: t.label, hex: t.hex }))];
		if (m.colour && !tones.some((t) => t.value === m.colour)) tones.push({ value: m.colour, label: m.colour, hex: hexOf(m.colour) });
		const chosen = () => {
			m.open = true; // whoever has just opened it may choose before the browser says that it is open
			again();
		};
		const fold = el("details", { class: "part-more", open: !!m.open }, el("summary", { "data-key": `more-${i}` }, words.more),
			choices(words.size, `size-${i}`, words.sizes.map((label, n) => ({ value: String(n), label })), String(m.size), (v) => {
				m.size = Number(v);
				chosen();
			}),
			choices(words.colour, `tone-${i}`, tones, m.colour, (v) => {
				m.colour = v;
				chosen();
			}));
		fold.addEventListener("toggle", () => (m.open = fold.open));
		return fold;
	}

	private away(i: number): void {
		const [mark] = this.marks.splice(i, 1);
		if (!mark) return;
		this.taken = { mark, at: i };
		this.edited();
		this.show();
		this.find("back")?.focus();
		this.say(words.gone(placed(mark)));
	}

	private bringBack(): void {
		if (!this.taken) return;
		const { mark, at } = this.taken;
		this.marks.splice(at, 0, mark);
		this.taken = null;
		this.edited();
		this.show();
		this.find(`feels-${at}`)?.focus();
	}
}
