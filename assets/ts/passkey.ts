// <held-passkey options="/sign-in/options"> around a form: its button asks the
// browser for a passkey (with "create", to make one) and sends the form with
// what came of it. With "autofill" the browser may also offer one in the address
// field. Every field is written out by hand: a credential's own toJSON would
// one day carry the secret that opens the sealed journal.

import { hand } from "./handover";
import { prf } from "./prf";

type Descriptor = { type: "public-key"; id: string; transports?: AuthenticatorTransport[] };

type Options = {
	challenge: string;
	timeout?: number;
	rpId?: string;
	allowCredentials?: Descriptor[];
	userVerification?: UserVerificationRequirement;
	rp: PublicKeyCredentialRpEntity;
	user: { id: string; name: string; displayName: string };
	pubKeyCredParams: PublicKeyCredentialParameters[];
	excludeCredentials?: Descriptor[];
	authenticatorSelection?: AuthenticatorSelectionCriteria;
	attestation?: AttestationConveyancePreference;
};

type Asked = { handle: string; publicKey: Options };

class HeldPasskey extends HTMLElement {
	private waiting: AbortController | null = null;
	private ready = false; // the form holds an answer and may go

	connectedCallback(): void {
		const form = this.querySelector("form");
		if (!form) return;
		if (!("PublicKeyCredential" in window)) {
			this.querySelector("button")?.remove();
			return this.say("This browser has no passkeys here. The other ways on this page work without them.");
		}
		form.addEventListener("submit", (event) => {
			if (this.ready) return;
			event.preventDefault();
			event.stopImmediatePropagation(); // whoever else listens waits for the answer
			void this.ask(form, false);
		});
		if (this.hasAttribute("autofill")) void this.offer(form);
	}

	// offer lets the browser show passkeys among what it fills in for the address.
	private async offer(form: HTMLFormElement): Promise<void> {
		if (await PublicKeyCredential.isConditionalMediationAvailable?.()) await this.ask(form, true);
	}

	private async ask(form: HTMLFormElement, quietly: boolean): Promise<void> {
		this.waiting?.abort();
		const waiting = (this.waiting = new AbortController());
		if (!quietly) this.say("");
		try {
			const asked = await this.begin();
			const answer = this.hasAttribute("create") ? await create(asked.publicKey, waiting.signal) : await get(asked.publicKey, waiting.signal, quietly);
			set(form, "handle", asked.handle);
			set(form, "credential", JSON.stringify(answer));
			this.ready = true;
			form.requestSubmit();
			this.ready = false; // where the form was sent by a script, it may be needed again
		} catch (error) {
			if (!quietly && !waiting.signal.aborted) this.say(words(error));
		}
	}

	private async begin(): Promise<Asked> {
		const answer = await fetch(this.getAttribute("options") ?? "", { method: "POST", headers: { Accept: "application/json" } });
		const body = (await answer.json()) as Asked & { error?: string };
		if (!answer.ok) throw new Refusal(body.error ?? "");
		return body;
	}

	private say(sentence: string): void {
		const line = this.querySelector("[role=status]") ?? this.parentElement?.querySelector("[role=alert]");
		if (line) line.textContent = sentence;
	}
}

class Refusal extends Error {}

function words(error: unknown): string {
	if (error instanceof Refusal && error.message) return error.message;
	if (error instanceof DOMException) {
		if (error.name === "InvalidStateError") return "This device has a passkey for here already. Nothing was changed.";
		if (error.name === "NotAllowedError") return "No passkey was given. Nothing was changed; you can try again, or choose another way.";
	}
	return "The passkey could not be asked for. Nothing was changed; please try again, or choose another way.";
}

async function get(o: Options, signal: AbortSignal, quietly: boolean): Promise<object> {
	const found = await navigator.credentials.get({
		signal,
		mediation: quietly ? "conditional" : "optional",
		publicKey: {
			challenge: bytes(o.challenge),
			timeout: o.timeout,
			rpId: o.rpId,
			userVerification: o.userVerification,
			allowCredentials: o.allowCredentials?.map(descriptor),
			extensions: await prf(),
		},
	});
	if (!(found instanceof PublicKeyCredential) || !(found.response instanceof AuthenticatorAssertionResponse)) throw new Refusal();
	await hand(found);
	const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
	return written(found, {
		clientDataJSON: text(clientDataJSON),
		authenticatorData: text(authenticatorData),
		signature: text(signature),
		...(userHandle ? { userHandle: text(userHandle) } : {}),
	});
}

async function create(o: Options, signal: AbortSignal): Promise<object> {
	const made = await navigator.credentials.create({
		signal,
		publicKey: {
			challenge: bytes(o.challenge),
			timeout: o.timeout,
			rp: o.rp,
			user: { ...o.user, id: bytes(o.user.id) },
			pubKeyCredParams: o.pubKeyCredParams,
			excludeCredentials: o.excludeCredentials?.map(descriptor),
			authenticatorSelection: o.authenticatorSelection,
			attestation: o.attestation,
			extensions: await prf(),
		},
	});
	if (!(made instanceof PublicKeyCredential) || !(made.response instanceof AuthenticatorAttestationResponse)) throw new Refusal();
	return written(made, {
		clientDataJSON: text(made.response.clientDataJSON),
		attestationObject: text(made.response.attestationObject),
		transports: made.response.getTransports(),
	});
}

function written(credential: PublicKeyCredential, response: object): object {
	const id = text(credential.rawId);
	return { id, rawId: id, type: "public-key", response };
}

function descriptor(d: Descriptor): PublicKeyCredentialDescriptor {
	return { type: d.type, id: bytes(d.id), transports: d.transports };
}

function set(form: HTMLFormElement, name: string, value: string): void {
	const input = form.elements.namedItem(name);
	if (input instanceof HTMLInputElement) input.value = value;
}

// bytes and text go between bytes and base64url.
function bytes(word: string): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(atob(word.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
	return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

customElements.define("held-passkey", HeldPasskey);
