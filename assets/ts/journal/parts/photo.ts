// <held-part-photo>: a photograph of paper, turned and cut to what matters. What
// is kept is painted anew and so carries nothing the camera wrote into the file:
// no place, no time, no name of the device.

import { button, dress, el, field, type Made, Part, svg, unique } from "./part";

export const words = {
	title: "Photograph of paper",
	take: "Take a photograph",
	choose: "Choose a picture",
	hint: "A page, a drawing, something on paper. Where and when it was taken is not kept.",
	another: "Another picture",
	away: "Take it away",
	left: "Turn left",
	right: "Turn right",
	whole: "The whole picture",
	crop: "Draw the corners to what you want to keep. By keyboard: choose a corner, then the arrow keys.",
	corners: ["Upper left corner", "Upper right corner", "Lower left corner", "Lower right corner"],
	at: (x: number, y: number) => `${x} % from the left, ${y} % from the top`,
	picture: "Your picture",
	inWords: "In words",
	inWordsHint: "What is written or drawn there, for whoever cannot see it.",
	broken: "This file could not be opened as a picture. If it comes from a telephone, try to save it as JPEG first. Nothing was changed.",
	working: "The picture is being made ready.",
	ready: "The picture is kept.",
	none: "There is no picture.",
};

const longest = 2000;
const least = 0.08; // of a side, that a cut leaves
const type = "image/jpeg";

type Cut = { left: number; top: number; right: number; bottom: number };
const whole = (): Cut => ({ left: 0, top: 0, right: 1, bottom: 1 });

export class HeldPartPhoto extends Part {
	protected heading = words.title;
	private made: Made | null = null;
	private sheet: HTMLCanvasElement | null = null; // as it was turned, before it is cut
	private cut = whole();
	private alt = "";
	private trouble = "";
	private asked = 0;
	private later = 0;
	private view: SVGSVGElement | null = null;
	private held: { corner: number; pointer: number } | null = null;
	private readonly sizes = new ResizeObserver(() => this.place());

	get value(): Made | null {
		return this.made && { ...this.made, alt: this.alt };
	}
	set value(made: Made | null) {
		this.made = made;
		this.alt = made?.alt ?? "";
		this.sheet = null;
		this.cut = whole();
		this.trouble = "";
		this.asked++;
		this.draw();
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.sizes.disconnect();
	}

	protected show(): void {
		this.sizes.disconnect();
		this.view = null;
		if (this.disabled) {
			const made = this.value;
			return this.fill(made ? this.picture(made) : el("p", { class: "meta" }, words.none));
		}
		const made = this.made;
		this.fill(
			this.sheet ? this.cutting() : made ? this.picture({ ...made, alt: this.alt || words.picture }) : el("p", { class: "hint" }, words.hint),
			made || this.sheet ? this.tools() : null,
			made || this.sheet ? this.inWords() : null,
			this.sources(!!made),
			this.trouble ? el("p", { class: "notice notice-care" }, this.trouble) : null,
		);
		this.place();
	}

	private sources(again: boolean): HTMLElement {
		const row = el("div", { class: "part-row" });
		const camera = matchMedia("(pointer: coarse)").matches;
		for (const [label, capture] of [[words.take, true], [again ? words.another : words.choose, false]] as const) {
			if (capture && !camera) continue;
			const input = el("input", { type: "file", accept: "image/*", capture: capture ? "environment" : null, "data-key": capture ? "take" : "file" });
			input.addEventListener("change", () => {
				const file = input.files?.[0];
				if (file) void this.open(file);
			});
			row.append(el("label", { class: "button button-quiet part-file" }, label, input));
		}
		if (again) row.append(button("away", words.away, () => {
			this.value = null;
			this.changed();
		}, "button-text"));
		return row;
	}

