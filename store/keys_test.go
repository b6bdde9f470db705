package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestKeysLife(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		any := func() bool { return read(t, s, (*store.Tx).AnyKey) }
		if any() {
			t.Error("an empty database has a key")
		}
		var keys []troubleshoot.Key
		for n, seller := range []string{"acme", "best", "acme", ""} {
			hash := sha256.Sum256([]byte{byte(n)})
			k := troubleshoot.Key{ID: store.NewID(day(n)), Hash: hash[:], Prefix: "ff_live_a", Role: troubleshoot.RoleExpert, Seller: seller,
				Expert: fmt.Sprint("expert", n), DisplayName: "till", CreateTime: day(n), ExpireTime: day(30)}
			if n == 1 {
				k.ExpireTime = time.Time{}
			}
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.KeepKey(k) })
			keys = append(keys, k)
			wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Key, error) { return tx.KeyByHash(hash) }), k)
			wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Key, error) { return tx.Key(k.ID) }), k)
		}
		if !any() {
			t.Error("keys are there, but none is found")
		}
		list := func(seller, before string, limit int) []troubleshoot.Key {
			return read(t, s, func(tx *store.Tx) ([]troubleshoot.Key, error) {
				return tx.Keys(store.KeyFilter{Seller: seller, Before: before, Limit: limit})
			})
		}
		wantSame(t, list("", "", 10), []troubleshoot.Key{keys[3], keys[2], keys[1], keys[0]})
		wantSame(t, list("acme", "", 10), []troubleshoot.Key{keys[2], keys[0]})
		wantSame(t, list("", keys[2].ID, 1), []troubleshoot.Key{keys[1]})
		for now := 5; now < 7; now++ { // again changes nothing
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.RevokeKey(keys[0].ID, day(now)) })
		}
		keys[0].RevokeTime = day(5)
		wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Key, error) { return tx.Key(keys[0].ID) }), keys[0])
		storetest.View(t, s, func(tx *store.Tx) error {
			_, err := tx.KeyByHash(sha256.Sum256([]byte("unknown")))
			wantCode(t, err, troubleshoot.NotFound)
			_, err = tx.Key("unknown")
			wantCode(t, err, troubleshoot.NotFound)
			return nil
		})
		wantCode(t, s.Update(context.Background(), func(tx *store.Tx) error { return tx.RevokeKey("unknown", day(5)) }), troubleshoot.NotFound)
		twin := keys[1]
		twin.ID = store.NewID(day(9))
		if err := s.Update(context.Background(), func(tx *store.Tx) error { return tx.KeepKey(twin) }); err == nil {
			t.Error("two keys have one secret")
		}
	})
}

func TestKeysAreFoundByTheirRequest(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var keys []troubleshoot.Key
		for n, from := range [][2]string{{"k1", "r1"}, {"k1", "r2"}, {"k2", "r1"}, {"k1", ""}, {"k1", ""}} {
			hash := sha256.Sum256([]byte{byte(n)})
			k := troubleshoot.Key{ID: store.NewID(day(n)), Hash: hash[:], Role: troubleshoot.RoleSeller, CreateTime: day(n), Creator: from[0], RequestID: from[1]}
			if n == 1 {
				k.Role = troubleshoot.RoleAdmin
			}
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.KeepKey(k) })
			keys = append(keys, k)
		}
		storetest.Update(t, s, func(tx *store.Tx) error {
			for n := range 3 {
				known, err := tx.KeyOfRequest(keys[n].Creator, keys[n].RequestID)
				if err != nil {
					return err
				}
				wantSame(t, known, keys[n])
			}
			for _, unknown := range [][2]string{{"k2", "r2"}, {"k1", ""}} {
				_, err := tx.KeyOfRequest(unknown[0], unknown[1])
				wantCode(t, err, troubleshoot.NotFound)
			}
			return nil
		})
		twin := keys[0]
		twin.ID, twin.Hash = store.NewID(day(9)), []byte("another")
		if err := s.Update(context.Background(), func(tx *store.Tx) error { return tx.KeepKey(twin) }); err == nil {
			t.Error("one request made two keys")
		}
		without := read(t, s, func(tx *store.Tx) ([]troubleshoot.Key, error) {
			return tx.Keys(store.KeyFilter{Without: troubleshoot.RoleAdmin, Limit: 10})
		})
		wantSame(t, without, []troubleshoot.Key{keys[4], keys[3], keys[2], keys[0]})
		if a, b := s.Secrets().KeyRandom("k1", "r1"), s.Secrets().KeyRandom("k1", "r2"); a == b || a != s.Secrets().KeyRandom("k1", "r1") {
			t.Error("random bits of requests are not their own")
		}
	})
}

func TestAuditKeepsARow(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		storetest.Update(t, s, func(tx *store.Tx) error {
			return tx.Audit(day(3), "acme", "key-1", "session.close", "session-1", "FIXED_KEPT")
		})
		var row [6]string
		if err := storetest.Raw(t, url).QueryRow(`SELECT id, seller, actor, action, subject, detail FROM audit`).
			Scan(&row[0], &row[1], &row[2], &row[3], &row[4], &row[5]); err != nil {
			t.Fatal(err)
		}
		if !store.IDTime(row[0]).Equal(day(3)) {
			t.Errorf("the row's id is of %s", store.IDTime(row[0]))
		}
		wantSame(t, [5]string(row[1:]), [5]string{"acme", "key-1", "session.close", "session-1", "FIXED_KEPT"})
	})
}

func TestIDsSortByTimeAndCannotBeGuessed(t *testing.T) {
	seen := map[string]bool{}
	before := ""
	for n := range 1000 {
		id := store.NewID(day(0).Add(time.Duration(n) * time.Microsecond))
		if seen[id] || id <= before || len(id) != 37 || !store.IDTime(id).Equal(day(0).Add(time.Duration(n)*time.Microsecond)) {
			t.Fatalf("id %q after %q, of %s", id, before, store.IDTime(id))
		}
		seen[id], before = true, id
	}
	for _, other := range []string{"", "abc", "ü", string(make([]byte, 36)), before + "00"} {
		if !store.IDTime(other).IsZero() {
			t.Errorf("%q is of %s", other, store.IDTime(other))
		}
	}
}
