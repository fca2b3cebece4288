package db

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The first byte of a packed value.
const (
	packedNull  = 0
	packedInt   = 1
	packedText  = 2
	packedBytes = 3
)

var errPacked = errors.New("db: not a packed row")

// Pack appends a row's values to b, exactly and alike for both engines.
func Pack(b []byte, row []any) ([]byte, error) {
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, packedNull)
		case int64:
			b = binary.AppendVarint(append(b, packedInt), v)
		case string:
			b = append(binary.AppendUvarint(append(b, packedText), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(append(b, packedBytes), uint64(len(v))), v...)
		default:
			return nil, fmt.Errorf("db: a %T cannot be packed", v)
		}
	}
	return b, nil
}

// Unpack reads what Pack wrote, to its end.
func Unpack(b []byte) (row []any, err error) {
	for len(b) > 0 {
		kind := b[0]
		b = b[1:]
		switch kind {
		case packedNull:
			row = append(row, nil)
		case packedInt:
			v, n := binary.Varint(b)
			if n <= 0 {
				return nil, errPacked
			}
			row, b = append(row, v), b[n:]
		case packedText, packedBytes:
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) {
				return nil, errPacked
			}
			v := b[n : n+int(size)] // #nosec G115 -- smaller than b
			if b = b[n+int(size):]; kind == packedText {
				row = append(row, string(v))
			} else {
				row = append(row, append([]byte{}, v...))
			}
		default:
			return nil, errPacked
		}
	}
	return row, nil
}
