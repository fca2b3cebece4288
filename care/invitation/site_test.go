package invitation

import (
	"compress/gzip"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/settings"
)

func TestEveryPublicPage(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.Offerings = func(context.Context) ([]Fee, error) {
			return []Fee{{Name: "Consultation", Minutes: 50, Href: "/book/consultation"}, {Name: "Preparation", Minutes: 80, Price: "€60.50"}}, nil
		}
		w.written(t, Words{Title: "On being tired", Summary: "It may be an invitation.", Text: "Words.", Author: w.owner})
		for _, viewer := range []access.Actor{{Via: access.Public}, w.leonor()} {
			w.as = viewer
			for path, heading := range map[string]string{
				"/": "A place for those who hold others", "/how": "How it works", "/people": "The people", "/fees": "Fees", "/privacy": "Privacy",
				"/support": "Crisis support", "/support?country=DE": "Crisis support", "/support?country=nowhere": "Crisis support",
				"/articles": "Articles", "/articles/on-being-tired": "On being tired",
			} {
				rec := w.get(t, path)
				doc := w.page(t, rec, http.StatusOK)
				if got := said(all(doc, "h1")[0]); got != heading {
					t.Errorf("%s is headed %q", path, got)
				}
				if strings.Contains(rec.Body.String(), "{{") {
					t.Errorf("%s shows a placeholder", path)
				}
				signedIn := viewer.Via == access.Session
				if got := link(doc, "Desk") != ""; got != signedIn {
					t.Errorf("%s: link to the desk %v for %v", path, got, viewer.Via)
				}
				if got := rec.Header().Get("Cache-Control"); (got == "no-store") != signedIn {
					t.Errorf("%s: Cache-Control %q for %v", path, got, viewer.Via)
				}
			}
		}
	})
}

func TestPagesLinkNothingFromElsewhere(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	for _, path := range []string{"/", "/how", "/people", "/fees", "/privacy", "/support", "/articles"} {
		doc := w.page(t, w.get(t, path), http.StatusOK)
		for tag, name := range map[string]string{"img": "src", "script": "src", "iframe": "src", "source": "src"} {
			for _, n := range all(doc, tag) {
				if !strings.HasPrefix(attr(n, name), "/") {
					t.Errorf("%s loads %s", path, attr(n, name))
				}
			}
		}
		for _, n := range all(doc, "link") {
			if href := attr(n, "href"); attr(n, "rel") != "canonical" && !strings.HasPrefix(href, "/") {
				t.Errorf("%s loads %s", path, href)
			} else if attr(n, "rel") == "canonical" && href != "https://practice.example"+path {
				t.Errorf("%s says it is %s", path, href)
			}
		}
	}
}

func TestHomeLeadsToTheNextStep(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	for i, title := range []string{"One", "Two", "Three", "Four"} {
		w.written(t, Words{Title: title, Text: "Words.", At: testkit.Now.Add(time.Duration(i-10) * time.Hour)})
	}
	doc := w.page(t, w.get(t, "/"), http.StatusOK)
	if link(doc, "Book a consultation") != "/book" || link(doc, "Ask a question") != "/questions" {
		t.Error("the two actions are not there")
	}
	if link(doc, "Four") == "" || link(doc, "Two") == "" || link(doc, "One") != "" {
		t.Error("home does not list the three newest articles")
	}
	if said(all(doc, "title")[0]) != "Slack Water" {
		t.Errorf("home is called %q", said(all(doc, "title")[0]))
	}
}

