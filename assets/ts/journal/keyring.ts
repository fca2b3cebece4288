// What opens the journal, and how that is changed: devices, the recovery sheet,
// words of one's own, and new keys for everything after a device was lost.

import { sixWords } from "./compare";
import { button, check, day, field, h, notice, today } from "./dom";
import { attempt, checkSheet, deviceName, Gate, lockedView, ownWords, problem, showSheet } from "./gate";
import { newSheet, OWN, SHEET } from "./keys";
import { weak } from "./own";
import { Said } from "./said";

// Mover seals what is there with the keys of today; told hears how far it has come.
// It gives why something is not sealed anew yet, or "" when all of it is.
export interface Mover {
	move(told: (done: number, all: number) => void): Promise<string>;
}

// keysView lists what opens the journal, and lets it be changed. A clinician, whose
// files are others', has no mover.
export function keysView(gate: Gate, mover: Mover | null, again: () => void): HTMLElement {
	const box = h("section", { class: "stack" });
	const line = problem();
	if (gate.keys && mover) box.append(ownWords(gate.keys, "Your key in six words, for whoever you share with to compare: "));
	if (!gate.ring) {
		box.append(lockedView(gate, again, "Unlock once more to change your keys"));
		return box;
	}
	const name = h("input", { type: "text", maxlength: "60", value: deviceName() });
	const minutes = h("select", { change: () => {
		Gate.minutes = Number(minutes.value);
	} }, ...[5, 15, 60, 240].map((n) => h("option", { value: String(n), selected: n === Gate.minutes }, n < 60 ? `${n} minutes` : n === 60 ? "an hour" : "four hours")));
	const moving = mover && gate.ring.formers.some((f) => f.moving);
	box.append(
		h("h2", {}, mover ? "What opens your journal" : "What opens what is shared with you"),
		...gate.alarms.map((a) => notice("care", h("p", {}, a))),
		...(moving ? [movingView(gate, mover, again)] : []),
		line,
		h("ul", {}, ...gate.ring.unlocks.map((u) => h("li", {}, `${u.name}, since ${day(u.day)} `, u.id === SHEET ? "" : button("Remove " + u.name, () => attempt(line, async () => {
			await gate.removeUnlock(u.id);
			again();
		}), "text")))),
		h("p", { class: "meta" }, "What is removed does not open what the practice gives from now on. It would still open an older keyring, from a backup of the practice's, and with that everything that is sealed with the same key. " + (mover ? "If somebody else may have a device, a passkey or words that open your journal, make new keys instead: below, “A device was lost”." : "If somebody else may have a device of yours, tell the clients who share with you: they can withdraw what they share.")),
		h("div", { class: "form" }, field("Name of this device", name, "", true)),
		h("p", { class: "actions" }, button("Let a passkey of this device open it", () => attempt(line, async () => {
			await gate.addPasskey(name.value.trim() || deviceName());
			again();
		}))),
		h("h3", {}, "Words of your own"),
		ownForm(gate, line, again),
		h("h3", {}, "Recovery sheet"),
		h("p", {}, "A new sheet takes the place of the old one, which then opens nothing that the practice gives; with an older backup it still would. Destroy the old one all the same."),
		h("p", { class: "actions" }, button("Make a new recovery sheet", () => attempt(line, () => newSheetFor(gate, box, line, false, async (sheet) => {
			await gate.change((r) => {
				r.unlocks = [...r.unlocks.filter((u) => u.id !== SHEET), { id: SHEET, name: "Recovery sheet", day: today(), recipient: sheet.recipient }];
			}, { recovery: sheet.recovery });
			again();
		})), "quiet")),
		...(moving || !mover ? [] : [h("h3", {}, "A device was lost"), lostForm(gate, box, line, again)]),
		h("h3", {}, "Locking"),
		h("div", { class: "form" }, field("Lock the journal when it was not used for", minutes, "On this device.", true)),
	);
	return box;
}

type Sheet = Awaited<ReturnType<typeof newSheet>>;

// newSheetFor has a new sheet kept and shown to be kept, and then uses it.
// anew says that the keys are made anew as well, so that they cannot be on it.
async function newSheetFor(gate: Gate, box: HTMLElement, line: HTMLElement, anew: boolean, use: (sheet: Sheet) => Promise<void>): Promise<void> {
	const sheet = await newSheet();
	const state = `${(gate.kept?.revision ?? 0) + 1}-${await gate.seen()}`;
	const show = (...children: (Node | string)[]) => box.replaceChildren(...children);
	const key = anew || !gate.keys ? "" : await sixWords(gate.keys.recipient, gate.keys.verifier);
	showSheet(show, sheet.words, state, key, () => checkSheet(show, sheet.words, state, key, () => {
		box.prepend(line);
		void attempt(line, () => use(sheet));
	}));
}

