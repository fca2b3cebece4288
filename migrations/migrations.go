// Package migrations holds the schema's history, forward only, in one text
// for both engines.
package migrations

import "embed"

// Files are the migrations, named 0001_name.sql in their order.
//
//go:embed *.sql
var Files embed.FS
