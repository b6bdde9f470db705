package rpc

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestContextIsWhatAnExpertNeeds(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll()
		kettle := d.publishKettle()
		d.hireExpert()
		ann, seller := as(troubleshoot.RoleExpert), as(troubleshoot.RoleSeller)
		must[*pb.Item](t)(d.Sellers.PutItem(seller, &pb.PutItemRequest{Seller: "acme", Sku: "KETTLE-1", Title: "Kettle", Category: "kettles", Specs: map[string]string{"power": "2 kW"},
			Questions: []*pb.Item_Question{{Question: "Does it whistle?", Answer: "No."}}}))
		i := d.intercept("1", func(r *pb.InterceptReturnRequest) { r.Comment = "it does not heat" })
		tried := bare(must[*pb.Session](t)(d.start(i, pb.Session_GUIDE, "")).GetName())
		must[*pb.Session](t)(d.Sessions.RecordStep(shopperOf(i), &pb.RecordStepRequest{Session: tried, Guide: "kettle", Revision: 1, Step: kettle.GetSteps()[0].GetStep(), Result: pb.Session_NOT_FIXED}))
		d.pass(time.Second)
		first := bare(must[*pb.Session](t)(d.start(i, pb.Session_CHAT, "")).GetName())
		d.accept(ann, first)
		must[*pb.SessionNote](t)(d.Sessions.AddNote(ann, &pb.AddNoteRequest{Session: first, Text: "the fuse"}))
		must[*pb.Session](t)(d.Sessions.CloseSession(ann, &pb.CloseSessionRequest{Session: first, Disposition: pb.Session_KEPT_UNFIXED}))
		d.pass(time.Second)
		now := bare(must[*pb.Session](t)(d.start(i, pb.Session_CHAT, "")).GetName())
		d.ring(ann, now)
		for _, who := range []string{"at whom it rings", "who has it"} {
			got := must[*pb.SessionContext](t)(d.Experts.GetSessionContext(ann, &pb.GetSessionRequest{Session: now}))
			if got.GetSession().GetName() != "sessions/"+now || got.GetIntercept().GetName() != i.GetName() || got.GetIntercept().GetComment() != "it does not heat" ||
				got.GetIntercept().ShopperToken != nil || got.GetItem().GetTitle() != "Kettle" || got.GetItem().GetSpecs()["power"] != "2 kW" || len(got.GetItem().GetQuestions()) != 1 {
				t.Errorf("the expert %s has %v", who, got)
			}
			var earlier []string
			for _, s := range got.GetEarlierSessions() {
				earlier = append(earlier, bare(s.GetName()))
			}
			if !slices.Equal(earlier, []string{first, tried}) || len(got.GetEarlierSessions()[1].GetSteps()) != 1 || got.GetEarlierSessions()[0].GetNotes()[0].GetText() != "the fuse" {
				t.Errorf("the expert %s has the earlier %v", who, got.GetEarlierSessions())
			}
			if who == "at whom it rings" {
				must[*pb.Session](t)(d.Sessions.AcceptSession(ann, &pb.AcceptSessionRequest{Session: now}))
			}
		}
		if got := must[*pb.SessionContext](t)(d.Experts.GetSessionContext(seller, &pb.GetSessionRequest{Session: now})); got.GetIntercept().GetComment() != "it does not heat" {
			t.Errorf("a supervisor has %v", got)
		}
	})
}

// closedLike keeps a chat of a line of its own that ann closed.
func (d *desk) closedLike(order, sku string, end pb.Session_Disposition) {
	d.t.Helper()
	ann := as(troubleshoot.RoleExpert)
	d.comes(ann)
	i := d.intercept(order, func(r *pb.InterceptReturnRequest) { r.OrderLine.Sku = sku })
	id := bare(must[*pb.Session](d.t)(d.start(i, pb.Session_CHAT, "")).GetName())
	d.accept(ann, id)
	must[*pb.Session](d.t)(d.Sessions.CloseSession(ann, &pb.CloseSessionRequest{Session: id, Disposition: end}))
}

// fixLines writes fixes as "scope guide/step or disposition: fixed of tried".
func fixLines(c *pb.SessionContext) (lines []string) {
	for _, f := range c.GetFixes() {
		what := f.GetDisposition().String()
		if f.GetGuide() != "" {
			what = bare(f.GetGuide()) + "/" + f.GetTitle()
		}
		lines = append(lines, fmt.Sprintf("%s %s: %d of %d", f.GetScope(), what, f.GetFixed(), f.GetTried()))
	}
	return lines
}

