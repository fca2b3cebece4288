// <held-form> around a form of questions sends each answer when it is given. What
// cannot be sent yet stays on this device, encrypted under a key that no script
// can read out, and is sent and taken away when there is a connection again. The
// page works without any of this: its buttons keep what is on it.

import { seen } from "./names";
import { mark, ANSWERS } from "./waiting";

// Kept is an answer that the practice does not have yet.
interface Kept {
	iv: Uint8Array<ArrayBuffer>;
	sealed: ArrayBuffer;
}

// Answer is what one question sends: its fields, by name.
type Answer = [string, string][];

interface Said {
	asked: string[];
	was: Record<string, string>;
	faults?: Record<string, string>;
	alarmed: boolean;
	names?: Record<string, string[]> | null; // what the practice held back, by question
}

const RETRY = 15_000;
const PAUSE = 1_200; // in typing, after which what was typed is sent

const done = <T>(r: IDBRequest<T>): Promise<T> =>
	new Promise((yes, no) => {
		r.onsuccess = () => yes(r.result);
		r.onerror = () => no(r.error ?? new Error("the device's storage did not answer"));
	});

// Shelf keeps unsent answers of one form on this device.
class Shelf {
	private constructor(
		private db: IDBDatabase,
		private key: CryptoKey,
		private form: string,
	) {}

	static async open(person: string, form: string): Promise<Shelf> {
		const request = indexedDB.open("held-answers-" + person, 1);
		request.onupgradeneeded = () => ["keys", "answers"].forEach((s) => request.result.createObjectStore(s));
		const db = await done(request);
		db.onversionchange = () => db.close();
		let key = (await done(db.transaction("keys").objectStore("keys").get("key"))) as CryptoKey | undefined;
		if (!key) {
			key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
			await done(db.transaction("keys", "readwrite").objectStore("keys").put(key, "key"));
		}
		return new Shelf(db, key, form);
	}

	private at = (question: string): string => this.form + "\n" + question;

	async put(question: string, answer: Answer): Promise<void> {
		const iv = crypto.getRandomValues(new Uint8Array(12));
		const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(this.at(question)) }, this.key, utf8(JSON.stringify(answer)));
		await done(this.db.transaction("answers", "readwrite").objectStore("answers").put({ iv, sealed } satisfies Kept, this.at(question)));
	}

	async drop(question: string): Promise<void> {
		await done(this.db.transaction("answers", "readwrite").objectStore("answers").delete(this.at(question)));
	}

	async all(): Promise<Map<string, Answer>> {
		const out = new Map<string, Answer>();
		const store = this.db.transaction("answers").objectStore("answers");
		const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
		for (const [n, k] of (keys as string[]).entries()) {
			const [form, question = ""] = [k.slice(0, k.indexOf("\n")), k.slice(k.indexOf("\n") + 1)];
			if (form !== this.form) continue;
			const kept = values[n] as Kept;
			const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv, additionalData: utf8(k) }, this.key, kept.sealed);
			out.set(question, JSON.parse(new TextDecoder().decode(plain)) as Answer);
		}
		return out;
	}
}

