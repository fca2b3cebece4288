// Words of one's own: a passphrase that somebody chose. Nobody can measure whether
// others could think of it; what can be seen to be too little is refused, and what
// cannot be seen is said.

// cleanOwn is how they are compared: small letters, one space between words. So
// they can be typed on a telephone, and given to the program age.
export const cleanOwn = (typed: string): string => typed.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();

// Six different words, of which an attacker has to try two hundred each at least,
// are 46 bits; with the work of each guess that is out of reach of a theft.
const LEAST = 6;
const LETTERS = 28;

const ROWS = ["abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "01234567890", "1234567890"];
const row = (w: string): boolean => w.length > 2 && ROWS.some((r) => r.includes(w) || [...r].reverse().join("").includes(w));
const same = (w: string): boolean => new Set(w).size === 1 && w.length > 1;

const NUMBERS = new Set("zero one two three four five six seven eight nine ten eleven twelve hundred first second third".split(" "));

// KNOWN are beginnings that everybody tries first.
const KNOWN = ["correct horse battery", "the quick brown fox", "to be or not to be", "our father who art", "let me in", "i love you", "once upon a time", "all you need is love", "in the beginning"];

// weak says what is too little about words of one's own; "" if nothing is seen.
export function weak(typed: string, known: string[] = []): string {
	const words = cleanOwn(typed);
	const all = words.split(" ").filter(Boolean);
	const telling = new Set(all.filter((w) => [...w].length > 2 && !row(w) && !same(w) && !NUMBERS.has(w) && !/^\p{N}+$/u.test(w)));
	if (KNOWN.some((k) => words.includes(k))) return "These are words that everybody tries first. Nothing was changed; please choose others.";
	if (known.some((k) => cleanOwn(k).length > 3 && words.replaceAll(" ", "").includes(cleanOwn(k).replaceAll(" ", "")))) return "Your name, your address here or the practice's name is in them, and is tried first. Nothing was changed; please choose others.";
	if (telling.size < LEAST) return `Please choose six words or more, all different and of three letters at least; ${telling.size === 0 ? "none of these counts" : telling.size === 1 ? "one of these counts" : `${telling.size} of these count`}. Rows of a keyboard, numbers and repeated words do not. Nothing was changed.`;
	if ([...telling].join("").length < LETTERS) return "These words are very short. Please choose longer ones, or one or two more. Nothing was changed.";
	return "";
}
