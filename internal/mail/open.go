package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Sender hands one message to the mail server and returns when the server has
// taken responsibility for it. Safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, m *Message) error
}

// Option changes how a Sender works.
type Option func(*sender)

// WithClock sets where Date comes from when a message has none.
func WithClock(now func() time.Time) Option { return func(s *sender) { s.now = now } }

// WithTimeout bounds one whole conversation; a context may end it sooner.
func WithTimeout(d time.Duration) Option { return func(s *sender) { s.timeout = d } }

// WithTLS sets the certificates to trust; the server's name is filled in.
func WithTLS(c *tls.Config) Option { return func(s *sender) { s.tls = c.Clone() } }

type policy int

const (
	tlsRequire policy = iota
	tlsOpportunistic
	tlsNone
	tlsImplicit
)

type sender struct {
	host, port     string
	user, password string
	policy         policy
	from, helo     string
	now            func() time.Time
	timeout        time.Duration
	tls            *tls.Config
}

// Open reads the setting of the mail server and connects to nothing yet:
//
//	smtp://user:pass@host:port?tls=require|opportunistic|none&from=address
//	smtps://user:pass@host:port
//
// Without a port it is 587, or 465 for smtps. Encryption is required unless
// the host is this machine. A login is never sent unencrypted except to this
// machine, and a setting that would is refused here. The sender's address is
// from, else the user name when it is an address, else held@host.
func Open(smtpURL string, opts ...Option) (Sender, error) {
	s, err := parse(smtpURL)
	if err != nil {
		return nil, err
	}
	s.now, s.timeout = time.Now, time.Minute
	s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	for _, o := range opts {
		o(s)
	}
	if s.tls.ServerName == "" {
		s.tls.ServerName = s.host
	}
	return s, nil
}

// DefaultFrom is the address that messages without From carry, for those who
// name it elsewhere, such as the organizer of an invitation.
func DefaultFrom(smtpURL string) (string, error) {
	s, err := parse(smtpURL)
	if err != nil {
		return "", err
	}
	return s.from, nil
}

// None of these sentences repeats the setting: it may hold a password.
var (
	errURL     = errors.New("the mail server setting is not an address like smtp://user:password@host:port")
	errPort    = errors.New("the port in the mail server setting is not a number from 1 to 65535")
	errQuery   = errors.New("the mail server setting knows only tls=require, tls=opportunistic, tls=none and from=address after the question mark; tls is not for smtps")
	errFrom    = errors.New("the sender address in the mail server setting is not a mail address; add ?from=name@example.org")
	errInClear = errors.New("the mail server setting would send the password unencrypted; use tls=require or smtps://")
)

func parse(smtpURL string) (*sender, error) {
	u, err := url.Parse(smtpURL)
	if err != nil || u.Hostname() == "" || u.Opaque != "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return nil, errURL
	}
	s := &sender{host: u.Hostname(), port: u.Port(), user: u.User.Username()}
	s.password, _ = u.User.Password()
	if err := s.setPolicy(u); err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(s.port); err != nil || n < 1 || n > 65535 {
		return nil, errPort
	}
	if s.user != "" && !s.loopback() && (s.policy == tlsNone || s.policy == tlsOpportunistic) {
		return nil, errInClear
	}
	return s, s.setFrom(u.Query().Get("from"))
}

func (s *sender) setPolicy(u *url.URL) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errQuery
	}
	for key, values := range query {
		if (key != "tls" && key != "from") || len(values) != 1 {
			return errQuery
		}
	}
	port := "587"
	switch word := query.Get("tls"); {
	case u.Scheme == "smtps" && !query.Has("tls"):
		s.policy, port = tlsImplicit, "465"
	case u.Scheme == "smtps":
		return errQuery
	case u.Scheme != "smtp":
		return errURL
	case !query.Has("tls") && s.loopback():
		s.policy = tlsNone
	case word == "require", !query.Has("tls"):
		s.policy = tlsRequire
	case word == "opportunistic":
		s.policy = tlsOpportunistic
	case word == "none":
		s.policy = tlsNone
	default:
		return errQuery
	}
	if s.port == "" {
		s.port = port
	}
	return nil
}

func (s *sender) setFrom(given string) error {
	switch {
	case given != "":
		s.from = given
	case strings.Contains(s.user, "@"):
		s.from = s.user
	case net.ParseIP(s.host) != nil:
		s.from = "held@localhost"
	default:
		s.from = "held@" + s.host
	}
	from, err := Address(s.from)
	if err != nil {
		return errFrom
	}
	s.from = from
	// The greeting names the sender's domain, not this machine: the name of
	// somebody's laptop has no business in a client's mail headers.
	_, s.helo, _ = strings.Cut(from, "@")
	return nil
}

func (s *sender) loopback() bool {
	ip := net.ParseIP(s.host)
	return strings.EqualFold(s.host, "localhost") || (ip != nil && ip.IsLoopback())
}
