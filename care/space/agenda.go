package space

import (
	"context"
	"net/http"
	"slices"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/calendar"
	"held/practice/trail"
)

// Taken says at which time together a shared entry is to be taken up. The
// practice knows that, and not what the entry says.
type Taken struct {
	File db.ID `json:"file"`
	With db.ID `json:"with"`
	Time db.ID `json:"time"`
}

// together is a time of a client's, and who will be there.
type together struct {
	meeting
	With []db.ID `json:"with"`
}

// meetings are a client's times that are kept, with anybody or with one.
func (s *Service) meetings(ctx context.Context, client, with db.ID) ([]together, error) {
	all, err := s.Calendar.OfClient(ctx, client)
	if err != nil {
		return nil, err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return nil, err
	}
	out := []together{}
	for _, a := range all {
		there := append([]db.ID{a.Host}, a.Seconds...)
		if a.State == calendar.Booked && (with.IsZero() || slices.Contains(there, with)) {
			out = append(out, together{meeting{a.ID, a.Start.In(st.Location()).Format("2006-01-02"), a.Name}, there})
		}
	}
	return out, nil
}

func (s *Service) agenda(ctx context.Context, client, with db.ID) ([]Taken, error) {
	return db.All(ctx, s.DB.Reader(), scanTaken, sqlAgenda, access.From(ctx).Practice, client, with)
}

// Waiting is how many shared entries are to be taken up at a time, by the
// signed-in clinician and this client.
func (s *Service) Waiting(ctx context.Context, client, appointment db.ID) (n int, err error) {
	if !access.May(ctx, access.Read, access.Resource{Class: access.Shared, Subject: client}) {
		return 0, nil
	}
	all, err := s.agenda(ctx, client, access.From(ctx).Person)
	for _, t := range all {
		if t.Time == appointment {
			n++
		}
	}
	return n, err
}

// takeUp puts an entry that a client shares with a clinician on the agenda of a
// time together, or, with no time, takes it off.
func (s *Service) takeUp(ctx context.Context, client, with, file, appointment db.ID) error {
	if _, _, err := s.sharedFile(ctx, client, with, file); err != nil {
		return err
	}
	practice := access.From(ctx).Practice
	entry := trail.Entry{Verb: "took off the agenda", Subject: client, Kind: "shared entry", Object: file}
	if !appointment.IsZero() {
		all, err := s.meetings(ctx, client, with)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(m together) bool { return m.ID == appointment }) {
			return fault.New(fault.NotFound, "This time is not kept any more. Nothing was changed.")
		}
		entry.Verb = "put on the agenda"
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		var err error
		if appointment.IsZero() {
			_, err = tx.Exec(ctx, sqlTakeOff, practice, client, with, file)
		} else {
			_, err = tx.Exec(ctx, sqlTakeUp, practice, client, with, file, appointment)
		}
		if err != nil {
			return err
		}
		return s.Trail.Record(ctx, tx, entry)
	})
}

// TakeUp is takeUp by the signed-in client.
func (s *Service) TakeUp(ctx context.Context, with, file, appointment db.ID) error {
	a := access.From(ctx)
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Journal, Subject: a.Person}); err != nil {
		return err
	}
	return s.takeUp(ctx, a.Person, with, file, appointment)
}

func (s *Service) takeUpMine(w http.ResponseWriter, r *http.Request) error {
	var sent struct{ File, With, Time db.ID }
	if err := readJSON(r, &sent); err != nil {
		return err
	}
	if err := s.TakeUp(r.Context(), sent.With, sent.File, sent.Time); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}

func (s *Service) takeUpTheirs(w http.ResponseWriter, r *http.Request) error {
	ids, err := pathIDs(r, "id", "file")
	if err != nil {
		return err
	}
	var sent struct{ Time db.ID }
	if err := readJSON(r, &sent); err != nil {
		return err
	}
	ctx := r.Context()
	if err := access.Check(ctx, access.Write, access.Resource{Class: access.Shared, Subject: ids[0]}); err != nil {
		return err
	}
	if err := s.takeUp(ctx, ids[0], access.From(ctx).Person, ids[1], sent.Time); err != nil {
		return err
	}
	return web.JSON(w, r, http.StatusOK, done)
}
