// Package demo invents a practice: its people, its month, its questions and
// articles, dated from the day it is started. The words lie in words/; this
// package turns them into the ordinary operations of the program.
package demo

import (
	"embed"
	"fmt"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"held/internal/ui"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
)

//go:embed words
var words embed.FS

// Words is everything that was written for the demo.
type Words struct {
	House     practiceWords
	Clients   []clientWords
	Questions []questionWords
	Saved     []savedWords
	Plan      planWords
	Articles  []articleWords
	Notes     []noteWords
}

type practiceWords struct {
	Note, Name, City, Country, Zone, Tagline, Email, Sender, Address, Phone, Accent, Lang string
	ReplyHours                                                                            string `toml:"reply_hours"`
	Person                                                                                []personWords
	Holiday                                                                               []struct{ Day, Name string }
}

type personWords struct {
	Key, Name, Email, Zone, Line, Words string
	Roles                               []access.Role
	Called, Works                       []string
}

type clientWords struct {
	Key, Name, Contact, Zone, Discretion, Step, Note string
	Asks                                             string // about a line of their trail
	SinceDays                                        int    `toml:"since_days"`
	InCharge                                         string `toml:"in_charge"`
	InvitedTo                                        string `toml:"invited_to"`
	Persona                                          bool
	Law                                              lawWords
	Avoid                                            []struct{ Kind, Name, Why string }
}

// lawWords is who a client is in law.
type lawWords struct {
	Name, Born, Address, Pronoun string
	LicenceNumber                string `toml:"licence_number"`
	LicenceKind                  string `toml:"licence_kind"`
	LicenceState                 string `toml:"licence_state"`
	Works                        []string
}

type questionWords struct {
	Key, State, Address string
	InCharge            string `toml:"in_charge"`
	Turn                []turnWords
}

type turnWords struct {
	From, Text string
	DaysAgo    int `toml:"days_ago"`
}

type savedWords struct{ Key, Title, Text string }

type planWords struct {
	Room     []struct{ Key, Name, Line string }
	Offering []offeringWords
	Hours    []struct{ Person, Day, From, To string }
	Override []struct {
		Person, From, To string
		InDays           int `toml:"in_days"`
	}
	Away []struct {
		Person  string
		InDays  int `toml:"in_days"`
		ForDays int `toml:"for_days"`
	}
	Policy struct {
		ChangeHours   int   `toml:"change_hours"`
		CancelHours   int   `toml:"cancel_hours"`
		ReminderHours []int `toml:"reminder_hours"`
		OfferHours    int   `toml:"offer_hours"`
	}
}

type offeringWords struct {
	Key, Slug, Name, Summary, Person, Second, Room, Currency string
	Where                                                    []string
	Minutes, Price                                           int
	BufferBefore                                             int    `toml:"buffer_before"`
	BufferAfter                                              int    `toml:"buffer_after"`
	NoticeHours                                              int    `toml:"notice_hours"`
	HorizonDays                                              int    `toml:"horizon_days"`
	PerDay                                                   int    `toml:"per_day"`
	WhoMay                                                   string `toml:"who_may"`
	Medicine                                                 string
	Places                                                   int
	Integration                                              bool
}

type articleWords struct {
	Title, Slug, Summary, Author string
	DaysAgo                      int `toml:"days_ago"`
	Draft                        bool
	Text                         string `toml:"-"`
}

// Read reads the words; an error is a mistake in them.
func Read() (*Words, error) {
	w := &Words{}
	var clients struct{ Client []clientWords }
	var questions struct{ Question []questionWords }
	var saved struct {
		Answer []savedWords `toml:"saved_answer"`
	}
	var notes struct{ Note []noteWords }
	for name, into := range map[string]any{
		"notes.toml":    &notes,
		"practice.toml": &w.House, "clients.toml": &clients, "questions.toml": &questions, "saved_answers.toml": &saved, "offerings.toml": &w.Plan,
	} {
		b, err := words.ReadFile("words/" + name)
		if err != nil {
			return nil, err
		}
		meta, err := toml.Decode(string(b), into)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if rest := meta.Undecoded(); len(rest) > 0 {
			return nil, fmt.Errorf("%s: nobody reads %s", name, rest[0])
		}
	}
	w.Clients, w.Questions, w.Saved, w.Notes = clients.Client, questions.Question, saved.Answer, notes.Note
	return w, w.readArticles()
}

func (w *Words) readArticles() error {
	files, err := words.ReadDir("words/articles")
	if err != nil {
		return err
	}
	for _, f := range files {
		b, err := words.ReadFile("words/articles/" + f.Name())
		if err != nil {
			return err
		}
		parts := strings.SplitN(string(b), "+++", 3)
		if len(parts) != 3 {
			return fmt.Errorf("%s has no head", f.Name())
		}
		var a articleWords
		if _, err := toml.Decode(parts[1], &a); err != nil {
			return fmt.Errorf("%s: %w", f.Name(), err)
		}
		a.Text = strings.TrimSpace(parts[2])
		w.Articles = append(w.Articles, a)
	}
	return nil
}

// Practice is the invented practice's settings and its owner.
func (w *Words) Practice(now time.Time) (settings.Practice, people.Person) {
	h := w.House
	p := settings.New(h.Name, h.Country, h.Zone, h.Email)
	p.Tagline, p.City, p.Address, p.ReplyHours, p.Sender, p.Phone = h.Tagline, h.City, h.Address, h.ReplyHours, h.Sender, h.Phone
	if h.Accent != "" {
		p.Accent = ui.Accent(h.Accent)
	}
	if pol := w.Plan.Policy; pol.OfferHours > 0 {
		p.ChangeHours, p.CancelHours, p.Reminders, p.OfferHours = pol.ChangeHours, pol.CancelHours, pol.ReminderHours, pol.OfferHours
	}
	for _, year := range []int{now.Year(), now.Year() + 1} {
		for _, d := range h.Holiday {
			p.Holidays = append(p.Holidays, fmt.Sprintf("%d-%s", year, d.Day))
		}
	}
	return p, w.staff(h.Person[0])
}

func (w *Words) staff(p personWords) people.Person {
	return people.Person{Name: p.Name, Contact: p.Email, Zone: p.Zone, Roles: p.Roles}
}

// Persona is one of those as whom a visitor of the demo may come in.
type Persona struct{ As, Label, About, email string }

// Personas lists them.
var Personas = []Persona{
	{"owner", "the owner", "Guide, and the one who keeps the house: sees the whole desk.", "leonor@example.org"},
	{"prescriber", "the prescriber", "Writes and signs the protocols, keeps the chart; reads the calendar, inquiries and questions; works on Mondays and Thursdays.", "amadeu@example.org"},
	{"coordinator", "the coordinator", "Calendar, inquiries, waiting list; no clinical content.", "benedita@example.org"},
	{"attendant", "the attendant", "Sees the calendar and who comes; changes nothing.", "tome@example.org"},
	{"client", "a client", "Has a space: the next held time, the path, who looked at what.", "ilan@example.org"},
}

// Email is the address of a persona.
func Email(as string) (string, bool) {
	for _, p := range Personas {
		if p.As == as {
			return p.email, true
		}
	}
	return "", false
}

// Opened is when the invented practice began to use the program: before the
// first of its clients wrote.
func Opened(now time.Time) time.Time { return now.AddDate(0, 0, -400) }
