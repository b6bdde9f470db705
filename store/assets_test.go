package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// asset makes a picture of the guide kettle.
func asset(s *store.Store, seller, path, content string) troubleshoot.GuideAsset {
	return troubleshoot.GuideAsset{Seller: seller, Guide: "kettle", Path: path, Name: s.Secrets().AssetName(seller, []byte(content)) + ".png",
		ContentType: "image/png", Size: len(content), Width: 3, Height: 2, SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(content)))}
}

func putAsset(t testing.TB, s *store.Store, a troubleshoot.GuideAsset, content string, now int) (kept troubleshoot.GuideAsset, changed bool) {
	t.Helper()
	storetest.Update(t, s, func(tx *store.Tx) (err error) {
		kept, changed, err = tx.PutAsset(a, []byte(content), day(now))
		return err
	})
	return kept, changed
}

// pathsOf lists "path name" of a guide's pictures.
func pathsOf(t testing.TB, s *store.Store, seller, after string, limit int) []string {
	t.Helper()
	var paths []string
	for _, a := range read(t, s, func(tx *store.Tx) ([]troubleshoot.GuideAsset, error) {
		return tx.Assets(seller, "kettle", after, limit)
	}) {
		paths = append(paths, a.Path+" "+a.Name)
	}
	return paths
}

func TestAssetLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		base := asset(s, "acme", "images/base.png", "base")
		kept, changed := putAsset(t, s, base, "base", 1)
		want := base
		want.CreateTime = day(1)
		wantSame(t, kept, want)
		wantSame(t, changed, true)
		if kept, changed = putAsset(t, s, base, "base", 2); changed {
			t.Error("the same picture again is a change")
		}
		wantSame(t, kept, want)
		putAsset(t, s, asset(s, "acme", "Zoom.png", "zoom"), "zoom", 1)
		putAsset(t, s, asset(s, "acme", "images/lid.png", "base"), "base", 1)
		wantSame(t, pathsOf(t, s, "acme", "", 2), []string{"Zoom.png " + asset(s, "acme", "", "zoom").Name, "images/base.png " + base.Name})
		wantSame(t, pathsOf(t, s, "acme", "images/base.png", 2), []string{"images/lid.png " + base.Name})
		wantSame(t, pathsOf(t, s, "other", "", 2), nil)
		byPath := read(t, s, func(tx *store.Tx) (map[string]troubleshoot.GuideAsset, error) { return tx.AssetsOf("acme", "kettle") })
		wantSame(t, len(byPath), 3)
		wantSame(t, byPath["images/base.png"], want)

		other := asset(s, "acme", "images/base.png", "other base")
		if kept, changed = putAsset(t, s, other, "other base", 3); !changed || !kept.CreateTime.Equal(day(3)) {
			t.Errorf("another picture at the path: %+v", kept)
		}
		got := read(t, s, func(tx *store.Tx) (troubleshoot.GuideAsset, error) {
			return tx.Asset("acme", "kettle", "images/base.png")
		})
		wantSame(t, got.Name, other.Name)
		storetest.Update(t, s, func(tx *store.Tx) error { return tx.DeleteAsset("acme", "kettle", "images/base.png") })
		wantCode(t, s.Update(context.Background(), func(tx *store.Tx) error { return tx.DeleteAsset("acme", "kettle", "images/base.png") }), troubleshoot.NotFound)
		wantCode(t, s.Update(context.Background(), func(tx *store.Tx) error { return tx.DeleteAsset("other", "kettle", "Zoom.png") }), troubleshoot.NotFound)
		wantCode(t, s.View(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Asset("acme", "kettle", "images/base.png")
			return err
		}), troubleshoot.NotFound)
		for name, content := range map[string]string{base.Name: "base", other.Name: "other base"} { // revisions may show them
			wantSame(t, string(read(t, s, func(tx *store.Tx) ([]byte, error) { return tx.AssetContent(name) })), content)
			wantSame(t, read(t, s, func(tx *store.Tx) (int, error) { return tx.AssetSize(name) }), len(content))
		}
		for _, name := range []string{"", "nothing.png", base.Name[:32]} {
			wantCode(t, s.View(context.Background(), func(tx *store.Tx) error { _, err := tx.AssetContent(name); return err }), troubleshoot.NotFound)
			wantCode(t, s.View(context.Background(), func(tx *store.Tx) error { _, err := tx.AssetSize(name); return err }), troubleshoot.NotFound)
		}
	})
}

