package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"

	"held/internal/mail"
)

// config is everything that is set from outside.
type config struct {
	Listen        string `toml:"listen"`
	URL           string `toml:"url"`
	Data          string `toml:"data"`
	Database      string `toml:"database"`
	KeyFile       string `toml:"key_file"`
	SMTP          string `toml:"smtp"`
	MetricsListen string `toml:"metrics_listen"`

	BackupTo         string `toml:"backup_to"`
	BackupRecipients string `toml:"backup_recipients"`
	BackupEvery      string `toml:"backup_every"`
	BackupKeep       string `toml:"backup_keep"`
	BackupIdentity   string `toml:"backup_identity"`
}

// setting ties one value to its flag and its environment name.
type setting struct {
	flag, env, about string
	value            *string
}

func (c *config) settings() []setting {
	return []setting{
		{"listen", "HELD_LISTEN", "address to answer on", &c.Listen},
		{"url", "HELD_URL", "public address of the site; empty: http:// and the listening address", &c.URL},
		{"data", "HELD_DATA", "data folder", &c.Data},
		{"database", "HELD_DATABASE", "postgres://… ; empty: SQLite in the data folder", &c.Database},
		{"key-file", "HELD_KEY_FILE", "the practice's key, kept outside the data folder", &c.KeyFile},
		{"smtp", "HELD_SMTP", "mail server, smtp://user:password@host:port", &c.SMTP},
		{"metrics-listen", "HELD_METRICS_LISTEN", "address for /metrics; empty: none", &c.MetricsListen},
		{"backup-to", "HELD_BACKUP_TO", "where backups go: a folder, or s3://key:secret@host/bucket/prefix; empty: none are made", &c.BackupTo},
		{"backup-recipients", "HELD_BACKUP_RECIPIENTS", "for whom backups are encrypted: age recipients, age1…, with spaces between", &c.BackupRecipients},
		{"backup-every", "HELD_BACKUP_EVERY", "how often `held serve` makes one; 24h unless set", &c.BackupEvery},
		{"backup-keep", "HELD_BACKUP_KEEP", "how many are kept; “daily 7, weekly 5, monthly 12” unless set", &c.BackupKeep},
		{"backup-identity", "HELD_BACKUP_IDENTITY", "file with an age identity of a recipient, for drills; empty: drills are run by hand", &c.BackupIdentity},
	}
}

func defaults() config {
	return config{Listen: "127.0.0.1:8080", Data: "./held-data", KeyFile: "./held.key", BackupEvery: "24h", BackupKeep: "daily 7, weekly 5, monthly 12"}
}

// flags makes a flag set that speaks in plain sentences.
func flags(e *env, name, args string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {
		about := ""
		for _, c := range commands {
			if c.name == name {
				about = c.about
			}
		}
		fmt.Fprintf(e.out, "held %s: %s\n\n", strings.TrimSpace(name+" "+args), about)
		fs.SetOutput(e.out)
		fs.PrintDefaults()
	}
	return fs
}

// parse reads the flags and wants exactly n words after them.
func parse(fs *flag.FlagSet, args []string, n int) error {
	help := fs.Usage
	fs.Usage = func() {} // a mistake is answered with one sentence
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help()
		return err
	case err != nil:
		return misuse{err.Error() + ". --help shows what there is"}
	case fs.NArg() != n:
		return misuse{fmt.Sprintf("takes %d words after the flags, not %d. --help shows what there is", n, fs.NArg())}
	}
	return nil
}

// readConfig reads held.toml (or HELD_CONFIG), then the environment, then
// flags, each over the last, and checks the whole.
func readConfig(e *env, fs *flag.FlagSet, args []string, words int) (config, error) {
	return readConfigBut(e, fs, args, words, func(*config) {})
}

// readConfigBut lets a command's own flags change the settings before they are checked.
func readConfigBut(e *env, fs *flag.FlagSet, args []string, words int, but func(*config)) (config, error) {
	c := defaults()
	set := c.settings()
	given := map[string]*string{}
	for _, s := range set {
		given[s.flag] = fs.String(s.flag, "", s.about+" ("+s.env+")")
	}
	if err := parse(fs, args, words); err != nil {
		return c, err
	}
	if err := c.readFile(e); err != nil {
		return c, err
	}
	for _, s := range set {
		if v := e.getenv(s.env); v != "" {
			*s.value = v
		}
	}
	fs.Visit(func(f *flag.Flag) {
		for _, s := range set {
			if s.flag == f.Name {
				*s.value = *given[s.flag]
			}
		}
	})
	but(&c)
	return c, c.check()
}

func (c *config) readFile(e *env) error {
	path := e.getenv("HELD_CONFIG")
	if path == "" {
		path = "held.toml"
		if _, err := os.Stat(path); err != nil {
			return nil // the file is optional
		}
	}
	meta, err := toml.DecodeFile(path, c)
	if err != nil {
		return fmt.Errorf("the settings file %s could not be read: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fmt.Errorf("the settings file %s has a setting nobody knows: %s", path, unknown[0])
	}
	return nil
}

// check says every mistake at once, one sentence each.
func (c *config) check() error {
	var wrong []string
	bad := func(env, sentence string) { wrong = append(wrong, env+": "+sentence) }
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		bad("HELD_LISTEN", "is no address; it looks like 127.0.0.1:8080")
	}
	if c.URL != "" {
		u, err := url.Parse(c.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			bad("HELD_URL", "is no public address; it looks like https://practice.example, without a path")
		}
	}
	c.URL = strings.TrimRight(c.URL, "/")
	if c.Data == "" {
		bad("HELD_DATA", "names no folder")
	}
	if c.Database != "" && !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		bad("HELD_DATABASE", "must begin with postgres:// or be empty")
	}
	if c.KeyFile == "" {
		bad("HELD_KEY_FILE", "names no file")
	} else if within(c.Data, c.KeyFile) {
		bad("HELD_KEY_FILE", "lies inside the data folder; whoever copies the folder would have the key too. Keep it elsewhere")
	}
	if c.SMTP != "" {
		if _, err := mail.Open(c.SMTP); err != nil {
			bad("HELD_SMTP", err.Error())
		}
	}
	if c.MetricsListen != "" {
		if _, _, err := net.SplitHostPort(c.MetricsListen); err != nil {
			bad("HELD_METRICS_LISTEN", "is no address; it looks like 127.0.0.1:9090")
		}
	}
	c.checkBackup(bad)
	if len(wrong) > 0 {
		return errors.New("the settings need another look:\n  " + strings.Join(wrong, "\n  "))
	}
	return nil
}

func within(folder, file string) bool {
	d, err1 := plainPath(folder)
	f, err2 := plainPath(file)
	if err1 != nil || err2 != nil {
		return false
	}
	rel, err := filepath.Rel(d, f)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// plainPath is a path without links, as far as it exists already.
func plainPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for there, rest := path, ""; ; there, rest = filepath.Dir(there), filepath.Join(filepath.Base(there), rest) {
		if found, err := filepath.EvalSymlinks(there); err == nil {
			return filepath.Join(found, rest), nil
		}
		if there == filepath.Dir(there) {
			return path, nil
		}
	}
}

// base is the public address: what was set, or where the listener is.
func (c *config) base(addr string) string {
	if c.URL != "" {
		return c.URL
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func (c *config) databasePath() string { return filepath.Join(c.Data, "held.db") }
