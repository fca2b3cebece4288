// Keeps the room's page for when there is no network.

const PATH = "/room/worker.js";

export async function install(): Promise<void> {
	if (!("serviceWorker" in navigator)) return;
	const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(s: string): string } } }).trustedTypes;
	const rule = { createScriptURL: (s: string) => {
		if (s !== PATH) throw new TypeError("another script");
		return s;
	} };
	try {
		await navigator.serviceWorker.register(types ? types.createPolicy("held-worker", rule).createScriptURL(PATH) : PATH, { scope: "/room/" });
	} catch {
		// Without a worker the room needs the network to open; all else is the same.
	}
}
