package rpc

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/access"
)

func TestCredentials(t *testing.T) {
	f := newFixture(t, nil)
	key := f.storefront("acme")
	expired := f.addKey(troubleshoot.Key{ID: "e", Role: troubleshoot.RoleAdmin, ExpireTime: noon})
	revoked := f.addKey(troubleshoot.Key{ID: "r", Role: troubleshoot.RoleAdmin, RevokeTime: noon.Add(-time.Hour)})
	nobody := f.addKey(troubleshoot.Key{ID: "n"})
	shopperKey := f.addKey(troubleshoot.Key{ID: "s", Role: troubleshoot.RoleShopper})
	cases := []struct {
		name    string
		headers []string
		want    access.Principal
		message string // of the refusal
	}{
		{"key", []string{"Bearer " + key}, access.Principal{Role: troubleshoot.RoleStorefront, Seller: "acme", Credential: "storefront-acme"}, ""},
		{"scheme in any case", []string{"bearer " + key}, access.Principal{Role: troubleshoot.RoleStorefront, Seller: "acme", Credential: "storefront-acme"}, ""},
		{"shopper token", []string{"Bearer " + f.shopper("i1", "acme")}, access.Principal{Role: troubleshoot.RoleShopper, Seller: "acme", Intercept: "i1", Credential: "intercepts/i1"}, ""},
		{"none", nil, access.Principal{}, "no credential; send the header Authorization: Bearer with an API key or shopper token"},
		{"empty", []string{""}, access.Principal{}, "invalid token"},
		{"two", []string{"Bearer " + key, "Bearer " + key}, access.Principal{}, "invalid token"},
		{"other scheme", []string{"Basic " + key}, access.Principal{}, "invalid token"},
		{"expired", []string{"Bearer " + expired}, access.Principal{}, "invalid token"},
		{"revoked", []string{"Bearer " + revoked}, access.Principal{}, "invalid token"},
		{"key without a role", []string{"Bearer " + nobody}, access.Principal{}, "invalid token"},
		{"key with a shopper's role", []string{"Bearer " + shopperKey}, access.Principal{}, "invalid token"},
		{"never made", []string{"Bearer " + access.Mint([32]byte{200})}, access.Principal{}, "invalid token"},
		{"no key at all", []string{"Bearer xyz"}, access.Principal{}, "invalid token"},
		{"another's signature", []string{"Bearer " + access.MintShopperToken([32]byte{9}, "i1", "acme", noon, time.Hour)}, access.Principal{}, "invalid token"},
		{"expired token", []string{"Bearer " + access.MintShopperToken(f.tokenKey, "i1", "acme", noon.Add(-time.Hour), time.Hour)}, access.Principal{}, "invalid token"},
		{"over 4 KiB", []string{"Bearer " + strings.Repeat("a", 5<<10)}, access.Principal{}, "invalid token"},
	}
	for _, c := range cases {
		f.answers.seen = nil
		ctx := context.Background()
		for _, h := range c.headers {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", h)
		}
		_, err := f.returns().GetIntercept(ctx, &pb.GetInterceptRequest{Intercept: "i1"})
		s := status.Convert(err)
		switch {
		case c.message == "" && (err != nil || len(f.answers.seen) != 1 || f.answers.seen[0] != c.want):
			t.Errorf("%s: %v, principal %v", c.name, err, f.answers.seen)
		case c.message != "" && (s.Code() != codes.Unauthenticated || s.Message() != c.message || len(s.Details()) > 0 || len(f.answers.seen) > 0):
			t.Errorf("%s: %v, want %q", c.name, err, c.message)
		}
	}
}

// TestOnlyKeysRoles: a broken row of the store makes nobody a shopper, or anything else that no key can be.
func TestOnlyKeysRoles(t *testing.T) {
	ctx := metadata.NewIncomingContext(context.Background(), metadata.Pairs("authorization", "Bearer "+access.Mint([32]byte{1})))
	for role := troubleshoot.Role(-1); role <= troubleshoot.RoleShopper+1; role++ {
		a := newAuthentication(func(context.Context, [32]byte) (troubleshoot.Key, error) { return troubleshoot.Key{Role: role}, nil },
			[32]byte{}, func() time.Time { return noon })
		p, err := a.principal(ctx)
		if isKeys := role >= troubleshoot.RoleStorefront && role <= troubleshoot.RoleAdmin; (err == nil) != isKeys || (isKeys && p.Role != role) {
			t.Errorf("role %d: %v %v", role, p, err)
		}
	}
}

func TestKeysAreCachedForAWhile(t *testing.T) {
	f := newFixture(t, nil)
	key := f.storefront("acme")
	ask := func(secret string) codes.Code {
		_, err := f.returns().GetIntercept(with(secret), &pb.GetInterceptRequest{Intercept: "i1"})
		return status.Code(err)
	}
	for range 5 {
		if code := ask(key); code != codes.OK {
			t.Fatal(code)
		}
	}
	if f.lookups != 1 {
		t.Errorf("%d look-ups for five requests at once", f.lookups)
	}
	f.revoke(key)
	f.pass(5 * time.Second)
	if code := ask(key); code != codes.Unauthenticated {
		t.Errorf("5 s after it was revoked the key gives %s", code)
	}

	unknown := access.Mint([32]byte{99})
	before := f.lookups
	for range 5 {
		ask(unknown)
	}
	if f.lookups != before+1 {
		t.Errorf("%d look-ups for five tries of an unknown key", f.lookups-before)
	}
	hash, _ := access.ParseSecret(unknown)
	f.keys[hash] = troubleshoot.Key{ID: "new", Role: troubleshoot.RoleAdmin}
	f.pass(5 * time.Second)
	if code := ask(unknown); code != codes.OK {
		t.Errorf("5 s after it was made the key gives %s", code)
	}
}

