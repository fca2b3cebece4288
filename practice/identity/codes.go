package identity

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math/big"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
)

// The app of a person: the one that counts, and one that is being set up.
const (
	appCounts  = "on"
	appPending = "pending"
)

// codeStep is how long a code of an app is shown; the one before and the one
// after are taken too, as clocks differ.
const codeStep = 30 * time.Second

var hotpOptions = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1} // what every app can do

// NewSecret makes what an app and the practice share.
func NewSecret() string {
	b := make([]byte, 20)
	rand.Read(b) // crypto/rand never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// CodeAt is what an app with this secret shows at an instant.
func CodeAt(secret string, at time.Time) (string, error) {
	return codeOf(secret, stepOf(at))
}

func stepOf(at time.Time) int64 { return at.Unix() / int64(codeStep/time.Second) }

func codeOf(secret string, step int64) (string, error) {
	return hotp.GenerateCodeCustom(secret, uint64(step), hotpOptions) // #nosec G115 -- steps count from 1970
}

// stepGiven finds which step's code was typed, among those that count now and
// come after the last one that was used; false when it is none of them.
func stepGiven(secret, typed string, last int64, now time.Time) (int64, bool, error) {
	found := int64(-1)
	for step := stepOf(now) - 1; step <= stepOf(now)+1; step++ {
		code, err := codeOf(secret, step)
		if err != nil {
			return 0, false, err
		}
		if hmac.Equal([]byte(code), []byte(typed)) && step > last {
			found = step
		}
	}
	return found, found >= 0, nil
}

// secretField: the secret lives and goes with how somebody is reached, as their
// sign-in does; erasing a legal name takes nobody's key away.
func (s *Service) secretField(ctx context.Context, person db.ID, state string) vault.Field {
	return vault.Field{Practice: access.From(ctx).Practice, Subject: person, Class: vault.Contact, Row: person, Column: "identity_apps.secret." + state}
}

// KeepApp makes a secret the one of a person's app, within a transaction.
func (s *Service) KeepApp(ctx context.Context, tx *db.Tx, person db.ID, secret string) error {
	return s.keepApp(ctx, tx, person, appCounts, secret, 0)
}

func (s *Service) keepApp(ctx context.Context, tx *db.Tx, person db.ID, state, secret string, last int64) error {
	sealed, err := s.Vault.Seal(ctx, tx, s.secretField(ctx, person, state), secret)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlKeepApp, access.From(ctx).Practice, person, state, sealed, last, db.Micros(s.now()))
	return err
}

// app reads a person's app; an empty secret when there is none.
func (s *Service) app(ctx context.Context, q db.Q, person db.ID, state string) (secret string, row appRow, err error) {
	row, err = db.One(ctx, q, scanApp, sqlApp, access.From(ctx).Practice, person, state)
	if errors.Is(err, db.ErrNone) {
		return "", row, nil
	}
	if err != nil {
		return "", row, err
	}
	secret, err = s.Vault.Open(ctx, q, s.secretField(ctx, person, state), row.secret)
	return secret, row, err
}

// startApp makes a secret for an app that is being set up. The one that counts
// goes on counting until a code has shown that the new one works.
func (s *Service) startApp(ctx context.Context, person db.ID) (secret string, err error) {
	secret = NewSecret()
	return secret, s.DB.Write(ctx, func(tx *db.Tx) error { return s.keepApp(ctx, tx, person, appPending, secret, 0) })
}

// pendingApp is the secret of an app that is being set up.
func (s *Service) pendingApp(ctx context.Context, person db.ID) (string, error) {
	secret, row, err := s.app(ctx, s.DB.Reader(), person, appPending)
	if err == nil && (secret == "" || s.now().Sub(row.made) > time.Hour) {
		err = fault.New(fault.Gone, "No app is being set up at the moment. Please begin anew under “Your sign-in”.")
	}
	return secret, err
}

var errCode = fault.Field("code", "This is not the code that the app shows now. Please look again; each holds for half a minute.")

// finishApp takes the new app into use once its code is right, makes recovery
// codes, and notes the proof in the session.
func (s *Service) finishApp(ctx context.Context, in people.Session, typed string) (codes []string, t people.Ticket, err error) {
	secret, err := s.pendingApp(ctx, in.Person)
	if err != nil {
		return nil, t, err
	}
	step, right, err := stepGiven(secret, plainCode(typed), -1, s.now())
	if err != nil {
		return nil, t, err
	}
	if !right {
		return nil, t, errCode
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDropApp, access.From(ctx).Practice, in.Person, appPending)
		if err == nil && n == 0 {
			err = fault.New(fault.Gone, "This app was set up a moment ago.")
		}
		if err != nil {
			return err
		}
		if err := s.keepApp(ctx, tx, in.Person, appCounts, secret, step); err != nil {
			return err
		}
		if err := s.told(ctx, tx, in.Person, appOn); err != nil {
			return err
		}
		if codes, err = s.makeCodes(ctx, tx, in.Person); err != nil {
			return err
		}
		t, err = s.Sessions.Prove(ctx, tx, in)
		return err
	})
	return codes, t, err
}

