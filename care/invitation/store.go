package invitation

import (
	"held/internal/db"
)

const sqlCount = `INSERT INTO invitation_sites (practice_id, version) VALUES ($1, 1)
ON CONFLICT (practice_id) DO UPDATE SET version = invitation_sites.version + 1`

const sqlVersion = `SELECT version FROM invitation_sites WHERE practice_id = $1 LIMIT 1`

const sqlPages = `SELECT page, body, version, changed_by, changed_at FROM invitation_pages WHERE practice_id = $1 AND version > $2`

const sqlArticles = `SELECT id, body, version, changed_by, changed_at FROM invitation_articles WHERE practice_id = $1 AND version > $2`

const sqlProfiles = `SELECT person_id, body, version, changed_by, changed_at FROM invitation_profiles WHERE practice_id = $1 AND version > $2`

// The saving statements touch no row when it is not as it was opened.

const sqlSavePage = `INSERT INTO invitation_pages (practice_id, page, body, version, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (practice_id, page) DO UPDATE SET body = excluded.body, version = excluded.version, changed_by = excluded.changed_by, changed_at = excluded.changed_at
WHERE invitation_pages.version = $7`

const sqlSaveArticle = `INSERT INTO invitation_articles (practice_id, id, slug_hash, body, version, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (practice_id, id) DO UPDATE SET slug_hash = excluded.slug_hash, body = excluded.body, version = excluded.version, changed_by = excluded.changed_by, changed_at = excluded.changed_at
WHERE invitation_articles.version = $8`

const sqlSaveProfile = `INSERT INTO invitation_profiles (practice_id, person_id, body, version, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (practice_id, person_id) DO UPDATE SET body = excluded.body, version = excluded.version, changed_by = excluded.changed_by, changed_at = excluded.changed_at
WHERE invitation_profiles.version = $7`

type pageRow struct {
	key  string
	body []byte
	Mark
}

func scanPage(r db.Row) (p pageRow, err error) {
	err = r.Scan(&p.key, &p.body, &p.Version, &p.By, db.T(&p.At))
	return p, err
}

type idRow struct {
	id   db.ID
	body []byte
	Mark
}

func scanID(r db.Row) (x idRow, err error) {
	err = r.Scan(&x.id, &x.body, &x.Version, &x.By, db.T(&x.At))
	return x, err
}
