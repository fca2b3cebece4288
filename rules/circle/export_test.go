package circle

// Fold takes case and marks away.
var Fold = fold

// Readings are the ways to read a name: the letters of its parts, and which of
// them are initials.
func (n Name) Readings() (letters [][]string, initials [][]bool) {
	for _, r := range n.readings {
		var l []string
		var i []bool
		for _, p := range r {
			l, i = append(l, p.letters), append(i, p.initial)
		}
		letters, initials = append(letters, l), append(initials, i)
	}
	return letters, initials
}

// Bones leave out what one name is spelled differently in.
var Bones = bones
