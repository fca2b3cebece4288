// Package protocol is the practice's protocol of one medicine and route, and
// what follows from it for one person at one moment. It holds no clinical figure
// of its own: every threshold is the document's, which a prescriber has filled
// in and signed. It flags and it waits; it never clears anybody.
package protocol

// Format is the version of the document's shape.
const Format = 1

// Medicine is a medicine with its route: each has a protocol of its own, and
// what is known of one is not carried over to another.
type Medicine string

// Medicines are those that a protocol can be written for.
var Medicines = []Option{
	{"ketamine_iv", "Ketamine, IV"},
	{"ketamine_im", "Ketamine, IM"},
	{"ketamine_sl", "Ketamine, sublingual (lozenge)"},
	{"ketamine_oral", "Ketamine, oral"},
	{"ketamine_in", "Ketamine, intranasal"},
	{"ketamine_rectal", "Ketamine, rectal"},
	{"esketamine", "Esketamine, intranasal"},
}

// Known tells whether it is one of the list.
func (m Medicine) Known() bool { return label(Medicines, string(m)) != "" }

// Name is the medicine as people write it.
func (m Medicine) Name() string { return label(Medicines, string(m)) }

// Option is a code with its words.
type Option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

func label(all []Option, value string) string {
	for _, o := range all {
		if o.Value == value {
			return o.Label
		}
	}
	return ""
}

// Document is one protocol. A field that nobody has set is absent: there is
// no value that stands for it.
//
// The tags are the form: "say" is the label, "of" the list to choose from,
// "opt" that a protocol is whole without it, "scale" the ends of a scale that
// has ends by its definition.
type Document struct {
	Format      int               `json:"format"`
	Medicine    Medicine          `json:"medicine"`
	Dose        Dose              `json:"dose,omitzero" say:"Dose and boosters"`
	Bands       Bands             `json:"bands,omitzero" say:"Bands"`
	Symptoms    Symptoms          `json:"symptoms,omitzero" say:"Red symptoms and repeats"`
	Observation Observation       `json:"observation,omitzero" say:"Observation"`
	Discharge   Discharge         `json:"discharge,omitzero" say:"Discharge"`
	Preparation Preparation       `json:"preparation,omitzero" say:"Fasting and medication"`
	Screening   map[string]string `json:"screening,omitempty" say:"Screening rules in force"`
	Validity    Validity          `json:"validity,omitzero" say:"Clearance, laboratory, weight"`
	Sessions    Sessions          `json:"sessions,omitzero" say:"Limits of sessions"`
}

// Dose is what may be given at once, and afterwards.
type Dose struct {
	Unit           string   `json:"unit,omitempty" say:"Unit" of:"units"`
	From           *Decimal `json:"from,omitempty" say:"Dose, from"`
	To             *Decimal `json:"to,omitempty" say:"Dose, to"`
	AlertOver      *Decimal `json:"alert_over,omitempty" say:"Ask the prescriber again above"`
	StopOver       *Decimal `json:"stop_over,omitempty" say:"Never above"`
	Boosters       *int     `json:"boosters,omitempty" say:"Boosters, at most (0: none)"`
	BoosterTo      *Decimal `json:"booster_to,omitempty" say:"A booster, at most" opt:"boosters"`
	BoosterFromMin *int     `json:"booster_from_min,omitempty" say:"A booster, not before (minutes)" opt:"boosters"`
	BoosterToMin   *int     `json:"booster_to_min,omitempty" say:"A booster, not after (minutes)" opt:"boosters"`
}

