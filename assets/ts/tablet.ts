// The bundle of the practice's tablet: it can seal to a public key, and there is
// nothing in it that opens anything.
import { HeldPartDrawing } from "./journal/parts/drawing";
import { HeldPartVoice } from "./journal/parts/voice";
import { flush, HeldLeft } from "./journal/tablet";

customElements.define("held-part-voice", HeldPartVoice);
customElements.define("held-part-drawing", HeldPartDrawing);
customElements.define("held-left", HeldLeft);

// What waits here is sent as soon as somebody opens a page that can.
if (!document.querySelector("held-left")) void flush().catch(() => undefined);
