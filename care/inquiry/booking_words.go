package inquiry

import (
	"strconv"

	"held/internal/ui"
	"held/practice/access"
	"held/practice/people"
)

// whatWords names an appointment to its holder.
func whatWords(v linked) string {
	if v.Name == "" {
		return "An appointment"
	}
	return v.Called()
}

// discretionWords are the words of the choice that a client made.
func discretionWords(p people.Person) string {
	for _, o := range discretions(p.Has(access.Client)) {
		if o.Value == string(p.Discretion) {
			return o.Label
		}
	}
	return string(p.Discretion)
}

// lateWords says what the link does not do any more.
func lateWords(v appointmentView) string {
	move, cancel := hoursWords(v.linked.House.ChangeHours), hoursWords(v.linked.House.CancelHours)
	switch {
	case v.Move:
		return "By this link it can be cancelled until " + cancel + " before."
	case v.Cancel:
		return "By this link the time can be changed until " + move + " before."
	case move == cancel:
		return "By this link it can be changed or cancelled until " + move + " before."
	}
	return "By this link the time can be changed until " + move + " before, and the appointment cancelled until " + cancel + " before."
}

func hoursWords(n int) string {
	if n == 1 {
		return "1 hour"
	}
	return strconv.Itoa(n) + " hours"
}

// waitingDiscretions are the choices as they hold for the waiting list.
func waitingDiscretions(space bool) []ui.Option {
	all := discretions(space)
	if space {
		all[2].Hint = "No letters. A time that opens for you stands in your space, as long as it is kept for you."
	} else {
		all[2].Hint = "Offers of a time, and nothing else. Without a space of your own there is nowhere else to tell you."
	}
	return all
}
