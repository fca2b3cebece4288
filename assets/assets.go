// Package assets holds the styles, scripts, fonts and pictures of Held as they
// are sent to browsers. The sources stand beside this file; scripts/assets.sh
// builds them into dist, which is embedded here. Every built file carries a hash
// of its content in its name, so a browser may keep it for good.
package assets

import (
	"embed"
	"encoding/json"
	"io/fs"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// Prefix is where Handler must be mounted.
const Prefix = "/assets/"

// entry is one line of dist/manifest.json.
type entry struct {
	File      string `json:"file"`
	Integrity string `json:"integrity"`
}

// manifest maps logical names ("site.css") to what was built for them.
var manifest = sync.OnceValue(func() map[string]entry {
	return readManifest(dist)
})

func readManifest(files fs.FS) map[string]entry {
	m := map[string]entry{}
	b, err := fs.ReadFile(files, "dist/manifest.json")
	if err != nil {
		return m
	}
	if json.Unmarshal(b, &m) != nil {
		return map[string]entry{}
	}
	return m
}

// Built reports whether the assets were built before this program was compiled.
// A program without them must not serve: it says "run make assets" instead.
func Built() bool { return len(manifest()) > 0 }

// Path is the address of a built file: Path("site.css") is
// "/assets/site-4F2A….css". An unknown name gives an address that answers 404,
// so that the mistake is seen in the browser and not by a crash.
func Path(name string) string {
	if e, ok := manifest()[name]; ok {
		return Prefix + e.File
	}
	return Prefix + name
}

// Integrity is the subresource integrity of a built file, or "" for an unknown one.
func Integrity(name string) string { return manifest()[name].Integrity }

// Text is the content of a built file, for the one that must be sent from
// another address; "" for an unknown one.
func Text(name string) string {
	if f := served()[Path(name)]; f != nil {
		return string(f.body)
	}
	return ""
}
