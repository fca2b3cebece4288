package invitation

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/practice/access"
	"held/practice/settings"
)

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// TestWritingAnArticle walks the desk: write, preview, save, publish, take down, delete.
func TestWritingAnArticle(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.as = w.leonor()
		blank := w.page(t, w.get(t, "/desk/articles/new"), http.StatusOK)
		action := attr(all(all(blank, "main")[0], "form")[0], "action")
		typed := form("version", "0", "title", "On being tired", "summary", "A summary.", "text", "# Why\n\nIt *may* be <b>so</b>.", "author", w.owner.String(), "at", "", "slug", "")

		seen := w.page(t, w.post(t, action+"/preview", typed), http.StatusOK)
		if attr(named(seen, "title"), "value") != "On being tired" || !strings.Contains(said(seen), "This is a preview") {
			t.Error("the preview lost what was typed, or does not say that it is one")
		}
		if rec := w.get(t, action); rec.Code != http.StatusNotFound {
			t.Error("looking has saved something")
		}

		if rec := w.post(t, action, typed); rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), action) {
			t.Fatalf("saving answers %d: %s", rec.Code, rec.Body)
		}
		w.as = access.Actor{Via: access.Public}
		if rec := w.get(t, "/articles/on-being-tired"); rec.Code != http.StatusNotFound {
			t.Error("a draft is on the site")
		}
		w.as = w.leonor()
		if rec := w.post(t, action, typed); rec.Code != http.StatusConflict {
			t.Errorf("the same form again answers %d", rec.Code)
		}
		typed.Set("version", "1")
		if rec := w.post(t, action+"/publish", typed); rec.Code != http.StatusSeeOther {
			t.Fatalf("publishing answers %d: %s", rec.Code, rec.Body)
		}
		w.as = access.Actor{Via: access.Public}
		public := w.page(t, w.get(t, "/articles/on-being-tired"), http.StatusOK)
		if p, q := source(t, all(seen, "article")[0]), source(t, all(public, "article")[0]); p != q {
			t.Errorf("the preview was\n%s\nand the article is\n%s", p, q)
		}

		w.as = w.leonor()
		if rec := w.post(t, action+"/take-down", form("version", "1")); rec.Code != http.StatusConflict {
			t.Errorf("an old page took the article down: %d", rec.Code)
		}
		if rec := w.post(t, action+"/take-down", form("version", "2")); rec.Code != http.StatusSeeOther {
			t.Errorf("taking down answers %d", rec.Code)
		}
		w.as = access.Actor{Via: access.Public}
		if rec := w.get(t, "/articles/on-being-tired"); rec.Code != http.StatusNotFound {
			t.Error("what was taken down is still on the site")
		}
		w.as = w.leonor()
		w.page(t, w.get(t, action+"/delete"), http.StatusOK)
		if rec := w.post(t, action+"/delete", form("version", "3")); rec.Code != http.StatusSeeOther {
			t.Errorf("deleting answers %d", rec.Code)
		}
		if rec := w.get(t, action); rec.Code != http.StatusNotFound {
			t.Errorf("what was deleted answers %d", rec.Code)
		}
		w.written(t, Words{Title: "On being tired", Text: "Again.", Slug: "on-being-tired"}) // its address is free again
	})
}

func TestAScheduledArticleComesOutByItself(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.as = w.leonor()
		id := db.NewID()
		// 5 March, 10:00 in Lisbon, where it is winter time.
		rec := w.post(t, "/desk/articles/"+id.String()+"/publish", form("version", "0", "title", "Later", "text", "Words.", "at", "2026-03-05T10:00"))
		if rec.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", rec.Code, rec.Body)
		}
		shelf := w.page(t, w.get(t, "/desk/articles"), http.StatusOK)
		if !strings.Contains(said(shelf), "Comes out on Thursday 5 March, 10:00") {
			t.Errorf("the desk says %q", said(all(shelf, "main")[0]))
		}
		w.as = access.Actor{Via: access.Public}
		w.get(t, "/articles") // kept now
		w.clock.Add(49*time.Hour - time.Second)
		if rec := w.get(t, "/articles/later"); rec.Code != http.StatusNotFound {
			t.Error("it is out too early")
		}
		w.clock.Add(time.Second)
		w.page(t, w.get(t, "/articles/later"), http.StatusOK)
		if link(w.page(t, w.get(t, "/articles"), http.StatusOK), "Later") == "" {
			t.Error("the list does not have it")
		}
	})
}

