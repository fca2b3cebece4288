package db

import (
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// ID names a row: 16 bytes, BYTEA on PostgreSQL and BLOB on SQLite. The zero
// ID stands for "none" and is stored as NULL.
type ID [16]byte

// NewID makes a UUIDv7: ids made later sort later.
func NewID() ID { return ID(uuid.Must(uuid.NewV7())) }

// RandomID makes a UUIDv4, for rows whose id must not tell when they were made.
func RandomID() ID { return ID(uuid.New()) }

// ParseID reads the dashed form.
func ParseID(s string) (ID, error) {
	if len(s) != 36 {
		return ID{}, errors.New("not an id")
	}
	u, err := uuid.Parse(s)
	return ID(u), err
}

func (id ID) String() string { return uuid.UUID(id).String() }

// IsZero tells whether this is no id at all.
func (id ID) IsZero() bool { return id == ID{} }

// Value stores the zero ID as NULL.
func (id ID) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id[:], nil
}

// Scan reads what Value wrote.
func (id *ID) Scan(src any) error {
	switch b := src.(type) {
	case nil:
		*id = ID{}
		return nil
	case []byte:
		if len(b) == 0 {
			*id = ID{}
			return nil
		}
		if len(b) == 16 {
			copy(id[:], b)
			return nil
		}
	}
	return fmt.Errorf("db: %T is not an id", src)
}

// MarshalText writes the dashed form; none is empty.
func (id ID) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText reads the dashed form; empty is none.
func (id *ID) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*id = ID{}
		return nil
	}
	*id, err = ParseID(string(b))
	return err
}
