// What happens on other devices, as it happens: the practice's stream of events.
// The browser opens it again by itself and says where it was; when that fails
// for long, the whole state is asked for once more.

import type { Entry } from "./entry";
import type { Wire } from "./wire";

interface Hearing extends EventTarget {
	arrived(entries: Entry[]): void;
	ask(): Promise<void>;
	clock(): Promise<void>;
}

export interface Call {
	session: string;
	what: string;
	words: string;
}

const AGAIN = 3_000;

export class Live {
	open = false;
	here: { name: string; role: string; device?: string }[] = [];
	private source: EventSource | null = null;
	private timer = 0;

	constructor(
		private wire: Wire,
		private room: Hearing,
	) {}

	start(): void {
		clearTimeout(this.timer);
		this.source?.close();
		const source = (this.source = this.wire.stream());
		source.addEventListener("open", () => {
			const again = !this.open;
			this.open = true;
			if (again) this.changed();
		});
		source.addEventListener("error", () => {
			this.open = false;
			this.changed();
			if (source.readyState === EventSource.CLOSED) this.later(); // it gave up: nobody answers, or not to this session
		});
		source.addEventListener("entry", (event) => this.entry(event));
		source.addEventListener("here", (event) => this.present(event));
		source.addEventListener("call", (event) => this.room.dispatchEvent(new CustomEvent("call", { detail: read<Call>(event) })));
		source.addEventListener("sealed", () => void this.room.ask());
	}

	stop(): void {
		clearTimeout(this.timer);
		this.source?.close();
		this.source = null;
		this.open = false;
	}

	private later(): void {
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => {
			void this.room.ask();
			this.start();
		}, AGAIN);
	}

	private entry(event: Event): void {
		const e = read<Entry>(event);
		if (e?.id) this.room.arrived([e]);
	}

	private present(event: Event): void {
		const told = read<{ here?: Live["here"] } | Live["here"]>(event);
		this.here = Array.isArray(told) ? told : (told?.here ?? []);
		this.changed();
	}

	private changed = (): boolean => this.room.dispatchEvent(new Event("change"));
}

function read<T>(event: Event): T | null {
	try {
		return JSON.parse((event as MessageEvent<string>).data) as T;
	} catch {
		return null;
	}
}
