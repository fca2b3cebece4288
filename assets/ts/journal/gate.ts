// The way into a journal: making its keys, unlocking, locking. Pages get a Gate
// and ask it for what is unlocked.

import { Away, get, post, Status } from "./api";
import { base64, type Bytes, unbase64 } from "./bytes";
import { sixWords } from "./compare";
import { button, check, day, field, h, save, today } from "./dom";
import { taken } from "../handover";
import { idle, minutes, MINUTES, TOUCHED, WHO } from "../idle";
import { askPasskey, cleanWords, identityOf, isSheet, type Keys, keysOf, newOwn, newRing, newSheet, openOwn, openRing, openSheet, OWN, recipientOf, type Ring, sealRing, SHEET, supported } from "./keys";
import { Said, words } from "./said";
import { type Head, Store } from "./store";

interface Kept {
	revision: number;
	keyring: Bytes;
	recovery: Bytes;
	own?: Bytes; // opened by words of one's own
	recipient?: string; // whose it is, once it was opened here
	verifier?: string;
}

interface Served {
	person: string;
	revision: number;
	recipient: string;
	verifier: string;
	keyring: string | null;
	recovery: string | null;
	own?: string;
	used: number;
	quota: number;
}

export class Gate {
	person = "";
	store!: Store;
	keys: Keys | null = null;
	ring: Ring | null = null; // only between unlocking and the end of the page
	served: Served | null = null; // null: the practice cannot be reached
	kept: Kept | null = null; // what this device has of the keyring
	alarms: string[] = [];
	arrived = false; // a sheet opened it on a device that had nothing to compare with
	own = false; // use this device's keyring, though the practice has a newer one

	// find learns whose journal this is and what is known of its keys.
	async find(): Promise<void> {
		try {
			this.served = await get<Served>("/account/keyring");
			this.person = this.served.person;
		} catch (error) {
			if (!(error instanceof Away) && !(error instanceof Status)) throw error;
			this.person = localStorage.getItem(WHO) ?? "";
			if (!this.person) throw error instanceof Away ? new Said("This device does not have your journal yet, and there is no connection to the practice. Please come back when there is one.") : error;
		}
		const before = localStorage.getItem(WHO);
		if (before && before !== this.person) await Gate.forgetKeys(before);
		this.store = await Store.open(this.person);
		this.kept = (await this.store.get<Kept>("meta", "ring")) ?? null;
		if (this.idle()) await this.store.write(["meta", "keys", undefined]);
		this.keys = (await this.store.get<Keys>("meta", "keys")) ?? null;
		const handed = await taken();
		if (!handed || this.keys || !this.made) return;
		try {
			await this.unlock(async (k) => openRing(k.keyring, await identityOf(handed.id, handed.key)));
			this.know(handed.id);
		} catch {
			// That passkey signs in and does not open the journal: it stays locked.
		}
	}

	static async forgetKeys(person: string): Promise<void> {
		const store = await Store.open(person);
		await store.write(["meta", "keys", undefined]);
		store.close();
	}

	get made(): boolean {
		return Boolean(this.kept || this.served?.revision);
	}

	// Locking after a while.
	static get minutes(): number {
		return minutes();
	}

	static set minutes(n: number) {
		localStorage.setItem(MINUTES, String(n));
	}

	touch(): void {
		localStorage.setItem(TOUCHED, String(Date.now()));
	}

	idle(): boolean {
		return idle();
	}

	async lock(): Promise<void> {
		this.keys = this.ring = null;
		await this.store.write(["meta", "keys", undefined]);
	}

	// versions are the keyrings to try: the practice's, or this device's own where
	// the practice cannot be reached, shows an older one, or one that was damaged.
	private versions(): Kept[] {
		const { served, kept } = this;
		if (kept && (!served || this.own)) return [kept];
		if (!served) return [];
		const theirs = { revision: served.revision, keyring: unbase64(served.keyring ?? ""), recovery: unbase64(served.recovery ?? ""), ...(served.own ? { own: unbase64(served.own) } : {}) };
		if (!kept || theirs.revision > kept.revision) return [theirs];
		if (theirs.revision === kept.revision) return [theirs, kept];
		this.warn("The practice gave an older keyring than this device knows: it was restored from a backup, or set back. It is not used.");
		return [kept];
	}

