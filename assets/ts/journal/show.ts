// Showing a picture, or playing a recording.

import { h, notice } from "./dom";
import type { Piece } from "./entry";
import type { Opened } from "./seal";

export function show(p: Piece, o: Opened): HTMLElement {
	if (o.kind !== "piece") return notice("care", h("p", {}, "A picture or recording is missing here."));
	const url = URL.createObjectURL(new Blob([o.bytes], { type: p.type }));
	const name = p.alt || p.name;
	if (p.kind === "voice") return h("figure", {}, h("audio", { controls: true, src: url, "aria-label": name }), p.alt ? h("figcaption", { class: "meta" }, p.alt) : null);
	return h("figure", {}, h("img", { src: url, alt: name }));
}
