package main

import (
	"slices"
	"strings"
	"testing"

	"held/internal/db"
	"held/internal/testkit"
	"held/internal/vault"
)

// alike are names that say by themselves why a column is in the clear,
// wherever they stand.
var alike = map[string]string{
	"practice_id": "an id of ours, which tells nothing outside",
	"id":          "an id of ours, which tells nothing outside",
	"…_id":        "an id of ours, which tells nothing outside",
	"…_hash":      "keyed with a key of the practice: found by value, never read back",
	"changed_by":  "an id of ours, which tells nothing outside",
	"state":       "one word of a list in the program",
	"kind":        "one word of a list in the program",
	"zone":        "a time zone: times are reckoned and sorted in the database",
	"last_fault":  "one word of a list in the program: how the last try went",
}

// inTheClear are the other columns of text or bytes that are not sealed, each
// with its reason.
var inTheClear = map[string]string{
	"adverse_versions.hash":         "a hash of what was written, random ids among it",
	"alerts_raised.done_by":         "an id of ours, which tells nothing outside",
	"backup_runs.name":              "the name of a backup: when it was made, and chance",
	"backup_runs.why":               "one word of a list in the program",
	"calendar_appointments.once":    "keyed hash of a form's one-time word: the same form sent twice is one booking",
	"calendar_appointments.place":   "one word of a list in the program: in a room, by video, by telephone",
	"calendar_appointments.seconds": "ids of who else comes, one after another",
	"calendar_groups.seconds":       "ids of who else comes, one after another",
	"calendar_holds.seconds":        "ids of who else comes, one after another",
	"calendar_hours.week":           "working hours: free times are reckoned from them, and visitors see those",
	"calendar_overrides.date":       "a day: hours that differ are found by it",
	"calendar_overrides.hours":      "working hours of that day, as above",
	"inquiry_cards.place":           "one word of a list in the program: the column of the board",
	"invitation_pages.page":         "one word of a list in the program: which page of the site",
	"medicine_aftercare.by_id":      "an id of ours, which tells nothing outside",
	"medicine_aftercare.medicine":   "one word of a list in the program: for which medicine and route",
	"medicine_aftercare.version":    "the number of a protocol's version",
	"medicine_leavings.by_id":       "an id of ours, which tells nothing outside",
	"medicine_leavings.digest":      "a hash of conditions and of ids of entries, all of them sealed; it proves what was signed",
	"medicine_leavings.outcome":     "one word of a list in the program: how it ended",
	"medicine_sheets.given_by":      "an id of ours, which tells nothing outside",
	"medicine_entries.role":         "one word of a list in the program: in which role it was entered",
	"medicine_rooms.made_by":        "an id of ours, which tells nothing outside",
	"medicine_said.digest":          "a salted hash of what was said; the salt is sealed beside the words and goes with them",
	"medicine_signatures.act":       "one word of a list in the program: a part was signed, or something added",
	"medicine_signatures.by_id":     "an id of ours, which tells nothing outside",
	"medicine_signatures.hash":      "a link of the chain: a hash of ids, times and a salted digest",
	"medicine_signatures.part":      "one word of a list in the program: in which role it was signed",
	"medicine_signatures.signature": "a signature over it",
	"medicine_seats.opened_by":      "an id of ours, which tells nothing outside",
	"medicine_seats.outcome":        "one word of a list in the program: how it ended",
	"notes_record.held_by":          "an id of ours, which tells nothing outside",
	"notes_record.held_code":        "one word of a list in the program",
	"notes_record.lane":             "one word of a list in the program",
	"notes_record.side":             "one word of a list in the program: in which role it was written",
	"notes_signatures.role":         "one word of a list in the program",
	"notes_templates.lane":          "one word of a list in the program",
	"notes_templates.slug":          "one word of a list in the program: which of Held's headings it stands for",
	"people_persons.discretion":     "one word of a list in the program: how much messages may say",
	"people_persons.step":           "one word of a list in the program: where somebody stands on the path",
	"people_roles.role":             "one word of a list in the program",
	"people_sessions.device":        "a coarse name of a browser, as in Firefox on Android",
	"people_sessions.pin":           "a slow hash of a device's PIN, which opens nothing without its session",
	"people_team.role":              "one word of a list in the program",
	"people_glass.reason":           "one word of a list in the program",
	"consent_records.act":           "one word of a list in the program: what was done",
	"consent_records.by_id":         "an id of ours, which tells nothing outside",
	"consent_records.hash":          "a link of the chain: a hash of ids and hashes",
	"consent_records.signature":     "a signature over it",
	"consent_versions.hash":         "a hash of the practice's own text",
	"consent_versions.published_by": "an id of ours, which tells nothing outside",
	"circle_entries.kind":           "one word of a list in the program",
	"circle_decisions.code":         "one word of a list in the program",
	"circle_decisions.pairs":        "keyed hash of who was not to meet whom",
	"identity_ceremonies.purpose":   "one word of a list in the program",
	"identity_ceremonies.data":      "a challenge that waits ten minutes for its passkey, once",
	"identity_mailed.hash":          "hash of a code that ends within minutes",
	"identity_passkeys.public_key":  "a public key",
	"identity_passkeys.transports":  "words of a list in the browser: how a passkey is reached",
	"identity_recovery.hash":        "keyed hash of a recovery code",
	"identity_tries.way":            "one word of a list in the program",
	"inquiry_invitations.made_by":   "an id of ours, which tells nothing outside",
	"devices_known.kinds":           "words of a list in the program: which calls reach a device",
	"devices_known.name":            "a coarse name of a browser, as in Firefox on Android",
	"emergency_duty.day":            "a day: what was set for it is found by it",
	"forms_given.form":              "the short name of a form: one that comes with Held, or chance",
	"forms_given.occasion":          "one word of a list in the program",
	"forms_versions.form":           "the short name of a form, as above",
	"measures_ratings.instrument":   "the short name of an instrument; it names nobody",
	"measures_ratings.version":      "a version's number, and the name of an edition",
	"measures_ratings.scoring":      "a version's number",
	"measures_changes.instrument":   "the short name of an instrument; it names nobody",
	"measures_changes.score":        "the short name of a score in the instrument's data",
	"ripple_asked.point":            "a point of a course: words of a list in the program, with a session's id or a count",
	"ripple_asked.state":            "one word of a list in the program",
	"ripple_asked.what":             "the short name of an instrument that comes with Held",
	"ripple_instruments.instrument": "the short name of an instrument, which the practice may have chosen; it names nobody",
	"ripple_instruments.kind":       "one word of a list in the program",
	"ripple_plan.points":            "words of a list in the program",
	"ripple_plan.what":              "the short name of an instrument that comes with Held",
	"ripple_scores.instrument":      "the short name of an instrument that comes with Held",
	"ripple_scores.scoring":         "a version's number",
	"ripple_scores.version":         "a version's number",
	"forms_versions.origin":         "one word of a list in the program",
	"keeping_due.class":             "one word of a list in the program",
	"keeping_periods.class":         "one word of a list in the program",
	"orders_orders.ended":           "one word of a list in the program: replaced, withdrawn",
	"orders_orders.hash":            "a hash of what was signed, with random ids in it",
	"orders_orders.medicine":        "one word of a list in the program: medicine and route",
	"stock_entries.hash":            "a link of the ledger's chain: a hash of ids, hashes and a random text",
	"stock_heads.hash":              "where that chain ends",
	"stock_items.substance":         "one word of a list in the program",
	"preparation_keys.role":         "one word of a list in the program",
	"preparation_overrides.rule":    "one word of a list in the program: which condition",
	"preparation_plans.made_by":     "an id of ours, which tells nothing outside",
	"preparation_changes.looked_by": "an id of ours, which tells nothing outside",
	"protocol_drafts.medicine":      "one word of a list in the program",
	"protocol_versions.medicine":    "one word of a list in the program",
	"protocol_versions.ended":       "one word of a list in the program",
	"protocol_versions.sha256":      "hash of a document that is about nobody: proves that it is the one that was signed",
	"screening_decisions.product":   "one word of a list in the program: a medicine and its route",
	"screening_decisions.hash":      "a hash of what was signed, random ids among it",
	"space_captures.opened_by":      "an id of ours, which tells nothing outside",
	"space_deposit_parts.body":      "sealed to its owner's public key in a browser; the practice has no key to it",
	"space_deposits.place":          "one word of a list in the program: on whose device it was left",
	"space_journals.recipient":      "the public half of a key",
	"space_journals.verifier":       "the public half of a key",
	"space_parts.body":              "sealed by its owner's browser; the practice has no key to it",
	"space_prompts.phase":           "one word of a list in the program",
	"space_questions.answered_by":   "an id of ours, which tells nothing outside",
	"trail_anchors.hash":            "a link of the chain: a hash of ids and words of lists",
	"trail_anchors.signature":       "a signature over it",
	"trail_entries.surface":         "one word of a list in the program",
	"trail_entries.seal":            "a keyed hash of the line",
	"trail_entries.hash":            "a link of the chain",
	"trail_entries.link":            "a link of the chain",
	"trail_heads.hash":              "the chain's end: a hash",
	"trail_heads.seal":              "a keyed hash of it",
	"people_sessions.token":         "hash of the cookie's word; it opens nothing by itself",
	"trail_entries.actor_role":      "one word of a list in the program",
	"trail_entries.verb":            "one word of a list in the program",
	"trail_entries.via":             "one word of a list in the program",
	"trail_entries.why":             "one word of a list in the program, or a role",
	"vault_class_keys.class":        "one word of a list in the program",
	"vault_class_keys.wrapped":      "a key, sealed under the key file",
	"vault_data_keys.class":         "one word of a list in the program",
	"vault_data_keys.wrapped":       "a key, sealed under a class key",
	"vault_rotations.after_key":     "the key of a row: ids, or the name of a page",
	"vault_rotations.place":         "the name of a column",
	"welcome_invitations.made_by":   "an id of ours, which tells nothing outside",
	"welcome_invitations.roles":     "words of a list in the program",
	"work_runs.worker":              "one word of a list in the program",
}

