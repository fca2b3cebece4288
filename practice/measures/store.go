package measures

import "held/internal/db"

const ratingColumns = `id, person_id, session_id, ref_id, corrects_id, instrument, version, scoring, body, rater_id, taken_at, signed_at`

const sqlKeepRating = `INSERT INTO measures_ratings (practice_id, id, person_id, session_id, ref_id, corrects_id, instrument, version, scoring, body, rater_id, taken_at, signed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

const sqlRatingByRef = `SELECT ` + ratingColumns + ` FROM measures_ratings WHERE practice_id = $1 AND ref_id = $2`

const sqlRatingsOf = `SELECT ` + ratingColumns + ` FROM measures_ratings WHERE practice_id = $1 AND person_id = $2 ORDER BY taken_at, signed_at, id LIMIT 2000`

const sqlForgetRatings = `DELETE FROM measures_ratings WHERE practice_id = $1 AND person_id = $2`

const sqlChanges = `SELECT id, instrument, score, body, setter_id, set_at FROM measures_changes WHERE practice_id = $1 ORDER BY set_at, id`

const sqlSetChange = `INSERT INTO measures_changes (practice_id, id, instrument, score, body, setter_id, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

type ratingRow struct {
	Rating
	body []byte
}

func scanRating(r db.Row) (x ratingRow, err error) {
	err = r.Scan(&x.ID, &x.Client, &x.Session, &x.Ref, &x.Corrects, &x.Instrument, &x.Version, &x.Scoring, &x.body, &x.By, db.T(&x.Taken), db.T(&x.Signed))
	return x, err
}

type changeRow struct {
	Own
	body []byte
}

func scanChange(r db.Row) (x changeRow, err error) {
	err = r.Scan(&x.ID, &x.Instrument, &x.Score, &x.body, &x.By, db.T(&x.At))
	return x, err
}