// ownForm lets somebody choose words of their own, and says what that means.
function ownForm(gate: Gate, line: HTMLElement, again: () => void): HTMLElement {
	const has = gate.ring!.unlocks.some((u) => u.id === OWN);
	const one = h("textarea", { rows: "2", class: "plain part-few", autocapitalize: "none", autocomplete: "off", spellcheck: "false" });
	const two = h("textarea", { rows: "2", class: "plain part-few", autocapitalize: "none", autocomplete: "off", spellcheck: "false" });
	const said = h("p", { class: "meta", role: "status" });
	const form = h("form", { class: "form", "aria-label": "Words of your own", novalidate: true, submit: (e) => {
		e.preventDefault();
		void attempt(line, async () => {
			const refused = weak(one.value, [location.hostname]);
			if (refused) throw new Said(refused);
			if (one.value.trim() !== two.value.trim()) throw new Said("The two are not the same. Nothing was changed; please type them once more.");
			said.textContent = "One moment: a guess at them shall cost as much as this.";
			await new Promise((ok) => setTimeout(ok, 50)); // so that it is read
			try {
				await gate.setOwn(one.value);
			} finally {
				said.textContent = "";
			}
			again();
		});
	} },
		h("p", {}, "Six words or more that only you would put together open it as well, where there is no passkey. Your sheet stays what it is."),
		h("p", { class: "meta" }, "Nobody can measure whether others could think of them too. A line of a song, a poem or a film is found quickly, in any language; six things that have nothing to do with each other are not. Whoever has the practice's database can try words for as long as they like. If you are not sure, leave this: your passkey and your sheet are stronger."),
		field(has ? "Other words of your own" : "Your words", one, "Capital letters and how many spaces make no difference."),
		field("The same once more", two),
		said,
		h("p", { class: "actions" }, h("button", { type: "submit", class: "button button-quiet" }, has ? "Change the words" : "Let these words open it")),
	);
	return h("details", {}, h("summary", {}, has ? "Choose other words" : "Choose words that open it too"), form);
}

// lostForm makes new keys. What the old ones still open is said first.
function lostForm(gate: Gate, box: HTMLElement, line: HTMLElement, again: () => void): HTMLElement {
	const all = gate.ring!.unlocks.filter((u) => u.id !== SHEET).map((u) => ({ u, ...check(`${u.name}, since ${day(u.day)}`, false) }));
	const seen = check("Somebody else may have seen my recovery sheet, or I no longer have it", false, "You get a new sheet in any case.");
	return h("details", {}, h("summary", {}, "Make new keys for everything"), h("div", { class: "stack" },
		h("p", {}, "If somebody else may have a device that opens your journal, its passkey, or your words, new keys are made here and everything in your journal is sealed anew with them. The lost device then opens nothing that was sealed anew and nothing that you write from now on."),
		h("p", {}, h("strong", {}, "What cannot be taken back: "), "whatever that device had on it already, and whatever lies in the practice's older backups, can still be opened with its keys. So can answers that were sent to you until now. The practice sees that everything was sealed anew, and when."),
		h("p", {}, "Whoever you share with sees that your key is another one, and reads on when you have compared the six words again. Your other devices ask for their passkey or words once more."),
		h("form", { class: "form", "aria-label": "A device was lost", novalidate: true, submit: (e) => {
			e.preventDefault();
			void attempt(line, async () => {
				const lost = all.filter((x) => x.box.checked).map((x) => x.u.id);
				if (!lost.length && !seen.box.checked) throw new Said("Please say what was lost. Nothing was changed.");
				await newSheetFor(gate, box, line, true, async (sheet) => {
					await gate.anew(lost, sheet);
					again();
				});
			});
		} },
			h("fieldset", { class: "field choice" }, h("legend", {}, "What is no longer yours alone?"), ...all.map((x) => x.line), seen.line),
			h("p", { class: "actions" }, h("button", { type: "submit", class: "button button-care" }, "Make new keys")),
		)));
}

// movingView seals everything anew, and goes on where it was left.
function movingView(gate: Gate, mover: Mover, again: () => void): HTMLElement {
	const line = problem();
	const state = h("p", { class: "meta", role: "status" });
	const bar = h("progress", { max: "1", value: "0", "aria-label": "Sealed anew" });
	const go = button("Go on", () => attempt(line, run));
	const run = async () => {
		go.hidden = true;
		try {
			const why = await mover.move((done, all) => {
				bar.max = all || 1;
				bar.value = done;
				state.textContent = `${done} of ${all} sealed anew.`;
			});
			if (why) throw new Said(why);
			await gate.moved();
			again();
		} finally {
			go.hidden = false;
		}
	};
	void attempt(line, run);
	return notice("kept", h("h3", {}, "Your journal is being sealed anew"), h("p", {}, "You can go on writing meanwhile. If you leave this page, it goes on when you come back here."), bar, state, line, h("p", { class: "actions" }, go));
}
