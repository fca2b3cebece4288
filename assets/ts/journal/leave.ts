// Leaving: everything as age files with their key, and once more as plain files,
// in one zip made in the browser.

import { bytes, get } from "./api";
import type { Book } from "./book";
import { type Bytes, joined, utf8 } from "./bytes";
import { type Entry, toMarkdown } from "./entry";
import type { Gate } from "./gate";
import { leftFor, openLeft } from "./inbox";
import { writeRing } from "./keys";
import { Said } from "./said";
import { open } from "./seal";

const README = `This is a journal, taken along.

sealed/   every file as it was kept, encrypted with age (https://age-encryption.org)
key.txt   the key that opens them: age --decrypt --identity key.txt sealed/FILE.age
plain/    the same, readable by anybody: Markdown, sound, pictures

Whoever has key.txt or the folder plain can read all of it. Keep it where only you look.
`;

const TABLE = new Uint32Array(256).map((_, n) => {
	for (let i = 0; i < 8; i++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
	return n;
});

function crc(b: Uint8Array): number {
	let c = 0xffffffff;
	for (const x of b) c = TABLE[(c ^ x) & 0xff]! ^ (c >>> 8);
	return (c ^ 0xffffffff) >>> 0;
}

// zip stores files as they are: what is encrypted does not get smaller.
export function zip(files: [string, Uint8Array][]): Bytes {
	const parts: Uint8Array[] = [];
	const directory: Uint8Array[] = [];
	let at = 0;
	for (const [name, body] of files) {
		const path = utf8(name);
		const about = new DataView(new ArrayBuffer(26));
		about.setUint16(0, 20, true);
		about.setUint16(2, 0x0800, true); // names are UTF-8
		about.setUint16(8, 0x21, true); // no time, the first day that zip knows
		about.setUint32(10, crc(body), true);
		about.setUint32(14, body.length, true);
		about.setUint32(18, body.length, true);
		about.setUint16(22, path.length, true);
		const shared = new Uint8Array(about.buffer);
		const place = new DataView(new ArrayBuffer(14));
		place.setUint32(10, at, true);
		directory.push(Uint8Array.of(0x50, 0x4b, 1, 2, 20, 0), shared, new Uint8Array(place.buffer), path);
		parts.push(Uint8Array.of(0x50, 0x4b, 3, 4), shared, path, body);
		at += 4 + 26 + path.length + body.length;
	}
	const list = joined(...directory);
	const end = new DataView(new ArrayBuffer(22));
	end.setUint32(0, 0x06054b50, true);
	end.setUint16(8, files.length, true);
	end.setUint16(10, files.length, true);
	end.setUint32(12, list.length, true);
	end.setUint32(16, at, true);
	return joined(...parts, list, new Uint8Array(end.buffer));
}

const slug = (s: string) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40);

const ENDS: Record<string, string> = { "image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" };

// along makes the zip.
export async function along(gate: Gate, book: Book, told: (words: string) => void): Promise<Bytes> {
	if (!gate.ring || !gate.kept) throw new Said("Please unlock once more, so that the key can be taken along too.");
	const files: [string, Uint8Array][] = [["README.txt", utf8(README)], ["key.txt", utf8(writeRing(gate.ring) + gate.ring.formers.map((f) => f.identity + "\n").join(""))], ["keyring.age", gate.kept.keyring], ["recovery.age", gate.kept.recovery]];
	if (gate.kept.own) files.push(["own-words.age", gate.kept.own]);
	const missing: string[] = [];
	const all = book.entries();
	for (const [i, e] of all.entries()) {
		told(`${i + 1} of ${all.length}`);
		await add(files, missing, book, e);
	}
	for (const e of await book.drafts()) await addDraft(files, book, e);
	await addAnswers(files, missing, gate);
	await addLeft(files, missing, book);
	if (missing.length) {
		files.push(["MISSING.txt", utf8(`These files could not be had, or did not open. All else is here.\n\n${missing.join("\n")}\n`)]);
		told(`${missing.length} could not be had; MISSING.txt in the file names them.`);
	}
	return zip(files);
}

