package store_test

import (
	"context"
	"sync"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestSellerIsPut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		put := func(seller troubleshoot.Seller) {
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.PutSeller(seller, day(0)) })
			wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Seller, error) { return tx.Seller(seller.ID) }), seller)
		}
		put(troubleshoot.Seller{ID: "acme", DisplayName: "Acme", TimeZone: "Europe/Berlin"})
		put(troubleshoot.Seller{ID: "acme", DisplayName: "Acme Ltd", TimeZone: ""})
		storetest.Update(t, s, func(tx *store.Tx) error { return tx.EnsureSeller("acme", day(5)) })
		wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Seller, error) { return tx.Seller("acme") }).DisplayName, "Acme Ltd")
		storetest.View(t, s, func(tx *store.Tx) error {
			_, err := tx.Seller("other")
			wantCode(t, err, troubleshoot.NotFound)
			_, err = tx.LiveEpoch("other")
			wantCode(t, err, troubleshoot.NotFound)
			_, err = tx.Epoch("acme", 2)
			wantCode(t, err, troubleshoot.NotFound)
			return nil
		})
	})
}

func fullPolicy() troubleshoot.Policy {
	p := troubleshoot.DefaultPolicy()
	p.HoldoutFraction, p.MinimumPrice, p.OfferIf = 1.0/3, storetest.USD(2000), `item.category == "kitchen"`
	p.ReturnShippingCost, p.HandlingCost, p.SalvageFraction = storetest.USD(800), storetest.USD(201), 0.1
	p.ExpertHourlyWage, p.PlatformCost = storetest.USD(2500), storetest.USD(20)
	p.RandomisationUnit, p.MaturityDays, p.ReportingLagDays = troubleshoot.UnitShopper, 45, 5
	return p
}

func TestPolicyChangeOpensAnEpoch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		put := func(p troubleshoot.Policy, now int, number int64, opens bool) {
			t.Helper()
			storetest.Update(t, s, func(tx *store.Tx) error {
				epoch, opened, err := tx.PutPolicy("acme", p, day(now))
				if opened != opens || epoch.Number != number {
					t.Errorf("epoch %d, opened %v; want %d, %v", epoch.Number, opened, number, opens)
				}
				return err
			})
			live := read(t, s, func(tx *store.Tx) (troubleshoot.Epoch, error) { return tx.LiveEpoch("acme") })
			wantSame(t, live.Policy, p)
			wantSame(t, live.Number, number)
		}
		put(troubleshoot.DefaultPolicy(), 0, 1, false)
		put(fullPolicy(), 1, 2, true)
		put(fullPolicy(), 2, 2, false)
		changed := fullPolicy()
		changed.PlatformCost.Minor++
		put(changed, 3, 3, true)
		put(troubleshoot.DefaultPolicy(), 4, 4, true)
		second := read(t, s, func(tx *store.Tx) (troubleshoot.Epoch, error) { return tx.Epoch("acme", 2) })
		wantSame(t, second, troubleshoot.Epoch{Seller: "acme", Number: 2, Policy: fullPolicy(), OpenTime: day(1)})
	})
}

func TestHistoryHasEpochsOfItsOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		history := func(want int64) {
			t.Helper()
			epoch := write(t, s, func(tx *store.Tx) (troubleshoot.Epoch, error) { return tx.HistoryEpoch("acme", day(0)) })
			if epoch.Number != want || !epoch.Imported {
				t.Errorf("history goes to epoch %+v, want %d", epoch, want)
			}
		}
		live := func(p troubleshoot.Policy, want int64) {
			t.Helper()
			storetest.Update(t, s, func(tx *store.Tx) error {
				epoch, _, err := tx.PutPolicy("acme", p, day(1))
				if epoch.Number != want || epoch.Imported {
					t.Errorf("live epoch %+v, want %d", epoch, want)
				}
				return err
			})
		}
		history(2) // after the seller's first
		history(2)
		live(troubleshoot.DefaultPolicy(), 1)
		live(fullPolicy(), 3)
		history(4)
		live(fullPolicy(), 3)
		history(4)
	})
}

func TestConcurrentPoliciesOpenDistinctEpochs(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		const writers = 16
		var numbers [writers]int64
		var group sync.WaitGroup
		for n := range writers {
			group.Go(func() {
				replica := one
				if n%2 == 1 {
					replica = two
				}
				p := troubleshoot.DefaultPolicy()
				p.MaturityDays = 10 + n
				if err := replica.Update(context.Background(), func(tx *store.Tx) error {
					epoch, _, err := tx.PutPolicy("acme", p, day(0))
					numbers[n] = epoch.Number
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		seen := map[int64]bool{}
		for _, number := range numbers {
			seen[number] = true
		}
		if len(seen) != writers {
			t.Errorf("%d writers opened epochs %v", writers, numbers)
		}
	})
}

func TestItemsArePut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		item := troubleshoot.Item{Seller: "acme", SKU: "KETTLE", Title: "Kettle", Category: "Kitchen", Brand: "B", UnitPrice: storetest.USD(5999),
			SalesRank: 7, Specs: map[string]string{"volume": "1.7 l"}, ManualURL: "https://acme.example/m.pdf",
			Questions: []troubleshoot.Question{{Question: "Is it loud?", Answer: "No."}}, ReturnCost: storetest.USD(900)}
		bare := troubleshoot.Item{Seller: "acme", SKU: "BARE"}
		get := func(sku string) troubleshoot.Item {
			return read(t, s, func(tx *store.Tx) (troubleshoot.Item, error) { return tx.Item("acme", sku) })
		}
		storetest.Update(t, s, func(tx *store.Tx) error {
			return tx.PutItems("acme", []troubleshoot.Item{item, bare, {SKU: "KETTLE", Title: "first is replaced"}, item}, day(0))
		})
		wantSame(t, get("KETTLE"), item)
		wantSame(t, get("BARE"), bare)
		bare.Title = "not so bare"
		storetest.Update(t, s, func(tx *store.Tx) error { return tx.PutItems("acme", []troubleshoot.Item{bare}, day(1)) })
		wantSame(t, get("BARE"), bare)
		storetest.View(t, s, func(tx *store.Tx) error {
			_, err := tx.Item("other", "KETTLE")
			wantCode(t, err, troubleshoot.NotFound)
			return nil
		})
	})
}
