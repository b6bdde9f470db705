package rpc

import (
	"slices"
	"time"

	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/intercept"
	"github.com/fixfirst/fixfirst/troubleshoot/routing"
)

// chatOutlook says whether a shopper who asked now would be answered in time: in the seller's chat hours, by an expert who is on
// and may take the line, within the policy's target.
func chatOutlook(tx *store.Tx, policy troubleshoot.Policy, line troubleshoot.OrderLine, locale string, now time.Time) (intercept.Chat, error) {
	if !slices.Contains(policy.Channels, troubleshoot.ChannelChat) {
		return intercept.Chat{}, nil
	}
	board, err := tx.RecentBoard(now)
	if err != nil || len(board.Experts) == 0 {
		return intercept.Chat{}, err
	}
	open, err := chatOpen(tx, policy, line.Seller, now)
	if err != nil || !open {
		return intercept.Chat{}, err
	}
	o, err := prospect(tx, board, policy, line, locale, now)
	if err != nil || o.Nobody || o.Away {
		return intercept.Chat{}, err
	}
	return intercept.Chat{Available: o.Wait <= policy.WaitTarget, Wait: o.Wait.Round(time.Second), Queue: o.Position - 1}, nil
}

// chatOpen tells whether it is one of the seller's chat hours.
func chatOpen(tx *store.Tx, policy troubleshoot.Policy, seller string, now time.Time) (bool, error) {
	hours := policy.ChatHours
	if len(hours.Spans) == 0 && len(hours.Holidays) == 0 {
		return true, nil
	}
	owner, err := tx.Seller(seller)
	if err != nil {
		return false, err
	}
	if hours.TimeZone != "" {
		owner.TimeZone = hours.TimeZone
	}
	return hours.Open(now, store.Zone(owner)), nil
}

// prospect is what one who began to wait now for this line could expect.
func prospect(tx *store.Tx, board *store.Board, policy troubleshoot.Policy, line troubleshoot.OrderLine, locale string, now time.Time) (routing.Outlook, error) {
	item, err := tx.Item(line.Seller, line.SKU)
	if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
		return routing.Outlook{}, err
	}
	measured, err := tx.Measured(line.Seller, now)
	if err != nil {
		return routing.Outlook{}, err
	}
	w := routing.Waiting{Seller: line.Seller, SKU: line.SKU, Category: item.Category, Brand: item.Brand, Locale: locale, Value: line.UnitPrice, Rules: policy.Routing}
	return routing.Prospect(w, board.Queue, board.Experts, measured, now), nil
}

// outlookOf is what a session that waits can expect; nothing where it rings, since an expert is about to answer.
func outlookOf(tx *store.Tx, s troubleshoot.Session, line troubleshoot.OrderLine, now time.Time) (*routing.Outlook, error) {
	if s.Ringing.At.IsSet() {
		return &routing.Outlook{Position: 1}, nil
	}
	board, err := tx.RecentBoard(now)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(board.Queue, func(w routing.Waiting) bool { return w.Session == s.ID }) {
		o := board.Outlooks()[s.ID]
		return &o, nil
	}
	epoch, err := tx.LiveEpoch(s.Seller) // it came after the board was read
	if err != nil {
		return nil, err
	}
	o, err := prospect(tx, board, epoch.Policy, line, s.Locale, now)
	return &o, err
}