	private warn(sentence: string): void {
		if (!this.alarms.includes(sentence)) this.alarms.push(sentence);
	}

	async unlockWithPasskey(): Promise<void> {
		const known = JSON.parse(localStorage.getItem("held-journal-passkeys-" + this.person) ?? "[]") as string[];
		const asked = await askPasskey(this.person, known);
		if (!asked) throw new Said("This passkey cannot open a journal: it, or this browser, gives no secret for that. Please use your words.");
		await this.unlock(async (k) => openRing(k.keyring, asked.identity));
		this.know(asked.id);
	}

	private know(passkey: string): void {
		const name = "held-journal-passkeys-" + this.person;
		const known = new Set(JSON.parse(localStorage.getItem(name) ?? "[]") as string[]);
		localStorage.setItem(name, JSON.stringify([...known.add(passkey)]));
	}

	async unlockWithWords(typed: string): Promise<void> {
		const first = !this.kept;
		await this.unlock(async (k) => openRing(k.keyring, k.own && !isSheet(typed) ? await openOwn(k.own, typed) : await openSheet(k.recovery, typed)));
		this.arrived = first && isSheet(typed);
	}

	// hasOwn tells whether words of one's own open it.
	get hasOwn(): boolean {
		return this.versions().some((k) => k.own);
	}

	private async unlock(way: (k: Kept) => Promise<Ring>): Promise<void> {
		let refused: unknown;
		for (const k of this.versions()) {
			try {
				const ring = await way(k);
				if (ring.revision !== k.revision) throw new Said("The practice gave another keyring than it said. It is not used.");
				if (this.another(ring)) throw new Said("The practice gave the keyring of another journal than this device knows. It is not used. If you destroyed your journal and began a new one on another device, sign out here, which wipes this device, and sign in again. If you did not, please tell the practice.");
				if (this.served && k.revision === this.served.revision && (this.served.recipient !== ring.recipient || this.served.verifier !== ring.verifier)) this.warn("The practice shows another public key than yours. It is not used, but whoever shares with you might be misled: please tell the practice.");
				return await this.opened(ring, k);
			} catch (error) {
				refused ??= error;
			}
		}
		throw refused ?? new Said("There are no keys here to unlock.");
	}

	// another tells that a keyring is not of the journal that was opened here before.
	// Where the keys were made anew, the keyring holds those from before: only who
	// could open them can have written that.
	private another(ring: Ring): boolean {
		const { kept } = this;
		if (!kept?.recipient) return false;
		const known = (k: { recipient: string; verifier: string }) => k.recipient === kept.recipient && k.verifier === kept.verifier;
		if (known(ring)) return false;
		const former = ring.formers.find(known);
		if (former) this.warn(`Your keys were made anew on ${day(former.day)}, on another device of yours. If it was not you, somebody else has what opens your journal: please take your journal along, and tell the practice.`);
		return !former;
	}

	private async opened(ring: Ring, of: Kept): Promise<void> {
		const kept = { ...of, recipient: ring.recipient, verifier: ring.verifier };
		this.ring = ring;
		this.kept = kept;
		this.keys = await keysOf(ring);
		this.touch();
		localStorage.setItem(WHO, this.person);
		await this.store.write(["meta", "ring", kept]);
		try {
			await this.store.write(["meta", "keys", this.keys]);
		} catch {
			// A browser that cannot keep such keys has them until the page is left.
		}
	}

	// older tells that this device has a keyring which another one, or somebody
	// else, has replaced.
	get older(): boolean {
		return Boolean(this.kept && this.served && this.served.revision > this.kept.revision);
	}

