package main

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"held/care/space"
	"held/internal/db"
	"held/practice/access"
)

// writer is somebody with a keyring, and a browser that seals.
type writer struct {
	*browser
	identity *age.X25519Identity
}

func newWriter(b *browser) *writer {
	b.t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		b.t.Fatal(err)
	}
	return &writer{b, id}
}

// seal encrypts as the browser does.
func (w *writer) seal(text string, to ...age.Recipient) []byte {
	w.t.Helper()
	var b bytes.Buffer
	e, err := age.Encrypt(&b, append(to, w.identity.Recipient())...)
	if err == nil {
		_, err = io.WriteString(e, text)
	}
	if err == nil {
		err = e.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

func (w *writer) send(method, path, kind string, body []byte) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.base+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "application/json")
	return w.must(w.do(r))
}

func (w *writer) json(path string, body any) answer {
	w.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send(http.MethodPost, path, "application/json", b)
}

func (w *writer) ask(path string, into any) {
	w.t.Helper()
	a := w.send(http.MethodGet, path, "", nil)
	if a.status != http.StatusOK {
		w.t.Fatalf("GET %s: %d %s", path, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		w.t.Fatal(err)
	}
}

var verifier = base64.StdEncoding.EncodeToString(make([]byte, 32))

func (w *writer) keyring(revision int64) answer {
	w.t.Helper()
	return w.keys(revision, w.identity.Recipient().String(), verifier)
}

func (w *writer) keys(revision int64, recipient, verifier string) answer {
	w.t.Helper()
	return w.json("/account/keyring", map[string]any{
		"revision": revision, "recipient": recipient, "verifier": verifier,
		"keyring": w.seal("keys"), "recovery": w.seal("kit"),
	})
}

// put sends a file in parts.
func (w *writer) put(id db.ID, revision int, body []byte, size int) answer {
	w.t.Helper()
	upload, of := db.RandomID(), (len(body)+size-1)/size
	var a answer
	for n := range of {
		part := body[n*size : min(len(body), (n+1)*size)]
		a = w.send(http.MethodPost, fmt.Sprintf("/space/journal/files/%s?revision=%d&upload=%s&part=%d&of=%d", id, revision, upload, n, of), "application/octet-stream", part)
		if a.status != http.StatusOK {
			return a
		}
	}
	return a
}

type changes struct {
	Head  int64        `json:"head"`
	Files []space.File `json:"files"`
}

func (a *asking) person(email string) db.ID {
	a.t.Helper()
	p, err := a.h.people.ByEmail(a.h.system(a.t.Context()), email)
	if err != nil {
		a.t.Fatal(err)
	}
	return p.ID
}

// cares puts a guide on a client's care team, with a second factor in every session.
func (a *asking) cares(guide, client db.ID) {
	a.t.Helper()
	ctx := a.h.as(a.t.Context(), access.Operator)
	if err := a.h.people.Assign(ctx, client, guide, access.Guide); err != nil {
		a.t.Fatal(err)
	}
	err := a.h.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE people_sessions SET strong = 1 WHERE practice_id = $1 AND person_id = $2`, a.h.practice, guide)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

// proved sets when somebody has last shown that it is them.
func (a *asking) proved(person db.ID, at int64) {
	a.t.Helper()
	ctx := a.h.system(a.t.Context())
	err := a.h.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE people_sessions SET proved_at = $1 WHERE practice_id = $2 AND person_id = $3`, at, a.h.practice, person)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

func TestTheJournalKeepsWhatItCannotRead(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		a := newAsking(t, p)
		wren, robin := newWriter(a.wren), newWriter(a.robin)

		var none space.Keyring
		if wren.ask("/account/keyring", &none); none.Revision != 0 {
			t.Errorf("keys before there are any: %+v", none)
		}
		if got := wren.put(db.RandomID(), 1, wren.seal("early"), space.PartSize); got.status != http.StatusNotFound {
			t.Errorf("a file before there are keys: %d", got.status)
		}
		for what, keys := range map[string][2]string{
			"a verifying key in two lines":    {wren.identity.Recipient().String(), verifier[:20] + "\n" + verifier[20:]},
			"a verifying key and a line end":  {wren.identity.Recipient().String(), verifier + "\n"},
			"a public key and another line":   {wren.identity.Recipient().String() + "\n#", verifier},
			"a public key in capital letters": {strings.ToUpper(wren.identity.Recipient().String()), verifier},
		} {
			if got := wren.keys(0, keys[0], keys[1]); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", what, got.status, got.body)
			}
		}
		for _, step := range []struct {
			revision int64
			want     int
		}{{0, 200}, {0, 409}, {1, 200}, {1, 409}, {7, 409}} {
			if got := wren.keyring(step.revision); got.status != step.want {
				t.Errorf("keys made from revision %d: %d %s, want %d", step.revision, got.status, got.body, step.want)
			}
		}

		id, first := db.RandomID(), wren.seal("a room by the sea")
		if got := wren.put(id, 1, first, 64); got.status != http.StatusOK {
			t.Fatalf("an entry in parts: %d %s", got.status, got.body)
		}
		if got := wren.put(id, 1, wren.seal("from the other device"), space.PartSize); got.status != http.StatusConflict {
			t.Errorf("the same revision from another device: %d", got.status)
		}
		second := wren.seal("a room by the sea, with a lamp")
		if got := wren.put(id, 2, second, space.PartSize); got.status != http.StatusOK {
			t.Errorf("the next revision: %d %s", got.status, got.body)
		}
		for what, body := range map[string]string{"plain words": "a room by the sea", "nothing": ""} {
			if got := wren.put(db.RandomID(), 1, []byte(body+"\n"), space.PartSize); got.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", what, got.status)
			}
		}
		if got := wren.put(db.NewID(), 1, second, space.PartSize); got.status != http.StatusBadRequest {
			t.Errorf("an id that tells its time: %d", got.status)
		}

		var c changes
		wren.ask("/space/journal/changes?after=0", &c)
		if len(c.Files) != 1 || c.Head != 2 || !bytes.Equal(c.Files[0].Body, second) || c.Files[0].Revision != 2 {
			t.Errorf("the list of changes: head %d, %+v", c.Head, c.Files)
		}
		if got := wren.get("/space/journal/files/" + id.String()); got.body != string(second) {
			t.Errorf("read back: %d, %d bytes", got.status, len(got.body))
		}
		if got := robin.get("/space/journal/files/" + id.String()); got.status != http.StatusNotFound {
			t.Errorf("somebody else's: %d", got.status)
		}
		if got := a.owner.get("/space/journal/files/" + id.String()); got.status != http.StatusForbidden {
			t.Errorf("the owner of the practice: %d", got.status)
		}

		var k space.Keyring
		if wren.ask("/account/keyring", &k); k.Used != int64(len(second)) {
			t.Errorf("%d bytes used, want %d", k.Used, len(second))
		}
		wren.send(http.MethodPost, "/space/journal/files/"+id.String()+"/remove", "", nil)
		c = changes{}
		wren.ask("/space/journal/changes?after=2", &c)
		if len(c.Files) != 1 || !c.Files[0].Gone || len(c.Files[0].Body) != 0 {
			t.Errorf("after it was taken away: %+v", c.Files)
		}
		if got := wren.get("/space/journal/files/" + id.String()); got.status != http.StatusNotFound {
			t.Errorf("taken away: %d", got.status)
		}
		if wren.ask("/account/keyring", &k); k.Used != 0 {
			t.Errorf("%d bytes used by nothing", k.Used)
		}
	})
}

