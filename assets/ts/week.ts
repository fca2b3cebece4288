// <held-week move="form-id"> around a week. The arrow keys go from entry to entry:
// up and down within a day, left and right to the nearest time of the next day.
// The week is one stop for the Tab key. An appointment can be dragged onto a free
// time; that fills the form named by "move" and sends it, as the page's own
// "Change the time" does without scripts.

type Entry = HTMLAnchorElement;

class HeldWeek extends HTMLElement {
	private dragged = "";

	connectedCallback(): void {
		this.entries().forEach((e, i) => (e.tabIndex = i ? -1 : 0));
		this.addEventListener("keydown", (e) => this.key(e));
		this.addEventListener("focusin", (e) => this.settle(e.target));
		if (this.form()) this.listenForDrags();
	}

	private entries(within: ParentNode = this): Entry[] {
		return [...within.querySelectorAll<Entry>(".slot > a")];
	}

	// settle makes the focused entry the one that Tab comes back to.
	private settle(target: EventTarget | null): void {
		const all = this.entries();
		if (all.includes(target as Entry)) all.forEach((e) => (e.tabIndex = e === target ? 0 : -1));
	}

	private key(event: KeyboardEvent): void {
		const from = (event.target as Element).closest<Entry>(".slot > a");
		if (!from || event.altKey || event.ctrlKey || event.metaKey) return;
		const to = this.next(from, event.key);
		if (!to) return;
		event.preventDefault();
		to.focus();
	}

	private next(from: Entry, key: string): Entry | undefined {
		const days = [...this.querySelectorAll(".day")].map((d) => this.entries(d)).filter((d) => d.length);
		const day = days.findIndex((d) => d.includes(from));
		const here = days[day] ?? [];
		switch (key) {
			case "ArrowDown":
				return here[here.indexOf(from) + 1];
			case "ArrowUp":
				return here[here.indexOf(from) - 1];
			case "Home":
				return here[0];
			case "End":
				return here.at(-1);
			case "ArrowLeft":
				return nearest(days[day - 1], from);
			case "ArrowRight":
				return nearest(days[day + 1], from);
		}
		return undefined;
	}

	private form(): HTMLFormElement | null {
		const found = document.getElementById(this.getAttribute("move") ?? "");
		return found instanceof HTMLFormElement ? found : null;
	}

	private listenForDrags(): void {
		this.addEventListener("dragstart", (e) => {
			this.dragged = slot(e)?.dataset.appointment ?? "";
		});
		this.addEventListener("dragover", (e) => {
			this.mark(slot(e));
			if (this.dragged && slot(e)?.dataset.start) e.preventDefault();
		});
		this.addEventListener("dragend", () => this.mark(null));
		this.addEventListener("drop", (e) => {
			const start = slot(e)?.dataset.start;
			if (!this.dragged || !start) return;
			e.preventDefault();
			this.send(start);
		});
	}

	private mark(target: HTMLElement | null): void {
		this.querySelectorAll(".is-target").forEach((s) => s.classList.remove("is-target"));
		if (target?.dataset.start) target.classList.add("is-target");
	}

	private send(start: string): void {
		const form = this.form();
		const appointment = form?.elements.namedItem("appointment");
		const when = form?.elements.namedItem("start");
		if (!(appointment instanceof HTMLInputElement) || !(when instanceof HTMLInputElement)) return;
		appointment.value = this.dragged;
		when.value = start;
		form?.requestSubmit();
	}
}

function slot(event: Event): HTMLElement | null {
	return (event.target as Element).closest<HTMLElement>(".slot");
}

// nearest is the entry of another day that begins closest to this one.
function nearest(day: Entry[] | undefined, from: Entry): Entry | undefined {
	return day && [...day].sort((a, b) => Math.abs(start(a) - start(from)) - Math.abs(start(b) - start(from)))[0];
}

function start(entry: Entry): number {
	const [hours = 0, minutes = 0] = (entry.querySelector(".slot-time")?.textContent ?? "").split(/[:–]/).map(Number);
	return hours * 60 + minutes;
}

customElements.define("held-week", HeldWeek);
