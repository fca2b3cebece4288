// <held-work challenge="…" bits="16"> inside a form: finds a counter such that the
// SHA-256 of "challenge:counter" begins with that many zero bits, and puts
// "challenge:counter" into the hidden input. Only used while the practice is being
// flooded; the form waits for it when sent early.

const batch = 512;

class HeldWork extends HTMLElement {
	connectedCallback(): void {
		const input = this.querySelector<HTMLInputElement>("input[type=hidden]");
		const form = this.closest("form");
		const challenge = this.getAttribute("challenge");
		if (!input || !form || !challenge || !crypto.subtle) return;
		const done = this.solve(challenge, Number(this.getAttribute("bits")), input);
		form.addEventListener("submit", (event) => {
			if (input.value) return;
			event.preventDefault();
			this.say("One moment: your browser is doing a small sum that keeps machines out.");
			const pressed = event.submitter;
			void done.then(() => {
				this.say("");
				form.requestSubmit(pressed);
			});
		});
	}

	private async solve(challenge: string, bits: number, input: HTMLInputElement): Promise<void> {
		const text = new TextEncoder();
		for (let from = 0; ; from += batch) {
			const tries = Array.from({ length: batch }, (_, i) => `${challenge}:${from + i}`);
			const sums = await Promise.all(tries.map((t) => crypto.subtle.digest("SHA-256", text.encode(t))));
			const hit = sums.findIndex((s) => zeros(new Uint8Array(s)) >= bits);
			if (hit < 0) continue;
			input.value = tries[hit] ?? "";
			return;
		}
	}

	private say(words: string): void {
		const line = this.querySelector("[role=status]");
		if (line) line.textContent = words;
	}
}

// zeros counts the zero bits at the beginning.
function zeros(sum: Uint8Array): number {
	let n = 0;
	for (const byte of sum) {
		if (byte) return n + Math.clz32(byte) - 24;
		n += 8;
	}
	return n;
}

customElements.define("held-work", HeldWork);