	// change writes the next revision of the keyring. kits are what words open, where
	// they change; null takes one's own words away.
	async change(edit: (ring: Ring) => void, kits: { recovery?: Uint8Array; own?: Uint8Array | null } = {}): Promise<void> {
		if (!this.ring) throw new Said("Please unlock once more: the keys change.");
		if (!this.served) throw new Away();
		const { ring: was, kept } = this;
		const ring: Ring = { ...was, formers: was.formers.map((f) => ({ ...f })), unlocks: [...was.unlocks], pins: [...was.pins], revision: (kept?.revision ?? 0) + 1, head: Math.max(was.head, await this.seen()) };
		edit(ring);
		const own = kits.own === undefined ? kept?.own : (kits.own ?? undefined);
		const next: Kept = { revision: ring.revision, keyring: new Uint8Array(await sealRing(ring)), recovery: new Uint8Array(kits.recovery ?? kept!.recovery), ...(own ? { own: new Uint8Array(own) } : {}) };
		const files = { recipient: ring.recipient, verifier: ring.verifier, keyring: base64(next.keyring), recovery: base64(next.recovery), ...(next.own ? { own: base64(next.own) } : {}) };
		try {
			await post("/account/keyring", { revision: ring.revision - 1, ...files });
		} catch (error) {
			if (error instanceof Status && error.status === 409) throw new Said("Another device changed your keys meanwhile. Nothing was overwritten. Please load the page again, unlock, and try once more.");
			throw error;
		}
		this.served = { ...this.served, own: undefined, revision: next.revision, ...files };
		this.kept = next; // the keys may be others now
		await this.opened(ring, next);
	}

	// seen is how far the order of changes has come on this device.
	async seen(): Promise<number> {
		const heads = await this.store.all<Head>("heads");
		return heads.reduce((last, h) => Math.max(last, h.seq), (await this.store.get<number>("meta", "cursor")) ?? 0);
	}

	// anew makes new keys in the place of those that somebody else may have. What
	// opens the keyring stays, but for what was lost; the words of the sheet are new.
	async anew(lost: string[], sheet: { recovery: Uint8Array; recipient: string }): Promise<void> {
		const next = await newRing();
		await this.change((r) => {
			const { identity, recipient, verifier } = r;
			r.formers = [{ identity, recipient, verifier, day: today(), moving: true }, ...r.formers];
			Object.assign(r, { identity: next.identity, recipient: next.recipient, signing: next.signing, verifier: next.verifier });
			r.unlocks = [...r.unlocks.filter((u) => u.id !== SHEET && !lost.includes(u.id)), { id: SHEET, name: "Recovery sheet", day: today(), recipient: sheet.recipient }];
		}, { recovery: sheet.recovery, ...(lost.includes(OWN) ? { own: null } : {}) });
	}

	// moved notes that everything is sealed anew: what the former keys sign is
	// believed no longer.
	async moved(): Promise<void> {
		await this.change((r) => r.formers.forEach((f) => {
			f.moving = false;
		}));
	}

	// setOwn lets words of one's own open it, in the place of earlier ones.
	async setOwn(typed: string): Promise<void> {
		const kit = await newOwn(typed);
		await this.change((r) => {
			r.unlocks = [...r.unlocks.filter((u) => u.id !== OWN), { id: OWN, name: "Words of your own", day: today(), recipient: kit.recipient }];
		}, { own: kit.recovery });
	}

	async addPasskey(name: string): Promise<void> {
		const asked = await askPasskey(this.person);
		if (!asked) throw new Said("This passkey gives no secret that could open a journal; nothing was changed. The words of your recovery sheet open it on this device.");
		const recipient = await recipientOf(asked.identity);
		await this.change((r) => {
			r.unlocks = [...r.unlocks.filter((u) => u.id !== asked.id), { id: asked.id, name, day: today(), recipient }];
		});
		this.know(asked.id);
	}

	async removeUnlock(id: string): Promise<void> {
		await this.change((r) => {
			r.unlocks = r.unlocks.filter((u) => u.id !== id);
		}, id === OWN ? { own: null } : {});
	}
}

type Done = () => void;

// ownWords are one's own key, for somebody else to compare.
export function ownWords(keys: Keys, before: string): HTMLElement {
	const strong = h("strong", {});
	void sixWords(keys.recipient, keys.verifier).then((w) => {
		strong.textContent = w;
	});
	return h("p", { class: "meta" }, before, strong);
}

// attempt shows what went wrong beside what was tried. Where the practice asks for
// a fresh proof first, it leads there, and back to proven.
export async function attempt(line: HTMLElement, act: () => Promise<void>, proven = ""): Promise<void> {
	line.textContent = "";
	try {
		await act();
	} catch (error) {
		line.textContent = words(error);
		if (proven && error instanceof Status && error.status === 403) line.append(" ", h("a", { href: "/account/confirm?next=" + encodeURIComponent(proven) }, "Show that it is you"), ". Nothing was changed.");
		if (!(error instanceof Said) && !(error instanceof DOMException)) console.error(error instanceof Error ? error.name : "unknown");
	}
}

