// The journal's worker: opens /space/journal when there is no network.
import { offline } from "./offline";

offline("held-journal", "/space/journal/offline", (path) => path === "/space/journal");
