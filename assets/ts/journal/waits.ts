// What was left for a journal on its owner's own device while it was locked:
// sealed to their public key, so that nothing here opens it before they unlock.

import { post } from "./api";
import type { Bytes } from "./bytes";
import { sendLeft } from "./left";
import type { Head, Store } from "./store";
import { mark, UNSENT } from "../waiting";

const PLACE = "left-";

// Here is one of them. One that is still being made is not sent.
export interface Here {
	id: string;
	day: string;
	body: Bytes;
	kept: boolean;
}

export async function leftHere(store: Store): Promise<Here[]> {
	const names = (await store.keys("meta")).filter((k) => k.startsWith(PLACE));
	const all = await Promise.all(names.map((k) => store.get<Here>("meta", k)));
	return all.filter((x) => x !== undefined);
}

export async function keepHere(store: Store, person: string, x: Here): Promise<void> {
	await store.write(["meta", PLACE + x.id, x]);
	mark(UNSENT + person, true); // a sign-out would wipe it
}

export const dropHere = (store: Store, id: string): Promise<void> => store.write(["meta", PLACE + id, undefined]);

// sendHere sends what is kept; it gives how many still wait.
export async function sendHere(store: Store, person: string): Promise<number> {
	let waits = 0;
	for (const x of await leftHere(store)) {
		if (!x.kept) continue;
		try {
			await sendLeft("/space/capture/" + x.id, x.body, post);
			await dropHere(store, x.id);
		} catch {
			waits++;
		}
	}
	const unsent = (await store.all<Head>("heads")).some((h) => h.dirty || h.back !== undefined);
	mark(UNSENT + person, unsent || (await leftHere(store)).length > 0);
	return waits;
}
