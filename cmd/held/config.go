package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"golang.org/x/crypto/acme"

	"held/internal/mail"
	"held/internal/web"
	"held/practice/identity"
)

// config is everything that is set from outside.
type config struct {
	pushReceiver string // the demo's: the certificate of a receiver on this machine

	Listen        string `toml:"listen"`
	URL           string `toml:"url"`
	Data          string `toml:"data"`
	Database      string `toml:"database"`
	KeyFile       string `toml:"key_file"`
	SMTP          string `toml:"smtp"`
	MetricsListen string `toml:"metrics_listen"`
	TLSCert       string `toml:"tls_cert"`
	TLSKey        string `toml:"tls_key"`
	ACME          string `toml:"acme"`
	ACMEFolder    string `toml:"acme_folder"`
	HTTPListen    string `toml:"http_listen"`
	Proxies       string `toml:"proxies"`
	Contact       string `toml:"security_contact"`
	OIDCIssuer    string `toml:"oidc_issuer"`
	OIDCClient    string `toml:"oidc_client_id"`
	OIDCSecret    string `toml:"oidc_client_secret"`

	BackupTo         string `toml:"backup_to"`
	BackupRecipients string `toml:"backup_recipients"`
	BackupEvery      string `toml:"backup_every"`
	BackupKeep       string `toml:"backup_keep"`
	BackupIdentity   string `toml:"backup_identity"`

	proxies []netip.Prefix // Proxies, read
	bare    exposure       // what the doctor has to say of how they were set
}

// setting ties one value to its flag and its environment name. What may hold a
// password can also be read from a file, which HELD_…_FILE names.
type setting struct {
	flag, env, about string
	value            *string
	secret           bool
}

func (c *config) settings() []setting {
	return []setting{
		{"listen", "HELD_LISTEN", "address to answer on", &c.Listen, false},
		{"url", "HELD_URL", "public address of the site; empty: http:// and the listening address", &c.URL, false},
		{"data", "HELD_DATA", "data folder", &c.Data, false},
		{"database", "HELD_DATABASE", "postgres://… ; empty: SQLite in the data folder", &c.Database, true},
		{"key-file", "HELD_KEY_FILE", "the practice's key, kept outside the data folder", &c.KeyFile, false},
		{"smtp", "HELD_SMTP", "mail server, smtp://user:password@host:port", &c.SMTP, true},
		{"metrics-listen", "HELD_METRICS_LISTEN", "address for /metrics; empty: none", &c.MetricsListen, false},
		{"tls-cert", "HELD_TLS_CERT", "certificate with its chain (PEM), to answer by https; read again when it changes", &c.TLSCert, false},
		{"tls-key", "HELD_TLS_KEY", "the key of that certificate (PEM)", &c.TLSKey, false},
		{"acme", "HELD_ACME", "letsencrypt, or the address of another ACME directory, to be given a certificate", &c.ACME, false},
		{"acme-folder", "HELD_ACME_FOLDER", "where the certificate from there is kept, outside the data folder", &c.ACMEFolder, false},
		{"http-listen", "HELD_HTTP_LISTEN", "address for plain http, which leads to the public address; empty: none", &c.HTTPListen, false},
		{"proxies", "HELD_PROXIES", "addresses or networks of proxies in front, beside this machine, divided by commas", &c.Proxies, false},
		{"security-contact", "HELD_SECURITY_CONTACT", "mailto:… or https://… for /.well-known/security.txt; empty: none", &c.Contact, false},
		{"backup-to", "HELD_BACKUP_TO", "where backups go: a folder, or s3://key:secret@host/bucket/prefix; empty: none are made", &c.BackupTo, true},
		{"backup-recipients", "HELD_BACKUP_RECIPIENTS", "for whom backups are encrypted: age recipients, age1…, with spaces between", &c.BackupRecipients, false},
		{"backup-every", "HELD_BACKUP_EVERY", "how often “held serve” makes one; 24h unless set", &c.BackupEvery, false},
		{"backup-keep", "HELD_BACKUP_KEEP", "how many are kept; “daily 7, weekly 5, monthly 12” unless set", &c.BackupKeep, false},
		{"backup-identity", "HELD_BACKUP_IDENTITY", "file with an age identity of a recipient, for drills; empty: drills are run by hand", &c.BackupIdentity, false},
		{"oidc-issuer", "HELD_OIDC_ISSUER", "the practice's identity provider (OpenID Connect), its issuer; empty: none", &c.OIDCIssuer, false},
		{"oidc-client-id", "HELD_OIDC_CLIENT_ID", "what this program is called there", &c.OIDCClient, false},
		{"oidc-client-secret", "HELD_OIDC_CLIENT_SECRET", "its secret there", &c.OIDCSecret, true},
	}
}