export const problem = (): HTMLElement => h("p", { class: "error", role: "alert" });

// lockedView is all that is shown while a journal is locked.
export function lockedView(gate: Gate, done: Done, what = "Your journal is locked"): HTMLElement {
	const line = problem();
	const area = h("textarea", { rows: "3", class: "plain", autocapitalize: "none", autocomplete: "off", spellcheck: "false" });
	const form = h("form", { class: "form", "aria-label": "Unlock with your words", novalidate: true, submit: (e) => {
		e.preventDefault();
		void attempt(line, async () => {
			await gate.unlockWithWords(area.value);
			area.value = "";
			done();
		});
	} }, field(gate.hasOwn ? "Your own words, or the twelve of your recovery sheet" : "The twelve words of your recovery sheet", area), h("p", { class: "actions" }, h("button", { type: "submit", class: "button button-quiet" }, "Unlock with your words")));
	const own = check("Use the keyring that this device has kept", gate.own, "The practice has a newer one. If no device of yours made it, somebody else did: please tell the practice.");
	own.box.addEventListener("change", () => {
		gate.own = own.box.checked;
	});
	return h("section", { class: "stack", "aria-label": what },
		h("h2", {}, what),
		h("p", {}, "It opens in this browser alone. What you write is kept as it was."),
		line,
		h("p", { class: "actions" }, button("Unlock with a passkey", () => attempt(line, async () => {
			await gate.unlockWithPasskey();
			done();
		}))),
		h("details", {}, h("summary", {}, "Without a passkey"), form),
		gate.older ? h("details", {}, h("summary", {}, "Nothing opens it any more"), own.line) : "",
	);
}

// setupView makes the keys. Nobody writes a word before they have read what
// would be lost, and have shown that they kept their sheet.
export function setupView(gate: Gate, done: Done, clinician = false): HTMLElement {
	const box = h("section", { class: "stack" });
	const show = (...children: (Node | string)[]) => {
		box.replaceChildren(...children);
		box.querySelector("h2")?.setAttribute("tabindex", "-1");
		box.querySelector("h2")?.focus();
	};

	const first = async () => {
		if (!(await supported())) {
			box.replaceChildren(h("h2", {}, "This browser cannot keep a journal"), h("p", {}, "It lacks the keys that a journal is sealed with. A current version of Firefox, Safari, Chrome or Edge has them."));
			return;
		}
		const line = problem();
		box.replaceChildren(
			h("h2", {}, clinician ? "Before the first entry is shared with you" : "Before the first word"),
			h("p", {}, clinician
				? "What clients share with you is sealed for you alone: in their browser, with your key. The practice keeps it and cannot read it."
				: "Your journal is sealed in your browser, with keys that only you hold. The practice keeps it and cannot read it: not your guide, not the owner, not whoever runs the computers."),
			h("p", {}, h("strong", {}, "So nobody can open it for you. "), "If you lose every device that opens it and your recovery sheet too, what was written is lost, for good. There is no other way in, and we cannot make one."),
			h("p", {}, "The seal guards against stolen databases, backups, curious eyes and demands for what is stored. It cannot guard against a practice that would send your browser a different script than this one. Whom you trust with that is still your choice."),
			clinician ? "" : h("p", { class: "meta" }, "If you are a therapist yourself: please write no names of your own clients here. They have not agreed to be in it. This reminder is in your browser alone."),
			h("p", {}, h("strong", {}, "Have you made your keys here before? "), "Then please stop, and tell the practice: it does not show them to this browser, and new keys would open nothing of what there is."),
			line,
			h("p", { class: "actions" }, button("I have read this. Make my keys", () => attempt(line, makeKeys))),
		);
	};

	const makeKeys = async () => {
		const ring = await newRing();
		const sheet = await newSheet();
		ring.unlocks.push({ id: SHEET, name: "Recovery sheet", day: today(), recipient: sheet.recipient });
		const key = await sixWords(ring.recipient, ring.verifier);
		showSheet(show, sheet.words, "1-0", key, () => checkSheet(show, sheet.words, "1-0", key, () => passkey(ring, sheet.recovery)));
	};

	const passkey = (ring: Ring, recovery: Uint8Array) => {
		const line = problem();
		const finish = async () => {
			gate.ring = ring;
			await gate.change((r) => {
				r.revision = 1;
			}, { recovery });
			done();
		};
		show(
			h("h2", {}, "What should open it here?"),
			h("p", {}, "A passkey of this device (a finger, a face, a PIN) opens it in a moment. Without one you type the twelve words each time."),
			line,
			h("p", { class: "actions" },
				button("Use a passkey", () => attempt(line, async () => {
					const asked = await askPasskey(gate.person);
					if (!asked) throw new Said("This passkey gives no secret that could open a journal. You can go on with the words alone.");
					ring.unlocks.push({ id: asked.id, name: deviceName(), day: today(), recipient: await recipientOf(asked.identity) });
					await finish();
				})),
				button("Go on with the words alone", () => attempt(line, finish), "quiet"),
			),
			h("p", { class: "meta" }, "You can also choose words of your own later, under Keys."),
			h("p", { class: "meta" }, "No passkey here yet? ", h("a", { href: "/account" }, "Add one to your sign-in"), " first, or later: the journal can learn of it at any time."),
		);
	};

	void first();
	return box;
}

