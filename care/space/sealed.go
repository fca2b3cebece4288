package space

import "held/internal/vault"

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "space_questions", Column: "asked", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "space_questions", Column: "answer", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "space_journals", Column: "keyring", Class: vault.Contact, Subject: "person_id", Row: "person_id"},
	{Table: "space_journals", Column: "recovery", Class: vault.Contact, Subject: "person_id", Row: "person_id"},
	{Table: "space_journals", Column: "own", Class: vault.Contact, Subject: "person_id", Row: "person_id"},
	{Table: "space_prompts", Column: "words", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
}
