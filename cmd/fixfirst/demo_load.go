package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/fixfirst/fixfirst/cmd/fixfirst/samples"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// Shoppers of today go through the API one call at a time: some for each product, and for the first as many as a proposal
// for the order of its guide's steps takes.
const (
	demoLiveShoppers  = 12
	demoGuideShoppers = 60
)

// demoLoader puts the simulated world into a server, over REST as everybody else would. Loading again adds nothing.
type demoLoader struct {
	admin, storefront *client
	now               time.Time
	progress          *progress
	intercepts        int64
}

func (l *demoLoader) load(ctx context.Context) error {
	currency := map[string]string{}
	for _, s := range demoSellers {
		currency[s.id] = s.currency
		if err := l.seller(ctx, s); err != nil {
			return fmt.Errorf("seller %s: %w", s.id, err)
		}
		if err := l.staff(ctx, s); err != nil {
			return err
		}
	}
	for _, p := range demoProducts {
		if err := l.product(ctx, p, currency[p.seller]); err != nil {
			return fmt.Errorf("item %s: %w", p.sku, err)
		}
	}
	for _, p := range demoProducts {
		if err := l.history(ctx, demoHistory(p, currency[p.seller], l.now)); err != nil {
			return fmt.Errorf("history of %s: %w", p.sku, err)
		}
		if err := l.today(ctx, p, currency[p.seller]); err != nil {
			return fmt.Errorf("shoppers of %s: %w", p.sku, err)
		}
	}
	return nil
}

func (l *demoLoader) seller(ctx context.Context, s demoSeller) error {
	path := "/v1/sellers/" + s.id
	if err := l.admin.call(ctx, http.MethodPut, path, &pb.PutSellerRequest{DisplayName: s.name, TimeZone: s.zone}, nil); err != nil {
		return err
	}
	amount := func(text string) *pb.Money { return &pb.Money{Amount: text, CurrencyCode: s.currency} }
	return l.admin.call(ctx, http.MethodPut, path+"/policy", &pb.PutPolicyRequest{HoldoutFraction: proto.Float64(demoHoldout),
		MinimumPrice: amount(s.lowest), ReturnShippingCost: amount(s.shipping), HandlingCost: amount(s.handling), ExpertHourlyWage: amount(s.wage),
		SalvageFraction: &s.salvage, Channels: []pb.Session_Channel{pb.Session_GUIDE, pb.Session_CHAT, pb.Session_CALLBACK}}, nil)
}

// product puts an item and its guides, in all their languages.
func (l *demoLoader) product(ctx context.Context, p demoProduct, currency string) error {
	if err := l.admin.call(ctx, http.MethodPut, "/v1/sellers/"+p.seller+"/items/"+p.sku, &pb.PutItemRequest{Title: p.title, Category: p.category,
		Brand: p.brand, UnitPrice: &pb.Money{Amount: p.price, CurrencyCode: currency},
		Questions: []*pb.Item_Question{{Question: p.question, Answer: p.answer}}}, nil); err != nil {
		return err
	}
	files, err := samples.Guides.ReadDir(".")
	if err != nil {
		return err
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), p.guide+".") {
			continue
		}
		markdown, err := samples.Guides.ReadFile(f.Name())
		if err != nil {
			return err
		}
		path := "/v1/sellers/" + p.seller + "/guides/" + strings.TrimSuffix(f.Name(), ".md")
		if err := l.admin.call(ctx, http.MethodPut, path, &pb.PutGuideRequest{Markdown: string(markdown), Publish: true}, nil); err != nil {
			return fmt.Errorf("guide %s: %w", f.Name(), err)
		}
	}
	return nil
}

func (l *demoLoader) history(ctx context.Context, past []*pb.ImportInterceptsRequest) error {
	var lines bytes.Buffer
	for _, row := range past {
		data, err := protojson.Marshal(row)
		if err != nil {
			return err
		}
		lines.Write(append(data, '\n'))
	}
	reply := &pb.ImportInterceptsResponse{}
	if err := l.admin.upload(ctx, "/v1/intercepts:import", &lines, reply); err != nil {
		return err
	}
	if reply.GetRefused() > 0 {
		return fmt.Errorf("row %d was refused: %s: %s", reply.GetRefusals()[0].GetRow(), reply.GetRefusals()[0].GetField(), reply.GetRefusals()[0].GetCause())
	}
	l.intercepts += int64(reply.GetImported())
	l.progress.set(l.intercepts)
	return nil
}

