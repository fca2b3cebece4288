// <held-zone zone="Europe/Lisbon">: shows the page in the visitor's own time zone.
// It asks the server once, by the same address as the form inside, and only when
// nobody has chosen: a choice is never overruled.

class HeldZone extends HTMLElement {
	connectedCallback(): void {
		const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
		const url = new URL(location.href);
		if (!own || own === this.getAttribute("zone") || this.hasAttribute("chosen") || url.searchParams.has("zone")) return;
		if (!first(url.pathname + own)) return;
		url.searchParams.set("zone", own);
		location.replace(url);
	}
}

// first is true once a minute for each page: a server that drops the parameter
// must not send the browser in circles.
function first(what: string): boolean {
	try {
		const key = "held-zone:" + what;
		const last = Number(sessionStorage.getItem(key));
		sessionStorage.setItem(key, String(Date.now()));
		return Date.now() - last > 60_000;
	} catch {
		return false; // storage is forbidden here; the form still works
	}
}

customElements.define("held-zone", HeldZone);