// removeApp takes a person's app out.
func (s *Service) removeApp(ctx context.Context, person db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDropApps, access.From(ctx).Practice, person)
		if err != nil || n == 0 {
			return err
		}
		if err := s.told(ctx, tx, person, appOff); err != nil {
			return err
		}
		return s.settle(ctx, tx, person)
	})
}

// qrSize is the side of the picture in pixels, with its margin.
const (
	qrSize   = 264
	qrMargin = 24
)

// appAddress is what the app reads: it names the practice as discreetly as its
// letters do.
func appAddress(secret, sender, name string) string {
	q := url.Values{"secret": {secret}, "issuer": {sender}, "digits": {"6"}, "period": {"30"}, "algorithm": {"SHA1"}}
	// Apps read %20 and not every one of them +.
	return "otpauth://totp/" + url.PathEscape(sender+":"+name) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// picture draws the address as a QR code, on white by day and by night.
func picture(address string) (string, error) {
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return "", err
	}
	code, err := key.Image(qrSize-2*qrMargin, qrSize-2*qrMargin)
	if err != nil {
		return "", err
	}
	sheet := image.NewGray(image.Rect(0, 0, qrSize, qrSize))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(sheet, code.Bounds().Add(image.Pt(qrMargin, qrMargin)), code, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, sheet); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// grouped is a secret in fours, for typing.
func grouped(secret string) string {
	var out []string
	for len(secret) > 4 {
		out, secret = append(out, secret[:4]), secret[4:]
	}
	return strings.Join(append(out, secret), " ")
}

// Recovery codes: ten, each once. The letters that are taken for figures are
// left out of them, and read as what they are taken for.
const (
	howManyCodes = 10
	codeLength   = 10
	codeLetters  = "0123456789abcdefghjkmnpqrstvwxyz"
)

var alikeLetters = strings.NewReplacer("o", "0", "i", "1", "l", "1", "u", "v")

// plainCode is a code as it is compared: without the spaces and dashes that
// people put in, in small letters.
func plainCode(typed string) string {
	keep := func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}
	return strings.Map(keep, strings.ToLower(typed))
}

func (s *Service) codeHash(ctx context.Context, person db.ID, code string) []byte {
	return s.Vault.Index(access.From(ctx).Practice, "identity.recovery", person.String()+" "+alikeLetters.Replace(code))
}

// makeCodes makes a person's recovery codes anew, within a transaction. They
// are given back to be shown once; only their hashes are kept.
func (s *Service) makeCodes(ctx context.Context, tx *db.Tx, person db.ID) ([]string, error) {
	practice, now := access.From(ctx).Practice, db.Micros(s.now())
	if _, err := tx.Exec(ctx, sqlDropCodes, practice, person); err != nil {
		return nil, err
	}
	var codes []string
	var args []any
	for range howManyCodes {
		b := make([]byte, codeLength)
		rand.Read(b) // crypto/rand never fails
		for i, x := range b {
			b[i] = codeLetters[x%byte(len(codeLetters))]
		}
		codes = append(codes, string(b[:codeLength/2])+"-"+string(b[codeLength/2:]))
		args = append(args, practice, person, s.codeHash(ctx, person, string(b)), now, int64(0))
	}
	if _, err := tx.Exec(ctx, sqlAddCodesValues+db.Values(howManyCodes, codeCols), args...); err != nil {
		return nil, err
	}
	return codes, s.told(ctx, tx, person, codesMade)
}

// remakeCodes is makeCodes for somebody who has a passkey or an app.
func (s *Service) remakeCodes(ctx context.Context, person db.ID) (codes []string, err error) {
	return codes, s.DB.Write(ctx, func(tx *db.Tx) error {
		f, err := s.Factors(ctx, tx, person)
		if err != nil {
			return err
		}
		if f.None() {
			return fault.New(fault.Invalid, "Recovery codes stand in for a passkey or an app. Please set up one of these first.")
		}
		codes, err = s.makeCodes(ctx, tx, person)
		return err
	})
}

// way is where a code is given. Each is counted for itself: whoever reads
// somebody's mail can use up the tries by link and no others.
type way string

const (
	byLink    way = "link"    // after a link, before the session is whole
	inside    way = "session" // in a session
	tryMore       = 5 * time.Minute
	tries         = 5
	tellAgain     = 24 * time.Hour
)

