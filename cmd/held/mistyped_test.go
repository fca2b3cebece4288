package main

import (
	"slices"
	"testing"
)

func TestASettingThatIsAlmostOneIsNotPassedOver(t *testing.T) {
	all := new(config).settings()
	got := mistyped(namesOf([]string{
		"HELD_LISTEN=127.0.0.1:8080", "HELD_DATABASE_FILE=/run/secrets/db", "HELD_CONFIG=held.toml", // these are settings
		"HELD_PORT=tcp://10.0.0.1:80", "HELD_SERVICE_HOST=10.0.0.1", "HELD_TEST_POSTGRES=x", "HELD_PROGRAM=x", "PATH=/bin", // these are somebody else's
		"HELD_LISTE=1", "HELD_KEYFILE=k", "held_smtp=smtp://x", "HELD_BACKUP_RECIPIENT=age1", "HELD_DATABSE_FILE=x",
	}), all)
	want := []string{
		"HELD_BACKUP_RECIPIENT: is no setting of Held; HELD_BACKUP_RECIPIENTS is one",
		"HELD_DATABSE_FILE: is no setting of Held; HELD_DATABASE_FILE is one",
		"HELD_KEYFILE: is no setting of Held; HELD_KEY_FILE is one",
		"HELD_LISTE: is no setting of Held; HELD_LISTEN is one",
		"held_smtp: is no setting of Held; HELD_SMTP is one",
	}
	if !slices.Equal(got, want) {
		t.Errorf("said %q, want %q", got, want)
	}
	for _, s := range all { // a setting added later must not be taken for another's slip
		for _, name := range []string{s.env, s.env + "_FILE"} {
			if said := mistyped([]string{name}, all); len(said) > 0 && (name == s.env || s.secret) {
				t.Errorf("%s: %q", name, said)
			}
		}
	}
}
