package calendar

import (
	"strconv"
	"time"

	"held/internal/db"
)

// Plans: offerings, rooms, hours. They are few, and kept in memory.

const sqlPlanVersion = `SELECT version FROM calendar_plans WHERE practice_id = $1 LIMIT 1`

const sqlPlanChanged = `INSERT INTO calendar_plans (practice_id, version) VALUES ($1, 1)
ON CONFLICT (practice_id) DO UPDATE SET version = calendar_plans.version + 1`

const sqlOfferings = `SELECT id, body FROM calendar_offerings WHERE practice_id = $1 ORDER BY id LIMIT 500`

const sqlKeepOffering = `INSERT INTO calendar_offerings (practice_id, id, slug_hash, body, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, id) DO UPDATE SET slug_hash = excluded.slug_hash, body = excluded.body, changed_at = excluded.changed_at`

const sqlRooms = `SELECT id, name FROM calendar_rooms WHERE practice_id = $1 ORDER BY id LIMIT 500`

const sqlKeepRoom = `INSERT INTO calendar_rooms (practice_id, id, name, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id, id) DO UPDATE SET name = excluded.name, changed_at = excluded.changed_at`

const sqlHours = `SELECT person_id, zone, week FROM calendar_hours WHERE practice_id = $1 ORDER BY person_id LIMIT 1000`

const sqlKeepHours = `INSERT INTO calendar_hours (practice_id, person_id, zone, week) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id, person_id) DO UPDATE SET zone = excluded.zone, week = excluded.week`

const sqlOverrides = `SELECT person_id, date, hours FROM calendar_overrides
WHERE practice_id = $1 AND date >= $2 AND date <= $3 ORDER BY date, person_id`

const sqlKeepOverride = `INSERT INTO calendar_overrides (practice_id, date, person_id, hours) VALUES ($1, $2, $3, $4)
ON CONFLICT (practice_id, date, person_id) DO UPDATE SET hours = excluded.hours`

const sqlDropOverride = `DELETE FROM calendar_overrides WHERE practice_id = $1 AND date = $2 AND person_id = $3`

const sqlAways = `SELECT id, person_id, start_at, end_at FROM calendar_away
WHERE practice_id = $1 AND end_at > $2 AND start_at < $3 ORDER BY end_at`

const sqlAddAway = `INSERT INTO calendar_away (practice_id, id, person_id, start_at, end_at) VALUES ($1, $2, $3, $4, $5)`

const sqlChangeAway = `UPDATE calendar_away SET start_at = $1, end_at = $2 WHERE practice_id = $3 AND id = $4 AND person_id = $5`

const sqlDropAway = `DELETE FROM calendar_away WHERE practice_id = $1 AND id = $2 AND person_id = $3`

// Claims. A holder has one unbroken run of steps of each resource, so that a
// month of claims is read as a few runs. Four resources are asked for at once,
// each in a part of its own: given a list, PostgreSQL reads all of a table that
// was small when it made its plan.

const sqlRuns = `SELECT resource_id, MIN(step), MAX(step) FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $2 AND step >= $6 AND step < $7 AND (expires_at = 0 OR expires_at > $8) AND holder_id <> $9 GROUP BY resource_id, holder_id
UNION ALL SELECT resource_id, MIN(step), MAX(step) FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $3 AND step >= $6 AND step < $7 AND (expires_at = 0 OR expires_at > $8) AND holder_id <> $9 GROUP BY resource_id, holder_id
UNION ALL SELECT resource_id, MIN(step), MAX(step) FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $4 AND step >= $6 AND step < $7 AND (expires_at = 0 OR expires_at > $8) AND holder_id <> $9 GROUP BY resource_id, holder_id
UNION ALL SELECT resource_id, MIN(step), MAX(step) FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $5 AND step >= $6 AND step < $7 AND (expires_at = 0 OR expires_at > $8) AND holder_id <> $9 GROUP BY resource_id, holder_id`

