// Leaving something for a journal without its keys: one age file for its owner's
// public key alone. What was made stands in it as it is (words, an SVG, a
// recording), and a line about it at its end, where programs that play or show it
// do not look. Nobody signs it: whoever has a public key can make such a file, so
// it enters the journal only when its owner has looked at it.

import { Encrypter } from "age-encryption";
import { type Bytes, joined, own, pad, utf8 } from "./bytes";
import { today } from "./dom";
import type { Made } from "./parts/part";

export type Way = "words" | "voice" | "drawing";

// About is the line: what it is, and whose public keys the device was given.
export interface About {
	id: string;
	for: string;
	verifier: string;
	place: "tablet" | "own";
	day: string;
	written: string;
	way: Way;
	type: string;
	size: number;
	seconds?: number;
	stamp: boolean; // an image from a session
	session: string;
}

// Captured is what somebody made, before it is sealed.
export interface Captured {
	way: Way;
	words: string; // of the way "words"
	made: Made | null; // of the others
	stamp: boolean;
}

// For is to whom something is sealed.
export interface For {
	recipient: string;
	verifier: string;
	place: About["place"];
	session: string;
}

export const MARK = "\nheld left ";

// sealLeft seals it to one public key and forgets it.
export async function sealLeft(to: For, id: string, c: Captured): Promise<Bytes> {
	const body = c.made ? new Uint8Array(await c.made.blob.arrayBuffer()) : utf8(c.words);
	const about: About = {
		id, for: to.recipient, verifier: to.verifier, place: to.place, day: today(), written: new Date().toISOString(),
		way: c.way, type: c.made?.type ?? "text/plain", size: body.length, stamp: c.stamp, session: to.session,
	};
	if (c.made?.seconds !== undefined) about.seconds = c.made.seconds;
	const whole = pad(joined(body, utf8(`${MARK}${JSON.stringify(about)}\n`)));
	try {
		const e = new Encrypter();
		e.addRecipient(to.recipient);
		return own(await e.encrypt(whole));
	} finally {
		whole.fill(0);
		body.fill(0);
	}
}

const partSize = 192 * 1024;

// sendLeft sends such a file, part by part. It may be sent again.
export async function sendLeft(path: string, file: Uint8Array, post: (path: string, body: Uint8Array) => Promise<unknown>): Promise<void> {
	const of = Math.max(1, Math.ceil(file.length / partSize));
	for (let part = 0; part < of; part++) await post(`${path}?part=${part}&of=${of}`, file.slice(part * partSize, (part + 1) * partSize));
}
