package circle

import "held/internal/vault"

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{{Table: "circle_entries", Column: "body", Class: vault.Identity, Subject: "person_id", Row: "id"}}

// Lookups are the columns of this package that are hashes: a decision that
// comes to another database is to be made again.
var Lookups = []vault.Lookup{{Table: "circle_decisions", Column: "pairs"}}
