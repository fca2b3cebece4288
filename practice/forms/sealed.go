package forms

import (
	"held/internal/db"
	"held/internal/vault"
)

// Sealed are the columns of this package that hold sealed texts.
var Sealed = []vault.Column{
	{Table: "forms_versions", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "forms_responses", Column: "body", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "forms_responses", Column: "marks", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "forms_files", Column: "name", Class: vault.Clinical, Subject: "person_id", Row: "id"},
	{Table: "forms_files", Column: "body", Class: vault.Clinical, Subject: "person_id", Row: "id"},
}

func versionField(practice, id db.ID) vault.Field {
	return vault.Field{Practice: practice, Subject: practice, Class: vault.Clinical, Row: id, Column: "forms_versions.body"}
}

func responseField(practice, person, id db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Clinical, Row: id, Column: "forms_responses." + column}
}

func fileField(practice, person, id db.ID, column string) vault.Field {
	return vault.Field{Practice: practice, Subject: person, Class: vault.Clinical, Row: id, Column: "forms_files." + column}
}
