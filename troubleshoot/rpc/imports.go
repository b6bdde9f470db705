package rpc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/store"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/intercept"
)

// importBatch is how many rows of an import share a transaction: some milliseconds of the one writer, so that a shopper's
// intercept never waits long behind it.
const importBatch = 100

// importRows reads a stream to its end and keeps its good rows in batches, so that what was acknowledged by one batch
// survives whatever comes after it. Rows that parse refuses are named and passed over; keep must be idempotent.
func importRows[Req proto.Message, Row any](ctx context.Context, receive func() (Req, error),
	parse func(Req) (Row, error), keep func(context.Context, []Row) error) ([]*pb.RowRefusal, int, error) {
	var refusals []*pb.RowRefusal
	refused := 0
	batch := make([]Row, 0, importBatch)
	for n := int64(1); ; n++ {
		req, err := receive()
		if errors.Is(err, io.EOF) {
			return refusals, refused, keep(ctx, batch)
		}
		if err != nil {
			return refusals, refused, errors.Join(keep(ctx, batch), err)
		}
		row, err := parse(req)
		if err != nil {
			if troubleshoot.CodeOf(err) != troubleshoot.InvalidArgument {
				return refusals, refused, err
			}
			if refused++; len(refusals) < troubleshoot.MaxRefusals {
				refusals = append(refusals, refusal(n, err))
			}
			continue
		}
		if batch = append(batch, row); len(batch) == importBatch {
			if err := keep(ctx, batch); err != nil {
				return refusals, refused, err
			}
			batch = batch[:0]
		}
	}
}

// refusal names what is wrong with a row.
func refusal(row int64, err error) *pb.RowRefusal {
	var e *troubleshoot.Error
	if errors.As(err, &e) && len(e.Violations) > 0 {
		return &pb.RowRefusal{Row: row, Field: e.Violations[0].Field, Cause: e.Violations[0].Description}
	}
	return &pb.RowRefusal{Row: row, Cause: err.Error()}
}

// ImportOrderLines keeps what was sold.
func (s *Returns) ImportOrderLines(stream grpc.ClientStreamingServer[pb.ImportOrderLinesRequest, pb.ImportOrderLinesResponse]) error {
	type row struct {
		line    troubleshoot.OrderLine
		ordered time.Time
		shopper string
	}
	reply := &pb.ImportOrderLinesResponse{}
	amounts := map[string]int64{}
	parse := func(req *pb.ImportOrderLinesRequest) (row, error) {
		if err := Validate(req); err != nil {
			return row{}, err
		}
		line, err := orderLineFromProto(req.GetOrderLine(), "orderLine")
		return row{line, timeFromProto(req.GetOrderTime()), req.GetShopper()}, err
	}
	keep := func(ctx context.Context, rows []row) error {
		kept := make([]bool, len(rows))
		err := s.store.UpdateBulk(ctx, func(tx *store.Tx) (err error) {
			for n, r := range rows {
				if kept[n], err = tx.KeepOrderLine(r.line, r.ordered, r.shopper); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for n, r := range rows {
			if !kept[n] {
				reply.Duplicates++
				continue
			}
			reply.Imported++
			reply.Units += r.line.Quantity
			amounts[r.line.UnitPrice.Currency] += r.line.Quantity * r.line.UnitPrice.Minor
		}
		return nil
	}
	refusals, refused, err := importRows(stream.Context(), stream.Recv, parse, keep)
	if err != nil {
		return err
	}
	reply.Refused, reply.Refusals, reply.Amounts = int32(refused), refusals, moneyByCurrency(amounts)
	return stream.SendAndClose(reply)
}

// ImportIntercepts loads past intercepts with their own times, arms and outcomes.
func (s *Returns) ImportIntercepts(stream grpc.ClientStreamingServer[pb.ImportInterceptsRequest, pb.ImportInterceptsResponse]) error {
	reply := &pb.ImportInterceptsResponse{}
	now := s.now()
	parse := func(req *pb.ImportInterceptsRequest) (*pastRow, error) {
		if err := Validate(req); err != nil {
			return nil, err
		}
		return pastFromProto(req, now)
	}
	keep := func(ctx context.Context, rows []*pastRow) error {
		var imported int
		err := s.store.UpdateBulk(ctx, func(tx *store.Tx) error {
			imported = 0
			slices.SortStableFunc(rows, func(a, b *pastRow) int { // in one order everywhere, so that nobody waits in a circle
				x, y := a.intercept.Line, b.intercept.Line
				return cmp.Or(cmp.Compare(x.Seller, y.Seller), cmp.Compare(x.OrderID, y.OrderID), cmp.Compare(x.LineID, y.LineID))
			})
			epochs := map[string]place{}
			for _, r := range rows {
				new, err := keepPast(tx, r, epochs, now)
				if err != nil {
					return fmt.Errorf("import %s: %w", r.intercept.Line, err)
				}
				if new {
					imported++
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		reply.Imported += int32(imported)
		reply.Duplicates += int32(len(rows) - imported)
		return nil
	}
	refusals, refused, err := importRows(stream.Context(), stream.Recv, parse, keep)
	if err != nil {
		return err
	}
	reply.Refused, reply.Refusals = int32(refused), refusals
	return stream.SendAndClose(reply)
}

// place is where a seller's history goes.
type place struct {
	seller troubleshoot.Seller
	epoch  troubleshoot.Epoch
}

// keepPast stores one past intercept with the facts of its outcome, in the seller's history epoch.
func keepPast(tx *store.Tx, r *pastRow, places map[string]place, now time.Time) (bool, error) {
	seller := r.intercept.Line.Seller
	at, ok := places[seller]
	if !ok {
		var err error
		if at.epoch, err = tx.HistoryEpoch(seller, now); err != nil {
			return false, err
		}
		if at.seller, err = tx.Seller(seller); err != nil {
			return false, err
		}
		places[seller] = at
	}
	item, err := tx.Item(seller, r.intercept.Line.SKU)
	if err != nil && troubleshoot.CodeOf(err) != troubleshoot.NotFound {
		return false, err
	}
	i := placed(r.intercept, at.seller, at.epoch, item)
	i.ID, i.Why = store.NewID(i.CreateTime), intercept.WhyImportedHistory
	past := store.PastIntercept{Intercept: i, Return: r.returned}
	if r.session != nil {
		session := *r.session
		session.ID, session.Intercept = store.NewID(i.CreateTime), i.ID
		past.Session = &session
	}
	return tx.KeepHistory(past)
}
