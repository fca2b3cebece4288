// Keeping the journal's page, and the one for right after a session, for when
// there is no network.

const PATH = "/space/journal-worker.js";
const SCOPES = ["/space/journal", "/space/capture"];

export async function install(): Promise<void> {
	if (!("serviceWorker" in navigator)) return;
	const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(s: string): string } } }).trustedTypes;
	const rule = { createScriptURL: (s: string) => {
		if (s !== PATH) throw new TypeError("another script");
		return s;
	} };
	const script = types ? types.createPolicy("held-worker", rule).createScriptURL(PATH) : PATH;
	for (const scope of SCOPES) {
		try {
			await navigator.serviceWorker.register(script, { scope });
		} catch {
			// Without a worker the page needs the network to open; all else is the same.
		}
	}
}
