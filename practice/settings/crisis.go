package settings

import (
	_ "embed" // the data file
	"slices"

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
