package store_test

import (
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestInputsSayWhereALineWasNotSoldSo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		sold := storetest.Line("acme", "o1")
		sold.Quantity = 2
		storetest.Update(t, s, func(tx *store.Tx) error {
			_, err := tx.KeepOrderLine(sold, day(0), "shopper-1")
			return err
		})
		for what, c := range map[string]struct {
			change  func(*troubleshoot.OrderLine)
			differs bool
		}{
			"as sold":          {func(*troubleshoot.OrderLine) {}, false},
			"one of two":       {func(l *troubleshoot.OrderLine) { l.Quantity = 1 }, false},
			"another price":    {func(l *troubleshoot.OrderLine) { l.UnitPrice.Minor = 1 }, false},
			"more units":       {func(l *troubleshoot.OrderLine) { l.Quantity = 3 }, true},
			"another SKU":      {func(l *troubleshoot.OrderLine) { l.SKU = "VACUUM" }, true},
			"another currency": {func(l *troubleshoot.OrderLine) { l.UnitPrice.Currency = "EUR" }, true},
			"another order":    {func(l *troubleshoot.OrderLine) { l.OrderID, l.SKU = "o2", "VACUUM" }, false},
			"another seller":   {func(l *troubleshoot.OrderLine) { l.Seller, l.SKU = "best", "VACUUM" }, false},
		} {
			asked := sold
			c.change(&asked)
			if got := inputs(t, s, asked).LineDiffers; got != c.differs {
				t.Errorf("%s: differs %v", what, got)
			}
		}
	})
}
