// How far this device's clock is from the practice's. A few questions are asked
// of the practice and the quickest answer counts: it leaves the least room for
// doubt. Nothing is ever corrected by it; it is written beside every entry.

import type { Wire } from "./wire";

export interface Measured {
	offset: number; // ms, the practice's clock minus this one
	error: number; // ms, half of the quickest round trip
}

const PROBES = 4;

// differs is from where on two clocks are said to disagree.
export const DIFFERS = 5_000;

export async function measure(wire: Wire, now: () => number = Date.now, ticks: () => number = () => performance.now()): Promise<Measured | null> {
	let best: Measured | null = null;
	for (let n = 0; n < PROBES; n++) {
		const [began, from] = [now(), ticks()];
		let theirs: number;
		try {
			theirs = await wire.clock();
		} catch {
			break;
		}
		const trip = ticks() - from;
		const jumped = Math.abs(now() - began - trip) > 1_000; // this clock was set while it was asked
		if (jumped || Number.isNaN(theirs) || (best && trip / 2 >= best.error)) continue;
		best = { offset: Math.round(theirs - (began + trip / 2)), error: trip / 2 };
	}
	return best;
}

// saidOf says a difference in words, or nothing where there is none to speak of.
export function saidOf(m: Measured | null): string {
	if (!m) return "The clock of this device could not be compared with the practice's yet.";
	if (Math.abs(m.offset) <= DIFFERS) return "";
	return `The clock of this device is ${span(Math.abs(m.offset))} ${m.offset > 0 ? "behind" : "ahead of"} the practice's. Times are kept as this device has them, with the difference beside them.`;
}

// span says how long something is.
export function span(ms: number): string {
	const s = Math.round(ms / 1000);
	if (s < 90) return count(s, "second");
	const m = Math.round(s / 60);
	if (m < 90) return count(m, "minute");
	const h = Math.round(m / 60);
	if (h < 36) return count(h, "hour");
	return count(Math.round(h / 24), "day");
}

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
