package mailbox

import (
	"io"
	"log"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

func (b *Box) newServer() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{box: b, conn: c}, nil
	}))
	s.Domain = "localhost"
	s.MaxRecipients = 20
	s.MaxMessageBytes = 32 << 20
	s.ReadTimeout = time.Minute
	s.WriteTimeout = time.Minute
	s.EnableSMTPUTF8 = true
	// Nothing leaves this machine, so a login may come as it is.
	s.AllowInsecureAuth = true
	if !b.opts.Implicit {
		s.TLSConfig = b.opts.TLS
	}
	// It would print what clients say, letters included.
	s.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// session is one conversation.
type session struct {
	box    *Box
	conn   *smtp.Conn
	from   string
	to     []string
	logged bool
}

func (s *session) AuthMechanisms() []string {
	if s.box.opts.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.box.opts.User || password != s.box.opts.Password {
			return smtp.ErrAuthFailed
		}
		s.logged = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.box.opts.User != "" && !s.logged {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Log in first"}
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if code := s.box.nextFailure(); code != 0 {
		// The address is repeated as real servers do, so that tests notice a
		// sender that lets it into a log.
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "No: <" + to + ">"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := parse(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "Not a message"}
	}
	m.To = strings.Join(s.to, ", ")
	m.ReceivedAt = s.box.opts.Now()
	drop := s.box.nextDrop()
	s.box.deliver(m)
	if drop {
		_ = s.conn.Conn().Close()
	}
	return nil
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }
