// Hearing what calls in the medicine rooms of somebody's clients, as it happens.
// One page of a browser listens and tells the others, so that many open pages
// cost one connection.
import { type Alone, follow, Watch } from "./stream";

export interface Call {
	key: string;
	kind: string;
	says: string;
	since: string;
	heard?: string;
}

export interface Called {
	session: string;
	alias: string;
	calls: Call[];
}

interface Told {
	me: string;
	rooms?: Called[];
	lost?: number; // since when nothing is heard
}

const NAME = "held-calling";
const ASK = "ask"; // a page that has just come asks what the one that listens has heard

// hear calls show with every list: mine says that this page is the one that listens.
// alone is told since when nothing is heard.
export function hear(me: () => string, show: (rooms: Called[], mine: boolean) => void, alone: Alone): void {
	const others = new BroadcastChannel(NAME);
	const tells = (what: Omit<Told, "me">): void => others.postMessage({ me: me(), ...what } satisfies Told);
	let heard: Called[] | null = null; // while this page listens
	let lost: Date | null = null;
	const watch = new Watch((since) => {
		lost = since;
		if (heard && since) tells({ lost: since.getTime() });
		alone(since);
	});
	others.addEventListener("message", (event) => {
		const told = (event as MessageEvent).data as Told | typeof ASK;
		if (told === ASK) {
			if (heard) tells(lost ? { rooms: heard, lost: lost.getTime() } : { rooms: heard });
		} else if (told.me === me()) {
			if (told.rooms) show(told.rooms, false);
			if (told.lost) watch.told(told.lost);
			else watch.heard();
		}
	});
	others.postMessage(ASK);

	// listen hears what calls, until the server says that this session is over.
	const listen = (): Promise<void> =>
		new Promise((done) => {
			follow<Called>(watch, {
				list(rooms) {
					heard = rooms;
					show(rooms, true);
				},
				still() {
					if (heard) tells({ rooms: heard }); // other pages know by it that this one listens
				},
				over() {
					heard = null;
					done();
				},
			});
		});

	// inTurn waits until no other page of this browser listens.
	const inTurn = async (): Promise<void> => {
		if (!navigator.locks) return void (await listen());
		await navigator.locks.request(NAME, listen);
		await uncovered();
		void inTurn();
	};
	void inTurn();
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
