package space

import "held/internal/vault"

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "space_questions", Column: "asked", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "space_questions", Column: "answer", Class: vault.Clinical, Subject: "person_id", Row: "id"},
}
