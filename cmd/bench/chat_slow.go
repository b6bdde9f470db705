package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// A log that no connection's buffers hold: whoever begins it and takes nothing gets stuck on the way.
const (
	longLog    = 1600
	longText   = 3900 // characters of one message
	stuckMost  = 8    // streams that one token may have open
	stuckAfter = time.Second
)

// lengthenLog writes a long log into the first chat.
func lengthenLog(room *chatRoom) error {
	text := strings.Repeat("x", longText)
	errs := make(chan error, stuckMost)
	var writing sync.WaitGroup
	for w := range stuckMost {
		writing.Go(func() {
			conn, err := net.Dial("tcp", room.address)
			if err != nil {
				errs <- err
				return
			}
			defer conn.Close()
			in := bufio.NewReaderSize(conn, 8<<10)
			for n := w; n < longLog; n += stuckMost {
				body := fmt.Sprintf(`{"clientMessageId":"long-%d","text":"%s"}`, n, text)
				if _, err := conn.Write(post("/v1/sessions/"+room.sessions[0]+"/messages", room.senders[0], body)); err != nil {
					errs <- err
					return
				}
				if ok, err := readOK(in); err != nil || !ok {
					errs <- fmt.Errorf("long message %d: accepted %t, %w", n, ok, err)
					return
				}
			}
		})
	}
	writing.Wait()
	close(errs)
	return <-errs
}

// talkBesideStuck is talkAll while other readers of the first chat have begun its log and take nothing.
func talkBesideStuck(ctx context.Context, room *chatRoom) (result, error) {
	for range stuckMost - 1 { // the last place is the reader's who reads
		conn, err := net.Dial("tcp", room.address)
		if err != nil {
			return result{}, err
		}
		defer conn.Close()
		if err := conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			return result{}, err
		}
		if _, err := fmt.Fprint(conn, streamRequest(room, 0, 0)); err != nil {
			return result{}, err
		}
	}
	select { // what their connections hold is on its way
	case <-time.After(stuckAfter):
	case <-ctx.Done():
		return result{}, ctx.Err()
	}
	return talkAll(ctx, room)
}
