package store

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// Bounds of what a guide report reads.
const (
	maxStepRecords = 500_000
	maxRevisions   = 1000
	lastIDDay      = 800_000 // of the year 4160; ids hold few more
	lateSessions   = 93      // days after the last day of intercepts that sessions of them are looked for
)

// GuideReportFilter picks sessions by their intercepts.
type GuideReportFilter struct {
	Seller, Guide, SKU string // "" is all
	Reason             troubleshoot.Reason
	From, To           int64 // days of the intercepts since 1970-01-01, both included
}

// narrow tells whether the filter leaves out sessions of the guides that it picks.
func (f GuideReportFilter) narrow() bool { return f.SKU != "" || f.Reason != "" }

// takes tells whether an intercept is one that was asked for.
func (f GuideReportFilter) takes(sku string, reason troubleshoot.Reason) bool {
	return (f.SKU == "" || f.SKU == sku) && (f.Reason == "" || f.Reason == reason)
}

// Recorded steps of sessions, a session's together. Ids begin with their time, so that sessions of a period are a range of
// them; CROSS JOIN keeps SQLite from beginning with another table, which would read all of it. Sessions of a guide are looked
// for first, each once, so that what is known of a session is not looked up for each of its steps.
const (
	selectStepRecords = `SELECT s.seller, s.id, t.guide, t.revision, t.step, t.result, t.elapsed, t.record_time, i.sku, i.reason FROM `
	sessionsOfGuide   = `(SELECT DISTINCT session FROM session_steps WHERE guide = $1 AND session >= $2 AND session < $3) k
CROSS JOIN sessions s CROSS JOIN intercepts i CROSS JOIN session_steps t
WHERE s.id = k.session AND t.guide = $1 AND `
	sessionsOfAllGuides = `sessions s CROSS JOIN intercepts i CROSS JOIN session_steps t
WHERE CAST($1 AS TEXT) = '' AND s.id >= $2 AND s.id < $3 AND `
	inPeriod       = `i.id = s.intercept AND i.day >= $4 AND i.day <= $5 AND t.session = s.id`
	stepsOfSeller  = ` AND s.seller = $7`
	inSessionOrder = ` ORDER BY s.id LIMIT $6`
)

// stepRecordsQuery takes the index that reads least: that of the guide, of the seller, or of all sessions by time.
func (f GuideReportFilter) stepRecordsQuery() string {
	query := selectStepRecords + sessionsOfAllGuides + inPeriod
	if f.Guide != "" {
		query = selectStepRecords + sessionsOfGuide + inPeriod
	}
	if f.Seller != "" {
		query += stepsOfSeller
	}
	return query + inSessionOrder
}

// revisionKey names a revision of a guide.
type revisionKey struct {
	seller, guide string
	revision      int64
}

// stepRow is a recorded step with what its intercept was about.
type stepRow struct {
	revision revisionKey
	session  string
	step     string
	result   troubleshoot.StepResult
	elapsed  time.Duration
	at       int64
	sku      string
	reason   troubleshoot.Reason
}

// GuideRecords gives what the sessions of the period recorded, one record a revision, by seller, guide and revision, newest
// first. Sessions that began more than lateSessions days after the period are not looked for.
func (tx *Tx) GuideRecords(f GuideReportFilter) ([]deflection.GuideRecord, error) {
	args := []any{f.Guide, firstID(f.From - 1), firstID(f.To + 2 + lateSessions), f.From, f.To, maxStepRecords + 1} // a day more: zones
	if f.Seller != "" {
		args = append(args, f.Seller)
	}
	rows, err := tx.query(f.stepRecordsQuery(), args...)
	fold := newStepFold(f)
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var r stepRow
		var micros int64
		err := scan(&r.revision.seller, &r.session, &r.revision.guide, &r.revision.revision, &r.step, &r.result, &micros, &r.at, &r.sku, &r.reason)
		if r.elapsed = time.Duration(micros) * time.Microsecond; err == nil {
			err = fold.add(r)
		}
		return struct{}{}, err
	})
	if err != nil {
		return nil, wrap("read recorded steps", err)
	}
	fold.end()
	return tx.guideRecords(fold)
}

