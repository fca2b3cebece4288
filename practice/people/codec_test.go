package people

import (
	"bytes"
	"maps"
	"testing"
	"time"

	"held/internal/db"
)

func TestASessionComesBackAsItWasKept(t *testing.T) {
	until := time.Date(2026, 3, 17, 9, 0, 0, 123_000, time.UTC)
	for _, values := range []map[string]any{
		{},
		{keyPerson: db.NewID().String(), keyEpoch: int64(3), keyBegan: int64(-1)},
	} {
		b, err := codec{}.Encode(until, values)
		if err != nil {
			t.Fatal(err)
		}
		deadline, got, err := codec{}.Decode(b)
		if err != nil || !deadline.Equal(until) || !maps.Equal(got, values) {
			t.Errorf("%v until %v came back as %v until %v, %v", values, until, got, deadline, err)
		}
	}
}

func TestASessionKeepsNothingElse(t *testing.T) {
	for _, values := range []map[string]any{{"colour": "blue"}, {keyEpoch: 3}, {keyPerson: "nobody"}, {keyBegan: time.Now()}} {
		if b, err := (codec{}).Encode(time.Now(), values); err == nil {
			t.Errorf("%v was kept as %x", values, b)
		}
	}
}

func TestASessionThatCannotBeReadIsRefused(t *testing.T) {
	b, err := codec{}.Encode(time.Now(), map[string]any{keyPerson: db.NewID().String()})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][]byte{nil, {}, b[1:], append(bytes.Clone(b), 0), append([]byte{9}, b[1:]...)} {
		if _, values, err := (codec{}).Decode(bad); err == nil {
			t.Errorf("%x was read as %v", bad, values)
		}
	}
}
