package notes

// shipped are the headings that Held brings, few, to begin from. A practice
// changes them, or writes its own. They name what belongs into the lane and
// suggest no finding.
var shipped = []Template{
	{Lane: LaneProcess, Slug: "own-session", Title: "After a session, for yourself", Headings: []string{
		"What stayed with me", "What I noticed in myself", "What I did not say", "A question for supervision",
	}},
	{Lane: LaneProcess, Slug: "own-open", Title: "Left open", Headings: []string{"What is open", "What I would like to remember next time"}},
	{Lane: LaneProgress, Slug: "session", Title: "Session", Headings: []string{
		"Start and stop", "Form of the session", "What was worked on, in summary", "How they are doing, in their words and mine", "Safety", "Plan until the next time",
	}},
	{Lane: LaneProgress, Slug: "preparation", Title: "Preparation", Headings: []string{
		"Start and stop", "Intentions, in their words", "What was gone through", "Touch, voice and music", "Support at home", "Open questions", "Plan",
	}},
	{Lane: LaneProgress, Slug: "integration", Title: "Integration", Headings: []string{
		"Start and stop", "Since the last time", "What was worked on, in summary", "Safety", "Plan until the next time",
	}},
	{Lane: LaneChart, Slug: "evaluation", Title: "Medical evaluation", Headings: []string{
		"Reason for the visit", "History", "Medicines and allergies", "Examination and measurements", "Assessment", "Plan", "What was discussed and agreed",
	}},
	{Lane: LaneChart, Slug: "visit", Title: "Follow-up visit", Headings: []string{
		"Since the last visit", "Medicines", "Measurements", "Assessment", "Plan",
	}},
	{Lane: LaneBridge, Slug: "handover", Title: "What both need to know", Headings: []string{
		"What the other needs to know", "What we agreed", "Who does what, until when", "When to call each other at once",
	}},
	{Lane: LaneBridge, Slug: "review", Title: "Review together", Headings: []string{
		"What we looked at together", "Where we agree", "Where we see it differently", "What follows",
	}},
}
