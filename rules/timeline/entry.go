// Package timeline is what happened in a medicine session, made of entries that
// came from several devices. It is a function of the set of entries: in which
// order they arrived, and how often, changes nothing.
package timeline

import (
	"bytes"
	"encoding/json"
	"time"

	"held/rules/protocol"
)

// Kind is what an entry is.
type Kind string

// The kinds.
const (
	Dose     Kind = "dose"     // medicine was given
	Undone   Kind = "undone"   // a tap was taken back at once
	Vitals   Kind = "vitals"   // what was measured
	Scale    Kind = "scale"    // a clinician's scale
	Event    Kind = "event"    // something of the vocabulary
	Symptom  Kind = "symptom"  // one of the protocol's list, or that it is over
	Said     Kind = "said"     // the person's own words
	Touch    Kind = "touch"    // what was asked, and the answer
	Music    Kind = "music"    // it began, changed, stopped
	Present  Kind = "present"  // somebody came or went
	Red      Kind = "red"      // an emergency's log was opened
	Log      Kind = "log"      // a line of it
	Calm     Kind = "calm"     // it was closed
	Ack      Kind = "ack"      // a call was heard
	Check    Kind = "check"    // a condition of leaving
	Phase    Kind = "phase"    // where the session stands
	Signed   Kind = "signed"   // somebody signed their part
	Addendum Kind = "addendum" // added afterwards
	Note     Kind = "note"
)

// Kinds lists them.
var Kinds = []Kind{Dose, Undone, Vitals, Scale, Event, Symptom, Said, Touch, Music, Present, Red, Log, Calm, Ack, Check, Phase, Signed, Addendum, Note}

// Entry is one thing that somebody entered. Nobody ever changes one.
type Entry struct {
	ID         string          `json:"id"`
	Session    string          `json:"session"`
	Device     string          `json:"device"`
	Seq        int64           `json:"seq"` // of this device in this session, from 1, without gaps
	Kind       Kind            `json:"kind"`
	Taken      time.Time       `json:"taken"`            // by the device's clock
	Entered    time.Time       `json:"entered"`          // by the device's clock
	Offset     *int64          `json:"offset,omitempty"` // ms, the server's clock minus the device's; nil: never measured
	Error      *int64          `json:"error,omitempty"`  // ms by which the offset may be wrong; nil: Slack
	Backdated  bool            `json:"backdated,omitempty"`
	Supersedes string          `json:"supersedes,omitempty"`
	With       string          `json:"with,omitempty"` // shared by the entries of one tap for a group
	Body       json.RawMessage `json:"body"`

	// What the server adds.
	By       string    `json:"by,omitempty"`
	Name     string    `json:"name,omitempty"`
	Role     string    `json:"role,omitempty"`
	Received time.Time `json:"received,omitzero"`
	N        int64     `json:"n,omitempty"`
}

// Slack is how far an offset may be wrong where its device does not say, and the
// most that is believed of one that does.
const Slack = time.Second

// on is an instant of the device's clock by the server's, as far as is known.
func (e Entry) on(t time.Time) time.Time {
	if e.Offset == nil {
		return t
	}
	return t.Add(time.Duration(*e.Offset) * time.Millisecond)
}

func (e Entry) slack() time.Duration {
	if e.Error == nil || *e.Error < 0 || time.Duration(*e.Error)*time.Millisecond > Slack {
		return Slack
	}
	return time.Duration(*e.Error) * time.Millisecond
}

// Read opens an entry's body; false when it is not what its kind has.
func (e Entry) Read(into any) bool {
	return len(e.Body) > 0 && json.Unmarshal(e.Body, into) == nil
}

// content is what the device said, in one form however it was written.
func (e Entry) content() []byte {
	e.By, e.Name, e.Role, e.Received, e.N = "", "", "", time.Time{}, 0
	e.Taken, e.Entered = e.Taken.UTC().Truncate(time.Millisecond), e.Entered.UTC().Truncate(time.Millisecond)
	body := e.Body
	e.Body = nil
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) == nil {
		if b, err := json.Marshal(v); err == nil { // with its keys in order
			body = b
		}
	}
	head, err := json.Marshal(e)
	if err != nil { // a year that nobody can write
		head = []byte(e.ID)
	}
	return append(append(head, '\n'), body...)
}

