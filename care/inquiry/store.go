package inquiry

import (
	"time"

	"held/internal/db"
)

// --- Questions: inquiry_threads, inquiry_messages -------------------------

const sqlInsertThread = `INSERT INTO inquiry_threads
(practice_id, id, code_hash, state, opening, contact, turns, made_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)`

const sqlInsertMessage = `INSERT INTO inquiry_messages
(practice_id, thread_id, id, author_id, body, said_hash, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`

const sqlThread = `SELECT id, state, charge_id, person_id, opening, contact, turns, made_at, changed_at
FROM inquiry_threads WHERE practice_id = $1 AND id = $2`

const sqlThreadByCode = `SELECT id, state, charge_id, person_id, opening, contact, turns, made_at, changed_at
FROM inquiry_threads WHERE practice_id = $1 AND code_hash = $2`

const sqlMessages = `SELECT id, author_id, body, at FROM inquiry_messages
WHERE practice_id = $1 AND thread_id = $2 ORDER BY id LIMIT $3`

const sqlSaid = `SELECT 1 FROM inquiry_messages WHERE practice_id = $1 AND said_hash = $2`

// An asker who goes on makes the question new again; one that was set aside
// stays there until somebody of the practice has looked at it.
const sqlAskMore = `UPDATE inquiry_threads SET
state = CASE WHEN state = 'aside' THEN state ELSE 'new' END, turns = turns + 1, changed_at = $1
WHERE practice_id = $2 AND id = $3 AND turns < $4`

// turns is what the writer had seen: an answer never passes by words that
// arrived while it was written.
const sqlAnswer = `UPDATE inquiry_threads SET
state = 'answered', charge_id = COALESCE(charge_id, $1), turns = turns + 1, changed_at = $2
WHERE practice_id = $3 AND id = $4 AND turns = $5`

const sqlSetState = `UPDATE inquiry_threads SET state = $1, changed_at = $2 WHERE practice_id = $3 AND id = $4 AND state <> $1`

const sqlSetCharge = `UPDATE inquiry_threads SET charge_id = $1 WHERE practice_id = $2 AND id = $3`

const sqlSetAddress = `UPDATE inquiry_threads SET contact = $1 WHERE practice_id = $2 AND id = $3`

const sqlSetPerson = `UPDATE inquiry_threads SET person_id = $1 WHERE practice_id = $2 AND id = $3 AND person_id IS NULL`

const sqlInbox = `SELECT id, state, charge_id, person_id, opening, contact, turns, made_at, changed_at FROM inquiry_threads
WHERE practice_id = $1 AND state = $2 AND (changed_at, id) < ($3, $4) ORDER BY changed_at DESC, id DESC LIMIT $5`

const sqlInboxOf = `SELECT id, state, charge_id, person_id, opening, contact, turns, made_at, changed_at FROM inquiry_threads
WHERE practice_id = $1 AND charge_id = $2 AND state = $3 AND (changed_at, id) < ($4, $5) ORDER BY changed_at DESC, id DESC LIMIT $6`

const sqlWaiting = `SELECT id, state, charge_id, person_id, opening, contact, turns, made_at, changed_at FROM inquiry_threads
WHERE practice_id = $1 AND state = 'new' ORDER BY changed_at, id LIMIT $2`

const sqlWaitingOf = `SELECT id, state, charge_id, person_id, opening, contact, turns, made_at, changed_at FROM inquiry_threads
WHERE practice_id = $1 AND charge_id = $2 AND state = 'new' ORDER BY changed_at, id LIMIT $3`

const sqlThreadsOfPerson = `SELECT id, state, charge_id, person_id, opening, contact, turns, made_at, changed_at FROM inquiry_threads
WHERE practice_id = $1 AND person_id = $2 ORDER BY changed_at DESC LIMIT 50`

// A count stops where nobody would read on.
const sqlCount = `SELECT COUNT(*) FROM (SELECT 1 FROM inquiry_threads WHERE practice_id = $1 AND state = $2 LIMIT 100) few`

