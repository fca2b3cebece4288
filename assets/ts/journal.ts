// The journal's bundle: the only one that handles its keys, loaded on the pages
// where something is sealed or opened, and on no others.
import { HeldShared } from "./journal/desk";
import { HeldJournal } from "./journal/page";
import { define } from "./journal/parts";
import { HeldRecent } from "./journal/recent";

define();
customElements.define("held-journal", HeldJournal);
customElements.define("held-shared", HeldShared);
customElements.define("held-recent", HeldRecent);
