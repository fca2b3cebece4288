package inquiry

import (
	"strconv"

	"held/internal/ui"
	"held/practice/access"
	"held/practice/people"
	"held/practice/settings"
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

// deadlineWords says until when the link changes and cancels: before it is too
// late, on the confirmation and in every letter that carries the link.
func deadlineWords(house settings.Practice) string {
	move, cancel := beforeWords(house.ChangeHours), beforeWords(house.CancelHours)
	if move == cancel {
		return "By this link it can be changed or cancelled until " + move + "."
	}
	return "By this link the time can be changed until " + move + ", and the appointment cancelled until " + cancel + "."
}

// limitWords says what the link still does and, where it does less than
// before, how else to reach the practice.
func limitWords(v appointmentView) string {
	switch {
	case v.Move && v.Cancel:
		return deadlineWords(v.linked.House)
	case v.Move:
		return "By this link the time can still be changed, until " + beforeWords(v.linked.House.ChangeHours) + ". " + v.Reach
	case v.Cancel:
		return "By this link it can still be cancelled, until " + beforeWords(v.linked.House.CancelHours) + ". " + v.Reach
	}
	return deadlineWords(v.linked.House) + " " + v.Reach
}

func beforeWords(hours int) string {
	if hours == 0 {
		return "it begins"
	}
	return hoursWords(hours) + " before"
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