const sqlCountOf = `SELECT COUNT(*) FROM (SELECT 1 FROM inquiry_threads WHERE practice_id = $1 AND charge_id = $2 AND state = $3 LIMIT 100) few`

type threadRow struct {
	Question
	opening, contact []byte
}

func scanThread(r db.Row) (t threadRow, err error) {
	err = r.Scan(&t.ID, &t.State, &t.Charge, &t.Person, &t.opening, &t.contact, &t.Turns, db.T(&t.Made), db.T(&t.Changed))
	t.HasAddress = len(t.contact) > 0
	return t, err
}

type messageRow struct {
	Message
	body []byte
}

func scanMessage(r db.Row) (m messageRow, err error) {
	err = r.Scan(&m.ID, &m.Author, &m.body, db.T(&m.At))
	return m, err
}

// --- Saved answers: inquiry_saved ------------------------------------------

const sqlSavedAnswers = `SELECT id, title, body FROM inquiry_saved WHERE practice_id = $1 ORDER BY id LIMIT $2`

const sqlKeepSaved = `INSERT INTO inquiry_saved (practice_id, id, title, body, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, id) DO UPDATE SET title = excluded.title, body = excluded.body, changed_at = excluded.changed_at`

const sqlDropSaved = `DELETE FROM inquiry_saved WHERE practice_id = $1 AND id = $2`

type savedRow struct {
	id          db.ID
	title, body []byte
}

func scanSaved(r db.Row) (x savedRow, err error) {
	err = r.Scan(&x.id, &x.title, &x.body)
	return x, err
}

// --- The board: inquiry_cards -----------------------------------------------

// A person has one card: taking somebody up again moves it and keeps what is on it.
const sqlKeepCard = `INSERT INTO inquiry_cards (practice_id, person_id, place, charge_id, thread_id, note, made_at, moved_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
ON CONFLICT (practice_id, person_id) DO UPDATE SET place = excluded.place, moved_at = excluded.moved_at,
charge_id = COALESCE(excluded.charge_id, inquiry_cards.charge_id),
thread_id = COALESCE(excluded.thread_id, inquiry_cards.thread_id),
note = COALESCE(excluded.note, inquiry_cards.note)`

const sqlBooked = `INSERT INTO inquiry_cards (practice_id, person_id, place, appointment_id, made_at, moved_at)
VALUES ($1, $2, 'booked', $3, $4, $4)
ON CONFLICT (practice_id, person_id) DO UPDATE SET appointment_id = excluded.appointment_id, place = 'booked',
moved_at = CASE WHEN inquiry_cards.place = 'booked' THEN inquiry_cards.moved_at ELSE excluded.moved_at END`

// The card goes on naming the appointment, so that it can say what was cancelled.
const sqlUnbooked = `UPDATE inquiry_cards SET moved_at = $1, place = 'talking'
WHERE practice_id = $2 AND person_id = $3 AND appointment_id = $4 AND place = 'booked'`

const sqlMoveCard = `UPDATE inquiry_cards SET place = $1, moved_at = $2 WHERE practice_id = $3 AND person_id = $4 AND place <> $1`

const sqlCard = `SELECT person_id, place, charge_id, thread_id, appointment_id, note, made_at, moved_at
FROM inquiry_cards WHERE practice_id = $1 AND person_id = $2`

// Whoever has waited longest stands first.
const sqlColumn = `SELECT person_id, place, charge_id, thread_id, appointment_id, note, made_at, moved_at FROM inquiry_cards
WHERE practice_id = $1 AND place = $2 AND (moved_at, person_id) > ($3, $4) ORDER BY moved_at, person_id LIMIT $5`

const sqlSetCardCharge = `UPDATE inquiry_cards SET charge_id = $1 WHERE practice_id = $2 AND person_id = $3`

const sqlSetCardNote = `UPDATE inquiry_cards SET note = $1 WHERE practice_id = $2 AND person_id = $3`

type cardRow struct {
	Inquiry
	note []byte
}

func scanCard(r db.Row) (c cardRow, err error) {
	err = r.Scan(&c.Person, &c.Place, &c.Charge, &c.Thread, &c.Appointment, &c.note, db.T(&c.Made), db.T(&c.Moved))
	return c, err
}

