package forms_test

import (
	"bytes"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/testkit"
	"held/internal/web"
	"held/practice/access"
	"held/practice/forms"
	"held/rules/questionnaire"
)

func TestWhatWasGivenStaysInTheVersionInWhichItWasGiven(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		form := h.published(worries)
		first := h.give(form)
		h.ok(h.Edit(h.as(h.mara), form, time.Time{}, func(q *questionnaire.Questionnaire) error {
			q.Title = "Other worries"
			q.Of("low").Text = "How often, lately?"
			return nil
		}))
		if f, err := h.Look(h.as(h.mara), form, 0); err != nil || f.Title != "Other worries" {
			t.Errorf("the draft is %+v, %v", f, err)
		}
		if f, err := h.Look(h.as(h.mara), form, -1); err != nil || f.Title != "Worries" {
			t.Errorf("what is published changed: %+v, %v", f, err)
		}
		v, err := h.Publish(h.as(h.mara), form)
		if err != nil || v.Number != 2 || !strings.HasSuffix(v.URL, "/"+form) || v.Questionnaire.Version != "2" {
			t.Errorf("%+v, %v", v, err)
		}
		f, err := h.Fill(h.as(h.wren), first)
		if err != nil || f.Form.Title != "Worries" {
			t.Errorf("what was given is %+v, %v", f, err)
		}
		h.ok(h.Retire(h.as(h.mara), form))
		err = h.DB.Write(h.as(h.mara), func(tx *db.Tx) error {
			_, err := h.Give(h.as(h.mara), tx, forms.Gift{Person: h.wren.ID, Form: form, Again: true})
			return err
		})
		if !fault.Is(err, fault.Gone) {
			t.Errorf("given after it was retired: %v", err)
		}
	})
}

func TestTheFormsThatComeWithHeldCanBeGiven(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		for _, key := range []string{"self-referral", "preferences", "escort"} {
			id := h.give(key)
			f, err := h.Fill(h.as(h.wren), id)
			if err != nil || f.Form.Number != 1 || f.Form.Origin != forms.Shipped {
				t.Errorf("%s: %+v, %v", key, f, err)
			}
			h.ok(h.Complete(h.as(h.wren), id))
		}
		again := h.give("escort")
		if f, err := h.Fill(h.as(h.wren), again); err != nil || f.Form.Number != 1 {
			t.Errorf("the same form became another version: %+v, %v", f, err)
		}
		if _, err := h.Library(h.as(h.tome)); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an attendant opens the library: %v", err)
		}
	})
}

func TestAnExpressionThatCannotBeReckonedIsRefused(t *testing.T) {
	for _, expression := range []string{"now()", "1 +", "nothing()", "%resource.repeat(answer)", "item.aggregate($total + 1)"} {
		text := `{"resourceType":"Questionnaire","status":"draft","title":"T","item":[{"linkId":"a","type":"decimal","text":"A","extension":[{"url":"` + questionnaire.ExtCalculated + `","valueExpression":{"language":"text/fhirpath","expression":"` + expression + `"}}]}]}`
		if q, faults := forms.Parse([]byte(text)); q != nil || len(faults) == 0 || !strings.Contains(faults[0].Path, "“a”") {
			t.Errorf("%s: %v", expression, faults)
		}
	}
}

func TestNobodysScoreIsNought(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	id := h.give(h.published(worries))
	f := h.save(id, "weight", questionnaire.Answer{Decimal: "70"})
	if n, known := f.Answers.Number("sum"); known {
		t.Errorf("nothing was answered, and the sum is %v", n)
	}
	f = h.save(id, "low", never)
	if n, known := f.Answers.Number("sum"); !known || n != 0 {
		t.Errorf("“never” was answered, and the sum is %v, %v", n, known)
	}
}

func TestAnswersMadeElsewhereComeInAndAreSentByWhoseTheyAre(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		id := h.give(h.published(worries))
		f, err := h.Fill(h.as(h.wren), id)
		h.ok(err)
		about := questionnaire.About{Questionnaire: f.Form.URL + "|1", Status: "completed"}
		b, err := f.Form.Respond(questionnaire.Answers{key("low"): {often}, {LinkID: "med", Row: 1}: {questionnaire.Words("Lithium")}}, about, true)
		h.ok(err)
		h.ok(h.Bring(h.as(h.piet), id, b))
		if f, err = h.Fill(h.as(h.wren), id); err != nil || f.Answers.Words("low") != "Often" || f.State != forms.Begun {
			t.Errorf("%+v, %v", f, err)
		}
		if err := h.Bring(h.as(h.tome), id, b); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an attendant brings answers in: %v", err)
		}
		other := strings.Replace(string(b), "|1", "|7", 1)
		if err := h.Bring(h.as(h.wren), id, []byte(other)); !fault.Is(err, fault.Invalid) || fault.Of(err).Fields["questionnaire"] == "" {
			t.Errorf("answers to another version: %v", err)
		}
		bad := strings.Replace(string(b), `"linkId":"low"`, `"linkId":"high"`, 1)
		if err := h.Bring(h.as(h.wren), id, []byte(bad)); !fault.Is(err, fault.Invalid) || fault.Of(err).Fields["item[0].item[0].linkId"] == "" {
			t.Errorf("answers to what is not asked: %v", fault.Of(err).Fields)
		}
	})
}

