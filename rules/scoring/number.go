package scoring

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Number is an exact fraction, Num/Den with Den above nought, and how many
// decimals it is shown with.
type Number struct {
	Num, Den int64
	Decimals int
}

func whole(n int) Number { return Number{Num: int64(n), Den: 1} }

// Rounded is the number at its decimals, a half going up.
func (n Number) Rounded() Number {
	p := pow10(n.Decimals)
	return Number{Num: floor(2*n.Num*p+n.Den, 2*n.Den), Den: p, Decimals: n.Decimals}
}

// Cmp is -1, 0 or 1 as n is below, at or above m.
func (n Number) Cmp(m Number) int {
	a, b := n.Num*m.Den, m.Num*n.Den
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// String is the number as it is shown, without noughts at its end.
func (n Number) String() string {
	r := n.Rounded()
	sign, v := "", r.Num
	if v < 0 {
		sign, v = "-", -v
	}
	s := strconv.FormatInt(v/r.Den, 10)
	if f := v % r.Den; f != 0 {
		d := strconv.FormatInt(f, 10)
		s += "." + strings.TrimRight(strings.Repeat("0", n.Decimals-len(d))+d, "0")
	}
	return sign + s
}

// MarshalJSON writes a JSON number.
func (n Number) MarshalJSON() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalJSON reads a decimal as an exact fraction.
func (n *Number) UnmarshalJSON(b []byte) error {
	var j json.Number
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	s := j.String()
	before, after, _ := strings.Cut(s, ".")
	v, err := strconv.ParseInt(before+after, 10, 64)
	if err != nil || len(after) > 6 {
		return &json.UnmarshalTypeError{Value: "number " + s, Type: nil}
	}
	*n = Number{Num: v, Den: pow10(len(after)), Decimals: len(after)}
	return nil
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// floor is a/b towards minus infinity, b above nought.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
