// <held-part-drawing>: a sheet of light paper to draw on, with a pen, a finger, a
// mouse or the cursor keys. Its value is a picture (SVG) and words; either alone
// is enough.

import { button, choices, dress, el, field, type Made, Part, svg, unique } from "./part";
import { ink, isHex, paper, tints, white } from "./palette";
import { erase, fromSVG, high, paint, type Point, type Stroke, toSVG, wide } from "./strokes";

export const words = {
	title: "Drawing",
	sheet: "Sheet to draw on",
	keys: "By keyboard: the arrow keys move, Space puts the pen down or lifts it. Ctrl and Z takes the last line back.",
	colour: "Colour",
	other: "another",
	otherColour: "Another colour",
	width: "Line",
	more: "Colour and line",
	widths: ["fine", "middle", "broad"],
	rubber: "Rub out",
	undo: "Undo",
	redo: "Redo",
	clear: "Clean sheet",
	inWords: "In words",
	inWordsHint: "Instead of a drawing, or beside it.",
	down: (place: string) => `Pen down, ${place}.`,
	up: (place: string) => `Pen up, ${place}.`,
	rows: ["at the top", "in the middle", "at the bottom"],
	columns: ["left", "", "right"],
	undone: "Taken back.",
	redone: "Brought back.",
	cleared: "The sheet is clean. Undo brings the drawing back.",
	none: "Nothing was drawn.",
};

const thick = [14, 36, 90];
const scale = 0.4; // pixels of the canvas to one unit

export class HeldPartDrawing extends Part {
	protected heading = words.title;
	private strokes: readonly Stroke[] = [];
	private past: (readonly Stroke[])[] = [];
	private future: (readonly Stroke[])[] = [];
	private alt = "";
	private foreign: Made | null = null; // a picture that was not drawn here
	private colour = tints[0]!.hex;
	private other = "#6f6a96";
	private width = 1;
	private rubbing = false;
	private made: { strokes: readonly Stroke[]; alt: string; value: Made } | null = null;
	private asked = 0;

	// One line that is being drawn.
	private line: { colour: string; points: Point[] } | null = null;
	private from: readonly Stroke[] = [];
	private pointer = 0;
	private penSeen = -Infinity;
	private at: [number, number] = [wide / 2, high / 2];
	private penDown = false;

	private readonly canvas = el("canvas", {
		width: wide * scale, height: high * scale, class: "part-paper", tabindex: 0, role: "application", "aria-label": words.sheet, "data-key": "sheet",
	});
	private readonly cross = svg("svg", { class: "part-cross", viewBox: `0 0 ${wide} ${high}`, "aria-hidden": "true" }, svg("circle", { r: 40, stroke: ink }), svg("circle", { r: 52, stroke: white }));

	constructor() {
		super();
		this.listen();
	}

	override disconnectedCallback(): void {
		this.raise(); // a line that the keys have not ended is a line
		super.disconnectedCallback();
	}

	get value(): Made | null {
		if (this.foreign) return { ...this.foreign, alt: this.alt };
		if (!this.strokes.length && !this.alt) return null;
		if (this.made?.strokes !== this.strokes || this.made.alt !== this.alt) {
			const type = "image/svg+xml";
			const value = { blob: new Blob([toSVG(this.strokes, words.title, this.alt)], { type }), type, alt: this.alt };
			this.made = { strokes: this.strokes, alt: this.alt, value };
		}
		return this.made.value;
	}
	set value(made: Made | null) {
		this.strokes = [];
		this.past = [];
		this.future = [];
		this.line = null;
		this.penDown = false;
		this.alt = made?.alt ?? "";
		this.foreign = made; // until its strokes have been found
		this.draw();
		void this.restore(made, ++this.asked);
	}

	private async restore(made: Made | null, asked: number): Promise<void> {
		if (!made) return;
		const text = made.type.startsWith("image/svg") ? await made.blob.text() : "";
		if (asked !== this.asked) return;
		const ours = text.includes(`viewBox="0 0 ${wide} ${high}"`);
		if (!ours) return;
		this.foreign = null;
		this.strokes = fromSVG(text);
		this.made = { strokes: this.strokes, alt: this.alt, value: made };
		this.draw();
	}

