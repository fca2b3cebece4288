// Package depot is where backups are kept: a folder, or a bucket of an
// S3-compatible store. A name is there whole or not at all.
package depot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Depot keeps files under names.
type Depot interface {
	// Put keeps what write writes. When it gives an error, nothing was kept.
	Put(ctx context.Context, name string, write func(io.Writer) error) error
	Get(ctx context.Context, name string) (io.ReadCloser, error)
	List(ctx context.Context) ([]Item, error)
	Remove(ctx context.Context, name string) error
	String() string // where it is, without secrets
}

// Item is one file that is kept.
type Item struct {
	Name string
	Size int64
}

// ErrNone says that nothing is kept under a name.
var ErrNone = errors.New("there is no backup of this name")

// Open reads an address: a folder, or s3://key:secret@host/bucket/prefix with
// ?region=… where the store wants one and ?tls=none on this machine.
func Open(address string) (Depot, error) {
	if strings.HasPrefix(address, "s3://") {
		return openBucket(address)
	}
	if u, err := url.Parse(address); err == nil && len(u.Scheme) > 1 { // one letter is a drive
		return nil, errors.New("a folder, or s3://key:secret@host/bucket/prefix")
	}
	if address == "" {
		return nil, errors.New("names no folder and no store")
	}
	return folder(address), nil
}

// good refuses names that lead elsewhere.
func good(name string) error {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return fmt.Errorf("%q is no name of a backup", name)
	}
	return nil
}

type folder string

// part ends the name of a file that is not whole yet.
const part = ".part"

func (d folder) String() string { return string(d) }

// Put writes under another name, waits for the disk, and renames.
func (d folder) Put(_ context.Context, name string, write func(io.Writer) error) error {
	if err := good(name); err != nil {
		return err
	}
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("the folder of the backups could not be made: %w", err)
	}
	d.sweep()
	path := filepath.Join(string(d), name)
	f, err := os.OpenFile(path+part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec -- the operator's own setting
	if err != nil {
		return fmt.Errorf("the backup could not be begun: %w", err)
	}
	if err = errors.Join(write(f), f.Sync(), f.Close()); err == nil {
		// A link, not a renaming: what is there under the name is never replaced.
		err = os.Link(path+part, path)
	}
	if err = errors.Join(err, os.Remove(path+part)); err != nil {
		return err
	}
	dir, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// sweep removes what killed programs left half written. One that is being
// written by another program is hours younger.
func (d folder) sweep() {
	left, _ := filepath.Glob(filepath.Join(string(d), "*"+part))
	for _, path := range left {
		if info, err := os.Stat(path); err == nil && clock().Sub(info.ModTime()) > abandoned {
			_ = os.Remove(path) // it is in nobody's way
		}
	}
}

func (d folder) Get(_ context.Context, name string) (io.ReadCloser, error) {
	if err := good(name); err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(string(d), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	return f, err
}

func (d folder) List(context.Context) ([]Item, error) {
	entries, err := os.ReadDir(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Item
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.Mode().IsRegular() && good(e.Name()) == nil && !strings.HasSuffix(e.Name(), part) {
			all = append(all, Item{e.Name(), info.Size()})
		}
	}
	return all, nil
}

func (d folder) Remove(_ context.Context, name string) error {
	if err := good(name); err != nil {
		return err
	}
	return os.Remove(filepath.Join(string(d), name))
}