// Bands are the limits of the signs, before a dose and during a session.
type Bands struct {
	Systolic    Pressure `json:"systolic,omitzero" say:"Systolic, mmHg"`
	Diastolic   Pressure `json:"diastolic,omitzero" say:"Diastolic, mmHg"`
	Pulse       Both     `json:"pulse,omitzero" say:"Pulse, per minute"`
	Oxygen      Low      `json:"oxygen,omitzero" say:"Oxygen saturation, % (room air)"`
	Breathing   Both     `json:"breathing,omitzero" say:"Breathing, per minute"`
	Sedation    Low      `json:"sedation,omitzero" say:"Sedation, MOAA/S"`
	Temperature Warm     `json:"temperature,omitzero" say:"Temperature, °C"`
	OlderFrom   *int     `json:"older_from,omitempty" say:"Other limits from this age on (years)" opt:"yes"`
	Older       Older    `json:"older,omitzero" say:"For the older"`
}

// Older are the limits that replace those above from an age on; one that is not
// set stays as it is for everybody.
type Older struct {
	Systolic  OlderLimits `json:"systolic,omitzero" say:"Systolic, mmHg"`
	Diastolic OlderLimits `json:"diastolic,omitzero" say:"Diastolic, mmHg"`
	Pulse     OlderLimits `json:"pulse,omitzero" say:"Pulse, per minute"`
}

// OlderLimits are limits by age.
type OlderLimits struct {
	ReviewHigh *Limit `json:"review_high,omitempty" say:"before: review, high" opt:"yes"`
	ReviewLow  *Limit `json:"review_low,omitempty" say:"before: review, low" opt:"yes"`
	HoldHigh   *Limit `json:"hold_high,omitempty" say:"before: hold, high" opt:"yes"`
	HoldLow    *Limit `json:"hold_low,omitempty" say:"before: hold, low" opt:"yes"`
	AmberHigh  *Limit `json:"amber_high,omitempty" say:"during: amber, high" opt:"yes"`
	AmberLow   *Limit `json:"amber_low,omitempty" say:"during: amber, low" opt:"yes"`
	RedHigh    *Limit `json:"red_high,omitempty" say:"during: red, high" opt:"yes"`
	RedLow     *Limit `json:"red_low,omitempty" say:"during: red, low" opt:"yes"`
}

// Pressure is a blood pressure: also how far it may rise over the baseline.
type Pressure struct {
	ReviewHigh *Limit `json:"review_high,omitempty" say:"before: review, high"`
	ReviewLow  *Limit `json:"review_low,omitempty" say:"before: review, low" opt:"yes"`
	HoldHigh   *Limit `json:"hold_high,omitempty" say:"before: hold, high"`
	HoldLow    *Limit `json:"hold_low,omitempty" say:"before: hold, low" opt:"yes"`
	NoOverride *Limit `json:"no_override,omitempty" say:"before: hold, no override"`
	AmberHigh  *Limit `json:"amber_high,omitempty" say:"during: amber, high"`
	AmberLow   *Limit `json:"amber_low,omitempty" say:"during: amber, low" opt:"yes"`
	AmberRise  *Limit `json:"amber_rise,omitempty" say:"during: amber, over the baseline"`
	RedHigh    *Limit `json:"red_high,omitempty" say:"during: red, high"`
	RedLow     *Limit `json:"red_low,omitempty" say:"during: red, low" opt:"yes"`
}

// Both is a sign that can be too high and too low.
type Both struct {
	ReviewHigh *Limit `json:"review_high,omitempty" say:"before: review, high"`
	ReviewLow  *Limit `json:"review_low,omitempty" say:"before: review, low"`
	HoldHigh   *Limit `json:"hold_high,omitempty" say:"before: hold, high"`
	HoldLow    *Limit `json:"hold_low,omitempty" say:"before: hold, low"`
	AmberHigh  *Limit `json:"amber_high,omitempty" say:"during: amber, high"`
	AmberLow   *Limit `json:"amber_low,omitempty" say:"during: amber, low"`
	RedHigh    *Limit `json:"red_high,omitempty" say:"during: red, high"`
	RedLow     *Limit `json:"red_low,omitempty" say:"during: red, low"`
}

