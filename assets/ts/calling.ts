// <held-calling> on every page of a clinician's: what calls in the medicine rooms
// of their clients, as it happens. One page of a browser listens and tells the
// others, so that many open pages cost one connection.
import { chime, keepSound, soundOn } from "./sound";

interface Call {
	key: string;
	says: string;
	since: string;
	heard?: string;
}

interface Room {
	session: string;
	alias: string;
	calls: Call[];
}

interface Told {
	me: string;
	rooms: Room[];
}

const NAME = "held-calling";

class HeldCalling extends HTMLElement {
	private others = new BroadcastChannel(NAME);
	private shown = "";

	connectedCallback(): void {
		this.shown = [...this.lines().keys()].join("|");
		this.others.addEventListener("message", (event) => {
			const told = (event as MessageEvent).data as Told;
			if (told.me === this.getAttribute("me")) this.show(told.rooms, false);
		});
		void this.inTurn();
	}

	// lines are what stands here, by its key and its words: what is open of a
	// reading changes while it is late.
	private lines(): Map<string, HTMLElement> {
		return new Map([...this.querySelectorAll<HTMLElement>("[data-key]")].map((p) => [mark(p.dataset["key"] ?? "", p.textContent), p]));
	}

	// inTurn waits until no other page of this browser listens.
	private async inTurn(): Promise<void> {
		if (!navigator.locks) return void (await this.listen());
		await navigator.locks.request(NAME, () => this.listen());
		await uncovered();
		void this.inTurn();
	}

	// listen hears what calls, until the server says that this session is over.
	private listen(): Promise<void> {
		return new Promise((done) => {
			const source = new EventSource("/room/calls/stream");
			source.addEventListener("calls", (event) => {
				const { rooms } = JSON.parse(String((event as MessageEvent).data)) as { rooms: Room[] };
				this.others.postMessage({ me: this.getAttribute("me") ?? "", rooms } satisfies Told);
				this.show(rooms, true);
			});
			source.addEventListener("over", () => {
				source.close();
				done();
			});
			window.addEventListener("pagehide", () => source.close());
		});
	}

	private show(rooms: Room[], mine: boolean): void {
		const calls = rooms.flatMap((r) => r.calls.filter((c) => !c.heard).map((c) => ({ r, c })));
		if (mine && keepSound(calls.map(({ c }) => c.key)) && soundOn()) chime();
		const now = calls.map(({ r, c }) => mark(c.key, words(r, c))).join("|");
		if (now === this.shown) return;
		this.shown = now;
		const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-key]")?.dataset["key"];
		// What stands there stays, so that only what is new is read out.
		const old = this.lines();
		this.replaceChildren(...calls.map(({ r, c }) => old.get(mark(c.key, words(r, c))) ?? line(r, c)));
		if (focused) this.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"] a`)?.focus();
	}
}

const words = (r: Room, c: Call): string => `${r.alias}, since ${c.since}. ${c.says}`;

const mark = (key: string, text: string): string => `${key} ${text.replace(/\s+/g, " ").trim()}`;

function line(r: Room, c: Call): HTMLElement {
	const p = document.createElement("p");
	const a = document.createElement("a");
	p.dataset["key"] = c.key;
	a.href = `/room/${r.session}`;
	a.textContent = r.alias;
	p.append(a, words(r, c).slice(r.alias.length));
	return p;
}

// uncovered waits until the cover of a shared device is taken away; where there
// is none, somebody has signed out, and this page hears no more.
function uncovered(): Promise<void> {
	return new Promise((done) => {
		const cover = document.querySelector<HTMLElement>("held-lock [role=dialog]");
		if (!cover) return;
		new MutationObserver((_, watch) => {
			if (!cover.hidden) return;
			watch.disconnect();
			done();
		}).observe(cover, { attributes: true, attributeFilter: ["hidden"] });
	});
}

customElements.define(NAME, HeldCalling);