// mark is where a list was left: an instant and the id of its row.
type mark struct {
	at time.Time
	id db.ID
}

// --- Invitations to book: inquiry_invitations ------------------------------------

const invitationColumns = `id, person_id, offering_id, state, allowed, used, appointment_id, made_by, made_at, expires_at`

const sqlInvitation = `SELECT ` + invitationColumns + ` FROM inquiry_invitations WHERE practice_id = $1 AND id = $2`

const sqlStandingInvitation = `SELECT ` + invitationColumns + ` FROM inquiry_invitations
WHERE practice_id = $1 AND person_id = $2 AND offering_id = $3 AND state = 'open'`

const sqlOpenInvitations = `SELECT ` + invitationColumns + ` FROM inquiry_invitations
WHERE practice_id = $1 AND state = 'open' AND expires_at > $2 ORDER BY expires_at, id LIMIT 500`

const sqlInvitationsOf = `SELECT ` + invitationColumns + ` FROM inquiry_invitations
WHERE practice_id = $1 AND person_id = $2 ORDER BY made_at DESC LIMIT 20`

const sqlAddInvitation = `INSERT INTO inquiry_invitations
(practice_id, id, person_id, offering_id, state, allowed, used, made_by, made_at, expires_at) VALUES ($1, $2, $3, $4, 'open', $5, 0, $6, $7, $8)`

const sqlRenewInvitation = `UPDATE inquiry_invitations SET allowed = $1, made_by = $2, made_at = $3, expires_at = $4 WHERE practice_id = $5 AND id = $6`

const sqlTakeBackInvitation = `UPDATE inquiry_invitations SET state = 'withdrawn' WHERE practice_id = $1 AND id = $2 AND state = 'open'`

// The count decides who was first, as a key would: nobody books one more.
const sqlSpendInvitation = `UPDATE inquiry_invitations SET used = used + 1, appointment_id = $1,
state = CASE WHEN used + 1 >= allowed THEN 'used' ELSE state END
WHERE practice_id = $2 AND id = $3 AND state = 'open' AND used < allowed AND expires_at > $4`

const sqlInvitedCard = `UPDATE inquiry_cards SET place = 'invited', moved_at = $1
WHERE practice_id = $2 AND person_id = $3 AND place IN ('new', 'talking')`

func scanInvitation(r db.Row) (i Invitation, err error) {
	err = r.Scan(&i.ID, &i.Person, &i.Offering, &i.State, &i.Allowed, &i.Used, &i.Appointment, &i.By, db.T(&i.Made), db.T(&i.Expires))
	return i, err
}

// --- Booking: the waiting list, openings and offers ----------------------------

const sqlAddWaiting = `INSERT INTO inquiry_waiting (practice_id, id, person_id, offering_id, state, zone, suits, since_at, changed_at)
VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $7)`

const sqlKeepSuits = `UPDATE inquiry_waiting SET suits = $1, zone = $2, changed_at = $3 WHERE practice_id = $4 AND id = $5`

const sqlWaitingOne = `SELECT id, person_id, offering_id, state, zone, suits, since_at FROM inquiry_waiting WHERE practice_id = $1 AND id = $2`

const sqlWaitingOfPerson = `SELECT id, person_id, offering_id, state, zone, suits, since_at FROM inquiry_waiting
WHERE practice_id = $1 AND person_id = $2 AND state = 'waiting' ORDER BY since_at LIMIT 20`

// The line, as it stands: whoever came first, first.
const sqlWaitingLine = `SELECT id, person_id, offering_id, state, zone, suits, since_at FROM inquiry_waiting
WHERE practice_id = $1 AND state = 'waiting' ORDER BY since_at, id LIMIT 500`

const sqlSettleWaiting = `UPDATE inquiry_waiting SET state = $1, changed_at = $2 WHERE practice_id = $3 AND id = $4 AND state = 'waiting'`

