package forms

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"held/internal/db"
	"held/internal/fault"
	"held/practice/access"
	"held/rules/questionnaire"
)

var errFixed = fault.New(fault.Forbidden, "This is an instrument. Its answers are counted as it was published, so its words stay as they are. To ask something else, begin a form of your own. Nothing was changed.")

func (s *Service) fixed(key string) bool { return s.Fixed != nil && s.Fixed(key) }

// Ship adds a form that another part of Held is made of to those that come
// with Held, before anything is asked of the service. A fault is the program's
// own, and stops its start.
func (s *Service) Ship(key string, b []byte) error {
	q, faults := Parse(b)
	if len(faults) > 0 {
		return fmt.Errorf("forms: %s: %s", key, faults[0].String())
	}
	if s.more == nil {
		s.more = map[string]*questionnaire.Questionnaire{}
	}
	s.more[key] = q
	return nil
}

// ours are all forms that come with Held, by key.
func (s *Service) ours() map[string]*questionnaire.Questionnaire {
	if len(s.more) == 0 {
		return shipped()
	}
	all := maps.Clone(shipped())
	maps.Copy(all, s.more)
	return all
}

// Put makes a form of one practice's, which another part of Held is made of, the
// newest version under its key, unless it is that already.
func (s *Service) Put(ctx context.Context, tx *db.Tx, key string, b []byte) error {
	q, faults := Parse(b)
	if len(faults) > 0 {
		return refusal(faults)
	}
	number := 0
	r, err := db.One(ctx, tx, scanWhole, sqlNewest, access.From(ctx).Practice, key)
	if err == nil {
		f, err := s.opened(ctx, tx, r)
		if err != nil {
			return err
		}
		if f.State != Retired && s.same(f.Questionnaire, q, f.Number) {
			return nil
		}
		number = f.Number
	} else if !errors.Is(err, db.ErrNone) {
		return err
	}
	_, err = s.publish(ctx, tx, key, number+1, Own, q)
	return err
}