	private tools(): HTMLElement {
		return el("div", { class: "part-row" },
			button("left", words.left, () => void this.turn(-1)),
			button("right", words.right, () => void this.turn(1)),
			this.sheet ? button("whole", words.whole, () => {
				this.cut = whole();
				this.place();
				void this.keep();
			}, "button-text") : null);
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

	// open takes a file up: upright, as the camera meant it, and no larger than needed.
	private async open(file: Blob): Promise<boolean> {
		const asked = ++this.asked;
		this.trouble = "";
		this.say(words.working);
		try {
			const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
			if (asked !== this.asked) return false;
			const by = Math.min(1, longest / Math.max(picture.width, picture.height));
			const sheet = el("canvas", { width: Math.max(1, Math.round(picture.width * by)), height: Math.max(1, Math.round(picture.height * by)) });
			const pen = sheet.getContext("2d")!;
			pen.imageSmoothingQuality = "high";
			pen.fillStyle = "#ffffff"; // what is see-through is paper
			pen.fillRect(0, 0, sheet.width, sheet.height);
			pen.drawImage(picture, 0, 0, sheet.width, sheet.height);
			picture.close();
			this.sheet = sheet;
			this.cut = whole();
		} catch {
			if (asked !== this.asked) return false;
			this.trouble = words.broken;
			this.show();
			this.say(words.broken);
			return false;
		}
		await this.keep();
		this.show();
		return true;
	}

	// turn works on the kept picture too, after it was closed and opened again.
	private async turn(by: 1 | -1): Promise<void> {
		if (!this.sheet) {
			const kept = this.made;
			if (!kept || !await this.open(kept.blob)) return;
		}
		const from = this.sheet!;
		const to = el("canvas", { width: from.height, height: from.width });
		const pen = to.getContext("2d")!;
		pen.translate(to.width / 2, to.height / 2);
		pen.rotate((by * Math.PI) / 2);
		pen.drawImage(from, -from.width / 2, -from.height / 2);
		this.sheet = to;
		const { left, top, right, bottom } = this.cut;
		this.cut = by > 0 ? { left: 1 - bottom, top: left, right: 1 - top, bottom: right } : { left: top, top: 1 - right, right: bottom, bottom: 1 - left };
		await this.keep();
		this.show();
	}

	// keep paints what is inside the corners; an earlier painting that is not done
	// yet is overtaken.
	private async keep(): Promise<void> {
		const asked = ++this.asked;
		const { sheet, cut } = this;
		if (!sheet) return;
		const [x, y] = [Math.round(cut.left * sheet.width), Math.round(cut.top * sheet.height)];
		const out = el("canvas", { width: Math.max(1, Math.round(cut.right * sheet.width) - x), height: Math.max(1, Math.round(cut.bottom * sheet.height) - y) });
		out.getContext("2d")!.drawImage(sheet, -x, -y);
		const blob = await new Promise<Blob | null>((done) => out.toBlob(done, type, 0.85));
		if (asked !== this.asked || !blob) return;
		this.made = { blob, type, alt: this.alt };
		this.say(words.ready);
		this.changed();
	}

	private cutting(): HTMLElement {
		const sheet = this.sheet!;
		dress(sheet, { class: "part-photo", role: "img", "aria-label": this.alt || words.picture });
		const hint = el("p", { class: "hint" }, words.crop);
		hint.id = unique();
		const view = svg("svg", { class: "part-cut", viewBox: `0 0 ${sheet.width} ${sheet.height}` },
			svg("path", { class: "part-shade", "fill-rule": "evenodd" }), svg("rect", { class: "part-frame" }));
		words.corners.forEach((name, i) => {
			const corner = svg("g", { class: "part-corner", role: "slider", tabindex: 0, "aria-label": name, "aria-valuemin": 0, "aria-valuemax": 100, "aria-describedby": hint.id, "data-key": `corner-${i}` },
				svg("circle", { class: "part-reach" }), svg("circle", { class: "part-knob" }));
			corner.addEventListener("keydown", (e) => this.key(e, i));
			corner.addEventListener("pointerdown", (e) => {
				if (this.held) return;
				corner.setPointerCapture(e.pointerId);
				this.held = { corner: i, pointer: e.pointerId };
			});
			corner.addEventListener("pointermove", (e) => {
				if (this.held?.pointer !== e.pointerId) return;
				const box = view.getBoundingClientRect();
				this.move(i, (e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height);
			});
			for (const over of ["pointerup", "pointercancel"] as const) corner.addEventListener(over, (e) => {
				if (this.held?.pointer !== e.pointerId) return;
				this.held = null;
				void this.keep();
			});
			view.append(corner);
		});
		this.view = view;
		this.sizes.observe(view);
		return el("div", {}, el("div", { class: "part-sheet part-cutting" }, sheet, view), hint);
	}

	private move(corner: number, x: number, y: number): void {
		const c = this.cut;
		if (corner % 2) c.right = Math.min(1, Math.max(c.left + least, x));
		else c.left = Math.max(0, Math.min(c.right - least, x));
		if (corner > 1) c.bottom = Math.min(1, Math.max(c.top + least, y));
		else c.top = Math.max(0, Math.min(c.bottom - least, y));
		this.place();
	}

	private key(e: KeyboardEvent, corner: number): void {
		const by = e.shiftKey ? 0.1 : 0.01;
		const move: Record<string, [number, number]> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] };
		const step = move[e.key];
		if (!step) return;
		e.preventDefault();
		const [x, y] = this.corner(corner);
		this.move(corner, x + step[0], y + step[1]);
		clearTimeout(this.later); // a key that is held moves many times
		this.later = window.setTimeout(() => void this.keep(), 200);
	}

	private corner(i: number): [number, number] {
		return [i % 2 ? this.cut.right : this.cut.left, i > 1 ? this.cut.bottom : this.cut.top];
	}

	// place puts frame and corners where they belong, in sizes that a finger finds
	// however large the picture is.
	private place(): void {
		const { view, sheet } = this;
		if (!view || !sheet) return;
		const unit = sheet.width / (view.getBoundingClientRect().width || sheet.width);
		const { left, top, right, bottom } = this.cut;
		const [x, y, w, h] = [left * sheet.width, top * sheet.height, (right - left) * sheet.width, (bottom - top) * sheet.height];
		dress(view.querySelector(".part-shade")!, { d: `M0 0h${sheet.width}v${sheet.height}H0ZM${x} ${y}h${w}v${h}h${-w}Z` });
		dress(view.querySelector(".part-frame")!, { x, y, width: w, height: h });
		view.querySelectorAll(".part-corner").forEach((g, i) => {
			const [at, down] = this.corner(i);
			const [cx, cy] = [at * sheet.width, down * sheet.height];
			dress(g, { "aria-valuenow": Math.round(at * 100), "aria-valuetext": words.at(Math.round(at * 100), Math.round(down * 100)) });
			dress(g.children[0]!, { cx, cy, r: 24 * unit });
			dress(g.children[1]!, { cx, cy, r: 9 * unit });
		});
	}
}
