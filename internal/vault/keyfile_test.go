package vault_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"held/internal/vault"
)

func keeper(t *testing.T) vault.Keeper {
	t.Helper()
	return read(t, made(t))
}

func made(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys", "held.key")
	if err := vault.NewKeyFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) vault.Keeper {
	t.Helper()
	k, err := vault.ReadKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAKeyFileIsPrivateAndNeverReplaced(t *testing.T) {
	path := made(t)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if dir, err := os.Stat(filepath.Dir(path)); err != nil || dir.Mode().Perm() != 0o700 {
		t.Errorf("its folder: %v, %v", dir, err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := vault.NewKeyFile(path); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("%v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the key was replaced")
	}
	if other, _ := os.ReadFile(made(t)); bytes.Equal(before, other) {
		t.Error("two practices have one key")
	}
}

// TestTwoKeysInAFile: to rotate, a new key is written above the old one.
func TestTwoKeysInAFile(t *testing.T) {
	old, fresh := made(t), made(t)
	place := []byte("held class key")
	underOld, err := read(t, old).Wrap(t.Context(), []byte("a"), place)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(fresh)
	b, _ := os.ReadFile(old)
	both := filepath.Join(t.TempDir(), "both")
	if err := os.WriteFile(both, append(append(a, "\r\n\n"...), b...), 0o600); err != nil {
		t.Fatal(err)
	}
	k := read(t, both)
	underNew, err := k.Wrap(t.Context(), []byte("b"), place)
	if err != nil {
		t.Fatal(err)
	}
	for want, wrapped := range map[string][]byte{"a": underOld, "b": underNew} {
		if got, err := k.Unwrap(t.Context(), wrapped, place); string(got) != want || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := k.Unwrap(t.Context(), wrapped, []byte("elsewhere")); err == nil {
			t.Error("opened in another place")
		}
	}
	if got, err := read(t, fresh).Unwrap(t.Context(), underNew, place); string(got) != "b" || err != nil {
		t.Errorf("the first key did not wrap: %q, %v", got, err)
	}
	if _, err := read(t, fresh).Unwrap(t.Context(), underOld, place); err == nil || !strings.Contains(err.Error(), "does not belong") {
		t.Errorf("%v", err)
	}
}

func TestAKeyFileThatIsNone(t *testing.T) {
	good, err := os.ReadFile(made(t))
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{
		"empty": "", "only notes": "# a note\n", "short": "held-key-1:AAAA\n", "no prefix": strings.ReplaceAll(string(good), "held-key-1:", ""),
		"another kind": strings.ReplaceAll(string(good), "held-key-1:", "held-key-2:"), "and a torn line": string(good) + "held-key-1:%%%\n",
		"and an endless line": string(good) + "# " + strings.Repeat("x", 1<<17) + "\n",
	} {
		path := filepath.Join(t.TempDir(), "held.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.ReadKeyFile(path); err == nil || strings.Contains(err.Error(), "AAAA") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := vault.ReadKeyFile(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "held init") {
		t.Errorf("%v", err)
	}
}
