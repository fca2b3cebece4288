// <held-note> around the editor of a note: keeps what was typed every few seconds
// and says when. The form's own button does the same without us. Where somebody
// else, or another tab, has kept another text meanwhile, it stops: the button
// then shows both.

const pause = 3_000;
const again = 15_000;

export {};

type Kept = { revision: number; kept: string };

class HeldNote extends HTMLElement {
	private timer = 0;
	private busy = false;
	private dirty = false;
	private stopped = false;

	connectedCallback(): void {
		this.addEventListener("input", () => {
			this.mark(true);
			this.later(pause);
		});
		this.addEventListener("submit", () => {
			window.clearTimeout(this.timer);
			this.stopped = true;
			this.mark(false);
		});
		document.addEventListener("visibilitychange", this.leave);
	}

	// mark says whether something is not kept yet; only then does leaving ask.
	private mark(dirty: boolean): void {
		this.dirty = dirty;
		if (dirty) window.addEventListener("beforeunload", this.warn);
		else window.removeEventListener("beforeunload", this.warn);
	}

	disconnectedCallback(): void {
		document.removeEventListener("visibilitychange", this.leave);
		window.removeEventListener("beforeunload", this.warn);
	}

	private readonly leave = (): void => {
		if (document.visibilityState === "hidden") void this.keep();
	};

	private readonly warn = (event: BeforeUnloadEvent): void => event.preventDefault();

	private later(after: number): void {
		window.clearTimeout(this.timer);
		if (!this.stopped) this.timer = window.setTimeout(() => void this.keep(), after);
	}

	private say(words: string): void {
		const line = this.querySelector("[data-kept]");
		if (line) line.textContent = words;
	}

	private async keep(): Promise<void> {
		const form = this.querySelector("form");
		if (!form || this.busy || this.stopped || !this.dirty) return;
		this.busy = true;
		this.mark(false);
		const fields = new URLSearchParams();
		for (const name of ["revision", "text"]) fields.set(name, this.field(name)?.value ?? "");
		fields.set("byitself", "yes");
		try {
			await this.told(await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body: fields }), fields);
		} catch {
			this.missed("Not kept yet: the practice does not answer. It is tried again.");
		}
		this.busy = false;
		if (this.dirty) this.later(pause);
	}

	private async told(answer: Response, sent: URLSearchParams): Promise<void> {
		if (answer.ok && !answer.redirected) {
			const k = (await answer.json()) as Kept;
			const revision = this.field("revision");
			if (revision) revision.value = String(k.revision);
			this.say(`kept ${k.kept}`);
			return;
		}
		if (answer.status === 409) {
			this.stopped = true;
			this.mark(true);
			this.say("Not kept: this was changed elsewhere since you opened it. Press Keep to see both; what you typed stays.");
			return;
		}
		if (answer.status === 401 || answer.status === 403) {
			this.missed("Not kept: please sign in again in another tab. What you typed is still here, and is tried again.");
			return;
		}
		if (answer.status === 422) {
			this.say("Not kept: something in it needs another look. Press Keep to see what.");
			this.mark((sent.get("text") ?? "") !== this.field("text")?.value);
			return;
		}
		this.missed("Not kept yet. It is tried again.");
	}

	private missed(words: string): void {
		this.mark(true);
		this.say(words);
		this.later(again);
	}

	private field(name: string): HTMLInputElement | HTMLTextAreaElement | null {
		return this.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name=${name}]`);
	}
}

customElements.define("held-note", HeldNote);
