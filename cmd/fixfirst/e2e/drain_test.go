package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// dial connects to the server's gRPC door.
func (s *server) dial(t *testing.T) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // nothing of the test depends on it
	return conn
}

func TestSIGTERMDrains(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		tr := &traffic{seller: "drain", step: s.sellKettles("drain", object{"holdoutFraction": 0.2})[0]}
		stop := make(chan struct{})
		running := tr.keepBusy(s.client, 16, stop)
		eventually(t, func() bool { return tr.lines.Load() > 200 })
		code, took := s.terminate()
		close(stop)
		running.Wait()
		t.Logf("drained in %s", took)
		if code != 0 || took > 10*time.Second {
			t.Errorf("exit code %d after %s", code, took)
		}
		if strings.HasPrefix(s.db, "sqlite:") {
			healthy(t, s.db)
		}
		s = s.restarted()
		if n := tr.lostNothing(t, s.client); n == 0 {
			t.Error("nothing was acknowledged, so nothing was tested")
		}
	})
}

// begun sends a request's head and waits until the server asks for the body: from then on the request runs.
func begun(t *testing.T, s *server, method, path string, length int) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		method, path, s.key, length)
	in := bufio.NewReader(conn)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if got, err := in.ReadString('\n'); err != nil || got != want {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	}
	return conn, in
}

// A request that runs when SIGTERM comes is answered, not cut off, while nobody new gets in.
func TestSIGTERMLetsRunningRequestsFinish(t *testing.T) {
	s := serveSQLite(t)
	s.sellKettles("drain", object{})
	const body = `{"displayName":"late"}`
	conn, in := begun(t, s, http.MethodPut, "/v1/sellers/late", len(body))
	ended := make(chan int, 1)
	go func() {
		code, _ := s.terminate()
		ended <- code
	}()
	eventually(t, func() bool {
		probe, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			_ = probe.Close()
		}
		return err != nil
	})
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the running request was answered %v, %v", resp, err)
	}
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d", code)
	}
	s = s.restarted()
	if got := s.must(http.MethodGet, "/v1/sellers/late", nil); text(got, "displayName") != "late" {
		t.Errorf("the acknowledged seller is %v", got)
	}
}

func TestHealth(t *testing.T) {
	eachEngine(t, func(t *testing.T, s *server) {
		anonymous := s.as("")
		for _, path := range []string{"/healthz", "/readyz"} {
			if r := anonymous.do(http.MethodGet, path, nil); r.code != http.StatusOK {
				t.Errorf("%s: %s", path, r)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		health := healthpb.NewHealthClient(s.dial(t))
		if got, err := health.Check(ctx, &healthpb.HealthCheckRequest{}); err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("gRPC health: %v, %v", got, err)
		}
		watch, err := health.Watch(ctx, &healthpb.HealthCheckRequest{Service: "fixfirst.v1.ReturnsService"})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := watch.Recv(); err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("gRPC health, watched: %v, %v", got, err)
		}
		// Who watches is told, and does not hold the server up.
		told := make(chan error, 1)
		go func() {
			got, err := watch.Recv()
			if err == nil && got.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
				err = fmt.Errorf("told %s", got.GetStatus())
			}
			told <- err
		}()
		code, took := s.terminate()
		t.Logf("drained in %s with a health check watching", took)
		if code != 0 || took > 5*time.Second {
			t.Errorf("exit code %d after %s", code, took)
		}
		if err := <-told; err != nil {
			t.Errorf("gRPC health at the end: %v", err)
		}
	})
}