// TestContentOfAnySizeAndByte comes back as it was.
func TestContentOfAnySizeAndByte(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		content := bytes.Repeat([]byte{0, 1, 0xff, 0xfe, 0}, 1<<20)
		a := asset(s, "acme", "large.png", string(content))
		putAsset(t, s, a, string(content), 1)
		if got := read(t, s, func(tx *store.Tx) ([]byte, error) { return tx.AssetContent(a.Name) }); !bytes.Equal(got, content) {
			t.Errorf("%d other bytes", len(got))
		}
	})
}

func TestAssetLimits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		refused := func(a troubleshoot.GuideAsset, content string) {
			t.Helper()
			wantCode(t, s.Update(context.Background(), func(tx *store.Tx) error {
				_, _, err := tx.PutAsset(a, []byte(content), day(1))
				return err
			}), troubleshoot.FailedPrecondition)
		}
		huge := func(path string, size int) troubleshoot.GuideAsset {
			a := asset(s, "acme", path, fmt.Sprint(path, size))
			a.Size = size // what counts is what is said; the store does not look at contents
			return a
		}
		putAsset(t, s, huge("a.png", troubleshoot.MaxGuideAssetBytes-10), "a.png", 1)
		refused(huge("b.png", 11), "b.png")
		putAsset(t, s, huge("b.png", 10), "b.png", 1)
		refused(huge("b.png", 11), "b.png")
		putAsset(t, s, asset(s, "acme", "a.png", "small"), "small", 2) // in place of the large one
		putAsset(t, s, huge("c.png", troubleshoot.MaxGuideAssetBytes-15), "c.png", 2)

		put := func(path string) error {
			return s.Update(context.Background(), func(tx *store.Tx) error {
				_, _, err := tx.PutAsset(asset(s, "many", path, "same"), []byte("same"), day(1))
				return err
			})
		}
		for n := range troubleshoot.MaxGuideAssets - 1 {
			if err := put(fmt.Sprint(n, ".png")); err != nil {
				t.Fatal(err)
			}
		}
		for range 5 { // several want the last place
			var together sync.WaitGroup
			var kept atomic.Int64
			for n := range 8 {
				together.Go(func() {
					if err := put(fmt.Sprint("last ", n, ".png")); err == nil {
						kept.Add(1)
					} else {
						wantCode(t, err, troubleshoot.FailedPrecondition)
					}
				})
			}
			together.Wait()
			wantSame(t, kept.Load(), 1)
			storetest.Update(t, s, func(tx *store.Tx) error {
				all, err := tx.Assets("many", "kettle", "last", 10)
				for _, a := range all {
					err = errors.Join(err, tx.DeleteAsset("many", "kettle", a.Path))
				}
				return err
			})
		}
		putAsset(t, s, asset(s, "many", "last.png", "same"), "same", 1)
		wantSame(t, len(pathsOf(t, s, "many", "", 1000)), troubleshoot.MaxGuideAssets)
		refused(asset(s, "many", "one more.png", "same"), "same")
	})
}

// TestAssetNamesTellNothing: only the database makes them, each for one seller and content.
func TestAssetNamesTellNothing(t *testing.T) {
	secret := func(text string) store.Secrets {
		s, err := store.Open(context.Background(), storetest.SQLite(t), store.Options{Secret: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Secrets()
	}
	one, two := secret("0123456789abcdef0123456789abcdef"), secret("fedcba9876543210fedcba9876543210")
	seen := map[string]string{}
	for _, c := range []struct {
		secrets         store.Secrets
		seller, content string
	}{{one, "acme", "base"}, {one, "acme", "base "}, {one, "other", "base"}, {one, "acm", "ebase"}, {one, "acme\x00", "base"}, {two, "acme", "base"}} {
		name := c.secrets.AssetName(c.seller, []byte(c.content))
		if len(name) != 32 || name != c.secrets.AssetName(c.seller, []byte(c.content)) {
			t.Errorf("name %q", name)
		}
		if before, twice := seen[name]; twice {
			t.Errorf("%s of %s has the name of %s", c.content, c.seller, before)
		}
		seen[name] = c.content + " of " + c.seller
	}
}
