// What a worker does that opens pages when nobody answers. It keeps those pages,
// without anybody on them, and their styles, scripts and fonts; it answers for
// nothing else, and keeps no answer that is anybody's.

interface Fetching extends Event {
	request: Request;
	respondWith(answer: Promise<Response>): void;
}
interface Lasting extends Event {
	waitUntil(work: Promise<unknown>): void;
}
interface Worker extends EventTarget {
	keep: string[]; // written before the script by the server
	location: Location;
	skipWaiting(): Promise<void>;
	clients: { claim(): Promise<void> };
}

const PATIENCE = 8_000; // a network that is neither there nor away

// offline gives the kept page that `shellOf` names for an address, if it names one.
export function offline(prefix: string, shellOf: (path: string) => string | undefined): void {
	const worker = globalThis as unknown as Worker;
	const name = prefix + ":" + worker.keep.join();

	worker.addEventListener("install", (event) => {
		(event as Lasting).waitUntil((async () => {
			const cache = await caches.open(name);
			await cache.addAll(worker.keep.map((path) => new Request(path, { cache: "reload" })));
			await worker.skipWaiting();
		})());
	});

	worker.addEventListener("activate", (event) => {
		(event as Lasting).waitUntil((async () => {
			for (const old of await caches.keys()) if (old.startsWith(prefix + ":") && old !== name) await caches.delete(old);
			await worker.clients.claim();
		})());
	});

	worker.addEventListener("fetch", (event) => {
		const { request } = event as Fetching;
		const url = new URL(request.url);
		if (request.method !== "GET" || url.origin !== worker.location.origin) return;
		const shell = shellOf(url.pathname);
		if (shell && request.mode === "navigate") (event as Fetching).respondWith(page(request, shell));
		else if (url.pathname.startsWith("/assets/")) (event as Fetching).respondWith(asset(request));
	});

	// page is the network's, and the kept one only where nobody answers.
	async function page(request: Request, shell: string): Promise<Response> {
		const kept = async () => (await caches.match(shell)) ?? Response.error();
		const late = new Promise<Response>((give) => setTimeout(() => void kept().then(give), PATIENCE));
		try {
			return await Promise.race([fetch(request), late]);
		} catch {
			return kept();
		}
	}

	// asset is the same for good under its name, so the kept one comes first.
	async function asset(request: Request): Promise<Response> {
		const kept = await caches.match(request.url);
		if (kept) return kept;
		const answer = await fetch(request);
		if (answer.ok && request.url.endsWith(".woff2")) await (await caches.open(name)).put(request.url, answer.clone());
		return answer;
	}
}
