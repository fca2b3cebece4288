package medicine

import (
	"context"
	"errors"
	"slices"

	"held/internal/db"
	"held/practice/access"
	call "held/practice/devices"
)

// reachKinds are the kinds of calls as a device chooses by them.
var reachKinds = map[string]call.Kind{
	CallRed: call.Red, CallAmber: call.Amber, CallRepeatLate: call.Late, CallLate: call.Late, CallRepeat: call.Due, CallDue: call.Due,
}

// Standing is what calls now in all open rooms and was heard by nobody, for what
// calls devices: whose it is stays here. A room that cannot be read keeps no other
// from calling: what there is comes along with the error.
func (s *Service) Standing(ctx context.Context) (out []call.Call, err error) {
	ctx = reckoning(ctx)
	rows, err := s.openSeats(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		calls, failed := s.standingIn(ctx, r)
		out, err = append(out, calls...), errors.Join(err, failed)
	}
	return out, err
}

// standingIn is that of one seat.
func (s *Service) standingIn(ctx context.Context, r seatRow) (out []call.Call, err error) {
	calls, err := s.callsOf(ctx, s.DB.Reader(), r)
	if err != nil {
		return nil, err
	}
	var team, prescribers []db.ID
	for _, c := range calls {
		if c.Heard != "" {
			continue
		}
		if team == nil {
			if team, prescribers, err = s.whoHears(ctx, r.Client); err != nil {
				return nil, err
			}
		}
		out = append(out, call.Call{Key: c.key(), Kind: reachKinds[c.Kind], From: c.From, Team: team, Prescribers: prescribers})
	}
	return out, nil
}

// whoHears are those of a client's care team who work in its rooms, in the role
// that they have there and still hold.
func (s *Service) whoHears(ctx context.Context, client db.ID) (team, prescribers []db.ID, err error) {
	card, err := s.People.Card(ctx, client)
	if err != nil {
		return nil, nil, err
	}
	team = []db.ID{}
	for _, m := range card.Team {
		colleague, err := s.People.Card(ctx, m.Person)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Contains(inRooms, m.Role) || !slices.Contains(colleague.Roles, m.Role) {
			continue
		}
		if !slices.Contains(team, m.Person) {
			team = append(team, m.Person)
		}
		if m.Role == access.Prescriber {
			prescribers = append(prescribers, m.Person)
		}
	}
	return team, prescribers, nil
}

var inRooms = []access.Role{access.Prescriber, access.Guide, access.Attendant}
