// <held-device> on the page of one's devices: asks the browser whether it may be
// called, and hands what it gives to the form. Without scripts it is hidden, and
// the page says why.
import { worker } from "./room/worker";

class HeldDevice extends HTMLElement {
	connectedCallback(): void {
		const form = this.querySelector("form");
		if (!form) return;
		if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
			return this.say("This browser cannot be called. On an iPhone or iPad, put Held on the home screen and open it from there.");
		}
		this.hidden = false;
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			void this.subscribe(form);
		});
	}

	private say(words: string): void {
		const line = document.querySelector("[data-device-line]");
		if (line) line.textContent = words;
	}

	private async subscribe(form: HTMLFormElement): Promise<void> {
		if (await Notification.requestPermission() !== "granted") {
			return this.say("The browser does not let Held call: it was asked and said no. Its settings for this page can allow it.");
		}
		try {
			const kept = await worker();
			const key = this.getAttribute("key") ?? "";
			const sub = (await subscribed(kept, key)).toJSON();
			for (const [name, value] of [["endpoint", sub.endpoint], ["p256dh", sub.keys?.["p256dh"]], ["auth", sub.keys?.["auth"]]]) {
				const input = form.querySelector<HTMLInputElement>(`input[name=${name}]`);
				if (input) input.value = value ?? "";
			}
		} catch {
			return this.say("The browser’s push service did not answer, so nothing was switched on. Please try again in a while.");
		}
		form.submit();
	}
}

// subscribed asks anew where the browser was given another key before: of a Held
// that stood here earlier.
async function subscribed(kept: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
	const want = bytes(key);
	const have = await kept.pushManager.getSubscription();
	const theirs = have?.options.applicationServerKey;
	if (have && theirs && same(new Uint8Array(theirs), want)) return have;
	await have?.unsubscribe();
	return kept.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: want });
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
	const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
	return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

customElements.define("held-device", HeldDevice);