func TestWhatIsAttachedIsReadByWhomTheQuestionIsFor(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		id := h.give(h.published(`{"resourceType":"Questionnaire","status":"draft","title":"T","item":[{"linkId":"g","type":"group","text":"G","extension":[{"url":"urn:held:seen-by","valueCode":"prescriber"}],"item":[{"linkId":"letter","type":"attachment","text":"Letter"}]}]}`))
		if _, err := h.Attach(h.as(h.wren), id, key("letter"), "x.html", []byte("\x00\x01")); !fault.Is(err, fault.Invalid) {
			t.Errorf("anything can be attached: %v", err)
		}
		f, err := h.Attach(h.as(h.wren), id, key("letter"), "../a letter.txt", []byte("Dear colleague"))
		h.ok(err)
		file, err := db.ParseID(f.Answers[key("letter")][0].File.URL[1:])
		h.ok(err)
		if _, err := h.Attached(h.as(h.piet), file); err == nil {
			t.Error("read before it was sent")
		}
		h.ok(h.Complete(h.as(h.wren), id))
		if got, err := h.Attached(h.as(h.piet), file); err != nil || got.Type != "text/plain" || strings.ContainsAny(got.Name, "/ ") {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := h.Attached(h.as(h.mara), file); !fault.Is(err, fault.NotFound) {
			t.Errorf("the guide reads it: %v", err)
		}
	})
}

// upload is a page of a form as a browser sends it with a file.
func upload(name, file string, body []byte) (*bytes.Buffer, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("do", "attach")
	part, _ := w.CreateFormFile(name, file)
	_, _ = part.Write(body)
	_ = w.Close()
	return &b, w.FormDataContentType()
}

func TestAPictureFromATelephoneCanBeAttached(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		id := h.give(h.published(`{"resourceType":"Questionnaire","status":"draft","title":"T","item":[{"linkId":"letter","type":"attachment","text":"Letter"}]}`))
		send := func(size int) int {
			body, kind := upload("file:"+key("letter").String(), "scan.jpg", append([]byte("\xff\xd8\xff"), make([]byte, size-3)...))
			app := &web.App{Log: slog.New(slog.DiscardHandler), Base: &url.URL{Scheme: "http", Host: "example.com"}, Now: h.Now, Metrics: web.NewMetrics(), Fault: func(_ *http.Request, e *fault.Error) templ.Component { return templ.Raw(e.Sentence) }}
			app.Person = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(w, r.WithContext(access.With(r.Context(), access.From(h.as(h.wren)))))
				})
			}
			app.Mount(h.Routes())
			r := httptest.NewRequest("POST", "http://example.com/space/forms/"+id.String()+"?part=1", body)
			r.Header.Set("Content-Type", kind)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			w := httptest.NewRecorder()
			app.Handler().ServeHTTP(w, r)
			return w.Code
		}
		if code := send(forms.MaxFile); code != 303 {
			t.Errorf("the largest: %d", code)
		}
		f, err := h.Fill(h.as(h.wren), id)
		h.ok(err)
		if all := f.Answers[key("letter")]; len(all) != 1 || all[0].File.Size != forms.MaxFile {
			t.Errorf("%+v", all)
		}
		if _, err := h.Attach(h.as(h.wren), id, key("letter"), "scan.jpg", append([]byte("\xff\xd8\xff"), make([]byte, forms.MaxFile)...)); !fault.Is(err, fault.Invalid) {
			t.Errorf("one that is too large: %v", err)
		}
		if code := send(forms.MaxFile + 1<<20); code != 413 {
			t.Errorf("one far too large: %d", code)
		}
	})
}

func TestAnAttachedFileIsSavedAndNeverShown(t *testing.T) {
	h := newHouse(t, testkit.SQLite(t))
	id := h.give(h.published(`{"resourceType":"Questionnaire","status":"draft","title":"T","item":[{"linkId":"letter","type":"attachment","text":"Letter"}]}`))
	f, err := h.Attach(h.as(h.wren), id, key("letter"), "x.txt", []byte("<script>alert(1)</script>"))
	h.ok(err)
	file := f.Answers[key("letter")][0].File.URL[1:]
	r := httptest.NewRequestWithContext(h.as(h.wren), "GET", "/space/forms/"+id.String()+"/files/"+file, nil)
	r.SetPathValue("file", file)
	w := httptest.NewRecorder()
	for _, route := range h.Routes() {
		if route.Pattern == "GET /space/forms/{id}/files/{file}" {
			h.ok(route.Handle(w, r))
		}
	}
	if got := w.Header(); w.Code != 200 || !strings.HasPrefix(got.Get("Content-Disposition"), "attachment;") || !strings.Contains(got.Get("Content-Security-Policy"), "sandbox") || got.Get("Content-Type") != "text/plain" {
		t.Errorf("%d %v", w.Code, got)
	}
}

func TestEverythingIsTakenAlongAndErased(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		form := h.published(worries)
		sent, begun := h.give(form), db.ID{}
		h.save(sent, "low", never)
		h.ok(h.Complete(h.as(h.wren), sent))
		begun = h.give(form)
		h.save(begun, "weight", questionnaire.Answer{Decimal: "70"})
		all, err := h.All(h.as(h.wren), h.wren.ID)
		if err != nil || len(all) != 2 || all[0].Lines[0].Answer != "70 kg" || all[1].Lines[0].Answer != "Never" {
			t.Errorf("%+v, %v", all, err)
		}
		if _, err := h.All(h.as(h.mara), h.wren.ID); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the guide takes it along: %v", err)
		}
		h.ok(d.Write(h.ctx, func(tx *db.Tx) error { return h.Erase(h.ctx, tx, h.wren.ID) }))
		if all, err := h.All(h.as(h.wren), h.wren.ID); err != nil || len(all) != 0 {
			t.Errorf("after erasing: %+v, %v", all, err)
		}
	})
}
