package screening_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	. "held/rules/screening"
)

// quiet are answers and values of which no rule speaks.
func quiet() Input {
	in := Input{Answers: map[string][]string{
		"age": {"18-64"}, "alcohol": {"no"}, "mania": {"no"}, "substance-use": {"no"}, "suicide": {"no"}, "escort": {"yes"}, ItemTakes: {"no"},
		"psychedelics": {"no"}, "intoxicated-today": {"no"},
	}, Values: map[string]float64{"systolic": 124, "diastolic": 78}}
	for _, r := range Shipped().Rules {
		for _, item := range items(r.When) {
			if in.Answers[item] == nil {
				in.Answers[item] = []string{"no"}
			}
		}
	}
	return in
}

func items(t Term) (out []string) {
	if t.Item != "" {
		out = append(out, t.Item)
	}
	for _, inner := range append(slices.Clone(t.Any), t.All...) {
		out = append(out, items(inner)...)
	}
	return out
}

// change is how a quiet input becomes one of which a rule speaks: an answer
// (item=code), a medicine (med=name) or a value (value=number).
type change map[string]string

func (c change) on(in Input) Input {
	for k, v := range c {
		switch {
		case k == "med":
			in.Answers[ItemTakes], in.Medicines = []string{"yes"}, append(in.Medicines, v)
		case k == "systolic" || k == "diastolic":
			in.Values[k] = map[string]float64{"180": 180, "181": 181, "100": 100, "101": 101}[v]
		default:
			in.Answers[k] = []string{v}
		}
	}
	return in
}

