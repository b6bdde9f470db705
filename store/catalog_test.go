package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// TestInputsAreNeverStale reads the inputs on both replicas before and after each change, so that both have them cached.
func TestInputsAreNeverStale(t *testing.T) {
	expert := func(id, seller string) troubleshoot.Key {
		return troubleshoot.Key{ID: id, Hash: []byte("hash of " + id), Role: troubleshoot.RoleExpert, Seller: seller, CreateTime: day(0), ExpireTime: day(100)}
	}
	changes := []struct {
		what   string
		change func(tx *store.Tx) error
		seen   func(in store.InterceptInputs) bool
	}{
		{"a policy is changed", func(tx *store.Tx) error { _, _, err := tx.PutPolicy("acme", fullPolicy(), day(1)); return err },
			func(in store.InterceptInputs) bool { return in.Epoch.Number == 2 && in.Epoch.Policy.MaturityDays == 45 }},
		{"the time zone is changed", func(tx *store.Tx) error {
			return tx.PutSeller(troubleshoot.Seller{ID: "acme", TimeZone: "Asia/Tokyo"}, day(1))
		}, func(in store.InterceptInputs) bool { return in.Seller.TimeZone == "Asia/Tokyo" }},
		{"an item is put", func(tx *store.Tx) error {
			return tx.PutItems("acme", []troubleshoot.Item{{SKU: "KETTLE", Title: "Kettle", Category: "Kitchen"}}, day(1))
		}, func(in store.InterceptInputs) bool { return in.Item.Title == "Kettle" }},
		{"the item is put again", func(tx *store.Tx) error {
			return tx.PutItems("acme", []troubleshoot.Item{{SKU: "KETTLE", Title: "Better kettle", Category: "Kitchen"}}, day(1))
		}, func(in store.InterceptInputs) bool { return in.Item.Title == "Better kettle" }},
		{"a guide is published", func(tx *store.Tx) error {
			if _, err := tx.PutGuide(storetest.Guide("acme", "kettle", 3, "KETTLE"), "", day(1)); err != nil {
				return err
			}
			_, err := tx.PublishGuide("acme", "kettle", "", "publisher", day(1))
			return err
		}, func(in store.InterceptInputs) bool { return len(in.Guides) == 1 && in.Guides[0].Revision == 1 }},
		{"a draft is put beside it", func(tx *store.Tx) error {
			_, err := tx.PutGuide(storetest.Guide("acme", "kettle", 4, "KETTLE"), "", day(1))
			return err
		}, func(in store.InterceptInputs) bool { return len(in.Guides) == 1 && in.Guides[0].Steps == 3 }},
		{"its next revision is published", func(tx *store.Tx) error {
			_, err := tx.PublishGuide("acme", "kettle", "", "publisher", day(1))
			return err
		}, func(in store.InterceptInputs) bool { return in.Guides[0].Revision == 2 && in.Guides[0].Steps == 4 }},
		{"it is archived", func(tx *store.Tx) error { _, err := tx.ArchiveGuide("acme", "kettle", "", day(1)); return err },
			func(in store.InterceptInputs) bool { return len(in.Guides) == 0 }},
		{"an expert gets a key", func(tx *store.Tx) error { return tx.KeepKey(expert("k1", "acme")) },
			func(in store.InterceptInputs) bool { return in.ExpertsTill.Equal(day(100)) }},
		{"the key is revoked", func(tx *store.Tx) error { return tx.RevokeKey("k1", day(2)) },
			func(in store.InterceptInputs) bool { return in.ExpertsTill.IsZero() }},
		{"an expert of all sellers gets a key", func(tx *store.Tx) error { return tx.KeepKey(expert("k2", "")) },
			func(in store.InterceptInputs) bool { return in.ExpertsTill.Equal(day(100)) }},
		{"another with a key for ever", func(tx *store.Tx) error {
			k := expert("k3", "")
			k.ExpireTime = time.Time{}
			return tx.KeepKey(k)
		}, func(in store.InterceptInputs) bool { return in.ExpertsTill.Year() == 9999 }},
		{"both are revoked", func(tx *store.Tx) error { return errors.Join(tx.RevokeKey("k2", day(2)), tx.RevokeKey("k3", day(2))) },
			func(in store.InterceptInputs) bool { return in.ExpertsTill.IsZero() }},
		{"a key that is no expert's is made", func(tx *store.Tx) error {
			k := expert("k4", "acme")
			k.Role = troubleshoot.RoleSeller
			return tx.KeepKey(k)
		}, func(in store.InterceptInputs) bool { return in.ExpertsTill.IsZero() }},
	}
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		storetest.Update(t, one, func(tx *store.Tx) error { return tx.EnsureSeller("acme", day(0)) })
		line := storetest.Line("acme", "o1")
		for n, c := range changes {
			writer := one
			if n%2 == 1 {
				writer = two
			}
			inputs(t, one, line)
			inputs(t, two, line)
			storetest.Update(t, writer, c.change)
			for replica, s := range map[string]*store.Store{"first": one, "second": two} {
				if in := inputs(t, s, line); !c.seen(in) {
					t.Errorf("%s: the %s replica still gives %+v", c.what, replica, in)
				}
			}
			if in := inputs(t, two, line); in.Salt != two.Secrets().Salt("acme", in.Epoch.Number) {
				t.Errorf("%s: the salt is of another epoch", c.what)
			}
		}
	})
}

// TestCacheForgetsWhatWasRolledBack fills the cache inside a transaction that then fails.
func TestCacheForgetsWhatWasRolledBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.Update(t, s, func(tx *store.Tx) error { return tx.EnsureSeller("acme", day(0)) })
		undone := errors.New("undone")
		put := func(title string, end error) func(tx *store.Tx) error {
			return func(tx *store.Tx) error {
				if err := tx.PutItems("acme", []troubleshoot.Item{{SKU: "KETTLE", Title: title}}, day(0)); err != nil {
					return err
				}
				in, err := tx.InterceptInputs(storetest.Line("acme", "o1"), day(0))
				if err == nil {
					wantSame(t, in.Item.Title, title)
					err = end
				}
				return err
			}
		}
		if err := s.Update(context.Background(), put("undone", undone)); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		wantSame(t, inputs(t, s, storetest.Line("acme", "o1")).Item.Title, "")
		storetest.Update(t, s, put("done", nil))
		wantSame(t, inputs(t, s, storetest.Line("acme", "o1")).Item.Title, "done")
	})
}
