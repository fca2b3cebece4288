// The journal's worker: opens /space/journal and /space/capture when there is no
// network. It keeps one page of each that shows nobody, and the styles, scripts and
// fonts of those pages; it answers for nothing else, and keeps no answer that is
// anybody's.

export {}; // a module to the type checker; the bundle has no imports

interface Fetching extends Event {
	request: Request;
	respondWith(answer: Promise<Response>): void;
}
interface Lasting extends Event {
	waitUntil(work: Promise<unknown>): void;
}
interface Worker extends EventTarget {
	keep: string[]; // written before this script by the server
	location: Location;
	skipWaiting(): Promise<void>;
	clients: { claim(): Promise<void> };
}

const worker = globalThis as unknown as Worker;
const shells: Record<string, string> = { "/space/journal": "/space/journal/offline", "/space/capture": "/space/capture/offline" };
const name = "held-journal:" + worker.keep.join();

worker.addEventListener("install", (event) => {
	(event as Lasting).waitUntil((async () => {
		const cache = await caches.open(name);
		await cache.addAll(worker.keep.map((path) => new Request(path, { cache: "reload" })));
		await worker.skipWaiting();
	})());
});

worker.addEventListener("activate", (event) => {
	(event as Lasting).waitUntil((async () => {
		for (const old of await caches.keys()) if (old.startsWith("held-journal:") && old !== name) await caches.delete(old);
		await worker.clients.claim();
	})());
});

worker.addEventListener("fetch", (event) => {
	const { request } = event as Fetching;
	const url = new URL(request.url);
	if (request.method !== "GET" || url.origin !== worker.location.origin) return;
	const shell = shells[url.pathname];
	if (shell && request.mode === "navigate") (event as Fetching).respondWith(page(request, shell));
	else if (url.pathname.startsWith("/assets/")) (event as Fetching).respondWith(asset(request));
});

// page is the network's, and the kept one only where nobody answers.
async function page(request: Request, shell: string): Promise<Response> {
	try {
		return await fetch(request);
	} catch {
		return (await caches.match(shell)) ?? Response.error();
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
