// The parts of the journal with which a person writes without analysing. define
// makes them known to the page, once.

import { HeldPartBody } from "./body";
import { HeldPartColour } from "./colour";
import { HeldPartDrawing } from "./drawing";
import { HeldPartPhoto } from "./photo";
import { HeldThemesPicture } from "./picture";
import { HeldThemes } from "./themes";
import { HeldPartVoice } from "./voice";
import { HeldGuard } from "../guard";
import { HeldNamesGuard } from "../names";

export type { Made } from "./part";
export type { Shown } from "./picture";
export type { Day } from "../guard";
export { hexOf, labelOf } from "./palette";

const all = {
	"held-part-voice": HeldPartVoice,
	"held-part-drawing": HeldPartDrawing,
	"held-part-body": HeldPartBody,
	"held-part-photo": HeldPartPhoto,
	"held-part-colour": HeldPartColour,
	"held-themes": HeldThemes,
	"held-themes-picture": HeldThemesPicture,
	"held-guard": HeldGuard,
	"held-names-guard": HeldNamesGuard,
};

export function define(): void {
	for (const [name, part] of Object.entries(all)) if (!customElements.get(name)) customElements.define(name, part);
}

declare global {
	interface HTMLElementTagNameMap {
		"held-part-voice": HeldPartVoice;
		"held-part-drawing": HeldPartDrawing;
		"held-part-body": HeldPartBody;
		"held-part-photo": HeldPartPhoto;
		"held-part-colour": HeldPartColour;
		"held-themes": HeldThemes;
		"held-themes-picture": HeldThemesPicture;
		"held-guard": HeldGuard;
		"held-names-guard": HeldNamesGuard;
	}
}