func TestADraftBehindAPublishedArticle(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	id := w.written(t, Words{Title: "One", Text: "Old words."})
	if err := w.SaveDraft(w.asOwner(), id, 1, Words{Title: "One", Text: "New words.", Slug: "one"}); err != nil {
		t.Fatal(err)
	}
	if body := w.get(t, "/articles/one").Body.String(); !strings.Contains(body, "Old words") {
		t.Error("a draft has changed what is public")
	}
	w.as = w.leonor()
	doc := w.page(t, w.get(t, "/desk/articles/"+id.String()), http.StatusOK)
	if !strings.Contains(said(named(doc, "text")), "New words") || !strings.Contains(said(doc), "Changes not published") {
		t.Error("the desk does not go on with the draft")
	}
}

// TestNothingIsLostBetweenTwoWriters: the second of two who write at once gets
// both texts, and can then put theirs in place knowingly.
func TestNothingIsLostBetweenTwoWriters(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.written(t, Words{Title: "One", Text: "First words."})
		path := "/desk/articles/" + id.String()
		w.as = w.leonor()
		if rec := w.post(t, path+"/publish", form("version", "1", "title", "One", "slug", "one", "text", "Her words.")); rec.Code != http.StatusSeeOther {
			t.Fatal(rec.Code)
		}
		doc := w.page(t, w.post(t, path+"/publish", form("version", "1", "title", "One", "slug", "one", "text", "His words.")), http.StatusConflict)
		if !strings.Contains(said(doc), "Her words.") || !strings.Contains(said(named(doc, "text")), "His words.") {
			t.Error("one of the two texts is lost")
		}
		version := attr(named(doc, "version"), "value")
		if rec := w.post(t, path+"/publish", form("version", version, "title", "One", "slug", "one", "text", "Both words.")); rec.Code != http.StatusSeeOther {
			t.Errorf("saving again answers %d", rec.Code)
		}
		// Deleted in the meantime: the words live on under a new form.
		now, err := strconv.ParseInt(version, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Delete(w.asOwner(), id, now+1); err != nil {
			t.Fatal(err)
		}
		doc = w.page(t, w.post(t, path, form("version", version, "title", "One", "text", "Late words.")), http.StatusConflict)
		again := attr(all(all(doc, "main")[0], "form")[0], "action")
		if rec := w.post(t, again, form("version", attr(named(doc, "version"), "value"), "title", "One", "text", "Late words.")); rec.Code != http.StatusSeeOther {
			t.Errorf("saving what was deleted answers %d", rec.Code)
		}

		// The same for the words of a page and for a profile.
		if err := w.SavePage(w.asOwner(), "how", 0, "# Her way"); err != nil {
			t.Fatal(err)
		}
		doc = w.page(t, w.post(t, "/desk/settings/pages/how", form("version", "0", "text", "# His way")), http.StatusConflict)
		if !strings.Contains(said(doc), "# Her way") || !strings.Contains(said(named(doc, "text")), "# His way") {
			t.Error("one of two versions of a page is lost")
		}
		if err := w.SaveProfile(w.asOwner(), 0, Profile{Person: w.owner, Words: "Hers."}); err != nil {
			t.Fatal(err)
		}
		doc = w.page(t, w.post(t, "/desk/settings/people/"+w.owner.String()+"/profile", form("version", "0", "words", "His.")), http.StatusConflict)
		if !strings.Contains(said(doc), "Hers.") || !strings.Contains(said(named(doc, "words")), "His.") {
			t.Error("one of two versions of a profile is lost")
		}
	})
}

