// What the worker does when it is called: it says that something calls, and a tap
// leads to the list of open rooms. The words are here and not in what was sent,
// which carries nothing but whether it is a test.

interface Pushed extends Event {
	data: { text(): string } | null;
	waitUntil(work: Promise<unknown>): void;
}
interface Tapped extends Event {
	notification: Notification;
	waitUntil(work: Promise<unknown>): void;
}
interface Window {
	url: string;
	focus(): Promise<unknown>;
}
interface Called extends EventTarget {
	registration: { showNotification(title: string, options: object): Promise<void> };
	clients: { matchAll(which: object): Promise<Window[]>; openWindow(url: string): Promise<unknown> };
}

const CALLS = "/room/calls";
const DEVICES = "/desk/devices";

export function heard(): void {
	const worker = globalThis as unknown as Called;

	worker.addEventListener("push", (event) => {
		const test = (event as Pushed).data?.text() === "test";
		(event as Pushed).waitUntil(worker.registration.showNotification("Held", {
			body: test ? "A test call. This device is reached." : "Something calls you.",
			tag: test ? "held-test" : "held-call",
			renotify: true, // the same place, and heard anew
			requireInteraction: !test,
			data: test ? DEVICES : CALLS,
		}));
	});

	worker.addEventListener("notificationclick", (event) => {
		const { notification } = event as Tapped;
		const to = notification.data === DEVICES ? DEVICES : CALLS;
		notification.close();
		(event as Tapped).waitUntil(open(to));
	});

	// open shows the page that is open there already, or opens it.
	async function open(to: string): Promise<void> {
		const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
		const there = all.find((w) => new URL(w.url).pathname === to);
		await (there ? there.focus() : worker.clients.openWindow(to));
	}
}
