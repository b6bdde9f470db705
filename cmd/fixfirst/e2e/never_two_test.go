package e2e_test

import (
	"context"
	"strings"
	"testing"
	"time"
)

// Experts who accept, write, close, hand on and decline whatever they know of, two hands each, while supervisors take over,
// shoppers leave, presence comes and goes and the server is killed: no session ever has two owners, nobody has more than there is
// room for, nobody waits for an expert who is free, and who no longer has a session is told 409.
func TestNeverTwoSQLite(t *testing.T) {
	s := serveSQLite(t)
	s.terminate()
	address := freeAddress(t)
	s = serveAt(t, s.db, s.key, address)
	o := newOffice(t, s.client, []string{s.url}, sized(16, 64))
	kills := sized(3, 20)
	o.run(sized(120, 1000), sized(40, 160), func(ctx context.Context, progress func() float64) {
		for n := range kills {
			for ctx.Err() == nil && progress() < float64(n+1)/float64(kills+2) {
				pause(ctx, 20*time.Millisecond)
			}
			o.disturb()
			s.kill()
			if n%2 == 1 {
				timePasses(t, s.db, o.seats)
			}
			s = serveAt(t, s.db, s.key, address)
			o.calm(ctx)
		}
	})
	s.terminate()
	healthy(t, s.db)
}

// The same with two replicas on one PostgreSQL and a bus; experts and shoppers are on both, and one at a time is killed.
func TestNeverTwoReplicas(t *testing.T) {
	bus := natsAt(t, -1)
	defer bus.Shutdown()
	first := servePostgres(t)
	first.terminate()
	addresses := []string{freeAddress(t), freeAddress(t)}
	replica := func(n int) *server { return serveAt(t, first.db, first.key, addresses[n], "--bus", bus.ClientURL()) }
	replicas := []*server{replica(0), replica(1)}
	o := newOffice(t, replicas[0].client, []string{replicas[0].url, replicas[1].url}, sized(16, 64))
	o.pace *= sized(3, 6) // two servers and a database share what one has in the test above
	kills := sized(2, 20)
	o.run(sized(60, 1000), sized(40, 160), func(ctx context.Context, progress func() float64) {
		for n := range kills {
			for ctx.Err() == nil && progress() < float64(n+1)/float64(kills+2) {
				pause(ctx, 20*time.Millisecond)
			}
			o.disturb()
			replicas[n%2].kill()
			if n%3 == 1 {
				var here []*seat
				for _, e := range o.seats {
					if strings.HasSuffix(e.url, addresses[n%2]) {
						here = append(here, e)
					}
				}
				timePasses(t, first.db, here)
			}
			replicas[n%2] = replica(n % 2)
			o.calm(ctx)
		}
	})
	for _, s := range replicas {
		s.terminate()
	}
	healthy(t, first.db)
}