func TestPeopleStandOnTheSiteOnlyByTheirOwnChoice(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		shown := func() string {
			var names []string
			for _, h := range all(w.page(t, w.get(t, "/people"), http.StatusOK), "h2") {
				names = append(names, said(h))
			}
			return strings.Join(names, " ")
		}
		if got := shown(); got != "" {
			t.Errorf("shown without having chosen: %s", got)
		}
		if err := w.SaveProfile(w.ctx(w.benedita()), 0, Profile{Person: w.coordinator, Shown: true, Place: 2, Line: "Front desk"}); err != nil {
			t.Fatal(err)
		}
		if err := w.SaveProfile(w.asOwner(), 0, Profile{Person: w.prescriber, Shown: true, Place: 1, Line: "Physician", Words: "I ask *twice*."}); err != nil {
			t.Fatal(err)
		}
		if err := w.SaveProfile(w.ctx(w.benedita()), 0, Profile{Person: w.prescriber, Shown: false}); err == nil {
			t.Error("a coordinator wrote about somebody else")
		}
		if got := shown(); got != "Amadeu Benedita" {
			t.Errorf("shown: %s", got)
		}
		// Whoever stops working here is off the page at once.
		ctx := w.asOwner()
		if err := d.Write(ctx, func(tx *db.Tx) error { return w.People.Revoke(ctx, tx, w.prescriber, access.Prescriber) }); err != nil {
			t.Fatal(err)
		}
		if got := shown(); got != "Benedita" {
			t.Errorf("shown after leaving: %s", got)
		}
	})
}

func TestFeesSayLengthAndPrice(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	fees := []Fee{{Name: "Consultation", Minutes: 50, Href: "/book/consultation"}}
	w.Offerings = func(context.Context) ([]Fee, error) { return fees, nil }
	if got := w.get(t, "/fees").Body.String(); !strings.Contains(got, "50 minutes") || !strings.Contains(got, "Free") {
		t.Error("a free consultation of 50 minutes is not there")
	}
	fees = []Fee{{Name: "Preparation", Minutes: 80, Price: "€60.50"}, {Name: "Other", Minutes: 60, Price: "120 CHF"}}
	got := w.get(t, "/fees").Body.String()
	for _, want := range []string{"1 hour 20 minutes", "€60.50", "120 CHF"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not there at once", want)
		}
	}
}

func TestCrisisSupport(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	doc := w.page(t, w.get(t, "/support"), http.StatusOK)
	pt, _ := settings.CrisisFor("PT")
	var tel []string
	for _, a := range all(doc, "a") {
		if attr(a, "class") == "tel" {
			tel = append(tel, attr(a, "href"))
		}
	}
	if len(tel) == 0 || tel[0] != settings.Dial(pt.Emergency[0]) {
		t.Errorf("the emergency number does not stand first: %v", tel)
	}
	page := said(all(doc, "main")[0])
	for _, want := range []string{"does not keep a watch round the clock", "from Monday to Friday", "findahelpline", "Checked in"} {
		if !strings.Contains(page+link(doc, "Find a Helpline"), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	us := said(w.page(t, w.get(t, "/support?country=US"), http.StatusOK))
	if !strings.Contains(us, "988") || !strings.Contains(us, "not verified") {
		t.Error("the numbers of another country, or that some are not verified, are missing")
	}
	if body := w.get(t, "/support?country=US").Body.String(); !strings.Contains(body, "sms:741741") || !strings.Contains(body, "tel:6234737433") {
		t.Error("a line that takes text only, or a number in letters, cannot be reached by its link")
	}
	for _, unknown := range []string{"XX", "", "%3Cscript%3E"} {
		if body := said(w.page(t, w.get(t, "/support?country="+unknown), http.StatusOK)); !strings.Contains(body, "no numbers for this country") {
			t.Errorf("country %q is not answered", unknown)
		}
	}
	for _, c := range settings.CrisisCountries() {
		w.page(t, w.get(t, "/support?country="+c.Code), http.StatusOK)
	}
}

func TestAChangeIsSeenAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		before := w.get(t, "/how")
		if err := w.SavePage(w.asOwner(), "how", 0, "# Our way\n\nSlowly."); err != nil {
			t.Fatal(err)
		}
		after := w.get(t, "/how")
		if !strings.Contains(after.Body.String(), "Our way") || before.Header().Get("ETag") == after.Header().Get("ETag") {
			t.Error("the old page is still shown")
		}
		if err := w.Settings.Change(w.asOwner(), func(p *settings.Practice) error { p.Name = "Still Water"; return nil }); err != nil {
			t.Fatal(err)
		}
		if got := w.get(t, "/how").Body.String(); !strings.Contains(got, "Still Water") {
			t.Error("the practice's old name is still shown")
		}
		if err := w.SavePage(w.asOwner(), "how", 1, " "); err != nil {
			t.Fatal(err)
		}
		if got := w.get(t, "/how").Body.String(); !strings.Contains(got, "How it works") {
			t.Error("the words that came with Held do not come back")
		}
	})
}

