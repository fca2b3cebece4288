// <held-shared client name> is where a clinician reads what one client shares.

import { h, notice } from "./dom";
import { Gate, lockedView, setupView } from "./gate";
import { keysView } from "./keyring";
import { words } from "./said";
import { deskView } from "./share";

export class HeldShared extends HTMLElement {
	private gate = new Gate();

	async connectedCallback(): Promise<void> {
		this.replaceChildren(h("p", { role: "status" }, "Opening…"));
		setInterval(() => this.gate.keys && this.gate.idle() && void this.gate.lock().then(() => location.reload()), 5000);
		for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => this.gate.keys && !this.gate.idle() && this.gate.touch(), { passive: true, capture: true });
		try {
			await this.gate.find();
			await this.enter();
		} catch (error) {
			this.replaceChildren(notice("care", h("p", {}, words(error))));
		}
	}

	// ownKeys are the clinician's devices, sheet and words, when they are asked for.
	private ownKeys(open: boolean, again: () => void): HTMLElement {
		const place = h("div", { class: "stack" });
		const box = h("details", { class: "keys", open }, h("summary", {}, "Your keys"), place);
		const show = () => box.open && !place.hasChildNodes() && place.append(keysView(this.gate, null, again));
		box.addEventListener("toggle", show);
		show();
		return box;
	}

	private async enter(): Promise<void> {
		const again = () => void this.enter();
		const alarms = this.gate.alarms.map((a) => notice("care", h("p", {}, a)));
		try {
			if (!this.gate.made) return this.replaceChildren(setupView(this.gate, again, true));
			if (!this.gate.keys) return this.replaceChildren(...alarms, lockedView(this.gate, again, "What is shared with you is locked"));
			this.gate.touch();
			const keysShown = this.querySelector<HTMLDetailsElement>("details.keys")?.open ?? false;
			const view = await deskView(this.gate, this.getAttribute("client") ?? "", this.getAttribute("name") ?? "", this.getAttribute("time") ?? "", again);
			this.replaceChildren(...alarms, view, this.ownKeys(keysShown, again));
		} catch (error) {
			this.replaceChildren(...alarms, notice("care", h("p", {}, words(error))));
		}
	}
}