// Low is a sign that can only be too low.
type Low struct {
	Review     *Limit `json:"review,omitempty" say:"before: review" opt:"yes"`
	Hold       *Limit `json:"hold,omitempty" say:"before: hold"`
	NoOverride *Limit `json:"no_override,omitempty" say:"before: hold, no override" opt:"yes"`
	Amber      *Limit `json:"amber,omitempty" say:"during: amber"`
	Red        *Limit `json:"red,omitempty" say:"during: red"`
}

// Warm is the temperature, taken before only.
type Warm struct {
	Review *Limit `json:"review,omitempty" say:"before: review" opt:"yes"`
	Hold   *Limit `json:"hold,omitempty" say:"before: hold" opt:"yes"`
}

// Symptoms are those that are red whatever the figures say, and what waits for
// a repeated reading before it counts as red.
type Symptoms struct {
	Red       []string `json:"red,omitempty" say:"Red, whatever the figures say" of:"symptoms"`
	Repeat    []string `json:"repeat,omitempty" say:"Amber until a repeated reading confirms it" of:"repeats" opt:"yes"`
	WithinMin *int     `json:"within_min,omitempty" say:"Repeat within (minutes)"`
}

// Observation is what is taken, and when.
type Observation struct {
	Before     []string `json:"before,omitempty" say:"Must be known before a dose" of:"vitals"`
	During     []string `json:"during,omitempty" say:"Must be known at each point of the session" of:"vitals"`
	AtMin      []int    `json:"at_min,omitempty" say:"Taken at (minutes from the dose)"`
	Oxygen     string   `json:"oxygen,omitempty" say:"Oxygen saturation is watched" of:"watching"`
	OxygenMin  *int     `json:"oxygen_min,omitempty" say:"Continuously for the first (minutes)" opt:"yes"`
	GraceMin   *int     `json:"grace_min,omitempty" say:"A reading is overdue after (minutes)"`
	MinimumMin *int     `json:"minimum_min,omitempty" say:"Stay at least (minutes from the dose)"`
}

// Discharge is what must be true before somebody goes; a prescriber signs it
// even then.
type Discharge struct {
	Sedation        *int     `json:"sedation,omitempty" say:"Sedation, MOAA/S, at least" scale:"0-5"`
	Oriented        *int     `json:"oriented,omitempty" say:"Oriented, at least (of 4)" scale:"0-4"`
	Dissociation    *int     `json:"dissociation,omitempty" say:"Dissociation, at most (0 to 3)" scale:"0-3"`
	Aldrete         *int     `json:"aldrete,omitempty" say:"Modified Aldrete, at least" scale:"0-10"`
	AldreteItem     *int     `json:"aldrete_item,omitempty" say:"Each item of it, at least" scale:"0-2"`
	Systolic        *Limit   `json:"systolic,omitempty" say:"Systolic, mmHg"`
	Diastolic       *Limit   `json:"diastolic,omitempty" say:"Diastolic, mmHg"`
	BaselinePercent *int     `json:"baseline_percent,omitempty" say:"Or falling, and within this much of the baseline (%)" scale:"0-100"`
	Accept          string   `json:"accept,omitempty" say:"Or accepted by the prescriber" of:"yesno"`
	Oxygen          *Limit   `json:"oxygen,omitempty" say:"Oxygen saturation, % (or the baseline)"`
	PulseFrom       *int     `json:"pulse_from,omitempty" say:"Pulse, from"`
	PulseTo         *int     `json:"pulse_to,omitempty" say:"Pulse, to"`
	BreathingFrom   *int     `json:"breathing_from,omitempty" say:"Breathing, from"`
	BreathingTo     *int     `json:"breathing_to,omitempty" say:"Breathing, to"`
	Also            []string `json:"also,omitempty" say:"And all of these" of:"leaving"`
}

