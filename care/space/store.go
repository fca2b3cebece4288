package space

import "held/internal/db"

const columns = `id, person_id, entry_id, asked, asked_at, answer, answered_by, answered_at`

const sqlAsk = `INSERT INTO space_questions (practice_id, id, person_id, entry_id, asked, asked_at, answered_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`

const sqlQuestion = `SELECT ` + columns + ` FROM space_questions WHERE practice_id = $1 AND id = $2`

const sqlOfEntry = `SELECT ` + columns + ` FROM space_questions WHERE practice_id = $1 AND person_id = $2 AND entry_id = $3`

const sqlOpenOf = `SELECT COUNT(*) FROM space_questions WHERE practice_id = $1 AND person_id = $2 AND answered_at = 0`

// The lines of one page that somebody has asked about.
const sqlAskedBetween = `SELECT entry_id, answered_at FROM space_questions
WHERE practice_id = $1 AND person_id = $2 AND entry_id >= $3 AND entry_id <= $4`

const sqlOpen = `SELECT ` + columns + ` FROM space_questions
WHERE practice_id = $1 AND answered_at = 0 AND id > $2 ORDER BY id LIMIT $3`

const sqlAnswered = `SELECT ` + columns + ` FROM space_questions
WHERE practice_id = $1 AND answered_at > 0 AND answered_at < $2 ORDER BY answered_at DESC LIMIT $3`

const sqlAnswer = `UPDATE space_questions SET answer = $1, answered_by = $2, answered_at = $3
WHERE practice_id = $4 AND id = $5 AND answered_at = 0`

const sqlOfPerson = `SELECT ` + columns + ` FROM space_questions WHERE practice_id = $1 AND person_id = $2 ORDER BY entry_id`

const sqlForget = `DELETE FROM space_questions WHERE practice_id = $1 AND person_id = $2`

// row is a question as it lies.
type row struct {
	Question
	asked, answer []byte
}

func scanQuestion(r db.Row) (q row, err error) {
	err = r.Scan(&q.ID, &q.Person, &q.Entry, &q.asked, db.T(&q.At), &q.answer, &q.By, db.T(&q.Answered))
	return q, err
}

type state struct {
	entry    db.ID
	answered int64
}

func scanState(r db.Row) (s state, err error) {
	err = r.Scan(&s.entry, &s.answered)
	return s, err
}

// The sealed journal.

const sqlJournal = `SELECT revision, recipient, verifier, keyring, recovery, own, head, used FROM space_journals WHERE practice_id = $1 AND person_id = $2`

const sqlFoundJournal = `INSERT INTO space_journals (practice_id, person_id, revision, recipient, verifier, keyring, recovery, own, head, used)
VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 0, 0)`

const sqlSaveKeyring = `UPDATE space_journals SET revision = revision + 1, recipient = $1, verifier = $2, keyring = $3, recovery = $4, own = $5
WHERE practice_id = $6 AND person_id = $7 AND revision = $8`

// Also the lock under which one person's files change one after another.
const sqlCharge = `UPDATE space_journals SET used = used + $1 WHERE practice_id = $2 AND person_id = $3 AND used + $4 <= $5`

const sqlRefund = `UPDATE space_journals SET used = used - $1 WHERE practice_id = $2 AND person_id = $3`

const sqlNextSeq = `UPDATE space_journals SET head = head + 1 WHERE practice_id = $1 AND person_id = $2`

const sqlRecipient = `SELECT recipient FROM space_journals WHERE practice_id = $1 AND person_id = $2`

const sqlHead = `SELECT head FROM space_journals WHERE practice_id = $1 AND person_id = $2`

const fileColumns = `id, revision, seq, upload_id, size, day, gone`

const sqlFile = `SELECT ` + fileColumns + ` FROM space_files WHERE practice_id = $1 AND person_id = $2 AND id = $3`

const sqlChanges = `SELECT ` + fileColumns + ` FROM space_files
WHERE practice_id = $1 AND person_id = $2 AND seq > $3 ORDER BY seq LIMIT $4`

