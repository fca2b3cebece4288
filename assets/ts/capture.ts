// The bundle of the page for right after a session, on somebody's own device. It
// writes into the journal where that is unlocked, and opens nothing.
import { HeldCapture } from "./journal/capture";
import { HeldPartDrawing } from "./journal/parts/drawing";
import { HeldPartVoice } from "./journal/parts/voice";

customElements.define("held-part-voice", HeldPartVoice);
customElements.define("held-part-drawing", HeldPartDrawing);
customElements.define("held-capture", HeldCapture);
