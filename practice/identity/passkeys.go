package identity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"held/internal/db"
	"held/internal/fault"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/people"
)

// MaxPasskeyName is the longest name of a passkey, in characters.
const MaxPasskeyName = 60

// maxPasskeys is how many one person can have.
const maxPasskeys = 20

// Passkey is one of a person's. Its credential id is what a key for the sealed
// journal is later bound to.
type Passkey struct {
	ID         db.ID
	Name       string
	Made, Used time.Time
	Doubted    time.Time // when it was set aside, as it may have been copied

	name       []byte // sealed
	credential webauthn.Credential
}

// ring makes and checks challenges for this site's address. It is made when it
// is first needed: whether the address can have passkeys at all shows only then.
func (s *Service) ring() (*webauthn.WebAuthn, error) {
	s.keysOnce.Do(func() {
		u, err := url.Parse(s.Base)
		if err != nil {
			s.keysFault = err
			return
		}
		s.keys, s.keysFault = webauthn.New(&webauthn.Config{
			RPID: u.Hostname(), RPDisplayName: u.Hostname(), RPOrigins: []string{u.Scheme + "://" + u.Host},
			AttestationPreference:  protocol.PreferNoAttestation,
			AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired},
		})
	})
	if s.keysFault != nil {
		return nil, fault.New(fault.Unavailable, "This site's address cannot have passkeys. Please use the link by mail.").With(s.keysFault)
	}
	return s.keys, nil
}

// owner is a person as the library wants to see one.
type owner struct {
	people.Person
	keys []Passkey
}

func (o owner) WebAuthnID() []byte          { return o.ID[:] }
func (o owner) WebAuthnName() string        { return o.Name }
func (o owner) WebAuthnDisplayName() string { return o.Name }

// WebAuthnCredentials are those that have not been set aside.
func (o owner) WebAuthnCredentials() []webauthn.Credential {
	var out []webauthn.Credential
	for _, k := range o.keys {
		if k.Doubted.IsZero() {
			out = append(out, k.credential)
		}
	}
	return out
}

func (s *Service) owner(ctx context.Context, id db.ID) (o owner, err error) {
	if o.Person, err = s.People.Get(ctx, s.DB.Reader(), id); err != nil {
		return o, err
	}
	o.keys, err = s.Passkeys(ctx, id)
	return o, err
}

// Passkeys lists a person's, the oldest first.
func (s *Service) Passkeys(ctx context.Context, person db.ID) ([]Passkey, error) {
	all, err := db.All(ctx, s.DB.Reader(), scanPasskey, sqlPasskeys, access.From(ctx).Practice, person)
	if err != nil {
		return nil, err
	}
	for i, k := range all {
		name, err := s.Vault.Open(ctx, s.DB.Reader(), s.nameField(ctx, person, k.ID), k.name)
		if err != nil && !errors.Is(err, vault.ErrErased) {
			return nil, err
		}
		all[i].Name = name
	}
	return all, nil
}

func (s *Service) nameField(ctx context.Context, person, row db.ID) vault.Field {
	return vault.Field{Practice: access.From(ctx).Practice, Subject: person, Class: vault.Contact, Row: row, Column: "identity_passkeys.name"}
}

// purpose is what a challenge was made for; it opens nothing else.
type purpose string

const (
	toSignIn   purpose = "sign-in"
	toRegister purpose = "register"
	toConfirm  purpose = "confirm"
	toUnlock   purpose = "unlock"
)

// ceremonyLife is how long a challenge waits for its passkey.
const ceremonyLife = 10 * time.Minute

// options is what the page's script hands to the browser.
type options struct {
	Handle    string `json:"handle"` // names the challenge when its answer comes
	PublicKey any    `json:"publicKey"`
}

// challenge begins a ceremony. For signing in it knows nobody; else it is bound
// to one session and to its person's passkeys.
func (s *Service) challenge(ctx context.Context, what purpose, in people.Session) (options, error) {
	ring, err := s.ring()
	if err != nil {
		return options{}, err
	}
	var o owner
	if what != toSignIn {
		if o, err = s.owner(ctx, in.Person); err != nil {
			return options{}, err
		}
	}
	public, data, err := s.begin(ctx, ring, what, o)
	if err != nil {
		return options{}, err
	}
	kept, err := json.Marshal(data)
	if err != nil {
		return options{}, err
	}
	handle := newWord()
	return options{handle, public}, s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlAddCeremony, access.From(ctx).Practice, hashWord(handle), string(what), in.ID, kept, db.Micros(s.now().Add(ceremonyLife)))
		return err
	})
}

