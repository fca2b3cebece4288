package scoring

// method is one way of making a score. What an instrument's data may ask for
// is this list, so that a new instrument needs no code.
type method struct {
	reckon func(*sheet, Spec) outcome
	items  bool // needs items
	of     bool // needs other scores
}

var methods map[string]method

func init() {
	methods = map[string]method{
		"sum":         {sum, true, false},
		"mean":        {mean, true, false},
		"raw":         {raw, false, true},
		"answered":    {answered, true, false},
		"counts":      {counts, false, false},
		"reaches":     {reaches, false, true},
		"all reach":   {allReach, false, true},
		"flag":        {flagged, true, false},
		"only":        {only, true, true},
		"percents":    {percents, false, true},
		"table":       {table, false, true},
		"classes":     {classes, false, false},
		"first class": {firstClass, false, false},
	}
}

// sum adds items up. When no more than may be missing is, what was answered is
// prorated to all of them: sum ÷ answered × items, a half going up.
func sum(s *sheet, sp Spec) outcome {
	o := outcome{}
	o.sum, o.n = s.add(sp.Items)
	o.missing = len(sp.Items) - o.n
	if o.n == 0 || o.missing > sp.MayMiss {
		return o
	}
	o.prorated = o.missing > 0
	exact := Number{Num: int64(o.sum) * int64(len(sp.Items)) * int64(sp.times()), Den: int64(o.n), Decimals: sp.Decimals}
	return o.with(exact)
}

// mean is the mean of what was answered.
func mean(s *sheet, sp Spec) outcome {
	o := outcome{}
	o.sum, o.n = s.add(sp.Items)
	o.missing = len(sp.Items) - o.n
	if o.n == 0 || o.missing > sp.MayMiss {
		return o
	}
	return o.with(Number{Num: int64(o.sum) * int64(sp.times()), Den: int64(o.n), Decimals: sp.Decimals})
}

func (o outcome) with(exact Number) outcome {
	shown := exact.Rounded()
	o.exact, o.shown, o.value = &exact, &shown, exact
	return o
}

// raw is a prorated sum before it was rounded; nothing when none was prorated.
func raw(s *sheet, sp Spec) outcome {
	of := s.done[sp.Of[0]]
	if !of.prorated {
		return outcome{}
	}
	exact := *of.exact
	exact.Decimals = sp.Decimals
	return outcome{}.with(exact)
}

func answered(s *sheet, sp Spec) outcome {
	_, n := s.add(sp.Items)
	return outcome{}.with(whole(n))
}

// counts is, for each group, how many of its answered items count as a symptom.
func counts(s *sheet, sp Spec) outcome {
	var list []any
	for _, g := range sp.Groups {
		n := 0
		for _, key := range g {
			if p := s.point(key); p != nil && *p >= s.in.Items[s.at[key]].symptomFrom() {
				n++
			}
		}
		list = append(list, whole(n))
	}
	return outcome{value: list}
}

// reaches tells whether a score, as it is shown, is at least a value.
func reaches(s *sheet, sp Spec) outcome {
	of := s.done[sp.Of[0]]
	if of.shown == nil {
		return outcome{}
	}
	return outcome{value: of.shown.Cmp(*sp.AtLeast) >= 0}
}

// allReach tells whether every one of several means is at least a value. One
// that is below says no, whatever is missing elsewhere.
func allReach(s *sheet, sp Spec) outcome {
	unsure := false
	for _, key := range sp.Of {
		of := s.done[key]
		switch {
		case of.exact == nil:
			unsure = true
		case of.exact.Cmp(*sp.AtLeast) < 0:
			return outcome{value: false}
		}
	}
	if unsure {
		return outcome{}
	}
	return outcome{value: true}
}

// flagged tells whether any of the items counts as a symptom. One that was not
// answered is not a no.
func flagged(s *sheet, sp Spec) outcome {
	unsure := false
	for _, key := range sp.Items {
		switch p := s.point(key); {
		case p == nil:
			unsure = true
		case *p >= s.in.Items[s.at[key]].symptomFrom():
			return outcome{value: true}
		}
	}
	if unsure {
		return outcome{}
	}
	return outcome{value: false}
}

// only tells whether all points of a score come from these items.
func only(s *sheet, sp Spec) outcome {
	of := s.done[sp.Of[0]]
	if of.exact == nil {
		return outcome{}
	}
	n, _ := s.add(sp.Items)
	return outcome{value: of.sum > 0 && n == of.sum}
}

// percents is each of several scores as a share, times being 100 ÷ its maximum.
func percents(s *sheet, sp Spec) outcome {
	var list []any
	for _, key := range sp.Of {
		of := s.done[key]
		if of.exact == nil {
			list = append(list, nil)
			continue
		}
		list = append(list, Number{Num: of.exact.Num * int64(sp.times()), Den: of.exact.Den, Decimals: sp.Decimals})
	}
	return outcome{value: list}
}

// table looks a sum up in a published table.
func table(s *sheet, sp Spec) outcome {
	of := s.done[sp.Of[0]]
	if of.shown == nil {
		return outcome{}
	}
	n, found := sp.Table[of.shown.String()]
	if !found {
		return outcome{}
	}
	return outcome{}.with(n)
}
