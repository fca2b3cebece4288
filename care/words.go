package care

import "held/practice/people"

func contactWords(contact string) string {
	if contact == "" {
		return "Nothing was left."
	}
	return contact
}

func discretionWords(v personView) string {
	switch v.Who.Discretion {
	case people.Full:
		return "Say what it is"
	case people.Silent:
		if v.Who.Quiet() {
			return people.Nothing
		}
		return people.NotMuch
	}
	return "Say little"
}
