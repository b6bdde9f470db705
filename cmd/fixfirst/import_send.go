package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// sender sends a chunk and adds what became of it to the totals. Rows of the refusals are indexes into the chunk.
type sender func(context.Context, *client, *chunk, *totals) ([]refusedRow, error)

// lines is a chunk as NDJSON.
func (c *chunk) lines() *bytes.Buffer {
	var b bytes.Buffer
	b.Grow(c.bytes + len(c.json))
	for _, row := range c.json {
		b.Write(row)
		b.WriteByte('\n')
	}
	return &b
}

// atIndex turns a server's refusals, by position in the stream from 1, into indexes.
func atIndex(refusals []*pb.RowRefusal, rows int) ([]refusedRow, error) {
	var all []refusedRow
	for _, r := range refusals {
		if r.GetRow() < 1 || r.GetRow() > int64(rows) {
			return all, fmt.Errorf("the server refused row %d of %d that were sent; is it of another version?", r.GetRow(), rows)
		}
		all = append(all, refusedRow{Row: r.GetRow() - 1, Field: r.GetField(), Cause: r.GetCause()})
	}
	return all, nil
}

func sendOrderLines(ctx context.Context, server *client, c *chunk, t *totals) ([]refusedRow, error) {
	reply := &pb.ImportOrderLinesResponse{}
	if err := server.upload(ctx, "/v1/orderLines:import", c.lines(), reply); err != nil {
		return nil, err
	}
	t.Imported += int64(reply.GetImported())
	t.Duplicates += int64(reply.GetDuplicates())
	t.Units += reply.GetUnits()
	for _, m := range reply.GetAmounts() {
		t.addAmount(m, 1)
	}
	return atIndex(reply.GetRefusals(), len(c.numbers))
}

func sendIntercepts(ctx context.Context, server *client, c *chunk, t *totals) ([]refusedRow, error) {
	reply := &pb.ImportInterceptsResponse{}
	if err := server.upload(ctx, "/v1/intercepts:import", c.lines(), reply); err != nil {
		return nil, err
	}
	t.Imported += int64(reply.GetImported())
	t.Duplicates += int64(reply.GetDuplicates())
	return atIndex(reply.GetRefusals(), len(c.numbers))
}

// sendItems sends the items of each seller, in the order in which sellers come.
func sendItems(ctx context.Context, server *client, c *chunk, t *totals) ([]refusedRow, error) {
	var refused []refusedRow
	for from := 0; from < len(c.numbers); {
		seller := c.messages[from].(*pb.PutItemRequest).GetSeller()
		to, part := from, &chunk{}
		for ; to < len(c.numbers) && c.messages[to].(*pb.PutItemRequest).GetSeller() == seller; to++ {
			part.add(c.numbers[to], c.messages[to], c.json[to])
		}
		reply := &pb.ImportItemsResponse{}
		if err := server.upload(ctx, "/v1/sellers/"+url.PathEscape(seller)+"/items:import", part.lines(), reply); err != nil {
			return refused, err
		}
		t.Imported += int64(reply.GetImported())
		rows, err := atIndex(reply.GetRefusals(), len(part.numbers))
		for _, r := range rows {
			r.Row += int64(from)
			refused = append(refused, r)
		}
		if err != nil {
			return refused, err
		}
		from = to
	}
	return refused, nil
}

// eventField is how the server names a field of one of the events of a request.
var eventField = regexp.MustCompile(`^events\[(\d+)\]\.?(.*)$`)

// sendReturns records return events. There a bad event refuses the whole request, so it is taken out and the rest is sent
// again.
func sendReturns(ctx context.Context, server *client, c *chunk, t *totals) ([]refusedRow, error) {
	var refused []refusedRow
	out := map[int]bool{}
	for {
		req, at := &pb.RecordReturnsRequest{}, []int{}
		for n, m := range c.messages {
			if !out[n] {
				req.Events, at = append(req.Events, m.(*pb.ReturnEvent)), append(at, n)
			}
		}
		if len(at) == 0 {
			return refused, nil
		}
		reply := &pb.RecordReturnsResponse{}
		err := server.call(ctx, http.MethodPost, "/v1/returns:record", req, reply)
		if err == nil {
			t.Imported += int64(reply.GetRecorded())
			t.Duplicates += int64(reply.GetDuplicates())
			return refused, nil
		}
		bad := badEvents(err, at)
		if len(bad) == 0 {
			return refused, err
		}
		for _, r := range bad {
			if !out[int(r.Row)] {
				refused = append(refused, r)
			}
			out[int(r.Row)] = true
		}
	}
}

// badEvents gives the events that the server names, as indexes into the chunk; at has those of the request's events.
func badEvents(err error, at []int) []refusedRow {
	var answered *apiError
	if !errors.As(err, &answered) || answered.status != http.StatusBadRequest {
		return nil
	}
	var bad []refusedRow
	for _, v := range answered.violations {
		found := eventField.FindStringSubmatch(v.Field)
		if found == nil {
			continue
		}
		if n, err := strconv.Atoi(found[1]); err == nil && n < len(at) {
			bad = append(bad, refusedRow{Row: int64(at[n]), Field: found[2], Cause: v.Description})
		}
	}
	return bad
}
