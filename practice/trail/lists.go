package trail

import (
	"context"
	"slices"
	"sync"
	"time"

	"held/internal/db"
	"held/practice/access"
)

// The lists of working names and times that a role needs for its work.
const (
	TodayList       = "today"
	WeekList        = "week"
	PeopleList      = "people"
	WaitingList     = "waiting list"
	InvitationsList = "invitations"
	WelcomeList     = "welcome list"
	NotesList       = "notes list"
	ScreeningList   = "screening list"
	AdverseList     = "adverse list"
)

// IsList tells whether a kind of thing on the trail is one of those lists.
func IsList(kind string) bool {
	return slices.Contains([]string{TodayList, WeekList, PeopleList, WaitingList, InvitationsList, WelcomeList, NotesList, ScreeningList, AdverseList}, kind)
}

// Listed records that a colleague looked at a list, once for each list and
// day: a list is opened many times a day, and says little of anybody. The line
// stands with the colleague who looked, where the owner and they can read it.
func (s *Service) Listed(ctx context.Context, list string) error {
	a := access.From(ctx)
	if a.Person.IsZero() {
		return nil // the program itself
	}
	one := looker{a.Practice, a.Person, list}
	today := s.Now().UTC().Format(time.DateOnly)
	if s.listed.has(today, one) {
		return nil
	}
	if err := s.Saw(ctx, Entry{Subject: a.Person, Role: RoleOf(a, db.ID{}), Kind: list}); err != nil {
		return err
	}
	s.listed.add(today, one)
	return nil
}

// looker is somebody who looked at a list.
type looker struct {
	practice, person db.ID
	list             string
}

// listed remembers who looked at which list today. It lives in memory: after a
// restart, and in a second program on the same database, the day's line is
// written once more.
type listed struct {
	mu    sync.Mutex
	day   string
	lists map[looker]bool
}

func (l *listed) has(day string, one looker) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.day == day && l.lists[one]
}

func (l *listed) add(day string, one looker) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.day != day {
		l.day, l.lists = day, map[looker]bool{}
	}
	l.lists[one] = true
}
