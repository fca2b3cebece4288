package devices

import (
	"context"

	"held/internal/db"
	"held/internal/mail"
	"held/practice/access"
	"held/practice/letters"
	"held/practice/settings"
	"held/practice/trail"
)

// Names are the devices of whoever acts that are called.
func (s *Service) Names(ctx context.Context) (out []string, err error) {
	all, err := s.of(ctx, s.DB.Reader(), access.From(ctx).Person)
	for _, d := range all {
		out = append(out, d.Name)
	}
	return out, err
}

// End takes out all devices of somebody's, within the transaction that ends their
// sessions. A letter tells them: nobody is to stop being reached without knowing.
func (s *Service) End(ctx context.Context, tx *db.Tx, person db.ID) error {
	n, err := s.end(ctx, tx, person)
	if err != nil || n == 0 {
		return err
	}
	return s.Letters.Queue(ctx, tx, letters.Letter{Kind: letterEnded, Subject: person})
}

func (s *Service) end(ctx context.Context, tx *db.Tx, person db.ID) (int, error) {
	all, err := s.of(ctx, tx, person)
	if err != nil {
		return 0, err
	}
	for _, d := range all {
		if err := s.drop(ctx, tx, d.ID); err != nil {
			return 0, err
		}
		if err := s.Trail.Record(ctx, tx, trail.Entry{Verb: "removed", Kind: "called device", Subject: person, Object: d.ID}); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// Revoked follows a role that was taken: whoever works in no room any more has no
// device that a room calls. With another role in rooms they stay within reach.
func (s *Service) Revoked(ctx context.Context, tx *db.Tx, person db.ID, left []access.Role) error {
	if works(access.Actor{Practice: access.From(ctx).Practice, Person: person, Roles: left, Via: access.Session}) {
		return nil
	}
	_, err := s.end(ctx, tx, person)
	return err
}

// works tells whether somebody works in rooms, though they may have to prove first
// who they are.
func works(a access.Actor) bool {
	d := access.Possible(a, access.Read, access.Room)
	return d == access.Allow || d == access.DenySecond || d == access.DenyConfirm
}

// letterEnded says that no device of somebody's is called any more.
const letterEnded = "devices.ended"

// endedLetter goes to whoever may let one be called anew, while none is.
func (s *Service) endedLetter(ctx context.Context, to db.ID, _ []byte) (*mail.Message, error) {
	all, err := s.of(ctx, s.DB.Reader(), to)
	if err != nil || len(all) > 0 {
		return nil, err
	}
	says := "No device of yours is called any more"
	return s.Settings.Write(ctx, to, settings.Note{Neutral: says, Full: says, More: ", because you were signed out everywhere. You can let one be called anew:", Path: Own, Must: true})
}
