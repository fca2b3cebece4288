package settings

import (
	_ "embed" // the data file
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

//go:embed crisis.toml
var crisisFile string

// CrisisLine is one number and what is known of it.
type CrisisLine struct {
	Name, Number, Note string
	By                 []string
	Verified           bool
}

// Crisis is what a country offers to somebody in danger now.
type Crisis struct {
	Code, Name          string
	Emergency           []string
	EmergencyNote       string   `toml:"emergency_note"`
	EmergencyUnverified []string `toml:"emergency_unverified"`
	Lines               []CrisisLine
	Sources             []string
	CheckedOn           string `toml:"checked_on"` // YYYY-MM, "" when never checked
}

// CrisisFallback is for countries without an entry.
type CrisisFallback struct {
	Name, URL, Note string
	URLName         string `toml:"url_name"`
	CheckedOn       string `toml:"checked_on"`
}

// CrisisSource is where numbers were found.
type CrisisSource struct{ ID, What string }

var crisis = mustCrisis()

type crisisData struct {
	Fallback CrisisFallback
	Source   []CrisisSource
	Country  []Crisis
}

func mustCrisis() crisisData {
	var d crisisData
	if _, err := toml.Decode(crisisFile, &d); err != nil {
		panic("settings: crisis.toml: " + err.Error())
	}
	return d
}

// CrisisFor finds a country's lines by its ISO code.
func CrisisFor(code string) (Crisis, bool) {
	i := slices.IndexFunc(crisis.Country, func(c Crisis) bool { return c.Code == code })
	if i < 0 {
		return Crisis{}, false
	}
	return crisis.Country[i], true
}

// CrisisCountries lists every country with lines.
func CrisisCountries() []Crisis { return crisis.Country }

// CrisisElsewhere is where to look for any other country.
func CrisisElsewhere() CrisisFallback { return crisis.Fallback }

// Unchecked tells whether nobody has checked an emergency number.
func (c Crisis) Unchecked(number string) bool { return slices.Contains(c.EmergencyUnverified, number) }

// Marked says "not verified" where a line's note does not say it already.
func (l CrisisLine) Marked() bool {
	return !l.Verified && !strings.Contains(strings.ToLower(l.Note), "not verified")
}

// Dial is the address that calls the line, or writes to it where it only takes text.
func (l CrisisLine) Dial() string {
	if len(l.By) > 0 && !slices.Contains(l.By, "call") {
		return "sms:" + digits(l.Number)
	}
	return Dial(l.Number)
}

// Dial is the address that calls a number. Letters stand for the figures that
// they share a key with.
func Dial(number string) string { return "tel:" + digits(number) }

func digits(number string) string {
	const keys = "22233344455566677778889999" // A to Z
	var b strings.Builder
	for _, r := range strings.ToUpper(number) {
		switch {
		case r >= '0' && r <= '9', r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case r >= 'A' && r <= 'Z':
			b.WriteByte(keys[r-'A'])
		}
	}
	return b.String()
}