// guideRecords puts the revisions' documents to what was recorded of them.
func (tx *Tx) guideRecords(fold *stepFold) ([]deflection.GuideRecord, error) {
	var keys []revisionKey
	for key, r := range fold.revisions {
		if len(r.own.paths) > 0 {
			keys = append(keys, key)
		}
	}
	if len(keys) > maxRevisions {
		return nil, troubleshoot.Invalid("guide", "the period has sessions of %d revisions, more than %d; ask for one guide, one seller or a shorter time", len(keys), maxRevisions)
	}
	slices.SortFunc(keys, func(a, b revisionKey) int {
		return cmp.Or(cmp.Compare(a.seller, b.seller), cmp.Compare(a.guide, b.guide), cmp.Compare(b.revision, a.revision))
	})
	var records []deflection.GuideRecord
	for _, key := range keys {
		g, err := tx.revisionPlan(key.seller, key.guide, key.revision)
		if err != nil {
			return nil, err
		}
		r := fold.revisions[key]
		record := deflection.GuideRecord{Guide: g, Paths: r.own.paths, Seconds: r.seconds}
		if fold.filter.narrow() {
			record.Wider = r.wider.paths
		}
		records = append(records, record)
	}
	return records, nil
}

// firstID is before every id of NewID from the day on.
func firstID(day int64) string {
	var raw [idBytes]byte
	var micro [8]byte
	binary.BigEndian.PutUint64(micro[:], uint64(min(max(0, day), lastIDDay)*86400*1e6))
	copy(raw[:7], micro[1:])
	return strings.ToLower(idEncoding.EncodeToString(raw[:]))
}

// stepFold adds up recorded steps, which come a session at a time, to paths: sessions that did the same are one.
type stepFold struct {
	filter    GuideReportFilter
	revisions map[revisionKey]*revisionFold
	open      []stepRow // of one session
	read      int
}

type revisionFold struct {
	own, wider pathCounts // of what was asked for; of all SKUs and reasons
	seconds    map[string][]float64
}

// pathCounts counts sessions by what they recorded, in the order in which paths were first seen.
type pathCounts struct {
	paths []deflection.GuidePath
	at    map[string]int
}

func (c *pathCounts) add(key string, tries []deflection.StepTry) {
	n, seen := c.at[key]
	if !seen {
		n = len(c.paths)
		c.at[key] = n
		c.paths = append(c.paths, deflection.GuidePath{Tries: tries})
	}
	c.paths[n].Sessions++
}

func newStepFold(f GuideReportFilter) *stepFold {
	return &stepFold{filter: f, revisions: map[revisionKey]*revisionFold{}}
}

// add takes the next record; InvalidArgument when they are too many.
func (f *stepFold) add(r stepRow) error {
	if f.read++; f.read > maxStepRecords {
		return troubleshoot.Invalid("startDate", "the period has more than %d recorded steps; take a shorter time, one seller or one guide", maxStepRecords)
	}
	if len(f.open) > 0 && f.open[0].session != r.session {
		f.end()
	}
	f.open = append(f.open, r)
	return nil
}

// end counts the paths of the open session, one in each revision that it was in: steps in the order of their latest recording.
func (f *stepFold) end() {
	slices.SortFunc(f.open, func(a, b stepRow) int {
		return cmp.Or(cmp.Compare(a.revision.guide, b.revision.guide), cmp.Compare(a.revision.revision, b.revision.revision), cmp.Compare(a.at, b.at), cmp.Compare(a.step, b.step))
	})
	for left := f.open; len(left) > 0; {
		n := slices.IndexFunc(left, func(r stepRow) bool { return r.revision != left[0].revision })
		if n < 0 {
			n = len(left)
		}
		f.count(left[:n])
		left = left[n:]
	}
	f.open = f.open[:0]
}

// count adds a path of a session in a revision.
func (f *stepFold) count(path []stepRow) {
	r := f.revisions[path[0].revision]
	if r == nil {
		r = &revisionFold{own: pathCounts{at: map[string]int{}}, wider: pathCounts{at: map[string]int{}}, seconds: map[string][]float64{}}
		f.revisions[path[0].revision] = r
	}
	own := f.filter.takes(path[0].sku, path[0].reason)
	var key strings.Builder
	tries := make([]deflection.StepTry, 0, len(path))
	for _, s := range path {
		fmt.Fprintf(&key, "%s\x1f%d\x1e", s.step, s.result)
		tries = append(tries, deflection.StepTry{Step: s.step, Result: s.result})
		if own && s.result != troubleshoot.StepSkipped && s.elapsed > 0 {
			r.seconds[s.step] = append(r.seconds[s.step], s.elapsed.Seconds())
		}
	}
	if own {
		r.own.add(key.String(), tries)
	}
	if f.filter.narrow() {
		r.wider.add(key.String(), tries)
	}
}