type Show = (...children: (Node | string)[]) => void;

// showSheet shows the words once.
// state is where keys and journal stand: on a device that has nothing to compare
// with, a practice that shows less than the sheet says shows an older state.
// key is the journal's own in six words, for comparing; "" where it is still to be made.
export function showSheet(show: Show, wordsOf: string, state: string, key: string, next: () => void): void {
	const list = wordsOf.split(" ");
	const plain = `Recovery sheet of a journal at ${location.host}, made on ${today()}\n\n${list.map((w, i) => `${i + 1}. ${w}`).join("\n")}\n\nState: ${state} (when you open the journal on a new device, the page tells you its state; neither number may be smaller than here)${key && `\n\nYour key in six words, to compare with what others are shown of it: ${key}`}\n\nThese words open the journal on any device. Keep them where only you look.\n`;
	show(
		h("h2", {}, "Your recovery sheet"),
		h("p", {}, "These twelve words open your journal when every device is lost. They are shown this once. Print them, save them, or write them down, and keep them where only you look."),
		h("ol", { class: "sheet letter", "aria-label": "The twelve words" }, ...list.map((w) => h("li", {}, w))),
		h("p", { class: "meta" }, "State: ", h("strong", {}, state), ". Please write this down too. When you open the journal on a new device, the page tells you its state, and neither number may be smaller than here."),
		key ? h("p", { class: "meta" }, "Your key in six words: ", h("strong", {}, key), ". Others who seal something for you, as the practice's tablet does, are to show the same.") : "",
		h("p", { class: "actions" },
			button("Print the sheet", () => window.print(), "quiet"),
			button("Save the sheet", () => save("recovery-sheet.txt", "text/plain", plain), "quiet"),
			button("I have kept it", next),
		),
	);
}

// checkSheet has three of the words typed back.
export function checkSheet(show: Show, wordsOf: string, state: string, key: string, next: () => void): void {
	const list = wordsOf.split(" ");
	const places = [0, 1, 2].map((i) => i * 4 + crypto.getRandomValues(new Uint8Array(1))[0]! % 4);
	const line = problem();
	const inputs = places.map(() => h("input", { type: "text", autocapitalize: "none", autocomplete: "off", spellcheck: "false" }));
	show(
		h("h2", {}, "Show that you have it"),
		h("p", {}, "Please look at your sheet and type three of its words."),
		h("form", { class: "form", "aria-label": "Check the sheet", novalidate: true, submit: (e) => {
			e.preventDefault();
			if (inputs.every((input, i) => cleanWords(input.value) === list[places[i]!])) next();
			else line.textContent = "One of these is not on the sheet at that place. Please look again; nothing is lost.";
		} },
			...places.map((p, i) => field(`Word ${p + 1}`, inputs[i]!, "", true)),
			line,
			h("p", { class: "actions" }, h("button", { type: "submit", class: "button" }, "Go on"), button("Show the sheet again", () => showSheet(show, wordsOf, state, key, () => checkSheet(show, wordsOf, state, key, next)), "quiet")),
		),
	);
}

export function deviceName(): string {
	const agent = navigator.userAgent;
	const on = /Android|iPhone|iPad|Mac|Windows|Linux|CrOS/.exec(agent)?.[0] ?? "a device";
	const by = /Edg|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? "A browser";
	return `${by === "Edg" ? "Edge" : by} on ${on}`;
}
