package settings

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"held/internal/fault"
	"held/internal/ui"
	"held/internal/web"
)

// The parts of the practice's page, each a form of its own.
const (
	partPractice  = "practice"
	partDiscreet  = "discreet"
	partColours   = "colours"
	partHolidays  = "holidays"
	partReminders = "reminders"
	partPolicy    = "policy"
)

var partTitles = map[string]string{
	partPractice: "The practice", partDiscreet: "Discreet messages", partColours: "Colours", partHolidays: "Holidays", partReminders: "Reminders", partPolicy: "Policy for changes",
}

// typed is the practice as its forms show it: what is kept, or what was typed
// when it could not be kept.
type typed struct {
	Name, Tagline, City, Address, Country, OtherCountry, Zone, Lang string
	ReplyHours, Email, Phone, Accent                                string
	Sender, Entry, Statement                                        string
	ChangeHours, CancelHours, OfferHours, Reminders, Holidays       string
}

func typedOf(p Practice) typed {
	t := typed{
		Name: p.Name, Tagline: p.Tagline, City: p.City, Address: p.Address, Country: p.Country, Zone: p.Zone, Lang: p.Lang,
		ReplyHours: p.ReplyHours, Email: p.Email, Sender: p.Sender, Entry: p.EntryTitle(), Statement: p.Statement, Phone: p.Phone, Accent: string(p.Accent.Valid()),
		ChangeHours: strconv.Itoa(p.ChangeHours), CancelHours: strconv.Itoa(p.CancelHours), OfferHours: strconv.Itoa(p.OfferHours),
		Holidays: strings.Join(p.Holidays, "\n"),
	}
	if _, known := CrisisFor(p.Country); !known {
		t.Country, t.OtherCountry = "", p.Country
	}
	var hours []string
	for _, h := range p.Reminders {
		hours = append(hours, strconv.Itoa(h))
	}
	t.Reminders = strings.Join(hours, ", ")
	return t
}

// slot ties a field's name to where its typed text stands.
type slot struct {
	name string
	text *string
}

func (t *typed) slots(part string) []slot {
	switch part {
	case partPractice:
		return []slot{{"name", &t.Name}, {"tagline", &t.Tagline}, {"city", &t.City}, {"address", &t.Address}, {"country", &t.Country}, {"other_country", &t.OtherCountry},
			{"zone", &t.Zone}, {"lang", &t.Lang}, {"reply_hours", &t.ReplyHours}, {"email", &t.Email}, {"phone", &t.Phone}}
	case partDiscreet:
		return []slot{{"sender", &t.Sender}, {"entry", &t.Entry}, {"statement", &t.Statement}}
	case partColours:
		return []slot{{"accent", &t.Accent}}
	case partHolidays:
		return []slot{{"holidays", &t.Holidays}}
	case partReminders:
		return []slot{{"reminders", &t.Reminders}}
	case partPolicy:
		return []slot{{"change_hours", &t.ChangeHours}, {"cancel_hours", &t.CancelHours}, {"offer_hours", &t.OfferHours}}
	}
	return nil
}

// take puts what was typed in one part over what is kept.
func (t *typed) take(part string, f *web.Form) {
	for _, s := range t.slots(part) {
		*s.text = f.Raw(s.name)
	}
}

// reads are how each part is read into the practice.
var reads = map[string]func(*web.Form, *Practice){
	partPractice: readPractice, partDiscreet: readDiscreet, partColours: readColours, partHolidays: readHolidays, partReminders: readReminders, partPolicy: readPolicy,
}

func readPractice(f *web.Form, p *Practice) {
	f.Required("name", "The practice needs a name.")
	p.Name, p.Tagline, p.City = f.Line("name", 80), f.Line("tagline", 160), f.Line("city", 80)
	p.Address, p.Zone, p.Lang = f.Line("address", 200), f.Line("zone", 64), f.Line("lang", 35)
	p.Country = cmp.Or(f.Line("country", 2), strings.ToUpper(f.Line("other_country", 2)))
	p.ReplyHours, p.Email, p.Phone = f.Line("reply_hours", 160), f.Line("email", 200), f.Line("phone", 40)
	if !isCountry(p.Country) {
		f.Fail("country", "Please choose the practice's country, or give its two letters below.")
	}
	if !isLang(p.Lang) {
		f.Fail("lang", "Please give the language by its short code, as in en or pt-BR.")
	}
	f.Required("reply_hours", "Please say when you read and answer. Whoever asks something needs to know.")
}

