package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/live"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

const (
	fewRows    = 10_000
	fillBatch  = 5_000
	reportRuns = 20 // of one round
)

// benchReport compares one seller's deflection report by SKU over many intercepts with the same report over few, with the
// same number of groups.
func benchReport(ctx context.Context, dir string, rounds, rows int) error {
	few, stopFew, err := filled(ctx, filepath.Join(dir, "few.db"), fewRows)
	if err != nil {
		return err
	}
	defer stopFew()
	many, stopMany, err := filled(ctx, filepath.Join(dir, "many.db"), rows)
	if err != nil {
		return err
	}
	defer stopMany()
	var small, large, ratio spread
	for round := range rounds + 1 {
		a, err := timeReport(ctx, few)
		if err != nil {
			return err
		}
		b, err := timeReport(ctx, many)
		if err != nil {
			return err
		}
		if round > 0 {
			small, large, ratio = append(small, a), append(large, b), append(ratio, b/a)
		}
	}
	fmt.Printf("deflection report by SKU, ms: %d intercepts %s, %d intercepts %s\n  ratio %s   at most 1.5, and at most 20 ms\n", fewRows, small, rows, large, ratio)
	return nil
}

// filled makes a database of n past intercepts, of which some were returned.
func filled(ctx context.Context, path string, n int) (*rpc.Services, func(), error) {
	s, err := store.Open(ctx, "sqlite:"+path, store.Options{})
	if err != nil {
		return nil, nil, err
	}
	now := time.Now()
	if err := s.Update(ctx, func(tx *store.Tx) error { return tx.EnsureSeller("acme", now) }); err != nil {
		return nil, nil, err
	}
	for from := 0; from < n; from += fillBatch {
		if err := s.Update(ctx, func(tx *store.Tx) error {
			for k := from; k < min(from+fillBatch, n); k++ {
				at := now.Add(-time.Duration(40+k%30) * 24 * time.Hour)
				past := store.PastIntercept{Intercept: pastIntercept(int64(k), at)}
				if k%3 == 0 {
					l := past.Intercept.Line
					past.Return = &troubleshoot.ReturnEvent{EventID: l.OrderID, Seller: l.Seller, OrderID: l.OrderID, LineID: l.LineID, Quantity: 1,
						Kind: troubleshoot.ReturnRequested, Time: at}
				}
				if _, err := tx.KeepHistory(past); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return nil, nil, err
		}
	}
	services, err := rpc.NewServices(s, live.New(nil, slog.New(slog.DiscardHandler)), time.Now)
	return services, func() { s.Close() }, err
}

// timeReport gives the milliseconds of one report.
func timeReport(ctx context.Context, services *rpc.Services) (float64, error) {
	start := time.Now()
	for range reportRuns {
		reply, err := services.Reports.GetDeflectionReport(ctx, &pb.GetDeflectionReportRequest{Seller: "acme", GroupBy: []pb.GetDeflectionReportRequest_GroupBy{pb.GetDeflectionReportRequest_SKU}})
		if err != nil {
			return 0, err
		}
		if len(reply.GetRows()) != 40 {
			return 0, fmt.Errorf("report has %d rows, want 40", len(reply.GetRows()))
		}
	}
	return float64(time.Since(start).Microseconds()) / 1000 / reportRuns, nil
}