func TestWhatWasBegunToBeSentIsChargedForAWeekAtMost(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		a := newAsking(t, p)
		wren := newWriter(a.wren)
		wren.keyring(0)
		body := wren.seal(strings.Repeat("a recording ", 100))
		send := func(file, upload db.ID, n, of int, part []byte) answer {
			return wren.send(http.MethodPost, fmt.Sprintf("/space/journal/files/%s?revision=1&upload=%s&part=%d&of=%d", file, upload, n, of), "application/octet-stream", part)
		}
		used := func(after string, want int) {
			t.Helper()
			var k space.Keyring
			if wren.ask("/account/keyring", &k); k.Used != int64(want) {
				t.Errorf("%s: %d bytes used, want %d", after, k.Used, want)
			}
		}
		sweep := func(days int) {
			t.Helper()
			later := &space.Service{DB: a.h.db, Vault: a.h.vault, Now: func() time.Time { return a.h.now().AddDate(0, 0, days) }}
			if err := later.Sweep(a.h.system(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		left, whole, half := db.RandomID(), db.RandomID(), db.RandomID()
		uploads := []db.ID{db.RandomID(), db.RandomID()}
		if got := send(left, uploads[0], 0, 2, body[:firstPart]); got.status != http.StatusOK {
			t.Fatalf("the first part: %d %s", got.status, got.body)
		}
		if got := wren.put(whole, 1, body, firstPart); got.status != http.StatusOK {
			t.Fatalf("a whole file: %d %s", got.status, got.body)
		}
		send(half, uploads[1], 0, 2, body[:firstPart])
		send(half, uploads[1], 1, 2, body[firstPart:])
		used("two files and a part", 2*len(body)+firstPart)
		sweep(7)
		used("a week later", 2*len(body)+firstPart)
		sweep(8)
		used("the day after", 2*len(body))
		if got := send(left, uploads[0], 1, 2, body[firstPart:]); got.status != http.StatusConflict {
			t.Errorf("the rest of what was dropped: %d %s", got.status, got.body)
		}
		if got := wren.put(left, 1, body, firstPart); got.status != http.StatusOK {
			t.Errorf("sent anew: %d %s", got.status, got.body)
		}
		sweep(100)
		for _, id := range []db.ID{left, whole, half} {
			if got := wren.get("/space/journal/files/" + id.String()); got.body != string(body) {
				t.Errorf("a file that is whole: %d, %d bytes", got.status, len(got.body))
			}
		}
		used("three files", 3*len(body))
	})
}

// firstPart is where what is sent in two parts is cut.
const firstPart = 300

func TestTheJournalInvitesWithThePracticesWordsAlone(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		a := newAsking(t, p)
		if page := a.wren.page("/space/journal?prompt=Send+me+your+words#write"); strings.Contains(page, "Send me your words") {
			t.Error("the page shows words out of its address")
		}
		if page := a.wren.page("/space/journal"); !strings.Contains(page, `<held-journal prompt="">`) {
			t.Error("it invites without having been asked")
		}
		_, rest, _ := strings.Cut(a.wren.page("/space/journal?invited"), `<held-journal prompt="`)
		prompt, _, _ := strings.Cut(rest, `"`)
		if prompt == "" || !strings.Contains(a.wren.page("/space"), prompt) {
			t.Errorf("the invitation of the space is not that of the journal: %q", prompt)
		}
	})
}

