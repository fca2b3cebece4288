package protocol

import (
	"fmt"
	"strings"
)

// unknownMark stands behind a rule that nobody has answered yet.
const unknownMark = "_unknown"

// eligible reads the flags of a screening by the rules that the protocol puts
// in force. Nothing here clears anybody: without a flag, a prescriber decides.
func (d *Document) eligible(c Case) Result {
	var block, open, notes []string
	if why := d.other(c); why != "" {
		open = append(open, why)
	}
	for _, r := range Rules {
		if d.Screening[r.Value] == "" {
			open = append(open, "the protocol does not say: screening."+r.Value)
		}
	}
	for _, flag := range c.Flags {
		id, unknown := strings.CutSuffix(flag, unknownMark)
		name, level := label(Rules, id), d.Screening[id]
		switch {
		case name == "":
			open = append(open, fmt.Sprintf("%s is no rule of this protocol", flag))
		case level == "off":
			notes = append(notes, name+": not in force in this protocol")
		case unknown:
			open = append(open, name+": not answered")
		case level == "block":
			block = append(block, name+": blocks by this protocol")
		case level == "signature":
			notes = append(notes, name+": a prescriber's signature")
		case level == "ask":
			notes = append(notes, name+": ask and note")
		}
	}
	why := append(append(block, open...), notes...)
	switch {
	case len(block) > 0:
		return Result{Block, why}
	case len(open) > 0:
		return Result{NotCleared, why}
	}
	return Result{NeedsSignature, append(why, "Held never clears: a prescriber decides and signs")}
}
