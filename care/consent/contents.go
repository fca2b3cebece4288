package consent

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/BurntSushi/toml"
)

// Content is one thing that a consent to ketamine-assisted psychotherapy is
// expected to speak of, by the published checklists.
type Content struct{ Key, Words string }

// Contents is the checklist. What no document covers is shown, not forbidden:
// the text is the practice's, and its lawyer's.
var Contents = []Content{
	{"who", "Who provides what: roles, credentials, supervision; what KAP is; number and length of sessions; preparation and integration"},
	{"off-label", "Off-label use: not approved for any psychiatric disorder; compounded products not reviewed by the FDA"},
	{"controlled", "Schedule III: misuse, dependence, tolerance; no sharing, safe storage, pill counts"},
	{"effects", "Effects: dissociation, altered time and space, emotional intensity, frightening experiences; suggestibility, touch and the right to refuse it"},
	{"physical", "Physical risks: blood pressure and heart rate, nausea, sedation, respiratory depression, falls, allergy, seizure, liver"},
	{"bladder", "Bladder: cystitis with frequent use, and what to report"},
	{"cognition", "Cognition: long-term effects of repeated use are unknown"},
	{"psychiatric", "Psychiatric risks: mood, mania, psychosis, suicidal thoughts; the days after"},
	{"pregnancy", "Pregnancy and breastfeeding; contraception"},
	{"interactions", "Interactions, and honesty about substances"},
	{"driving", "No driving and no important decisions until the next day after sleep; an escort is required"},
	{"fasting", "Fasting"},
	{"alternatives", "Alternatives, and no treatment as one of them"},
	{"benefits", "Benefits are uncertain, may not come, may fade"},
	{"voluntary", "Voluntary; may be withdrawn at any time, except that the team may keep somebody on site until it is safe"},
	{"confidentiality", "Confidentiality and its limits; what this clinician must report about colleagues; group settings; recording"},
	{"emergency", "Emergency plan, who is called, crisis lines, contact after hours"},
	{"costs", "Costs, insurance, receipts, cancellation; good faith estimate (US)"},
	{"data", "Data: storage, encryption, who sees it; transcription and research only by a consent of their own; risks of electronic messages"},
	{"complaints", "Complaints; a copy is provided; language and interpreter; capacity; nothing is signed under the influence"},
}

//go:embed drafts/*.toml
var drafts embed.FS

// Shipped is the draft of a kind that comes with Held: a beginning, to be
// checked by a lawyer, and asked of nobody until the practice publishes it.
func Shipped(k Kind) (t Text, err error) {
	b, err := fs.ReadFile(drafts, "drafts/"+string(k)+".toml")
	if err != nil {
		return t, err
	}
	if err := toml.Unmarshal(b, &t); err != nil {
		return t, fmt.Errorf("the draft of %s: %w", k, err)
	}
	return t, nil
}