// fixtures: what makes each rule speak, what comes near it and does not, and
// what must be missing for it to be unanswered.
var fixtures = map[string]struct {
	speaks []change
	near   change
	open   string // the question or value that is taken away
}{
	"aneurysm":              {[]change{{"aneurysm": "yes"}}, change{"avm": "yes"}, "aneurysm"},
	"avm":                   {[]change{{"avm": "yes"}}, change{"aneurysm": "yes"}, "avm"},
	"ich":                   {[]change{{"ich": "yes"}}, change{"stroke": "yes"}, "ich"},
	"hypersens":             {[]change{{"hypersens": "yes"}}, nil, "hypersens"},
	"bp_hazard":             {[]change{{"bp-hazard": "yes"}, {"stroke": "yes"}}, change{"bp-high": "not-controlled"}, "bp-hazard"},
	"htn_uncontrolled":      {[]change{{"bp-high": "not-controlled"}, {"systolic": "181"}, {"diastolic": "101"}}, change{"bp-high": "treated", "systolic": "180", "diastolic": "100"}, "systolic"},
	"cv_event_6w":           {[]change{{"heart-event": "within-6-weeks"}}, change{"heart-event": "earlier"}, "heart-event"},
	"cv_unstable":           {[]change{{"heart": "yes"}}, nil, "heart"},
	"preeclampsia":          {[]change{{"preeclampsia": "yes"}}, change{"preeclampsia": "not-for-me"}, "preeclampsia"},
	"pregnancy":             {[]change{{"pregnancy": "yes"}, {"pregnancy": "possible"}}, change{"pregnancy": "not-for-me"}, "pregnancy"},
	"breastfeeding":         {[]change{{"breastfeeding": "yes"}}, change{"breastfeeding": "not-for-me"}, "breastfeeding"},
	"psychosis":             {[]change{{"psychosis": "yes"}}, change{"family-psychosis": "yes"}, "psychosis"},
	"mania":                 {[]change{{"mania": "now"}, {"mania": "past", "mood-stabiliser": "no"}}, change{"mania": "past", "mood-stabiliser": "yes"}, "mania"},
	"mania_history":         {[]change{{"mania": "past"}}, change{"mania": "now"}, "mania"},
	"fam_psychosis":         {[]change{{"family-psychosis": "yes"}}, change{"psychosis": "yes"}, "family-psychosis"},
	"sud_active":            {[]change{{"substance-use": "now"}, {"ketamine-misuse": "yes"}}, change{"substance-use": "past"}, "ketamine-misuse"},
	"sud_past":              {[]change{{"substance-use": "past"}}, change{"substance-use": "now"}, "substance-use"},
	"intoxication":          {[]change{{"intoxicated-today": "yes"}}, nil, "intoxicated-today"},
	"icp":                   {[]change{{"head-pressure": "yes"}}, nil, "head-pressure"},
	"iop":                   {[]change{{"eye-pressure": "yes"}}, nil, "eye-pressure"},
	"hepatic_severe":        {[]change{{"liver": "severe"}}, change{"liver": "some"}, "liver"},
	"hepatic_mod":           {[]change{{"liver": "some"}}, change{"liver": "severe"}, "liver"},
	"cystitis":              {[]change{{"bladder": "ketamine"}}, change{"bladder": "other"}, "bladder"},
	"cystitis_other":        {[]change{{"bladder": "other"}}, change{"bladder": "ketamine"}, "bladder"},
	"thyroid":               {[]change{{"thyroid": "untreated"}}, change{"thyroid": "treated"}, "thyroid"},
	"phaeo":                 {[]change{{"phaeo": "yes"}}, nil, "phaeo"},
	"resp":                  {[]change{{"lungs": "yes"}}, nil, "lungs"},
	"stroke":                {[]change{{"stroke": "yes"}}, change{"ich": "yes"}, "stroke"},
	"seizure":               {[]change{{"seizures": "yes"}}, nil, "seizures"},
	"suicide_acute":         {[]change{{"suicide": "plan"}}, change{"suicide": "thoughts"}, "suicide"},
	"suicide_thoughts":      {[]change{{"suicide": "thoughts"}}, change{"suicide": "plan"}, "suicide"},
	"personality":           {[]change{{"personality": "yes"}}, nil, "personality"},
	"dissoc_dx":             {[]change{{"dissociation": "yes"}}, nil, "dissociation"},
	"capacity":              {[]change{{"capacity": "yes"}}, nil, "capacity"},
	"age":                   {[]change{{"age": "under-18"}}, change{"age": "65-or-older"}, "age"},
	"elderly":               {[]change{{"age": "65-or-older"}}, change{"age": "under-18"}, "age"},
	"no_escort":             {[]change{{"escort": "no"}, {"escort": "not-yet"}}, nil, "escort"},
	"home_unsup":            {[]change{{"ketamine-at-home": "yes"}}, nil, "ketamine-at-home"},
	"med_benzodiazepine":    {[]change{{"med": "Lorazepam 1 mg"}, {"med": "XANAX"}}, change{"med": "zolpidem"}, ItemTakes},
	"med_cns":               {[]change{{"med": "zolpidem"}, {"med": "Pregabalin"}, {"med": "phenobarbital"}, {"med": "Benadryl"}}, change{"med": "diazepam"}, ItemTakes},
	"med_alcohol":           {[]change{{"alcohol": "most-days"}}, change{"alcohol": "some"}, "alcohol"},
	"med_opioid":            {[]change{{"med": "methadone"}}, change{"med": "naltrexone"}, ItemTakes},
	"med_opioid_antagonist": {[]change{{"med": "Naltrexone"}}, change{"med": "methadone"}, ItemTakes},
	"med_lamotrigine":       {[]change{{"med": "Lamictal 200mg"}}, change{"med": "lithium"}, ItemTakes},
	"med_lithium":           {[]change{{"med": "lithium carbonate"}}, change{"med": "lamotrigine"}, ItemTakes},
	"med_maoi":              {[]change{{"med": "tranylcypromine"}}, change{"med": "sertraline"}, ItemTakes},
	"med_stimulant":         {[]change{{"med": "Vyvanse"}, {"med": "pseudoephedrine"}}, change{"med": "ibuprofen"}, ItemTakes},
	"med_theophylline":      {[]change{{"med": "aminophylline"}}, change{"med": "ibuprofen"}, ItemTakes},
	"med_cyp3a4":            {[]change{{"med": "Grapefruit juice"}}, change{"med": "clopidogrel"}, ItemTakes},
	"med_cyp2b6":            {[]change{{"med": "Plavix 75 mg"}}, change{"med": "ritonavir"}, ItemTakes},
	"med_inducer":           {[]change{{"med": "St. John’s wort"}, {"med": "Tegretol"}}, change{"med": "sertraline"}, ItemTakes},
	"med_antipsychotic":     {[]change{{"med": "Seroquel"}}, change{"med": "sertraline"}, ItemTakes},
	"med_ssri_snri":         {[]change{{"med": "Sertraline 50mg"}, {"med": "venlafaxine XR"}}, change{"med": "phenelzine"}, ItemTakes},
	"med_thyroid":           {[]change{{"med": "Levothyroxine"}}, change{"med": "ibuprofen"}, ItemTakes},
	"med_nasal":             {[]change{{"med": "Nasonex"}, {"med": "oxymetazoline"}}, change{"med": "ibuprofen"}, ItemTakes},
	"med_psychedelics":      {[]change{{"psychedelics": "within-7-days"}}, change{"psychedelics": "earlier"}, "psychedelics"},
}

// product is one that the rule is about.
func product(r Rule) string { return slices.Sorted(maps.Keys(r.Products))[0] }

