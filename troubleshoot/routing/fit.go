package routing

import (
	"slices"
	"strings"
	"time"

	"github.com/fixfirst/fixfirst/troubleshoot"
)

// level is how well an expert knows a session's item.
type level int8

// Levels, better ones higher. The first two are one rung of the ladder, "anybody"; where both have room, who answers for
// everything comes before who was hired for other things.
const (
	knowsOthers level = iota // has skills, none of them the item's
	knowsAll                 // has no skills listed: a generalist
	knowsBrand
	knowsCategory
	knowsSKU
)

// anybody is the lowest rung.
const anybody = knowsAll

func (l level) rung() level { return max(l, anybody) }

// candidate is an expert as one session sees them.
type candidate struct {
	expert  int // in crew.experts
	level   level
	foreign bool // does not speak its language
	pool    bool // is not of its seller's team
	sticky  bool
	named   bool // a transfer is to this expert
	asked   bool // a transfer demands a skill that this expert has
}

// why says in words why the expert gets the session.
func (k candidate) why(w *Waiting) string {
	var why string
	switch {
	case k.named:
		why = "was named by the transfer"
	case k.asked:
		why = "has the skill that the transfer demands, " + w.Skill
	case k.sticky:
		why = "had this line before"
	default:
		why = [...]string{"knows other items", "answers for everything", "knows the brand", "knows the category", "knows the SKU"}[k.level]
	}
	if k.pool {
		why += ", of the pool"
	}
	if k.foreign {
		why += ", in another language"
	}
	return why
}

// crew is everybody who is on, found by team and by skill. What its methods return holds until the next call.
type crew struct {
	experts   []Expert         // by id, so that input order does not matter
	teams     map[string][]int // of a seller; "" is the pool
	holders   map[string][]int // of a skill
	languages [][]string       // of an expert, primary subtags; none: all
	turns     []int            // the turn at which an expert last got a session in this call; 0: not yet

	levels []level // scratch of candidates
	found  []candidate
}

func newCrew(experts []Expert) *crew {
	c := &crew{
		experts: slices.Clone(experts), teams: map[string][]int{}, holders: map[string][]int{},
		languages: make([][]string, len(experts)), turns: make([]int, len(experts)), levels: make([]level, len(experts)),
	}
	slices.SortFunc(c.experts, func(a, b Expert) int {
		if a.ID.Seller != b.ID.Seller {
			return strings.Compare(a.ID.Seller, b.ID.Seller)
		}
		return strings.Compare(a.ID.Name, b.ID.Name)
	})
	for i := range c.experts {
		e := &c.experts[i]
		c.teams[e.ID.Seller] = append(c.teams[e.ID.Seller], i)
		for _, skill := range e.Skills {
			c.holders[skill] = append(c.holders[skill], i)
		}
		for _, locale := range e.Locales {
			c.languages[i] = append(c.languages[i], troubleshoot.Language(locale))
		}
	}
	return c
}

// hasRoom tells whether anybody of the session's people has room.
func (c *crew) hasRoom(w *Waiting) bool {
	some := func(team []int) bool {
		return slices.ContainsFunc(team, func(i int) bool { return c.experts[i].room() > 0 })
	}
	return some(c.teams[w.Seller]) || w.Rules.UsePool && some(c.teams[""])
}

// candidates gives who may take the session if it only waits long enough: the seller's own team, and the pool where it is
// used; who speaks its language, or, where AnyLocaleAfter is set, any; without those who declined it and rest at that time. A
// transfer narrows that: to the expert named while that one is on, whatever the language; else to those who have exactly the
// skill demanded, while one is on. Who declined it, or was silent and is now away, binds it no more, rested or not: it would
// wait for nobody.
func (c *crew) candidates(w *Waiting, at time.Time) []candidate {
	c.found = c.found[:0]
	c.look(w)
	c.gather(w, at, c.teams[w.Seller], false)
	if w.Rules.UsePool && w.Seller != "" {
		c.gather(w, at, c.teams[""], true)
	}
	if w.For.IsSet() && !w.declinedBy(w.For) {
		if i := slices.IndexFunc(c.found, func(k candidate) bool { return c.experts[k.expert].ID == w.For }); i >= 0 {
			c.found[0] = c.found[i]
			c.found[0].named = true
			return c.found[:1]
		}
	}
	strange := func(k candidate) bool { return k.foreign && w.Rules.AnyLocaleAfter <= 0 } // was gathered for a transfer only
	c.found = slices.DeleteFunc(c.found, strange)
	if holders := c.holders[w.Skill]; w.Skill != "" {
		has := func(k candidate) bool { return slices.Contains(holders, k.expert) }
		binds := func(k candidate) bool { return has(k) && !w.declinedBy(c.experts[k.expert].ID) }
		if slices.ContainsFunc(c.found, binds) {
			c.found = slices.DeleteFunc(c.found, func(k candidate) bool { return !has(k) })
			for i := range c.found {
				c.found[i].asked = true
			}
		}
	}
	return c.found
}

