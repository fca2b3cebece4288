package medicine

import (
	"time"

	"held/internal/db"
	"held/rules/timeline"
)

// Rooms and seats.

const sqlAddRoom = `INSERT INTO medicine_rooms (practice_id, id, made_by, made_at) VALUES ($1, $2, $3, $4)`

const seatColumns = `session_id, room_id, client_id, protocol_id, body, opened_by, opened_at, ended_at, sealed_at, outcome, last_n`

const sqlAddSeat = `INSERT INTO medicine_seats (practice_id, session_id, room_id, client_id, protocol_id, body, opened_by, opened_at, ended_at, sealed_at, outcome, last_n)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, '', 0)`

const sqlSeat = `SELECT ` + seatColumns + ` FROM medicine_seats WHERE practice_id = $1 AND session_id = $2`

const sqlSeatsOfRoom = `SELECT ` + seatColumns + ` FROM medicine_seats WHERE practice_id = $1 AND room_id = $2 ORDER BY session_id`

const sqlSeatsOf = `SELECT ` + seatColumns + ` FROM medicine_seats WHERE practice_id = $1 AND client_id = $2 ORDER BY opened_at, session_id`

const sqlOpenSeats = `SELECT ` + seatColumns + ` FROM medicine_seats WHERE practice_id = $1 AND ended_at = 0 AND opened_at > $2 ORDER BY opened_at, session_id LIMIT 200`

// sqlTouch changes nothing: whoever runs it holds the seat until they commit.
const sqlTouch = `UPDATE medicine_seats SET last_n = last_n WHERE practice_id = $1 AND session_id = $2`

const sqlNumber = `UPDATE medicine_seats SET last_n = $1 WHERE practice_id = $2 AND session_id = $3`

const sqlEnd = `UPDATE medicine_seats SET ended_at = $1, outcome = $2 WHERE practice_id = $3 AND session_id = $4`

const sqlMoveSeat = `UPDATE medicine_seats SET room_id = $1 WHERE practice_id = $2 AND session_id = $3`

const sqlDropSeats = `DELETE FROM medicine_seats WHERE practice_id = $1 AND client_id = $2`

// Entries.

const entryColumns = `id, session_id, n, client_id, device_id, seq, taken_at, entered_at, offset_ms, error_ms, backdated, supersedes_id, with_id, body, by_id, role, received_at`

const sqlAddEntry = `INSERT INTO medicine_entries (practice_id, id, session_id, n, client_id, device_id, seq, taken_at, entered_at, offset_ms, error_ms, backdated, supersedes_id, with_id, body, by_id, role, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

const sqlEntry = `SELECT ` + entryColumns + ` FROM medicine_entries WHERE practice_id = $1 AND id = $2`

const sqlEntries = `SELECT ` + entryColumns + ` FROM medicine_entries WHERE practice_id = $1 AND session_id = $2 AND n > $3 ORDER BY n LIMIT $4`

const sqlDropEntries = `DELETE FROM medicine_entries WHERE practice_id = $1 AND client_id = $2`

// What was said.

const sqlAddSaid = `INSERT INTO medicine_said (practice_id, id, session_id, client_id, digest, body, gone_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`

const sqlSaid = `SELECT id, session_id, client_id, digest, body, gone_at FROM medicine_said WHERE practice_id = $1 AND id = $2`

const sqlSaidIn = `SELECT id, session_id, client_id, digest, body, gone_at FROM medicine_said WHERE practice_id = $1 AND session_id = $2 ORDER BY id`

const sqlDropSaid = `DELETE FROM medicine_said WHERE practice_id = $1 AND client_id = $2`

type seatRow struct {
	Seat
	body []byte
}

func scanSeat(r db.Row) (x seatRow, err error) {
	err = r.Scan(&x.Session, &x.Room, &x.Client, &x.ProtocolID, &x.body, &x.OpenedBy, db.T(&x.Opened), db.T(&x.Ended), db.T(&x.Sealed), &x.Outcome, &x.last)
	return x, err
}

type entryRow struct {
	id, session, client, device, supersedes, with, by db.ID
	n, seq, backdated                                 int64
	taken, entered, received                          time.Time
	offset, slack                                     *int64
	body                                              []byte
	role                                              string
}

func scanEntryRow(r db.Row) (x entryRow, err error) {
	err = r.Scan(&x.id, &x.session, &x.n, &x.client, &x.device, &x.seq, db.T(&x.taken), db.T(&x.entered), &x.offset, &x.slack, &x.backdated, &x.supersedes, &x.with, &x.body, &x.by, &x.role, db.T(&x.received))
	return x, err
}

// entry is the row as the rules read it, without its body.
func (x entryRow) entry() timeline.Entry {
	e := timeline.Entry{
		ID: x.id.String(), Session: x.session.String(), Device: timeline.Server, Seq: x.seq, Taken: x.taken, Entered: x.entered, Offset: x.offset, Error: x.slack,
		Backdated: x.backdated != 0, Received: x.received, N: x.n, Role: x.role,
	}
	for _, l := range []struct {
		id   db.ID
		into *string
	}{{x.device, &e.Device}, {x.supersedes, &e.Supersedes}, {x.with, &e.With}, {x.by, &e.By}} {
		if !l.id.IsZero() {
			*l.into = l.id.String()
		}
	}
	return e
}

type saidRow struct {
	id, session, client db.ID
	digest, body        []byte
	gone                time.Time
}

func scanSaid(r db.Row) (x saidRow, err error) {
	err = r.Scan(&x.id, &x.session, &x.client, &x.digest, &x.body, db.T(&x.gone))
	return x, err
}
