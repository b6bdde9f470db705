package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Shape of the load.
const (
	inFlight  = 64
	roundTime = 3 * time.Second
)

// result is what one round of load saw.
type result struct {
	perSecond float64
	p99       time.Duration
	cpu       time.Duration // of server and client, for each request
	failed    int           // answered 503: not counted as done
}

// load keeps inFlight requests under way against an address for a round. Its client is a few lines over one connection
// each, so that it takes little of the machine from what is measured.
func load(address string, request func(n int) []byte, from int) (result, int, error) {
	var next sync.Mutex
	sent := from
	take := func() int {
		next.Lock()
		defer next.Unlock()
		sent++
		return sent
	}
	end := time.Now().Add(roundTime)
	latencies := make([][]time.Duration, inFlight)
	var unavailable atomic.Int64
	errs := make(chan error, inFlight)
	var wg sync.WaitGroup
	start, cpu := time.Now(), processCPU()
	for worker := range inFlight {
		wg.Go(func() {
			var err error
			latencies[worker], err = talk(address, request, take, end, &unavailable)
			if err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	took, used := time.Since(start), processCPU()-cpu
	select {
	case err := <-errs:
		return result{}, sent, err
	default:
	}
	all := slices.Concat(latencies...)
	slices.Sort(all)
	return result{perSecond: float64(len(all)) / took.Seconds(), p99: all[len(all)*99/100], cpu: used / time.Duration(len(all)), failed: int(unavailable.Load())}, sent, nil
}

// processCPU is the processor time that this process has used.
func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// talk sends one request after the other on one connection until end.
func talk(address string, request func(n int) []byte, take func() int, end time.Time, unavailable *atomic.Int64) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	latencies := make([]time.Duration, 0, 1<<14)
	for {
		start := time.Now()
		if start.After(end) {
			return latencies, nil
		}
		if _, err := conn.Write(request(take())); err != nil {
			return nil, err
		}
		ok, err := readOK(in)
		if err != nil {
			return nil, err
		}
		if !ok {
			unavailable.Add(1)
			continue
		}
		latencies = append(latencies, time.Since(start))
	}
}

// readOK reads one reply and throws it away. 503 is no success; any other status but 200 is an error.
func readOK(in *bufio.Reader) (bool, error) {
	reply, err := http.ReadResponse(in, nil)
	if err != nil {
		return false, err
	}
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return false, err
	}
	if reply.StatusCode != http.StatusOK && reply.StatusCode != http.StatusServiceUnavailable {
		return false, fmt.Errorf("status %d: %s", reply.StatusCode, body)
	}
	return reply.StatusCode == http.StatusOK, nil
}

// post writes an HTTP/1.1 request.
func post(path, key, body string) []byte {
	return []byte("POST " + path + " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + key +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// get writes an HTTP/1.1 request.
func get(path, key string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + key + "\r\n\r\n")
}
