package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// day gives the tests' n-th day.
func day(n int) time.Time { return storetest.Day0.Add(storetest.Days(float64(n))) }

func TestInterceptIsKeptWhole(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		full := storetest.Intercept(storetest.Line("acme", "o1"), day(0))
		full.Line.DeliveredTime, full.Line.WithdrawalDeadline = day(-3), day(11)
		full.Comment, full.Choice = "it’s cold ☕", troubleshoot.Keep
		full.ReturnCost, full.CostOfReturn = storetest.USD(1001), storetest.USD(7001)
		bare := troubleshoot.Intercept{ID: store.NewID(day(0)), Line: storetest.Line("acme", "o2"), Arm: troubleshoot.Holdout, Epoch: 1,
			CreateTime: day(0), MatureTime: day(33)}
		for _, i := range []troubleshoot.Intercept{full, bare} {
			wantSame(t, keep(t, s, i), i)
			wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Intercept, error) { return tx.Intercept(i.ID) }), i)
			wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Intercept, error) {
				return tx.InterceptOfLine("acme", i.Line.OrderID, "1")
			}), i)
		}
		storetest.View(t, s, func(tx *store.Tx) error {
			_, err := tx.Intercept("unknown")
			wantCode(t, err, troubleshoot.NotFound)
			_, err = tx.InterceptOfLine("other", "o1", "1")
			wantCode(t, err, troubleshoot.NotFound)
			return nil
		})
		wantExact(t, s)
	})
}

func TestFirstInterceptOfALineStands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		first := storetest.Intercept(storetest.Line("acme", "o1"), day(0))
		keep(t, s, first)
		second := storetest.Intercept(first.Line, day(1))
		second.Arm, second.Reason = troubleshoot.Holdout, "STYLE"
		wantSame(t, keep(t, s, second), first)
		in := inputs(t, s, first.Line)
		if in.Kept == nil {
			t.Fatal("the kept intercept is not among the inputs of the line")
		}
		wantSame(t, *in.Kept, first)
		wantExact(t, s)
	})
}

func inputs(t testing.TB, s *store.Store, line troubleshoot.OrderLine) store.InterceptInputs {
	t.Helper()
	return write(t, s, func(tx *store.Tx) (store.InterceptInputs, error) { return tx.InterceptInputs(line, day(0)) })
}

func TestOneOfManyConcurrentInterceptsIsKept(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		const callers = 16
		var answers [callers]troubleshoot.Intercept
		var kept [callers]bool
		var group sync.WaitGroup
		for n := range callers {
			group.Go(func() {
				replica := one
				if n%2 == 1 {
					replica = two
				}
				err := replica.Update(context.Background(), func(tx *store.Tx) error {
					in, err := tx.InterceptInputs(storetest.Line("acme", "o1"), day(0))
					if err != nil {
						return err
					}
					if kept[n] = false; in.Kept != nil {
						answers[n] = *in.Kept
						return nil
					}
					answers[n], kept[n], err = tx.KeepIntercept(storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		winners := 0
		for n := range callers {
			wantSame(t, answers[n], answers[0])
			if kept[n] {
				winners++
			}
		}
		if winners != 1 {
			t.Errorf("%d callers kept their intercept, want 1", winners)
		}
		wantExact(t, two)
	})
}

func TestChoiceIsFrozenAtMaturity(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := keep(t, s, storetest.Intercept(storetest.Line("acme", "o1"), day(0)))
		for _, c := range []struct {
			rule   string
			choice troubleshoot.Choice
			now    time.Time
			code   troubleshoot.Code
		}{
			{"a first choice", troubleshoot.Keep, day(1), troubleshoot.Internal},
			{"another mind", troubleshoot.Refund, day(2), troubleshoot.Internal},
			{"the last moment", troubleshoot.Exchange, i.MatureTime.Add(-time.Microsecond), troubleshoot.Internal},
			{"the same again after maturity", troubleshoot.Exchange, i.MatureTime, troubleshoot.Internal},
			{"another at maturity", troubleshoot.Keep, i.MatureTime, troubleshoot.FailedPrecondition},
		} {
			err := s.Update(context.Background(), func(tx *store.Tx) error {
				chosen, err := tx.Choose(i.ID, c.choice, c.now)
				if err == nil {
					wantSame(t, chosen.Choice, c.choice)
				}
				return err
			})
			if c.code == troubleshoot.Internal && err != nil {
				t.Errorf("%s: %v", c.rule, err)
			} else if c.code != troubleshoot.Internal {
				wantCode(t, err, c.code)
			}
		}
		i.Choice = troubleshoot.Exchange
		wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Intercept, error) { return tx.Intercept(i.ID) }), i)
		wantCode(t, s.Update(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Choose("unknown", troubleshoot.Keep, day(1))
			return err
		}), troubleshoot.NotFound)
	})
}

func TestInputsRegisterAnUnknownSeller(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		in := inputs(t, s, storetest.Line("new", "o1"))
		wantSame(t, in, store.InterceptInputs{
			Seller: troubleshoot.Seller{ID: "new"},
			Epoch:  troubleshoot.Epoch{Seller: "new", Number: 1, Policy: troubleshoot.DefaultPolicy(), OpenTime: day(0)},
			Salt:   s.Secrets().Salt("new", 1),
			Item:   troubleshoot.Item{Seller: "new", SKU: "KETTLE"},
		})
		record(t, s, 1, storetest.Return(storetest.Line("new", "o2"), "e1", troubleshoot.ReturnRequested, day(1)))
		if !inputs(t, s, storetest.Line("new", "o2")).EventsKnown || inputs(t, s, storetest.Line("new", "o1")).EventsKnown {
			t.Error("inputs do not say of which line return events are known")
		}
	})
}

func TestHistoryIsFoldedAsOfItsOwnTime(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		i := storetest.Intercept(storetest.Line("acme", "o1"), day(0))
		help := storetest.Session(i, day(0))
		help.Engaged, help.ExpertSeconds, help.State, help.Channel = true, 600, troubleshoot.Closed, troubleshoot.ChannelChat
		back := storetest.Return(i.Line, "h1", troubleshoot.ReturnRefunded, day(4))
		past := store.PastIntercept{Intercept: i, Session: &help, Return: &back}
		var kept bool
		for n, want := range []bool{true, false} {
			storetest.Update(t, s, func(tx *store.Tx) error {
				epoch, err := tx.HistoryEpoch("acme", day(400))
				if err != nil {
					return err
				}
				past.Intercept.Epoch = epoch.Number
				kept, err = tx.KeepHistory(past)
				return err
			})
			if kept != want {
				t.Errorf("history row kept %v at import %d", kept, n+1)
			}
		}
		wantExact(t, s)
		cells := cellsOf(t, s, store.DeflectionFilter{From: 0, To: 1 << 30}, day(400))
		if len(cells) != 1 || cells[0].Sums.Y != 1 || cells[0].Sums.S != 600 || cells[0].Sums.Corrected != 0 || !cells[0].Epoch.Imported {
			t.Errorf("history adds up to %+v", cells)
		}
	})
}
