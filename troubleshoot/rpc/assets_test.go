package rpc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/png"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/fixfirst/fixfirst/guides/picture"
	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

func aPNG(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPutGuideAsset(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		services, err := NewServices(storetest.Open(t, url), quiet(), func() time.Time { return noon })
		if err != nil {
			t.Fatal(err)
		}
		put := func(path string, data []byte) (*pb.GuideAsset, error) {
			return services.Guides.PutGuideAsset(t.Context(), &pb.PutGuideAssetRequest{Seller: "acme", Guide: "kettle", Path: path, Data: data})
		}
		list := func() (*pb.ListGuideAssetsResponse, error) {
			return services.Guides.ListGuideAssets(t.Context(), &pb.ListGuideAssetsRequest{Seller: "acme", Guide: "kettle"})
		}
		if _, err := list(); troubleshoot.CodeOf(err) != troubleshoot.NotFound {
			t.Errorf("pictures of no guide: %v", err)
		}
		for path, data := range map[string][]byte{"a.jpg": aPNG(t), "a.png.txt": aPNG(t), "../a.png": aPNG(t), "a.png": []byte("GIF89a"), "b.png": nil} {
			if _, err := put(path, data); troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument {
				t.Errorf("%s: %v", path, err)
			}
		}
		kept, err := put("images/A.PNG", aPNG(t))
		if err != nil || !kept.GetCreateTime().AsTime().Equal(noon) || kept.GetContentType() != "image/png" || kept.GetWidth() != 4 || kept.GetHeight() != 3 {
			t.Fatalf("%v: %v", kept, err)
		}
		if reply, err := list(); err != nil || len(reply.GetAssets()) != 1 {
			t.Errorf("%v: %v", reply, err)
		}
		if _, err := put("images/A.PNG", aPNG(t)); err != nil {
			t.Error(err)
		}
		if _, err := services.Guides.DeleteGuideAsset(t.Context(), &pb.DeleteGuideAssetRequest{Seller: "acme", Guide: "kettle", Path: "images/A.PNG"}); err != nil {
			t.Error(err)
		}
		got := auditOf(t, url)
		name := "sellers/acme/guides/kettle/assets/images/A.PNG "
		if want := []string{"guide.asset.put " + name + strings.TrimPrefix(kept.GetUri(), "/assets/"), "guide.asset.delete " + name}; strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("audit %q, want %q", got, want)
		}
	})
}

