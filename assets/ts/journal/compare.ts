// A person's public keys, as two people compare them.

import { entropyToMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { sha256, utf8 } from "./bytes";

// sixWords are 66 bits of a hash of both.
export async function sixWords(recipient: string, verifier: string): Promise<string> {
	const sum = await sha256(utf8(`held/compare/v1\n${recipient}\n${verifier}`));
	return entropyToMnemonic(sum.slice(0, 16), wordlist).split(" ").slice(0, 6).join(" ");
}
