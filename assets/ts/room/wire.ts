// What goes between this page and the practice.

import type { Entry } from "./entry";

export interface Kept {
	now: string;
	kept: string[];
	refused?: { id: string; why: string }[];
}

// Away: nobody answered. What was written waits on this device.
export class Away extends Error {}

// Closed: somebody answered that this page may not, and says why.
export class Closed extends Error {
	constructor(readonly status: number, message: string) {
		super(message);
	}
}

const PATIENCE = 15_000;

export class Wire {
	constructor(readonly base: string) {} // "/room/{session}"

	private async ask(path: string, body?: unknown): Promise<unknown> {
		const stop = new AbortController();
		const late = setTimeout(() => stop.abort(), PATIENCE);
		let answer: Response;
		try {
			answer = await fetch(this.base + path, {
				method: body === undefined ? "GET" : "POST",
				headers: body === undefined ? { Accept: "application/json" } : { Accept: "application/json", "Content-Type": "application/json" },
				body: body === undefined ? null : JSON.stringify(body),
				cache: "no-store",
				redirect: "error",
				signal: stop.signal,
			});
			if (answer.ok) return await answer.json();
		} catch {
			throw new Away();
		} finally {
			clearTimeout(late);
		}
		if (answer.status >= 500 || answer.status === 429) throw new Away();
		const told = (await answer.json().catch(() => null)) as { error?: string } | null;
		throw new Closed(answer.status, told?.error ?? "");
	}

	async clock(): Promise<number> {
		return Date.parse(((await this.ask("/clock")) as { now: string }).now);
	}

	state = <T>(): Promise<T> => this.ask("/state") as Promise<T>;

	send = (device: string, sent: string, entries: Entry[]): Promise<Kept> => this.ask("/entries", { device, sent, entries }) as Promise<Kept>;

	stream = (device: string, from: string): EventSource => new EventSource(`${this.base}/stream?${new URLSearchParams({ device, from }).toString()}`);
}
