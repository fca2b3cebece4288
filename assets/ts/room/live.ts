// What happens on other devices, as it happens: the practice's stream of events.
// The browser opens it again by itself and says where it was; when that fails
// for long, the whole state is asked for once more.

import type { Entry } from "./entry";
import type { Wire } from "./wire";

interface Hearing extends EventTarget {
	readonly device: string;
	fresh: boolean;
	arrived(entries: Entry[]): void;
	ask(): Promise<void>;
	clock(): Promise<void>;
}

// Here is a device that shows the room.
export interface Here {
	device: string;
	name: string;
	role: string;
}

const AGAIN = 3_000;

export class Live {
	open = false;
	here: Here[] = [];
	private from = ""; // how far this page has heard
	private source: EventSource | null = null;
	private timer = 0;

	constructor(
		private wire: Wire,
		private room: Hearing,
	) {}

	start(cursor = ""): void {
		this.from ||= cursor;
		clearTimeout(this.timer);
		this.source?.close();
		const source = (this.source = this.wire.stream(this.room.device, this.from));
		source.addEventListener("open", () => {
			const again = !this.open;
			this.open = true;
			if (!this.room.fresh) void this.room.ask();
			if (again) this.changed();
		});
		source.addEventListener("error", () => {
			this.open = false;
			this.changed();
			if (source.readyState === EventSource.CLOSED) this.later(); // it gave up: nobody answers, or not to this session
		});
		source.addEventListener("entry", (event) => this.entry(event));
		source.addEventListener("here", (event) => this.present(event));
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
		this.from = (event as MessageEvent).lastEventId || this.from;
		const e = read<Entry>(event);
		if (e?.id) this.room.arrived([e]);
	}

	private present(event: Event): void {
		this.here = read<{ people?: Here[] }>(event)?.people ?? [];
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