func defaults() config {
	return config{Listen: "127.0.0.1:8080", Data: "./held-data", KeyFile: "./held.key", ACMEFolder: "./held-certificates", BackupEvery: "24h", BackupKeep: "daily 7, weekly 5, monthly 12"}
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
		own, shared := split(fs)
		own.SetOutput(e.out)
		own.PrintDefaults()
		if shared != nil {
			fmt.Fprint(e.out, "\nSettings of the program:\n")
			shared.SetOutput(e.out)
			shared.PrintDefaults()
		}
	}
	return fs
}

// split tells a command's own flags from the settings, which most commands take.
func split(fs *flag.FlagSet) (own, shared *flag.FlagSet) {
	settings := map[string]bool{}
	for _, s := range new(config).settings() {
		settings[s.flag] = true
	}
	own = flag.NewFlagSet("", flag.ContinueOnError)
	fs.VisitAll(func(f *flag.Flag) {
		if !settings[f.Name] {
			own.Var(f.Value, f.Name, f.Usage)
			return
		}
		if shared == nil {
			shared = flag.NewFlagSet("", flag.ContinueOnError)
		}
		shared.Var(f.Value, f.Name, f.Usage)
	})
	return own, shared
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
		return misuse{wants(fs.Name()) + ". --help shows what there is"}
	}
	return nil
}

// wants says what a command takes beside its flags.
func wants(name string) string {
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	switch {
	case i < 0 || commands[i].args == "":
		return "takes nothing after the flags"
	case strings.HasPrefix(commands[i].args, "["):
		return "takes one word (" + strings.Trim(commands[i].args, "[]") + ") at most, before the flags"
	}
	return "takes one word (" + commands[i].args + "), after the flags"
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
	c.bare.root = e.root
	wrong := append(c.readEnvironment(e), mistyped(e.names, set)...)
	fs.Visit(func(f *flag.Flag) {
		for _, s := range set {
			if s.flag == f.Name {
				*s.value = *given[s.flag]
				if s.secret && (s.value == &c.OIDCSecret || hasPassword(*s.value)) {
					c.bare.flags = append(c.bare.flags, "--"+s.flag)
				}
			}
		}
	})
	but(&c)
	return c, c.check(wrong)
}

// readEnvironment takes settings from the environment, and secrets from the
// files that it names.
func (c *config) readEnvironment(e *env) (wrong []string) {
	for _, s := range c.settings() {
		v := e.getenv(s.env)
		if file := e.getenv(s.env + "_FILE"); s.secret && file != "" {
			b, err := os.ReadFile(file)
			switch {
			case v != "":
				wrong = append(wrong, s.env+"_FILE: is set beside "+s.env+"; one of them is enough")
			case err != nil:
				wrong = append(wrong, s.env+"_FILE: cannot be read ("+err.Error()+")")
			}
			v = strings.TrimSpace(string(b))
			c.bare.files = append(c.bare.files, file)
		}
		if v != "" {
			*s.value = v
		}
	}
	return wrong
}

// hasPassword tells whether an address carries one.
func hasPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return strings.Contains(address, "@")
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password")
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
	if hasPassword(c.Database) || hasPassword(c.SMTP) || c.OIDCSecret != "" {
		c.bare.files = append(c.bare.files, path)
	}
	return nil
}

