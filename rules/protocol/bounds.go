package protocol

// Threshold is one limit that holds for somebody during a session.
type Threshold struct {
	Sign  string  `json:"sign"` // systolic, diastolic, hr, spo2, rr, moaas
	Name  string  `json:"name"`
	Level string  `json:"level"` // amber or red
	Op    string  `json:"op"`    // > ≥ < ≤
	Value Decimal `json:"value"`
	Rise  bool    `json:"rise,omitempty"` // over the baseline
}

// During are the limits that Evaluate holds a case of somebody of this age
// against during a session, as data: for a device that has to reckon by itself.
func (d *Document) During(age Told[int]) (out []Threshold) {
	older := d.Bands.OlderFrom != nil && age.Known && age.Value >= *d.Bands.OlderFrom
	signs := d.signs(older)
	if d.Bands.OlderFrom != nil && !age.Known {
		signs = append(signs, d.signs(true)[:3]...)
	}
	seen := map[Threshold]bool{}
	for _, s := range signs {
		for _, l := range s.limits {
			if l.limit == nil || l.phase != during {
				continue
			}
			b := Threshold{Sign: s.key, Name: s.name, Level: resultOf[during][l.level], Op: l.limit.Sign, Value: l.limit.Value, Rise: l.rise}
			if !seen[b] {
				seen[b] = true
				out = append(out, b)
			}
		}
	}
	return out
}

// Unset are the limits of a session that every protocol needs and this one does
// not have, by their paths.
func (d *Document) Unset() (out []string) {
	for _, s := range d.signs(false) {
		for _, l := range s.limits {
			if f, ok := FieldAt(l.path); ok && l.phase == during && l.limit == nil && !f.Optional {
				out = append(out, l.path)
			}
		}
	}
	return out
}

// Options gives one of the lists that fields choose from, as "symptoms" or "vitals".
func Options(list string) []Option { return append([]Option{}, lists[list]...) }
