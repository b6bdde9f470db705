package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// benchCommit compares group commit with one commit for each request, on the same database code, both with
// synchronous=FULL and inFlight requesters.
func benchCommit(ctx context.Context, dir string, rounds int) error {
	grouped, err := store.Open(ctx, "sqlite:"+filepath.Join(dir, "grouped.db"), store.Options{})
	if err != nil {
		return err
	}
	defer grouped.Close()
	single, err := store.Open(ctx, "sqlite:"+filepath.Join(dir, "single.db"), store.Options{OneCommitEach: true})
	if err != nil {
		return err
	}
	defer single.Close()
	var group, each, ratio spread
	var n atomic.Int64
	for round := range rounds + 1 {
		b, err := keepFor(ctx, single, &n)
		if err != nil {
			return err
		}
		a, err := keepFor(ctx, grouped, &n)
		if err != nil {
			return err
		}
		if round > 0 {
			group, each, ratio = append(group, a), append(each, b), append(ratio, a/b)
		}
	}
	fmt.Printf("durable updates/s, %d requesters: group commit %s, one commit each %s\n  ratio %s   at least 6\n", inFlight, group, each, ratio)
	return nil
}

// keepFor stores intercepts for a round and gives how many a second.
func keepFor(ctx context.Context, s *store.Store, n *atomic.Int64) (float64, error) {
	var done atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	start := time.Now()
	for range inFlight {
		wg.Go(func() {
			for time.Since(start) < roundTime {
				i := pastIntercept(n.Add(1), time.Now())
				if err := s.Update(ctx, func(tx *store.Tx) error {
					_, _, err := tx.KeepIntercept(i)
					return err
				}); err != nil {
					failed.Store(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(done.Load()) / time.Since(start).Seconds(), nil
}

// pastIntercept is the nth intercept of a shop with 40 SKUs and 6 reasons, over 30 days.
func pastIntercept(n int64, at time.Time) troubleshoot.Intercept {
	reasons := []troubleshoot.Reason{"DEFECTIVE", "NOT_AS_DESCRIBED", "OTHER", "UNWANTED", "MISSING_PARTS", "NOT_COMPATIBLE"}
	i := troubleshoot.Intercept{ID: store.NewID(at), Line: troubleshoot.OrderLine{Seller: "acme", OrderID: fmt.Sprintf("order-%09d", n), LineID: "1",
		SKU: fmt.Sprintf("SKU-%02d", n%40), Quantity: 1, UnitPrice: troubleshoot.Money{Minor: 5999, Currency: "USD"}},
		Reason: reasons[n%6], RawReason: string(reasons[n%6]), Shopper: fmt.Sprintf("shopper-%07d", n), RefundURL: "https://shop.example/refund",
		Arm: troubleshoot.Offered, Why: "help is offered", Epoch: 1, CreateTime: at, MatureTime: at.Add(33 * 24 * time.Hour), Day: at.Unix() / 86400}
	if n%5 == 0 {
		i.Arm = troubleshoot.Holdout
	}
	return i
}