// declinedBy tells whether the expert ever declined the session.
func (w *Waiting) declinedBy(id troubleshoot.ExpertID) bool {
	return slices.ContainsFunc(w.Declined, func(d Declined) bool { return d.Expert == id })
}

// look notes in levels how well each expert of the session's people knows its item.
func (c *crew) look(w *Waiting) {
	for _, team := range [...][]int{c.teams[w.Seller], c.teams[""]} {
		for _, i := range team {
			c.levels[i] = knowsAll
			if len(c.experts[i].Skills) > 0 {
				c.levels[i] = knowsOthers
			}
		}
	}
	for _, known := range [...]struct {
		kind, value string
		level       level
	}{
		{troubleshoot.SkillBrand, w.Brand, knowsBrand}, {troubleshoot.SkillCategory, w.Category, knowsCategory}, {troubleshoot.SkillSKU, w.SKU, knowsSKU},
	} {
		if known.value == "" {
			continue
		}
		for _, i := range c.holders[known.kind+":"+known.value] {
			c.levels[i] = known.level
		}
	}
}

func (c *crew) gather(w *Waiting, at time.Time, team []int, pool bool) {
	spoken := troubleshoot.Language(w.Locale)
	for _, i := range team {
		id := c.experts[i].ID
		resting := func(d Declined) bool { return d.Expert == id && d.Until.After(at) }
		if len(w.Declined) > 0 && slices.ContainsFunc(w.Declined, resting) {
			continue
		}
		knows := spoken == "" || len(c.languages[i]) == 0 || slices.Contains(c.languages[i], spoken)
		c.found = append(c.found, candidate{expert: i, level: c.levels[i], foreign: !knows, pool: pool, sticky: id == w.Sticky && id.IsSet()})
	}
}

// allowed gives those of the candidates who may take the session at that time. As it waits, more may; nobody drops out but by
// declining, or by coming of others who fit better.
//
//   - Ladder: it is for those who know it best of the ones on who speak its language: SKU, category, brand, anybody. Lower rungs
//     open when it has waited CategoryAfter, BrandAfter, AnyAfter. Where nobody on stands on the upper rungs, it does not wait
//     for them. Whom it had before, and whom a transfer asked for, may take it from any rung.
//   - Pool: opens when it has waited PoolAfter, or at once while nobody of the team who speaks its language is on. Its members
//     must reach the best rung of the pool and the team together, while the team does not wait for the pool's.
//   - Language: others open when it has waited AnyLocaleAfter, where that is set.
//   - A transfer to one expert opens to that one at once.
//
// Being on is enough to be waited for: who is busy will be free, and who is away will be back or will go off.
func (c *crew) allowed(w *Waiting, at time.Time) []candidate {
	all := c.candidates(w, at)
	if len(all) == 1 && all[0].named {
		return all
	}
	waited, rules := at.Sub(w.Since), w.Rules
	open := knowsSKU
	switch {
	case waited >= rules.AnyAfter:
		open = anybody
	case waited >= rules.BrandAfter:
		open = knowsBrand
	case waited >= rules.CategoryAfter:
		open = knowsCategory
	}
	team, teamSpeaks := highest(all, func(k candidate) bool { return !k.pool })
	together, _ := highest(all, func(candidate) bool { return true })
	poolOpen := waited >= rules.PoolAfter || !teamSpeaks
	return slices.DeleteFunc(all, func(k candidate) bool {
		if k.pool && !poolOpen || k.foreign && waited < rules.AnyLocaleAfter {
			return true
		}
		best := team
		if k.pool {
			best = together
		}
		return k.level.rung() < min(open, best) && !k.sticky && !k.asked
	})
}

// highest gives the highest rung of those who are meant and speak the session's language, or, where none of them does, of all
// who are meant; and whether one does.
func highest(all []candidate, meant func(candidate) bool) (best level, spoken bool) {
	best = anybody
	for _, k := range all {
		switch {
		case !meant(k):
		case !k.foreign && !spoken:
			best, spoken = k.level.rung(), true
		case k.foreign && spoken:
		default:
			best = max(best, k.level.rung())
		}
	}
	return best, spoken
}
