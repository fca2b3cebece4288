package forms

import (
	"fmt"
	"maps"

	"held/internal/fault"
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