	protected show(): void {
		if (this.disabled || this.foreign) {
			const made = this.value;
			return this.fill(made ? this.picture(made) : el("p", { class: "meta" }, words.none));
		}
		this.canvas.id ||= unique();
		const keys = el("p", { class: "hint", id: this.canvas.id + "-keys" }, words.keys);
		this.canvas.setAttribute("aria-describedby", keys.id);
		this.fill(
			el("div", { class: "part-sheet" }, this.canvas, this.cross),
			this.tools(),
			keys,
			this.plain ? null : this.inWords(),
		);
		this.repaint();
	}

	private tools(): HTMLElement {
		const known = tints.some((t) => t.hex === this.colour);
		const colours = choices(words.colour, "colour", [...tints.map((t) => ({ value: t.hex, label: t.label, hex: t.hex })), { value: "other", label: words.other, hex: this.other }],
			known ? this.colour : "other", (v) => {
				this.colour = v === "other" ? this.other : v;
				this.rub(false);
				this.find("any")!.closest("label")!.hidden = v !== "other";
			});
		const any = el("input", { type: "color", value: this.other, "aria-label": words.otherColour, "data-key": "any" });
		any.addEventListener("input", () => {
			if (!isHex(any.value)) return;
			this.other = this.colour = any.value;
			colours.querySelector("label:last-of-type circle")?.setAttribute("fill", any.value);
		});
		const mine = el("label", { class: "part-any" }, any);
		mine.hidden = known;
		colours.append(mine);
		const widths = choices(words.width, "width", words.widths.map((label, i) => ({ value: String(i), label })), String(this.width), (v) => (this.width = Number(v)));
		return el("div", { class: "part-tools" }, el("div", { class: "part-row" },
			button("rubber", words.rubber, () => this.rub(!this.rubbing), "button-quiet", { "aria-pressed": String(this.rubbing) }),
			button("undo", words.undo, () => this.undo(), "button-quiet", { "aria-disabled": String(!this.past.length) }),
			button("redo", words.redo, () => this.redo(), "button-quiet", { "aria-disabled": String(!this.future.length) }),
			button("clear", words.clear, () => this.clear(), "button-text")),
			...(this.plain ? [el("details", {}, el("summary", {}, words.more), colours, widths)] : [colours, widths]));
	}

	private inWords(): HTMLElement {
		const area = el("textarea", { class: "part-few", rows: 2, "data-key": "alt" });
		area.value = this.alt;
		area.addEventListener("input", () => {
			this.alt = area.value;
			this.soon();
		});
		area.addEventListener("change", () => this.changed());
		return field(words.inWords, area, words.inWordsHint);
	}

	private rub(on: boolean): void {
		this.rubbing = on;
		this.find("rubber")?.setAttribute("aria-pressed", String(on));
	}

	private repaint(): void {
		const pen = this.canvas.getContext("2d");
		if (!pen) return;
		pen.setTransform(scale, 0, 0, scale, 0, 0);
		pen.fillStyle = paper;
		pen.fillRect(0, 0, wide, high);
		for (const s of this.strokes) paint(pen, s);
		if (this.line) paint(pen, this.line);
		this.mark();
	}

	// mark shows where the keys' pen is.
	private mark(): void {
		this.cross.querySelectorAll("circle").forEach((c) => dress(c, { cx: this.at[0], cy: this.at[1] }));
		this.cross.classList.toggle("is-down", this.penDown);
		this.find("undo")?.setAttribute("aria-disabled", String(!this.past.length));
		this.find("redo")?.setAttribute("aria-disabled", String(!this.future.length));
	}

	private listen(): void {
		const c = this.canvas;
		c.addEventListener("pointerdown", (e) => this.begin(e));
		c.addEventListener("pointermove", (e) => this.go(e));
		c.addEventListener("pointerup", (e) => this.lift(e));
		c.addEventListener("pointercancel", (e) => this.lift(e));
		c.addEventListener("keydown", (e) => this.key(e));
		c.addEventListener("blur", () => this.raise());
		this.addEventListener("keydown", (e) => this.back(e));
	}

	private point(e: PointerEvent): Point {
		const box = this.canvas.getBoundingClientRect();
		const base = thick[this.width]!;
		// Only a pen knows how hard it is pressed; steps of four keep the file small.
		const width = e.pointerType === "pen" ? Math.max(4, Math.round((base * (0.35 + 1.3 * e.pressure)) / 4) * 4) : base;
		return [Math.round(((e.clientX - box.left) / box.width) * wide), Math.round(((e.clientY - box.top) / box.height) * high), width];
	}

