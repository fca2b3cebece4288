package space

// PromptSet is the open invitations that Held brings for one stretch of the way.
// Each leaves it open what comes: none leads, none asks for insight, none says what
// the medicine will do. A practice may write its own instead.
type PromptSet struct {
	Key   string
	When  string
	Words []string
}

// DefaultPrompts are in the order of the way.
var DefaultPrompts = []PromptSet{
	{
		Key: "before", When: "before the first medicine session is in sight",
		Words: []string{
			"What made you look for a place like this, in one line or in ten?",
			"When did somebody last ask you a question that was not also a request?",
			"Where in your body do you notice that it has been a long week?",
			"A room in which you were once at ease. What stood in it?",
			"If nobody needed anything from you this evening, what would you do with your hands?",
			"What do you tell people when they ask how you are? What would the other answer be?",
			"Something you have carried for a while. You need not put it down; how heavy is it?",
			"What would you rather not be asked here? That may be written down, too.",
			"Which season is it in you, whatever it is outside?",
			"A thing you used to do for no reason at all.",
		},
	},
	{
		Key: "preparing", When: "while a medicine session is being prepared",
		Words: []string{
			"What would you like to bring with you, and what may stay at the door?",
			"What are you curious about? What would you rather not look at yet? Both may stand here.",
			"A sound, a smell, a colour that you would like to have near you. Just its name.",
			"How will you know that you are safe enough? What do your feet say?",
			"Write to the one who will come home afterwards. A line is enough.",
			"Is there something that you hope for? And if nothing of the kind came: what then?",
			"Who knows where you will be on that day? Who would you like to know?",
			"What do you do when you are not in charge? A picture of it, if there are no words.",
			"Something that you want to say to the people who will sit with you.",
			"What is unsettled today, and may stay so?",
		},
	},
	{
		Key: "days-after", When: "in the days after a medicine session",
		Words: []string{
			"What is still here? An image, a word, a place in the body. It need not mean anything.",
			"Put down what was seen as it was seen, without explaining it to anybody.",
			"What was simple?",
			"Something that does not want to be finished. You can leave it open.",
			"If it had a colour, which? If it had a weather?",
			"What was hard, or dull, or not as you had thought? That belongs here as well.",
			"How is it to be back among cups and doors?",
			"Is there a movement that your body would like to make? You can make it, or draw it.",
			"What would you rather keep to yourself for now? A word for it, that only you understand.",
			"Nothing came? Then write down the nothing: how large, how quiet, how long.",
		},
	},
	{
		Key: "weeks-after", When: "in the weeks after a medicine session",
		Words: []string{
			"What has been a little different this week, even for a moment? And what has not?",
			"Something that you said to somebody lately, and something that you did not say.",
			"Is there an image that still comes by? How has it changed since you wrote of it?",
			"When did you last notice that you were breathing?",
			"Before, and now: one thing, in two lines.",
			"What do you do at work without noticing? Watch it once, and write down only what you saw.",
			"Where did you say yes this week? Where in the body was the yes?",
			"Something has become louder, or quieter. Which?",
			"What would you like to ask the one you were then?",
			"A small thing that you want to go on with, and nobody has to know of.",
		},
	},
	{
		Key: "later", When: "later on",
		Words: []string{
			"What has stayed? It may be smaller than you thought, and other.",
			"What has gone by, and do you miss it?",
			"When you sit with somebody now: where are you?",
			"A day that went as days go. What was in it that you would not have seen a year ago, or would have?",
			"Something that you carry for others. Where do you keep it?",
			"Who has noticed something about you? What did they say, in their words?",
			"What do you still not know? Let it stand here for another while.",
			"Read one of your first pages, if you like. What would you write beside it?",
			"What do you want to leave behind here, and what to take along?",
			"If this were the last page, how would it begin?",
		},
	},
}
