// A calendar by its address. The journal's page talks to nobody but the practice;
// so a frame fetches it, which can reach nothing of the journal, and of which the
// calendar's host learns only that some page asked.

export interface Asked {
	address: string;
	most: number; // bytes
}

export type Fetched = { text: string } | { refused: "away" | "large" } | { refused: "status"; status: number };

const FRAME = "/space/journal/calendar";

// asAddress makes an address of what was typed; "" if it cannot be asked. Only
// what is encrypted on the way is: titles of a calendar are names.
export function asAddress(typed: string): string {
	const address = typed.trim().replace(/^webcals?:/i, "https:");
	if (!URL.canParse(address)) return "";
	const url = new URL(address);
	return url.protocol === "https:" && !url.username && !url.password ? url.href : "";
}

// fetchCalendar asks a new frame, and takes it away when it has answered.
export async function fetchCalendar(asked: Asked): Promise<Fetched> {
	const frame = document.createElement("iframe");
	frame.setAttribute("sandbox", "allow-scripts");
	frame.title = "Fetches the calendar";
	frame.hidden = true;
	const { port1, port2 } = new MessageChannel();
	try {
		return await new Promise<Fetched>((ok) => {
			const late = setTimeout(() => ok({ refused: "away" }), 40_000);
			port1.onmessage = (event: MessageEvent<Fetched>) => {
				clearTimeout(late);
				ok(event.data);
			};
			frame.addEventListener("load", () => frame.contentWindow?.postMessage(asked, "*", [port2]), { once: true }); // it has no origin that could be named
			frame.src = FRAME;
			document.body.append(frame);
		});
	} finally {
		port1.close();
		frame.remove();
	}
}
