// What tells every page that something of a sealed journal is on this device
// alone: one name for each person who writes here.

export const UNSENT = "held-unsent-";
export const DRAFTS = "held-drafts-";
export const ANSWERS = "held-answers-"; // answers to a form that were not sent yet

export const ROOM = "held-room-unsent-"; // what was written in a medicine room and not sent yet, by its session

export function mark(name: string, on: boolean): void {
	if (on) localStorage.setItem(name, "1");
	else localStorage.removeItem(name);
}

// waiting lists these names.
export function waiting(): string[] {
	try {
		return Object.keys(localStorage).filter((k) => k.startsWith(UNSENT) || k.startsWith(DRAFTS) || k.startsWith(ANSWERS) || k.startsWith(ROOM));
	} catch {
		return []; // storage is forbidden: then nothing waits in it
	}
}