// TestEveryTextIsSealedOrSaysWhyNot: whoever adds a column of text or bytes
// says here, or in the Sealed of its package, what protects it.
func TestEveryTextIsSealedOrSaysWhyNot(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		tables, err := d.Tables(t.Context(), d.Reader())
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, table := range tables {
			for _, c := range table.Columns {
				if c.Kind == db.Int {
					continue
				}
				name := table.Name + "." + c.Name
				seen[name] = true
				judge(t, name, c)
			}
		}
		for name := range inTheClear {
			if !seen[name] {
				t.Errorf("%s is listed in the clear and does not exist", name)
			}
		}
		for _, c := range sealed {
			if !seen[c.Name()] {
				t.Errorf("%s is listed as sealed and does not exist", c.Name())
			}
		}
	})
}

func judge(t *testing.T, name string, c db.Column) {
	t.Helper()
	times := 0
	for _, s := range sealed {
		if s.Name() == name {
			times++
			if c.Kind != db.Bytes || !slices.Contains([]vault.Class{vault.Contact, vault.Identity, vault.Clinical, vault.Process}, s.Class) {
				t.Errorf("%s is listed as sealed, as %s of class %q", name, c.Kind, s.Class)
			}
		}
	}
	reason := inTheClear[name]
	if reason == "" {
		reason = alike[c.Name]
	}
	for _, end := range []string{"_id", "_hash"} {
		if reason == "" && strings.HasSuffix(c.Name, end) {
			reason = alike["…"+end]
		}
	}
	switch {
	case times > 1:
		t.Errorf("%s is listed as sealed %d times", name, times)
	case times == 1 && inTheClear[name] != "":
		t.Errorf("%s is listed as sealed and as clear", name)
	case times == 0 && reason == "":
		t.Errorf("%s holds %s: list it in the Sealed of its package, or say in inTheClear why it may be read by a thief", name, c.Kind)
	}
}
