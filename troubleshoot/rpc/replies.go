package rpc

import (
	"cmp"
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
)

// PutReply creates or replaces a ready reply.
func (s *Experts) PutReply(ctx context.Context, req *pb.PutReplyRequest) (*pb.Reply, error) {
	now := s.now().UTC()
	r := troubleshoot.Reply{Seller: req.GetSeller(), ID: req.GetReply(), Title: req.GetTitle(), Texts: req.GetTexts(), UpdateTime: now}
	if err := r.Check(); err != nil {
		return nil, err
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.EnsureSeller(r.Seller, now); err != nil {
			return err
		}
		return tx.PutReply(r)
	})
	if err != nil {
		return nil, err
	}
	return replyToProto(r), nil
}

// GetReply returns a ready reply.
func (s *Experts) GetReply(ctx context.Context, req *pb.GetReplyRequest) (*pb.Reply, error) {
	var r troubleshoot.Reply
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		r, err = tx.Reply(req.GetSeller(), req.GetReply())
		return err
	})
	if err != nil {
		return nil, err
	}
	return replyToProto(r), nil
}

// ListReplies lists a seller's ready replies by id.
func (s *Experts) ListReplies(ctx context.Context, req *pb.ListRepliesRequest) (*pb.ListRepliesResponse, error) {
	limit := pageSize(req.GetPageSize())
	after, err := pageToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	var replies []troubleshoot.Reply
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		replies, err = tx.Replies(req.GetSeller(), after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	page := &pb.ListRepliesResponse{}
	replies, page.NextPageToken = onePage(replies, limit, func(r troubleshoot.Reply) string { return r.ID })
	for _, r := range replies {
		page.Replies = append(page.Replies, replyToProto(r))
	}
	return page, nil
}

// DeleteReply removes a ready reply.
func (s *Experts) DeleteReply(ctx context.Context, req *pb.GetReplyRequest) (*emptypb.Empty, error) {
	err := s.store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteReply(req.GetSeller(), req.GetReply()) })
	return &emptypb.Empty{}, err
}

func replyToProto(r troubleshoot.Reply) *pb.Reply {
	return &pb.Reply{Name: sellerName(r.Seller) + "/replies/" + r.ID, Title: r.Title, Texts: r.Texts, UpdateTime: timeToProto(r.UpdateTime)}
}

// readyReply gives the text of a ready reply for a session, its variables filled in, in the shopper's language.
func readyReply(tx *store.Tx, session troubleshoot.Session, expert, id string) (string, error) {
	r, err := tx.Reply(session.Seller, id)
	if err != nil {
		return "", err
	}
	i, err := tx.Intercept(session.Intercept)
	if err != nil {
		return "", err
	}
	item, err := tx.Item(session.Seller, i.Line.SKU)
	if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
		return "", err
	}
	seller, err := tx.Seller(session.Seller)
	if err != nil {
		return "", err
	}
	name := expert
	if e, err := tx.Expert(session.Expert); err == nil {
		name = cmp.Or(e.DisplayName, expert)
	} else if troubleshoot.CodeOf(err) != troubleshoot.NotFound {
		return "", err
	}
	text := r.Text(session.Locale, map[string]string{"expert.name": name, "item.sku": i.Line.SKU, "item.title": cmp.Or(item.Title, i.Line.SKU),
		"order.id": i.Line.OrderID, "refund.url": i.RefundURL, "seller.name": cmp.Or(seller.DisplayName, seller.ID), "shopper.locale": session.Locale})
	if len([]rune(text)) > troubleshoot.MaxMessage {
		return "", troubleshoot.Errorf(troubleshoot.FailedPrecondition, "reply: is longer than %d characters once its variables are filled in; shorten it", troubleshoot.MaxMessage)
	}
	return text, nil
}
