// Small things about bytes.

export type Bytes = Uint8Array<ArrayBuffer>;

export const utf8 = (s: string): Bytes => new TextEncoder().encode(s) as Bytes;
export const text = (b: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(b);

// own gives bytes that stand in a buffer of their own kind, as browsers ask for.
export const own = (b: Uint8Array): Bytes => (b.buffer instanceof ArrayBuffer ? (b as Bytes) : new Uint8Array(b));

export function base64(b: ArrayBuffer | Uint8Array): string {
	const all = b instanceof Uint8Array ? b : new Uint8Array(b);
	let s = "";
	for (let i = 0; i < all.length; i += 0x8000) s += String.fromCharCode(...all.subarray(i, i + 0x8000));
	return btoa(s);
}

export const unbase64 = (s: string): Bytes => Uint8Array.from(atob(s), (c) => c.charCodeAt(0));

export const base64url = (b: ArrayBuffer | Uint8Array): string => base64(b).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export async function sha256(b: Uint8Array): Promise<Bytes> {
	return new Uint8Array(await crypto.subtle.digest("SHA-256", own(b)));
}

export const hex = (b: Uint8Array): string => [...b].map((x) => x.toString(16).padStart(2, "0")).join("");

// padded is the length to which n bytes are made longer, so that a length tells
// little: Padmé (Nikitin and others, 2019), at most 12 % more, 1 kB at least.
export function padded(n: number): number {
	if (n <= 1024) return 1024;
	const e = Math.floor(Math.log2(n));
	const mask = 2 ** (e - Math.floor(Math.log2(e)) - 1) - 1;
	return (n + mask) & ~mask;
}

// pad adds spaces, which mean nothing at the end of any of our files.
export function pad(b: Uint8Array): Bytes {
	const out = new Uint8Array(padded(b.length)).fill(0x20);
	out.set(b);
	return out;
}

export function joined(...parts: Uint8Array[]): Bytes {
	const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
	let at = 0;
	for (const p of parts) {
		out.set(p, at);
		at += p.length;
	}
	return out;
}
