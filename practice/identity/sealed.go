package identity

import "held/internal/vault"

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "identity_passkeys", Column: "name", Class: vault.Contact, Subject: "person_id", Row: "id"},
	{Table: "identity_apps", Column: "secret", Class: vault.Contact, Subject: "person_id", Row: "person_id", Part: "state"},
}