// readDiscreet reads what is said where little is to be said. A word that tells
// what the practice does, or its name, is refused: it would be in the calendars
// and on the screens of people who asked for the opposite.
func readDiscreet(f *web.Form, p *Practice) {
	f.Required("sender", "Discreet letters need a name to come from, as in Appointments.")
	f.Required("entry", "Calendars need a title, as in Appointment.")
	if !arrived(f, "statement") {
		return
	}
	p.Sender, p.Entry, p.Statement = f.Line("sender", 80), f.Line("entry", 80), f.Line("statement", 22)
	for name, words := range map[string]string{"sender": p.Sender, "entry": p.Entry, "statement": p.Statement} {
		if told := tells(words, p.Name); told != "" {
			f.Fail(name, "“"+told+"” would tell what is kept quiet here. Please choose words that anybody's appointment could have.")
		}
	}
}

// telling are beginnings of words that tell what the practice does.
var telling = []string{"ketamin", "kap", "psych", "therap", "terap", "medic", "médic", "clinic", "klinik", "clínic", "treatment", "mental", "trauma", "counsel", "doctor", "patient", "depress"}

// tells finds what in a text names the practice or its work; "" when nothing does.
func tells(text, practice string) string {
	low := strings.ToLower(text)
	if name := strings.ToLower(strings.TrimSpace(practice)); name != "" && strings.Contains(low, name) {
		return practice
	}
	for word := range strings.FieldsFuncSeq(low, func(r rune) bool { return !unicode.IsLetter(r) }) {
		for _, t := range telling {
			if strings.HasPrefix(word, t) {
				return word
			}
		}
	}
	return ""
}

func isCountry(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// isLang accepts the shape of a language tag: "en", "pt-BR", "zh-Hant".
func isLang(s string) bool {
	for i, part := range strings.Split(s, "-") {
		letters := strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
		if !letters || i == 0 && (len(part) < 2 || len(part) > 3) || len(part) < 1 || len(part) > 8 {
			return false
		}
	}
	return true
}

func readColours(f *web.Form, p *Practice) {
	var of []string
	for _, o := range ui.Accents() {
		of = append(of, o.Value)
	}
	if arrived(f, "accent") {
		p.Accent = ui.Accent(f.Choice("accent", of...))
	}
}

// arrived refuses a form that lost a field on its way: an empty field empties a
// setting, a missing one does not.
func arrived(f *web.Form, name string) bool {
	if !f.Has(name) {
		f.Fail(name, "This did not arrive, so nothing was changed. Please open the page again.")
	}
	return f.Has(name)
}

func readHolidays(f *web.Form, p *Practice) {
	if !arrived(f, "holidays") {
		return
	}
	p.Holidays = nil
	for day := range strings.FieldsSeq(f.Text("holidays", 4000)) {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			f.Fail("holidays", "Please write each date as 2026-12-24, one on a line.")
			return
		}
		if !slices.Contains(p.Holidays, day) {
			p.Holidays = append(p.Holidays, day)
		}
	}
	slices.Sort(p.Holidays)
}

func readReminders(f *web.Form, p *Practice) {
	if !arrived(f, "reminders") {
		return
	}
	p.Reminders = nil
	split := func(r rune) bool { return r == ',' || r == ' ' || r == ';' }
	for one := range strings.FieldsFuncSeq(f.Line("reminders", 80), split) {
		h, err := strconv.Atoi(one)
		if err != nil {
			f.Fail("reminders", "Please give hours as whole numbers with commas between them, as in 48, 3.")
			return
		}
		if !slices.Contains(p.Reminders, h) {
			p.Reminders = append(p.Reminders, h)
		}
	}
	slices.SortFunc(p.Reminders, func(a, b int) int { return b - a })
}

func readPolicy(f *web.Form, p *Practice) {
	p.ChangeHours, p.CancelHours, p.OfferHours = f.Int("change_hours", 0, 720), f.Int("cancel_hours", 0, 720), f.Int("offer_hours", 1, 72)
}

// seenOf marks what one part says, so that a form tells what it was made from.
func seenOf(p Practice, part string) string {
	t, sum := typedOf(p), sha256.New()
	for _, s := range t.slots(part) {
		fmt.Fprintf(sum, "%q\n", *s.text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// alter reads one part of the form into the settings as they stand, unless
// somebody else has changed that part since the form was made.
func alter(part string, f *web.Form) func(*Practice) error {
	return func(p *Practice) error {
		read := reads[part]
		if read == nil {
			return fault.New(fault.NotFound, "There is no such part of the settings.")
		}
		if f.Has("seen") && f.Raw("seen") != seenOf(*p, part) {
			return fault.New(fault.Taken, "This part was changed elsewhere since you opened it. What you typed stands below and is not kept yet; saving it again puts it in the place of what is.")
		}
		read(f, p)
		return f.Err()
	}
}
