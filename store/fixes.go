package store

import "github.com/fixfirst/fixfirst/troubleshoot"

// recentSessions bounds the book of fixes: it is made of the last sessions of a seller, whatever they were about. So it costs the
// same however long a seller is with us and needs no further index on intercepts, which everybody waits for; and what it says is
// of the products as they are made now.
const recentSessions = 2000

// Symptom is what a session is about.
type Symptom struct {
	Seller, SKU string
	Category    string // of the SKU's item; "" is none
	Reason      troubleshoot.Reason
	Without     string // a session that is left out
}

// StepTally counts sessions with the same symptom that tried a guide's step, in whichever revision.
type StepTally struct {
	SameSKU      bool // of this very SKU; else of another one of the category
	Guide, Step  string
	Tried, Fixed int64
}

// DispositionTally counts closed sessions with the same symptom.
type DispositionTally struct {
	SameSKU     bool
	Disposition troubleshoot.Disposition
	Sessions    int64
}

// Sessions with the same symptom among the last ones. CROSS JOIN keeps SQLite from beginning with another table.
const (
	sameSymptom = ` FROM (SELECT id, intercept, state, disposition FROM sessions WHERE seller = $1 ORDER BY id DESC LIMIT $2) k
CROSS JOIN intercepts i`
	isSameSymptom = ` WHERE i.id = k.intercept AND i.reason = $3 AND k.id <> $4
  AND (i.sku = $5 OR $6 <> '' AND $6 = (SELECT t.category FROM items t WHERE t.seller = i.seller AND t.sku = i.sku))`
	selectStepTallies = `SELECT CASE WHEN i.sku = $5 THEN 1 ELSE 0 END AS same, p.guide, p.step, COUNT(DISTINCT k.id),
  COUNT(DISTINCT CASE WHEN p.result = 1 THEN k.id END)` + sameSymptom + ` CROSS JOIN session_steps p` + isSameSymptom + `
  AND p.session = k.id AND p.result <> 3 GROUP BY same, p.guide, p.step`
	selectDispositionTallies = `SELECT CASE WHEN i.sku = $5 THEN 1 ELSE 0 END AS same, k.disposition, COUNT(*)` + sameSymptom + isSameSymptom + `
  AND k.state = 4 AND k.disposition <> 0 GROUP BY same, k.disposition`
)

func (y Symptom) args() []any {
	return []any{y.Seller, recentSessions, string(y.Reason), y.Without, y.SKU, y.Category}
}

// StepTallies counts the steps that recent sessions with the symptom tried, in no order.
func (tx *Tx) StepTallies(y Symptom) ([]StepTally, error) {
	rows, err := tx.query(selectStepTallies, y.args()...)
	tallies, err := collect(rows, err, func(scan func(...any) error) (t StepTally, err error) {
		err = scan(&t.SameSKU, &t.Guide, &t.Step, &t.Tried, &t.Fixed)
		return t, err
	})
	return tallies, wrap("count steps", err)
}

// DispositionTallies counts how recent sessions with the symptom were closed, in no order.
func (tx *Tx) DispositionTallies(y Symptom) ([]DispositionTally, error) {
	rows, err := tx.query(selectDispositionTallies, y.args()...)
	tallies, err := collect(rows, err, func(scan func(...any) error) (t DispositionTally, err error) {
		err = scan(&t.SameSKU, &t.Disposition, &t.Sessions)
		return t, err
	})
	return tallies, wrap("count dispositions", err)
}
