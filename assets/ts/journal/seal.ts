// Sealing and opening the files of a journal. In each stand its id and its
// writer's signature, so that no file passes for another, or for another's.

import { Decrypter, Encrypter } from "age-encryption";
import { base64, type Bytes, hex, joined, own, pad, sha256, text, unbase64, utf8 } from "./bytes";
import { type Entry, fromMarkdown, toMarkdown } from "./entry";
import { current, type Keys } from "./keys";
import { Said } from "./said";

// Damaged says that a file is not what its writer made.
export class Damaged extends Said {}

const altered = () => new Damaged("A file that came from the practice does not open, or its signature is not its writer's: it was altered or damaged on the way or where it is kept.");

async function sign(keys: Keys, what: Bytes): Promise<string> {
	return base64(await crypto.subtle.sign({ name: "Ed25519" }, keys.sign, what));
}

async function verified(verifier: string, signature: string, what: Bytes): Promise<boolean> {
	try {
		const key = await crypto.subtle.importKey("raw", unbase64(verifier), { name: "Ed25519" }, false, ["verify"]);
		return await crypto.subtle.verify({ name: "Ed25519" }, key, unbase64(signature), what);
	} catch {
		return false;
	}
}

async function encrypt(plain: Uint8Array, to: string[]): Promise<Bytes> {
	const e = new Encrypter();
	for (const r of new Set(to)) e.addRecipient(r);
	return own(await e.encrypt(plain));
}

// decrypt opens an age file, whoever made it.
export async function decrypt(keys: Keys, file: Uint8Array): Promise<Uint8Array> {
	const d = new Decrypter();
	d.addIdentity(keys.open);
	for (const f of keys.former ?? []) d.addIdentity(f.open);
	try {
		return await d.decrypt(file);
	} catch {
		throw altered();
	}
}

const SIGNATURE = /\n\[held signature\]: # \(([A-Za-z0-9+/=]+)\)\n *$/;
const ENTRY = "held/journal/entry/v1\n";
const PIECE = "held/journal/piece/v1\n";

// sealText seals Markdown that has an id and an author in its header.
export async function sealText(keys: Keys, markdown: string, to: string[] = []): Promise<Bytes> {
	const signature = await sign(keys, utf8(ENTRY + markdown));
	return encrypt(pad(utf8(`${markdown}\n[held signature]: # (${signature})\n`)), [keys.recipient, ...to]);
}

// line finds one line of a Markdown header. Only \n ends a line: what somebody
// typed may hold what other programs take for one.
function line(markdown: string, name: string): string | undefined {
	const head = /^---\n([\s\S]*?)\n---\n/.exec(markdown)?.[1] ?? "";
	return head.split("\n").find((l) => l.startsWith(name + ": "));
}

// header reads one line of a Markdown header.
export function header(markdown: string, name: string): string {
	return line(markdown, name)?.slice(name.length + 2) ?? "";
}

export function hasHeader(markdown: string, name: string): boolean {
	return line(markdown, name) !== undefined;
}

// withHeader adds lines to a Markdown header.
export function withHeader(markdown: string, lines: Record<string, string>): string {
	const more = Object.entries(lines).map(([name, value]) => `${name}: ${value}\n`).join("");
	return markdown.replace(/^---\n([\s\S]*?\n)---\n/, (_, head: string) => `---\n${head}${more}---\n`);
}

// Opened is what a file of the journal was, and by whose key it was signed.
export type Opened =
	| { kind: "entry"; by: string; entry: Entry; markdown: string }
	| { kind: "gone"; by: string; revision: number }
	| { kind: "piece"; by: string; bytes: Bytes };

// open opens a file that was written by whoever holds the other half of one of
// these verifying keys; those of the journal itself unless others are named.
export async function open(keys: Keys, id: string, file: Uint8Array, by: string | string[] = current(keys)): Promise<Opened> {
	const verifiers = [by].flat();
	const plain = await decrypt(keys, file);
	const piece = await openPiece(plain, id, verifiers);
	if (piece) return piece;
	let whole: string;
	try {
		whole = text(plain);
	} catch {
		throw altered();
	}
	const m = SIGNATURE.exec(whole);
	if (!m) throw altered();
	const markdown = whole.slice(0, m.index);
	const author = header(markdown, "author");
	if (!verifiers.includes(author) || !(await verified(author, m[1]!, utf8(ENTRY + markdown)))) throw altered();
	if (header(markdown, "id") !== id) throw new Damaged("One file of the journal was put in the place of another. It is not shown.");
	if (header(markdown, "gone") === "true") return { kind: "gone", by: author, revision: Number(header(markdown, "revision")) };
	return { kind: "entry", by: author, entry: fromMarkdown(markdown), markdown };
}

export async function sealEntry(keys: Keys, e: Entry, to: string[] = [], more: Record<string, string> = {}): Promise<Bytes> {
	return sealText(keys, withHeader(toMarkdown({ ...e, author: keys.verifier }), more), to);
}

// sealAnew seals a copy that was made for somebody else with newer keys: what it
// says stays, and for whom.
export async function sealAnew(keys: Keys, markdown: string, revision: number): Promise<Bytes> {
	const head = /^---\n([\s\S]*?\n)---\n/.exec(markdown)![1]!;
	const next = head.replace(/^revision: .*$/m, `revision: ${revision}`).replace(/^author: .*$/m, `author: ${keys.verifier}`);
	return sealText(keys, `---\n${next}---\n${markdown.slice(head.length + 8)}`, [header(markdown, "for")].filter(Boolean));
}

// sealGone seals that an entry was taken away: only its writer can say so.
export async function sealGone(keys: Keys, id: string, revision: number): Promise<Bytes> {
	return sealText(keys, `---\nid: ${id}\nrevision: ${revision}\nauthor: ${keys.verifier}\ngone: true\n---\n`);
}

// A piece is a picture or a recording as it is, with a line about it at its end,
// where programs that play or show it do not look.
export async function sealPiece(keys: Keys, id: string, bytes: Uint8Array, to: string[] = []): Promise<Bytes> {
	const signature = await sign(keys, utf8(`${PIECE}${id}\n${hex(await sha256(bytes))}`));
	return encrypt(pad(joined(bytes, utf8(`\nheld piece ${id} ${bytes.length} ${signature}\n`))), [keys.recipient, ...to]);
}

async function openPiece(plain: Uint8Array, id: string, verifiers: string[]): Promise<Opened | null> {
	const end = new TextDecoder("latin1").decode(plain.subarray(Math.max(0, plain.length - 4_000_000))).trimEnd();
	const m = /\nheld piece ([0-9a-f-]{36}) (\d+) ([A-Za-z0-9+/=]+)$/.exec(end.slice(-400));
	if (!m) return null;
	const bytes = own(plain.slice(0, Number(m[2])));
	if (m[1] !== id) throw new Damaged("One file of the journal was put in the place of another. It is not shown.");
	const said = utf8(`${PIECE}${id}\n${hex(await sha256(bytes))}`);
	for (const by of verifiers) if (await verified(by, m[3]!, said)) return { kind: "piece", by, bytes };
	throw altered();
}
