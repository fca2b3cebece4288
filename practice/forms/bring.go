package forms

import (
	"fmt"
	"maps"

	"held/rules/questionnaire"
)

// Bring adds a form that another part of Held is made of to those that come
// with Held, before anything is asked of the service. A fault is the program's
// own, and stops its start.
func (s *Service) Bring(key string, b []byte) error {
	q, faults := Parse(b)
	if len(faults) > 0 {
		return fmt.Errorf("forms: %s: %s", key, faults[0].String())
	}
	if s.brought == nil {
		s.brought = map[string]*questionnaire.Questionnaire{}
	}
	s.brought[key] = q
	return nil
}

// ours are all forms that come with Held, by key.
func (s *Service) ours() map[string]*questionnaire.Questionnaire {
	if len(s.brought) == 0 {
		return shipped()
	}
	all := maps.Clone(shipped())
	maps.Copy(all, s.brought)
	return all
}
