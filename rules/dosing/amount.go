// Package dosing says what speaks for asking a prescriber again about a dose, by
// the practice's signed protocol. It holds no limit of its own: every figure that
// it compares with is the protocol's. It recommends nothing and converts nothing
// from one route to another; what nobody knows stops or is asked about.
package dosing

import (
	"math/big"

	"held/rules/protocol"
)

// The units in which a dose is written.
const (
	Milligrams = "mg"
	PerKilo    = "mg/kg"
)

// Amount is a dose as it was written. Milligrams and milligrams for each kilogram
// are worked out of each other exactly; nothing goes by way of a float.
type Amount struct {
	Value protocol.Decimal `json:"value"`
	Unit  string           `json:"unit"`
}

// thousandths are the parts of one in a Decimal.
const thousandths = 1000

// millionths is an amount in mg, in millionths, given the weight; false where it
// cannot be known.
func (a Amount) millionths(kg protocol.Decimal) (*big.Int, bool) {
	out := big.NewInt(int64(a.Value))
	switch {
	case a.Unit == Milligrams:
		return out.Mul(out, big.NewInt(thousandths)), true
	case a.Unit == PerKilo && kg > 0:
		return out.Mul(out, big.NewInt(int64(kg))), true
	}
	return nil, false
}

// over tells whether one amount is greater than another, exactly.
func (a Amount) over(b Amount, kg protocol.Decimal) (over, known bool) {
	x, ok := a.millionths(kg)
	y, also := b.millionths(kg)
	if !ok || !also {
		return false, false
	}
	return x.Cmp(y) > 0, true
}

// Mg is the amount in milligrams, to the thousandth. What does not come out even
// is cut off, never rounded up: nobody is given more than was written.
func (a Amount) Mg(kg protocol.Decimal) (mg protocol.Decimal, even, known bool) {
	x, ok := a.millionths(kg)
	if !ok {
		return 0, false, false
	}
	q, r := new(big.Int).QuoRem(x, big.NewInt(thousandths), new(big.Int))
	if !q.IsInt64() {
		return 0, false, false
	}
	return protocol.Decimal(q.Int64()), r.Sign() == 0, true
}

// ByWeight is the amount in mg for each kilogram, to the thousandth; cut off too.
func (a Amount) ByWeight(kg protocol.Decimal) (out protocol.Decimal, even, known bool) {
	if a.Unit == PerKilo {
		return a.Value, true, true
	}
	if a.Unit != Milligrams || kg <= 0 {
		return 0, false, false
	}
	x := new(big.Int).Mul(big.NewInt(int64(a.Value)), big.NewInt(thousandths))
	q, r := x.QuoRem(x, big.NewInt(int64(kg)), new(big.Int))
	return protocol.Decimal(q.Int64()), r.Sign() == 0, q.IsInt64()
}

// about puts a sign before a figure that does not come out even.
func about(d protocol.Decimal, even bool, unit string) string {
	if !even {
		return "about " + d.String() + " " + unit
	}
	return d.String() + " " + unit
}

// Both says an amount in mg and in mg/kg: "34.25 mg (0.5 mg/kg)". What is not
// known of the two is said.
func (a Amount) Both(kg protocol.Decimal) string {
	mg, even, ok := a.Mg(kg)
	if !ok {
		return a.String() + " (mg not known: no weight)"
	}
	by, evenly, ok := a.ByWeight(kg)
	if !ok {
		return about(mg, even, Milligrams) + " (mg/kg not known: no weight)"
	}
	return about(mg, even, Milligrams) + " (" + about(by, evenly, PerKilo) + ")"
}

func (a Amount) String() string { return a.Value.String() + " " + a.Unit }