const named = (p: { kind: string; type: string }, n: number) => `${p.kind}-${n + 1}.${ENDS[p.type.split(";")[0]!] ?? "bin"}`;

// take adds what can be had. What cannot is named, and keeps nothing else from
// being taken along.
async function take(files: [string, Uint8Array][], missing: string[], what: string, make: () => Promise<[string, Uint8Array][]>): Promise<boolean> {
	try {
		files.push(...(await make()));
		return true;
	} catch (error) {
		if (!(error instanceof Said)) throw error;
		missing.push(`${what}: ${error.message}`);
		return false;
	}
}

// add takes an entry and what it is made of.
async function add(files: [string, Uint8Array][], missing: string[], book: Book, e: Entry): Promise<void> {
	const folder = `plain/${e.day}-${slug(e.title) || "entry"}-${e.id.slice(0, 8)}`;
	await take(files, missing, e.id, async () => [[`sealed/${e.id}.age`, await book.raw(e.id)]]);
	let links = "";
	for (const [n, p] of e.pieces.entries()) {
		const name = `${folder.slice(6)}-${named(p, n)}`;
		if (await take(files, missing, p.id, async () => [[`sealed/${p.id}.age`, await book.raw(p.id)], ["plain/" + name, await book.piece(p.id)]])) links += `\n![${(p.alt || p.name).replace(/[[\]]/g, "")}](${name})\n`;
	}
	files.push([folder + ".md", utf8(toMarkdown(e) + links)]);
}

// addDraft takes what was begun, with what was made for it.
async function addDraft(files: [string, Uint8Array][], book: Book, e: Entry): Promise<void> {
	const name = `plain/draft-${e.day}-${slug(e.title) || "entry"}-${e.id.slice(0, 8)}`;
	files.push([name + ".md", utf8(toMarkdown(e))]);
	for (const [n, kind] of (["voice", "drawing", "body", "photo"] as const).entries()) {
		const made = await book.made(e.id, kind);
		if (made) files.push([`${name}-${named({ kind, type: made.type }, n)}`, new Uint8Array(await made.blob.arrayBuffer())]);
	}
}

// addLeft takes what was left for the journal and is not taken in.
async function addLeft(files: [string, Uint8Array][], missing: string[], book: Book): Promise<void> {
	for (const x of await leftFor(book)) {
		await take(files, missing, x.id, async () => {
			const sealed = x.here ?? (await bytes("/space/journal/left/" + x.id));
			files.push([`sealed/left-${x.id}.age`, sealed]);
			const { about, body } = await openLeft(book.keys, x.id, sealed);
			return [[`plain/left-${about.day}-${x.id.slice(0, 8)}.${about.way === "words" ? "txt" : (ENDS[about.type.split(";")[0]!] ?? "bin")}`, body]];
		});
	}
}

interface Answer {
	owner: string;
	file: string;
}

// addAnswers takes what was answered to what is shared, where its writer's key
// has been noted.
async function addAnswers(files: [string, Uint8Array][], missing: string[], gate: Gate): Promise<void> {
	const keys = gate.keys!;
	await take(files, missing, "answers", async () => {
		const { theirs } = await get<{ theirs: Answer[] }>("/space/journal/shares");
		for (const { owner, file } of theirs) await take(files, missing, file, async () => {
			const pin = keys.pins.find((p) => p.person === owner);
			if (!pin) throw new Said("This answer is from somebody whose key you have not noted.");
			const sealed = await bytes(`/space/journal/answers/${owner}/${file}`);
			const o = await open(keys, file, sealed, pin.verifier);
			if (o.kind !== "entry") throw new Said("This is no answer.");
			return [[`sealed/${file}.age`, sealed], [`plain/answer-${o.entry.day}-${file.slice(0, 8)}.md`, utf8(o.markdown)]];
		});
		return [];
	});
}
