// What looks like the name of somebody else, found in the browser before it
// leaves the page. The same rule as rules/names in Go, which says what it can and
// cannot do; both read its words and hold its cases.

import lexicon from "../../rules/names/words.json";

interface Language {
	people: string[];
	between: string[];
	before: string[];
	after: string[];
	owned?: string[];
	articles: string[];
	nobody: string[];
	endings?: string[];
	nouns?: boolean;
}

interface Word {
	text: string;
	lower: string;
	first: boolean; // of a sentence
	apart: boolean; // something other than a space or a comma stands before it
	comma: boolean; // a comma does
}

const MOST = 64 << 10;
const NAMED = 12;
const LONGEST = 8; // words of a name

const languages = lexicon.languages as Record<string, Language>;

const lowered = (s: string): string => s.toLowerCase().replaceAll("’", "'");
const capital = (w: string): boolean => /^[\p{Lu}\p{Lt}].*\p{Ll}/u.test(w);
const initial = (w: string): boolean => /^\p{Lu}$/u.test(w);
const caseless = (w: string): boolean => /^[\p{Lo}\p{Lm}]/u.test(w);
const runes = (w: string): number => [...w].length;
const STOPS = ".!?…:;\n\"“”„«»()[]–—*•。！？";
const SHORT = ["Mr", "Mrs", "Ms", "Mx", "Dr", "Prof", "Sr", "Sra", "Mme"];

