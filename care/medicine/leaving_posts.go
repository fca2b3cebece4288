package medicine

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/rules/timeline"
)

func (s *Service) postRecover(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "recovery", func(ctx context.Context, _ *web.Form, id db.ID) error { return s.Recover(ctx, id) })
}

// postCheck keeps one answer: yes, no, a number, or a name.
func (s *Service) postCheck(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "kept", func(ctx context.Context, f *web.Form, id db.ID) error {
		item := f.Line("item", 40)
		if item == itemPressure {
			return errNoAnswer // the prescriber's, by its own way
		}
		var value any
		words := f.Text("words", MaxLeaving)
		switch item {
		case itemOriented:
			value = f.Int("value", 0, 4)
		case itemEscort:
			value, words = f.Line("escort", maxLine), "confirmed in person"
		default:
			switch f.Raw("value") {
			case "yes", "no":
				value = f.Raw("value") == "yes"
			default:
				f.Fail(item, "Please choose yes or no. Nothing was kept.")
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.Answer(ctx, id, item, value, words)
	})
}

func (s *Service) postAccept(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "kept", func(ctx context.Context, f *web.Form, id db.ID) error {
		words := f.Text("bp", MaxLeaving)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Answer(ctx, id, itemPressure, true, words)
	})
}

func (s *Service) postAldrete(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "kept", func(ctx context.Context, f *web.Form, id db.ID) error {
		answers := map[string]int{}
		for i, it := range aldrete().Items {
			text := f.Raw(aldreteName(i))
			if text == "" {
				continue
			}
			n, err := strconv.Atoi(text)
			if err != nil {
				f.Fail(aldreteName(i), "Please choose one of these, or leave it open.")
				continue
			}
			answers[it.Key] = n
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.Score(ctx, id, answers)
	})
}

func (s *Service) postReading(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "kept", func(ctx context.Context, f *web.Form, id db.ID) error {
		var v timeline.VitalsBody
		for _, x := range []struct {
			name   string
			least  int
			most   int
			into   **int
			phrase string
		}{
			{"systolic", 20, 320, &v.Systolic, "This is no systolic pressure. Please look again, or leave it empty."},
			{"diastolic", 10, 250, &v.Diastolic, "This is no diastolic pressure. Please look again, or leave it empty."},
			{"pulse", 10, 300, &v.Pulse, "This is no pulse. Please look again, or leave it empty."},
			{"oxygen", 20, 100, &v.Oxygen, "Please give per cent up to 100, or leave it empty."},
			{"breaths", 1, 99, &v.Breaths, "These are no breaths a minute. Please look again, or leave it empty."},
			{"moaas", 0, 5, &v.MOAAS, "The scale goes from 0 to 5."},
			{"dissociation", 0, 3, &v.Dissociation, "The scale goes from 0 to 3."},
			{"nausea", 0, 3, &v.Nausea, "The scale goes from 0 to 3."},
		} {
			text := strings.TrimSpace(f.Raw(x.name))
			if text == "" {
				continue
			}
			n, err := strconv.Atoi(text)
			if err != nil || n < x.least || n > x.most {
				f.Fail(x.name, x.phrase)
				continue
			}
			*x.into = &n
		}
		if (v.Systolic == nil) != (v.Diastolic == nil) {
			f.Fail("diastolic", "A blood pressure is two figures. Please give both, or neither.")
		} else if v.Systolic != nil && *v.Systolic < *v.Diastolic {
			f.Fail("systolic", "The first figure is below the second. Please look again.")
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.Read(ctx, id, v)
	})
}

func (s *Service) postOwnWords(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "kept", func(ctx context.Context, f *web.Form, id db.ID) error {
		remind, call := f.Text("remind", MaxOwnWords), f.Text("call", MaxOwnWords)
		if err := f.Err(); err != nil {
			return err
		}
		return s.OwnWords(ctx, id, remind, call)
	})
}

func (s *Service) postGive(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "given", func(ctx context.Context, _ *web.Form, id db.ID) error { return s.Give(ctx, id) })
}

func (s *Service) postBook(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "booked", s.bookFrom)
}

// bookFrom books what a button of an offered time carries.
func (s *Service) bookFrom(ctx context.Context, f *web.Form, id db.ID) error {
	offering, err := db.ParseID(f.Raw("offering"))
	if err != nil {
		return errNotOffered
	}
	start, err := time.Parse(time.RFC3339, f.Raw("start"))
	if err != nil {
		return errNotOffered
	}
	_, err = s.BookIntegration(ctx, id, offering, start)
	return err
}

func (s *Service) postDischarge(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "ended", func(ctx context.Context, f *web.Form, id db.ID) error {
		return s.Discharge(ctx, id, f.Line("seen", 64))
	})
}

func (s *Service) postAgainst(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "ended", func(ctx context.Context, f *web.Form, id db.ID) error {
		a := Against{Said: f.Text("said", MaxLeaving), Told: f.Text("told", MaxLeaving), Escort: f.Line("with", maxLine), Alone: f.Checked("alone"), Signed: f.Line("signed", maxLine)}
		if err := f.Err(); err != nil {
			return err
		}
		return s.LeaveAgainstAdvice(ctx, id, a)
	})
}

func (s *Service) postNotGiven(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "ended", func(ctx context.Context, f *web.Form, id db.ID) error {
		why := f.Text("why", MaxLeaving)
		if err := f.Err(); err != nil {
			return err
		}
		return s.NotToday(ctx, id, why)
	})
}

func (s *Service) postTransfer(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "ended", func(ctx context.Context, f *web.Form, id db.ID) error {
		where, told, why := f.Text("where", MaxLeaving), f.Text("whom", MaxLeaving), f.Text("reason", MaxLeaving)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Transfer(ctx, id, where, told, why)
	})
}

func (s *Service) postHome(w http.ResponseWriter, r *http.Request) error {
	return s.doLeaving(w, r, "home", func(ctx context.Context, f *web.Form, id db.ID) error {
		with := f.Line("with", maxLine)
		st, err := s.Settings.Get(ctx)
		if err != nil {
			return err
		}
		var at time.Time
		if text := strings.TrimSpace(f.Raw("left")); text != "" {
			clock, err := time.Parse("15:04", text)
			if err != nil {
				return fault.Field("left", "Please give a time of today, as in 17:05.")
			}
			now := s.Now().In(st.Location())
			at = time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, st.Location())
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.Went(ctx, id, with, at)
	})
}