func TestTwoWritersAtTheSameInstant(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := w.written(t, Words{Title: "One", Text: "x"})
		const n = 8
		errs := make(chan error, n)
		for i := range n {
			go func() {
				errs <- w.SaveDraft(w.asOwner(), id, 1, Words{Title: "One", Slug: "one", Text: strconv.Itoa(i)})
			}()
		}
		kept := 0
		for range n {
			if err := <-errs; err == nil {
				kept++
			} else if !fault.Is(err, fault.Taken) {
				t.Error(err)
			}
		}
		if kept != 1 {
			t.Errorf("%d of %d were kept", kept, n)
		}
		// Two articles cannot take the same address either.
		for range 2 {
			go func() {
				errs <- w.Publish(w.asOwner(), db.NewID(), 0, Words{Title: "Two", Slug: "two", Text: "x"})
			}()
		}
		a, b := <-errs, <-errs
		if (a == nil) == (b == nil) {
			t.Errorf("both or none got the address: %v, %v", a, b)
		}
	})
}

func TestRefusedArticlesKeepWhatWasTyped(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.written(t, Words{Title: "Taken", Text: "x"})
	w.as = w.leonor()
	for field, typed := range map[string]url.Values{
		"title":   form("title", " ", "text", "Long words."),
		"slug":    form("title", "A", "text", "Long words.", "slug", "Not An Address"),
		"slug ":   form("title", "A", "text", "Long words.", "slug", "taken"),
		"text":    form("title", "A", "text", ""),
		"at":      form("title", "A", "text", "Long words.", "at", "tomorrow"),
		"at ":     form("title", "A", "text", "Long words.", "at", "2026-03-29T01:30"), // the clocks go forward in Lisbon
		"at  ":    form("title", "A", "text", "Long words.", "at", "9999-01-01T10:00"),
		"author":  form("title", "A", "text", "Long words.", "author", db.NewID().String()),
		"author ": form("title", "A", "text", "Long words.", "author", "x"),
		"summary": form("title", "A", "text", "Long words.", "summary", strings.Repeat("long ", 100)),
		"title ":  form("title", "A\r\nB", "text", "Long words."),
	} {
		field = strings.TrimSpace(field)
		typed.Set("version", "0")
		doc := w.page(t, w.post(t, "/desk/articles/"+db.NewID().String()+"/publish", typed), http.StatusUnprocessableEntity)
		if got := named(doc, field); attr(got, "aria-invalid") != "true" || attr(got, "aria-describedby") == "" {
			t.Errorf("%s: %v is not marked", field, typed)
		}
		if !strings.Contains(said(named(doc, "text")), typed.Get("text")) {
			t.Errorf("%s: the text is lost", field)
		}
	}
	long := form("version", "0", "title", "A", "text", strings.Repeat("word ", 60_000))
	if rec := w.post(t, "/desk/articles/"+db.NewID().String(), long); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("too long a body answers %d", rec.Code)
	}
	if rec := w.post(t, "/desk/articles/"+db.NewID().String(), form("version", "0", "title", "\xff", "text", "x")); rec.Code != http.StatusBadRequest {
		t.Errorf("a wrong encoding answers %d", rec.Code)
	}
}

func TestEveryDeskPage(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	id := w.written(t, Words{Title: "One", Text: "x", Author: w.owner})
	w.as = w.leonor()
	paths := []string{"/desk/articles", "/desk/articles/new", "/desk/articles/" + id.String(), "/desk/articles/" + id.String() + "/delete", "/desk/articles/" + id.String() + "?saved=published",
		"/desk/settings/pages", "/desk/settings/people/" + w.owner.String() + "/profile", "/desk/settings/people/" + w.prescriber.String() + "/profile"}
	for _, page := range settings.WordPages {
		paths = append(paths, "/desk/settings/pages/"+page.Key)
	}
	for _, path := range paths {
		rec := w.get(t, path)
		doc := w.page(t, rec, http.StatusOK)
		if rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept", path)
		}
		labelled(t, path, doc)
	}
}

