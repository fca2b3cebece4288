// <held-part-colour>: a field of colours to wander in, with a finger or a mouse;
// the same by three sliders, or by words. Its value is one of the words, a colour
// as #rrggbb, or "" for none.

import { button, dress, el, Part, svg, swatch, unique } from "./part";
import { hexFrom, hexOf, ink, isHex, labelOf, named, polar, rgb, white } from "./palette";

export const words = {
	title: "Colour",
	hint: "Wander until one feels near. There is no right one.",
	light: "From dark to light",
	strength: "From grey to full",
	hue: "Around the colours",
	names: "Or a word",
	choose: "A word for a colour",
	none: "No colour",
	near: (name: string) => `Near to ${name}`,
	empty: "No colour is chosen.",
};

const grid = [96, 60] as const;
const ends = [0.14, 0.97] as const; // darkest and lightest row of the field

export class HeldPartColour extends Part {
	protected heading = words.title;
	private chosen = "";
	private light = 0.6;
	private strength = 0.45;
	private hue = 310;
	private pointer: number | null = null;
	private readonly field = el("canvas", { class: "part-field", width: grid[0], height: grid[1], "aria-hidden": "true" });
	private readonly spot = svg("svg", { class: "part-cross part-here", viewBox: "0 0 360 225", "aria-hidden": "true" }, svg("circle", { r: 9, stroke: ink }), svg("circle", { r: 11, stroke: white }));
	private readonly near = el("p", { class: "part-near" });

	constructor() {
		super();
		this.field.addEventListener("pointerdown", (e) => {
			if (this.pointer !== null) return;
			this.field.setPointerCapture(e.pointerId);
			this.pointer = e.pointerId;
			this.wander(e);
		});
		this.field.addEventListener("pointermove", (e) => this.wander(e));
		for (const over of ["pointerup", "pointercancel"] as const) this.field.addEventListener(over, (e) => {
			if (e.pointerId !== this.pointer) return;
			this.pointer = null;
			this.changed();
		});
	}

	get value(): string {
		return this.chosen;
	}
	set value(value: string) {
		this.chosen = value && hexOf(value) ? value : "";
		this.settle();
		this.draw();
	}

	// settle moves the field and the sliders to the colour that is chosen.
	private settle(): void {
		const hex = hexOf(this.chosen);
		if (!hex) return;
		const [light, strength, hue] = polar(hex);
		this.light = light;
		this.strength = strength;
		if (strength > 0.02) this.hue = hue; // a grey has no place around the circle
	}

	protected show(): void {
		if (this.disabled) return this.fill(this.near), this.tell();
		this.fill(
			el("p", { class: "hint" }, words.hint),
			el("div", { class: "part-sheet" }, this.field, this.spot),
			this.slider("hue", words.hue, 0, 359, Math.round(this.hue), (v) => (this.hue = v)),
			this.slider("light", words.light, 0, 100, Math.round(this.light * 100), (v) => (this.light = v / 100)),
			this.slider("strength", words.strength, 0, 100, Math.round(this.strength * 100), (v) => (this.strength = v / 100)),
			this.words(),
			el("div", { class: "part-row" }, this.near, button("none", words.none, () => {
				this.chosen = "";
				this.tell();
				this.say(words.empty);
				this.changed();
			}, "button-text")),
		);
		this.paint();
		this.tell();
	}

	private slider(key: string, label: string, min: number, max: number, value: number, move: (v: number) => void): HTMLElement {
		const input = el("input", { type: "range", min, max, value, "data-key": key, id: unique() });
		input.addEventListener("input", () => {
			move(Number(input.value));
			this.pick();
		});
		input.addEventListener("change", () => this.changed());
		return el("div", { class: "part-slider" }, el("label", { for: input.id }, label), input);
	}

	private words(): HTMLElement {
		const list = el("select", { "data-key": "words", id: unique() }, el("option", { value: "" }, words.choose), ...named.map((t) => el("option", { value: t.value }, t.label)));
		list.value = named.some((t) => t.value === this.chosen) ? this.chosen : "";
		list.addEventListener("change", () => {
			if (!list.value) return;
			this.chosen = list.value;
			this.settle();
			this.follow();
			this.changed();
		});
		return el("div", { class: "field" }, el("label", { for: list.id }, words.names), list);
	}

	private wander(e: PointerEvent): void {
		if (e.pointerId !== this.pointer) return;
		const box = this.field.getBoundingClientRect();
		const within = (v: number) => Math.min(1, Math.max(0, v));
		this.hue = within((e.clientX - box.left) / box.width) * 359;
		this.light = ends[1] - within((e.clientY - box.top) / box.height) * (ends[1] - ends[0]);
		this.pick();
	}

	private pick(): void {
		this.chosen = hexFrom(rgb(this.light, this.strength, this.hue));
		this.follow();
	}

	// follow brings everything that shows the colour up to it.
	private follow(): void {
		for (const [key, v] of [["hue", this.hue], ["light", this.light * 100], ["strength", this.strength * 100]] as const) {
			const input = this.find(key) as HTMLInputElement | null;
			if (input) input.value = String(Math.round(v));
		}
		const list = this.find("words") as HTMLSelectElement | null;
		if (list) list.value = isHex(this.chosen) ? "" : this.chosen;
		this.paint();
		this.tell();
	}

	private tell(): void {
		const hex = hexOf(this.chosen);
		const name = labelOf(this.chosen);
		const said = !hex ? words.empty : isHex(this.chosen) ? words.near(name) : name;
		this.near.replaceChildren(swatch(hex), said);
		this.body.querySelectorAll("input[type=range]").forEach((r) => dress(r, { "aria-valuetext": said }));
		this.spot.classList.toggle("is-down", !!hex);
		const y = ((ends[1] - this.light) / (ends[1] - ends[0])) * 225;
		this.spot.querySelectorAll("circle").forEach((c) => dress(c, { cx: (this.hue / 359) * 360, cy: Math.min(225, Math.max(0, y)) }));
	}

	private paint(): void {
		const pen = this.field.getContext("2d");
		if (!pen) return;
		const [w, h] = grid;
		const dots = pen.createImageData(w, h);
		for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
			const light = ends[1] - (y / (h - 1)) * (ends[1] - ends[0]);
			dots.data.set([...rgb(light, this.strength, (x / (w - 1)) * 359), 255], (y * w + x) * 4);
		}
		pen.putImageData(dots, 0, 0);
	}
}
