package medicine

import "time"

// Call is something that wants somebody's attention: a reading that is due or
// late, a repeat that is owed, a value out of the protocol's bands. It tells of
// itself on every device of the room; it does not tell that anybody looks.
type Call struct {
	ID      string    `json:"id"` // the same for the same thing, on every device
	Session string    `json:"session"`
	Kind    string    `json:"kind"` // due, late, missing, repeat, repeat_late, amber, red
	At      time.Time `json:"at"`
	Words   []string  `json:"words"`
	Heard   string    `json:"heard,omitempty"` // by whom, by name
	HeardAt time.Time `json:"heard_at,omitzero"`
}
