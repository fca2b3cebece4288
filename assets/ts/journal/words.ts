// <held-words> shows somebody's public keys in the six words that two people compare.

import { sixWords } from "./compare";

export class HeldWords extends HTMLElement {
	async connectedCallback(): Promise<void> {
		this.textContent = await sixWords(this.getAttribute("recipient")!, this.getAttribute("verifier")!);
	}
}
