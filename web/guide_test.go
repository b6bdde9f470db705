package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot/gateway"
)

// shop serves one guide, one intercept and its sessions from memory, and notes what shoppers do.
type shop struct {
	pb.UnimplementedGuidesServiceServer
	pb.UnimplementedReturnsServiceServer
	pb.UnimplementedSessionsServiceServer
	url   string
	guide *pb.Guide
	full  bool          // takes no steps
	slow  chan struct{} // steps wait for its end
	mu    sync.Mutex
	more  chan struct{} // one for each note, as far as somebody may wait
	notes []string
	keys  map[string]bool
}

func (s *shop) note(ctx context.Context, format string, args ...any) {
	md, _ := metadata.FromIncomingContext(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[strings.Join(md["authorization"], ",")] = true
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// waitFor waits until all of these are noted.
func (s *shop) waitFor(t *testing.T, wants ...string) {
	t.Helper()
	late := time.After(patience)
	lacks := func(want string) bool { return !slices.Contains(s.noted(), want) }
	for slices.ContainsFunc(wants, lacks) {
		select {
		case <-s.more:
		case <-late:
			t.Fatalf("the server saw\n%s\nand never all of %q", strings.Join(s.noted(), "\n"), wants)
		}
	}
}

func (s *shop) noted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}

func (s *shop) GetGuide(ctx context.Context, req *pb.GetGuideRequest) (*pb.Guide, error) {
	s.note(ctx, "guide %s %s %d", req.GetSeller(), req.GetGuide(), req.GetRevision())
	if req.GetGuide() != "kettle.en" {
		return nil, status.Error(codes.NotFound, "guide: there is none")
	}
	return s.guide, nil
}

func (s *shop) GetIntercept(ctx context.Context, req *pb.GetInterceptRequest) (*pb.Intercept, error) {
	s.note(ctx, "intercept %s", req.GetIntercept())
	i := &pb.Intercept{Name: "intercepts/" + req.GetIntercept(), Seller: "acme", Reason: "OTHER", RefundUrl: s.url + "/refunded"}
	if req.GetIntercept() != "held" {
		i.Offer = &pb.Offer{Guides: []*pb.Offer_GuideOffer{{Guide: "sellers/acme/guides/kettle.en", Revision: 4}}}
	}
	return i, nil
}

func (s *shop) ChooseOutcome(ctx context.Context, req *pb.ChooseOutcomeRequest) (*pb.Intercept, error) {
	s.note(ctx, "choose %s", req.GetChoice())
	return &pb.Intercept{}, nil
}

func (s *shop) CreateSession(ctx context.Context, req *pb.CreateSessionRequest) (*pb.Session, error) {
	s.note(ctx, "session %s %s %s", req.GetIntercept(), req.GetChannel(), req.GetLocale())
	return &pb.Session{Name: "sessions/s1"}, nil
}

func (s *shop) RecordStep(ctx context.Context, req *pb.RecordStepRequest) (*pb.Session, error) {
	if s.full {
		return nil, status.Error(codes.FailedPrecondition, "session is CLOSED and takes no more steps")
	}
	if s.slow != nil {
		select {
		case <-s.slow:
		case <-ctx.Done(): // the browser hung up
			return nil, ctx.Err()
		}
	}
	if elapsed := req.GetElapsed().AsDuration(); elapsed <= 0 || elapsed > time.Minute {
		return nil, status.Errorf(codes.InvalidArgument, "elapsed: %s", elapsed)
	}
	s.note(ctx, "%s %d %s %s %s", req.GetGuide(), req.GetRevision(), req.GetSession(), req.GetStep(), req.GetResult())
	return &pb.Session{}, nil
}

func (s *shop) AnswerSession(ctx context.Context, req *pb.AnswerSessionRequest) (*pb.Session, error) {
	s.note(ctx, "answer %s", req.GetSolved())
	return &pb.Session{}, nil
}

func (s *shop) LeaveSession(ctx context.Context, _ *pb.LeaveSessionRequest) (*pb.Session, error) {
	s.note(ctx, "leave")
	return &pb.Session{}, nil
}

// kettle is a guide with everything that one may have.
func kettle() *pb.Guide {
	return &pb.Guide{
		Name: "sellers/acme/guides/kettle.en", Revision: 4, State: pb.Guide_PUBLISHED, Title: "My kettle does not heat", Locale: "en", Minutes: 10,
		Difficulty: "EASY", Tools: []string{"a dry cloth", "vinegar"}, Intro: "<p>Most kettles that do not heat are well.</p>",
		Entries: []*pb.Guide_Entry{{Reason: "DEFECTIVE", Step: "dry-the-base"}, {Symptom: "It switches off at once", Step: "descale-it"}},
		Steps: []*pb.Guide_Step{
			{Step: "unplug-it", Title: "Unplug it", Html: "<p>Let it cool.</p>", Next: &pb.Guide_Next{Next: "dry-the-base"}},
			{Step: "dry-the-base", Title: "Dry the base", Html: `<p>Wipe it, then <a href="#guide-descale-it">descale it</a>.</p><img src="/nothing.png" alt="The base">`,
				Next: &pb.Guide_Next{Yes: "fixed", No: "descale-it"}},
			{Step: "descale-it", Title: "Descale it", Requires: []string{"unplug-it"}, Stop: "The cable is hot.",
				Html: `<blockquote class="callout callout-caution"><p>The cable is hot.</p></blockquote><p>Boil vinegar. If it is <a href="#guide-return">still cold</a>, it is broken.</p><div class="table"><table><tr><th>Size</th><td>1 l</td></tr></table></div>`,
				Next: &pb.Guide_Next{Yes: "fixed", No: "ask-an-expert"}},
		},
		Endings:  []*pb.Guide_Ending{{Ending: "return-it", Title: "Send it back", Html: "<p>It is broken.</p>"}},
		Findings: []*pb.Finding{{Rule: "image-host", Severity: pb.Finding_WARNING, Line: 3, Column: 1, Message: attack, Mend: "upload it"}},
	}
}

func newShop(t *testing.T, guide *pb.Guide) *shop {
	t.Helper()
	s := &shop{guide: guide, keys: map[string]bool{}, more: make(chan struct{}, 1)}
	handler, err := gateway.New(t.Context(), gateway.Config{
		Register: func(r grpc.ServiceRegistrar) {
			pb.RegisterGuidesServiceServer(r, s)
			pb.RegisterReturnsServiceServer(r, s)
			pb.RegisterSessionsServiceServer(r, s)
		},
		Streams: noStreams{}, Ready: func(context.Context) error { return nil }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refunded" || r.URL.Path == "/nothing.png" {
			fmt.Fprint(w, `<title>refunded</title><link rel="icon" href="data:,">`)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// openGuide opens the page and gives it a key, by the keyboard alone.
func (s *shop) openGuide(t *testing.T, query, key string) *tab {
	t.Helper()
	b := openTab(t, s.url+"/guide/?"+query)
	b.until(`document.readyState === "complete" && document.getElementById("query")`)
	b.audit()
	b.value(`document.getElementById("key").focus()`)
	b.call("Input.insertText", map[string]any{"text": key}, nil)
	b.choose("Show the guide")
	return b
}

// audit checks the screen as it is, in the dark, and in a narrow window with text of twice the size.
func (b *tab) audit() {
	b.t.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", "audit.js"))
	if err != nil {
		b.t.Fatal(err)
	}
	look := func(how string) {
		b.t.Helper()
		if wrong := b.text(string(script)); wrong != "" {
			b.t.Errorf("%s%s: %s", b.text(`document.querySelector("h2, h1").textContent`), how, wrong)
		}
	}
	b.media("light")
	look("")
	b.media("dark")
	look(", dark")
	b.media("light")
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": 450, "height": 800, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.value(`document.documentElement.style.fontSize = "200%"`)
	look(", narrow")
	b.value(`document.documentElement.style.fontSize = ""`)
	b.call("Emulation.clearDeviceMetricsOverride", nil, nil)
}

// media makes the browser prefer a colour scheme, and no motion: colours are there at once.
func (b *tab) media(scheme string) {
	b.t.Helper()
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{
		{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}}}, nil)
}

// at waits for a screen by its heading, which must have the focus, and audits it.
func (b *tab) at(heading string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.activeElement.tagName === "H2" && document.activeElement.textContent === %q`, heading))
	b.audit()
}

// sees checks the visible text of the guide.
func (b *tab) sees(wants ...string) {
	b.t.Helper()
	text := b.text(`document.querySelector("main").innerText`)
	for _, want := range wants {
		if !strings.Contains(text, want) {
			b.t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// TestShopperWalksAGuide goes through a guide by the keyboard alone.
func TestShopperWalksAGuide(t *testing.T) {
	s := newShop(t, kettle())
	b := s.openGuide(t, "intercept=intercepts/i1", "ffs_token")
	b.until(`document.querySelector("fixfirst-guide h2")`)
	b.audit()
	b.picture("start")
	b.sees("My kettle does not heat", "3 steps · about 10 min · easy", "You need: a dry cloth, vinegar", "Most kettles", "What is happening?")
	b.choose("It switches off at once")
	b.at("Unplug it")
	b.picture("required")
	b.sees("Step 1", "This comes before “Descale it”.", "Let it cool.")
	if b.value(`[...document.querySelectorAll("h3")].some((h) => h.textContent === "Did it work?")`) == true {
		t.Error("a step that asks nothing asks")
	}
	b.choose("Continue")
	b.at("Descale it")
	b.picture("stop")
	b.sees("Step 2", "Stop if you notice this", "Boil vinegar. If", "Did it work?")
	if n := strings.Count(b.text(`document.querySelector("fixfirst-guide").innerText`), "The cable is hot."); n != 1 {
		t.Errorf("the hazard is said %d times", n)
	}
	if said := b.text(`document.querySelector("[role=status]").textContent`); said != "Step 2" {
		t.Errorf("the live region says %q", said)
	}
	b.choose("No")
	b.at("Ask an expert")
	b.sees("An expert may know more")
	b.choose("Back")
	b.at("Descale it")
	b.choose("Larger text")
	b.audit()
	b.choose("Back")
	b.at("Unplug it")
	b.choose("Skip this step")
	b.at("Descale it")
	b.press("Tab")
	b.press("Space") // the button of the hazard comes first
	b.at("Stop here")
	b.picture("stopped")
	b.choose("Start again")
	b.at("My kettle does not heat")
	b.choose("Something else")
	b.at("Unplug it")
	b.choose("Continue")
	b.at("Dry the base")
	b.choose("descale it")
	b.at("Descale it")
	b.choose("still cold")
	b.at("Send it back")
	b.sees("It is broken.")
	b.choose("Back")
	b.at("Descale it")
	b.choose("Yes")
	b.at("Good, it works")
	b.picture("fixed")
	b.choose("Yes")
	b.until(`document.querySelector("[role=status]").textContent === "Thank you."`)
	b.choose("Return it for a refund")
	b.until(`document.title === "refunded"`)
	s.waitFor(t, "answer YES", "leave", "choose REFUND") // the page was left while some were on their way
	want := []string{"intercept i1", "guide acme kettle.en 4", "session i1 GUIDE en"}
	for _, step := range []string{"unplug-it NOT_FIXED", "descale-it NOT_FIXED", "unplug-it SKIPPED", "descale-it SKIPPED", "unplug-it NOT_FIXED", "descale-it NOT_FIXED", "descale-it FIXED"} {
		want = append(want, "sellers/acme/guides/kettle.en 4 s1 "+step)
	}
	if got := s.noted(); !slices.Equal(got[:len(want)], want) {
		t.Errorf("the server saw\n%s\nwant first\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(s.keys) != 1 || !s.keys["Bearer ffs_token"] || len(b.said) > 0 {
		t.Errorf("keys %v, console %q", s.keys, b.said)
	}
}

func TestShopperIsNotHeldUp(t *testing.T) {
	s := newShop(t, kettle())
	s.full = true
	b := s.openGuide(t, "intercept=i1", "ffs_token")
	b.until(`document.querySelector("fixfirst-guide h2")`)
	b.choose("It switches off at once")
	b.at("Unplug it")
	b.choose("Continue")
	b.at("Descale it")
	b.until(`document.querySelector("[role=status]").textContent === "This could not be saved. You can go on."`)
	held := s.openGuide(t, "intercept=held", "ffs_token")
	held.until(`document.querySelector("[role=alert]").textContent === "No guide is offered for this return."`)
	held.choose("Return it for a refund")
	held.until(`document.title === "refunded"`)
}

// TestNothingIsLostByLeaving follows the refund while one step is on its way and another waits for its turn.
func TestNothingIsLostByLeaving(t *testing.T) {
	s := newShop(t, kettle())
	s.slow = make(chan struct{})
	b := s.openGuide(t, "intercept=i1", "ffs_token")
	b.until(`document.querySelector("fixfirst-guide h2")`)
	b.choose("It switches off at once")
	b.at("Unplug it")
	b.choose("Continue")
	b.at("Descale it")
	b.choose("No")
	b.at("Ask an expert")
	b.choose("Return it for a refund")
	b.until(`document.title === "refunded"`)
	s.waitFor(t, "leave", "choose REFUND")
	close(s.slow)
	s.waitFor(t, "sellers/acme/guides/kettle.en 4 s1 unplug-it NOT_FIXED", "sellers/acme/guides/kettle.en 4 s1 descale-it NOT_FIXED")
}

func TestSellerPreviewsAGuide(t *testing.T) {
	guide := kettle()
	guide.Locale, guide.Title, guide.Entries, guide.Revision = "zh-Hans", "电水壶不加热", nil, 0
	guide.Steps[0].Html = `<p>拔掉插头。</p><img src="x" alt="" onerror="document.title='run'">`
	s := newShop(t, guide)
	b := s.openGuide(t, "seller=acme&guide=kettle.en", key)
	b.until(`document.querySelector("fixfirst-guide h2")`)
	b.audit()
	b.sees("共 3 步 · 约 10 分钟 · 简单", "Preview of sellers/acme/guides/kettle.en, draft. Nothing is recorded.", "Findings: 1")
	if lang := b.text(`document.querySelector("fixfirst-guide").lang + " " + document.querySelector("fixfirst-guide h2").lang`); lang != "zh zh-Hans" {
		t.Errorf("languages %q", lang)
	}
	b.choose("退货退款")
	b.until(`document.querySelector("[role=status]").textContent.startsWith("Preview")`)
	if hash := b.text("location.hash"); hash != "" {
		t.Errorf("the preview went to %s", hash)
	}
	b.value(`document.activeElement.blur()`)
	b.choose("开始")
	b.at("Unplug it")
	b.picture("chinese")
	if title := b.text("document.title"); !strings.HasPrefix(title, "电水壶不加热") {
		t.Errorf("a handler that slipped through ran: %s", title)
	}
	if stored := b.text(`Object.values({...localStorage, ...sessionStorage}).join() + document.documentElement.outerHTML + location`); strings.Contains(stored, key) {
		t.Error("the key is kept")
	}
	if got := s.noted(); !slices.Equal(got, []string{"guide acme kettle.en 0"}) {
		t.Errorf("the server saw %q", got)
	}
}

func TestGuidePageSaysWhatIsMissing(t *testing.T) {
	s := newShop(t, kettle())
	for query, want := range map[string][2]string{
		"seller=acme":                {"Say which guide.", "guide"},
		"seller=acme&guide=nothing":  {"There is no such guide, or the key may not see it.", "guide"},
		"guide=kettle.en&intercept=": {"Say which seller.", "seller"},
	} {
		b := s.openGuide(t, query, key)
		b.until(fmt.Sprintf(`document.querySelector("[role=alert]").textContent === %q`, want[0]))
		if id := b.text("document.activeElement.id"); id != want[1] {
			t.Errorf("%s: the focus is on %q", query, id)
		}
		b.audit()
	}
}