const sqlClaims = `SELECT resource_id, step, holder_id, expires_at FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $2 AND step >= $6 AND step < $7
UNION ALL SELECT resource_id, step, holder_id, expires_at FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $3 AND step >= $6 AND step < $7
UNION ALL SELECT resource_id, step, holder_id, expires_at FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $4 AND step >= $6 AND step < $7
UNION ALL SELECT resource_id, step, holder_id, expires_at FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $5 AND step >= $6 AND step < $7`

// Every step is a row, by resource and step. Each run of them is told by its
// resource and its first step alone.
const sqlClaimValues = `INSERT INTO calendar_claims (practice_id, resource_id, step, holder_id, expires_at) VALUES `

// claimRows writes the rows of some runs: practice, holder and expiry are $1,
// $2 and $3, then two for each run.
func claimRows(runs []claim) string {
	var b []byte
	for i, c := range runs {
		id, step := strconv.Itoa(4+2*i), strconv.Itoa(5+2*i)
		for n := range c.past - c.first {
			if len(b) > 0 {
				b = append(b, ',')
			}
			b = append(append(append(append(b, "($1,$"...), id...), ",CAST($"...), step...)
			b = append(strconv.AppendInt(append(b, " AS BIGINT)+"...), n, 10), ",$2,$3)"...)
		}
	}
	return string(b)
}

const sqlSweep = `DELETE FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $2 AND step >= $3 AND step < $4 AND expires_at > 0 AND expires_at <= $5`

const sqlFree = `DELETE FROM calendar_claims
WHERE practice_id = $1 AND resource_id = $2 AND step >= $3 AND step < $4 AND holder_id = $5`

const sqlKeep = `UPDATE calendar_claims SET holder_id = $1, expires_at = 0
WHERE practice_id = $2 AND resource_id = $3 AND step >= $4 AND step < $5 AND holder_id = $6`

const sqlOldest = `SELECT resource_id, step FROM calendar_claims
WHERE practice_id = $1 AND resource_id >= $2 ORDER BY resource_id, step LIMIT 1`

const sqlFold = `DELETE FROM calendar_claims WHERE practice_id = $1 AND resource_id = $2 AND step >= $3 AND step < $4`

// Holds.

const holdColumns = `id, offering_id, host_id, room_id, seconds, start_at, end_at, first_step, past_step, day_step, expires_at, group_id`