// labelled holds that every control has a label.
func labelled(t *testing.T, path string, doc *html.Node) {
	t.Helper()
	labels := map[string]bool{}
	for _, l := range all(doc, "label") {
		labels[attr(l, "for")] = true
	}
	for _, tag := range []string{"input", "textarea", "select"} {
		for _, n := range all(doc, tag) {
			if attr(n, "type") != "hidden" && !labels[attr(n, "id")] {
				t.Errorf("%s: %s %s has no label", path, tag, attr(n, "name"))
			}
		}
	}
}

func TestWordsOfAPage(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.as = w.leonor()
		for _, page := range settings.WordPages {
			typed := form("version", "0", "text", "# A heading\n\nWe are {{practice}} in {{city}}.")
			seen := w.page(t, w.post(t, "/desk/settings/pages/"+page.Key+"/preview", typed), http.StatusOK)
			if !strings.Contains(said(seen), "We are Slack Water in Lisbon.") || !strings.Contains(said(named(seen, "text")), "{{practice}}") {
				t.Errorf("%s: the preview does not show the words, or the form lost them", page.Key)
			}
			if rec := w.post(t, "/desk/settings/pages/"+page.Key, typed); rec.Code != http.StatusSeeOther {
				t.Errorf("%s: saving answers %d", page.Key, rec.Code)
			}
			if page.Key == "questions" { // the question box shows these
				continue
			}
			w.as = access.Actor{Via: access.Public}
			if doc := w.page(t, w.get(t, page.Path), http.StatusOK); !strings.Contains(said(doc), "We are Slack Water in Lisbon.") {
				t.Errorf("%s does not show its words", page.Path)
			}
			w.as = w.leonor()
		}
	})
}

func TestAProfile(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	w.as = w.benedita()
	path := "/desk/settings/people/" + w.coordinator.String() + "/profile"
	typed := form("version", "0", "shown", "yes", "line", "Front desk", "words", "I look after the *plants*.", "place", "3")
	seen := w.page(t, w.post(t, path+"/preview", typed), http.StatusOK)
	if !strings.Contains(said(seen), "I look after the plants.") {
		t.Error("the preview does not show the words")
	}
	if doc := w.page(t, w.post(t, path, form("version", "0", "line", strings.Repeat("x", 200), "words", "Kept.")), http.StatusUnprocessableEntity); !strings.Contains(said(named(doc, "words")), "Kept.") {
		t.Error("what was typed is lost")
	}
	if rec := w.post(t, path, typed); rec.Code != http.StatusSeeOther {
		t.Fatalf("saving answers %d", rec.Code)
	}
	w.as = access.Actor{Via: access.Public}
	if body := w.get(t, "/people").Body.String(); !strings.Contains(body, "<em>plants</em>") {
		t.Error("the site does not show the profile")
	}
}

