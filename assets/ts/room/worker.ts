// Keeps the room's page for when there is no network, and hears calls while Held
// is closed.

const PATH = "/room/worker.js";

// worker is the room's, installed and ready to be called.
export async function worker(): Promise<ServiceWorkerRegistration> {
	const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(s: string): string } } }).trustedTypes;
	const rule = { createScriptURL: (s: string) => {
		if (s !== PATH) throw new TypeError("another script");
		return s;
	} };
	const kept = await navigator.serviceWorker.register(types ? types.createPolicy("held-worker", rule).createScriptURL(PATH) : PATH, { scope: "/room/" });
	await active(kept);
	return kept;
}

// active waits until it runs: a browser subscribes no worker that is still being made.
function active(kept: ServiceWorkerRegistration): Promise<void> {
	const coming = kept.active ? null : (kept.installing ?? kept.waiting);
	if (!coming) return Promise.resolve();
	return new Promise((done, failed) => {
		const look = (): void => {
			if (coming.state === "activated") done();
			if (coming.state === "redundant") failed(new Error("the worker could not be kept"));
		};
		coming.addEventListener("statechange", look);
		look();
	});
}

export async function install(): Promise<void> {
	if (!("serviceWorker" in navigator)) return;
	try {
		await worker();
	} catch {
		// Without a worker the room needs the network to open; all else is the same.
	}
}
