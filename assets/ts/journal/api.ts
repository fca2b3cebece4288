// Talking to the practice. What goes out here was sealed before.

import type { Bytes } from "./bytes";
import { own } from "./bytes";
import { Said } from "./said";

// Status is an answer that is no yes.
export class Status extends Said {
	constructor(readonly status: number, sentence: string) {
		super(sentence);
	}
}

// Away says that nobody answered: there is no network, or the practice is down.
export class Away extends Said {
	constructor() {
		super("There is no connection to the practice at the moment. What you write is kept on this device and sent when there is one.");
	}
}

async function ask(path: string, init: RequestInit): Promise<Response> {
	let answer: Response;
	try {
		answer = await fetch(path, { ...init, cache: "no-store", redirect: "error", headers: { Accept: "application/json", ...init.headers } });
	} catch {
		throw new Away();
	}
	if (answer.ok) return answer;
	const said = (await answer.json().catch(() => null)) as { error?: string } | null;
	if (answer.status >= 502) throw new Away();
	throw new Status(answer.status, said?.error ?? "The practice did not take this. What you wrote is kept on this device.");
}

export async function get<T>(path: string): Promise<T> {
	return (await (await ask(path, {})).json()) as T;
}

export async function bytes(path: string): Promise<Bytes> {
	const answer = await ask(path, { headers: { Accept: "application/octet-stream, application/json" } });
	try {
		return new Uint8Array(await answer.arrayBuffer());
	} catch {
		throw new Away(); // it ended early
	}
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
	const init: RequestInit = { method: "POST" };
	if (body instanceof Uint8Array) {
		init.body = own(body);
		init.headers = { "Content-Type": "application/octet-stream" };
	} else if (body !== undefined) {
		init.body = JSON.stringify(body);
		init.headers = { "Content-Type": "application/json" };
	}
	return (await (await ask(path, init)).json()) as T;
}

const partSize = 192 * 1024;

// Sent is what the practice says of a file that it has taken.
export interface Sent {
	revision: number;
	seq: number;
	day: string;
	size: number;
}

// send sends a file, part by part; told hears how much has gone.
export async function send(path: string, file: Uint8Array, revision: number, upload: string, told: (share: number) => void = () => {}): Promise<Sent> {
	const of = Math.max(1, Math.ceil(file.length / partSize));
	const mark = path.includes("?") ? "&" : "?";
	let answer: Sent | undefined;
	for (let part = 0; part < of; part++) {
		const body = file.slice(part * partSize, (part + 1) * partSize);
		answer = await post<Sent>(`${path}${mark}revision=${revision}&upload=${upload}&part=${part}&of=${of}`, body);
		told((part + 1) / of);
	}
	return answer!;
}