// check says every mistake at once, one sentence each.
func (c *config) check(wrong []string) error {
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
	c.checkTLS(bad)
	c.checkProvider(bad)
	var ok bool
	if c.proxies, ok = web.ParseProxies(c.Proxies); !ok {
		bad("HELD_PROXIES", "holds something that is no address or network; it looks like 10.0.0.2, 172.18.0.0/16")
	}
	if kind, rest, _ := strings.Cut(c.Contact, ":"); c.Contact != "" &&
		(rest == "" || kind != "mailto" && kind != "https" && kind != "tel" || strings.ContainsAny(c.Contact, " \r\n")) {
		bad("HELD_SECURITY_CONTACT", "is no contact; it looks like mailto:security@practice.example or https://practice.example/contact")
	}
	c.checkBackup(bad)
	if len(wrong) > 0 {
		return errors.New("the settings need another look:\n  " + strings.Join(wrong, "\n  "))
	}
	return nil
}

// checkProvider: the whole of an identity provider, or none.
func (c *config) checkProvider(bad func(env, sentence string)) {
	var missing []string
	for _, s := range []struct{ env, value string }{
		{"HELD_OIDC_ISSUER", c.OIDCIssuer}, {"HELD_OIDC_CLIENT_ID", c.OIDCClient}, {"HELD_OIDC_CLIENT_SECRET", c.OIDCSecret},
	} {
		if s.value == "" {
			missing = append(missing, s.env)
		}
	}
	if n := len(missing); n == 1 || n == 2 {
		bad(missing[0], "is missing; HELD_OIDC_ISSUER, HELD_OIDC_CLIENT_ID and HELD_OIDC_CLIENT_SECRET belong together")
	}
	if c.OIDCIssuer != "" && !identity.GoodIssuer(c.OIDCIssuer) {
		bad("HELD_OIDC_ISSUER", "is no issuer; it begins with https:// and stands exactly as the provider names itself")
	}
}

// checkTLS: one way to a certificate, or none, and what each of them needs.
func (c *config) checkTLS(bad func(env, sentence string)) {
	u, err := url.Parse(c.URL)
	https := err == nil && u.Scheme == "https"
	if (c.TLSCert == "") != (c.TLSKey == "") {
		bad("HELD_TLS_CERT", "and HELD_TLS_KEY belong together; one of them is missing")
	}
	if c.TLSCert != "" && !https {
		bad("HELD_TLS_CERT", "needs HELD_URL with https://, the address that the certificate is for")
	}
	if c.HTTPListen != "" {
		if _, _, err := net.SplitHostPort(c.HTTPListen); err != nil {
			bad("HELD_HTTP_LISTEN", "is no address; it looks like :80")
		} else if !https {
			bad("HELD_HTTP_LISTEN", "needs HELD_URL with https://, the address to lead to")
		}
	}
	if c.ACME == "" {
		return
	}
	if c.TLSCert != "" {
		bad("HELD_ACME", "is set beside HELD_TLS_CERT; one certificate is enough")
	}
	if !https || !strings.Contains(u.Hostname(), ".") || net.ParseIP(u.Hostname()) != nil {
		bad("HELD_ACME", "needs HELD_URL with https:// and a full host name, which the certificate will be for")
	}
	if d, err := url.Parse(c.directory()); err != nil || d.Scheme != "https" || d.Host == "" {
		bad("HELD_ACME", "is letsencrypt or an address that begins with https://")
	}
	if c.ACMEFolder == "" || within(c.Data, c.ACMEFolder) {
		bad("HELD_ACME_FOLDER", "must name a folder outside the data folder, so that no copy of the data carries the key of the site")
	}
}

// directory is the address of the ACME directory.
func (c *config) directory() string {
	if c.ACME == "letsencrypt" {
		return acme.LetsEncryptURL
	}
	return c.ACME
}

// names are the host names to answer to: the public one, or this machine's
// where nobody else can reach it; otherwise any.
func (c *config) names() []string {
	if u, err := url.Parse(c.URL); err == nil && u.Hostname() != "" {
		return []string{strings.ToLower(u.Hostname())}
	}
	if !public(c.Listen) {
		return []string{"localhost"}
	}
	return nil
}

// public tells whether a listening address can be reached from elsewhere.
func public(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	return err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback())
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

// databaseHost is where PostgreSQL is; a folder, or nothing, is this machine.
func (c *config) databaseHost() string {
	u, err := url.Parse(c.Database)
	if err != nil {
		return ""
	}
	if host := u.Query().Get("host"); host != "" {
		return host
	}
	return u.Hostname()
}
