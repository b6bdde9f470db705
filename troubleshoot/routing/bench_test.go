package routing

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// crowd is a queue and experts of several skills, languages and sellers, with the pool, from a seed.
func crowd(waiting, experts int, load func(*rand.Rand) int) ([]Waiting, []Expert) {
	chance := rand.New(rand.NewPCG(7, 7))
	queue, on := make([]Waiting, waiting), make([]Expert, experts)
	for n := range queue {
		w := Waiting{Session: fmt.Sprintf("s%05d", n), Seller: fmt.Sprintf("seller-%d", chance.IntN(2)), Since: now.Add(-time.Duration(chance.IntN(90)) * time.Second)}
		shopper(chance, &w)
		w.Rules.UsePool, w.Rules.AnyLocaleAfter = chance.IntN(2) == 0, time.Duration(chance.IntN(2))*time.Minute
		queue[n] = w
	}
	for n, e := range team(3) {
		for k := n; k < experts; k += 30 {
			e.ID.Seller, e.ID.Name = []string{"seller-0", "seller-1", ""}[k%3], fmt.Sprintf("expert-%04d", k)
			e.Load, e.IdleSince = load(chance), now.Add(-time.Duration(chance.IntN(900))*time.Second)
			on[k] = e
		}
	}
	return queue, on
}

func BenchmarkAssign(b *testing.B) {
	for _, c := range []struct {
		name string
		load func(*rand.Rand) int
	}{
		{"everybody idle", func(*rand.Rand) int { return 0 }},
		{"one in ten idle", func(r *rand.Rand) int { return min(r.IntN(10), 1) * 3 }},
		{"everybody busy", func(*rand.Rand) int { return 3 }},
	} {
		b.Run(c.name, func(b *testing.B) {
			queue, experts := crowd(1000, 64, c.load)
			for b.Loop() {
				Assign(queue, experts, now)
			}
		})
	}
	b.Run("who has room speaks another language", func(b *testing.B) {
		queue, experts := crowd(1000, 64, func(*rand.Rand) int { return 3 })
		for i := range queue {
			queue[i].Rules.AnyLocaleAfter = 0
		}
		for i := range experts {
			if i%4 == 0 {
				experts[i].Load, experts[i].Locales = 0, []string{"fr"}
			}
		}
		for b.Loop() {
			Assign(queue, experts, now)
		}
	})
}

func BenchmarkOutlooks(b *testing.B) {
	queue, experts := crowd(1000, 64, func(*rand.Rand) int { return 3 })
	measured := func(string) Measured {
		return Measured{Handled: 500, HandleSeconds: 300000, Abandoned: 50, WaitSeconds: 15000}
	}
	b.Run("queue", func(b *testing.B) {
		for b.Loop() {
			Outlooks(queue, experts, measured, now)
		}
	})
	b.Run("prospect", func(b *testing.B) {
		for b.Loop() {
			Prospect(queue[0], queue, experts, measured(""), now)
		}
	})
}

func BenchmarkPlan(b *testing.B) {
	for b.Loop() {
		if _, err := Plan(PlanInput{ArrivalsPerHour: 9000, HandleTime: 12 * time.Minute, Patience: 24 * time.Hour, Concurrency: 1, TargetFraction: 0.9, TargetWait: time.Minute}); err != nil {
			b.Fatal(err)
		}
	}
}
