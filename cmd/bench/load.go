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
	errs := make(chan error, inFlight)
	var wg sync.WaitGroup
	start := time.Now()
	for worker := range inFlight {
		wg.Go(func() {
			var err error
			latencies[worker], err = talk(address, request, take, end)
			if err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	select {
	case err := <-errs:
		return result{}, sent, err
	default:
	}
	all := slices.Concat(latencies...)
	slices.Sort(all)
	return result{perSecond: float64(len(all)) / took.Seconds(), p99: all[len(all)*99/100]}, sent, nil
}

// talk sends one request after the other on one connection until end.
func talk(address string, request func(n int) []byte, take func() int, end time.Time) ([]time.Duration, error) {
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
		if err := readOK(in); err != nil {
			return nil, err
		}
		latencies = append(latencies, time.Since(start))
	}
}

// readOK reads one reply and throws it away; any status but 200 is an error.
func readOK(in *bufio.Reader) error {
	reply, err := http.ReadResponse(in, nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		return err
	}
	if reply.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", reply.StatusCode, body)
	}
	return nil
}

// post writes an HTTP/1.1 request.
func post(path, key, body string) []byte {
	return []byte("POST " + path + " HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + key +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}
