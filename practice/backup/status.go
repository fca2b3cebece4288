package backup

import (
	"context"
	"time"

	"held/internal/vault"
	"held/practice/access"
)

// Status is what the doctor says about backups.
type Status struct {
	Set      bool
	Where    string
	Made     time.Time // when the last one was made
	Trouble  string    // what came in the way since, or ""
	Late     bool
	Drills   bool      // they are run by the program
	Tried    time.Time // when one was last opened
	Untried  string    // what came in the way since, or ""
	LongAgo  bool
	Rotation vault.Rotation
	Rotated  bool // keys were rotated, or are being rotated
}

// Status reads how backups, drills and the last rotation stand.
func (s *Service) Status(ctx context.Context) (Status, error) {
	if err := access.Check(ctx, access.Read, access.Resource{Class: access.Letters}); err != nil {
		return Status{}, err
	}
	st := Status{Set: s.Set(), Drills: s.Identities != nil}
	if s.Depot != nil {
		st.Where = s.Depot.String()
	}
	var err error
	if st.Made, st.Trouble, err = s.stands(ctx, kindBackup); err != nil {
		return st, err
	}
	if st.Tried, st.Untried, err = s.stands(ctx, kindDrill); err != nil {
		return st, err
	}
	st.Late = s.Now().Sub(st.Made) > s.Every+2*pause
	st.LongAgo = s.Now().Sub(st.Tried) > drillLate
	st.Rotation, st.Rotated, err = vault.LastRotation(ctx, s.DB.Reader(), access.From(ctx).Practice)
	return st, err
}

// stands tells when something last went well, and what has gone badly since.
func (s *Service) stands(ctx context.Context, kind string) (well time.Time, trouble string, err error) {
	good, err := s.newest(ctx, kind, stateOK)
	if err != nil {
		return well, "", err
	}
	for _, state := range []string{stateFailed, stateTold} {
		bad, err := s.newest(ctx, kind, state)
		if err != nil {
			return well, "", err
		}
		if bad.at.After(good.at) {
			trouble = reasons[bad.why]
		}
	}
	return good.at, trouble, nil
}
