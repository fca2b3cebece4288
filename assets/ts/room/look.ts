// Dark by default, as the room is; by day where somebody chooses it.

import { tap } from "./view";

const KEY = "held-room-look";

export class Look {
	readonly button = tap("", () => this.choose(this.day ? "dark" : "light"), "quiet");

	constructor() {
		let kept: string | null = null;
		try {
			kept = localStorage.getItem(KEY);
		} catch {
			// Storage is forbidden: dark, as the page came.
		}
		if (kept === "light") document.documentElement.dataset.theme = "light";
		this.label();
	}

	private get day(): boolean {
		return document.documentElement.dataset.theme === "light";
	}

	private choose(look: "dark" | "light"): void {
		document.documentElement.dataset.theme = look;
		try {
			localStorage.setItem(KEY, look);
		} catch {
			// As above.
		}
		this.label();
	}

	private label(): void {
		this.button.textContent = this.day ? "Look: day" : "Look: night";
	}
}
