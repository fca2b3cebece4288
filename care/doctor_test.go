package care

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/web"
	"held/internal/work"
)

func TestTheDoctorKnowsAPublicAddress(t *testing.T) {
	for base, public := range map[string]bool{
		"https://practice.example": true, "http://practice.example:8080": true, "http://192.168.1.4": true,
		"http://localhost:8080": false, "http://held.localhost": false, "http://127.0.0.1:8080": false, "http://[::1]:8080": false,
	} {
		d := &Doctor{Base: base}
		if d.public() != public {
			t.Errorf("%s is public: %v", base, d.public())
		}
		_, _, sentence := d.address()
		if strings.HasPrefix(base, "http://") && public != strings.Contains(sentence, "anybody on the way can read") {
			t.Errorf("%s: %s", base, sentence)
		}
	}
}

func TestTheDoctorLooksIntoTheDataFolder(t *testing.T) {
	d := &Doctor{Data: filepath.Join(t.TempDir(), "data")}
	if _, _, _, there := d.folder(); there {
		t.Error("it tells of a folder that is not there")
	}
	for mode, fine := range map[os.FileMode]bool{0o700: true, 0o750: false, 0o755: false} {
		if err := os.MkdirAll(d.Data, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(d.Data, mode); err != nil {
			t.Fatal(err)
		}
		if got, _, sentence, there := d.folder(); got != fine || !there {
			t.Errorf("mode %v: %s", mode, sentence)
		}
	}
}

func TestTheDoctorLooksAtPostgreSQL(t *testing.T) {
	testkit.Each(t, func(t *testing.T, base *db.DB) {
		said := func(host string) (out map[string]bool) {
			out = map[string]bool{}
			d := &Doctor{DB: base, DatabaseHost: host}
			if err := d.server(t.Context(), func(fine bool, about, _ string) { out[about] = fine }); err != nil {
				t.Fatal(err)
			}
			return out
		}
		if base.Engine() == db.SQLite {
			if len(said("")) > 0 {
				t.Error("the embedded database has no server to look at")
			}
			return
		}
		if got := said("127.0.0.1"); !got["Way to the database"] || !got["Locale of the database"] {
			t.Errorf("on this machine, locale C: %v", got)
		}
		if got := said("db.practice.example"); got["Way to the database"] {
			t.Errorf("in the clear to another host: %v", got)
		}
	})
}

func TestTheDoctorSaysThatCallersCannotBeToldApart(t *testing.T) {
	d := &Doctor{Base: "https://practice.example"}
	w := d.Watch(&web.Callers{})
	if err := w.Do(t.Context()); err != nil {
		t.Error("before anybody came:", err)
	}
	if fine, _, sentence := d.callers(work.Run{Worker: w.Name, Fault: "failed"}); fine || !strings.Contains(sentence, "X-Forwarded-For") {
		t.Error(sentence)
	}
	d.Base = "http://localhost:8080"
	if fine, _, sentence := d.callers(work.Run{Worker: w.Name, Fault: "failed"}); !fine {
		t.Error(sentence)
	}
}
