package people

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"held/internal/db"
)

// codec writes a session as its few fields, one after another. It is read with
// every page, and the general one works out its types anew each time.
type codec struct{}

var _ scs.Codec = codec{}

// sessionFormat is the first byte of a session; it leaves room for another one.
const sessionFormat = 1

const sessionSize = 1 + 8 + 16 + 8 + 8

var errSession = errors.New("people: a session that cannot be read")

func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	var person db.ID
	var epoch, began int64
	for key, v := range values {
		known := false
		switch key {
		case keyPerson:
			var word string
			if word, known = v.(string); known {
				var err error
				if person, err = db.ParseID(word); err != nil {
					return nil, err
				}
			}
		case keyEpoch:
			epoch, known = v.(int64)
		case keyBegan:
			began, known = v.(int64)
		}
		if !known {
			return nil, fmt.Errorf("people: a session does not keep %q", key)
		}
	}
	b := append(make([]byte, 0, sessionSize), sessionFormat)
	b = binary.BigEndian.AppendUint64(b, uint64(deadline.UnixMicro())) // #nosec -- read back as it was
	b = append(b, person[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(epoch))         // #nosec -- read back as it was
	return binary.BigEndian.AppendUint64(b, uint64(began)), nil // #nosec -- read back as it was
}

func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	if len(b) != sessionSize || b[0] != sessionFormat {
		return time.Time{}, nil, errSession
	}
	number := func(at int) int64 { return int64(binary.BigEndian.Uint64(b[at:])) } // #nosec -- as it was written
	deadline, person := time.UnixMicro(number(1)).UTC(), db.ID(b[9:25])
	if person.IsZero() {
		return deadline, map[string]any{}, nil
	}
	return deadline, map[string]any{keyPerson: person.String(), keyEpoch: number(25), keyBegan: number(33)}, nil
}
