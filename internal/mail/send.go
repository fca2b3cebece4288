package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	dialTimeout = 15 * time.Second
	quitTimeout = 2 * time.Second
)

// Send has one conversation over one connection. The context and the sender's
// timeout bound all of it, connecting included.
func (s *sender) Send(ctx context.Context, m *Message) error {
	msg, err := s.compose(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	line, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return &Error{Stage: Connect, cause: contextCause(ctx, ErrConnection)}
	}
	// go-mail looks at the context only while dialling. Closing the line under
	// it ends whatever it waits for; and go-mail leaves the line open after
	// some failures, so it is closed here in every case.
	defer func() { _ = line.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	return s.talk(ctx, line, msg)
}

func (s *sender) talk(ctx context.Context, line net.Conn, msg *gomail.Msg) error {
	client, err := s.client(ctx, line)
	if err != nil {
		return &Error{Stage: Connect, cause: ErrConnection}
	}
	smtpClient, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return greetingError(ctx, err)
	}
	if err := utf8Offered(smtpClient, msg); err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(smtpClient, msg); err != nil && !msg.IsDelivered() {
		return sendError(ctx, err)
	}
	// The server has the message. A farewell that fails changes nothing.
	_ = line.SetDeadline(time.Now().Add(quitTimeout))
	_ = smtpClient.Quit()
	return nil
}

// client is made per message: go-mail changes its login choice on use.
func (s *sender) client(ctx context.Context, line net.Conn) (*gomail.Client, error) {
	port, err := strconv.Atoi(s.port)
	if err != nil {
		return nil, err
	}
	opts := []gomail.Option{
		gomail.WithPort(port), gomail.WithHELO(s.helo), gomail.WithTLSConfig(s.tls),
		// Longer than the context: the context is what ends a conversation.
		gomail.WithTimeout(s.timeout + time.Minute),
		gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) {
			if s.policy != tlsImplicit {
				return line, nil
			}
			sealed := tls.Client(line, s.tls)
			return sealed, sealed.HandshakeContext(ctx)
		}),
	}
	switch s.policy {
	case tlsRequire:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case tlsOpportunistic:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case tlsNone:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	case tlsImplicit:
		opts = append(opts, gomail.WithSSL())
	}
	if s.user != "" {
		opts = append(opts, gomail.WithUsername(s.user), gomail.WithPassword(s.password),
			gomail.WithOpportunisticSMTPAuth(s.logins()...))
	}
	return gomail.NewClient(s.host, opts...)
}

// logins are tried in this order. Only to this machine may a password go
// unencrypted; parse refuses every other setting that could.
func (s *sender) logins() []gomail.SMTPAuthType {
	if s.loopback() {
		return []gomail.SMTPAuthType{gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc, gomail.SMTPAuthSCRAMSHA256}
	}
	return []gomail.SMTPAuthType{gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthSCRAMSHA256}
}

// utf8Offered asks for SMTPUTF8 only when an address needs it: some servers
// that offer it cannot pass such a message on.
func utf8Offered(c *smtp.Client, msg *gomail.Msg) error {
	to, err := msg.GetRecipients()
	if err != nil {
		return refused(ErrAddress)
	}
	from, err := msg.GetSender(false)
	if err != nil {
		return refused(ErrAddress)
	}
	if ascii(from) && ascii(strings.Join(to, "")) {
		c.SkipSMTPUTF8(true)
		return nil
	}
	if offered, _ := c.Extension("SMTPUTF8"); !offered {
		return refused(ErrAddress)
	}
	return nil
}

// greetingError names what went wrong before the first message command.
func greetingError(ctx context.Context, err error) error {
	e := &Error{Stage: Connect, cause: contextCause(ctx, ErrConnection)}
	if ctx.Err() != nil {
		return e
	}
	var reply *textproto.Error
	var certificate *tls.CertificateVerificationError
	var host x509.HostnameError
	switch {
	case errors.As(err, &certificate), errors.As(err, &host):
		e.cause = ErrCertificate
	case strings.HasPrefix(err.Error(), "STARTTLS mode set to"):
		// go-mail has no type for this one; a test holds its wording.
		e.cause = ErrNoTLS
	case aboutAuth(err):
		e.Stage = Login
		if !lost(err) {
			e.cause = ErrLogin
		}
	}
	if errors.As(err, &reply) {
		e.Code = reply.Code
	}
	return e
}

// aboutAuth knows go-mail's three ways of saying that the login failed.
func aboutAuth(err error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "SMTP AUTH failed") ||
		strings.HasPrefix(text, "server does not support SMTP AUTH") ||
		errors.Is(err, gomail.ErrNoSupportedAuthDiscovered)
}

// lost reports whether the line broke, whatever was being said on it.
func lost(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

var enhancedCode = regexp.MustCompile(`^[45]\.\d{1,3}\.\d{1,3}$`)

// sendError keeps the stage and the codes of go-mail's error and drops its
// text, which holds the recipient, the message id and the server's words.
func sendError(ctx context.Context, err error) error {
	e := &Error{Stage: Data}
	var failed *gomail.SendError
	if errors.As(err, &failed) {
		e.Stage, e.Code = stageOf(failed.Reason), failed.ErrorCode()
		if status := failed.EnhancedStatusCode(); enhancedCode.MatchString(status) {
			e.Enhanced = status
		}
	}
	if e.Code == 0 {
		e.cause = contextCause(ctx, ErrConnection)
	}
	return e
}

func stageOf(reason gomail.SendErrReason) Stage {
	switch reason {
	case gomail.ErrConnCheck:
		return Connect
	case gomail.ErrGetSender, gomail.ErrSMTPMailFrom:
		return From
	case gomail.ErrGetRcpts, gomail.ErrSMTPRcptTo:
		return Recipient
	case gomail.ErrSMTPDataClose:
		return Accept
	}
	return Data
}
