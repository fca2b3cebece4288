// <held-leaving> around the conditions of going home: keeps their words as they
// stand, told by the room's stream and once a minute by the clock. Without us the
// page is right when it is loaded, and says so when it is signed.

type Stand = { key: string; state: string; rests: string; why: string };
type State = { heading: string; elapsed: string; digest: string; over: boolean; conditions: Stand[] };

const minute = 60_000;
const pause = 300; // several entries of one tap are one look

class HeldLeaving extends HTMLElement {
	private stream: EventSource | undefined;
	private clock = 0;
	private soon = 0;

	connectedCallback(): void {
		const { stream, state } = this.dataset;
		if (!stream || !state) return;
		this.stream = new EventSource(stream);
		this.stream.addEventListener("entry", () => {
			window.clearTimeout(this.soon);
			this.soon = window.setTimeout(() => void this.look(), pause);
		});
		this.clock = window.setInterval(() => void this.look(), minute);
		window.addEventListener("pagehide", this.close);
	}

	disconnectedCallback(): void {
		this.close();
	}

	private readonly close = (): void => {
		this.stream?.close();
		window.clearInterval(this.clock);
		window.clearTimeout(this.soon);
		window.removeEventListener("pagehide", this.close);
	};

	private async look(): Promise<void> {
		try {
			const answer = await fetch(this.dataset.state ?? "", { headers: { Accept: "application/json" } });
			if (answer.ok) this.show((await answer.json()) as State);
		} catch {
			// The next look tells.
		}
	}

	private show(s: State): void {
		say(this.querySelector("[data-heading]"), s.heading);
		say(document.querySelector("[data-elapsed]"), s.elapsed);
		for (const c of s.conditions) {
			const line = this.querySelector(`[data-condition="${CSS.escape(c.key)}"]`);
			say(line?.querySelector('[data-part="state"]'), c.state);
			say(line?.querySelector('[data-part="rests"]'), c.rests);
			say(line?.querySelector('[data-part="why"]'), c.why);
		}
		const changed = this.querySelector<HTMLElement>("[data-changed]");
		if (changed) changed.hidden = s.digest === this.dataset.digest && !s.over;
	}
}

function say(at: Element | null | undefined, words: string): void {
	if (at && at.textContent !== words) at.textContent = words;
}

customElements.define("held-leaving", HeldLeaving);
