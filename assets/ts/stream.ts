// The stream of what calls in the medicine rooms, and whether it is heard: a page
// that shows nothing must not look like a room in which nothing calls.

// SILENT is how long nothing may come before a page says so: the practice gives a
// sign of life every fifteen seconds. GRACE is for a connection that broke and is
// there again at once.
const SILENT = 40_000;
const GRACE = 5_000;
const LOOK = 5_000;
const [AGAIN, SELDOM] = [5_000, 5 * 60_000];

// Alone is told since when nothing is heard, and null once it is heard again.
export type Alone = (since: Date | null) => void;

// Watch knows when something was last heard.
export class Watch {
	private last = Date.now();
	private lost = false;
	private broken = 0;

	constructor(private alone: Alone) {
		window.setInterval(() => this.look(SILENT), LOOK);
	}

	heard(): void {
		this.last = Date.now();
		clearTimeout(this.broken);
		this.broken = 0;
		if (!this.lost) return;
		this.lost = false;
		this.alone(null);
	}

	// breaks is for a connection that is known to be gone.
	breaks(): void {
		this.broken ||= window.setTimeout(() => this.look(0), GRACE);
	}

	// told is what another page knows, which listens for this one.
	told(since: number): void {
		this.last = Math.min(this.last, since);
		this.look(0);
	}

	private look(silent: number): void {
		if (this.lost || Date.now() - this.last < silent) return;
		this.lost = true;
		this.alone(new Date(this.last));
	}
}

interface Following<T> {
	list(rooms: T[]): void;
	still?(): void; // with every sign of life
	over?(): void;
}

// follow listens until the practice says that this session is over. What answers
// with an error page is asked again, more and more seldom.
export function follow<T>(watch: Watch, on: Following<T>): void {
	let source: EventSource | undefined;
	let wait = AGAIN;
	let timer = 0;
	const over = new AbortController();
	const close = (): void => {
		clearTimeout(timer);
		source?.close();
	};
	const open = (): void => {
		close();
		source = new EventSource("/room/calls/stream");
		source.addEventListener("calls", (event) => {
			wait = AGAIN;
			watch.heard();
			on.list((JSON.parse(String((event as MessageEvent).data)) as { rooms: T[] }).rooms);
			on.still?.();
		});
		source.addEventListener("still", () => {
			watch.heard();
			on.still?.();
		});
		source.addEventListener("error", () => {
			watch.breaks();
			if (source?.readyState !== EventSource.CLOSED) return; // the browser comes again by itself
			timer = window.setTimeout(open, wait);
			wait = Math.min(2 * wait, SELDOM);
		});
		source.addEventListener("over", () => {
			close();
			over.abort();
			on.over?.();
		});
	};
	const { signal } = over;
	window.addEventListener("pagehide", close, { signal });
	window.addEventListener("pageshow", (event) => event.persisted && open(), { signal });
	// A connection that is open still may lead nowhere: asking anew shows it.
	for (const change of ["offline", "online"]) window.addEventListener(change, open, { signal });
	open();
}

// since says when something was last heard, by this device's clock.
export const since = (at: Date): string => at.toLocaleString("en-GB", { weekday: "long", hour: "2-digit", minute: "2-digit" }).replace(",", "");
