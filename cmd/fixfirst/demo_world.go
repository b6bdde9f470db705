package main

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot/intercept"
)

// The demo's world is simulated, and its truth is known: what each guide really avoids is in the table below, and the
// report must find it from what shoppers did.
const (
	demoSeed    = 20261001
	demoDays    = 75   // of past intercepts; those of the last 33 are not mature
	demoHoldout = 0.25 // of both sellers
)

// demoSeller is a sample seller with its economics.
type demoSeller struct {
	id, name, zone, currency         string
	shipping, handling, wage, lowest string // amounts
	salvage                          float64
}

var demoSellers = []demoSeller{
	{"hearth", "Hearth Home (demo)", "America/Chicago", "USD", "8.00", "2.01", "25.00", "15.00", 0.1},
	{"linden", "Linden Elektronik (demo)", "Europe/Berlin", "EUR", "5.90", "2.40", "22.00", "15.00", 0.2},
}

// demoProduct is a sample item and how its shoppers behave.
type demoProduct struct {
	seller, sku, title, category, brand, price string
	guide                                      string // file name of the sample guide without its locale
	question, answer                           string
	intercepts                                 int     // in the past
	returns                                    float64 // share of shoppers who return it without help
	engages                                    float64 // share of offered shoppers who try the help
	fixes                                      float64 // share of those whose trouble it ends
}

var demoProducts = []demoProduct{
	{"hearth", "KETTLE-1", "Electric kettle 1.7 l", "kettles", "Brookvale", "59.99", "kettle",
		"Does it switch off by itself?", "Yes, when the water boils and when it is empty.", 1200, 0.82, 0.62, 0.55},
	{"hearth", "VACUUM-1", "Robot vacuum with dock", "robot-vacuums", "Brookvale", "249.00", "vacuum",
		"Does it find its dock?", "Yes, if the dock stands free by 50 cm to each side.", 900, 0.75, 0.55, 0.45},
	{"hearth", "BULB-1", "Smart bulb E26", "smart-bulbs", "Lumio", "24.90", "bulb",
		"Does it work with 5 GHz Wi-Fi?", "No, it joins 2.4 GHz networks.", 800, 0.72, 0.50, 0}, // its guide does nothing
	{"linden", "EARBUDS-1", "Wireless earbuds", "earbuds", "Tonwerk", "89.00", "earbuds",
		"How long does a charge last?", "Six hours, and 24 with the case.", 900, 0.78, 0.60, 0.40},
	{"linden", "ROUTER-1", "Wi-Fi 6 router", "routers", "Netzhaus", "129.00", "router",
		"Is the default password on the label?", "Yes, under the router.", 1100, 0.80, 0.65, 0.60},
	{"linden", "PRINTER-1", "All-in-one printer", "printers", "Papierfink", "149.00", "printer",
		"Can it print from a phone?", "Yes, in the same Wi-Fi.", 700, 0.74, 0.50, 0.35},
}

// avoided is the true return rate avoided: those who would have returned it, tried the help, and had their trouble ended.
func (p demoProduct) avoided() float64 { return p.returns * p.engages * p.fixes }

// demoReasons are the return reasons of shoppers; help cannot fix the last.
var demoReasons = []struct {
	reason string
	share  float64
}{{"DEFECTIVE", 0.55}, {"CR-NOT_AS_DESCRIBED", 0.22}, {"does not work", 0.19}, {"DAMAGED_BY_CARRIER", 0.04}}

const demoDamaged = "DAMAGED_BY_CARRIER"

func demoReason(r *rand.Rand) string {
	u := r.Float64()
	for _, known := range demoReasons {
		if u -= known.share; u < 0 {
			return known.reason
		}
	}
	return demoDamaged
}

// demoShopper is what one shopper would do, whatever he is shown.
type demoShopper struct {
	wouldReturn, engages, fixed, answers, thanks, chats bool
	expertSeconds                                       int32
	delay                                               time.Duration // from the click to the return
}

func newDemoShopper(r *rand.Rand, p demoProduct) demoShopper {
	s := demoShopper{wouldReturn: r.Float64() < p.returns, engages: r.Float64() < p.engages, answers: r.Float64() < 0.7, chats: r.Float64() < 0.35,
		expertSeconds: int32(420 + r.IntN(660)), delay: time.Duration(r.Float64() * float64(9*24*time.Hour))}
	s.fixed = s.engages && r.Float64() < p.fixes
	s.thanks = s.fixed || r.Float64() < 0.1 // some say it is solved, and return it all the same
	return s
}

// demoHistory simulates the past intercepts of a product until now. The same now gives the same history; the arms, drawn
// as the engine draws them, do not depend on it.
func demoHistory(p demoProduct, currency string, now time.Time) []*pb.ImportInterceptsRequest {
	seed := sha256.Sum256(fmt.Appendf(nil, "fixfirst demo %d %s", demoSeed, p.sku))
	r := rand.New(rand.NewChaCha8(seed))
	past := make([]*pb.ImportInterceptsRequest, p.intercepts)
	for n := range past {
		created := now.Add(-time.Duration((0.01 + 0.99*r.Float64()) * demoDays * 24 * float64(time.Hour))).Truncate(time.Second)
		line := &pb.OrderLine{Seller: p.seller, OrderId: fmt.Sprintf("DEMO-%s-%05d", p.sku, n+1), LineId: "1", Sku: p.sku, Quantity: 1,
			UnitPrice: &pb.Money{Amount: p.price, CurrencyCode: currency}, DeliveredTime: timestamppb.New(created.Add(-72 * time.Hour))}
		row := &pb.ImportInterceptsRequest{OrderLine: line, Reason: demoReason(r), Shopper: fmt.Sprintf("demo-%s-%05d", p.sku, n+1),
			CreateTime: timestamppb.New(created), Arm: pb.Intercept_OFFERED}
		shopper := newDemoShopper(r, p)
		unit := line.GetOrderId() + "\x00" + line.GetLineId()
		switch {
		case row.GetReason() == demoDamaged:
			row.Arm = pb.Intercept_INELIGIBLE
		case intercept.HeldOut(seed, unit, demoHoldout):
			row.Arm = pb.Intercept_HOLDOUT
		}
		shopper.live(row, created, now)
		past[n] = row
	}
	return past
}

// live fills in what became of an intercept.
func (s demoShopper) live(row *pb.ImportInterceptsRequest, created, now time.Time) {
	helped := row.GetArm() == pb.Intercept_OFFERED && s.engages
	row.Engaged = helped
	if helped {
		if s.chats {
			row.ExpertSeconds = s.expertSeconds
		}
		if s.answers && s.thanks {
			row.Solved = pb.ImportInterceptsRequest_YES
		} else if s.answers {
			row.Solved = pb.ImportInterceptsRequest_NO
		}
	}
	returns := s.wouldReturn && !(helped && s.fixed)
	row.Choice = pb.Intercept_KEEP
	if returns {
		row.Choice = pb.Intercept_REFUND
	}
	if at := created.Add(s.delay); returns && !at.After(now) { // others have yet to send it back
		row.Returned, row.ReturnTime = true, timestamppb.New(at)
	}
}
