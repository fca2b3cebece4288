package consent

import (
	"held/internal/db"
	rule "held/rules/consent"
)

const sqlDocuments = `SELECT id, kind, need, draft, revision, changed_by, changed_at FROM consent_documents WHERE practice_id = $1 ORDER BY id`

// What each published document is asked of: nothing of its text.
const sqlPublishedNeeds = `SELECT d.need FROM consent_documents d WHERE d.practice_id = $1
AND EXISTS (SELECT 1 FROM consent_versions v WHERE v.practice_id = d.practice_id AND v.document_id = d.id)`

const sqlAddDocument = `INSERT INTO consent_documents (practice_id, id, kind, need, draft, revision, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const sqlSaveDraft = `UPDATE consent_documents SET draft = $1, revision = revision + 1, changed_by = $2, changed_at = $3
WHERE practice_id = $4 AND id = $5 AND revision = $6`

const sqlSetNeed = `UPDATE consent_documents SET need = $1, changed_by = $2, changed_at = $3 WHERE practice_id = $4 AND id = $5 AND need <> $6`

type documentRow struct {
	Document
	draft []byte
}

func scanDocument(r db.Row) (d documentRow, err error) {
	var need, at int64
	err = r.Scan(&d.ID, &d.Kind, &need, &d.draft, &d.Revision, &d.By, &at)
	d.Need, d.Changed = Need(need), db.At(at)
	return d, err
}

const sqlVersions = `SELECT document_id, n, id, body, hash, again, published_by, published_at FROM consent_versions WHERE practice_id = $1 ORDER BY document_id, n`

const sqlPublish = `INSERT INTO consent_versions (practice_id, document_id, n, id, body, hash, again, published_by, published_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

type versionRow struct {
	Version
	body []byte
}

func scanVersion(r db.Row) (v versionRow, err error) {
	var again, at int64
	err = r.Scan(&v.Document, &v.N, &v.ID, &v.body, &v.Hash, &again, &v.By, &at)
	v.Again, v.At = again != 0, db.At(at)
	return v, err
}

const sqlParties = `SELECT id, document_id, name, named_at FROM consent_parties WHERE practice_id = $1 AND client_id = $2 ORDER BY id`

const sqlAddParty = `INSERT INTO consent_parties (practice_id, client_id, id, document_id, name, named_at) VALUES ($1, $2, $3, $4, $5, $6)`

type partyRow struct {
	Party
	name []byte
}

func scanParty(r db.Row) (p partyRow, err error) {
	var at int64
	err = r.Scan(&p.ID, &p.Document, &p.name, &at)
	p.Named = db.At(at)
	return p, err
}

const recordColumns = `client_id, seq, id, act, document_id, party_id, version, by_id, at, body, legal, hash, signature`

const sqlRecords = `SELECT ` + recordColumns + ` FROM consent_records WHERE practice_id = $1 AND client_id = $2 ORDER BY seq`

const sqlLastRecord = `SELECT seq, hash FROM consent_records WHERE practice_id = $1 AND client_id = $2 ORDER BY seq DESC LIMIT 1`

const sqlRecord = `SELECT ` + recordColumns + ` FROM consent_records WHERE practice_id = $1 AND id = $2`

const sqlRecordsAfter = `SELECT ` + recordColumns + ` FROM consent_records
WHERE practice_id = $1 AND (client_id > $2 OR client_id = $2 AND seq > $3) ORDER BY client_id, seq LIMIT $4`

const sqlActs = `SELECT client_id, party_id, act FROM consent_records
WHERE practice_id = $1 AND document_id = $2 AND act IN ('signed', 'withdrew') ORDER BY client_id, seq`

// acted is one act under a document, whoever's.
type acted struct {
	client, party db.ID
	act           Act
}

func scanActed(r db.Row) (a acted, err error) {
	err = r.Scan(&a.client, &a.party, &a.act)
	return a, err
}

const sqlAppend = `INSERT INTO consent_records (practice_id, client_id, seq, id, act, document_id, party_id, version, by_id, at, body, legal, hash, signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

// link is the end of a client's chain.
type link struct {
	seq  int64
	hash []byte
}

func scanLink(r db.Row) (l link, err error) {
	err = r.Scan(&l.seq, &l.hash)
	return l, err
}

type recordRow struct {
	Record
	body, legal []byte
}

func scanRecord(r db.Row) (x recordRow, err error) {
	var at int64
	err = r.Scan(&x.Client, &x.Seq, &x.ID, &x.Act, &x.Document, &x.Party, &x.Version, &x.By, &at, &x.body, &x.legal, &x.Hash, &x.Signature)
	x.At = db.At(at)
	return x, err
}

const sqlCopy = `SELECT body FROM consent_copies WHERE practice_id = $1 AND client_id = $2 AND record_id = $3`

const sqlKeepCopy = `INSERT INTO consent_copies (practice_id, client_id, record_id, body, made_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (practice_id, client_id, record_id) DO NOTHING`

// Everything of one client's goes at once.
const (
	sqlForgetRecords = `DELETE FROM consent_records WHERE practice_id = $1 AND client_id = $2`
	sqlForgetParties = `DELETE FROM consent_parties WHERE practice_id = $1 AND client_id = $2`
	sqlForgetCopies  = `DELETE FROM consent_copies WHERE practice_id = $1 AND client_id = $2`
)

// events are the acts that count for how a document stands.
func events(all []Record, document, party db.ID) (out []rule.Event) {
	for _, r := range all {
		if r.Document != document || r.Party != party {
			continue
		}
		if act, counts := counted[r.Act]; counts {
			out = append(out, rule.Event{Act: act, Version: r.Version, At: r.At})
		}
	}
	return out
}

var counted = map[Act]rule.Act{Signed: rule.Signing, Countersigned: rule.Countersigning, Withdrew: rule.Withdrawing}
