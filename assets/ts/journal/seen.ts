// What may be the name of somebody who trusts the writer, found in the browser
// alone: for <held-names-guard> of the journal, and for forms before they send.
//
// It would rather miss a name than see one everywhere. A capital letter within a
// sentence is not enough; something beside it must speak of a person.

const cap = "\\p{Lu}[\\p{Ll}\\p{M}]+(?:['’]\\p{Lu}[\\p{Ll}\\p{M}]+|-\\p{Lu}?[\\p{Ll}\\p{M}]+)*";
const whole = `${cap}(?:\\s+(?:(?:de|da|dos|van|von|der|den|di|del|la|le|el|al|bin)\\s+){0,2}${cap})*`;
const initials = "\\p{Lu}\\.?(?:\\s?\\p{Lu}\\.?)?(?![\\p{L}\\p{M}'’])";
const somebody = "(?:[Cc]lient|[Pp]atient|[Ss]upervisee|[Tt]rainee|[Ss]tudent)";
const owned = "(?:my|our|a|another|one of my|an old|a new|a former|my old|my new|my former|the)";

// Beside a capitalised word, these make it a person.
const doing = "(?:said|says|told|tells|asked|asks|cried|cries|wept|weeps|laughed|smiled|nodded|whispered|shouted|called me|texted|wrote to me|came in|sat down|looked at me|looked away|talked about|spoke of|broke down|cancelled|canceled|relapsed|dissociated|reminds? me|reminded me)";
const meeting = "(?:session with|sessions with|met with|meeting with|spoke with|speak with|talked with|talked to|spoke to|worked with|working with|thinking of|thinking about|worried about|worry about|dreamt of|dreamed of|dreamt about|reminded me of|reminds me of|afraid for|hugged|phoned|called|named|whose name is|name is|told|asked)";

type Rule = { find: RegExp; sure: boolean };
const rule = (source: string, sure: boolean): Rule => ({ find: new RegExp(source, "gdu"), sure });

const rules: Rule[] = [
	// "my client Anna", "a patient of mine, B. K.", "client M."
	rule(`(?<![\\p{L}])(?:${owned}\\s+)?${somebody}(?:\\s+of\\s+mine)?,?\\s+(?:called\\s+|named\\s+)?(?<name>${whole}|${initials})`, true),
	rule(`(?<![\\p{L}])(?:Mr|Mrs|Ms|Miss|Mx|Herr|Frau|Senhora?|Dona|Señora?|Monsieur|Madame)\\.?\\s+(?<name>${whole})`, true),
	rule(`(?<![\\p{L}])(?:session|sessions|hour|appointment)\\s+with\\s+(?<name>${initials})`, true),
	rule(`(?<![\\p{L}])${meeting}\\s+(?<name>${whole})`, false),
	rule(`(?<name>${whole})\\s+(?:\\p{Ll}+\\s+)?${doing}(?![\\p{L}])`, false),
	rule(`(?<name>${whole})['’]s\\s+(?:mother|father|parents|wife|husband|partner|son|daughter|children|story|trauma|session|tears|eyes|voice|face|grief|anger|pain|marriage|divorce|diagnosis|case|file)(?![\\p{L}])`, false),
];

// Capitalised, and nobody.
const nobody = new Set(("i i'm i've i'd i'll god jesus christ buddha mary allah " +
	"monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december " +
	"christmas easter ramadan spring summer autumn winter today tomorrow yesterday morning evening night " +
	"mum mom mummy mommy dad daddy papa mama mother father grandma grandpa granny nana auntie aunt uncle sister brother " +
	"ketamine held zoom google netflix spotify whatsapp instagram facebook youtube apple english french german spanish portuguese european american african asian " +
	"he she it we they you his her its our their your my me us them this that these those there here what who why how when where which " +
	"the a an and but or so then now if as at in on of for from to with without not no yes maybe perhaps still just only even " +
	"everyone everybody someone somebody nobody nothing something everything all both each one two another other some many most " +
	"after before while because since until although though once again later earlier finally suddenly also " +
	"emdr cbt dbt ifs ptsd adhd ocd covid freud jung winnicott bion rogers perls yalom kohut klein rumi rilke bach mozart beethoven chopin mahler brahms schubert " +
	"africa america asia australia europe antarctica atlantic pacific mediterranean alps amazon sahara himalaya himalayas " +
	"portugal spain france italy germany austria switzerland belgium netherlands holland luxembourg ireland england scotland wales britain denmark sweden norway finland iceland poland czechia hungary romania bulgaria greece turkey ukraine russia israel palestine egypt morocco kenya ghana nigeria india nepal tibet china japan korea thailand vietnam indonesia bali mexico canada brazil argentina chile peru cuba california texas florida " +
	"lisbon lisboa porto madrid barcelona paris lyon rome roma milan venice florence naples berlin munich hamburg cologne vienna wien zurich geneva brussels amsterdam dublin london oxford cambridge manchester edinburgh glasgow copenhagen stockholm oslo helsinki warsaw prague budapest athens istanbul moscow kyiv jerusalem cairo delhi mumbai tokyo kyoto beijing sydney melbourne auckland york boston chicago brooklyn manhattan seattle denver portland austin toronto montreal vancouver rio hawaii").split(" "));

