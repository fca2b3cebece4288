// <held-draft key="question"> around a form: keeps what was typed in this tab
// until it has been sent. Nothing leaves the browser; a closed tab forgets it.
// With the attribute "off" it keeps nothing and forgets what it had.

type Kept = { fields: Record<string, string>; sent: boolean };
type Writable = HTMLInputElement | HTMLTextAreaElement;

class HeldDraft extends HTMLElement {
	connectedCallback(): void {
		if (this.hasAttribute("off")) return this.store(null);
		const kept = this.read();
		if (kept?.sent && !cameBack()) this.store(null);
		else if (kept) this.restore(kept.fields);
		this.addEventListener("input", () => this.keep(false));
		this.addEventListener("submit", () => this.keep(true));
	}

	private get name(): string {
		return "held-draft:" + (this.getAttribute("key") ?? location.pathname);
	}

	private fields(): Writable[] {
		const all = this.querySelectorAll<Writable>("textarea, input:not([type])," + kinds.map((k) => `input[type=${k}]`));
		return [...all].filter((f) => f.name && f.tabIndex >= 0);
	}

	private keep(sent: boolean): void {
		const fields: Kept["fields"] = {};
		for (const f of this.fields()) if (f.value) fields[f.name] = f.value;
		this.store({ fields, sent });
	}

	// What the server wrote into a field is newer than what was kept.
	private restore(fields: Kept["fields"]): void {
		for (const f of this.fields()) {
			const value = fields[f.name];
			if (value && !f.value) f.value = value;
		}
	}

	private read(): Kept | null {
		try {
			return JSON.parse(sessionStorage.getItem(this.name) ?? "null") as Kept | null;
		} catch {
			return null;
		}
	}

	private store(kept: Kept | null): void {
		try {
			if (kept) sessionStorage.setItem(this.name, JSON.stringify(kept));
			else sessionStorage.removeItem(this.name);
		} catch {
			// Storage is full or forbidden: the form works as it would without us.
		}
	}
}

const kinds = ["text", "email", "tel", "search", "date", "time", "number"];

// A form that was sent shows up again in two ways: empty, because all went well,
// or through the back button, because it may not have.
function cameBack(): boolean {
	const [nav] = performance.getEntriesByType("navigation");
	return (nav as PerformanceNavigationTiming | undefined)?.type === "back_forward";
}

customElements.define("held-draft", HeldDraft);