// TestAnotherProcessSeesAChangeSoon has two services over one database.
func TestAnotherProcessSeesAChangeSoon(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		other := &Service{DB: d, Vault: w.Vault, Trail: w.Trail, People: w.People, Settings: w.Settings, Now: w.Now}
		visitor := w.ctx(access.Actor{Via: access.Public})
		if _, err := other.Text(visitor, "how"); err != nil {
			t.Fatal(err)
		}
		id := w.written(t, Words{Title: "One", Text: "Words."})
		if err := w.SavePage(w.asOwner(), "how", 0, "# Our way"); err != nil {
			t.Fatal(err)
		}
		w.clock.Add(seenFor)
		if got, err := other.Text(visitor, "how"); err != nil || got.Title != "Our way" {
			t.Errorf("the other process still says %q (%v)", got.Title, err)
		}
		if err := w.Delete(w.asOwner(), id, 1); err != nil {
			t.Fatal(err)
		}
		w.clock.Add(seenFor)
		if _, err := other.Article(w.asOwner(), id); err == nil {
			t.Error("the other process still has the deleted article")
		}
	})
}

func TestCachedAnswers(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	first := w.get(t, "/how")
	tag := first.Header().Get("ETag")
	if tag == "" || first.Header().Get("Content-Security-Policy") == "" {
		t.Fatal("no tag, or no policy")
	}
	again := w.get(t, "/how", "If-None-Match", tag)
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 || again.Header().Get("ETag") != tag {
		t.Errorf("asked again: %d, %d bytes", again.Code, again.Body.Len())
	}
	zip := w.get(t, "/how", "Accept-Encoding", "br, gzip;q=0.8")
	if zip.Header().Get("Content-Encoding") != "gzip" || zip.Header().Get("ETag") == tag || !strings.Contains(zip.Header().Get("Vary"), "Accept-Encoding") {
		t.Errorf("not compressed: %v", zip.Header())
	}
	z, err := gzip.NewReader(zip.Body)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || string(plain) != first.Body.String() {
		t.Errorf("compressed, it says something else (%v)", err)
	}
	if no := w.get(t, "/how", "Accept-Encoding", "gzip;q=0"); no.Header().Get("Content-Encoding") != "" {
		t.Error("compressed for somebody who cannot read it")
	}
	head := w.do(t, http.MethodHead, "/how", nil)
	if head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("Content-Length") != first.Header().Get("Content-Length") {
		t.Errorf("HEAD: %d, %d bytes, length %s", head.Code, head.Body.Len(), head.Header().Get("Content-Length"))
	}
	w.as = w.leonor()
	if own := w.get(t, "/how", "If-None-Match", tag); own.Code != http.StatusOK || !strings.Contains(own.Body.String(), "Leonor") {
		t.Error("whoever is signed in was sent the visitors' page")
	}
}

func TestUnknownAddresses(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	for _, path := range []string{"/articles/nothing-here", "/articles?page=2", "/articles?page=x", "/articles?page=-1", "/nowhere"} {
		if rec := w.get(t, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, rec.Code)
		}
	}
	w.as = w.leonor()
	for _, path := range []string{"/desk/articles/x", "/desk/articles/" + db.NewID().String(), "/desk/settings/pages/x", "/desk/settings/people/x/profile", "/desk/settings/people/" + db.NewID().String() + "/profile"} {
		if rec := w.get(t, path); rec.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", path, rec.Code)
		}
	}
}