func (s *Service) begin(ctx context.Context, ring *webauthn.WebAuthn, what purpose, o owner) (any, *webauthn.SessionData, error) {
	switch {
	case what == toSignIn:
		a, data, err := ring.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return nil, nil, err
		}
		return a.Response, data, nil
	case what == toRegister:
		_, name, err := s.From(ctx)
		if err != nil {
			return nil, nil, err
		}
		c, data, err := ring.BeginRegistration(o, webauthn.WithExclusions(webauthn.Credentials(o.WebAuthnCredentials()).CredentialDescriptors()), webauthn.WithRegistrationRelyingPartyName(name))
		if err != nil {
			return nil, nil, err
		}
		return c.Response, data, nil
	case len(o.WebAuthnCredentials()) == 0:
		return nil, nil, errNoPasskey
	}
	a, data, err := ring.BeginLogin(o, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, err
	}
	return a.Response, data, nil
}

var (
	errNoPasskey = fault.New(fault.NotFound, "You have no passkey here yet.")
	errNeedsJS   = fault.New(fault.Invalid, "A passkey needs scripts, and they did not run here. Nothing was changed. The link by mail, and a code, work without them.")
	errChallenge = fault.New(fault.Gone, "That took too long, or was sent twice. Nothing was changed. Please try the passkey once more.")
	errPasskey   = fault.New(fault.Invalid, "This passkey opens nothing here. Nothing was changed. Try another one, or use the link by mail.")
)

// answered takes a challenge up: once, for its own purpose, in its own session.
func (s *Service) answered(ctx context.Context, what purpose, in people.Session, handle string) (data webauthn.SessionData, err error) {
	practice, hash := access.From(ctx).Practice, hashWord(handle)
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		c, err := db.One(ctx, tx, scanCeremony, sqlCeremony, practice, hash)
		if errors.Is(err, db.ErrNone) {
			return errChallenge
		}
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlDropCeremony, practice, hash)
		if err != nil {
			return err
		}
		if n == 0 || c.purpose != string(what) || c.session != in.ID || !c.expires.After(s.now()) {
			return errChallenge
		}
		return json.Unmarshal(c.data, &data)
	})
	return data, err
}

// The fields that a page's script sends of a passkey, and no others: what else
// a browser knows of it (the secret of the journal, later) must never arrive.
type (
	sentAssertion struct {
		ID       string `json:"id"`
		RawID    string `json:"rawId"`
		Type     string `json:"type"`
		Response struct {
			ClientDataJSON    string `json:"clientDataJSON"`
			AuthenticatorData string `json:"authenticatorData"`
			Signature         string `json:"signature"`
			UserHandle        string `json:"userHandle,omitempty"`
		} `json:"response"`
	}
	sentCreation struct {
		ID       string `json:"id"`
		RawID    string `json:"rawId"`
		Type     string `json:"type"`
		Response struct {
			ClientDataJSON    string   `json:"clientDataJSON"`
			AttestationObject string   `json:"attestationObject"`
			Transports        []string `json:"transports,omitempty"`
		} `json:"response"`
	}
)

// maxCredential bounds what is read of a passkey's answer.
const maxCredential = 32 << 10

// strict reads one of the two, refusing what does not belong, and writes it again.
func strict(sent string, into any) ([]byte, error) {
	if sent == "" {
		return nil, errNeedsJS
	}
	if len(sent) > maxCredential {
		return nil, errPasskey
	}
	d := json.NewDecoder(strings.NewReader(sent))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return nil, errPasskey.With(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errPasskey
	}
	return json.Marshal(into)
}

// proven is a passkey that has just been shown to be in its owner's hands.
type proven struct {
	owner owner
	key   Passkey
}

// check looks at the answer to a challenge. Whatever is wrong with it, the
// answer to whoever sent it is the same.
func (s *Service) check(ctx context.Context, what purpose, in people.Session, handle, sent string) (proven, error) {
	ring, err := s.ring()
	if err != nil {
		return proven{}, err
	}
	b, err := strict(sent, &sentAssertion{})
	if err != nil {
		return proven{}, err
	}
	data, err := s.answered(ctx, what, in, handle)
	if err != nil {
		return proven{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(b)
	if err != nil {
		return proven{}, errPasskey
	}
	var o owner
	var c *webauthn.Credential
	if what == toSignIn {
		c, err = ring.ValidateDiscoverableLogin(func(_, user []byte) (webauthn.User, error) {
			if len(user) != len(db.ID{}) {
				return nil, errPasskey
			}
			o, err = s.owner(ctx, db.ID(user))
			return o, err
		}, data, parsed)
	} else if o, err = s.owner(ctx, in.Person); err == nil {
		c, err = ring.ValidateLogin(o, data, parsed)
	}
	if err != nil || len(o.Roles) == 0 {
		if db.Down(err) {
			return proven{}, err
		}
		return proven{}, errPasskey
	}
	i := slices.IndexFunc(o.keys, func(k Passkey) bool { return bytes.Equal(k.credential.ID, c.ID) })
	k := o.keys[i]
	k.credential = *c
	if c.Authenticator.CloneWarning {
		return proven{}, s.doubt(ctx, o, k)
	}
	return proven{o, k}, nil
}

// doubt sets a passkey aside whose counter went back: two may be using it. Its
// owner is told, and has the other ways in.
func (s *Service) doubt(ctx context.Context, o owner, k Passkey) error {
	ctx = s.asPerson(ctx, o.Person)
	err := s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDoubtPasskey, db.Micros(s.now()), access.From(ctx).Practice, k.ID)
		if err != nil || n == 0 {
			return err
		}
		return s.told(ctx, tx, o.ID, passkeyDoubted)
	})
	if err != nil {
		return err
	}
	return errPasskey
}