func TestStoreOfKeysFails(t *testing.T) {
	cases := []struct {
		name string
		err  error
		want codes.Code
	}{
		{"busy", troubleshoot.Errorf(troubleshoot.Unavailable, "busy"), codes.Unavailable},
		{"late", context.DeadlineExceeded, codes.Unavailable},
		{"broken", errors.New("no such table: keys"), codes.Internal},
	}
	for _, c := range cases {
		f := newFixture(t, nil)
		key := f.storefront("acme")
		f.setKeysErr(c.err)
		_, err := f.returns().GetIntercept(with(key), &pb.GetInterceptRequest{Intercept: "i1"})
		if status.Code(err) != c.want || strings.Contains(err.Error(), "no such table") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestRevokedKeyEndsItsStream(t *testing.T) {
	f := newFixture(t, nil)
	seller := f.addKey(troubleshoot.Key{ID: "seller", Role: troubleshoot.RoleSeller, Seller: "acme"})
	arrived := make(chan struct{}, 2)
	f.answers.handle = func(context.Context, any) error { arrived <- struct{}{}; return nil }
	stream, err := pb.NewSellersServiceClient(f.conn).ImportItems(with(seller))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&pb.PutItemRequest{Seller: "acme"}); err != nil {
		t.Fatal(err)
	}
	<-arrived
	f.revoke(seller)
	f.pass(5 * time.Second)
	_ = stream.Send(&pb.PutItemRequest{Seller: "acme"})
	if _, err := stream.CloseAndRecv(); status.Code(err) != codes.Unauthenticated {
		t.Errorf("the stream of a revoked key ends with %v", err)
	}
	if len(arrived) != 0 {
		t.Error("a row came through after the key was revoked")
	}
}

// blockingKeys is a store that answers when it is told to, and counts how often it was asked.
type blockingKeys struct {
	asked  chan context.Context
	answer chan error // nil: the key of the storefront
}

func (b *blockingKeys) key(ctx context.Context, _ [32]byte) (troubleshoot.Key, error) {
	b.asked <- ctx
	select {
	case err := <-b.answer:
		return troubleshoot.Key{ID: "k", Role: troubleshoot.RoleStorefront}, err
	case <-ctx.Done():
		return troubleshoot.Key{}, ctx.Err()
	}
}

func TestLookupsOfOneKeyAreMerged(t *testing.T) {
	for _, c := range []struct {
		name  string
		lost  bool // the first asker goes away before the store has answered
		asked int
	}{{"all wait for one", false, 1}, {"the next one asks", true, 2}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { mergeLookups(t, c.lost, c.asked) })
		})
	}
}

// mergeLookups asks for one key many times at once.
func mergeLookups(t *testing.T, lost bool, want int) {
	store := &blockingKeys{asked: make(chan context.Context, 100), answer: make(chan error, 100)}
	a := newAuthentication(store.key, [32]byte{}, func() time.Time { return noon })
	ask := func(ctx context.Context, result chan<- error) {
		key, err := a.key(ctx, [32]byte{1}, noon)
		if err == nil && key.ID != "k" {
			err = errors.New("no key")
		}
		result <- err
	}
	first, cancel := context.WithCancel(t.Context())
	defer cancel()
	firstGot, got := make(chan error, 1), make(chan error, 20)
	go ask(first, firstGot)
	limited := <-store.asked
	if deadline, ok := limited.Deadline(); !ok || time.Until(deadline) > lookupTime {
		t.Error("a look-up without a deadline")
	}
	for range cap(got) {
		go ask(t.Context(), got)
	}
	synctest.Wait()
	asked := 1 + len(store.asked)
	if lost {
		cancel()
		<-store.asked
		asked++
	}
	store.answer <- nil
	if err := <-firstGot; errors.Is(err, context.Canceled) != lost {
		t.Errorf("the first asker gets %v", err)
	}
	for range cap(got) {
		if err := <-got; err != nil {
			t.Error(err)
		}
	}
	synctest.Wait()
	if asked != want || len(store.asked) != 0 || len(a.running) != 0 {
		t.Errorf("the store was asked %d times, want %d; %d look-ups are left", asked+len(store.asked), want, len(a.running))
	}
}

// TestWaitersHaveTheirOwnDeadlines: who waits for another's look-up does so no longer than for their own.
func TestWaitersHaveTheirOwnDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &blockingKeys{asked: make(chan context.Context, 100), answer: make(chan error, 1)}
		a := newAuthentication(store.key, [32]byte{}, func() time.Time { return noon })
		go func() { _, _ = a.key(t.Context(), [32]byte{1}, noon) }()
		<-store.asked
		began := time.Now()
		limited, cancel := context.WithTimeout(t.Context(), troubleshoot.InterceptDeadline)
		defer cancel()
		_, err := a.key(limited, [32]byte{1}, noon)
		if took := time.Since(began); troubleshoot.CodeOf(err) != troubleshoot.Unavailable || took != troubleshoot.InterceptDeadline {
			t.Errorf("a waiter whose time is up gets %v after %s", err, took)
		}
		store.answer <- nil
	})
}