const sqlOpen = `INSERT INTO inquiry_openings (practice_id, offering_id, from_at, until_at, state, made_at)
VALUES ($1, $2, $3, $4, 'open', $5)
ON CONFLICT (practice_id, offering_id, from_at) DO UPDATE SET until_at = excluded.until_at, state = 'open', made_at = excluded.made_at`

const sqlOpenings = `SELECT offering_id, from_at, until_at FROM inquiry_openings
WHERE practice_id = $1 AND state = 'open' ORDER BY from_at LIMIT 200`

const sqlOpeningAt = `SELECT 1 FROM inquiry_openings WHERE practice_id = $1 AND state = 'open' AND from_at = $2 LIMIT 1`

const sqlCloseOpening = `UPDATE inquiry_openings SET state = 'closed' WHERE practice_id = $1 AND offering_id = $2 AND from_at = $3`

const sqlAddOffer = `INSERT INTO inquiry_offers
(practice_id, id, waiting_id, offering_id, from_at, start_at, hold_id, state, made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9)`

const sqlOffer = `SELECT id, waiting_id, offering_id, from_at, start_at, hold_id, appointment_id, state, expires_at FROM inquiry_offers
WHERE practice_id = $1 AND id = $2`

const sqlOpenOffers = `SELECT id, waiting_id, offering_id, from_at, start_at, hold_id, appointment_id, state, expires_at FROM inquiry_offers
WHERE practice_id = $1 AND state = 'open' ORDER BY expires_at LIMIT 500`

const sqlOfferedBefore = `SELECT 1 FROM inquiry_offers WHERE practice_id = $1 AND waiting_id = $2 AND start_at = $3`

const sqlExpireOffers = `UPDATE inquiry_offers SET state = 'expired' WHERE practice_id = $1 AND state = 'open' AND expires_at <= $2`

const sqlSettleOffer = `UPDATE inquiry_offers SET state = $1, appointment_id = $2 WHERE practice_id = $3 AND id = $4 AND state = 'open'`

type waitingRow struct {
	Waiting
	suits []byte
}

func scanWaiting(r db.Row) (w waitingRow, err error) {
	err = r.Scan(&w.ID, &w.Person, &w.Offering, &w.State, &w.Zone, &w.suits, db.T(&w.Since))
	return w, err
}

// stretch is an opening: a time given back, and for which offering.
type stretch struct {
	offering    db.ID
	from, until time.Time
}

func scanStretch(r db.Row) (o stretch, err error) {
	err = r.Scan(&o.offering, db.T(&o.from), db.T(&o.until))
	return o, err
}

func scanOffer(r db.Row) (o Offer, err error) {
	err = r.Scan(&o.ID, &o.Waiting, &o.Offering, db.T(&o.from), db.T(&o.Start), &o.hold, &o.Appointment, &o.State, db.T(&o.Expires))
	return o, err
}

// --- What a person takes along, and what is forgotten with them --------------------

const sqlEveryWaitOfPerson = `SELECT id, person_id, offering_id, state, zone, suits, since_at FROM inquiry_waiting
WHERE practice_id = $1 AND person_id = $2 ORDER BY since_at LIMIT 200`

const sqlForgetMessages = `DELETE FROM inquiry_messages WHERE practice_id = $1 AND thread_id = $2`

const sqlForgetThread = `DELETE FROM inquiry_threads WHERE practice_id = $1 AND id = $2`

const sqlForgetOffers = `DELETE FROM inquiry_offers WHERE practice_id = $1 AND waiting_id IN (
	SELECT id FROM inquiry_waiting WHERE practice_id = $1 AND person_id = $2)`

const sqlForgetWaiting = `DELETE FROM inquiry_waiting WHERE practice_id = $1 AND person_id = $2`

const sqlEveryInvitationOf = `SELECT ` + invitationColumns + ` FROM inquiry_invitations
WHERE practice_id = $1 AND person_id = $2 ORDER BY made_at`

const sqlForgetInvitations = `DELETE FROM inquiry_invitations WHERE practice_id = $1 AND person_id = $2`

const sqlForgetCard = `DELETE FROM inquiry_cards WHERE practice_id = $1 AND person_id = $2`