func TestTheFeed(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	parse := func() atomFeed {
		t.Helper()
		rec := w.get(t, "/articles.atom")
		if kind := rec.Header().Get("Content-Type"); rec.Code != http.StatusOK || !strings.HasPrefix(kind, "application/atom+xml") {
			t.Fatalf("%d %s", rec.Code, kind)
		}
		var f atomFeed
		if err := xml.Unmarshal(rec.Body.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		if _, err := time.Parse(time.RFC3339, f.Updated); err != nil || f.ID == "" || f.Title == "" || f.Author.Name == "" {
			t.Errorf("the feed lacks what a feed must have: %+v", f)
		}
		return f
	}
	if f := parse(); len(f.Entries) != 0 {
		t.Error("an empty feed has entries")
	}
	at := testkit.Now.Add(-time.Hour)
	id := w.written(t, Words{Title: `Tea & <honey>`, Summary: "1 < 2", Text: "A *soft* ]]> word & [a link](/book).", Author: w.owner, At: at})
	if err := w.SaveDraft(w.asOwner(), db.NewID(), 0, Words{Title: "Secret", Text: "x"}); err != nil {
		t.Fatal(err)
	}
	w.written(t, Words{Title: "Later", Text: "x", At: testkit.Now.Add(time.Hour)})
	f := parse()
	if len(f.Entries) != 1 {
		t.Fatalf("%d entries", len(f.Entries))
	}
	e := f.Entries[0]
	if e.Title != `Tea & <honey>` || e.ID != "urn:uuid:"+id.String() || e.Author == nil || e.Author.Name != "Leonor" || e.Updated != at.Format(time.RFC3339) || e.Published != e.Updated {
		t.Errorf("entry: %+v", e)
	}
	if !strings.Contains(e.Content.Body, "<em>soft</em> ]]&gt; word &amp;") || e.Content.Type != "html" {
		t.Errorf("content: %s", e.Content.Body)
	}
	w.clock.Add(time.Minute)
	if err := w.Publish(w.asOwner(), id, 1, Words{Title: "Tea", Text: "New."}); err != nil {
		t.Fatal(err)
	}
	if e := parse().Entries[0]; e.Published != at.Format(time.RFC3339) || e.Updated != w.clock.Now().Format(time.RFC3339) {
		t.Errorf("after a revision: published %s, updated %s", e.Published, e.Updated)
	}
}

func TestSearchEnginesSeeOnlyWhatIsPublic(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.written(t, Words{Title: "Out", Text: "x"})
	w.written(t, Words{Title: "Later", Text: "x", At: testkit.Now.Add(time.Hour)})
	if err := w.SaveDraft(w.asOwner(), db.NewID(), 0, Words{Title: "Draft", Text: "x"}); err != nil {
		t.Fatal(err)
	}
	var set urlSet
	if err := xml.Unmarshal(w.get(t, "/sitemap.xml").Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	robots := w.get(t, "/robots.txt").Body.String()
	var found bool
	for _, u := range set.URLs {
		path, ours := strings.CutPrefix(u.Loc, "https://practice.example")
		if !ours {
			t.Errorf("%s is elsewhere", u.Loc)
		}
		for _, p := range inside {
			if strings.HasPrefix(path, p) {
				t.Errorf("%s is nobody's business", u.Loc)
			}
		}
		found = found || path == "/articles/out"
		if strings.Contains(path, "later") || strings.Contains(path, "draft") {
			t.Errorf("%s is not out", u.Loc)
		}
	}
	if !found {
		t.Error("the published article is not in the sitemap")
	}
	for _, p := range []string{"/desk", "/space", "/appointments/", "/questions/"} {
		if !strings.Contains(robots, "Disallow: "+p+"\n") {
			t.Errorf("robots may look at %s", p)
		}
	}
}

func TestALongListHasPages(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	for i := range perPage + 3 {
		w.written(t, Words{Title: "Article", Text: "x", At: testkit.Now.Add(-time.Duration(i+1) * time.Hour)})
	}
	first := w.page(t, w.get(t, "/articles"), http.StatusOK)
	if link(first, "Older articles") != "/articles?page=2" || link(first, "Newer articles") != "" {
		t.Error("the first page does not lead on")
	}
	second := w.page(t, w.get(t, "/articles?page=2"), http.StatusOK)
	if n := len(all(all(second, "main")[0], "h2")); n != 3 || link(second, "Newer articles") != "/articles" || link(second, "Older articles") != "" {
		t.Errorf("the second page has %d articles", n)
	}
}