// Preparation is what a person keeps to before a session.
type Preparation struct {
	FoodHours     *Decimal `json:"food_hours,omitempty" say:"No food for (hours)"`
	FluidHours    *Decimal `json:"fluid_hours,omitempty" say:"No clear fluids for (hours)"`
	Avoid         []string `json:"avoid,omitempty" say:"Not taken before" of:"avoided"`
	AvoidHours    *int     `json:"avoid_hours,omitempty" say:"For how long (hours)"`
	LorazepamFlag *Decimal `json:"lorazepam_flag_mg,omitempty" say:"Benzodiazepines: flag from (mg of lorazepam or its equal, a day)" opt:"yes"`
	LorazepamHold *Decimal `json:"lorazepam_hold_mg,omitempty" say:"Benzodiazepines: ask the prescriber above (mg of lorazepam or its equal, a day)" opt:"yes"`
	Depressants   Text     `json:"depressants,omitempty" say:"Benzodiazepines, hypnotics, gabapentinoids" opt:"yes"`
	Opioids       Text     `json:"opioids,omitempty" say:"Opioids" opt:"yes"`
	Naltrexone    Text     `json:"naltrexone,omitempty" say:"Naltrexone" opt:"yes"`
	Lamotrigine   Text     `json:"lamotrigine,omitempty" say:"Lamotrigine" opt:"yes"`
	MAOI          Text     `json:"maoi,omitempty" say:"MAO inhibitors" opt:"yes"`
	Stimulants    Text     `json:"stimulants,omitempty" say:"Stimulants and decongestants" opt:"yes"`
	Theophylline  Text     `json:"theophylline,omitempty" say:"Theophylline, aminophylline" opt:"yes"`
	Inhibitors    Text     `json:"cyp_inhibitors,omitempty" say:"CYP3A4 and CYP2B6 inhibitors" opt:"yes"`
	Inducers      Text     `json:"cyp_inducers,omitempty" say:"CYP inducers" opt:"yes"`
	Antipsychotic Text     `json:"antipsychotics,omitempty" say:"Antipsychotics" opt:"yes"`
	Hypertension  Text     `json:"antihypertensives,omitempty" say:"Antihypertensives" opt:"yes"`
	Psychedelics  Text     `json:"psychedelics,omitempty" say:"Other psychedelics" opt:"yes"`
	Other         Text     `json:"other,omitempty" say:"Anything else" opt:"yes"`
}

// Text is a rule in the prescriber's own words.
type Text string

// MaxText is how long one may be.
const MaxText = 500

// Validity is for how long what is known holds.
type Validity struct {
	ClearanceDays  *int `json:"clearance_days,omitempty" say:"A clearance expires after (days)"`
	WeightDays     *int `json:"weight_days,omitempty" say:"Weight, not older than (days)"`
	PregnancyDays  *int `json:"pregnancy_days,omitempty" say:"Pregnancy test or statement, not older than (days)" opt:"yes"`
	LiverDays      *int `json:"liver_days,omitempty" say:"Liver function, not older than (days)" opt:"yes"`
	UrinalysisDays *int `json:"urinalysis_days,omitempty" say:"Urinalysis, not older than (days)" opt:"yes"`
	DrugScreenDays *int `json:"drug_screen_days,omitempty" say:"Urine drug screen, not older than (days)" opt:"yes"`
	ECGDays        *int `json:"ecg_days,omitempty" say:"ECG, not older than (days)" opt:"yes"`
	ECGFromAge     *int `json:"ecg_from_age,omitempty" say:"ECG from this age on (years)" opt:"yes"`
}

// Sessions are limits of how many and how often.
type Sessions struct {
	GapDays   *int `json:"gap_days,omitempty" say:"Days between two sessions, at least"`
	FlagWeek  *int `json:"flag_week,omitempty" say:"Review from this many in a week"`
	FlagDays  *int `json:"flag_days,omitempty" say:"Review: counted over (days)" opt:"yes"`
	FlagCount *int `json:"flag_count,omitempty" say:"Review above this many in those days" opt:"yes"`
	Most      *int `json:"most,omitempty" say:"Sessions under one clearance, at most"`
}