	private begin(e: PointerEvent): void {
		if (this.line || e.button > 0 && e.pointerType === "mouse") return;
		// The hand that holds the pen rests on the glass.
		if (e.pointerType === "touch" && performance.now() - this.penSeen < 1000) return;
		if (e.pointerType === "pen") this.penSeen = performance.now();
		this.raise();
		this.canvas.setPointerCapture(e.pointerId);
		this.pointer = e.pointerId;
		const rubber = this.rubbing || (e.buttons & 32) > 0;
		this.start(this.point(e), rubber);
	}

	private start(p: Point, rubber: boolean): void {
		this.from = this.strokes;
		this.line = { colour: rubber ? "" : this.colour, points: [] };
		this.extend(p);
	}

	private go(e: PointerEvent): void {
		if (e.pointerType === "pen") this.penSeen = performance.now();
		if (!this.line || e.pointerId !== this.pointer) return;
		const all = e.getCoalescedEvents?.() ?? [];
		for (const one of all.length ? all : [e]) this.extend(this.point(one));
	}

	private extend(p: Point): void {
		const line = this.line!;
		if (!line.colour) {
			this.strokes = erase(this.strokes, p[0], p[1], thick[this.width]! * 1.5);
			return this.repaint();
		}
		const end = line.points.at(-1);
		if (end && Math.hypot(p[0] - end[0], p[1] - end[1]) < 6) return;
		line.points.push(p);
		const pen = this.canvas.getContext("2d");
		if (pen) paint(pen, line, line.points.length - 1);
	}

	private lift(e: PointerEvent): void {
		if (e.pointerId === this.pointer) this.raise();
	}

	// raise ends the line that is being drawn, whatever drew it.
	private raise(): void {
		const line = this.line;
		this.line = null;
		this.penDown = false;
		if (!line) return this.mark();
		if (line.colour) this.strokes = [...this.strokes, { colour: line.colour, points: line.points }];
		if (this.strokes !== this.from) this.did();
		this.mark();
	}

	private did(): void {
		this.past.push(this.from);
		this.future = [];
		this.mark();
		this.changed();
	}

	private key(e: KeyboardEvent): void {
		if (e.ctrlKey || e.metaKey) return;
		const by = e.shiftKey ? 300 : e.altKey ? 20 : 80;
		const move: Record<string, [number, number]> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] };
		const step = move[e.key];
		if (step) this.move(this.at[0] + step[0], this.at[1] + step[1]);
		else if (e.key === " ") this.toggle();
		else if (e.key === "Escape" && this.penDown) {
			this.raise();
			this.say(words.up(this.place()));
		} else return;
		e.preventDefault();
	}

	private move(x: number, y: number): void {
		this.at = [Math.min(wide, Math.max(0, x)), Math.min(high, Math.max(0, y))];
		if (this.penDown && this.line) this.extend([...this.at, thick[this.width]!]);
		this.mark();
	}

	private toggle(): void {
		if (this.penDown) {
			this.raise();
			return this.say(words.up(this.place()));
		}
		if (this.line) return;
		this.penDown = true;
		this.pointer = -1;
		this.start([...this.at, thick[this.width]!], this.rubbing);
		this.mark();
		this.say(words.down(this.place()));
	}

	private place(): string {
		const third = (v: number, all: number) => Math.min(2, Math.floor((v / all) * 3));
		return `${words.rows[third(this.at[1], high)]} ${words.columns[third(this.at[0], wide)]}`.trim();
	}

	private back(e: KeyboardEvent): void {
		if (!(e.ctrlKey || e.metaKey) || this.disabled || e.target instanceof HTMLTextAreaElement) return;
		const key = e.key.toLowerCase();
		if (key === "z" && !e.shiftKey) this.undo();
		else if (key === "y" || key === "z") this.redo();
		else return;
		e.preventDefault();
	}

	private undo(): void {
		this.raise();
		const before = this.past.pop();
		if (!before) return;
		this.future.push(this.strokes);
		this.set(before, words.undone);
	}

	private redo(): void {
		const after = this.future.pop();
		if (!after) return;
		this.past.push(this.strokes);
		this.set(after, words.redone);
	}

	private set(strokes: readonly Stroke[], sentence: string): void {
		this.strokes = strokes;
		this.repaint();
		this.say(sentence);
		this.changed();
	}

	private clear(): void {
		this.raise();
		if (!this.strokes.length) return;
		this.past.push(this.strokes);
		this.future = [];
		this.set([], words.cleared);
	}
}
