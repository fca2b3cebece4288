// Signing out wipes what this browser keeps of the site. Where something of a
// sealed journal is on this device alone, whoever's it is, it is said first. The
// journal's own page does this by itself: it can send what waits.

import { ANSWERS, ROOM, waiting } from "./waiting";

document.addEventListener("submit", (event) => {
	const form = event.target;
	if (!(form instanceof HTMLFormElement) || !new URL(form.action).pathname.startsWith("/sign-out")) return;
	if (document.querySelector("held-journal") || !waiting().length) return;
	event.preventDefault();
	document.querySelector(".unsent-notice")?.remove();
	const box = document.createElement("div");
	box.className = "notice notice-care unsent-notice";
	box.setAttribute("role", "alert");
	const said = document.createElement("p");
	const answers = waiting().every((k) => k.startsWith(ANSWERS));
	const room = waiting().find((k) => k.startsWith(ROOM));
	said.textContent = room ? "Something that was written in a medicine room is on this device alone, and signing out would wipe it. Please open the room first, with a connection, so that it is sent." : answers ? "An answer to a form is on this device alone, and signing out would wipe it. Please open the form first, so that it is sent." : "Something that was written in a journal is on this device alone, and signing out would wipe it. Please open the journal first, so that it is sent or finished. If it is not yours, whoever wrote it can sign in here and do that.";
	const link = document.createElement("a");
	link.className = "button";
	link.href = room ? "/room/" + room.slice(ROOM.length) : answers ? "/space/forms" : "/space/journal";
	link.textContent = room ? "Open the room" : answers ? "Your forms" : "Open the journal";
	const lose = document.createElement("button");
	lose.type = "button";
	lose.className = "button button-care";
	lose.textContent = "Sign out and lose it";
	lose.addEventListener("click", () => form.submit());
	const actions = document.createElement("p");
	actions.className = "actions";
	actions.append(link, " ", lose);
	box.append(said, actions);
	(document.querySelector("main") ?? document.body).prepend(box);
	box.scrollIntoView({ block: "center" });
}, { capture: true });
