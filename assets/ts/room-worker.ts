// The medicine room's worker: opens a room's page when there is no network, and
// shows a call while Held is closed.
import { heard } from "./heard";
import { offline } from "./offline";

offline("held-room", (path) => (/^\/room\/[0-9a-f]{8}-[0-9a-f-]{27}$/.test(path) ? "/room/offline" : undefined));
heard();