// used notes a passkey's use, within the transaction of what it opens.
func (s *Service) used(ctx context.Context, tx *db.Tx, p proven) error {
	c := p.key.credential
	n, err := tx.Exec(ctx, sqlUsePasskey, int64(c.Authenticator.SignCount), int64(c.Flags.ProtocolValue()), db.Micros(s.now()), access.From(ctx).Practice, p.key.ID)
	if err == nil && n == 0 { // removed or set aside at the same moment
		err = errPasskey
	}
	return err
}

// register adds the passkey that answers a challenge to the session's person.
func (s *Service) register(ctx context.Context, in people.Session, handle, sent, name string) (t people.Ticket, err error) {
	ring, err := s.ring()
	if err != nil {
		return t, err
	}
	b, err := strict(sent, &sentCreation{})
	if err != nil {
		return t, err
	}
	data, err := s.answered(ctx, toRegister, in, handle)
	if err != nil {
		return t, err
	}
	o, err := s.owner(ctx, in.Person)
	if err != nil {
		return t, err
	}
	if len(o.keys) >= maxPasskeys {
		return t, fault.New(fault.Invalid, "You have as many passkeys as can be kept. Please remove one first.")
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(b)
	if err != nil {
		return t, errPasskey
	}
	c, err := ring.CreateCredential(o, data, parsed)
	if err != nil {
		return t, errPasskey
	}
	if name == "" {
		name = in.Device
	}
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.keepPasskey(ctx, tx, o.ID, c, name); err != nil {
			return err
		}
		t, err = s.Sessions.Prove(ctx, tx, in)
		return err
	})
	return t, err
}

func (s *Service) keepPasskey(ctx context.Context, tx *db.Tx, person db.ID, c *webauthn.Credential, name string) error {
	id, now := db.NewID(), db.Micros(s.now())
	sealed, err := s.Vault.Seal(ctx, tx, s.nameField(ctx, person, id), name)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, sqlAddPasskey, access.From(ctx).Practice, id, person, c.ID, c.PublicKey, sealed,
		int64(c.Authenticator.SignCount), int64(c.Flags.ProtocolValue()), transports(c), now, now)
	if db.Taken(err) {
		return fault.New(fault.Taken, "This passkey is known here already. Nothing was changed.").With(err)
	}
	if err != nil {
		return err
	}
	return s.told(ctx, tx, person, passkeyAdded)
}

// known are the ways by which a passkey may say that it can be reached.
var known = []protocol.AuthenticatorTransport{protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal}

func transports(c *webauthn.Credential) string {
	var out []string
	for _, t := range known {
		if slices.Contains(c.Transport, t) {
			out = append(out, string(t))
		}
	}
	return strings.Join(out, " ")
}

// namePasskey gives one of a person's passkeys another name.
func (s *Service) namePasskey(ctx context.Context, person, id db.ID, name string) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		sealed, err := s.Vault.Seal(ctx, tx, s.nameField(ctx, person, id), name)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, sqlNamePasskey, sealed, access.From(ctx).Practice, person, id)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "This passkey is not here any more.")
		}
		return err
	})
}

// removePasskey takes one of a person's passkeys out.
func (s *Service) removePasskey(ctx context.Context, person, id db.ID) error {
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlDropPasskey, access.From(ctx).Practice, person, id)
		if err != nil || n == 0 { // gone already
			return err
		}
		if err := s.told(ctx, tx, person, passkeyRemoved); err != nil {
			return err
		}
		return s.settle(ctx, tx, person)
	})
}

func hashWord(word string) []byte {
	h := sha256.Sum256([]byte(word))
	return h[:]
}
