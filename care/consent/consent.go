// Package consent keeps what clients are asked to agree to, and what they
// agreed: documents with versions, the talk about them, both signatures and
// what was withdrawn. A record is never changed; that it was not can be proved.
package consent

import (
	"context"
	"errors"
	"time"

	"held/internal/db"
	"held/internal/vault"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/people"
	"held/practice/settings"
	"held/practice/trail"
)

// Service keeps the documents and the records.
type Service struct {
	DB       *db.DB
	Vault    *vault.Vault
	Trail    *trail.Service
	People   *people.Service
	Letters  *letters.Service
	Settings *settings.Service
	Now      func() time.Time

	// Dosed is when a client was last given a dose: nothing is signed on that
	// day. Nil: nobody is given anything here.
	Dosed func(ctx context.Context, q db.Q, client db.ID) (time.Time, bool, error)
	// Changed is told, within the transaction, that a client's consent stands
	// differently now: the gate asks Stands again. Nil: nobody waits for it.
	Changed func(ctx context.Context, tx *db.Tx, client db.ID) error

	undecided db.Kept[db.ID, int] // for the desk's first page
}

func consentOf(client db.ID) access.Resource {
	return access.Resource{Class: access.Consent, Subject: client}
}

// open is the vault's, and nothing for what was erased.
func (s *Service) open(ctx context.Context, q db.Q, f vault.Field, sealed []byte) (string, error) {
	plain, err := s.Vault.Open(ctx, q, f, sealed)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	}
	return plain, err
}

func draftField(practice, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: id, Column: "consent_documents.draft"}
}

func versionField(practice, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: id, Column: "consent_versions.body"}
}

func partyField(practice, client, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: id, Column: "consent_parties.name"}
}

func recordField(practice, client, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: id, Column: "consent_records.body"}
}

func legalField(practice, client, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Identity, Row: id, Column: "consent_records.legal"}
}

func copyField(practice, client, record db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: client, Class: vault.Clinical, Row: record, Column: "consent_copies.body"}
}

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "consent_documents", Column: "draft", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "consent_versions", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "consent_parties", Column: "name", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "consent_records", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "id"},
	{Table: "consent_records", Column: "legal", Class: vault.Identity, Subject: "client_id", Row: "id"},
	{Table: "consent_copies", Column: "body", Class: vault.Clinical, Subject: "client_id", Row: "record_id"},
}
