// The journal's worker: opens /space/journal and /space/capture when there is no
// network, with one page of each that shows nobody.
import { offline } from "./offline";

const shells: Record<string, string> = { "/space/journal": "/space/journal/offline", "/space/capture": "/space/capture/offline" };

offline("held-journal", (path) => shells[path]);
