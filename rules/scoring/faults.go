package scoring

import (
	"fmt"
	"slices"
)

// checker gathers what is wrong with an instrument.
type checker struct {
	in     Instrument
	out    []error
	items  map[string]bool
	scores map[string]bool
}

func (c *checker) fail(bad bool, path, format string, args ...any) {
	if bad {
		c.out = append(c.out, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
	}
}

// faults names everything in an instrument that does not fit together.
func (in Instrument) faults() []error {
	c := &checker{in: in, items: map[string]bool{}, scores: map[string]bool{}}
	for path, s := range map[string]string{"id": in.ID, "title": in.Title, "version": in.Version, "scoring": in.Scoring, "licence.name": in.Licence.Name} {
		c.fail(s == "", path, "is empty")
	}
	c.fail(!slices.Contains([]string{"self", "clinician"}, in.Rater), "rater", "is neither self nor clinician")
	c.fail(!slices.Contains([]string{"yes", "credit", "noncommercial", "no"}, in.Licence.Redistributable), "licence.redistributable", "is none of yes, credit, noncommercial, no")
	c.fail(len(in.Items) == 0, "items", "is empty")
	for i, it := range in.Items {
		c.item(fmt.Sprintf("items[%d]", i), it)
	}
	for i, im := range in.Implied {
		c.known(fmt.Sprintf("implied[%d].when", i), []string{im.When})
		c.known(fmt.Sprintf("implied[%d].then", i), im.Then)
	}
	for i, sp := range in.Scores {
		c.score(fmt.Sprintf("scores[%d]", i), sp)
	}
	c.fail(in.BandOf != "" && !c.scores[in.BandOf], "band_of", "names no score")
	c.fail(in.Change != nil && !c.scores[in.Change.Of], "change.of", "names no score")
	if in.Change != nil {
		c.fail(!slices.Contains([]string{"", "higher", "lower"}, in.Change.Worse), "change.worse", "is neither higher nor lower")
	}
	return c.out
}

func (c *checker) item(path string, it Item) {
	c.fail(it.Key == "", path+".key", "is empty")
	c.fail(c.items[it.Key], path+".key", "%q is there twice", it.Key)
	c.items[it.Key] = true
	options := c.in.Options[it.Options]
	c.fail((it.Range == nil) == (it.Options == ""), path, "needs options or a range, and one of them")
	c.fail(it.Options != "" && len(options) < 2, path+".options", "%q is no list of two or more", it.Options)
	c.fail(it.Range != nil && it.Range[0] >= it.Range[1], path+".range", "does not go up")
	for _, o := range options {
		c.small(path+".options", o.Value)
	}
	if it.Range != nil {
		c.small(path+".range", it.Range[0], it.Range[1])
	}
	if it.Reverse != nil {
		c.small(path+".reverse", *it.Reverse)
	}
}

// small holds that values stay far from where whole numbers end.
func (c *checker) small(path string, values ...int) {
	for _, v := range values {
		c.fail(v < -1000 || v > 1000, path, "%d is not within 1000", v)
	}
}

// known holds that keys are items.
func (c *checker) known(path string, keys []string) {
	for _, k := range keys {
		c.fail(!c.items[k], path, "there is no item %q", k)
	}
}

func (c *checker) score(path string, sp Spec) {
	m, there := methods[sp.Method]
	c.fail(!there, path+".method", "%q is not known", sp.Method)
	c.fail(sp.Key == "" || c.scores[sp.Key], path+".key", "%q is empty or there twice", sp.Key)
	c.fail(m.items && len(sp.Items) == 0, path+".items", "is empty")
	c.fail(m.of && len(sp.Of) == 0, path+".of", "is empty")
	c.fail(sp.MayMiss < 0 || len(sp.Items) > 0 && sp.MayMiss >= len(sp.Items), path+".may_miss", "is not below the number of items")
	c.fail(sp.Decimals < 0 || sp.Decimals > 6, path+".decimals", "is not 0 to 6")
	c.small(path+".times", sp.Times)
	c.fail((sp.Method == "reaches" || sp.Method == "all reach") && sp.AtLeast == nil, path+".at_least", "is missing")
	c.fail((sp.Method == "classes" || sp.Method == "first class") && (len(sp.Classes) == 0 || sp.Else == "" || sp.Unsure == ""), path, "needs classes, else and unsure")
	c.known(path+".items", sp.Items)
	for i, g := range sp.Groups {
		c.known(fmt.Sprintf("%s.groups[%d]", path, i), g)
	}
	for i, cl := range sp.Classes {
		for j, w := range cl.When {
			c.known(fmt.Sprintf("%s.classes[%d].when[%d]", path, i, j), w.Items)
		}
	}
	for i, g := range sp.Gates {
		c.known(fmt.Sprintf("%s.gates[%d].then", path, i), g.Then)
		if g.When != "" {
			c.known(fmt.Sprintf("%s.gates[%d].when", path, i), []string{g.When})
		}
	}
	for _, k := range sp.Of {
		c.fail(!c.scores[k], path+".of", "there is no score %q above it", k)
	}
	for i, b := range sp.Bands {
		c.fail(i > 0 && b.From.Cmp(sp.Bands[i-1].From) < 0, fmt.Sprintf("%s.bands[%d]", path, i), "begins below the one before")
	}
	c.scores[sp.Key] = true
}
