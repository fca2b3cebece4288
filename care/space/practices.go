package space

// Card is something small that can be done alone between sessions. It
// is offered and never assigned; nobody is told whether it was done.
type Card struct {
	Key     string
	Kind    CardKind
	Title   string
	Minutes int      // about how long it takes; it may be less
	Words   []string // paragraphs
	NotFor  string   // when to leave it, in plain words; "" where nothing speaks against it
}

// CardKind is what it is done with.
type CardKind string

// The kinds of cards.
const (
	Breath CardKind = "breath"
	Walk   CardKind = "walk"
	Music  CardKind = "music"
	Letter CardKind = "letter"
)

// Breathing stays gentle: nothing is held, nothing is fast, and the way
// out is said with the way in.
const gently = "Leave it if breathing is hard for you today, if you feel dizzy, or if minding your breath makes you more afraid: let it go its own way and look at something far off instead. With an illness of the heart or the lungs, or when you expect a child, ask your prescriber first."

// Cards are those that Held brings, in the order in which they are shown.
var Cards = []Card{
	{
		Key: "long-way-out", Kind: Breath, Title: "The long way out", Minutes: 3,
		Words: []string{
			"Sit or lie so that nothing has to be held up. Let the air come in by itself, as much as it likes.",
			"Then let it go slowly, as if you were warming a window pane. When it has gone, wait until the next one wants to come. You do not have to fetch it.",
			"Ten of these, or four. If you lose count, you have arrived.",
		},
		NotFor: gently,
	},
	{
		Key: "hand-on-the-chest", Kind: Breath, Title: "A hand to breathe under", Minutes: 5,
		Words: []string{
			"Lay one hand where you feel your breath most: the chest, the belly, a side. Let it be as heavy as it is.",
			"Do nothing to the breath. Notice only that the hand is moved, and that nobody has to move it.",
			"Stay as long as it is pleasant. Before you get up, notice the hand itself: warm, or cool?",
		},
		NotFor: gently,
	},
	{
		Key: "hum", Kind: Breath, Title: "Humming", Minutes: 2,
		Words: []string{
			"Close your lips and hum while the air goes out, on any tone, as quietly as you like. Low is good.",
			"Feel where it trembles: lips, breastbone, the back of the skull. Let the air come in through the nose, without hurry.",
			"Five or six times. A tune may come of it, or none.",
		},
		NotFor: gently,
	},
	{
		Key: "slow-street", Kind: Walk, Title: "Half as fast", Minutes: 15,
		Words: []string{
			"Go out of the door and walk half as fast as you would. You are not going anywhere, so you cannot be late.",
			"Let your eyes be wide rather than sharp: the sky at the edge, the ground at the other edge. When something pleases you, stand still with it.",
			"Turn round when you have had enough. Do not bring anything home but your coat.",
		},
		NotFor: "Not on the day of a medicine session, and afterwards not before your care team has said that you may go out alone. Where it is icy, dark or lonely, walk with somebody, or walk indoors.",
	},
	{
		Key: "ten-things", Kind: Walk, Title: "Ten things that are not yours to fix", Minutes: 20,
		Words: []string{
			"Walk a way that you know. Look for ten things that go on without you: water in a gutter, a dog with an errand, somebody's washing.",
			"You need not think well of them. Say to each, without a voice: not mine.",
			"At the tenth, stand a moment. What do your shoulders do?",
		},
		NotFor: "Not on the day of a medicine session, and afterwards not before your care team has said that you may go out alone.",
	},
	{
		Key: "room-walk", Kind: Walk, Title: "Across the room", Minutes: 5,
		Words: []string{
			"Take off your shoes. Walk from one wall to the other so slowly that you can tell heel, sole and toes apart.",
			"Touch the wall when you come to it. Turn. Go back.",
			"Five times across is a long way. If standing is hard, let your hands walk over the table.",
		},
		NotFor: "Not while you are unsteady on your feet. After a medicine session wait for the next day, and keep something near to hold on to.",
	},
	{
		Key: "one-piece", Kind: Music, Title: "One piece, from end to end", Minutes: 10,
		Words: []string{
			"Choose one piece of music without words, or in a language that you do not speak. Put the telephone in another room once it plays.",
			"Lie down and listen to it as you would to somebody who is telling you something and does not want an answer.",
			"When it is over, leave the quiet alone for as long as one more breath.",
		},
		NotFor: "Not while driving. Music from a session can bring back more than you want on an ordinary evening; if it becomes too much, turn it off, stand up and put the lights on.",
	},
	{
		Key: "low-notes", Kind: Music, Title: "Only the lowest voice", Minutes: 5,
		Words: []string{
			"Put on something you know well, and listen only to what is lowest: the bass, the left hand, the cello.",
			"You will lose it. That is all right; go and find it again, as one finds a friend in a crowd.",
			"You have heard this piece many times. What was under it all along?",
		},
		NotFor: "Not while driving.",
	},
	{
		Key: "unsent", Kind: Letter, Title: "A letter that stays here", Minutes: 15,
		Words: []string{
			"Write to somebody who will not read it: alive or not, near or far, or a part of yourself. Begin with their name, or with the name you would have liked to call them.",
			"Write what you did not say. It need not be just, or kind, or true for ever. Stop in the middle of a sentence if that is where it stops.",
			"Do not send it, tonight least of all. It may stay open here.",
		},
		NotFor: "Not as a first step towards the worst thing that ever happened, and not alone with it: that can wait for a session. If writing opens more than you can hold, close the page, and look for somebody to be with. Crisis support stands at the top of every page.",
	},
	{
		Key: "from-later", Kind: Letter, Title: "A letter from later", Minutes: 10,
		Words: []string{
			"Think of yourself a few years on, on an ordinary day: tired from something good, a cup in the hand. Let that one write to you.",
			"They have no advice. They only remember how this week was, and what the light was like in your kitchen.",
			"A few lines are enough. Let them sign it.",
		},
		NotFor: "Leave it if you find it hard to picture being there at all. Then tell somebody so today, your guide or one of the numbers under crisis support.",
	},
	{
		Key: "thanks-to-hands", Kind: Letter, Title: "To your hands", Minutes: 5,
		Words: []string{
			"Look at your hands for a while, the backs, and then the palms. Think of what they have passed to people: cups, tissues, a door held open.",
			"Write them a few lines, as you would to somebody who has worked beside you for years and never asked.",
			"Then put them into something warm.",
		},
	},
}
