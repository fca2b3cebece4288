// Command build makes assets/dist: it bundles and minifies the styles and
// scripts, names every file by its content, and writes the manifest that package
// assets reads. Run it through scripts/assets.sh.
package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

type entry struct {
	File      string `json:"file"`
	Integrity string `json:"integrity"`
}

// bundles are the entry points; each becomes one file under its own name.
var bundles = []string{
	"assets/css/site.css", "assets/css/desk.css", "assets/css/room.css",
	"assets/ts/site.ts", "assets/ts/desk.ts", "assets/ts/calling.ts", "assets/ts/device.ts", "assets/ts/form.ts",
	"assets/ts/journal.ts", "assets/ts/journal-worker.ts", "assets/ts/capture.ts", "assets/ts/tablet.ts", "assets/ts/words.ts", "assets/ts/calendar.ts",
	"assets/ts/room.ts", "assets/ts/room-worker.ts",
}

// copied files are sent as they are.
var copied = []string{"assets/svg/favicon.svg", "assets/svg/card.png"}

// licences travel with the fonts, as their licence asks.
var licences = []string{
	"node_modules/@fontsource/newsreader/LICENSE",
	"node_modules/@fontsource-variable/atkinson-hyperlegible-next/LICENSE",
}

// The dates of these engines are those of CSS nesting and import maps; what is
// older gets lowered syntax or plain HTML.
var engines = []api.Engine{
	{Name: api.EngineChrome, Version: "111"},
	{Name: api.EngineFirefox, Version: "115"},
	{Name: api.EngineSafari, Version: "16.4"},
}

func main() {
	log.SetFlags(0)
	if err := build("assets/dist"); err != nil {
		log.Fatal("assets: ", err)
	}
}

func build(dist string) error {
	manifest := map[string]entry{}
	if err := bundle(dist, manifest); err != nil {
		return err
	}
	for _, path := range copied {
		b, err := os.ReadFile(path) // #nosec G304 -- a fixed list
		if err != nil {
			return err
		}
		if err := put(dist, filepath.Base(path), b, manifest); err != nil {
			return err
		}
	}
	if err := put(dist, "fonts-licence.txt", ofl(), manifest); err != nil {
		return err
	}
	if err := sweep(dist, manifest); err != nil {
		return err
	}
	b, err := json.MarshalIndent(manifest, "", "\t")
	if err != nil {
		return err
	}
	return write(filepath.Join(dist, "manifest.json"), b)
}

func bundle(dist string, manifest map[string]entry) error {
	r := api.Build(api.BuildOptions{
		EntryPoints:       bundles,
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            api.FormatESModule,
		Engines:           engines,
		EntryNames:        "[name]-[hash]",
		AssetNames:        "[name]-[hash]",
		Outdir:            dist,
		Outbase:           "assets",
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		Loader:            map[string]api.Loader{".woff2": api.LoaderFile},
		LogLevel:          api.LogLevelWarning,
	})
	if len(r.Errors) > 0 {
		return errors.New(r.Errors[0].Text)
	}
	for _, f := range r.OutputFiles {
		name := filepath.Base(f.Path)
		manifest[plain(name)] = entry{File: name, Integrity: integrity(f.Contents)}
		if err := write(f.Path, f.Contents); err != nil {
			return err
		}
	}
	return nil
}

// plain takes the hash out of a built name: "site-4F2A77QX.css" is "site.css".
func plain(name string) string {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	if i := strings.LastIndexByte(stem, '-'); i > 0 {
		stem = stem[:i]
	}
	return stem + ext
}

func put(dist, name string, b []byte, manifest map[string]entry) error {
	ext := filepath.Ext(name)
	sum := sha256.Sum256(b)
	file := strings.TrimSuffix(name, ext) + "-" + strings.ToUpper(hex.EncodeToString(sum[:4])) + ext
	manifest[name] = entry{File: file, Integrity: integrity(b)}
	return write(filepath.Join(dist, file), b)
}

func integrity(b []byte) string {
	sum := sha512.Sum384(b)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

func ofl() []byte {
	var all strings.Builder
	for _, path := range licences {
		b, err := os.ReadFile(path) // #nosec G304 -- a fixed list
		if err != nil {
			log.Fatal("assets: ", err)
		}
		fmt.Fprintf(&all, "%s\n\n", strings.TrimSpace(string(b)))
	}
	return []byte(all.String())
}

// sweep removes what an earlier build left; the folder is embedded whole.
func sweep(dist string, manifest map[string]entry) error {
	keep := map[string]bool{".keep": true, "manifest.json": true}
	for _, e := range manifest {
		keep[e.File] = true
	}
	files, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, f := range files {
		if !keep[f.Name()] {
			if err := os.Remove(filepath.Join(dist, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func write(path string, b []byte) error {
	return os.WriteFile(path, b, 0o644) // #nosec G306 -- public files
}
