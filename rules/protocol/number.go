package protocol

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// Decimal is a figure in thousandths, so that 0.5 mg/kg and 37.8 °C are kept
// and compared as they were written.
type Decimal int64

const thousandths = 1000

var errDecimal = errors.New("this is no figure: write it as 12 or 0.5, with three places at most")

// ParseDecimal reads a figure; the comma of other countries is a point.
func ParseDecimal(s string) (Decimal, error) {
	s = strings.Replace(strings.TrimSpace(s), ",", ".", 1)
	whole, part, pointed := strings.Cut(s, ".")
	if whole == "" || len(whole) > 9 || len(part) > 3 || pointed && part == "" || !figures(whole) || !figures(part) {
		return 0, errDecimal
	}
	n, err := strconv.ParseInt(whole+(part + "000")[:3], 10, 64)
	return Decimal(n), err
}

func figures(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// Whole is a figure without a fraction.
func Whole(n int) Decimal { return Decimal(n) * thousandths }

func (d Decimal) String() string {
	sign, n := "", int64(d)
	if n < 0 {
		sign, n = "-", -n
	}
	s := strconv.FormatInt(n/thousandths, 10)
	if part := n % thousandths; part != 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(thousandths+part, 10)[1:], "0")
	}
	return sign + s
}

// MarshalJSON writes a number.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON reads a number as it stands, never by way of a float.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	n, err := ParseDecimal(string(b))
	if err == nil {
		*d = n
	}
	return err
}

// Limit is a bound with the way in which it binds: ">140" or "≥160", "<90" or
// "≤3". Published figures say which, and one apart is another answer.
type Limit struct {
	Sign  string // > ≥ < ≤
	Value Decimal
}

var errLimit = errors.New("this is no limit: write it with its sign, as >140, ≥160, <90 or ≤3")

// ParseLimit reads a limit; >= and <= are understood.
func ParseLimit(s string) (Limit, error) {
	s = strings.NewReplacer(">=", "≥", "<=", "≤").Replace(strings.TrimSpace(s))
	for _, sign := range []string{">", "≥", "<", "≤"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			v, err := ParseDecimal(rest)
			if err != nil {
				return Limit{}, errLimit
			}
			return Limit{sign, v}, nil
		}
	}
	return Limit{}, errLimit
}

func (l Limit) String() string { return l.Sign + l.Value.String() }

// Met tells whether a figure lies beyond the limit.
func (l Limit) Met(v Decimal) bool {
	switch l.Sign {
	case ">":
		return v > l.Value
	case "≥":
		return v >= l.Value
	case "<":
		return v < l.Value
	case "≤":
		return v <= l.Value
	}
	return true // a limit that nobody understands is never a reason to go on
}

// high tells which way it binds.
func (l Limit) high() bool { return l.Sign == ">" || l.Sign == "≥" }

// edge puts limits of one direction in order: what "≥160" meets, ">160" meets a
// little later.
func (l Limit) edge() int64 {
	switch l.Sign {
	case ">":
		return 2*int64(l.Value) + 1
	case "<":
		return 2*int64(l.Value) - 1
	}
	return 2 * int64(l.Value)
}

// MarshalJSON writes the limit as it is read.
func (l Limit) MarshalJSON() ([]byte, error) { return []byte(`"` + l.String() + `"`), nil }

// UnmarshalJSON reads it.
func (l *Limit) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		return errLimit
	}
	v, err := ParseLimit(s)
	if err == nil {
		*l = v
	}
	return err
}
