package circle

import "held/internal/vault"

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{{Table: "circle_entries", Column: "body", Class: vault.Identity, Subject: "person_id", Row: "id"}}
