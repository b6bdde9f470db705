package troubleshoot

import (
	"slices"
	"strings"
	"time"
)

// ExpertID names an expert. Experts belong to a seller's own team, or to the marketplace's pool where Seller is "".
type ExpertID struct {
	Seller string `json:"seller,omitempty"`
	Name   string `json:"name"`
}

// IsSet tells an expert from nobody.
func (id ExpertID) IsSet() bool { return id.Name != "" }

// ExpertState is what an expert can take.
type ExpertState int8

// States of an expert, by their stored numbers. Of these an expert sets OFFLINE, AVAILABLE, BUSY and AWAY; the others are
// also shown where they follow from the chats in hand.
const (
	ExpertOffline   ExpertState = 1
	ExpertAvailable ExpertState = 2
	ExpertBusy      ExpertState = 3
	ExpertWrapUp    ExpertState = 4
	ExpertAway      ExpertState = 5
)

// String gives the API's name of the state.
func (s ExpertState) String() string {
	return [...]string{"STATE_UNSPECIFIED", "OFFLINE", "AVAILABLE", "BUSY", "WRAP_UP", "AWAY"}[min(max(s, 0), ExpertAway)]
}

// Kinds of skills. A skill is written kind:value, such as "sku:KETTLE-1".
const (
	SkillSKU      = "sku"
	SkillCategory = "category"
	SkillBrand    = "brand"
)

// Expert answers shoppers.
type Expert struct {
	ID          ExpertID
	DisplayName string
	Skills      []string // kind:value; none: everything
	Locales     []string // BCP 47; none: every language
	Capacity    int64    // chats at once
	HourlyWage  Money    // zero: the policy's

	State, NextState ExpertState // NextState 0: none
	StateTime        time.Time   // since when the state holds
	IdleSince        time.Time   // when a chat last came or went: who has waited longest for work is served first
	LeaseUntil       time.Time   // until then the work stream counts as open; zero: it is not
	Work             WorkClock
}

// WorkClock adds up an expert's work as it comes and goes, so that what a chat cost is known when it closes, however many
// ran beside it (docs/measurement.md, "Concurrency").
type WorkClock struct {
	InHand  int64         // chats accepted and not closed
	At      time.Time     // when InHand last changed
	Effort  time.Duration // ∫ dt/InHand while it is positive: what a chat that ran all the time has cost
	Busy    time.Duration // ∫ dt while it is positive
	Chatted time.Duration // ∫ InHand dt
}

// Advance gives the clock at now with so many more chats in hand, or fewer. A clock that goes back stands still.
func (c WorkClock) Advance(now time.Time, change int64) WorkClock {
	if dt := now.Sub(c.At); c.InHand > 0 && dt > 0 {
		c.Effort += dt / time.Duration(c.InHand)
		c.Busy += dt
		c.Chatted += dt * time.Duration(c.InHand)
	}
	if now.After(c.At) {
		c.At = now
	}
	c.InHand = max(0, c.InHand+change)
	return c
}

// On tells whether the expert's work stream is open at now, or was a moment ago.
func (e Expert) On(now time.Time) bool { return e.State != ExpertOffline && now.Before(e.LeaseUntil) }

// Takes tells whether the expert takes another chat at now, with so many in hand or offered.
func (e Expert) Takes(now time.Time, load int64) bool {
	return e.On(now) && e.State == ExpertAvailable && e.NextState == 0 && load < e.Capacity
}

// Shown is the state that others see: AVAILABLE with the hands full is BUSY, and with nothing but chats to wrap up WRAP_UP.
func (e Expert) Shown(now time.Time, load, wrapUps int64) ExpertState {
	switch {
	case !e.On(now):
		return ExpertOffline
	case e.State != ExpertAvailable:
		return e.State
	case wrapUps > 0 && wrapUps == load:
		return ExpertWrapUp
	case load >= e.Capacity:
		return ExpertBusy
	}
	return ExpertAvailable
}

// CheckSkill refuses what is no skill: InvalidArgument naming the field.
func CheckSkill(field, skill string) error {
	kind, value, _ := strings.Cut(skill, ":")
	if !slices.Contains([]string{SkillSKU, SkillCategory, SkillBrand}, kind) || strings.TrimSpace(value) == "" {
		return Invalid(field, "%q is no skill; write sku:KETTLE-1, category:kettles or brand:Hearth", skill)
	}
	return nil
}

// Check refuses an expert that could not work: InvalidArgument naming the field.
func (e Expert) Check() error {
	for n, s := range e.Skills {
		if err := CheckSkill("skills["+itoa(n)+"]", s); err != nil {
			return err
		}
	}
	for n, l := range e.Locales {
		if !isLanguage(l) {
			return Invalid("locales["+itoa(n)+"]", "%q is no language; write it like en or de-AT", l)
		}
	}
	if e.Capacity < 1 || e.Capacity > MaxCapacity {
		return Invalid("capacity", "is %d; an expert has 1 to %d chats at once", e.Capacity, MaxCapacity)
	}
	return nil
}