func TestTheBookOfFixes(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.offerAll()
		seller := as(troubleshoot.RoleSeller)
		for _, sku := range []string{"KETTLE-1", "KETTLE-2"} {
			must[*pb.Item](t)(d.Sellers.PutItem(seller, &pb.PutItemRequest{Seller: "acme", Sku: sku, Category: "kettles"}))
		}
		put := func(guide, markdown string) {
			must[*pb.Guide](t)(d.Guides.PutGuide(seller, &pb.PutGuideRequest{Seller: "acme", Guide: guide, Markdown: strings.Replace(markdown, "[KETTLE-1]", `["KETTLE-*"]`, 1), Publish: true}))
		}
		put("kettle", kettleGuide)
		put("old", kettleGuide)
		d.hireExpert()
		tries := func(order, sku, guide, step string, result pb.Session_StepResult) {
			i := d.intercept(order, func(r *pb.InterceptReturnRequest) { r.OrderLine.Sku = sku })
			id := bare(must[*pb.Session](t)(d.start(i, pb.Session_GUIDE, "")).GetName())
			must[*pb.Session](t)(d.Sessions.RecordStep(shopperOf(i), &pb.RecordStepRequest{Session: id, Guide: guide, Revision: 1, Step: step, Result: result}))
		}
		for n := range 4 {
			tries(fmt.Sprint("k", n), "KETTLE-1", "kettle", "plug-it-in", []pb.Session_StepResult{pb.Session_FIXED, pb.Session_NOT_FIXED}[n%2])
			tries(fmt.Sprint("o", n), "KETTLE-1", "old", "fill-it", pb.Session_FIXED)
		}
		tries("k9", "KETTLE-1", "kettle", "fill-it", pb.Session_NOT_FIXED) // fixed nobody
		tries("k10", "KETTLE-2", "kettle", "fill-it", pb.Session_FIXED)
		d.closedLike("c1", "KETTLE-1", pb.Session_FIXED_KEPT)
		d.closedLike("c2", "KETTLE-1", pb.Session_RETURN_TRUE_FAULT)
		d.closedLike("c3", "KETTLE-1", pb.Session_EXCHANGE)
		d.closedLike("c4", "KETTLE-1", pb.Session_EXPERT_NO_SHOW) // nobody met
		d.closedLike("c5", "KETTLE-2", pb.Session_EXCHANGE)
		id, _ := d.chat("mine", as(troubleshoot.RoleExpert))
		read := func() []string {
			return fixLines(must[*pb.SessionContext](t)(d.Experts.GetSessionContext(as(troubleshoot.RoleExpert), &pb.GetSessionRequest{Session: id})))
		}
		want := []string{"KETTLE-1 old/Fill it: 4 of 4", "KETTLE-1 kettle/Plug it in: 2 of 4", "KETTLE-1 FIXED_KEPT: 1 of 3", "KETTLE-1 EXCHANGE: 1 of 3",
			"kettles EXCHANGE: 2 of 4", "kettles kettle/Fill it: 1 of 2", "kettles FIXED_KEPT: 1 of 4"}
		if got := read(); !slices.Equal(got, want) {
			t.Errorf("the book says %q, want %q", got, want)
		}
		must[*pb.Guide](t)(d.Guides.ArchiveGuide(seller, &pb.ArchiveGuideRequest{Seller: "acme", Guide: "old"}))
		put("kettle", strings.TrimSuffix(kettleGuide, "## Plug it in\n\nPlug it in.\n")+"## Wait\n\nLet it cool down for an hour.\n")
		gone := func(line string) bool { return strings.Contains(line, "old/") || strings.Contains(line, "Plug it in") }
		if got := read(); !slices.Equal(got, slices.DeleteFunc(slices.Clone(want), gone)) {
			t.Errorf("after guides were taken back the book says %q", got)
		}
	})
}

func TestTheBookIsShort(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	markdown := "---\ntitle: Kettle\nskus: [KETTLE-1]\n---\n\n# Kettle\n"
	for n := range maxFixes + 5 {
		markdown += fmt.Sprintf("\n## Step %d\n\nDo number %d.\n", n, n)
	}
	g := must[*pb.Guide](t)(d.Guides.PutGuide(as(troubleshoot.RoleSeller), &pb.PutGuideRequest{Seller: "acme", Guide: "kettle", Markdown: markdown, Publish: true}))
	d.hireExpert()
	i := d.intercept("1", nil)
	guided := bare(must[*pb.Session](t)(d.start(i, pb.Session_GUIDE, "")).GetName())
	for _, step := range g.GetSteps() {
		must[*pb.Session](t)(d.Sessions.RecordStep(shopperOf(i), &pb.RecordStepRequest{Session: guided, Guide: "kettle", Revision: 1, Step: step.GetStep(), Result: pb.Session_FIXED}))
	}
	id, _ := d.chat("2", as(troubleshoot.RoleExpert))
	got := must[*pb.SessionContext](t)(d.Experts.GetSessionContext(as(troubleshoot.RoleExpert), &pb.GetSessionRequest{Session: id}))
	if len(g.GetSteps()) != maxFixes+5 || len(got.GetFixes()) != maxFixes {
		t.Errorf("of %d steps that fixed, %d are shown", len(g.GetSteps()), len(got.GetFixes()))
	}
}

func TestMostProvenComesFirst(t *testing.T) {
	step := func(name string, fixed, tried int64) store.StepTally {
		return store.StepTally{SameSKU: true, Guide: "g", Step: name, Fixed: fixed, Tried: tried}
	}
	for rule, c := range map[string]struct {
		steps []store.StepTally
		want  string
	}{
		"many good sessions beat few lucky ones": {[]store.StepTally{step("few", 5, 5), step("many", 60, 100)}, "many few"},
		"a higher rate beats a larger number":    {[]store.StepTally{step("often", 60, 400), step("well", 50, 60)}, "well often"},
		"with little to go by, more fixes":       {[]store.StepTally{step("one", 1, 1), step("three", 3, 9)}, "three one"},
		"and fewer tries":                        {[]store.StepTally{step("sixth", 3, 6), step("third", 3, 3)}, "third sixth"},
		"what fixed nobody is no fix":            {[]store.StepTally{step("never", 0, 50), step("once", 1, 50)}, "once"},
	} {
		for range 2 {
			var got []string
			for _, f := range fixesOf(c.steps, nil, true) {
				got = append(got, f.step)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %q", rule, got)
			}
			slices.Reverse(c.steps)
		}
	}
}
