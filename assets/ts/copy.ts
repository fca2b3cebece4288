// <held-copy> around an <output>: adds a button that copies its text, and says so.

class HeldCopy extends HTMLElement {
	connectedCallback(): void {
		const output = this.querySelector("output");
		if (!output || !navigator.clipboard || this.querySelector("button")) return;
		const button = document.createElement("button");
		button.type = "button";
		button.className = "button button-quiet";
		button.textContent = "Copy";
		const said = document.createElement("span");
		said.className = "meta";
		said.setAttribute("role", "status");
		button.addEventListener("click", async () => {
			try {
				await navigator.clipboard.writeText(output.textContent?.trim() ?? "");
				said.textContent = "Copied";
			} catch {
				said.textContent = "Your browser would not copy it; please write it down";
			}
		});
		this.append(button, said);
	}
}

customElements.define("held-copy", HeldCopy);
