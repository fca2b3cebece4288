// Signing out wipes what this browser keeps of the site. Where something of a
// sealed journal has not been sent yet, it leads to the journal first, which says
// so and sends it.

document.addEventListener("submit", (event) => {
	const form = event.target;
	if (!(form instanceof HTMLFormElement) || !new URL(form.action).pathname.startsWith("/sign-out")) return;
	let unsent = false;
	try {
		unsent = localStorage.getItem("held-unsent") !== null;
	} catch {
		// Storage is forbidden: then nothing waits in it.
	}
	if (!unsent || location.pathname === "/space/journal") return;
	event.preventDefault();
	location.assign("/space/journal");
}, { capture: true });

export {};