function split(text: string): Word[] {
	const out: Word[] = [];
	let first = true;
	let apart = true;
	let comma = false;
	for (const [piece] of text.matchAll(/\p{L}[\p{L}\p{M}]*(?:['’-][\p{L}\p{M}]+)*|[^]/gu)) {
		if (/^\p{L}/u.test(piece)) {
			out.push({ text: piece, lower: lowered(piece), first, apart, comma });
			first = apart = comma = false;
			continue;
		}
		const before = out.at(-1)?.text ?? "";
		if (piece === "." && before && (runes(before) === 1 || SHORT.includes(before))) continue;
		if (STOPS.includes(piece)) first = apart = true;
		else if (piece === ",") comma = true;
		else if (!/\s/u.test(piece)) apart = true;
	}
	return out;
}

class Reader {
	readonly found: string[] = [];
	private until = 0;
	private nouns: boolean;

	constructor(private words: Word[], private lang: Required<Omit<Language, "nouns">>, nouns: boolean) {
		this.nouns = nouns || this.nounsAreCapital();
		for (let i = 0; i < words.length; i++) this.at(i);
	}

	private at(i: number): void {
		const w = this.words[i]!;
		this.respected(w.text);
		if (lexicon.titles.includes(w.text) && !(w.first && w.text === "Don")) this.keep(i + 1, true, true);
		if (this.lang.people.includes(w.lower)) this.keep(this.between(i + 1), true, false);
		for (const p of this.lang.before) {
			const n = this.phrase(i, p);
			if (n > 0 && !this.nouns) this.keep(i + n, false, false);
		}
		if (i < this.until) return;
		const [name, next] = this.name(i);
		if (name.length) {
			this.until = next;
			this.spoken(i, name, next);
		}
	}

	private between(i: number): number {
		for (;;) {
			const n = this.lang.between.map((p) => this.phrase(i, p)).find((n) => n > 0);
			if (!n) return i;
			i += n;
		}
	}

	private phrase(i: number, p: string): number {
		const parts = p.split(" ");
		const there = parts.every((part, k) => {
			const w = this.words[i + k];
			return w?.lower === part && !(k > 0 && w.apart);
		});
		return there ? parts.length : 0;
	}

	private name(i: number): [string[], number] {
		const out: string[] = [];
		let next = i;
		while (next < this.words.length && out.length < LONGEST) {
			let k = next;
			while (out.length && k < this.words.length && k - next < 2 && !this.words[k]!.apart && lexicon.particles.includes(this.words[k]!.text)) k++;
			const w = this.words[k];
			if (!w || k > i && (w.apart || w.comma) || !capital(w.text)) break;
			for (; next <= k; next++) out.push(this.words[next]!.text);
		}
		return [out, next];
	}

	private keep(i: number, sure: boolean, title: boolean): void {
		const word = this.words[i];
		if (!word || word.apart) return;
		let w = word.text;
		if (title && caseless(w)) {
			this.found.push(w);
			return;
		}
		if (sure && initial(w) && w !== "I" && w !== "A") {
			const after = this.words[i + 1];
			if (after && initial(after.text) && !after.apart) w += " " + after.text;
			this.found.push(w);
			return;
		}
		const [name] = this.name(i);
		if (name.length) this.add(name);
	}

	private spoken(i: number, name: string[], next: number): void {
		const w = this.words[i]!;
		if (i > 0 && !w.apart && this.lang.articles.includes(this.words[i - 1]!.lower)) return;
		if (this.lang.articles.includes(w.lower) || w.first && name.length === 1 && this.common(name[0]!)) return;
		const then = this.words[next];
		const whole = name.at(-1)!.replace(/['’]s$/, "");
		if (whole !== name.at(-1) && then && !then.apart && this.lang.owned.includes(then.lower)) return this.add([...name.slice(0, -1), whole]);
		for (const skip of [0, 1]) {
			const at = this.words[next + skip];
			if (!at || at.apart || skip === 1 && then!.apart) return;
			if (this.lang.after.some((p) => this.phrase(next + skip, p) > 0)) return this.add(name);
		}
	}

	private common(w: string): boolean {
		return runes(w) < 3 || this.lang.endings.some((e) => w.endsWith(e));
	}

	private add(name: string[]): void {
		const nobody = (w: string): boolean => lexicon.titles.includes(w) || this.lang.nobody.includes(lowered(w));
		while (name.length && nobody(name[0]!)) name = name.slice(1);
		while (name.length && nobody(name.at(-1)!)) name = name.slice(0, -1);
		if (name.length) this.found.push(name.join(" ").replace(/'s$/, "").replace(/’s$/, ""));
	}

	// Names with a suffix of respect, in scripts without spaces.
	private respected(w: string): void {
		if (!caseless(w)) return;
		for (const suffix of lexicon.suffixes) {
			const at = w.indexOf(suffix);
			const name = at < 0 ? null : /[\p{Script=Han}\p{Script=Katakana}\p{Script=Hangul}]{1,5}$/u.exec(w.slice(0, at));
			if (name) {
				this.found.push(name[0] + suffix);
				return;
			}
		}
	}

	private nounsAreCapital(): boolean {
		const inner = this.words.filter((w) => !w.first && runes(w.text) > 1);
		return inner.length > 12 && inner.filter((w) => capital(w.text)).length * 100 > inner.length * 18;
	}
}

// seen gives what looks like a name, each once, in the order of the text. Those
// of which the writer said that they may stay are left out.
export function seen(text: string, lang: string, fine: readonly string[] = []): string[] {
	const base = lang.toLowerCase().split("-")[0]!;
	const all = (base === "en" ? ["en"] : ["en", base]).map((l) => languages[l]).filter((l) => l !== undefined);
	const gather = (key: Exclude<keyof Language, "nouns">): string[] => all.flatMap((l) => l[key] ?? []);
	const lang_ = { people: gather("people"), between: gather("between"), before: gather("before"), after: gather("after"), owned: gather("owned"), articles: gather("articles"), nobody: gather("nobody"), endings: gather("endings") };
	const { found } = new Reader(split(text.slice(0, MOST)), lang_, languages[base]?.nouns ?? false);
	const out: string[] = [];
	const known = (list: readonly string[], name: string): boolean => list.some((o) => o.toLowerCase() === name.toLowerCase());
	for (const name of found) if (!known(fine, name) && !known(out, name) && out.length < NAMED) out.push(name);
	return out;
}
