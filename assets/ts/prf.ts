// What a passkey is asked about so that it can open a journal. It stands in our
// scripts and is never taken from the practice. Passkeys are made with it, because
// some can give their secret later only if they were asked at the start; what one
// answers then is not looked at.
export const SALT = "held/journal/unlock/v1";

export async function prf(): Promise<AuthenticationExtensionsClientInputs> {
	const first = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(SALT));
	return { prf: { eval: { first } } } as AuthenticationExtensionsClientInputs;
}
