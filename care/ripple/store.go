package ripple

import (
	"time"

	"held/internal/db"
	"held/rules/checkins"
)

const sqlPlan = `SELECT what, points, open_days, begin_hour, remind_days FROM ripple_plan WHERE practice_id = $1 ORDER BY what`

const sqlKeepPlan = `INSERT INTO ripple_plan (practice_id, what, points, open_days, begin_hour, remind_days, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (practice_id, what) DO UPDATE SET points = excluded.points, open_days = excluded.open_days, begin_hour = excluded.begin_hour, remind_days = excluded.remind_days, changed_by = excluded.changed_by, changed_at = excluded.changed_at`

const sqlDropPlan = `DELETE FROM ripple_plan WHERE practice_id = $1 AND what = $2`

const sqlBegun = `SELECT begun_at FROM ripple_begun WHERE practice_id = $1 AND person_id = $2`

const sqlBegin = `INSERT INTO ripple_begun (practice_id, person_id, begun_at) VALUES ($1, $2, $3) ON CONFLICT (practice_id, person_id) DO NOTHING`

const sqlForgetBegun = `DELETE FROM ripple_begun WHERE practice_id = $1 AND person_id = $2`

const askedColumns = `person_id, what, point, given_id, state, from_at, until_at`

const sqlAsk = `INSERT INTO ripple_asked (practice_id, person_id, what, point, given_id, state, from_at, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const sqlAskNow = sqlAsk + ` ON CONFLICT (practice_id, person_id, what, point) DO NOTHING`

const sqlAskedOf = `SELECT ` + askedColumns + ` FROM ripple_asked WHERE practice_id = $1 AND person_id = $2 ORDER BY from_at DESC LIMIT 500`

const sqlAskedByForm = `SELECT ` + askedColumns + ` FROM ripple_asked WHERE practice_id = $1 AND given_id = $2`

const sqlOverdue = `SELECT ` + askedColumns + ` FROM ripple_asked WHERE practice_id = $1 AND state = 'asked' AND until_at <= $2 ORDER BY until_at LIMIT 100`

const sqlSettleAsked = `UPDATE ripple_asked SET state = $1 WHERE practice_id = $2 AND given_id = $3 AND state = 'asked'`

const sqlUnask = `DELETE FROM ripple_asked WHERE practice_id = $1 AND given_id = $2 AND state = 'asked'`

const sqlForgetAsked = `DELETE FROM ripple_asked WHERE practice_id = $1 AND person_id = $2`

const scoreColumns = `id, person_id, given_id, number, instrument, version, scoring, body, seer_id, seen_at, made_at`

const sqlKeepScore = `INSERT INTO ripple_scores (practice_id, id, person_id, given_id, number, instrument, version, scoring, body, seen_at, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)`

const sqlScoresOf = `SELECT ` + scoreColumns + ` FROM ripple_scores WHERE practice_id = $1 AND person_id = $2 ORDER BY made_at LIMIT 2000`

const sqlScore = `SELECT ` + scoreColumns + ` FROM ripple_scores WHERE practice_id = $1 AND id = $2`

const sqlUnseen = `SELECT ` + scoreColumns + ` FROM ripple_scores WHERE practice_id = $1 AND seen_at = 0 ORDER BY made_at LIMIT 500`

const sqlSee = `UPDATE ripple_scores SET seer_id = $1, seen_at = $2 WHERE practice_id = $3 AND id = $4 AND seen_at = 0`

const sqlForgetScores = `DELETE FROM ripple_scores WHERE practice_id = $1 AND person_id = $2`

const sqlOutcomes = `SELECT least, body, made_at FROM ripple_outcomes WHERE practice_id = $1`

const sqlKeepOutcomes = `INSERT INTO ripple_outcomes (practice_id, least, body, made_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id) DO UPDATE SET body = excluded.body, made_at = excluded.made_at`

const sqlLeast = `UPDATE ripple_outcomes SET least = $1 WHERE practice_id = $2`

const sqlLoaded = `SELECT id, instrument, kind, body, loader_id, loaded_at FROM ripple_instruments WHERE practice_id = $1 ORDER BY loaded_at, id`

const sqlLoad = `INSERT INTO ripple_instruments (practice_id, id, instrument, kind, body, loader_id, loaded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const sqlEvents = `SELECT id, person_id, body, day_at, maker_id FROM ripple_events WHERE practice_id = $1 AND person_id = $2 ORDER BY day_at LIMIT 500`

const sqlEvent = `SELECT id, person_id, body, day_at, maker_id FROM ripple_events WHERE practice_id = $1 AND id = $2`

const sqlAddEvent = `INSERT INTO ripple_events (practice_id, id, person_id, body, day_at, maker_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const sqlDropEvent = `DELETE FROM ripple_events WHERE practice_id = $1 AND id = $2`

const sqlForgetEvents = `DELETE FROM ripple_events WHERE practice_id = $1 AND person_id = $2`

const sqlWentBy = `SELECT ` + askedColumns + ` FROM ripple_asked WHERE practice_id = $1 AND state = 'over' AND until_at > $2 ORDER BY until_at DESC LIMIT 500`

type eventRow struct {
	Event
	body []byte
}

func scanEvent(r db.Row) (e eventRow, err error) {
	err = r.Scan(&e.ID, &e.Person, &e.body, db.T(&e.Day), &e.By)
	return e, err
}

type loadedRow struct {
	Loaded
	body []byte
}

func scanLoaded(r db.Row) (l loadedRow, err error) {
	err = r.Scan(&l.ID, &l.Instrument, &l.Kind, &l.body, &l.By, db.T(&l.At))
	return l, err
}

type outcomesRow struct {
	least int
	body  []byte
	made  time.Time
}

func scanOutcomes(r db.Row) (o outcomesRow, err error) {
	err = r.Scan(&o.least, &o.body, db.T(&o.made))
	return o, err
}

func scanAsking(r db.Row) (a checkins.Asking, err error) {
	var at string
	err = r.Scan(&a.What, &at, &a.Open, &a.Begin, &a.Remind)
	a.At = pointsOf(at)
	return a, err
}

func scanTime(r db.Row) (t time.Time, err error) {
	err = r.Scan(db.T(&t))
	return t, err
}

func scanAsked(r db.Row) (a Asked, err error) {
	err = r.Scan(&a.Person, &a.What, &a.Point, &a.Given, &a.State, db.T(&a.From), db.T(&a.Until))
	return a, err
}

type scoreRow struct {
	Score
	body []byte
}

func scanScore(r db.Row) (s scoreRow, err error) {
	err = r.Scan(&s.ID, &s.Person, &s.Given, &s.Number, &s.Instrument, &s.Version, &s.Scoring, &s.body, &s.SeenBy, db.T(&s.SeenAt), db.T(&s.At))
	return s, err
}
