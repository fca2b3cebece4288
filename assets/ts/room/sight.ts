// What calls is not to lie behind what stays in sight. The head of the room is as
// high as its words; what is focused, and what calls by something that was just
// done here, comes to stand below it.

const SETTLES = 2_000; // for what follows from somebody's own act: a reading that calls for a repeat
const IDLE = 3_000; // a page does not move under a hand
const STILL = 700; // and where it moved, a tap that was on its way touches nothing

export class Sight {
	private until = 0;
	private target: (() => Element | null) | null = null;
	private touched = 0;
	private known = "";

	constructor(
		private host: HTMLElement,
		private head: HTMLElement,
		private calls: HTMLElement,
		private held: () => boolean, // something else has the page: a pad, an emergency
	) {}

	start(): void {
		document.adoptedStyleSheets.push(this.sheet);
		new ResizeObserver(() => this.measure()).observe(this.head);
		addEventListener("resize", () => this.measure());
		for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
			addEventListener(kind, () => {
				this.touched = Date.now();
				this.until = 0;
			}, { passive: true });
		}
	}

	private high = 0;
	private sheet = new CSSStyleSheet(); // no element is given a style of its own

	private measure(): void {
		const high = getComputedStyle(this.head).position === "sticky" ? this.head.offsetHeight : 0;
		if (high === this.high) return;
		this.high = high;
		this.sheet.replaceSync(`:root { --head: ${high}px; }`);
	}

	private first = (): Element | null => this.calls.firstElementChild;

	// fits tells whether both can be seen at once, from the top of the one to the
	// foot of the other.
	private fits(from: Element, to: Element): boolean {
		return to.getBoundingClientRect().bottom - from.getBoundingClientRect().top <= innerHeight - this.high - 32;
	}

	// opens shows what is to be written in, and what calls above it where both have room.
	opens(doing: Element): void {
		this.until = 0;
		this.measure();
		const call = this.first();
		if (call && !this.fits(call, doing)) return doing.scrollIntoView({ block: "start" });
		doing.scrollIntoView({ block: "nearest" });
		call?.scrollIntoView({ block: "nearest" });
	}

	// settles keeps in sight what was focused after something was done, and before
	// all what calls by it, which may come a moment later.
	settles(target: () => Element | null): void {
		this.until = Date.now() + SETTLES;
		this.target = target;
		this.look();
	}

	look(): void {
		const call = this.first();
		const now = call?.textContent ?? "";
		const arrived = now !== "" && now !== this.known;
		if (this.held()) return;
		if (Date.now() < this.until) {
			this.measure();
			const target = this.target?.() ?? null;
			if (target && (!call || this.fits(call, target))) target.scrollIntoView({ block: "nearest" });
			call?.scrollIntoView({ block: "nearest" });
		} else if (call && arrived) {
			if (Date.now() - this.touched < IDLE) return; // it is looked at again
			this.uncovers(call);
		}
		this.known = now;
	}

	// uncovers moves the page where the head lies over a call that has just come. What
	// was scrolled away altogether stays away: somebody is reading something else.
	private uncovers(call: Element): void {
		const { top, bottom } = call.getBoundingClientRect();
		if (bottom <= 0 || top >= this.head.getBoundingClientRect().bottom || !this.high) return;
		call.scrollIntoView({ block: "nearest" });
		this.host.dataset["moved"] = "";
		setTimeout(() => delete this.host.dataset["moved"], STILL);
	}
}
