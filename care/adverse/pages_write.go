package adverse

import (
	"context"
	"net/http"
	"strconv"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/once"
)

// typedReport reads a report as somebody filled it in.
func typedReport(f *web.Form) Report {
	return Report{
		Term: f.Line("term", 60), Words: f.Text("words", maxWords), Source: f.Line("source", 20), Onset: f.Line("onset", 20), Ended: f.Line("ended", 20),
		Serious: f.Line("serious", 10), Criteria: f.All("criteria"), Severity: f.Line("severity", 2), Outcome: f.Line("outcome", 20), Next: f.Line("next", 10),
		Medicine: f.Line("medicine", 40), Dose: f.Line("dose", maxLine), Given: f.Line("given", 20), Lot: f.Line("lot", 60), Action: f.Line("changed", 20),
		Done: f.Text("done", maxOther), Others: f.Text("others", maxOther), History: f.Text("history", maxOther), Tests: f.Text("tests", maxOther), Reported: f.Text("reported", maxOther),
	}
}

// fieldsOf are the sentences of a refusal; those of the whole form stand under "".
func fieldsOf(e *fault.Error) map[string]string {
	if len(e.Fields) > 0 {
		return e.Fields
	}
	return map[string]string{"": e.Sentence}
}

// shown tells whether a refusal is shown beside what was typed.
func shown(e *fault.Error) bool { return e.Kind == fault.Invalid || e.Kind == fault.Taken }

func (s *Service) write(w http.ResponseWriter, r *http.Request) error {
	ctx, f, err := once.Read(r)
	if err != nil {
		return err
	}
	who, err := s.client(r)
	if err != nil {
		return err
	}
	n := New{Client: who.ID, Report: typedReport(f)}
	if at := f.Raw("session"); at != "" {
		if n.Session, err = db.ParseID(at); err != nil {
			f.Fail("session", "Please choose one of the list.")
		}
	}
	var id db.ID
	if err = f.Err(); err == nil {
		id, err = s.Write(ctx, n)
	}
	if err == nil {
		return web.See(w, r, "/desk/adverse/"+id.String()+"?said=written")
	}
	e := fault.Of(err)
	if !shown(e) {
		return err
	}
	return s.list(w, r, e.Kind.Status(), formView{Typed: n.Report, Session: f.Raw("session"), Fields: fieldsOf(e)})
}

func (s *Service) correct(w http.ResponseWriter, r *http.Request) error {
	ctx, id, f, seen, err := asked(r)
	if err != nil {
		return err
	}
	report, why := typedReport(f), f.Text("why", maxOther)
	if err = f.Err(); err == nil {
		err = s.Correct(ctx, id, seen, report, why)
	}
	if err == nil {
		return web.See(w, r, "/desk/adverse/"+id.String()+"?said=corrected")
	}
	e := fault.Of(err)
	if !shown(e) {
		return err
	}
	v, lerr := s.standing(r)
	if lerr != nil {
		return lerr
	}
	if !v.IsOpen() {
		return err
	}
	return s.correctPage(w, r, e.Kind.Status(), v, formView{Typed: report, Why: f.Raw("why"), Fields: fieldsOf(e)})
}

// asked is what the forms of an event's page carry: which one, and which version
// of it was on the page.
func asked(r *http.Request) (ctx context.Context, id db.ID, f *web.Form, seen int64, err error) {
	if id, err = web.PathID(r, "id", errNone); err != nil {
		return ctx, id, nil, 0, err
	}
	if ctx, f, err = once.Read(r); err != nil {
		return ctx, id, nil, 0, err
	}
	if seen, err = strconv.ParseInt(f.Raw("seen"), 10, 64); err != nil {
		err = fault.New(fault.BadRequest, "The form arrived damaged, so nothing was changed. Please send it again.")
	}
	return ctx, id, f, seen, err
}

// step does one thing to an event and goes back to its page.
func (s *Service) step(w http.ResponseWriter, r *http.Request, at, done string, do func(ctx context.Context, id db.ID, seen int64, f *web.Form) error) error {
	ctx, id, f, seen, err := asked(r)
	if err != nil {
		return err
	}
	if err = do(ctx, id, seen, f); err == nil {
		return web.See(w, r, "/desk/adverse/"+id.String()+"?said="+done)
	}
	e := fault.Of(err)
	if !shown(e) {
		return err
	}
	v, lerr := s.standing(r)
	if lerr != nil {
		return lerr
	}
	v.at, v.form, v.Fields = at, f, fieldsOf(e)
	return s.page(w, r, e.Kind.Status(), v)
}

func (s *Service) follow(w http.ResponseWriter, r *http.Request) error {
	return s.step(w, r, "follow", "followed", func(ctx context.Context, id db.ID, seen int64, f *web.Form) error {
		up := FollowUp{Words: f.Text("words", maxWords), Outcome: f.Line("outcome", 20), Ended: f.Line("ended", 20), Next: f.Line("next", 10)}
		if err := f.Err(); err != nil {
			return err
		}
		return s.Follow(ctx, id, seen, up)
	})
}

func (s *Service) judge(w http.ResponseWriter, r *http.Request) error {
	return s.step(w, r, "judge", "judged", func(ctx context.Context, id db.ID, seen int64, f *web.Form) error {
		related, why := f.Line("related", 20), f.Text("why", maxOther)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Judge(ctx, id, seen, related, why)
	})
}

func (s *Service) close(w http.ResponseWriter, r *http.Request) error {
	return s.step(w, r, "close", "closed", func(ctx context.Context, id db.ID, seen int64, f *web.Form) error {
		words := f.Text("words", maxOther)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Close(ctx, id, seen, words)
	})
}

func (s *Service) reopen(w http.ResponseWriter, r *http.Request) error {
	return s.step(w, r, "reopen", "reopened", func(ctx context.Context, id db.ID, seen int64, f *web.Form) error {
		why, next := f.Text("why", maxOther), f.Line("next", 10)
		if err := f.Err(); err != nil {
			return err
		}
		return s.Reopen(ctx, id, seen, why, next)
	})
}