func TestSharingIsForOneClinicianOfTheCareTeamUntilItIsWithdrawn(t *testing.T) {
	engines(t, func(t *testing.T, p *place) {
		a := newAsking(t, p)
		wren, mara := newWriter(a.wren), newWriter(a.owner)
		wren.keyring(0)
		mara.keyring(0)
		id := db.RandomID()
		if got := wren.put(id, 1, wren.seal("for Mara", mara.identity.Recipient()), space.PartSize); got.status != 200 {
			t.Fatal(got.status, got.body)
		}
		maraID := a.person(ownerEmail)
		picture := db.RandomID()
		share := map[string]any{"file": id, "with": maraID, "pieces": []db.ID{picture}}
		if got := wren.json("/space/journal/shares", share); got.status != http.StatusForbidden {
			t.Errorf("shared with somebody who is not on the team: %d", got.status)
		}
		a.cares(maraID, a.wrenID)
		shared := "/desk/people/" + a.wrenID.String() + "/shared/"
		if got := a.owner.get(shared + id.String()); got.status != http.StatusNotFound {
			t.Errorf("not shared yet: %d", got.status)
		}
		if got := wren.json("/space/journal/shares", share); got.status != http.StatusNotFound {
			t.Errorf("shared before its picture is here: %d %s", got.status, got.body)
		}
		if got := a.owner.get(shared + id.String()); got.status != http.StatusNotFound {
			t.Errorf("half of it is shared: %d", got.status)
		}
		wren.put(picture, 1, wren.seal("a picture", mara.identity.Recipient()), space.PartSize)
		if got := wren.json("/space/journal/shares", share); got.status != http.StatusOK {
			t.Fatalf("shared: %d %s", got.status, got.body)
		}
		if letters := a.mail(); len(letters) != 1 || strings.Contains(letters[0].Text, "Wren") || !strings.Contains(letters[0].Text, shared[:len(shared)-1]) {
			t.Errorf("the guide is told: %+v", letters)
		}
		if got := a.owner.get(shared + picture.String()); got.status != http.StatusOK {
			t.Errorf("its picture: %d", got.status)
		}
		got := a.owner.get(shared + id.String())
		if got.status != http.StatusOK {
			t.Fatalf("read by the guide: %d %s", got.status, words(got.body))
		}
		plain, err := age.Decrypt(strings.NewReader(got.body), mara.identity)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(plain); err != nil || string(text) != "for Mara" {
			t.Errorf("the guide reads %q, %v", text, err)
		}
		looks := words(wren.page("/space/looks"))
		for _, want := range []string{"shared an entry of your journal", "read an entry that you share"} {
			if !strings.Contains(looks, want) {
				t.Errorf("the trail does not say %q: %s", want, looks)
			}
		}
		// The guide answers; only to what is shared.
		reply, to := db.RandomID(), mara.seal("thank you", wren.identity.Recipient())
		upload, mine := db.RandomID(), "/space/journal/answers/"+maraID.String()+"/"+reply.String()
		part := func(n int, about db.ID, body []byte) answer {
			return mara.send(http.MethodPost, fmt.Sprintf("%s%s?revision=1&upload=%s&part=%d&of=2&about=%s", shared, reply, upload, n, about), "application/octet-stream", body)
		}
		if got := part(0, db.RandomID(), to[:100]); got.status != http.StatusNotFound {
			t.Errorf("an answer to nothing: %d", got.status)
		}
		if got := part(0, id, to[:100]); got.status != http.StatusOK {
			t.Fatalf("half of an answer: %d %s", got.status, got.body)
		}
		if letters := a.mail(); len(letters) != 0 {
			t.Errorf("the client is told of half an answer: %+v", letters)
		}
		if got := part(1, id, nil); got.status != http.StatusBadRequest {
			t.Errorf("an empty part: %d", got.status)
		}
		for range 2 { // its answer was lost on the way
			if got := part(1, id, to[100:]); got.status != http.StatusOK {
				t.Fatalf("an answer: %d %s", got.status, got.body)
			}
		}
		if letters := a.mail(); len(letters) != 1 || letters[0].Subject != "Something is there for you to read" {
			t.Errorf("the client is told: %+v", letters)
		}
		if got := wren.get(mine); got.body != string(to) {
			t.Errorf("the answer: %d", got.status)
		}
		if got := a.robin.get(mine); got.status != http.StatusNotFound {
			t.Errorf("an answer to somebody else: %d", got.status)
		}
		wren.json("/space/journal/shares/withdraw", map[string]any{"file": id, "with": maraID})
		if got := a.owner.get(shared + id.String()); got.status != http.StatusNotFound {
			t.Errorf("withdrawn: %d", got.status)
		}
		var k space.Keyring
		if mara.ask("/account/keyring", &k); k.Used != 0 {
			t.Errorf("the answer went with it, and %d bytes are still kept", k.Used)
		}
		if got := wren.get(mine); got.status != http.StatusNotFound {
			t.Errorf("the answer to what was withdrawn: %d", got.status)
		}

		// Everything goes at once, what was shared too, and the letters about it.
		wren.put(db.RandomID(), 1, wren.seal("again"), space.PartSize)
		again := db.RandomID()
		wren.put(again, 1, wren.seal("again", mara.identity.Recipient()), space.PartSize)
		if got := wren.json("/space/journal/shares", map[string]any{"file": again, "with": maraID}); got.status != http.StatusOK {
			t.Errorf("shared again: %d %s", got.status, got.body)
		}
		whole := fmt.Sprintf("%s%s?revision=1&upload=%s&part=0&of=1&about=%s", shared, db.RandomID(), db.RandomID(), again)
		if got := mara.send(http.MethodPost, whole, "application/octet-stream", to); got.status != http.StatusOK {
			t.Errorf("answered again: %d %s", got.status, got.body)
		}
		a.proved(a.wrenID, 0)
		if got := wren.send(http.MethodPost, "/space/journal/destroy", "", nil); got.status != http.StatusForbidden || !strings.Contains(got.body, "once more that it is you") {
			t.Errorf("destroyed by whoever found it open: %d %s", got.status, got.body)
		}
		a.proved(a.wrenID, db.Micros(wall()))
		if got := wren.send(http.MethodPost, "/space/journal/destroy", "", nil); got.status != http.StatusOK {
			t.Errorf("destroyed: %d %s", got.status, got.body)
		}
		if letters := a.mail(); len(letters) != 0 {
			t.Errorf("somebody is told of what was destroyed: %+v", letters)
		}
		if mara.ask("/account/keyring", &k); k.Used != 0 {
			t.Errorf("an answer to what was destroyed is kept: %d bytes", k.Used)
		}
		if got := a.owner.get(shared + again.String()); got.status != http.StatusNotFound {
			t.Errorf("destroyed, and still shared: %d", got.status)
		}
		k = space.Keyring{}
		if wren.ask("/account/keyring", &k); k.Revision != 0 {
			t.Errorf("keys after all was destroyed: %+v", k)
		}
	})
}