// TestWhoMayWrite knocks with each role.
func TestWhoMayWrite(t *testing.T) {
	w := newWorld(t, testkit.SQLite(t))
	id := w.written(t, Words{Title: "One", Text: "x"})
	article, owner := "/desk/articles/"+id.String(), "/desk/settings/people/"+w.owner.String()+"/profile"
	for _, k := range []struct {
		who    string
		as     access.Actor
		method string
		path   string
		want   int
	}{
		{"a visitor", access.Actor{Via: access.Public}, "GET", "/desk/articles", http.StatusSeeOther},
		{"a visitor", access.Actor{Via: access.Public}, "POST", article, http.StatusUnauthorized},
		{"a visitor", access.Actor{Via: access.Public}, "POST", "/desk/settings/pages/how", http.StatusUnauthorized},
		{"the prescriber", w.amadeu(), "GET", article, http.StatusOK},
		{"the prescriber", w.amadeu(), "POST", article + "/publish", http.StatusForbidden},
		{"the prescriber", w.amadeu(), "POST", article + "/preview", http.StatusForbidden},
		{"the prescriber", w.amadeu(), "GET", "/desk/settings/pages", http.StatusForbidden},
		{"the coordinator", w.benedita(), "GET", "/desk/articles", http.StatusForbidden},
		{"the coordinator", w.benedita(), "GET", "/desk/settings/pages/how", http.StatusOK},
		{"the coordinator", w.benedita(), "POST", "/desk/settings/pages/how", http.StatusForbidden},
		{"the coordinator", w.benedita(), "GET", owner, http.StatusForbidden},
		{"the coordinator", w.benedita(), "POST", owner, http.StatusForbidden},
		{"a client", access.Actor{Person: db.NewID(), Roles: []access.Role{access.Client}, Via: access.Session}, "GET", "/desk/articles", http.StatusForbidden},
	} {
		w.as = k.as
		if rec := w.do(t, k.method, k.path, form("version", "1", "title", "One", "text", "Changed.")); rec.Code != k.want {
			t.Errorf("%s: %s %s answers %d, want %d", k.who, k.method, k.path, rec.Code, k.want)
		}
	}
	// And past the routes: the operations ask for themselves.
	for _, err := range []error{
		w.Publish(w.ctx(w.amadeu()), id, 1, Words{Title: "x", Text: "x"}), w.SaveDraft(w.ctx(w.amadeu()), id, 1, Words{Title: "x"}),
		w.TakeDown(w.ctx(w.benedita()), id, 1), w.Delete(w.ctx(w.benedita()), id, 1), w.SavePage(w.ctx(w.benedita()), "how", 0, "x"),
	} {
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("allowed: %v", err)
		}
	}
}

func TestEveryWriteIsOnTheTrail(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := w.asOwner()
		count := func() int64 {
			n, err := db.One(ctx, d.Reader(), db.Value[int64], "SELECT COUNT(*) FROM trail_entries WHERE practice_id = $1", w.practice)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		id := db.NewID()
		for _, do := range []func() error{
			func() error { return w.SaveDraft(ctx, id, 0, Words{Title: "x", Text: "x"}) },
			func() error { return w.Publish(ctx, id, 1, Words{Title: "x", Text: "x"}) },
			func() error { return w.TakeDown(ctx, id, 2) },
			func() error { return w.Delete(ctx, id, 3) },
			func() error { return w.SavePage(ctx, "how", 0, "x") },
			func() error { return w.SaveProfile(ctx, 0, Profile{Person: w.owner}) },
		} {
			before := count()
			if err := do(); err != nil {
				t.Fatal(err)
			}
			if count() != before+1 {
				t.Error("a write is not on the trail")
			}
		}
		before := count()
		if err := w.SavePage(ctx, "how", 0, "y"); err == nil {
			t.Error("an old version was taken")
		}
		if count() != before {
			t.Error("the trail tells what did not happen")
		}
	})
}

// TestNothingIsReadableInTheTables looks at the raw columns.
func TestNothingIsReadableInTheTables(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ctx := w.asOwner()
		id := w.written(t, Words{Title: "Wintermute", Slug: "wintermute", Summary: "wintermute", Text: "wintermute"})
		if err := w.SaveDraft(ctx, id, 1, Words{Title: "wintermute", Slug: "wintermute-two"}); err != nil {
			t.Fatal(err)
		}
		if err := w.SavePage(ctx, "how", 0, "wintermute"); err != nil {
			t.Fatal(err)
		}
		if err := w.SaveProfile(ctx, 0, Profile{Person: w.owner, Line: "wintermute", Words: "wintermute"}); err != nil {
			t.Fatal(err)
		}
		for _, query := range []string{
			"SELECT body FROM invitation_articles", "SELECT slug_hash FROM invitation_articles", "SELECT body FROM invitation_pages", "SELECT body FROM invitation_profiles",
		} {
			rows, err := db.All(context.Background(), d.Reader(), db.Value[[]byte], query)
			if err != nil || len(rows) == 0 {
				t.Fatal(query, err)
			}
			for _, b := range rows {
				if len(b) == 0 || bytes.Contains(bytes.ToLower(b), []byte("wintermute")) {
					t.Errorf("%s can be read", query)
				}
			}
		}
	})
}