// Lists are what the fields with "of" choose from.
var lists = map[string][]Option{
	"units":    {{"mg", "mg"}, {"mg/kg", "mg for each kg of weight"}},
	"yesno":    {{"yes", "Yes"}, {"no", "No"}},
	"watching": {{"continuous", "Continuously"}, {"points", "At the points above"}},
	"vitals":   {{"bp", "Blood pressure"}, {"hr", "Pulse"}, {"spo2", "Oxygen saturation"}, {"rr", "Breathing"}, {"moaas", "Sedation (MOAA/S)"}, {"temp", "Temperature"}},
	"repeats":  {{"bp", "Blood pressure"}},
	"symptoms": {
		{"chest_pain", "Chest pain"}, {"dyspnoea", "New shortness of breath"}, {"severe_headache", "Severe headache"}, {"visual_loss", "Loss of vision"},
		{"focal_deficit", "Focal deficit"}, {"seizure", "Seizure"}, {"syncope", "Syncope"}, {"unresponsive", "Unresponsive"}, {"laryngospasm", "Laryngospasm or stridor"},
		{"vomiting_reduced_consciousness", "Persistent vomiting with reduced consciousness"}, {"self_harm_intent", "Active intent to self-harm"},
	},
	"leaving": {
		{"walks", "Walks unaided"}, {"nausea", "Nausea is controlled"}, {"fluids", "Tolerates fluids"}, {"si_asked", "Asked: no acute suicidal intent"},
		{"escort", "A responsible adult is there, by name"}, {"instructions", "Written instructions and crisis contact were given"},
	},
	"avoided": {{"alcohol", "Alcohol"}, {"cannabis", "Cannabis"}, {"stimulants", "Recreational stimulants"}, {"opioids", "Opioids that are not prescribed"}},
	"levels": {
		{"block", "Block"}, {"signature", "Prescriber’s signature"}, {"ask", "Ask and note"}, {"off", "Not in force"},
	},
}

// Rules are the screening rules that a protocol puts in force, by id.
var Rules = []Option{
	{"aneurysm", "Aneurysmal vascular disease"}, {"avm", "Arteriovenous malformation"}, {"ich", "History of intracerebral haemorrhage"},
	{"hypersens", "Hypersensitivity to ketamine, esketamine or an excipient"}, {"bp_hazard", "A rise in blood pressure would be a serious hazard"},
	{"htn_uncontrolled", "Poorly controlled or untreated hypertension"}, {"cv_event_6w", "Cardiovascular event within six weeks"},
	{"cv_unstable", "Unstable cardiovascular disease"}, {"preeclampsia", "Pre-eclampsia or eclampsia"}, {"pregnancy", "Pregnancy or breastfeeding"},
	{"psychosis", "Current psychosis or schizophrenia spectrum"}, {"mania", "Current mania, hypomania or mixed episode"}, {"fam_psychosis", "First-degree relative with a psychotic disorder"},
	{"sud_active", "Active substance use disorder"}, {"intoxication", "Intoxicated today"}, {"icp", "Raised intracranial pressure"}, {"iop", "Raised intra-ocular pressure"},
	{"hepatic_severe", "Severe hepatic impairment"}, {"hepatic_mod", "Moderate hepatic impairment"}, {"cystitis", "Cystitis or chronic urinary symptoms"},
	{"thyroid", "Insufficiently treated hyperthyroidism"}, {"phaeo", "Phaeochromocytoma or acute porphyria"}, {"resp", "Significant pulmonary insufficiency, sleep apnoea, acute airway infection"},
	{"stroke", "Prior stroke or TIA"}, {"seizure", "Uncontrolled epilepsy"}, {"suicide_acute", "Active suicidality with plan or intent"},
	{"personality", "Severe personality disorder"}, {"dissoc_dx", "Dissociative disorder, severe PTSD with dissociation"}, {"capacity", "Cannot consent; delirium, dementia"},
	{"age", "Under 18"}, {"elderly", "65 or older"}, {"no_escort", "No responsible adult or transport"}, {"home_unsup", "Unsupervised home use of compounded ketamine"},
}
