package mail_test

import (
	"strings"
	"testing"

	"held/internal/mail"
)

func TestSettingsThatCannotWorkAreRefusedWithoutRepeatingThem(t *testing.T) {
	for _, setting := range []string{
		"", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://user:hunter2@", "smtp://u:hunter2@h:0", "smtp://u:hunter2@h:99999",
		"smtp://u:hunter2@h:x", "smtp://u:hunter2@h/path", "smtp://u:hunter2@h?tls=maybe", "smtp://u:hunter2@h?tls=", "smtp://u:hunter2@h?verify=no",
		"smtp://u:hunter2@h?tls=none", "smtp://u:hunter2@h?tls=opportunistic", "smtp://u:hunter2@h?tls=require&tls=none",
		"smtps://u:hunter2@h?tls=none", "smtp://u:hunter2@h?from=nobody", "smtp://u:hunter2@h?from=a@b%0d%0aX:1", "smtp://u:hunter2%zz@h",
		"smtp://u:hunter2 x@h", "mailto:u:hunter2@h",
	} {
		_, err := mail.Open(setting)
		if err == nil {
			t.Errorf("%q was taken", setting)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the refusal tells the password: %v", err)
		}
	}
}

func TestTheSendersAddressComesFromTheSetting(t *testing.T) {
	for setting, want := range map[string]string{
		"smtp://h.example": "held@h.example",
		"smtp://desk%40held.example:x@h.example:2525":       "desk@held.example",
		"smtps://user:x@h.example?from=hello@held.example":  "hello@held.example",
		"smtp://127.0.0.1:2525":                             "held@localhost",
		"smtp://[::1]:2525?tls=none":                        "held@localhost",
		"smtp://u:p@localhost?tls=opportunistic&from=a@b.c": "a@b.c",
		"smtp://h.example?tls=none":                         "held@h.example",
	} {
		if got, err := mail.DefaultFrom(setting); err != nil || got != want {
			t.Errorf("%s: %q, %v", setting, got, err)
		}
	}
}
