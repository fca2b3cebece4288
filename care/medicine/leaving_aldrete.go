package medicine

import (
	"strconv"
	"sync"

	"held/internal/ui"
	"held/practice/measures"
	"held/rules/scoring"
)

// aldreteID is the instrument of practice/measures that a discharge asks for.
const aldreteID = "aldrete"

// aldrete is the modified score as published: its items, their values, and whose
// table it is. It is data of the program, checked when the program is built.
var aldrete = sync.OnceValue(func() scoring.Instrument {
	in, err := measures.Find(aldreteID)
	if err != nil {
		panic(err)
	}
	return in
})

// aldreteKeys are its items' link ids, in their order.
func aldreteKeys() (out []string) {
	for _, it := range aldrete().Items {
		out = append(out, it.Key)
	}
	return out
}

// aldreteOptions are the values of one item, the published words beside each.
func aldreteOptions(it scoring.Item) (out []ui.Option) {
	for _, o := range aldrete().Options[it.Options] {
		out = append(out, ui.Option{Value: strconv.Itoa(o.Value), Label: strconv.Itoa(o.Value) + ": " + o.Text})
	}
	return out
}
