package inquiry

import "held/internal/vault"

// Sealed are the columns of this package that hold sealed texts. A question
// belongs to its thread: who asked is not known.
var Sealed = []vault.Column{
	{Table: "inquiry_threads", Column: "opening", Class: vault.Clinical, Subject: "id", Row: "id"},
	{Table: "inquiry_threads", Column: "contact", Class: vault.Contact, Subject: "id", Row: "id"},
	{Table: "inquiry_messages", Column: "body", Class: vault.Clinical, Subject: "thread_id", Row: "id"},
	{Table: "inquiry_saved", Column: "title", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "inquiry_saved", Column: "body", Class: vault.Clinical, Subject: "practice_id", Row: "id"},
	{Table: "inquiry_cards", Column: "note", Class: vault.Contact, Subject: "person_id", Row: "person_id"},
	{Table: "inquiry_waiting", Column: "suits", Class: vault.Contact, Subject: "person_id", Row: "id"},
}

// Lookups are the columns of this package that are hashes of what is kept
// nowhere: a reply code, a form's one-time word.
var Lookups = []vault.Lookup{
	{Table: "inquiry_threads", Column: "code_hash"},
	{Table: "inquiry_messages", Column: "said_hash"},
}