func says(t *testing.T, r Rule, in Input) Line {
	t.Helper()
	in.Product, in.Stage = product(r), r.Stage
	for _, l := range Shipped().Evaluate(in).Lines {
		if l.Rule.ID == r.ID {
			return l
		}
	}
	t.Fatalf("%s did not look", r.ID)
	return Line{}
}

func TestEveryRuleSpeaksStaysSilentAndSaysWhatIsNotAnswered(t *testing.T) {
	for id := range fixtures {
		if _, there := Shipped().Find(id); !there {
			t.Errorf("there is no rule %s any more", id)
		}
	}
	for _, r := range Shipped().Rules {
		f, there := fixtures[r.ID]
		if !there {
			t.Errorf("%s has no fixture", r.ID)
			continue
		}
		for _, c := range f.speaks {
			if l := says(t, r, c.on(quiet())); l.State != Speaks || len(l.From) == 0 || l.From[0].Said == "" {
				t.Errorf("%s at %v: %s from %v", r.ID, c, l.State, l.From)
			}
		}
		if l := says(t, r, f.near.on(quiet())); l.State != Silent {
			t.Errorf("%s near %v: %s", r.ID, f.near, l.State)
		}
		in := quiet()
		delete(in.Answers, f.open)
		delete(in.Values, f.open)
		l := says(t, r, in)
		if l.State != NotAnswered || !slices.ContainsFunc(l.From, func(e Evidence) bool { return e.Item == f.open || e.Value == f.open }) {
			t.Errorf("%s without %s: %s from %v", r.ID, f.open, l.State, l.From)
		}
		if l := says(t, r, Input{}); l.State != NotAnswered {
			t.Errorf("%s of nothing: %s", r.ID, l.State)
		}
	}
}

func TestIDontKnowIsNeitherYesNorNo(t *testing.T) {
	for _, r := range Shipped().Rules {
		for _, item := range items(r.When) {
			for _, code := range []string{DontKnow, InPerson, "a code of another form"} {
				in := quiet()
				in.Answers[item] = []string{code}
				if item == "mood-stabiliser" {
					in.Answers["mania"] = []string{"past"}
				}
				if l := says(t, r, in); l.State != NeedsLooking {
					t.Errorf("%s with %s=%s: %s", r.ID, item, code, l.State)
				}
			}
		}
	}
}

func TestTheWorkedCases(t *testing.T) {
	with := func(c change) Overall {
		in := c.on(quiet())
		in.Product = Ketamine
		return Shipped().Evaluate(in).Overall()
	}
	if got := with(change{"aneurysm": "yes"}); got != Blocked {
		t.Errorf("elig1: %s", got)
	}
	if got := with(change{"pregnancy": DontKnow}); got != Incomplete {
		t.Errorf("elig3: %s", got)
	}
	if got := with(nil); got != NothingSpoke || !strings.Contains(string(got), "the prescriber decides") {
		t.Errorf("elig4: %s", got)
	}
	if got := with(change{"family-psychosis": "yes"}); got != ForReview {
		t.Errorf("a caution: %s", got)
	}
}

func TestAMedicineThatIsNotRecognisedIsSaidAndKeepsClassesOpen(t *testing.T) {
	in := change{"med": "Lorazpam"}.on(quiet()) // a slip of the pen is not guessed
	in.Product = Ketamine
	got := Shipped().Evaluate(in)
	if !slices.Equal(got.Unrecognised, []string{"Lorazpam"}) || got.Overall() != Incomplete {
		t.Errorf("%v %s", got.Unrecognised, got.Overall())
	}
	for _, l := range got.Lines {
		if l.Rule.ID == "med_benzodiazepine" && l.State != NeedsLooking {
			t.Errorf("the class is %s", l.State)
		}
	}
	for written, want := range map[string][]string{
		"": nil, "  ": nil, "50 mg": nil, "blue pill": nil, "sertralina": nil,
		"Sertraline 50mg": {"SSRI"}, "  ZOLOFT® ": {"SSRI"}, "naltrexone/bupropion": {"opioid antagonist"}, "Ben-u-ron": {NoRule}, "St John's wort": {"CYP inducer"},
	} {
		classes, _ := Recognise(written)
		if !slices.Equal(classes, want) {
			t.Errorf("%q is %v, want %v", written, classes, want)
		}
	}
	if _, clear := Recognise("naltrexone/bupropion"); clear {
		t.Error("a part that is not known must be looked at")
	}
	if _, clear := Recognise("Sertraline 50 mg tablets, twice a day"); !clear {
		t.Error("a strength and a form are no part of the name")
	}
}