// Letters that speak of something else when they stand alone.
const letters = /^(?:I|A|[A-Z] ?[A-Z])$/u;

export interface Seen {
	name: string;
	at: number;
}

// seen gives what looks like a name, each once, in the order of the text.
export function seen(text: string, own: readonly string[] = []): Seen[] {
	const fine = new Set(own.map((s) => s.toLocaleLowerCase()));
	const nouns = nounsAreCapital(text);
	const found: Seen[] = [];
	for (const { find, sure } of rules) {
		if (!sure && nouns) continue;
		for (const m of text.matchAll(find)) {
			const [start] = m.indices!.groups!.name!;
			const name = trimmed(m.groups!.name!, !sure && begins(text, start));
			if (!name || fine.has(name.toLocaleLowerCase())) continue;
			if (name.split(/\s+/).every((w) => nobody.has(w.toLocaleLowerCase()) || fine.has(w.toLocaleLowerCase()))) continue;
			if (letters.test(name) || !sure && isThing(text.slice(0, start) + m.groups!.name!.slice(0, m.groups!.name!.indexOf(name)))) continue;
			found.push({ name, at: start });
		}
	}
	const once = new Map<string, Seen>();
	for (const f of found.sort((a, b) => a.at - b.at)) {
		if (![...once.keys()].some((k) => k.split(" ").includes(f.name) || k === f.name)) once.set(f.name, f);
	}
	return [...once.values()];
}

// trimmed takes words that are nobody from both ends: "After Anna" is Anna. Where
// a sentence begins, a single capital says nothing, unless it can be a name only.
function trimmed(name: string, first: boolean): string {
	let all = name.replace(/[,;]$/, "").split(/\s+/);
	const began = all.length;
	while (all.length && nobody.has(all[0]!.toLocaleLowerCase())) all = all.slice(1);
	while (all.length && nobody.has(all.at(-1)!.toLocaleLowerCase())) all = all.slice(0, -1);
	if (first && all.length === 1 && all.length === began && !/^\p{Lu}\.?$/u.test(all[0]!)) return startsLikeAName(all[0]!) ? all[0]! : "";
	return all.join(" ");
}

// At a sentence's start any word is capital. Words that end as no name does are
// left alone there: "Nothing told", "Waiting asked", "Sadness came in".
function startsLikeAName(word: string): boolean {
	return word.length > 2 && !/(?:ing|ness|tion|ment|ity|ism|ly|ful|ous|ed|body|thing|ship|hood|ies|ings)$/u.test(word) && !common.has(word.toLocaleLowerCase());
}

const common = new Set(("grief shame fear anger love hope joy rage silence sleep pain death life work music water light darkness time memory people children women men therapist client clients patient patients guide guides friend friends colleague colleagues supervisor boss doctor neighbour neighbor voice voices body heart head hands child girl boy man woman baby family parents couple group team nurse teacher husband wife partner son daughter cousin grandmother grandfather ex part parts critic dream dreams image trees rain sea wind sun moon home house room door somewhere sometimes always never today's strangers therapists humans animals dog dogs cat cats birds angels ghosts").split(" "));

// isThing: with an article before it, it is no name.
const isThing = (before: string) => /(?:^|[^\p{L}])(?:the|a|an|this|that|every|no|some|any|my|our|your)\s+$/iu.test(before);

function begins(text: string, at: number): boolean {
	return /(?:^|[.!?…:;\n“"(\[–—*•-]\s*|\n\s*)$/u.test(text.slice(Math.max(0, at - 6), at));
}

// In German every noun is capital; there only what is plainly said counts.
function nounsAreCapital(text: string): boolean {
	const inner = [...text.matchAll(/(?<=[\p{Ll},]\s)\p{L}[\p{L}’']+/gu)].map(([w]) => w);
	return inner.length > 12 && inner.filter((w) => /^\p{Lu}\p{Ll}/u.test(w)).length > inner.length * 0.18;
}
