package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// closedChat keeps a chat of a line that eve of the seller's team answered after a minute and closed after ten.
func closedChat(t testing.TB, s *store.Store, seller, order string, at int) troubleshoot.Session {
	t.Helper()
	i := keep(t, s, storetest.Intercept(storetest.Line(seller, order), day(at)))
	chat := storetest.Session(i, day(at))
	chat.Channel, chat.State, chat.Disposition, chat.Expert = troubleshoot.ChannelChat, troubleshoot.Closed, troubleshoot.FixedKept, troubleshoot.ExpertID{Seller: seller, Name: "eve"}
	chat.QueueTime, chat.AcceptTime, chat.StartTime = day(at), day(at), day(at)
	chat.ReplyTime, chat.EndTime, chat.ExpertSeconds = day(at).Add(60e9), day(at).Add(600e9), 540
	return keepSession(t, s, i, chat)
}

func TestReviewsFollowTheirReviewer(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		chat := closedChat(t, s, "acme", "o1", 0)
		review := func(reviewer string, score int64) troubleshoot.Review {
			r, err := troubleshoot.Review{Session: chat.ID, Reviewer: reviewer, Comment: "well, " + reviewer, Time: day(1),
				Criteria: []troubleshoot.Criterion{{Name: "kind", Weight: 1, Score: score}, {Name: "safe", Weight: 2, Score: score, AutomaticFail: true}}}.Scored()
			if err != nil {
				t.Fatal(err)
			}
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.KeepReview(chat, r) })
			wantSame(t, read(t, s, func(tx *store.Tx) (troubleshoot.Review, error) { return tx.Review(chat.ID, reviewer) }), r)
			return r
		}
		for _, step := range []struct {
			reviewer               string
			score                  int64
			reviews, points, fails int64
		}{
			{"k1", 80, 1, 80, 0},
			{"k2", 60, 2, 140, 0},
			{"k1", 50, 2, 110, 0}, // in place of the 80
			{"k1", 50, 2, 110, 0},
			{"k2", 0, 2, 50, 1},
			{"k2", 100, 2, 150, 0},
		} {
			review(step.reviewer, step.score)
			cells := read(t, s, func(tx *store.Tx) ([]store.ServiceCell, error) {
				return tx.Service(store.ServiceFilter{To: 1 << 30, GroupBy: []store.GroupKey{store.ByExpert}}, day(9))
			})
			if len(cells) != 1 || cells[0].Keys[0] != "eve" || cells[0].Sums.Reviews != step.reviews || cells[0].Sums.ReviewPoints != step.points || cells[0].Sums.ReviewFails != step.fails {
				t.Errorf("after %+v: %+v", step, cells)
			}
			wantExact(t, s)
		}
		storetest.View(t, s, func(tx *store.Tx) error {
			_, err := tx.Review(chat.ID, "k3")
			wantCode(t, err, troubleshoot.NotFound)
			return nil
		})
	})
}

// TestMiscountedServiceIsNamed makes each column wrong in turn. Experts' time has no facts to be compared with.
func TestMiscountedServiceIsNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		closedChat(t, s, "acme", "o1", 0)
		wantSame(t, read(t, s, (*store.Tx).VerifyService), nil)
		unverified := []string{"staffed_seconds", "busy_seconds", "chatted_seconds"}
		for _, column := range store.ServiceColumns() {
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.MiscountService(column, 1) })
			wrong := read(t, s, (*store.Tx).VerifyService)
			if slices.Contains(unverified, column) != (len(wrong) == 0) {
				t.Errorf("one %s too many shows as %q", column, wrong)
			}
			if len(wrong) > 0 && !strings.HasPrefix(wrong[0], `service of seller "acme", SKU "KETTLE", channel 2, expert "eve" of team "acme" keeps `) {
				t.Errorf("one %s too many shows as %q", column, wrong)
			}
			storetest.Update(t, s, func(tx *store.Tx) error { return tx.MiscountService(column, -1) })
		}
		wantSame(t, read(t, s, (*store.Tx).VerifyService), nil)
	})
}

// TestEveryKindOfSumHasItsColumn: sums and columns are written by their places, and some are read by their names.
func TestEveryKindOfSumHasItsColumn(t *testing.T) {
	if sums := (&deflection.ServiceSums{}).Stored(); len(sums) != len(store.ServiceColumns()) {
		t.Errorf("%d sums are stored in %d columns", len(sums), len(store.ServiceColumns()))
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		closedChat(t, s, "acme", "o1", 0)
		want := map[string]string{"offered": "1", "answered": "1", "answered60": "1", "asked": "1", "on_time": "1", "closed": "1", "wait_seconds": "60",
			"chat_seconds": "600", "handle_seconds": "600", "effort_seconds": "540", "w5": "1"}
		for _, column := range store.ServiceColumns() {
			got := read(t, s, func(tx *store.Tx) (string, error) {
				return tx.Value(`SELECT CAST(` + column + ` AS TEXT) FROM service_rollups`)
			})
			if w := want[column]; got != w && (w != "" || got != "0") {
				t.Errorf("%s is %s, want %q", column, got, w)
			}
		}
	})
}