// answer is what became of a code that was given.
type answer struct {
	right bool
	wait  time.Duration // none is looked at until then
}

// err says it to the person.
func (a answer) err() error {
	switch {
	case a.right:
		return nil
	case a.wait > 0:
		return fault.Field("code", fmt.Sprintf("That were several codes that do not fit. Please wait %d minutes before the next.", int((a.wait+time.Minute-1)/time.Minute)))
	}
	return fault.Field("code", "This code does not fit. A code of the app holds for half a minute and opens once; a recovery code opens once.")
}

// giveCode looks at a code of somebody's app, or a recovery code, within a
// transaction that is to be committed whatever the answer is.
func (s *Service) giveCode(ctx context.Context, tx *db.Tx, person db.ID, w way, typed string) (a answer, err error) {
	practice, now := access.From(ctx).Practice, s.now()
	if _, err := tx.Exec(ctx, sqlHoldTries, practice, person, string(w)); err != nil {
		return a, err
	}
	t, err := db.One(ctx, tx, scanTries, sqlTries, practice, person, string(w))
	if err != nil {
		return a, err
	}
	if a.wait = t.full.Add(-(tries - 1) * tryMore).Sub(now); a.wait > 0 {
		return a, nil
	}
	a.wait = 0
	if a.right, err = s.fits(ctx, tx, person, plainCode(typed)); err != nil {
		return a, err
	}
	if a.right {
		_, err = tx.Exec(ctx, sqlKeepTries, int64(0), db.Micros(t.told), practice, person, string(w))
		return a, err
	}
	if t.full.Before(now) {
		t.full = now
	}
	t.full = t.full.Add(tryMore)
	if t.full.Sub(now) > (tries-1)*tryMore && now.Sub(t.told) >= tellAgain {
		t.told = now
		if err := s.told(ctx, tx, person, triesSpent); err != nil {
			return a, err
		}
	}
	_, err = tx.Exec(ctx, sqlKeepTries, db.Micros(t.full), db.Micros(t.told), practice, person, string(w))
	return a, err
}

// fits tells whether a code opens, and uses it up.
func (s *Service) fits(ctx context.Context, tx *db.Tx, person db.ID, code string) (bool, error) {
	practice, now := access.From(ctx).Practice, s.now()
	if len(code) == codeLength {
		n, err := tx.Exec(ctx, sqlUseCode, db.Micros(now), practice, person, s.codeHash(ctx, person, code))
		if err != nil || n == 0 {
			return false, err
		}
		return true, s.told(ctx, tx, person, codeUsed)
	}
	secret, row, err := s.app(ctx, tx, person, appCounts)
	if err != nil || secret == "" {
		return false, err
	}
	step, right, err := stepGiven(secret, code, row.last, now)
	if err != nil || !right {
		return false, err
	}
	n, err := tx.Exec(ctx, sqlStepApp, step, practice, person, appCounts)
	return n == 1, err
}

// Codes by mail, for somebody who has nothing else to show.
const (
	mailedLife  = 15 * time.Minute
	mailedTries = 5
)

func (s *Service) mailedHash(ctx context.Context, session db.ID, code string) []byte {
	return s.Vault.Index(access.From(ctx).Practice, "identity.mailed", session.String()+" "+code)
}

// mailCode makes the code of a session at the moment its letter is written, so
// that the outbox never holds one.
func (s *Service) mailCode(ctx context.Context, session db.ID) (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	code := fmt.Sprintf("%06d", n)
	return code, s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlKeepMailed, access.From(ctx).Practice, session, s.mailedHash(ctx, session, code), db.Micros(s.now().Add(mailedLife)))
		return err
	})
}

// giveMailed looks at a code that was mailed, within a transaction that is to
// be committed whatever the answer is.
func (s *Service) giveMailed(ctx context.Context, tx *db.Tx, session db.ID, typed string) (bool, error) {
	practice := access.From(ctx).Practice
	n, err := tx.Exec(ctx, sqlTryMailed, practice, session, int64(mailedTries), db.Micros(s.now()))
	if err != nil || n == 0 {
		return false, err
	}
	hash, err := db.One(ctx, tx, db.Value[[]byte], sqlMailed, practice, session)
	if err != nil || !hmac.Equal(hash, s.mailedHash(ctx, session, plainCode(typed))) {
		return false, err
	}
	_, err = tx.Exec(ctx, sqlDropMailed, practice, session)
	return err == nil, err
}

func newWord() string {
	b := make([]byte, 24)
	rand.Read(b) // crypto/rand never fails
	return base64.RawURLEncoding.EncodeToString(b)
}
