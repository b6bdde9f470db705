package store_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// dice gives a number from 0 to n-1, by rapid or by a random source.
type dice func(n int) int

// pick gives one of the values.
func pick[T any](roll dice, values ...T) T { return values[roll(len(values))] }

// world makes up a history of sellers and their lines, as handlers write it.
type world struct {
	name  string // begins the seller's ids, so that histories can share a database
	store *store.Store
	now   time.Time
}

const (
	worldSellers = 3
	worldLines   = 4 // of each seller; few, so that everything happens to the same ones
)

var errRolledBack = errors.New("rolled back by the test")

// start registers the sellers, each in a zone of its own, and their experts.
func (w *world) start() error {
	return w.store.Update(context.Background(), func(tx *store.Tx) error {
		if err := tx.EnsureExpert(troubleshoot.ExpertID{Name: "bob"}, w.now); err != nil {
			return err
		}
		for n, zone := range []string{"", "Pacific/Auckland", "America/Los_Angeles"}[:worldSellers] {
			if err := tx.PutSeller(troubleshoot.Seller{ID: w.seller(n), TimeZone: zone}, w.now); err != nil {
				return err
			}
			if err := tx.EnsureExpert(troubleshoot.ExpertID{Seller: w.seller(n), Name: "ann"}, w.now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) seller(n int) string { return fmt.Sprintf("%s-%d", w.name, n) }

// line gives an order line, the same one each time it is asked for.
func (w *world) line(seller, n int) troubleshoot.OrderLine {
	price := troubleshoot.Money{Minor: int64(1000 + 777*n), Currency: []string{"USD", "EUR", "JPY"}[n%3]}
	return troubleshoot.OrderLine{Seller: w.seller(seller), OrderID: fmt.Sprint("o", n), LineID: "1", SKU: []string{"KETTLE", "LAMP"}[n%2],
		Quantity: int64(1 + n%3), UnitPrice: price}
}

func (w *world) anyLine(roll dice) troubleshoot.OrderLine {
	return w.line(roll(worldSellers), roll(worldLines))
}

// act does one thing that may happen. What it will write is rolled before the update, which may run again.
func (w *world) act(roll dice) error {
	return w.does(pick(roll, w.intercept, w.intercept, w.intercept, w.returns, w.returns, w.returns, w.help, w.help, w.help, w.history, w.policy), roll)
}

// talk does one thing that may happen to help.
func (w *world) talk(roll dice) error {
	return w.does(pick(roll, w.help, w.help, w.help, w.help, w.review), roll)
}

func (w *world) does(act func(dice) func(*store.Tx) error, roll dice) error {
	err := w.store.Update(context.Background(), act(roll))
	if errors.Is(err, errRolledBack) {
		return nil
	}
	return err
}

// intercept decides about a line as the handler does; one in eight is rolled back.
func (w *world) intercept(roll dice) func(*store.Tx) error {
	now, asked := w.now, w.decided(w.anyLine(roll), w.now, roll)
	fails := roll(8) == 0
	return func(tx *store.Tx) error {
		in, err := tx.InterceptInputs(asked.Line, now)
		if err != nil || in.Kept != nil {
			return err
		}
		i := placed(asked, in.Seller, in.Epoch, in.Item)
		first, kept, err := tx.KeepIntercept(i)
		if err == nil && kept && in.EventsKnown {
			err = tx.RefoldLine(first.Line.Seller, first.Line.OrderID, first.Line.LineID, now)
		}
		if err == nil && fails {
			return errRolledBack
		}
		return err
	}
}

func (w *world) decided(line troubleshoot.OrderLine, at time.Time, roll dice) troubleshoot.Intercept {
	return troubleshoot.Intercept{ID: store.NewID(at), Line: line, CreateTime: at, Arm: pick(roll, troubleshoot.Offered, troubleshoot.Offered, troubleshoot.Holdout, troubleshoot.Ineligible),
		Reason: pick[troubleshoot.Reason](roll, "DEFECTIVE", "STYLE")}
}

// placed puts an intercept into its epoch.
func placed(i troubleshoot.Intercept, seller troubleshoot.Seller, epoch troubleshoot.Epoch, item troubleshoot.Item) troubleshoot.Intercept {
	i.Epoch, i.Day = epoch.Number, troubleshoot.DayOf(i.CreateTime, store.Zone(seller))
	i.MatureTime = troubleshoot.DayStart(i.Day+int64(epoch.Policy.MaturityDays+epoch.Policy.ReportingLagDays), store.Zone(seller))
	i.ReturnCost = epoch.Policy.ReturnCost(item)
	return i
}

// event makes up what a store observed, lately or long ago; ids are few, so that many are repeated.
func (w *world) event(line troubleshoot.OrderLine, roll dice) troubleshoot.ReturnEvent {
	at := w.now.Add(-storetest.Days(pick(roll, 0, 0.5, 3, 11, 40)))
	e := storetest.Return(line, fmt.Sprint("e", roll(60)), troubleshoot.ReturnKind(1+roll(4)), at)
	e.Quantity = int64(1 + roll(3))
	if e.Kind == troubleshoot.ReturnRefunded || e.Kind == troubleshoot.ReturnReceived {
		currency := pick(roll, line.UnitPrice.Currency, line.UnitPrice.Currency, line.UnitPrice.Currency, "GBP")
		money := troubleshoot.Money{Minor: int64(100 * roll(30)), Currency: currency}
		e.Refund, e.Salvage = pick(roll, money, troubleshoot.Money{}), pick(roll, money, troubleshoot.Money{}, troubleshoot.Money{})
	}
	return e
}

func (w *world) returns(roll dice) func(*store.Tx) error {
	now := w.now
	var events []troubleshoot.ReturnEvent
	for range 1 + roll(4) {
		events = append(events, w.event(w.anyLine(roll), roll))
	}
	return func(tx *store.Tx) error {
		_, _, err := tx.RecordReturns(events, now)
		return err
	}
}

// history imports a row of two months ago.
func (w *world) history(roll dice) func(*store.Tx) error {
	now, then := w.now, w.now.Add(-storetest.Days(60))
	past := w.decided(w.anyLine(roll), then, roll)
	if roll(2) == 0 {
		past.CostOfReturn = troubleshoot.Money{Minor: int64(7001 + roll(9)), Currency: past.Line.UnitPrice.Currency}
	}
	var help *troubleshoot.Session
	if roll(2) == 0 {
		help = &troubleshoot.Session{ID: store.NewID(then), Intercept: past.ID, Seller: past.Line.Seller, Channel: troubleshoot.ChannelChat, State: troubleshoot.Closed,
			CreateTime: then, Engaged: true, ExpertSeconds: 600, Disposition: pick(roll, troubleshoot.FixedKept, troubleshoot.ReturnTrueFault)}
	}
	var back *troubleshoot.ReturnEvent
	if roll(2) == 0 {
		e := w.event(past.Line, roll)
		e.Time = then.Add(storetest.Days(float64(roll(20))))
		back = &e
	}
	return func(tx *store.Tx) error {
		seller, err := tx.Seller(past.Line.Seller)
		if err != nil {
			return err
		}
		epoch, err := tx.HistoryEpoch(seller.ID, now)
		if err != nil {
			return err
		}
		_, err = tx.KeepHistory(store.PastIntercept{Intercept: placed(past, seller, epoch, troubleshoot.Item{}), Session: help, Return: back})
		return err
	}
}

// policy changes a seller's horizon or economics.
func (w *world) policy(roll dice) func(*store.Tx) error {
	now, seller := w.now, w.seller(roll(worldSellers))
	p := troubleshoot.DefaultPolicy()
	p.MaturityDays, p.ReportingLagDays = pick(roll, 5, 10, 30), pick(roll, 0, 3)
	p.SalvageFraction = pick(roll, 0, 0.25, 1.0/3)
	currency := pick(roll, "USD", "EUR")
	p.ExpertHourlyWage = troubleshoot.Money{Minor: 2500, Currency: currency}
	p.PlatformCost = pick(roll, troubleshoot.Money{}, troubleshoot.Money{Minor: 35, Currency: currency})
	p.HandlingCost = pick(roll, troubleshoot.Money{}, troubleshoot.Money{Minor: 201, Currency: currency})
	return func(tx *store.Tx) error {
		_, _, err := tx.PutPolicy(seller, p, now)
		return err
	}
}

// wantReportsLikeFacts compares, seller by seller, the report with the naive recomputation.
func (w *world) wantReportsLikeFacts(t interface{ Errorf(string, ...any) }) error {
	return w.store.View(context.Background(), func(tx *store.Tx) error {
		for n := range worldSellers {
			want, err := w.recomputed(tx, n)
			if err != nil {
				return err
			}
			cells, err := tx.Deflection(store.DeflectionFilter{Seller: w.seller(n), From: 0, To: 1 << 30,
				GroupBy: []store.GroupKey{store.BySKU, store.ByReason, store.ByDay}}, w.now)
			if err != nil {
				return err
			}
			if len(cells) != len(want) {
				t.Errorf("%s: the report has %d cells, facts make %d", w.seller(n), len(cells), len(want))
			}
			for _, c := range cells {
				key := naiveKey{c.Keys[0], c.Keys[1], c.Keys[2], c.Currency, c.Epoch.Number, c.Arm, c.Mature}
				if got := naiveOf(c.Sums); got != want[key] {
					t.Errorf("%s %+v: the report says %+v, facts say %+v", w.seller(n), key, got, want[key])
				}
			}
		}
		return nil
	})
}
