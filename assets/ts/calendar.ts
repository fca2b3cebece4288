// The frame that fetches a calendar by its address. It stands in a sandbox: no
// cookie, no storage and no page of ours is in its reach, and whoever it asks is
// not told where the question came from. It gets an address and a port, and gives
// back through the port what came.

import type { Asked, Fetched } from "./journal/fetch";

async function whole(answer: Response, most: number): Promise<string | null> {
	const reader = answer.body!.getReader();
	const text = new TextDecoder();
	let out = "";
	let size = 0;
	for (;;) {
		const { done, value } = await reader.read();
		if (done) return out + text.decode();
		size += value.length;
		if (size > most) {
			void reader.cancel();
			return null;
		}
		out += text.decode(value, { stream: true });
	}
}

async function fetched({ address, most }: Asked): Promise<Fetched> {
	try {
		const answer = await fetch(address, { mode: "cors", credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store", signal: AbortSignal.timeout(30_000) });
		if (!answer.ok) return { refused: "status", status: answer.status };
		const text = await whole(answer, most);
		return text === null ? { refused: "large" } : { text };
	} catch {
		return { refused: "away" }; // a browser does not say which of the reasons it was
	}
}

addEventListener("message", (event: MessageEvent<Asked>) => {
	const port = event.ports[0];
	if (event.source !== parent || !port) return;
	void fetched(event.data).then((answer) => port.postMessage(answer));
});
