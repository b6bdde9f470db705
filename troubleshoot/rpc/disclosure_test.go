package rpc

import (
	"context"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func TestTheShopperDoesNotReadTheExpertsNotes(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	d.hireExpert()
	i := d.intercept("1", nil)
	expert := as(troubleshoot.RoleExpert)
	id := bare(must[*pb.Session](t)(d.start(i, pb.Session_CHAT, "r")).GetName())
	d.accept(expert, id)
	closed := must[*pb.Session](t)(d.Sessions.CloseSession(expert, &pb.CloseSessionRequest{Session: id, Disposition: pb.Session_FIXED_KEPT,
		Note: "rude", Tags: []string{"difficult"}}))
	if closed.GetNote() != "rude" || len(closed.GetTags()) != 1 {
		t.Errorf("the expert reads %v", closed)
	}
	shopper := shopperOf(i)
	answered := must[*pb.Session](t)(d.Sessions.AnswerSession(shopper, &pb.AnswerSessionRequest{Session: id, Solved: pb.Session_YES, Comment: "thanks"}))
	for what, s := range map[string]*pb.Session{
		"answer": answered,
		"leave":  must[*pb.Session](t)(d.Sessions.LeaveSession(shopper, &pb.LeaveSessionRequest{Session: id})),
		"get":    must[*pb.Session](t)(d.Sessions.GetSession(shopper, &pb.GetSessionRequest{Session: id})),
		"create": must[*pb.Session](t)(d.start(i, pb.Session_CHAT, "r")),
	} {
		if s.GetNote() != "" || s.GetTags() != nil || s.GetAnswer().GetComment() != "thanks" {
			t.Errorf("%s shows the shopper %v", what, s)
		}
	}
	for _, role := range []troubleshoot.Role{troubleshoot.RoleExpert, troubleshoot.RoleSeller, troubleshoot.RoleAdmin} {
		whole := must[*pb.Session](t)(d.Sessions.GetSession(as(role), &pb.GetSessionRequest{Session: id}))
		if whole.GetNote() != "rude" || !slices.Equal(whole.GetTags(), []string{"difficult"}) || whole.GetAnswer().GetComment() != "thanks" {
			t.Errorf("%s reads %v", role, whole)
		}
		list := must[*pb.ListSessionsResponse](t)(d.Sessions.ListSessions(as(role), &pb.ListSessionsRequest{})).GetSessions()
		if len(list) != 1 || list[0].GetNote() != "" || list[0].GetTags() != nil || list[0].GetAnswer().GetComment() != "" ||
			list[0].GetAnswer().GetSolved() != pb.Session_YES {
			t.Errorf("%s lists %v", role, list)
		}
	}
}

func TestTheCommentIsForThoseWhoHelp(t *testing.T) {
	d := newDesk(t)
	d.offerAll()
	d.hireExpert()
	write := func(r *pb.InterceptReturnRequest) { r.Comment = "it does not heat" }
	i := d.intercept("1", write)
	d.ring(as(troubleshoot.RoleExpert), bare(must[*pb.Session](t)(d.start(i, pb.Session_CHAT, "")).GetName()))
	get := &pb.GetInterceptRequest{Intercept: bare(i.GetName())}
	choose := &pb.ChooseOutcomeRequest{Intercept: bare(i.GetName()), Choice: pb.Intercept_KEEP}
	for what, c := range map[string]struct {
		shown *pb.Intercept
		want  bool
	}{
		"the decision":       {i, false},
		"the decision again": {d.intercept("1", write), false},
		"the store":          {must[*pb.Intercept](t)(d.Returns.GetIntercept(as(troubleshoot.RoleStorefront), get)), false},
		"the shopper":        {must[*pb.Intercept](t)(d.Returns.GetIntercept(shopperOf(i), get)), false},
		"the choosing":       {must[*pb.Intercept](t)(d.Returns.ChooseOutcome(shopperOf(i), choose)), false},
		"the expert":         {must[*pb.Intercept](t)(d.Returns.GetIntercept(as(troubleshoot.RoleExpert), get)), true},
		"the administrator":  {must[*pb.Intercept](t)(d.Returns.GetIntercept(as(troubleshoot.RoleAdmin), get)), true},
	} {
		if (c.shown.Comment != nil) != c.want || (c.want && c.shown.GetComment() != "it does not heat") {
			t.Errorf("%s: %v", what, c.shown)
		}
	}
}

func TestRevisionsOfAnArchivedGuideAreItsAuthors(t *testing.T) {
	d := newDesk(t)
	author, revision := as(troubleshoot.RoleSeller), &pb.GetGuideRequest{Seller: "acme", Guide: "kettle", Revision: 1}
	draft := &pb.PutGuideRequest{Seller: "acme", Guide: "kettle", Markdown: kettleGuide + "\nMore.\n"}
	readers := []troubleshoot.Role{troubleshoot.RoleStorefront, troubleshoot.RoleShopper, troubleshoot.RoleExpert}
	d.publishKettle()
	must[*pb.Guide](t)(d.Guides.PutGuide(author, draft))
	for _, role := range append(readers, troubleshoot.RoleSeller) {
		if g := must[*pb.Guide](t)(d.Guides.GetGuide(as(role), revision)); g.GetState() != pb.Guide_PUBLISHED || g.GetRevision() != 1 {
			t.Errorf("%s reads %v", role, g)
		}
	}
	must[*pb.Guide](t)(d.Guides.ArchiveGuide(author, &pb.ArchiveGuideRequest{Seller: "acme", Guide: "kettle"}))
	for _, role := range readers {
		_, err := d.Guides.GetGuide(as(role), revision)
		wantCode(t, role.String(), err, troubleshoot.NotFound)
	}
	if g := must[*pb.Guide](t)(d.Guides.GetGuide(author, revision)); g.GetState() != pb.Guide_ARCHIVED || g.GetRevision() != 1 {
		t.Errorf("its author reads %v", g)
	}
	listed := must[*pb.ListGuideRevisionsResponse](t)(d.Guides.ListGuideRevisions(author, &pb.ListGuideRevisionsRequest{Seller: "acme", Guide: "kettle"}))
	if len(listed.GetRevisions()) != 1 || listed.GetRevisions()[0].GetState() != pb.Guide_ARCHIVED {
		t.Errorf("listed %v", listed)
	}
	draft.Markdown += "\nAnd more.\n"
	put := must[*pb.Guide](t)(d.Guides.PutGuide(author, draft))
	got := must[*pb.Guide](t)(d.Guides.GetGuide(author, &pb.GetGuideRequest{Seller: "acme", Guide: "kettle"}))
	if !proto.Equal(put, got) || got.GetState() != pb.Guide_ARCHIVED || got.GetMarkdown() != draft.Markdown {
		t.Errorf("put  %v\nread %v", put, got)
	}
}

func TestAnAdminsKeysAreHiddenFromASeller(t *testing.T) {
	d := newDesk(t)
	admin, seller := as(troubleshoot.RoleAdmin), as(troubleshoot.RoleSeller)
	high := must[*pb.Key](t)(d.Keys.CreateKey(admin, &pb.CreateKeyRequest{Role: pb.Key_ADMIN}))
	low := must[*pb.Key](t)(d.Keys.CreateKey(admin, &pb.CreateKeyRequest{Role: pb.Key_ANALYST}))
	list := func(ctx context.Context) (names []string) {
		for _, k := range must[*pb.ListKeysResponse](t)(d.Keys.ListKeys(ctx, &pb.ListKeysRequest{})).GetKeys() {
			names = append(names, k.GetName())
		}
		slices.Sort(names)
		return names
	}
	both := []string{high.GetName(), low.GetName()}
	slices.Sort(both)
	if got := list(seller); !slices.Equal(got, []string{low.GetName()}) {
		t.Errorf("a seller lists %v", got)
	}
	if got := list(admin); !slices.Equal(got, both) {
		t.Errorf("an administrator lists %v", got)
	}
	_, err := d.Keys.DeleteKey(seller, &pb.DeleteKeyRequest{Key: bare(high.GetName())})
	wantCode(t, "a seller revokes an ADMIN's key", err, troubleshoot.NotFound)
	for ctx, k := range map[context.Context]*pb.Key{seller: low, admin: high} {
		if _, err := d.Keys.DeleteKey(ctx, &pb.DeleteKeyRequest{Key: bare(k.GetName())}); err != nil {
			t.Errorf("%s: %v", k.GetRole(), err)
		}
	}
}

func TestAKeyIsMadeOnce(t *testing.T) {
	d := newDesk(t)
	seller := as(troubleshoot.RoleSeller)
	asked := func() *pb.CreateKeyRequest {
		return &pb.CreateKeyRequest{Role: pb.Key_EXPERT, Expert: "ann", DisplayName: "Ann", RequestId: "r1", ExpireTime: timestamppb.New(noon.Add(time.Hour))}
	}
	first := must[*pb.Key](t)(d.Keys.CreateKey(seller, asked()))
	if again := must[*pb.Key](t)(d.Keys.CreateKey(seller, asked())); !proto.Equal(again, first) || first.GetSecret() == "" {
		t.Errorf("first %v\nagain %v", first, again)
	}
	viaHeader := asked()
	viaHeader.RequestId = ""
	header := metadata.NewIncomingContext(seller, metadata.Pairs("idempotency-key", "r1"))
	if again := must[*pb.Key](t)(d.Keys.CreateKey(header, viaHeader)); !proto.Equal(again, first) {
		t.Errorf("by header: %v", again)
	}
	for what, change := range map[string]func(*pb.CreateKeyRequest){
		"role":   func(r *pb.CreateKeyRequest) { r.Role, r.Expert = pb.Key_SELLER, "" },
		"expert": func(r *pb.CreateKeyRequest) { r.Expert = "bob" },
		"name":   func(r *pb.CreateKeyRequest) { r.DisplayName = "Bob" },
		"expiry": func(r *pb.CreateKeyRequest) { r.ExpireTime = nil },
	} {
		other := asked()
		change(other)
		_, err := d.Keys.CreateKey(seller, other)
		wantCode(t, "another "+what, err, troubleshoot.Aborted)
	}
	secrets := map[string]bool{first.GetSecret(): true}
	for _, c := range []struct {
		ctx context.Context
		id  string
	}{{seller, "r2"}, {as(troubleshoot.RoleAdmin), "r1"}, {seller, ""}, {seller, ""}} {
		req := asked()
		req.RequestId = c.id
		secrets[must[*pb.Key](t)(d.Keys.CreateKey(c.ctx, req)).GetSecret()] = true
	}
	if len(secrets) != 5 {
		t.Errorf("%d secrets of 5 keys", len(secrets))
	}
	keys := must[*pb.ListKeysResponse](t)(d.Keys.ListKeys(seller, &pb.ListKeysRequest{})).GetKeys()
	if len(keys) != 5 {
		t.Errorf("%d keys, want 5", len(keys))
	}
}

// TestOneRequestMakesOneKeyOnEveryReplica: callers who ask at once get the same key.
func TestOneRequestMakesOneKeyOnEveryReplica(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, one, two *store.Store) {
		const callers = 8
		names := make(chan string, callers)
		for n := range callers {
			replica := []*store.Store{one, two}[n%2]
			keys := &Keys{store: replica, now: func() time.Time { return noon }}
			go func() {
				k, err := keys.CreateKey(as(troubleshoot.RoleSeller), &pb.CreateKeyRequest{Role: pb.Key_ANALYST, RequestId: "r"})
				if err != nil {
					t.Error(err)
				}
				names <- k.GetName() + k.GetSecret()
			}()
		}
		different := map[string]bool{}
		for range callers {
			different[<-names] = true
		}
		if len(different) != 1 {
			t.Errorf("%d keys: %v", len(different), different)
		}
	})
}
