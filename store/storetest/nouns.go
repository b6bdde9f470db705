package storetest

import (
	"fmt"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// Day0 is when the tests' time begins.
var Day0 = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// Days gives a span of days.
func Days(n float64) time.Duration { return time.Duration(n * 24 * float64(time.Hour)) }

// USD makes an amount of cents.
func USD(cents int64) troubleshoot.Money { return troubleshoot.Money{Minor: cents, Currency: "USD"} }

// Line makes an order line of one kettle at 59.99.
func Line(seller, order string) troubleshoot.OrderLine {
	return troubleshoot.OrderLine{Seller: seller, OrderID: order, LineID: "1", SKU: "KETTLE", Quantity: 1, UnitPrice: USD(5999)}
}

// Intercept makes a decided OFFERED intercept of a line in the seller's first epoch, with the default policy's maturity.
func Intercept(line troubleshoot.OrderLine, now time.Time) troubleshoot.Intercept {
	day := troubleshoot.DayOf(now, time.UTC)
	return troubleshoot.Intercept{
		ID: store.NewID(now), Line: line, Reason: "DEFECTIVE", RawReason: "cr-defective", Shopper: "shopper-1", Locale: "en-GB",
		RefundURL: "https://shop.example/refund", Arm: troubleshoot.Offered, Why: "help is offered", Epoch: 1,
		Offer:      troubleshoot.Offer{Guides: []troubleshoot.GuideOffer{{Guide: "kettle", Revision: 2, Title: "Kettle", Minutes: 5, Steps: 3}}, Chat: true},
		CreateTime: now, MatureTime: troubleshoot.DayStart(day+33, time.UTC), Day: day,
	}
}

// Session makes an ACTIVE GUIDE session of an intercept.
func Session(i troubleshoot.Intercept, now time.Time) troubleshoot.Session {
	return troubleshoot.Session{ID: store.NewID(now), Intercept: i.ID, Seller: i.Line.Seller, Channel: troubleshoot.ChannelGuide,
		State: troubleshoot.Active, Locale: "en", CreateTime: now}
}

// Return makes a return event of one unit of a line.
func Return(line troubleshoot.OrderLine, id string, kind troubleshoot.ReturnKind, at time.Time) troubleshoot.ReturnEvent {
	return troubleshoot.ReturnEvent{EventID: id, Seller: line.Seller, OrderID: line.OrderID, LineID: line.LineID, Quantity: 1, Kind: kind, Time: at}
}

// Guide makes a compiled guide with steps s1, s2, … for SKUs.
func Guide(seller, id string, steps int, skus ...string) troubleshoot.Guide {
	g := troubleshoot.Guide{Seller: seller, ID: id, Title: "Guide " + id, Locale: "en", SKUs: skus, Minutes: 5,
		HTML: "<p>" + id + "</p>", Markdown: fmt.Sprintf("# Guide %s\n\n%d steps", id, steps)}
	for n := range steps {
		g.Steps = append(g.Steps, troubleshoot.GuideStep{ID: fmt.Sprintf("s%d", n+1), Title: "Try", HTML: "<p>Try</p>", Instruction: "Try"})
	}
	return g
}
