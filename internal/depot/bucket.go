package depot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// partSize is what an upload holds in memory at a time; a store takes 10,000
// parts, so a backup may grow to 160 GB.
const partSize = 16 << 20

// abandoned is how old an upload is that nobody will finish.
const abandoned = 24 * time.Hour

// clock reads the machine's own clock: it is held against what the store and
// the disk have noted.
var clock = time.Now

// bucket is a part of an S3-compatible store.
type bucket struct {
	client         *minio.Client
	host           string
	bucket, prefix string
}

func openBucket(address string) (Depot, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the store's address could not be read; it looks like s3://key:secret@host/bucket/prefix. Characters with a meaning of their own are written as %2F and the like")
	}
	name, prefix, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	secret, _ := u.User.Password()
	if u.Host == "" || name == "" || u.User.Username() == "" || secret == "" {
		return nil, errors.New("the store's address needs a key, a secret, a host and a bucket: s3://key:secret@host/bucket/prefix")
	}
	q := u.Query()
	for k := range q {
		if k != "region" && k != "tls" {
			return nil, fmt.Errorf("the store's address has %q, which nobody knows; there are region and tls", k)
		}
	}
	plain := q.Get("tls") == "none"
	if q.Has("tls") && !plain {
		return nil, errors.New("the store's tls can only be none")
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(u.User.Username(), secret, ""), Secure: !plain, Region: q.Get("region"), MaxRetries: 3,
	})
	if err != nil {
		return nil, fmt.Errorf("the store's address: %w", err)
	}
	return &bucket{client, u.Host, name, prefix}, nil
}

func (b *bucket) String() string { return "s3://" + path.Join(b.host, b.bucket, b.prefix) }

func (b *bucket) key(name string) string { return path.Join(b.prefix, name) }

// errUpload marks what ended an upload from within: the client takes an end of
// file for the end of the backup.
type errUpload struct{ error }

func (e errUpload) Unwrap() error { return e.error }

// Put uploads in parts. A store shows nothing of them until the last one is
// acknowledged; an upload that ends early is taken back.
func (b *bucket) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	if err := good(name); err != nil {
		return err
	}
	b.sweep(ctx)
	r, w := io.Pipe()
	wrote := make(chan error, 1)
	go func() {
		err := write(w)
		if err != nil {
			_ = w.CloseWithError(errUpload{err}) // it never fails
		} else {
			_ = w.Close()
		}
		wrote <- err
	}()
	_, err := b.client.PutObject(ctx, b.bucket, b.key(name), r, -1, minio.PutObjectOptions{
		PartSize: partSize, ContentType: "application/octet-stream", DisableContentSha256: true, // each part has its CRC, the whole its seal
	})
	_ = r.CloseWithError(errors.Join(err, io.ErrClosedPipe)) // lets the writer go when the store refused
	werr := <-wrote
	switch {
	case err == nil && werr == nil:
		return nil
	case werr != nil && (err == nil || errors.As(err, &errUpload{})):
		return werr
	}
	return b.said(err)
}

// sweep takes back uploads that killed programs left half done. A store that
// does not let us look costs its owner some space, and no backup.
func (b *bucket) sweep(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx) // ends the listing too
	defer cancel()
	for u := range b.client.ListIncompleteUploads(ctx, b.bucket, b.prefix, true) {
		if u.Err == nil && clock().Sub(u.Initiated) > abandoned {
			_ = b.client.RemoveIncompleteUpload(ctx, b.bucket, u.Key)
		}
	}
}

// said names what a store answered, without the address that was asked.
func (b *bucket) said(err error) error {
	var answer minio.ErrorResponse
	if errors.As(err, &answer) && answer.Code != "" {
		return fmt.Errorf("the store at %s answered %s", b, answer.Code)
	}
	return fmt.Errorf("the store at %s could not be reached: %w", b, err)
}

func (b *bucket) Get(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := good(name); err != nil {
		return nil, err
	}
	o, err := b.client.GetObject(ctx, b.bucket, b.key(name), minio.GetObjectOptions{})
	if err != nil {
		return nil, b.said(err)
	}
	if _, err := o.Stat(); err != nil {
		var answer minio.ErrorResponse
		if errors.As(err, &answer) && answer.Code == "NoSuchKey" {
			err = ErrNone
		} else {
			err = b.said(err)
		}
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

func (b *bucket) List(ctx context.Context) ([]Item, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	under := b.prefix
	if under != "" {
		under += "/"
	}
	var all []Item
	for o := range b.client.ListObjects(ctx, b.bucket, minio.ListObjectsOptions{Prefix: under}) {
		if o.Err != nil {
			return nil, b.said(o.Err)
		}
		if name := strings.TrimPrefix(o.Key, under); good(name) == nil {
			all = append(all, Item{name, o.Size})
		}
	}
	return all, nil
}

func (b *bucket) Remove(ctx context.Context, name string) error {
	if err := good(name); err != nil {
		return err
	}
	if err := b.client.RemoveObject(ctx, b.bucket, b.key(name), minio.RemoveObjectOptions{}); err != nil {
		return b.said(err)
	}
	return nil
}