func TestAJournalIsTakenAlongSealedAndErasedWithItsKeys(t *testing.T) {
	k := newKnocker(t)
	me := k.actors[access.Client].Person
	w := newWriter(k.as(access.Client))
	w.keyring(0)
	id, sealed := db.RandomID(), w.seal("a room by the sea")
	if got := w.put(id, 1, sealed, 100); got.status != http.StatusOK {
		t.Fatal(got.status, got.body)
	}
	waits := db.RandomID()
	if got := w.leave("/space/capture", waits, sealed, 4000); got.status != http.StatusOK {
		t.Fatal(got.status, got.body)
	}
	got := w.post("/space/leaving/take")
	z, err := zip.NewReader(strings.NewReader(got.body), int64(len(got.body)))
	if err != nil {
		t.Fatal(got.status, err)
	}
	names := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if names[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(names["journal/"+id.String()+".age"], sealed) || !bytes.Equal(names["journal/left/"+waits.String()+".age"], sealed) || len(names["journal/keyring.age"]) == 0 || len(names["journal/recovery.age"]) == 0 {
		t.Errorf("the journal is not whole in %v", slices.Sorted(maps.Keys(names)))
	}
	if !strings.Contains(string(names["everything.html"]), "Your sealed journal") {
		t.Error("the page to read does not say where the journal is")
	}
	k.freeOf(me)
	if got := w.post("/space/leaving/erase", "sure", "yes"); got.status != http.StatusOK {
		t.Fatalf("erased: %d %s", got.status, words(got.body))
	}
	for _, table := range []string{"space_journals", "space_files", "space_parts", "space_shares", "space_deposits", "space_deposit_parts"} {
		n, err := db.One(t.Context(), k.h.db.Reader(), db.Value[int], "SELECT COUNT(*) FROM "+table+" WHERE person_id = $1", me)
		if err != nil || n != 0 {
			t.Errorf("%d rows are left in %s, %v", n, table, err)
		}
	}
}
