package web

import (
	"net/http"

	"held/internal/db"
)

// PathID reads an id out of a page's address; what is none is answered as
// something that is not there.
func PathID(r *http.Request, name string, missing error) (db.ID, error) {
	id, err := db.ParseID(r.PathValue(name))
	if err != nil {
		return id, missing
	}
	return id, nil
}
