package ui

// Calling is what calls to whoever looks at a page, from the medicine rooms of
// the people they care for. It is calm: words, no colour.
type Calling struct {
	Me     string // whose it is, so that a browser does not show it to the next person
	Lines  []CallLine
	Failed bool // it could not be read
}

// CallLine is one call that nobody has heard yet.
type CallLine struct{ Key, Href, Who, Since, Says string }

// strip tells whether a page carries the strip: the room has its own calls, the
// list of open rooms is one, and the quiet hour after a session stays quiet.
func (p Page) strip(surface string) bool {
	return p.Calling != nil && surface != "room" && surface != "quiet" && p.Path != "/room/calls"
}
