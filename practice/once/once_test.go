package once_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/ui"
	"held/practice/access"
	"held/practice/once"
)

// sending is what a browser sends of a page, by somebody.
func sending(t *testing.T, practice, who db.ID, path string, pairs ...string) context.Context {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	ctx, _, err := once.Read(r.WithContext(access.With(t.Context(), access.Actor{Practice: practice, Person: who})))
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func TestAFormIsDoneOnceHoweverOftenItIsSent(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		practice, mara, otto := db.NewID(), db.NewID(), db.NewID()
		now, done := testkit.Now, 0
		do := func(ctx context.Context, fails error) (db.ID, error) {
			made := db.NewID()
			return once.Done(made, d.Write(ctx, func(tx *db.Tx) error {
				if err := once.Claim(ctx, tx, now, made); err != nil {
					return err
				}
				if fails == nil {
					done++
				}
				return fails
			}))
		}
		page := []string{ui.OnceName, "of this page", "amount", "10"}
		refused := errors.New("refused")
		if _, err := do(sending(t, practice, mara, "/a", page...), refused); !errors.Is(err, refused) {
			t.Fatal(err)
		}
		first, err := do(sending(t, practice, mara, "/a", page...), nil)
		if err != nil || done != 1 {
			t.Fatalf("what was refused before cannot be sent again: %v, %d", err, done)
		}
		again, err := do(sending(t, practice, mara, "/a", page...), nil)
		if err != nil || done != 1 || again != first {
			t.Errorf("sent twice: done %d times, %v where the first came to %v: %v", done, again, first, err)
		}
		for name, ctx := range map[string]context.Context{
			"another figure":             sending(t, practice, mara, "/a", ui.OnceName, "of this page", "amount", "11"),
			"another page":               sending(t, practice, mara, "/a", ui.OnceName, "of another", "amount", "10"),
			"another address":            sending(t, practice, mara, "/b", page...),
			"another person":             sending(t, practice, otto, "/a", page...),
			"a form without such a text": sending(t, practice, mara, "/a", "amount", "10"),
		} {
			was := done
			if _, err := do(ctx, nil); err != nil || done != was+1 {
				t.Errorf("%s was taken for the same: %v", name, err)
			}
		}
		s := &once.Service{DB: d, Now: func() time.Time { return now.AddDate(0, 0, 60) }}
		if err := s.Sweep(sending(t, practice, mara, "/a")); err != nil {
			t.Fatal(err)
		}
		if n, err := db.One(t.Context(), d.Reader(), db.Value[int64], `SELECT COUNT(*) FROM once_forms WHERE practice_id = $1`, practice); err != nil || n != 0 {
			t.Errorf("%d are kept after two months: %v", n, err)
		}
	})
}