// Same tells whether two entries say the same, whatever the server added.
func (e Entry) Same(o Entry) bool { return bytes.Equal(e.content(), o.content()) }

// The bodies. What is absent was not taken: nothing stands for it.
type (
	// DoseBody is medicine that was given.
	DoseBody struct {
		Order     string            `json:"order,omitempty"`
		Medicine  string            `json:"medicine,omitempty"`
		Route     string            `json:"route,omitempty"`
		MG        *protocol.Decimal `json:"mg,omitempty"`
		MGPerKG   *protocol.Decimal `json:"mg_per_kg,omitempty"`
		Lot       string            `json:"lot,omitempty"`
		Booster   bool              `json:"booster,omitempty"`
		CheckedBy string            `json:"checked_by,omitempty"`
		Void      bool              `json:"void,omitempty"`
	}

	// UndoneBody takes a tap back.
	UndoneBody struct {
		Of string `json:"of"`
	}

	// VitalsBody is one set of measured values.
	VitalsBody struct {
		Systolic     *int              `json:"systolic,omitempty"`
		Diastolic    *int              `json:"diastolic,omitempty"`
		Pulse        *int              `json:"pulse,omitempty"`
		Oxygen       *int              `json:"oxygen,omitempty"`
		Breaths      *int              `json:"breaths,omitempty"`
		MOAAS        *int              `json:"moaas,omitempty"`
		Warmth       *protocol.Decimal `json:"warmth,omitempty"`
		Dissociation *int              `json:"dissociation,omitempty"` // 0 to 3
		Nausea       *int              `json:"nausea,omitempty"`       // 0 to 3
		Note         string            `json:"note,omitempty"`
		Repeats      string            `json:"repeats,omitempty"` // the reading that this one repeats
		Void         bool              `json:"void,omitempty"`
	}

	// ScaleBody is a scale's answers, by the linkIds of practice/measures.
	ScaleBody struct {
		Instrument string         `json:"instrument"`
		Answers    map[string]any `json:"answers,omitempty"`
		Void       bool           `json:"void,omitempty"`
	}

	// CodeBody is an event or a symptom.
	CodeBody struct {
		Code  string `json:"code"`
		Words string `json:"words,omitempty"`
		Over  bool   `json:"over,omitempty"`
		Of    string `json:"of,omitempty"`
		Void  bool   `json:"void,omitempty"`
	}

	// SaidBody is what somebody said. The digest stays where the words are taken away.
	SaidBody struct {
		Words  string `json:"words,omitempty"`
		Digest string `json:"digest,omitempty"`
		Gone   bool   `json:"gone,omitempty"`
	}

	// TouchBody is what was asked, and the answer: yes, no, stop, not_now.
	TouchBody struct {
		Asked  string `json:"asked,omitempty"`
		Answer string `json:"answer,omitempty"`
		Words  string `json:"words,omitempty"`
	}

	// MusicBody is start, change or stop.
	MusicBody struct {
		Action string `json:"action"`
		Words  string `json:"words,omitempty"`
	}

	// PresentBody is who arrived or left.
	PresentBody struct {
		Person string `json:"person,omitempty"`
		Who    string `json:"who,omitempty"`
		Role   string `json:"role,omitempty"`
		Action string `json:"action"`
		Void   bool   `json:"void,omitempty"`
	}

	// RedBody is why a log was opened.
	RedBody struct {
		Why []string `json:"why,omitempty"`
	}

	// WordsBody is words alone: of a log, a note, an addendum.
	WordsBody struct {
		Words string `json:"words"`
	}

	// AckBody tells of which call somebody says that it was heard.
	AckBody struct {
		Of    string `json:"of"`
		Words string `json:"words,omitempty"`
	}

	// CheckBody is one condition of leaving.
	CheckBody struct {
		Item  string          `json:"item"`
		Value json.RawMessage `json:"value,omitempty"`
		Words string          `json:"words,omitempty"`
		Void  bool            `json:"void,omitempty"`
	}

	// PhaseBody is where the session goes: recovery, ended, left_against_advice, not_given.
	PhaseBody struct {
		To  string `json:"to"`
		Why string `json:"why,omitempty"`
	}

	// SignedBody is whose part was signed, over which digest.
	SignedBody struct {
		Part   string `json:"part"`
		Digest string `json:"digest"`
	}
)
