import { heed } from "./handed";
import { forgetKeys } from "./idle";

// <held-lock after="300"> on the pages of a shared device: covers the page when
// nobody has touched it for so many seconds, and takes the cover away when the
// server has taken a PIN or a passkey. The server locks by itself as well; the
// page under the cover stays as it was, with all that was typed on it.

const beat = 30_000; // how often the server is told that somebody types

class HeldLock extends HTMLElement {
	private touched = Date.now();
	private told = Date.now();
	private hid: HTMLElement[] = [];
	private titled = "";
	private focused: Element | null = null;

	connectedCallback(): void {
		for (const kind of ["pointerdown", "keydown", "input", "scroll"]) {
			document.addEventListener(kind, () => this.touch(), { passive: true, capture: true });
		}
		setInterval(() => this.look(), 1000);
		document.addEventListener("visibilitychange", () => this.look()); // a tablet that slept
		window.addEventListener("pageshow", () => this.look());
		this.addEventListener("submit", (event) => void this.send(event));
	}

	private get cover(): HTMLElement | null {
		return this.querySelector("[role=dialog]");
	}

	private get locked(): boolean {
		return this.cover?.hidden === false;
	}

	private touch(): void {
		if (this.locked || this.due()) return this.look();
		this.touched = Date.now();
		if (this.touched - this.told < beat) return;
		this.told = this.touched;
		void this.post("/account/awake").then((answer) => {
			if (answer?.status === 401) this.lock(); // the server was quicker
		});
	}

	private due(): boolean {
		return Date.now() - this.touched >= Number(this.getAttribute("after")) * 1000;
	}

	private look(): void {
		if (this.locked || !this.due()) return;
		this.lock();
		void this.post("/account/lock");
	}

	// lock covers the page at once, if it is not covered.
	lock(): void {
		const cover = this.cover;
		if (!cover || this.locked) return;
		this.focused = document.activeElement;
		this.titled = document.title;
		document.title = cover.querySelector("h2")?.textContent ?? "";
		for (const part of document.body.children) {
			if (part === this || !(part instanceof HTMLElement) || part.hidden) continue;
			part.hidden = true;
			this.hid.push(part);
		}
		cover.hidden = false;
		void forgetKeys(); // a journal that is open on this device locks with the page
		this.querySelector<HTMLInputElement>("[name=pin]")?.focus();
	}

	private unlock(): void {
		const cover = this.cover;
		if (cover) cover.hidden = true;
		for (const part of this.hid) part.hidden = false;
		this.hid = [];
		document.title = this.titled;
		this.touched = this.told = Date.now();
		if (this.focused instanceof HTMLElement) this.focused.focus();
	}

	// send asks the server without leaving the page.
	private async send(event: SubmitEvent): Promise<void> {
		const form = event.target;
		if (!(form instanceof HTMLFormElement)) return;
		event.preventDefault();
		const answer = await this.post(new URL(form.action).pathname, form);
		form.reset();
		if (answer?.ok) {
			this.say("");
			return this.unlock();
		}
		const body = (await answer?.json().catch(() => null)) as { error?: string; fields?: Record<string, string> } | null;
		this.say(Object.values(body?.fields ?? {})[0] ?? body?.error ?? "The practice did not answer. Please try again.");
		if (answer?.status === 410) location.reload(); // ended, or opened elsewhere: the server says which
	}

	private async post(path: string, form?: HTMLFormElement): Promise<Response | undefined> {
		try {
			const body = new URLSearchParams();
			if (form) for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
			return await fetch(path, { method: "POST", body, headers: { Accept: "application/json" } });
		} catch {
			return undefined; // no network: what is covered stays covered
		}
	}

	private say(sentence: string): void {
		const line = this.querySelector("[role=alert]");
		if (line) line.textContent = sentence;
	}
}

customElements.define("held-lock", HeldLock);

heed(() => {
	const lock = document.querySelector<HeldLock>("held-lock");
	lock?.lock();
	return lock !== null;
});
