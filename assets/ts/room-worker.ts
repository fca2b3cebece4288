// The medicine room's worker: opens a room's page when there is no network.
import { offline } from "./offline";

offline("held-room", (path) => (/^\/room\/[0-9a-f]{8}-[0-9a-f-]{27}$/.test(path) ? "/room/offline" : undefined));
