// The bundle that shows somebody's public keys in six words, where a page of the
// practice's has nothing of the journal but those.
import { HeldWords } from "./journal/words";

customElements.define("held-words", HeldWords);