// auditOf lists "action subject detail" of all that was done.
func auditOf(t *testing.T, url string) []string {
	t.Helper()
	rows, err := storetest.Raw(t, url).Query(`SELECT action || ' ' || subject || ' ' || detail FROM audit ORDER BY action DESC`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDecoderIsBounded: who comes when the memory is taken waits, and no longer than the caller does.
func TestDecoderIsBounded(t *testing.T) {
	d := newDecoder()
	header, err := picture.Inspect(aPNG(t))
	if err != nil {
		t.Fatal(err)
	}
	large := header
	large.Memory = picture.MaxMemory
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.read(t.Context(), large, aPNG(t)); err != nil {
		t.Error(err)
	}
	if err := d.memory.Acquire(t.Context(), picture.MaxMemory/2); err != nil { // a small picture
		t.Fatal(err)
	}
	if _, err := d.read(t.Context(), header, aPNG(t)); err != nil {
		t.Errorf("beside a small one: %v", err)
	}
	if _, err := d.read(over, large, aPNG(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a large one beside a small one: %v", err)
	}
	if err := d.memory.Acquire(t.Context(), picture.MaxMemory/2); err != nil { // a second one
		t.Fatal(err)
	}
	if _, err := d.read(over, header, aPNG(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a third one: %v", err)
	}
}

func TestAdmit(t *testing.T) {
	f := newFixture(t, nil)
	chain := NewChain(Config{Keys: f.key, TokenKey: f.tokenKey, Now: f.now, Log: slog.New(slog.DiscardHandler)})
	seller := f.addKey(troubleshoot.Key{ID: "seller", Role: troubleshoot.RoleSeller, Seller: "acme"})
	for _, c := range []struct {
		name, key, seller string
		want              codes.Code
	}{
		{"the seller", seller, "acme", codes.OK},
		{"another seller", seller, "other", codes.NotFound},
		{"a storefront", f.storefront("acme"), "acme", codes.PermissionDenied},
		{"nobody", "", "acme", codes.Unauthenticated},
		{"a stranger", "ff_live_x", "acme", codes.Unauthenticated},
	} {
		ctx := t.Context()
		if c.key != "" {
			ctx = metadata.NewIncomingContext(ctx, metadata.Pairs("authorization", "Bearer "+c.key))
		}
		admitted, credential, err := chain.Admit(ctx, pb.GuidesService_PutGuideAsset_FullMethodName, &pb.PutGuideAssetRequest{Seller: c.seller})
		if ok := err == nil; status.Code(err) != c.want || (admitted != nil) != ok || (credential == "seller") != ok {
			t.Errorf("%s: %q %v, want %s", c.name, credential, err, c.want)
		}
	}
}

// TestAdmittedRequestsAreChargedOnce: the body and its call are one request of the rate limit, a second call is another.
func TestAdmittedRequestsAreChargedOnce(t *testing.T) {
	f := newFixture(t, nil)
	chain := NewChain(Config{Keys: f.key, TokenKey: f.tokenKey, Now: f.now, Log: slog.New(slog.DiscardHandler), KeyRate: RateLimit{PerSecond: 1, Burst: 2}})
	as := func(ctx context.Context, id string) context.Context {
		key := f.addKey(troubleshoot.Key{ID: id, Role: troubleshoot.RoleSeller, Seller: "acme"})
		return metadata.NewIncomingContext(ctx, metadata.Pairs("authorization", "Bearer "+key))
	}
	const method = pb.GuidesService_PutGuideAsset_FullMethodName
	req := &pb.PutGuideAssetRequest{Seller: "acme"}
	handler := func(context.Context, any) (any, error) { return nil, nil }
	info := &grpc.UnaryServerInfo{FullMethod: method}
	for _, outer := range []grpc.UnaryServerInterceptor{chain.limitRateUnary, chain.authenticateUnary, chain.recoverUnary} {
		inner := handler
		handler = func(ctx context.Context, req any) (any, error) { return outer(ctx, req, info, inner) }
	}
	call := func(ctx context.Context) codes.Code {
		_, err := handler(ctx, req)
		return status.Code(err)
	}
	caller := as(t.Context(), "one")
	admitted, _, err := chain.Admit(caller, method, req)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what string
		got  codes.Code
		want codes.Code
	}{
		{"the call", call(admitted), codes.OK},
		{"another with its context", call(admitted), codes.OK}, // the second of two
		{"one more", call(admitted), codes.ResourceExhausted},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	if _, _, err := chain.Admit(caller, method, req); status.Code(err) != codes.ResourceExhausted || waitOf(err) != time.Second {
		t.Errorf("the next upload: %v", err)
	}
	f.pass(time.Second)
	if admitted, _, err = chain.Admit(caller, method, req); err != nil {
		t.Fatalf("after the wait: %v", err)
	}
	other := as(admitted, "other") // another's admission pays nothing
	for _, want := range []codes.Code{codes.OK, codes.OK, codes.ResourceExhausted} {
		if got := call(other); got != want {
			t.Errorf("with another's admission: %s, want %s", got, want)
		}
	}
}

// TestPicturesMendTheDraftWhenSentAgain: what ended between keeping a picture and compiling the draft is made good by a retry.
func TestPicturesMendTheDraftWhenSentAgain(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := storetest.Open(t, url)
		services, err := NewServices(s, quiet(), func() time.Time { return noon })
		if err != nil {
			t.Fatal(err)
		}
		get := func() string {
			g := must[*pb.Guide](t)(services.Guides.GetGuide(as(troubleshoot.RoleSeller), &pb.GetGuideRequest{Seller: "acme", Guide: "kettle"}))
			return g.GetHtml()
		}
		must[*pb.Guide](t)(services.Guides.PutGuide(as(troubleshoot.RoleSeller),
			&pb.PutGuideRequest{Seller: "acme", Guide: "kettle", Markdown: kettleGuide + "\n![The base](base.png)\n"}))
		p, err := picture.Read(aPNG(t))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(aPNG(t))
		name := s.Secrets().AssetName("acme", p.Content) + ".png"
		storetest.Update(t, s, func(tx *store.Tx) error {
			_, _, err := tx.PutAsset(troubleshoot.GuideAsset{Seller: "acme", Guide: "kettle", Path: "base.png", Name: name, ContentType: "image/png",
				Size: len(p.Content), Width: 4, Height: 3, SHA256: hex.EncodeToString(sum[:])}, p.Content, noon)
			return err
		})
		if strings.Contains(get(), name) {
			t.Fatal("the draft shows the picture already")
		}
		must[*pb.GuideAsset](t)(services.Guides.PutGuideAsset(as(troubleshoot.RoleSeller),
			&pb.PutGuideAssetRequest{Seller: "acme", Guide: "kettle", Path: "base.png", Data: aPNG(t)}))
		if !strings.Contains(get(), name) {
			t.Errorf("the draft does not show it: %s", get())
		}
		if audit := auditOf(t, url); strings.Contains(strings.Join(audit, "\n"), "guide.asset.put") {
			t.Errorf("nothing changed, and the audit says %q", audit)
		}
	})
}

func TestReadingsOfPictures(t *testing.T) {
	f := newFixture(t, nil)
	s := storetest.Open(t, storetest.SQLite(t))
	assets := NewAssets(NewChain(Config{Keys: f.key, Now: f.now, Log: slog.New(slog.DiscardHandler)}), s)
	storetest.Update(t, s, func(tx *store.Tx) error {
		_, _, err := tx.PutAsset(troubleshoot.GuideAsset{Seller: "acme", Guide: "kettle", Path: "a.png", Name: "abc.png", Size: 7}, []byte("content"), noon)
		return err
	})
	answer := func(yes bool, err error) func(context.Context, int) (bool, error) {
		return func(_ context.Context, size int) (bool, error) {
			if size != 7 {
				t.Errorf("size %d", size)
			}
			return yes, err
		}
	}
	if size, content, err := assets.Read(t.Context(), "abc.png", answer(true, nil)); size != 7 || string(content) != "content" || err != nil {
		t.Errorf("%d %q %v", size, content, err)
	}
	if size, content, err := assets.Read(t.Context(), "abc.png", answer(false, nil)); size != 7 || content != nil || err != nil {
		t.Errorf("not wanted: %d %q %v", size, content, err)
	}
	if _, content, err := assets.Read(t.Context(), "abc.png", answer(true, status.Error(codes.ResourceExhausted, "later"))); content != nil || status.Code(err) != codes.ResourceExhausted {
		t.Errorf("no room: %q %v", content, err)
	}
	if _, _, err := assets.Read(t.Context(), "def.png", answer(true, nil)); status.Code(err) != codes.NotFound {
		t.Errorf("unknown: %v", err)
	}
}