// today lets some shoppers click "return" now.
func (l *demoLoader) today(ctx context.Context, p demoProduct, currency string) error {
	r := rand.New(rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "fixfirst demo today %d %s", demoSeed, p.sku))))
	shoppers := demoLiveShoppers
	if p.sku == demoProducts[0].sku {
		shoppers = demoGuideShoppers
	}
	for n := range shoppers {
		id := fmt.Sprintf("%s-today-%d", p.sku, n+1)
		kept, err := l.click(ctx, p, currency, id, "en")
		if err != nil {
			return err
		}
		shopper := newDemoShopper(r, p)
		helped := false
		if kept.GetArm() == pb.Intercept_OFFERED && shopper.engages {
			if helped, err = l.session(ctx, kept, shopper, r); err != nil {
				return err
			}
		}
		if shopper.wouldReturn && !helped {
			if err := l.comesBack(ctx, kept, l.now); err != nil {
				return err
			}
		}
	}
	return nil
}

// click asks what to offer a shopper who clicks "return". Where a busy machine has no answer in time, a demo asks again.
func (l *demoLoader) click(ctx context.Context, p demoProduct, currency, id, locale string) (*pb.Intercept, error) {
	kept := &pb.Intercept{}
	return kept, l.storefront.insist(ctx, http.MethodPost, "/v1/returns:intercept", &pb.InterceptReturnRequest{
		OrderLine: &pb.OrderLine{Seller: p.seller, OrderId: "DEMO-" + id, LineId: "1", Sku: p.sku, Quantity: 1,
			UnitPrice: &pb.Money{Amount: p.price, CurrencyCode: currency}},
		Reason: "DEFECTIVE", Shopper: "demo-" + id, Locale: locale, RefundUrl: "https://shop.example/refund/" + id}, kept, nil)
}

// comesBack records what the store sees of a return.
func (l *demoLoader) comesBack(ctx context.Context, i *pb.Intercept, at time.Time) error {
	return l.storefront.call(ctx, http.MethodPost, "/v1/returns:record", &pb.RecordReturnsRequest{Events: []*pb.ReturnEvent{{
		EventId: "demo-" + strings.TrimPrefix(i.GetOrderId(), "DEMO-"), Seller: i.GetSeller(), OrderId: i.GetOrderId(), LineId: i.GetLineId(), Quantity: 1,
		Event: pb.ReturnEvent_REQUESTED, EventTime: timestamppb.New(at)}}}, nil)
}

// session follows the guide of an offer, as the shopper, with the shopper's own token, and tells whether it helped.
func (l *demoLoader) session(ctx context.Context, kept *pb.Intercept, s demoShopper, r *rand.Rand) (fixed bool, err error) {
	shopper := *l.storefront
	shopper.key = kept.GetShopperToken()
	session := &pb.Session{}
	if err := shopper.call(ctx, http.MethodPost, "/v1/"+kept.GetName()+"/sessions",
		&pb.CreateSessionRequest{Channel: pb.Session_GUIDE, Locale: "en", RequestId: "demo"}, session); err != nil {
		return false, err
	}
	offered := kept.GetOffer().GetGuides()[0]
	guide := &pb.Guide{}
	if err := shopper.call(ctx, http.MethodGet, fmt.Sprintf("/v1/%s?revision=%d", offered.GetGuide(), offered.GetRevision()), nil, guide); err != nil {
		return false, err
	}
	tries := s.tries(guide.GetSteps(), r)
	if session.GetAnswer() != nil { // in an earlier start of the demo
		return session.GetAnswer().GetSolved() == pb.Session_YES, nil
	}
	for _, tried := range tries {
		fixed = tried.result == pb.Session_FIXED
		if err := shopper.call(ctx, http.MethodPost, "/v1/"+session.GetName()+":recordStep", &pb.RecordStepRequest{Guide: guide.GetName(),
			Revision: guide.GetRevision(), Step: tried.step, Result: tried.result, Elapsed: durationpb.New(tried.elapsed)}, nil); err != nil {
			return false, err
		}
	}
	answer, choice := pb.Session_NO, pb.Intercept_REFUND
	if fixed {
		answer, choice = pb.Session_YES, pb.Intercept_KEEP
	}
	if err := shopper.call(ctx, http.MethodPost, "/v1/"+session.GetName()+":answer", &pb.AnswerSessionRequest{Solved: answer}, nil); err != nil {
		return false, err
	}
	return fixed, shopper.call(ctx, http.MethodPost, "/v1/"+kept.GetName()+":choose", &pb.ChooseOutcomeRequest{Choice: choice}, nil)
}