const sqlAddFile = `INSERT INTO space_files (practice_id, person_id, id, revision, seq, upload_id, size, day, gone)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

const sqlSetFile = `UPDATE space_files SET revision = $1, seq = $2, upload_id = $3, size = $4, day = $5, gone = $6
WHERE practice_id = $7 AND person_id = $8 AND id = $9`

const sqlAddPart = `INSERT INTO space_parts (practice_id, person_id, file_id, upload_id, n, size, body)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (practice_id, person_id, file_id, upload_id, n) DO NOTHING`

const sqlPartSizes = `SELECT upload_id, COUNT(*), CAST(SUM(size) AS BIGINT) FROM space_parts
WHERE practice_id = $1 AND person_id = $2 AND file_id = $3 GROUP BY upload_id`

const sqlDropParts = `DELETE FROM space_parts WHERE practice_id = $1 AND person_id = $2 AND file_id = $3 AND upload_id = $4`

const sqlBeginUpload = `INSERT INTO space_uploads (practice_id, person_id, file_id, upload_id, day)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (practice_id, person_id, file_id, upload_id) DO NOTHING`

const sqlEndUpload = `DELETE FROM space_uploads WHERE practice_id = $1 AND person_id = $2 AND file_id = $3 AND upload_id = $4`

const sqlLeftUploads = `SELECT person_id, file_id, upload_id FROM space_uploads WHERE practice_id = $1 AND day < $2 ORDER BY day LIMIT $3`

func scanUpload(r db.Row) (u upload, err error) {
	err = r.Scan(&u.person, &u.file, &u.id)
	return u, err
}

const sqlPart = `SELECT body FROM space_parts WHERE practice_id = $1 AND person_id = $2 AND file_id = $3 AND upload_id = $4 AND n = $5`

const sqlShare = `INSERT INTO space_shares (practice_id, person_id, with_id, file_id, about_id, day) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (practice_id, person_id, with_id, file_id) DO NOTHING`

const shareColumns = `person_id, with_id, file_id, about_id, day`

const sqlSharesOf = `SELECT ` + shareColumns + ` FROM space_shares WHERE practice_id = $1 AND person_id = $2`

const sqlSharesWith = `SELECT ` + shareColumns + ` FROM space_shares WHERE practice_id = $1 AND with_id = $2`

const sqlSharesBetween = `SELECT ` + shareColumns + ` FROM space_shares WHERE practice_id = $1 AND person_id = $2 AND with_id = $3`

const sqlSharedFile = `SELECT ` + shareColumns + ` FROM space_shares
WHERE practice_id = $1 AND person_id = $2 AND with_id = $3 AND file_id = $4`

const sqlUnshare = `DELETE FROM space_shares WHERE practice_id = $1 AND person_id = $2 AND with_id = $3 AND file_id = $4`

const sqlAgenda = `SELECT file_id, with_id, appointment_id FROM space_agenda WHERE practice_id = $1 AND client_id = $2 AND with_id = $3`

const sqlAgendaOf = `SELECT file_id, with_id, appointment_id FROM space_agenda WHERE practice_id = $1 AND client_id = $2`

const sqlTakeUp = `INSERT INTO space_agenda (practice_id, client_id, with_id, file_id, appointment_id) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, client_id, with_id, file_id) DO UPDATE SET appointment_id = excluded.appointment_id`

const sqlTakeOff = `DELETE FROM space_agenda WHERE practice_id = $1 AND client_id = $2 AND with_id = $3 AND file_id = $4`

func scanTaken(r db.Row) (t Taken, err error) {
	err = r.Scan(&t.File, &t.With, &t.Time)
	return t, err
}

// Everything of one person's goes at once.
const (
	sqlDropJournal  = `DELETE FROM space_journals WHERE practice_id = $1 AND person_id = $2`
	sqlDropFiles    = `DELETE FROM space_files WHERE practice_id = $1 AND person_id = $2`
	sqlDropAllParts = `DELETE FROM space_parts WHERE practice_id = $1 AND person_id = $2`
	sqlDropShares   = `DELETE FROM space_shares WHERE practice_id = $1 AND person_id = $2`
	sqlDropUploads  = `DELETE FROM space_uploads WHERE practice_id = $1 AND person_id = $2`
	sqlDropAgenda   = `DELETE FROM space_agenda WHERE practice_id = $1 AND client_id = $2`
)

// journalRow is a keyring as it lies.
type journalRow struct {
	Keyring
	sealedKeyring, sealedRecovery, sealedOwn []byte
}

func scanJournal(r db.Row) (j journalRow, err error) {
	err = r.Scan(&j.Revision, &j.Recipient, &j.Verifier, &j.sealedKeyring, &j.sealedRecovery, &j.sealedOwn, &j.Head, &j.Used)
	return j, err
}

func scanFile(r db.Row) (f File, err error) {
	var day, gone int64
	err = r.Scan(&f.ID, &f.Revision, &f.Seq, &f.upload, &f.Size, &day, &gone)
	f.Day, f.Gone = dayOf(day), gone != 0
	return f, err
}

// uploaded is how much of one upload has come.
type uploaded struct {
	id          db.ID
	parts, size int64
}

func scanUploaded(r db.Row) (u uploaded, err error) {
	err = r.Scan(&u.id, &u.parts, &u.size)
	return u, err
}

func scanShare(r db.Row) (s Share, err error) {
	var day int64
	err = r.Scan(&s.Owner, &s.With, &s.File, &s.About, &day)
	s.Day = dayOf(day)
	return s, err
}

const sqlPrompts = `SELECT id, phase, words FROM space_prompts WHERE practice_id = $1 ORDER BY id`

const sqlAddPrompt = `INSERT INTO space_prompts (practice_id, id, phase, words) VALUES ($1, $2, $3, $4)`

const sqlDropPrompt = `DELETE FROM space_prompts WHERE practice_id = $1 AND id = $2`

type promptRow struct {
	Prompt
	words []byte
}

func scanPrompt(r db.Row) (p promptRow, err error) {
	err = r.Scan(&p.ID, &p.Phase, &p.words)
	return p, err
}

// What was left for a journal, and the pages that were opened for it.

const sqlAddCapture = `INSERT INTO space_captures (practice_id, id, person_id, session_id, opened_by, opened_at, ends_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`

const sqlCapture = `SELECT id, person_id, session_id, opened_at, ends_at FROM space_captures WHERE practice_id = $1 AND id = $2`

const sqlEndCapture = `UPDATE space_captures SET ends_at = $1 WHERE practice_id = $2 AND id = $3 AND ends_at > $4`

const sqlEraseCaptures = `DELETE FROM space_captures WHERE practice_id = $1 AND person_id = $2`

func scanCapture(r db.Row) (c Capture, err error) {
	err = r.Scan(&c.ID, &c.Person, &c.Session, db.T(&c.Opened), db.T(&c.Ends))
	return c, err
}

const depositColumns = `id, place, session_id, state, size, day`

const sqlDeposit = `SELECT ` + depositColumns + ` FROM space_deposits WHERE practice_id = $1 AND person_id = $2 AND id = $3`

const sqlDepositsOf = `SELECT ` + depositColumns + ` FROM space_deposits WHERE practice_id = $1 AND person_id = $2 AND state = $3 ORDER BY day, id`

const sqlHeldDeposits = `SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM space_deposits WHERE practice_id = $1 AND person_id = $2 AND state < $3`

const sqlAddDeposit = `INSERT INTO space_deposits (practice_id, person_id, id, place, session_id, state, size, day)
VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`

const sqlGrowDeposit = `UPDATE space_deposits SET size = size + $1 WHERE practice_id = $2 AND person_id = $3 AND id = $4`

const sqlSetDeposit = `UPDATE space_deposits SET state = $1, day = $2 WHERE practice_id = $3 AND person_id = $4 AND id = $5`

const sqlGoneDeposit = `INSERT INTO space_deposits (practice_id, person_id, id, place, state, size, day) VALUES ($1, $2, $3, $4, $5, 0, $6)
ON CONFLICT (practice_id, person_id, id) DO UPDATE SET state = excluded.state, size = 0, session_id = NULL`

const sqlBegunDeposits = `SELECT person_id, id FROM space_deposits WHERE practice_id = $1 AND state = $2 AND day < $3 ORDER BY day LIMIT $4`

const sqlDropDeposit = `DELETE FROM space_deposits WHERE practice_id = $1 AND person_id = $2 AND id = $3 AND state = $4`

const sqlEraseDeposits = `DELETE FROM space_deposits WHERE practice_id = $1 AND person_id = $2`

const sqlAddDepositPart = `INSERT INTO space_deposit_parts (practice_id, person_id, deposit_id, n, size, body)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (practice_id, person_id, deposit_id, n) DO NOTHING`

const sqlCountDepositParts = `SELECT COUNT(*) FROM space_deposit_parts WHERE practice_id = $1 AND person_id = $2 AND deposit_id = $3`

const sqlDepositPart = `SELECT body FROM space_deposit_parts WHERE practice_id = $1 AND person_id = $2 AND deposit_id = $3 AND n = $4`

const sqlDropDepositParts = `DELETE FROM space_deposit_parts WHERE practice_id = $1 AND person_id = $2 AND deposit_id = $3`

const sqlEraseDepositParts = `DELETE FROM space_deposit_parts WHERE practice_id = $1 AND person_id = $2`

func scanDeposit(r db.Row) (d Deposit, err error) {
	var day int64
	err = r.Scan(&d.ID, &d.Place, &d.Session, &d.state, &d.Size, &day)
	d.Day = dayOf(day)
	return d, err
}

// heldLeft is how much is kept for one person.
type heldLeft struct{ n, size int64 }

func scanWaits(r db.Row) (w heldLeft, err error) {
	err = r.Scan(&w.n, &w.size)
	return w, err
}

func scanBegun(r db.Row) (u upload, err error) {
	err = r.Scan(&u.person, &u.id)
	return u, err
}
