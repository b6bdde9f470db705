package store

import "time"

// Note is what an expert wrote for colleagues.
type Note struct {
	ID     string
	Time   time.Time
	Expert string
	Text   string
}

// AddNote keeps a note for colleagues about a session.
func (tx *Tx) AddNote(session, expert, text string, now time.Time) error {
	_, err := tx.exec(`INSERT INTO session_notes (id, session, expert, text) VALUES ($1, $2, $3, $4)`, NewID(now), session, expert, text)
	return wrap("keep note", err)
}

// Notes gives the notes about a session, oldest first.
func (tx *Tx) Notes(session string) ([]Note, error) {
	rows, err := tx.query(`SELECT id, expert, text FROM session_notes WHERE session = $1 ORDER BY id`, session)
	notes, err := collect(rows, err, func(scan func(...any) error) (Note, error) {
		var n Note
		if err := scan(&n.ID, &n.Expert, &n.Text); err != nil {
			return n, err
		}
		at, err := timeOfID(n.ID)
		n.Time = at
		return n, err
	})
	return notes, wrap("read notes", err)
}
