package people

// The steps of the path, as people_persons.step keeps them. Their order, and
// what they are called to whom, is told by package care.
const (
	StepInquiry      = "inquiry"
	StepConsultation = "consultation"
	StepScreening    = "screening"
	StepClearance    = "clearance"
	StepConsent      = "consent"
	StepPreparation  = "preparation"
	StepMedicine     = "medicine"
	StepIntegration  = "integration"
	StepRipple       = "ripple"
	StepClosing      = "closing"
)
