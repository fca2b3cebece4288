package consent

import (
	"context"
	"net/http"
	"time"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/web"
	"held/practice/access"
	"held/practice/settings"
	"held/practice/trail"
)

// clientView is a client's consent as the desk reads it.
type clientView struct {
	Client     db.ID
	Name       string
	Papers     []deskPaper
	Electronic *Record
	Releases   []Document
	House      *time.Location
	MayWrite   bool
	Fields     map[string]string
	At         string // the paper that a refused form is of
	Typed      map[string]string
	Said       string
}

// deskPaper is one document of a client's with what is on record about it.
type deskPaper struct {
	Standing
	Records []deskRecord
	Points  []Answer // since the last talk
	Second  bool     // the viewer may sign now
}

type deskRecord struct {
	Record
	Who string
}

func (s *Service) ofClient(w http.ResponseWriter, r *http.Request) error {
	id, err := web.PathID(r, "id", ErrNone)
	if err != nil {
		return err
	}
	return s.showClient(w, r, http.StatusOK, clientView{Client: id, Said: saidWords[r.URL.Query().Get("said")]})
}

func (s *Service) showClient(w http.ResponseWriter, r *http.Request, status int, v clientView) error {
	ctx := r.Context()
	if err := access.Check(ctx, access.Read, consentOf(v.Client)); err != nil {
		return err
	}
	all, err := s.whole(ctx, s.DB.Reader(), v.Client)
	if err != nil {
		return err
	}
	names, err := s.People.ClientNames(ctx, v.Client)
	if err != nil {
		return err
	}
	st, err := s.Settings.Get(ctx)
	if err != nil {
		return err
	}
	v.Name, v.House, v.Electronic, v.MayWrite = names[v.Client], st.Location(), all.electronic(), access.Can(ctx, access.Write, consentOf(v.Client))
	if v.Papers, err = s.deskPapers(ctx, all); err != nil {
		return err
	}
	for _, d := range all.documents {
		if d.Kind == Release && d.Asked() {
			v.Releases = append(v.Releases, d)
		}
	}
	if err := s.Trail.Saw(ctx, trail.Entry{Subject: v.Client, Kind: "consent", Object: v.Client}); err != nil {
		return err
	}
	p, err := s.Settings.Page(r, "Consent of "+v.Name)
	if err != nil {
		return err
	}
	return web.Render(w, r, status, clientPage(p, settings.DeskNav(ctx), v))
}

func (s *Service) deskPapers(ctx context.Context, all whole) (out []deskPaper, err error) {
	var ids []db.ID
	for _, r := range all.records {
		ids = append(ids, r.By)
	}
	names, err := s.People.Names(ctx, ids...)
	if err != nil {
		return nil, err
	}
	me := access.From(ctx).Person
	for _, st := range all.standing {
		p := deskPaper{Standing: st, Second: mayCountersign(all, st, me, true) == nil}
		for _, r := range all.records {
			if r.Document == st.Document && r.Party == st.Party.ID {
				p.Records = append(p.Records, deskRecord{r, names[r.By]})
			}
		}
		if a := last(all.records, st.Document, st.Party.ID, Answered); a != nil && st.Open > 0 {
			for _, one := range a.Said.Answers {
				if one.Talk {
					p.Points = append(p.Points, one)
				}
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// act does what a form of the client's page at the desk asks.
func (s *Service) act(w http.ResponseWriter, r *http.Request, said string, do func(ctx context.Context, f *web.Form, client, paper db.ID, v *clientView) error) error {
	client, f, err := s.form(r)
	if err != nil {
		return err
	}
	v := clientView{Client: client, At: r.PathValue("paper"), Typed: map[string]string{}}
	paper, err := db.ParseID(v.At)
	if v.At != "" && err != nil {
		return ErrNone
	}
	err = do(r.Context(), f, client, paper, &v)
	if fault.Is(err, fault.Invalid) {
		v.Fields = fault.Of(err).Fields
		return s.showClient(w, r, fault.Invalid.Status(), v)
	}
	if err != nil {
		return err
	}
	return web.See(w, r, "/desk/people/"+client.String()+"/consent?said="+said)
}

func (s *Service) talk(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "talk", func(ctx context.Context, f *web.Form, client, paper db.ID, v *clientView) error {
		for _, name := range []string{"held", "with", "points"} {
			v.Typed[name] = f.Raw(name)
		}
		st, err := s.Settings.Get(ctx)
		if err != nil {
			return err
		}
		t := Talk{With: f.Line("with", 200), Points: f.Text("points", MaxSummary)}
		if word := f.Line("held", 32); word != "" {
			if t.Held, err = time.ParseInLocation("2006-01-02T15:04", word, st.Location()); err != nil {
				f.Fail("held", "Please write the date and time as 2026-12-03T16:00.")
			}
		}
		if err := f.Err(); err != nil {
			return err
		}
		return s.HoldTalk(ctx, client, paper, t)
	})
}

func (s *Service) countersign(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "second", func(ctx context.Context, f *web.Form, client, paper db.ID, _ *clientView) error {
		return s.Countersign(ctx, client, paper, f.Checked("mean"))
	})
}

func (s *Service) nameParty(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, "named", func(ctx context.Context, f *web.Form, client, _ db.ID, v *clientView) error {
		v.Typed["party"] = f.Raw("party")
		_, err := s.typedParty(ctx, f, client)
		return err
	})
}
