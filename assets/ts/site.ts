// What every page may use. Nothing here is needed: each page works without it.
import "./copy";
import "./draft";
import "./lock";
import "./passkey";
import "./unsent";
import { forgetOld } from "./handover";
import { watch } from "./idle";

void forgetOld();
watch();
import "./work";
import "./zone";
