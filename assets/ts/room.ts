// The medicine room's page.
import { HeldRoom } from "./room/page";

customElements.define("held-room", HeldRoom);
