package store

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/deflection"
)

// VerifyService recomputes the sums of the service from sessions and reviews and names what differs, by seller, SKU, channel and
// expert. Days are not compared one by one: they are those of the seller's time zone as it was when each sum was written. Time
// that experts were on, busy and chatting has no facts to be compared with and is left out.
func (tx *Tx) VerifyService() ([]string, error) {
	fresh, err := tx.serviceOfFacts()
	if err != nil {
		return nil, err
	}
	kept, err := tx.serviceKept()
	if err != nil {
		return nil, err
	}
	differences := serviceDeltas{}
	differences.merge(fresh)
	for k, s := range kept {
		differences.add(k, deflection.ServiceSums{}.Minus(s))
	}
	var wrong []string
	for _, k := range slices.SortedFunc(maps.Keys(differences), serviceKey.compare) {
		if differences[k] != (deflection.ServiceSums{}) {
			wrong = append(wrong, fmt.Sprintf("service of seller %q, SKU %q, channel %d, expert %q of team %q keeps %+v, facts say %+v",
				k.seller, k.sku, k.channel, k.expert.Name, k.expert.Seller, kept[k], fresh[k]))
		}
	}
	return wrong, nil
}

// serviceOfFacts folds every session, and adds up every review. Days are 0.
func (tx *Tx) serviceOfFacts() (serviceDeltas, error) {
	sums := serviceDeltas{}
	for last := ""; ; {
		page, err := tx.soldSessions(`id > $1 ORDER BY id LIMIT $2`, last, verifyPage)
		if err != nil {
			return nil, err
		}
		for _, s := range page {
			sums.add(serviceKey{seller: s.Seller, sku: s.sku, channel: s.Channel, expert: s.Expert}, deflection.FoldService(s.Session))
			last = s.ID
		}
		if len(page) < verifyPage {
			break
		}
	}
	rows, err := tx.query(`SELECT s.seller, i.sku, s.channel, s.expert_seller, s.expert, COUNT(*), SUM((r.points + 500) / 1000),
  SUM(CASE WHEN r.failed THEN 1 ELSE 0 END)
FROM session_reviews r JOIN sessions s ON s.id = r.session JOIN intercepts i ON i.id = s.intercept
GROUP BY s.seller, i.sku, s.channel, s.expert_seller, s.expert`)
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var k serviceKey
		var s deflection.ServiceSums
		err := scan(&k.seller, &k.sku, &k.channel, &k.expert.Seller, &k.expert.Name, &s.Reviews, &s.ReviewPoints, &s.ReviewFails)
		sums.add(k, s)
		return struct{}{}, err
	})
	return sums, wrap("add up reviews", err)
}

// verifyPage is how many sessions are read at once.
const verifyPage = 1000

// soldSession is a session with the SKU of its order line.
type soldSession struct {
	troubleshoot.Session
	sku string
}

// soldSessions gives the sessions that a condition picks.
func (tx *Tx) soldSessions(where string, args ...any) ([]soldSession, error) {
	rows, err := tx.query(selectSoldSessions+where, args...)
	sessions, err := collect(rows, err, func(scan func(...any) error) (soldSession, error) {
		var s soldSession
		var err error
		s.Session, err = scanSession(func(targets ...any) error { return scan(append(targets, &s.sku)...) })
		return s, err
	})
	return sessions, wrap("read sessions", err)
}

const selectSoldSessions = `SELECT ` + sessionColumns + `, (SELECT i.sku FROM intercepts i WHERE i.id = sessions.intercept) FROM sessions WHERE `

// serviceKept reads the sums that are kept, those of sessions and reviews, over all days.
func (tx *Tx) serviceKept() (serviceDeltas, error) {
	rows, err := tx.query(`SELECT seller, sku, channel, expert_seller, expert` + sumsOfService + ` FROM service_rollups
GROUP BY seller, sku, channel, expert_seller, expert`)
	sums := serviceDeltas{}
	_, err = collect(rows, err, func(scan func(...any) error) (struct{}, error) {
		var k serviceKey
		var s deflection.ServiceSums
		err := scan(append([]any{&k.seller, &k.sku, &k.channel, &k.expert.Seller, &k.expert.Name}, serviceTargets(&s)...)...)
		s.StaffedSeconds, s.BusySeconds, s.ChattedSeconds = 0, 0, 0
		sums.add(k, s)
		return struct{}{}, err
	})
	return sums, wrap("read the sums of the service", err)
}

// sumsOfService adds up every column, in the order of serviceTargets.
var sumsOfService = func() string {
	sums := ""
	for _, c := range serviceColumns {
		sums += ", SUM(" + c + ")"
	}
	return sums
}()

// serviceTargets are scan targets for sumsOfService.
func serviceTargets(s *deflection.ServiceSums) []any {
	var targets []any
	for _, field := range s.Stored() {
		targets = append(targets, field)
	}
	return targets
}
