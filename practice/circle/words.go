package circle

import "held/internal/ui"

// Decisions are the ways to go on after "talk first", for a form.
func Decisions() []ui.Option {
	return []ui.Option{
		{Value: string(Talked), Label: "We have talked; it stays"},
		{Value: string(Stays), Label: "It stays as it is"},
	}
}

// Words say what was decided.
func (c Code) Words() string {
	for _, o := range Decisions() {
		if o.Value == string(c) {
			return o.Label
		}
	}
	return string(c)
}