const sqlAddHold = `INSERT INTO calendar_holds
(practice_id, id, offering_id, host_id, room_id, seconds, start_at, end_at, first_step, past_step, day_step, expires_at, group_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

const sqlHold = `SELECT ` + holdColumns + ` FROM calendar_holds WHERE practice_id = $1 AND id = $2`

const sqlDropHold = `DELETE FROM calendar_holds WHERE practice_id = $1 AND id = $2`

const sqlExpiredHolds = `SELECT ` + holdColumns + ` FROM calendar_holds
WHERE practice_id = $1 AND expires_at <= $2 ORDER BY expires_at LIMIT 100`

// Groups. A row of the answer is one place with its group; a group without any
// place is not there.

const groupColumns = `g.id, g.offering_id, g.host_id, g.room_id, g.seconds, g.start_at, g.end_at, g.first_step, g.past_step, g.day_step,
g.expires_at, p.place, p.holder_id, p.expires_at`

const sqlGroups = `SELECT ` + groupColumns + ` FROM calendar_groups g
JOIN calendar_places p ON p.practice_id = g.practice_id AND p.group_id = g.id
WHERE g.practice_id = $1 AND g.offering_id = $2 AND g.start_at >= $3 AND g.start_at < $4 ORDER BY g.start_at, g.id, p.place`

const sqlGroup = `SELECT ` + groupColumns + ` FROM calendar_groups g
JOIN calendar_places p ON p.practice_id = g.practice_id AND p.group_id = g.id
WHERE g.practice_id = $1 AND g.id = $2 ORDER BY p.place`

const sqlAddGroup = `INSERT INTO calendar_groups
(practice_id, id, offering_id, host_id, room_id, seconds, start_at, end_at, first_step, past_step, day_step, expires_at, revision)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0)`

const sqlEnterGroup = `UPDATE calendar_groups SET revision = revision + 1 WHERE practice_id = $1 AND id = $2`

const sqlGroupUntil = `UPDATE calendar_groups SET expires_at = $1 WHERE practice_id = $2 AND id = $3`

const sqlDropGroup = `DELETE FROM calendar_groups WHERE practice_id = $1 AND id = $2`

const sqlAddPlace = `INSERT INTO calendar_places (practice_id, group_id, place, holder_id, expires_at) VALUES ($1, $2, $3, $4, $5)`

const sqlKeepPlace = `UPDATE calendar_places SET holder_id = $1, expires_at = 0 WHERE practice_id = $2 AND group_id = $3 AND holder_id = $4`

const sqlDropPlace = `DELETE FROM calendar_places WHERE practice_id = $1 AND group_id = $2 AND holder_id = $3`

const sqlDropPlaces = `DELETE FROM calendar_places WHERE practice_id = $1 AND group_id = $2`

const sqlSweepPlaces = `DELETE FROM calendar_places WHERE practice_id = $1 AND group_id = $2 AND expires_at > 0 AND expires_at <= $3`

const sqlClaimUntil = `UPDATE calendar_claims SET expires_at = $1
WHERE practice_id = $2 AND resource_id = $3 AND step >= $4 AND step < $5 AND holder_id = $6`

const sqlInGroup = `SELECT id FROM calendar_appointments
WHERE practice_id = $1 AND client_id = $2 AND start_at = $3 AND state = 'booked' AND group_id = $4 AND id <> $5 LIMIT 1`

// Appointments.

const appointmentColumns = `id, offering_id, client_id, host_id, room_id, seconds, start_at, end_at, first_step, past_step, day_step,
place, zone, state, revision, terms, made_at, changed_at, group_id,
CASE WHEN group_id IS NULL THEN 0 ELSE
(SELECT COUNT(*) FROM calendar_places p WHERE p.practice_id = calendar_appointments.practice_id AND p.group_id = calendar_appointments.group_id AND p.expires_at = 0) END`

const sqlAddAppointment = `INSERT INTO calendar_appointments
(practice_id, id, offering_id, client_id, host_id, room_id, seconds, start_at, end_at, first_step, past_step, day_step,
place, zone, state, revision, once, note, terms, made_at, changed_at, group_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`

const sqlAppointment = `SELECT ` + appointmentColumns + ` FROM calendar_appointments WHERE practice_id = $1 AND id = $2`

const sqlByOnce = `SELECT ` + appointmentColumns + ` FROM calendar_appointments WHERE practice_id = $1 AND once = $2`

const sqlNote = `SELECT note FROM calendar_appointments WHERE practice_id = $1 AND id = $2`

// A change names the sequence that it saw: of two at once, one comes too late.

const sqlMove = `UPDATE calendar_appointments SET host_id = $1, room_id = $2, seconds = $3, start_at = $4, end_at = $5,
first_step = $6, past_step = $7, day_step = $8, revision = revision + 1, changed_at = $9, group_id = $10
WHERE practice_id = $11 AND id = $12 AND revision = $13`

const sqlCancel = `UPDATE calendar_appointments SET state = $1, revision = revision + 1, changed_at = $2
WHERE practice_id = $3 AND id = $4 AND revision = $5`

const sqlBetween = `SELECT ` + appointmentColumns + ` FROM calendar_appointments
WHERE practice_id = $1 AND state = $2 AND start_at >= $3 AND start_at < $4 AND end_at > $5 ORDER BY start_at LIMIT 5000`

const sqlNext = `SELECT ` + appointmentColumns + ` FROM calendar_appointments
WHERE practice_id = $1 AND state = $2 AND start_at >= $3 AND end_at > $4 ORDER BY start_at LIMIT $5`

const sqlOfClient = `SELECT ` + appointmentColumns + ` FROM calendar_appointments
WHERE practice_id = $1 AND client_id = $2 ORDER BY start_at DESC LIMIT 200`

const sqlAhead = `SELECT ` + appointmentColumns + ` FROM calendar_appointments
WHERE practice_id = $1 AND client_id = $2 AND state = $3 AND start_at >= $4 AND end_at > $5 ORDER BY start_at LIMIT 200`

const sqlLastEnd = `SELECT end_at FROM calendar_appointments
WHERE practice_id = $1 AND client_id = $2 AND state = 'booked' ORDER BY start_at DESC LIMIT 1`

const sqlEraseNotes = `UPDATE calendar_appointments SET note = NULL WHERE practice_id = $1 AND client_id = $2`

type sealedRow struct {
	id   db.ID
	body []byte
}

func scanSealed(r db.Row) (x sealedRow, err error) {
	err = r.Scan(&x.id, &x.body)
	return x, err
}

type hoursRow struct {
	person     db.ID
	zone, week string
}

func scanHours(r db.Row) (h hoursRow, err error) {
	err = r.Scan(&h.person, &h.zone, &h.week)
	return h, err
}

type overrideRow struct {
	person db.ID
	Override
}

func scanOverride(r db.Row) (o overrideRow, err error) {
	err = r.Scan(&o.person, &o.Date, &o.Hours)
	return o, err
}

func scanAway(r db.Row) (a Away, err error) {
	err = r.Scan(&a.ID, &a.Person, db.T(&a.Start), db.T(&a.End))
	return a, err
}

type claimRow struct {
	resource, holder db.ID
	step             int64
	expires          time.Time
}

func scanClaim(r db.Row) (c claimRow, err error) {
	err = r.Scan(&c.resource, &c.step, &c.holder, db.T(&c.expires))
	return c, err
}

func scanRun(r db.Row) (c claim, err error) {
	err = r.Scan(&c.resource, &c.first, &c.past)
	c.past++ // MAX is the last step itself
	return c, err
}

type oldestRow struct {
	resource db.ID
	step     int64
}

func scanOldest(r db.Row) (o oldestRow, err error) {
	err = r.Scan(&o.resource, &o.step)
	return o, err
}

func scanHold(r db.Row) (h heldRow, err error) {
	var seconds []byte
	err = r.Scan(&h.ID, &h.Offering, &h.host, &h.room, &seconds, db.T(&h.Start), db.T(&h.End),
		&h.kept.first, &h.kept.past, &h.kept.day, db.T(&h.Expires), &h.group)
	h.seconds = unpack(seconds)
	return h, err
}

func scanGroup(r db.Row) (g group, err error) {
	var seconds []byte
	var x place
	err = r.Scan(&g.id, &g.offering, &g.host, &g.room, &seconds, db.T(&g.start), db.T(&g.end),
		&g.kept.first, &g.kept.past, &g.kept.day, db.T(&g.expires), &x.number, &x.holder, db.T(&x.expires))
	g.seconds, g.taken = unpack(seconds), []place{x}
	return g, err
}

func scanAppointment(r db.Row) (a Appointment, err error) {
	var seconds []byte
	err = r.Scan(&a.ID, &a.Offering, &a.Client, &a.Host, &a.Room, &seconds, db.T(&a.Start), db.T(&a.End),
		&a.kept.first, &a.kept.past, &a.kept.day, &a.Where, &a.Zone, &a.State, &a.Sequence, &a.terms, db.T(&a.Made), db.T(&a.Changed), &a.Group, &a.sharing)
	a.Seconds = unpack(seconds)
	return a, err
}

// pack lays ids end to end: the people who come along are few and never
// searched for.
func pack(ids []db.ID) []byte {
	var b []byte
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

func unpack(b []byte) []db.ID {
	var ids []db.ID
	for ; len(b) >= 16; b = b[16:] {
		ids = append(ids, db.ID(b[:16]))
	}
	return ids
}