const utf8 = (s: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(s) as Uint8Array<ArrayBuffer>;

type Writable = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

class HeldForm extends HTMLElement {
	private waits = new Map<string, Answer>(); // what was not sent yet, by question
	private shelf: Shelf | null = null;
	private timer = 0;
	private sending: Promise<void> | null = null;
	private fine: string[] = []; // names that may leave the page
	private told = new Map<string, string[]>(); // names that the practice's server saw, by question

	async connectedCallback(): Promise<void> {
		const url = this.getAttribute("answers");
		if (!url) return;
		this.fine = [...this.querySelectorAll<HTMLInputElement>('input[name="fine"]')].map((f) => f.value);
		this.addEventListener("change", (e) => this.note(e.target, 0));
		this.addEventListener("input", (e) => this.note(e.target, PAUSE));
		this.addEventListener("submit", (e) => void this.submit(e as SubmitEvent), { capture: true });
		addEventListener("online", () => void this.send());
		addEventListener("pagehide", () => void this.keepAll());
		setInterval(() => this.waits.size && void this.send(), RETRY);
		try {
			this.shelf = await Shelf.open(this.getAttribute("person") ?? "", url);
			const kept = await this.shelf.all();
			for (const [question, answer] of kept) {
				if (this.waits.has(question)) continue;
				this.waits.set(question, answer);
				this.show(question, answer);
				this.names(this.box(question));
			}
			if (kept.size) await this.send();
		} catch {
			this.shelf = null; // this browser keeps nothing: answers wait on the page only
		}
	}

	private box(question: string): HTMLElement | null {
		return [...this.querySelectorAll<HTMLElement>(".question")].find((b) => b.dataset.key === question) ?? null;
	}

	private fields(box: HTMLElement): Writable[] {
		return [...box.querySelectorAll<Writable>("input, textarea, select")].filter((f) => f.closest(".question") === box && /^[ao]:/.test(f.name));
	}

	private read(box: HTMLElement): Answer {
		const out: Answer = [];
		for (const f of this.fields(box)) {
			if (f instanceof HTMLInputElement && (f.type === "radio" || f.type === "checkbox") && !f.checked) continue;
			out.push([f.name, f.value]);
		}
		return out;
	}

	private show(question: string, answer: Answer): void {
		const box = this.box(question);
		if (!box) return;
		for (const f of this.fields(box)) {
			const given = answer.filter(([name]) => name === f.name).map(([, value]) => value);
			if (f instanceof HTMLInputElement && (f.type === "radio" || f.type === "checkbox")) f.checked = given.includes(f.value);
			else f.value = given[0] ?? "";
		}
	}

	// note takes an answer down as soon as it is given, and sends it after a while.
	private note(target: EventTarget | null, pause: number): void {
		const box = target instanceof Element ? target.closest<HTMLElement>(".question") : null;
		const question = box?.dataset.key;
		if (!box || !question || !box.querySelector(':scope > input[name="was"]')) return;
		const answer = this.read(box);
		this.waits.set(question, answer);
		this.say("Not sent yet.");
		void this.keep(question, answer);
		if (pause === 0 || box.querySelector("[data-names]")) this.names(box);
		clearTimeout(this.timer);
		this.timer = window.setTimeout(() => void this.send(), pause);
	}

	private async keep(question: string, answer: Answer): Promise<void> {
		try {
			await this.shelf?.put(question, answer);
			this.flag(true);
		} catch {
			this.shelf = null;
		}
	}

	private flag(on: boolean): void {
		try {
			mark(ANSWERS + (this.getAttribute("person") ?? ""), on);
		} catch {
			// Storage is forbidden: signing out does not know of it.
		}
	}

	private async keepAll(): Promise<void> {
		for (const [question, answer] of this.waits) await this.keep(question, answer);
	}

	private send(): Promise<void> {
		this.sending ??= this.sendAll().finally(() => (this.sending = null));
		return this.sending;
	}

	private async sendAll(): Promise<void> {
		for (const [question, answer] of [...this.waits]) {
			if (this.names(this.box(question))) {
				this.say("Not sent yet: please look at the name first. What you wrote is on this page.");
				continue;
			}
			const body = new URLSearchParams(answer);
			for (const name of this.fine) body.append("fine", name);
			body.append("was", "? " + question); // as if anything had stood there: this answer is the newer one
			let said: Said | null = null;
			try {
				const got = await fetch(this.getAttribute("answers")!, { method: "POST", body, cache: "no-store", redirect: "error", headers: { Accept: "application/json" } });
				if (got.status === 401 || got.status === 403) return this.say("Not sent yet: please sign in again. What you answered is kept on this device.");
				if (got.status === 409) return this.say("This form was sent meanwhile, so this answer was not kept. Open it again to correct it.");
				if (!got.ok) return this.away();
				said = (await got.json()) as Said;
			} catch {
				return this.away();
			}
			const told = said.names?.[question];
			if (told?.length) {
				this.told.set(question, told);
				if (this.names(this.box(question))) {
					this.say("Not kept yet: please look at the name first. What you wrote is on this page.");
					continue;
				}
			}
			this.fault(question, said.faults?.[question]);
			if (this.waits.get(question) === answer) {
				this.waits.delete(question);
				await this.shelf?.drop(question).catch(() => undefined);
			}
			this.follow(said);
		}
		if (this.waits.size) return;
		if (!this.querySelector("[data-fault]")) this.say("Kept.");
		this.flag(false);
	}

	private away(): void {
		this.say(this.shelf ? "Not sent yet: there is no connection. What you answered is kept on this device, and sent when there is one." : "Not sent yet: there is no connection. Please leave this page open; what you answered is on it alone.");
	}

	// follow shows what is asked now, and support where it is needed.
	private follow(said: Said): void {
		const asked = new Set(said.asked);
		for (const box of this.querySelectorAll<HTMLElement>("[data-key]")) {
			const key = box.dataset.key!;
			if (key && !this.inRow(key)) box.hidden = !asked.has(key);
			else if (key) box.hidden = !asked.has(key) && this.known(asked, key);
		}
		for (const was of this.querySelectorAll<HTMLInputElement>('input[name="was"]')) {
			const key = was.value.slice(was.value.indexOf(" ") + 1);
			if (said.was[key]) was.value = said.was[key];
		}
		const support = document.getElementById("support-now");
		if (!support) return;
		if (said.alarmed && support.hidden) {
			support.hidden = false;
			support.setAttribute("role", "alert");
			support.scrollIntoView({ block: "center" });
		}
		if (!said.alarmed) support.hidden = true;
	}

	private inRow = (key: string): boolean => /#\d+$/.test(key);

	// A row that the practice has not counted yet is as its first one is.
	private known = (asked: Set<string>, key: string): boolean => !asked.has(key.replace(/#\d+$/, ""));

	private fault(question: string, why: string | undefined): void {
		const box = this.box(question);
		box?.querySelector("[data-fault]")?.remove();
		if (!box || !why) return;
		const p = document.createElement("p");
		p.className = "error";
		p.dataset.fault = "";
		p.setAttribute("role", "alert");
		p.textContent = why;
		box.append(p);
		this.say("One answer needs another look; the others were kept.");
	}

	// names looks through what was written in a question for what may be the name
	// of somebody else. While there is one, the answer does not leave the page
	// until whoever wrote it says that it may.
	private names(box: HTMLElement | null): boolean {
		if (!box || !this.hasAttribute("names")) return false;
		const text = this.fields(box).filter((f) => f instanceof HTMLTextAreaElement).map((f) => f.value).join("\n");
		const own = this.fine.map((n) => n.toLowerCase());
		const told = (this.told.get(box.dataset.key ?? "") ?? []).filter((n) => text.includes(n) && !own.includes(n.toLowerCase()));
		const found = [...new Set([...seen(text, document.documentElement.lang, this.fine), ...told])].slice(0, 3);
		const before = box.querySelector<HTMLElement>("[data-names]");
		if (before?.dataset.names === found.join("\n")) return found.length > 0;
		before?.remove();
		if (!found.length) return false;
		const p = document.createElement("p");
		p.textContent = `This may be somebody's name: ${found.map((n) => `“${n}”`).join(", ")}. Another word for them keeps their story theirs. ${told.length ? "It was not kept." : "It has not left this page."}`;
		const go = document.createElement("button");
		go.type = "button";
		go.className = "button button-quiet";
		go.textContent = "It may leave this page";
		go.addEventListener("click", () => {
			this.fine.push(...found);
			this.names(box);
			this.fields(box)[0]?.focus();
			void this.send();
		});
		const note = document.createElement("div");
		note.className = "notice notice-care stack";
		note.dataset.names = found.join("\n");
		note.setAttribute("role", "status");
		note.append(p, go);
		box.append(note);
		return true;
	}

	private say(words: string): void {
		const line = this.querySelector("[data-said]");
		if (line) line.textContent = words;
	}

	// A page that cannot be sent stays where it is, with what was typed.
	private async submit(e: SubmitEvent): Promise<void> {
		const form = e.target as HTMLFormElement;
		const named = [...form.querySelectorAll<HTMLElement>(".question")].filter((b) => this.names(b));
		if (named.length) {
			e.preventDefault();
			e.stopPropagation();
			this.say("Not sent yet: please look at the name first. What you wrote is on this page.");
			return named[0]!.querySelector<HTMLElement>("[data-names] button")?.focus();
		}
		for (const input of form.querySelectorAll('input[name="fine"]')) input.remove();
		for (const name of this.fine) {
			const input = Object.assign(document.createElement("input"), { type: "hidden", name: "fine", value: name });
			form.append(input);
		}
		if (form.dataset.ready || (navigator.onLine && !this.waits.size)) return;
		e.preventDefault();
		e.stopPropagation();
		clearTimeout(this.timer);
		await this.send();
		if (this.waits.size || !navigator.onLine) return this.waits.size ? undefined : this.away();
		form.dataset.ready = "yes";
		form.requestSubmit(e.submitter);
		delete form.dataset.ready;
	}
}

customElements.define("held-form", HeldForm);