func TestRulesOutOfForceAreNamedAndAskNothing(t *testing.T) {
	in := change{"aneurysm": "yes", "suicide": "thoughts"}.on(quiet())
	in.Product, in.Protocol = Ketamine, map[string]string{"aneurysm": "off", "suicide_acute": "off"}
	got := Shipped().Evaluate(in)
	if got.Overall() != NothingSpoke || len(got.Off) != 3 {
		t.Errorf("%s, off %v", got.Overall(), got.Off)
	}
	in.Protocol = map[string]string{"aneurysm": "signature", "suicide_acute": "off"}
	if got := Shipped().Evaluate(in).Overall(); got != ForReview {
		t.Errorf("with a signature it is %s", got)
	}
	for _, r := range Shipped().Rules {
		in.Protocol[r.ID] = "off"
	}
	if got := Shipped().Evaluate(in).Overall(); got != Incomplete {
		t.Errorf("with every rule out of force it is %s", got)
	}
}

// anything is an input that somebody could give, whole or in part.
func anything(r *rand.Rand) Input {
	in := Input{Product: Products[r.IntN(2)], Answers: map[string][]string{}, Values: map[string]float64{}}
	for _, rule := range Shipped().Rules {
		fill(r, rule.When, in)
	}
	if r.IntN(4) > 0 {
		in.Answers[ItemTakes] = []string{[]string{"yes", "no", DontKnow, InPerson}[r.IntN(4)]}
	}
	names := []string{"Lorazepam", "Zoloft 50mg", "something", "", "ibuprofen", "naltrexone/bupropion", "phenelzine"}
	for range r.IntN(4) {
		in.Medicines = append(in.Medicines, names[r.IntN(len(names))])
	}
	return in
}

func fill(r *rand.Rand, t Term, in Input) {
	switch {
	case t.Item != "" && r.IntN(6) > 0:
		codes := append([]string{DontKnow, InPerson, "", "a code of another form"}, Shipped().Codes(t.Item)...)
		in.Answers[t.Item] = []string{codes[r.IntN(len(codes))]}
	case t.Value != "" && r.IntN(6) > 0:
		in.Values[t.Value] = float64(r.IntN(220))
	}
	for _, inner := range append(slices.Clone(t.Any), t.All...) {
		fill(r, inner, in)
	}
}

func TestNoAnswersYieldCleared(t *testing.T) {
	words := []Overall{Blocked, Incomplete, ForReview, NothingSpoke}
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		got := Shipped().Evaluate(anything(r)).Overall()
		if !slices.Contains(words, got) || strings.Contains(strings.ToLower(string(got)), "clear") {
			t.Fatalf("%q", got)
		}
	}
}

func standing(r Result) map[string]bool {
	out := map[string]bool{}
	for _, l := range r.Standing() {
		out[l.Rule.ID] = true
	}
	return out
}

func TestTakingAnAnswerAwayNeverImprovesAResult(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 600 {
		in := anything(r)
		was := Shipped().Evaluate(in)
		stood := standing(was)
		worse := func(what string, less Input) {
			got := Shipped().Evaluate(less)
			if got.Overall().Rank() < was.Overall().Rank() {
				t.Fatalf("without %s it went from %s to %s: %+v", what, was.Overall(), got.Overall(), in)
			}
			now := standing(got)
			for id := range stood {
				if !now[id] {
					t.Fatalf("without %s the rule %s does not stand any more: %+v", what, id, in)
				}
			}
			if len(got.Unrecognised) < len(was.Unrecognised) {
				t.Fatalf("without %s there is less to look at", what)
			}
		}
		for item := range in.Answers {
			less := in
			less.Answers = maps.Clone(in.Answers)
			delete(less.Answers, item)
			worse(item, less)
		}
		for v := range in.Values {
			less := in
			less.Values = maps.Clone(in.Values)
			delete(less.Values, v)
			worse(v, less)
		}
		for i := range in.Medicines { // the name within an entry of the list
			less := in
			less.Medicines = slices.Clone(in.Medicines)
			less.Medicines[i] = ""
			worse("the name of a medicine", less)
		}
	}
}

func TestEveryRuleSaysWhereItComesFrom(t *testing.T) {
	for _, r := range Shipped().Rules {
		for _, s := range r.Sources {
			if s.Mark != "X" && s.Mark != "OK" && s.Mark != "D" || s.Mark == "X" && s.ID == "" {
				t.Errorf("%s: %+v", r.ID, s)
			}
		}
	}
	if len(Shipped().Rules) != len(fixtures) || Shipped().Version == "" {
		t.Error("a set has a version, and each of its rules a fixture")
	}
}
