package care

import (
	"context"
	"slices"

	"held/practice/access"
)

// behindProof is what a colleague is shown on Today, or finds in the desk's
// navigation, only once they have shown more than that they read their mail.
var behindProof = []access.Class{access.Questions, access.Alerts, access.Bridge}

// unproven tells whether something on Today stays closed to the reader because
// they came in by a link alone. Said nowhere, it would look as if nothing waited.
func unproven(a access.Actor) bool {
	return slices.ContainsFunc(behindProof, func(c access.Class) bool {
		return access.Possible(a, access.Read, c) == access.DenySecond
	})
}

// beginning tells whether the reader can open the practice to visitors, and
// nobody has done it yet.
func (d *Desk) beginning(ctx context.Context) (bool, error) {
	if !access.Can(ctx, access.Write, access.Resource{Class: access.Settings}) {
		return false, nil
	}
	open, err := d.Calendar.Bookable(ctx)
	return !open && err == nil, err
}
