// The keys of a journal. An X25519 identity of age opens files; an Ed25519 key
// signs what is in them. Both stand in one keyring, an ordinary identity file of
// age whose comments hold the rest; keyring.age is encrypted to each passkey that
// may open it and to the recovery sheet, recovery.age to the twelve words of that,
// own-words.age to words that its owner chose, if there are any.
// The recipients stand inside, so that nobody can make a keyring who has not
// opened one.

import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { bech32 } from "@scure/base";
import { generateMnemonic, validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { cleanOwn } from "./own";
import { base64, type Bytes, hex, own, unbase64, utf8 } from "./bytes";
import { prf, SALT } from "../prf";
import { Said } from "./said";

// Unlock is one way to open a keyring.
export interface Unlock {
	id: string; // of the credential, SHEET or OWN
	name: string;
	day: string;
	recipient: string;
}

// Pin is what is known of another person's keys.
export interface Pin {
	person: string;
	recipient: string;
	verifier: string;
	compared: boolean; // in person, by six words
	name: string; // as it was when the key was noted
}

export const SHEET = "sheet";
export const OWN = "own-words";

// Former are keys that were replaced because a device was lost. What they sealed
// is read with them; what they signed is believed only while it is sealed anew.
export interface Former {
	identity: string;
	recipient: string;
	verifier: string;
	day: string; // on which they were replaced
	moving: boolean;
}

export interface Ring {
	revision: number;
	head: number; // how far the order of changes had come when this was written
	formers: Former[];
	identity: string;
	recipient: string;
	signing: string; // PKCS#8, base64
	verifier: string;
	unlocks: Unlock[];
	pins: Pin[];
}

const HEAD = "# The key of a journal in Held. Whoever has this file can read all of it.\n# age --decrypt --identity THIS-FILE entry.age";

// Whatever comes from outside a keyring stands in lines of it: a line too many
// would be somebody else's key in the place of one's own.
const PERSON = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

// areKeys tells whether two strings can be somebody's public keys.
export const areKeys = (recipient: string, verifier: string): boolean => /^age1[0-9a-z]{58}$/.test(recipient) && /^[A-Za-z0-9+/]{43}=$/.test(verifier);

const isPin = (p: Pin): boolean => PERSON.test(p.person) && areKeys(p.recipient, p.verifier);

const whole = (k: Ring): boolean =>
	areKeys(k.recipient, k.verifier) && /^AGE-SECRET-KEY-1[0-9A-Z]+$/.test(k.identity) && /^[A-Za-z0-9+/]+=*$/.test(k.signing) && Number.isSafeInteger(k.revision) && k.revision > 0 &&
	Number.isSafeInteger(k.head) && k.head >= 0 && k.formers.every((f) => areKeys(f.recipient, f.verifier) && /^AGE-SECRET-KEY-1[0-9A-Z]+$/.test(f.identity) && /^[\d-]{10}$/.test(f.day)) &&
	k.pins.every(isPin) && k.unlocks.every((u) => /^[\w-]+$/.test(u.id) && areKeys(u.recipient, k.verifier) && /^[\d-]{10}$/.test(u.day));

const noRing = () => new Said("What was opened is no keyring of a journal. Nothing was changed.");

export function writeRing(k: Ring): string {
	if (!whole(k)) throw new Said("This would not be a keyring that opens again. Nothing was changed; if you were noting somebody's key, what the practice gave is no key: please tell them.");
	const e = encodeURIComponent;
	return [
		HEAD,
		`# public key: ${k.recipient}`,
		`# held-revision: ${k.revision}`,
		`# held-head: ${k.head}`,
		`# held-signing: ${k.signing} ${k.verifier}`,
		...k.formers.map((f) => `# held-former: ${f.identity} ${f.recipient} ${f.verifier} ${f.day} ${f.moving ? "moving" : "moved"}`),
		...k.unlocks.map((u) => `# held-unlock: ${u.id} ${u.recipient} ${u.day} ${e(u.name)}`),
		...k.pins.map((p) => `# held-pin: ${p.person} ${p.recipient} ${p.verifier} ${p.compared ? "compared" : "seen"} ${e(p.name)}`),
		k.identity,
		"",
	].join("\n");
}

export async function readRing(s: string): Promise<Ring> {
	const k: Ring = { revision: 0, head: 0, formers: [], identity: "", recipient: "", signing: "", verifier: "", unlocks: [], pins: [] };
	const once = new Set<string>();
	for (const line of s.split("\n")) {
		const [, name = "", a = "", b = "", c = "", d = "", f = ""] = line.split(" ");
		const key = line.startsWith("AGE-SECRET-KEY-1") ? "identity" : name === "held-unlock:" || name === "held-former:" ? "" : name === "held-pin:" ? name + a : name;
		if (key && once.has(key)) throw noRing();
		once.add(key);
		if (key === "identity") k.identity = line;
		else if (line.startsWith("# public key: ")) k.recipient = b;
		else if (name === "held-revision:") k.revision = Number(a);
		else if (name === "held-head:") k.head = Number(a);
		else if (name === "held-former:") k.formers.push({ identity: a, recipient: b, verifier: c, day: d, moving: f === "moving" });
		else if (name === "held-signing:") [k.signing, k.verifier] = [a, b];
		else if (name === "held-unlock:") k.unlocks.push({ id: a, recipient: b, day: c, name: decodeURIComponent(d) });
		else if (name === "held-pin:") k.pins.push({ person: a, recipient: b, verifier: c, compared: d === "compared", name: decodeURIComponent(f) });
	}
	if (!whole(k) || (await identityToRecipient(k.identity)) !== k.recipient) throw noRing();
	for (const f of k.formers) if ((await identityToRecipient(f.identity)) !== f.recipient) throw noRing();
	return k;
}

// supported tells whether this browser can keep keys that no script reads out.
export async function supported(): Promise<boolean> {
	try {
		const x = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
		const s = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
		return Boolean(x) && Boolean(s);
	} catch {
		return false;
	}
}

export async function newRing(): Promise<Ring> {
	const identity = await generateX25519Identity();
	const pair = (await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"])) as CryptoKeyPair;
	return {
		revision: 1,
		head: 0,
		formers: [],
		identity,
		recipient: await identityToRecipient(identity),
		signing: base64(await crypto.subtle.exportKey("pkcs8", pair.privateKey)),
		verifier: base64(await crypto.subtle.exportKey("raw", pair.publicKey)),
		unlocks: [],
		pins: [],
	};
}

export async function sealRing(k: Ring): Promise<Uint8Array> {
	const e = new Encrypter();
	for (const u of k.unlocks) e.addRecipient(u.recipient);
	return e.encrypt(writeRing(k));
}

export async function openRing(file: Uint8Array, identity: string): Promise<Ring> {
	const d = new Decrypter();
	d.addIdentity(identity);
	try {
		return await readRing(await d.decrypt(file, "text"));
	} catch (error) {
		if (error instanceof Said) throw error;
		throw new Said("This does not open your journal: it was never added, or it was taken out on another device. Nothing was changed; try another passkey, or the words of your recovery sheet.");
	}
}

// The words carry 128 bits, drawn by the browser: what protects them is that
// nobody can guess them, not the work of trying.
const WORK = 14;

export const cleanWords = (typed: string): string => typed.toLowerCase().replace(/[^a-z]+/g, " ").trim();

// newSheet makes the words of a recovery sheet, and the file that they open.
export async function newSheet(): Promise<{ words: string; recovery: Uint8Array; recipient: string }> {
	const words = generateMnemonic(wordlist, 128);
	return { words, ...(await newKit(words.replaceAll(" ", "-"), WORK)) };
}

// newKit makes an identity that a passphrase opens.
async function newKit(passphrase: string, work: number): Promise<{ recovery: Uint8Array; recipient: string }> {
	const identity = await generateX25519Identity();
	const e = new Encrypter();
	e.setPassphrase(passphrase);
	e.setScryptWorkFactor(work);
	const recovery = await e.encrypt(`# The recovery kit of a journal in Held: it opens keyring.age.\n${identity}\n`);
	return { recovery, recipient: await identityToRecipient(identity) };
}

async function openKit(kit: Uint8Array, passphrase: string, otherwise: string): Promise<string> {
	const d = new Decrypter();
	d.addPassphrase(passphrase);
	try {
		const text = await d.decrypt(kit, "text");
		return text.split("\n").find((l) => l.startsWith("AGE-SECRET-KEY-1"))!;
	} catch {
		throw new Said(otherwise);
	}
}

// newOwn makes what words of one's own open. Each guess at them costs 128 MB and
// the better part of a second.
const OWNWORK = 17;

export const newOwn = (typed: string): Promise<{ recovery: Uint8Array; recipient: string }> => newKit(cleanOwn(typed), OWNWORK);

// isSheet tells the twelve words of a sheet from others.
export const isSheet = (typed: string): boolean => validateMnemonic(cleanWords(typed), wordlist);

export const openOwn = (kit: Uint8Array, typed: string): Promise<string> =>
	openKit(kit, cleanOwn(typed), "These words do not open your journal: they are neither the words of your own, nor the twelve words of a recovery sheet. Nothing was changed; please look at each word again.");

// openSheet gives the identity behind the words.
export async function openSheet(recovery: Uint8Array, typed: string): Promise<string> {
	const words = cleanWords(typed);
	if (!validateMnemonic(words, wordlist)) throw new Said("These are not the twelve words of a recovery sheet. Nothing was changed; please look at each word again.");
	return openKit(recovery, words.replaceAll(" ", "-"), "These words do not open your journal. They may be of an older sheet. Nothing was changed.");
}

// askPasskey asks a passkey for its secret. Nothing of this leaves the browser:
// the challenge is our own, and what signs it is thrown away. Where several people
// use a device it may offer another one's, which tells whose it is.
export async function askPasskey(person: string, only: string[] = []): Promise<{ id: string; identity: string } | null> {
	const from = (s: string) => unbase64(s.replaceAll("-", "+").replaceAll("_", "/"));
	const found = await navigator.credentials.get({
		publicKey: {
			challenge: crypto.getRandomValues(new Uint8Array(32)),
			userVerification: "required",
			allowCredentials: only.map((id) => ({ type: "public-key" as const, id: from(id) })),
			extensions: await prf(),
		},
	});
	if (!(found instanceof PublicKeyCredential)) return null;
	const results = found.getClientExtensionResults() as { prf?: { results?: { first?: ArrayBuffer } } };
	const secret = results.prf?.results?.first;
	const whose = (found.response as AuthenticatorAssertionResponse).userHandle;
	if (whose && hex(new Uint8Array(whose)) !== person.replaceAll("-", "")) throw new Said("This passkey signs somebody else in here. Nothing was changed; please choose one of your own.");
	if (!secret) return null;
	return { id: found.id, identity: await identityOf(found.id, await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"])) };
}

// identityOf makes an identity of age of what a passkey gave.
export async function identityOf(passkey: string, given: CryptoKey): Promise<string> {
	const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: utf8(SALT), info: utf8(passkey) }, given, 256);
	return bech32.encodeFromBytes("AGE-SECRET-KEY-", new Uint8Array(bits)).toUpperCase();
}

export const recipientOf = (identity: string): Promise<string> => identityToRecipient(identity);

// Keys are what an unlocked page works with: no script can read them out.
export interface Keys {
	open: CryptoKey; // X25519
	sign: CryptoKey; // Ed25519
	shelf: CryptoKey; // AES-GCM: what this device keeps for itself
	recipient: string;
	verifier: string;
	former?: FormerKeys[]; // the latest first; a device that was unlocked by an older program has none
	pins: Pin[];
	unlocks: Unlock[];
	revision: number;
	head?: number;
}

interface FormerKeys {
	open: CryptoKey;
	shelf: CryptoKey;
	recipient: string;
	verifier: string;
	moving: boolean;
}

// ever are all verifying keys that this journal has had; current those whose
// signature is believed on what comes from the practice.
export const ever = (keys: Keys): string[] => [keys.verifier, ...(keys.former ?? []).map((f) => f.verifier)];
export const current = (keys: Keys): string[] => [keys.verifier, ...(keys.former ?? []).filter((f) => f.moving).map((f) => f.verifier)];

// mine tells whether something was made for this journal, now or before.
export const mine = (keys: Keys, recipient: string): boolean => recipient === keys.recipient || (keys.former ?? []).some((f) => f.recipient === recipient);

// X25519 has no format for a bare secret but this one (RFC 8410).
const PKCS8 = "MC4CAQAwBQYDK2VuBCIEIA==";

// halves are the two keys that are made of an identity.
async function halves(identity: string): Promise<{ open: CryptoKey; shelf: CryptoKey }> {
	const seed = bech32.decodeToBytes(identity).bytes;
	const pkcs8 = new Uint8Array([...unbase64(PKCS8), ...seed]);
	try {
		const base = await crypto.subtle.importKey("raw", own(seed), "HKDF", false, ["deriveKey"]);
		return {
			open: await crypto.subtle.importKey("pkcs8", pkcs8, { name: "X25519" }, false, ["deriveBits"]),
			shelf: await crypto.subtle.deriveKey(
				{ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8("held/journal/shelf/v1") },
				base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"],
			),
		};
	} finally {
		pkcs8.fill(0);
		seed.fill(0);
	}
}

export async function keysOf(k: Ring): Promise<Keys> {
	return {
		...(await halves(k.identity)),
		sign: await crypto.subtle.importKey("pkcs8", unbase64(k.signing), { name: "Ed25519" }, false, ["sign"]),
		former: await Promise.all(k.formers.map(async (f) => ({ ...(await halves(f.identity)), recipient: f.recipient, verifier: f.verifier, moving: f.moving }))),
		recipient: k.recipient, verifier: k.verifier, pins: k.pins, unlocks: k.unlocks, revision: k.revision, head: k.head,
	};
}

// shelve and unshelve keep something on this device alone.
export async function shelve(keys: Keys, place: string, value: unknown): Promise<Bytes> {
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(place) }, keys.shelf, utf8(JSON.stringify(value)));
	const out = new Uint8Array(12 + sealed.byteLength);
	out.set(iv);
	out.set(new Uint8Array(sealed), 12);
	return out;
}

export async function unshelve<T>(keys: Keys, place: string, sealed: Bytes): Promise<T | null> {
	for (const shelf of [keys.shelf, ...(keys.former ?? []).map((f) => f.shelf)]) {
		try {
			const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.slice(0, 12), additionalData: utf8(place) }, shelf, sealed.slice(12));
			return JSON.parse(new TextDecoder().decode(plain)) as T;
		} catch {
			continue;
		}
	}
	return null; // of other keys, or damaged: it is made anew from the files
}
