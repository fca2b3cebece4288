package dosing

import "held/rules/protocol"

// Known is what has been published about a route, to be read beside an order. It
// compares with nothing, and no dose of one route is worked out from another's.
type Known struct{ About, Text, Source, Mark string }

const (
	excerpt = "the source was read in an excerpt only"
	general = "general knowledge, not checked against a source"
)

const bioavailability = "Bioavailability"

// published are the figures of the project's reference facts, §7, with what they
// rest on.
var published = map[protocol.Medicine][]Known{
	"ketamine_iv":     {{bioavailability, "100 %", "Andrade, ketamine for depression: dosing", excerpt}},
	"ketamine_im":     {{bioavailability, "93 %; the peak lies 5 to 15 minutes after", "a page of pharmacokinetics (secondary)", excerpt}},
	"ketamine_sl":     {{bioavailability, "29 % (27 to 31 %, of a wafer); in another study 32 ± 17 %", "Chong 2006; Rolan 2013", excerpt}},
	"ketamine_oral":   {{bioavailability, "17 to 24 % (23 ± 9 % in one study)", "Chong 2006; a page of pharmacokinetics (secondary)", excerpt}},
	"ketamine_in":     {{bioavailability, "25 to 50 %", "a page of pharmacokinetics (secondary)", general}},
	"ketamine_rectal": {{bioavailability, "30 %", "a page of pharmacokinetics (secondary)", excerpt}},
	"esketamine":      {{bioavailability, "about 48 %", "", general}},
}

// Published is what is known of a route.
func Published(m protocol.Medicine) []Known { return published[m] }
