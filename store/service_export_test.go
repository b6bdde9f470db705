package store

import "github.com/fixfirst/fixfirst/troubleshoot"

// RecentSessions bounds the book of fixes.
const RecentSessions = recentSessions

// CopySession stores a session so many times more, under new ids, as nobody does.
func (tx *Tx) CopySession(s troubleshoot.Session, copies int) error {
	for range copies {
		s.ID = NewID(s.CreateTime)
		if err := tx.insertSession(s); err != nil {
			return err
		}
	}
	return nil
}

// MiscountService makes a column of the service's sums wrong, or right again.
func (tx *Tx) MiscountService(column string, by int) error {
	_, err := tx.exec(`UPDATE service_rollups SET `+column+` = `+column+` + $1`, by)
	return err
}

// ServiceColumns are the columns of the service's sums.
func ServiceColumns() []string { return serviceColumns[:] }

// ChatQueries are what service reports and the book of fixes read with, by the search that must lead.
var ChatQueries = map[string][]string{
	"SEARCH sessions USING INDEX sessions_seller (seller=?)":         {selectStepTallies, selectDispositionTallies},
	"SCAN sessions USING INDEX sessions_queue":                       {selectSoldSessions + pendingQueue},
	"SEARCH sessions USING INDEX sessions_hand (expert_seller>?)":    {selectSoldSessions + pendingInHand},
	"SEARCH sessions USING INDEX sessions_unanswered (queue_time>?)": {selectSoldSessions + pendingClosed},
	"SEARCH service_rollups USING PRIMARY KEY (seller=? AND day>? AND day<?)": {
		queryOf(ServiceFilter{Seller: "acme", GroupBy: []GroupKey{ByExpert}}), queryOf(ServiceFilter{Seller: "acme", GroupBy: []GroupKey{ByDay, BySKU}})},
}

func queryOf(f ServiceFilter) string {
	query, err := f.query()
	if err != nil {
		panic(err)
	}
	return query
}
