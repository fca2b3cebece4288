// Package house holds the rules of the house as tests: who may import whom, who
// owns which table, what a statement may say, that every route has an access
// rule, that the documents tell the truth. Each rule is a function from a tree
// of files to findings. It is run on this tree, where it must find nothing, and
// on a small bad tree in testdata, where it must find exactly what is wanted.
package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"
)

// module is the module's name, and so the beginning of every import of ours.
const module = "held/"

// finding is one offence, at a place.
type finding struct {
	file string
	line int
	what string
}

func (f finding) String() string {
	if f.line == 0 {
		return f.file + ": " + f.what
	}
	return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.what)
}

// tree is a source tree with its Go files parsed.
type tree struct {
	fs.FS
	set   *token.FileSet
	files []*source
	paths []string // every file that is kept with the source
}

// source is one Go file.
type source struct {
	path string
	pkg  string // folder, as in care/inquiry
	test bool
	ast  *ast.File
}

// built names folders that are made, not written.
var built = []string{"node_modules", "bin", "assets/dist", "dist", "held-data", "e2e/failures", ".git", ".run"}

func read(files fs.FS) (*tree, error) {
	t := &tree{FS: files, set: token.NewFileSet()}
	err := fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(built, p) || slices.Contains(built, d.Name()) || d.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		t.paths = append(t.paths, p)
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		b, err := fs.ReadFile(files, p)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(t.set, p, b, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		t.files = append(t.files, &source{path: p, pkg: path.Dir(p), test: strings.HasSuffix(p, "_test.go"), ast: parsed})
		return nil
	})
	return t, err
}

// at makes a finding at a node.
func (t *tree) at(n ast.Node, format string, args ...any) finding {
	p := t.set.Position(n.Pos())
	return finding{file: p.Filename, line: p.Line, what: fmt.Sprintf(format, args...)}
}

// packages lists the folders that hold Go files.
func (t *tree) packages() []string {
	var all []string
	for _, f := range t.files {
		if !slices.Contains(all, f.pkg) {
			all = append(all, f.pkg)
		}
	}
	slices.Sort(all)
	return all
}

// here is this repository, read once.
var here = sync.OnceValues(func() (*tree, error) { return read(os.DirFS("../..")) })

// rules are held by TestHouse, each with a bad example testdata/NAME.txtar.
var rules = []struct {
	name string
	find func(*tree) []finding
}{
	{"imports", findImports},
	{"sql", findSQL},
	{"rows", findRows},
	{"statements", findStatements},
	{"migrations", findMigrations},
	{"routes", findRoutes},
	{"docs", findDocs},
	{"security", findSecurity},
	{"words", findWords},
	{"tests", findTests},
}

func TestHouse(t *testing.T) {
	tree, err := here()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, f := range r.find(tree) {
				t.Error(f)
			}
		})
	}
}

// TestRulesFindTheirOffenders runs each rule on its bad example. The section
// "want" of the archive lists what must be found, in order, and nothing else.
func TestRulesFindTheirOffenders(t *testing.T) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			bad, want := example(t, "testdata/"+r.name+".txtar")
			var got []string
			for _, f := range r.find(bad) {
				got = append(got, f.String())
			}
			slices.Sort(got)
			slices.Sort(want)
			if len(want) == 0 {
				t.Fatal("the example wants nothing, so it shows nothing")
			}
			for _, w := range want {
				if !slices.Contains(got, w) {
					t.Errorf("not found: %s", w)
				}
			}
			for _, g := range got {
				if !slices.Contains(want, g) {
					t.Errorf("found too much: %s", g)
				}
			}
		})
	}
}

func example(t *testing.T, name string) (*tree, []string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// An example of what must not be committed does not hold it as it would be.
	archive := txtar.Parse(bytes.ReplaceAll(b, []byte("{slash}"), []byte("/")))
	var want []string
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool {
		if f.Name != "want" {
			return false
		}
		want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		return true
	})
	files, err := txtar.FS(archive)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := read(files)
	if err != nil {
		t.Fatal(err)
	}
	return bad, want
}
