package gateway

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

type admittedKey struct{}

// keeper takes uploads as pictures does, and sees in what context.
type keeper struct {
	pictures
	takes time.Duration
	t     *testing.T
}

func (k *keeper) PutGuideAsset(ctx context.Context, req *pb.PutGuideAssetRequest) (*pb.GuideAsset, error) {
	if ctx.Value(admittedKey{}) == nil {
		k.t.Error("the context is not the admitted one")
	}
	time.Sleep(k.takes) // of the bubble's time
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return k.pictures.PutGuideAsset(ctx, req)
}

// newUploadDoor is a gateway that admits everybody, by the name that their credential is.
func newUploadDoor(t *testing.T, k *keeper) *door {
	t.Helper()
	k.t = t
	return newDoor(t, Config{
		Register: func(r grpc.ServiceRegistrar) {
			(&services{}).register(r)
			pb.RegisterGuidesServiceServer(r, k)
		},
		Admit: func(ctx context.Context, _ string, _ any) (context.Context, string, error) {
			by := metadata.ValueFromIncomingContext(ctx, "authorization")
			return context.WithValue(ctx, admittedKey{}, true), strings.Join(by, ""), nil
		},
	})
}

// put begins an upload of so many bytes by a credential.
func (d *door) put(t *testing.T, credential string, size int, first ...string) net.Conn {
	t.Helper()
	return d.ask(t, address(1), fmt.Sprintf("PUT %sa.png HTTP/1.1\nHost: x\nAuthorization: Bearer %s\nContent-Type: image/png\nContent-Length: %d\n\n%s",
		kettle, credential, size, strings.Join(first, "")))
}

// give begins to send a body, so many bytes each second, until the server has had enough.
func give(t *testing.T, conn net.Conn, size, rate int) {
	t.Helper()
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	go func() {
		defer close(done)
		piece := []byte(strings.Repeat("a", max(1, rate/10)))
		for size > 0 {
			time.Sleep(time.Duration(len(piece)) * time.Second / time.Duration(rate)) // of the bubble's time
			n, err := conn.Write(piece[:min(len(piece), size)])
			if err != nil {
				return
			}
			size -= n
		}
	}()
}

// TestWhoSendsNothingIsInNobodysWay: connections that only announce uploads keep another credential's from its place for no
// longer than one of them may.
func TestWhoSendsNothingIsInNobodysWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newUploadDoor(t, &keeper{})
		var silent []net.Conn
		for range 6 {
			silent = append(silent, d.put(t, "one", 2<<20))
		}
		other := d.put(t, "other", 2<<20)
		give(t, other, 2<<20, 64<<20)
		if got := take(t, other, 0); got.code != 200 || got.took > uploadStall+time.Second {
			t.Errorf("the other credential: %d after %s: %s", got.code, got.took, got.body)
		}
		if got := take(t, silent[0], 0); got.code != 408 || !strings.Contains(got.body, "BODY_TOO_SLOW") {
			t.Errorf("who sends nothing: %d %s", got.code, got.body)
		}
	})
}

func TestSlowUploadsAreCutOff(t *testing.T) {
	for _, c := range []struct {
		rate int // bytes a second
		code int
		most time.Duration
	}{
		{64 << 20, 200, time.Second},
		{uploadRate * 5 / 4, 200, maxPicture / uploadRate * time.Second},
		{uploadRate / 2, 408, 3 * uploadStall},
		{100, 408, uploadStall + time.Second},
	} {
		t.Run(fmt.Sprint(c.rate), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newUploadDoor(t, &keeper{})
				conn := d.put(t, "one", maxPicture)
				give(t, conn, maxPicture, c.rate)
				got := take(t, conn, 0)
				if got.code != c.code || got.took > c.most || got.took > uploadWait {
					t.Errorf("%d after %s, want %d: %s", got.code, got.took, c.code, got.body)
				}
			})
		})
	}
}

// TestCredentialsTakeTurns: of one credential's uploads one is under way, though there is a place for another's.
func TestCredentialsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const takes = 2 * uploadStall // longer than the body's deadline, which net/http lifts when the body ends
		d := newUploadDoor(t, &keeper{takes: takes})
		began := time.Now()
		var together sync.WaitGroup
		for _, c := range []struct {
			credential string
			want       time.Duration
		}{{"one", takes}, {"one", 2 * takes}, {"other", takes}} {
			conn := d.put(t, c.credential, 3, "png")
			together.Go(func() {
				if got := take(t, conn, 0); got.code != 200 || time.Since(began) != c.want {
					t.Errorf("%s: %d after %s, want 200 after %s: %s", c.credential, got.code, time.Since(began), c.want, got.body)
				}
			})
		}
		together.Wait()
	})
}

// TestUploadsThatNeverGetTheirTurn: nobody waits for ever, and each is told why.
func TestUploadsThatNeverGetTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newUploadDoor(t, &keeper{takes: uploadWait + 10*time.Second})
		holds := d.put(t, "one", 2<<20)
		give(t, holds, 2<<20, 64<<20)
		synctest.Wait()
		began := time.Now()
		var together sync.WaitGroup
		for credential, says := range map[string]string{"one": "one after the other", "other": "too many pictures"} {
			conn := d.put(t, credential, 2<<20)
			together.Go(func() {
				got := take(t, conn, 0)
				if got.code != 429 || !strings.Contains(got.body, says) || time.Since(began) != uploadWait || got.header.Get("Retry-After") == "" {
					t.Errorf("%s: %d after %s: %s", credential, got.code, time.Since(began), got.body)
				}
			})
		}
		together.Wait()
		if got := take(t, holds, 0); got.code != 200 {
			t.Errorf("who held it: %d %s", got.code, got.body)
		}
	})
}

// TestRepliesToThePatientArrive: the time for the reply does not run while an upload waits for its turn.
func TestRepliesToThePatientArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const takes = uploadWait - 5*time.Second
		d := newUploadDoor(t, &keeper{takes: takes})
		began := time.Now()
		d.put(t, "one", 3, "png")
		second := d.put(t, "one", maxPicture)
		give(t, second, maxPicture, uploadRate*5/4)
		if got := take(t, second, 0); got.code != 200 || time.Since(began) < writeTimeout {
			t.Errorf("%d after %s", got.code, time.Since(began))
		}
	})
}
