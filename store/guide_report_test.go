package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/store/storetest"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// stepWorld is a month of sessions with guides, told to the store and kept aside.
type stepWorld struct {
	random     *rand.Rand
	intercepts map[string]troubleshoot.Intercept // by session
	steps      map[string]troubleshoot.StepRecord
}

const stepWorldDays = 30

// newStepWorld records random steps of two sellers' sessions with two guides of the same names, some steps twice.
func newStepWorld(t *testing.T, s *store.Store) *stepWorld {
	t.Helper()
	w := &stepWorld{rand.New(rand.NewPCG(3, 3)), map[string]troubleshoot.Intercept{}, map[string]troubleshoot.StepRecord{}}
	sellers, guides := []string{"acme", "best"}, []string{"kettle", "lamp"}
	for _, seller := range sellers {
		for _, guide := range guides {
			for _, steps := range []int{3, 4} { // revisions
				storetest.Update(t, s, func(tx *store.Tx) error {
					if _, err := tx.PutGuide(storetest.Guide(seller, guide, steps, "*"), "", day(0)); err != nil {
						return err
					}
					_, err := tx.PublishGuide(seller, guide, "", "publisher", day(0))
					return err
				})
			}
		}
	}
	storetest.Update(t, s, func(tx *store.Tx) error {
		for n := range 150 {
			at := day(0).Add(time.Duration(w.random.IntN(stepWorldDays*24)) * time.Hour)
			i := storetest.Intercept(storetest.Line(sellers[w.random.IntN(2)], fmt.Sprint("o", n)), at)
			i.Line.SKU, i.Reason = []string{"KETTLE", "LAMP"}[w.random.IntN(2)], []troubleshoot.Reason{"DEFECTIVE", "STYLE"}[w.random.IntN(2)]
			i, _, err := tx.KeepIntercept(i)
			if err != nil {
				return err
			}
			for range 1 + w.random.IntN(2) {
				help := storetest.Session(i, at.Add(time.Duration(w.random.IntN(90))*time.Minute))
				if _, err := tx.KeepSession(i, store.Change{After: help, Now: help.CreateTime}); err != nil {
					return err
				}
				w.intercepts[help.ID] = i
				if err := w.record(tx, help, guides); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return w
}

func (w *stepWorld) record(tx *store.Tx, help troubleshoot.Session, guides []string) error {
	for n := range w.random.IntN(9) {
		r := troubleshoot.StepRecord{Session: help.ID, Guide: guides[w.random.IntN(2)], Revision: int64(1 + w.random.IntN(2)), Step: fmt.Sprint("s", 1+w.random.IntN(3)),
			Result: troubleshoot.StepResult(1 + w.random.IntN(3)), Elapsed: time.Duration(w.random.IntN(4)*15) * time.Second, Time: help.CreateTime.Add(time.Duration(n/2) * time.Minute)}
		if err := tx.KeepStep(help.Seller, r); err != nil {
			return err
		}
		w.steps[strings.Join([]string{r.Session, r.Guide, fmt.Sprint(r.Revision), r.Step}, " ")] = r
	}
	return nil
}

// recomputed gives the lines that a report must come to: each path with its sessions, and each step with its times.
func (w *stepWorld) recomputed(f store.GuideReportFilter) []string {
	paths, counts := map[string][]troubleshoot.StepRecord{}, map[string]int{}
	for _, r := range w.steps {
		i := w.intercepts[r.Session]
		if (f.Seller != "" && i.Line.Seller != f.Seller) || (f.Guide != "" && r.Guide != f.Guide) || i.Day < f.From || i.Day > f.To {
			continue
		}
		revision := fmt.Sprint(i.Line.Seller, "/", r.Guide, "/", r.Revision)
		paths[revision+" "+r.Session] = append(paths[revision+" "+r.Session], r)
	}
	asked := map[string]bool{} // revisions with a session that was asked for
	for key, steps := range paths {
		slices.SortFunc(steps, func(a, b troubleshoot.StepRecord) int {
			if !a.Time.Equal(b.Time) {
				return a.Time.Compare(b.Time)
			}
			return strings.Compare(a.Step, b.Step)
		})
		revision, _, _ := strings.Cut(key, " ")
		i := w.intercepts[steps[0].Session]
		own := (f.SKU == "" || i.Line.SKU == f.SKU) && (f.Reason == "" || i.Reason == f.Reason)
		line := ""
		for _, s := range steps {
			line += fmt.Sprint(" ", s.Step, s.Result)
			if own && s.Result != troubleshoot.StepSkipped && s.Elapsed > 0 {
				counts[fmt.Sprintf("%s %s took %v", revision, s.Step, s.Elapsed.Seconds())]++
			}
		}
		if own {
			asked[revision] = true
			counts[revision+line]++
		}
		if f.SKU != "" || f.Reason != "" {
			counts[revision+" wider"+line]++
		}
	}
	return linesOf(counts, asked)
}

func linesOf(counts map[string]int, asked map[string]bool) []string {
	var lines []string
	for line, n := range counts {
		if revision, _, _ := strings.Cut(line, " "); asked[revision] {
			lines = append(lines, fmt.Sprint(line, " × ", n))
		}
	}
	slices.Sort(lines)
	return lines
}

// reported gives the same lines of what the store says.
func reported(records []deflection.GuideRecord) []string {
	counts, asked := map[string]int{}, map[string]bool{}
	for _, r := range records {
		revision := fmt.Sprint(r.Guide.Seller, "/", r.Guide.ID, "/", r.Guide.Revision)
		asked[revision] = true
		add := func(kind string, paths []deflection.GuidePath) {
			for _, p := range paths {
				line := revision + kind
				for _, s := range p.Tries {
					line += fmt.Sprint(" ", s.Step, s.Result)
				}
				counts[line] += int(p.Sessions)
			}
		}
		add("", r.Paths)
		add(" wider", r.Wider)
		for step, times := range r.Seconds {
			for _, seconds := range times {
				counts[fmt.Sprintf("%s %s took %v", revision, step, seconds)]++
			}
		}
	}
	return linesOf(counts, asked)
}

func guideRecords(t testing.TB, s *store.Store, f store.GuideReportFilter) []deflection.GuideRecord {
	t.Helper()
	return read(t, s, func(tx *store.Tx) ([]deflection.GuideRecord, error) { return tx.GuideRecords(f) })
}

func TestGuideRecordsAgreeWithFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newStepWorld(t, s)
		first := troubleshoot.DayOf(day(0), time.UTC)
		for _, f := range []store.GuideReportFilter{
			{From: 0, To: 1 << 40},
			{Seller: "acme", To: 1 << 40},
			{Seller: "best", Guide: "lamp", From: first + 7, To: first + 20},
			{Guide: "kettle", SKU: "LAMP", From: first, To: first},
			{Seller: "acme", SKU: "KETTLE", Reason: "STYLE", From: first, To: first + stepWorldDays},
			{Seller: "acme", Reason: "NOBODY", From: first, To: first + stepWorldDays},
			{Seller: "nobody", To: 1 << 40},
			{From: first + stepWorldDays + 1, To: 1 << 40},
		} {
			want, records := w.recomputed(f), guideRecords(t, s, f)
			wantSame(t, reported(records), want)
			if sorted := slices.IsSortedFunc(records, func(a, b deflection.GuideRecord) int {
				return strings.Compare(fmt.Sprint(a.Guide.Seller, a.Guide.ID, 9-a.Guide.Revision), fmt.Sprint(b.Guide.Seller, b.Guide.ID, 9-b.Guide.Revision))
			}); !sorted {
				t.Errorf("%+v: rows are out of order", f)
			}
			for _, r := range records {
				if len(r.Guide.Steps) != 2+int(r.Guide.Revision) {
					t.Errorf("revision %d has %d steps", r.Guide.Revision, len(r.Guide.Steps))
				}
			}
		}
	})
}

// TestGuideReportReadsItsIndex: a period is a range of an index, and other tables are looked up by their keys.
func TestGuideReportReadsItsIndex(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite(t))
	for leading, queries := range store.GuideReportQueries {
		for _, query := range queries {
			storetest.View(t, s, func(tx *store.Tx) error {
				plan, err := tx.Plan(query)
				if err != nil {
					return err
				}
				searches := slices.DeleteFunc(plan, func(step string) bool { return strings.HasSuffix(step, " k") || step == "USE TEMP B-TREE FOR ORDER BY" }) // the sessions found
				if !strings.HasSuffix(searches[0], leading) {
					t.Errorf("the plan %q does not begin with %s", searches, leading)
				}
				for _, step := range searches {
					if !strings.HasPrefix(step, "SEARCH") {
						t.Errorf("%q, of the plan %q", step, searches)
					}
				}
				return nil
			})
		}
	}
}
