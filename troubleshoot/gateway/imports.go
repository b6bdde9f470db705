package gateway

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
)

// The routes of client streams. The generated code for them reports a bad row without its number and drops the stream,
// so that nobody knows what went in; these replace it.
const (
	importIntercepts = "/v1/intercepts:import"
	importOrderLines = "/v1/orderLines:import"
	importItems      = "/v1/sellers/{seller}/items:import"
)

func (g *gateway) registerImports(returns pb.ReturnsServiceClient, sellers pb.SellersServiceClient) error {
	return errors.Join(
		g.mux.HandlePath(http.MethodPost, importItems, (&importRoute[pb.PutItemRequest, pb.ImportItemsResponse]{
			gateway: g, method: pb.SellersService_ImportItems_FullMethodName, open: sellers.ImportItems, prepare: ofSeller,
		}).serve),
		g.mux.HandlePath(http.MethodPost, importOrderLines, (&importRoute[pb.ImportOrderLinesRequest, pb.ImportOrderLinesResponse]{
			gateway: g, method: pb.ReturnsService_ImportOrderLines_FullMethodName, open: returns.ImportOrderLines,
		}).serve),
		g.mux.HandlePath(http.MethodPost, importIntercepts, (&importRoute[pb.ImportInterceptsRequest, pb.ImportInterceptsResponse]{
			gateway: g, method: pb.ReturnsService_ImportIntercepts_FullMethodName, open: returns.ImportIntercepts,
		}).serve),
	)
}

// ofSeller puts the path's seller into a row; a row that names another one is refused.
func ofSeller(row *pb.PutItemRequest, path map[string]string) *mistake {
	if row.GetSeller() != "" && row.GetSeller() != path["seller"] {
		return &mistake{field: "seller", cause: fmt.Sprintf("the path says %s, leave it out or say the same", path["seller"])}
	}
	row.Seller = path["seller"]
	return nil
}

// importRoute sends the rows of a body, one JSON object a line, on a client stream of Q answered by R.
type importRoute[Q, R any] struct {
	gateway *gateway
	method  string
	open    func(context.Context, ...grpc.CallOption) (grpc.ClientStreamingClient[Q, R], error)
	prepare func(row *Q, path map[string]string) *mistake // may be nil
}

// badRow stops an import.
type badRow struct {
	row    int // from 1; blank lines do not count
	reason string
	mistake
}

// serve answers the stream's reply. At a row that cannot be read it stops: the rows before it stay in, and the error
// says so, names row, field and cause, and carries the stream's reply about the rows before among its details.
func (i *importRoute[Q, R]) serve(w http.ResponseWriter, r *http.Request, path map[string]string) {
	// net/http cancels the request's context when a read fails, but the rows before must be answered for all the same.
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	stall := newStallGuard(i.gateway.rowTimeout, cancel)
	defer stall.timer.Stop()
	refuse := func(err error) { i.gateway.answer(w, r, stall.status(err)) }
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // the reply comes when all rows are in, however many
	ctx, err := runtime.AnnotateContext(ctx, i.gateway.mux, r, i.method)
	if err != nil {
		refuse(err)
		return
	}
	ended := context.AfterFunc(r.Context(), cancel) // until the stream is open there is nothing to answer for
	stream, err := i.open(ctx)
	ended()
	if err != nil {
		refuse(err)
		return
	}
	stall.renew()
	sent, bad := i.send(w, r, path, stream, stall)
	stall.renew()
	reply, err := stream.CloseAndRecv()
	if err != nil {
		refuse(err)
		return
	}
	if bad != nil {
		i.gateway.answer(w, r, with(bad.status(sent), protoadapt.MessageV1Of(any(reply).(proto.Message))))
		return
	}
	data, err := i.gateway.json.Marshal(reply)
	if err != nil {
		i.gateway.answer(w, r, status.New(codes.Internal, "internal error"))
		return
	}
	write(w, mediaJSON, data)
}

// send passes rows on until the body ends, a row is bad or the server has had enough; the reply says which.
func (i *importRoute[Q, R]) send(w http.ResponseWriter, r *http.Request, path map[string]string,
	stream grpc.ClientStreamingClient[Q, R], stall *stallGuard) (int, *badRow) {
	in := &rowReader{body: r.Body, control: http.NewResponseController(w), timeout: i.gateway.rowTimeout, fresh: true}
	rows := bufio.NewScanner(in)
	rows.Buffer(make([]byte, 0, 64<<10), maxRow)
	rows.Split(in.line)
	sent := 0
	for rows.Scan() {
		line := bytes.TrimSpace(rows.Bytes())
		if len(line) == 0 {
			continue
		}
		in.fresh = true
		row := new(Q)
		if err := strictJSON.Unmarshal(line, any(row).(proto.Message)); err != nil {
			m := describe(line, err)
			m.line = 0 // it is the row that counts
			return sent, &badRow{row: sent + 1, reason: "INVALID_ROW", mistake: m}
		}
		if i.prepare != nil {
			if m := i.prepare(row, path); m != nil {
				return sent, &badRow{row: sent + 1, reason: "INVALID_ROW", mistake: *m}
			}
		}
		stall.renew()
		if err := stream.Send(row); err != nil {
			return sent, nil // CloseAndRecv tells why
		}
		sent++
	}
	return sent, brokenOff(rows.Err(), sent)
}

// stallLimit is how many times as long as a sender for a row an import may stand still before it is ended: 4.8 minutes.
// Rows that are on the way to the database may be many when the last one has been sent.
const stallLimit = 32

// stallGuard ends an import whose server neither takes a row nor answers.
type stallGuard struct {
	limit   time.Duration
	timer   *time.Timer
	stalled atomic.Bool
}

// newStallGuard starts with the opening of the stream, which may last as long as a row.
func newStallGuard(rowTimeout time.Duration, end func()) *stallGuard {
	s := &stallGuard{limit: stallLimit * rowTimeout}
	s.timer = time.AfterFunc(rowTimeout, func() {
		s.stalled.Store(true)
		end()
	})
	return s
}

// renew gives the next step its time. An import that has stalled already stays so.
func (s *stallGuard) renew() { s.timer.Reset(s.limit) }

// status is the error of the stream, in words of its own where the guard ended it.
func (s *stallGuard) status(err error) *status.Status {
	if s.stalled.Load() && status.Code(err) == codes.Canceled {
		return refuse(codes.DeadlineExceeded, "IMPORT_STALLED",
			"the import did not get on; which rows went in is not known: send the whole file again, what is in already does no harm")
	}
	return status.Convert(err)
}

// brokenOff says why there were no more rows, nil at the end of the body.
func brokenOff(err error, sent int) *badRow {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bufio.ErrTooLong):
		return &badRow{row: sent + 1, reason: "ROW_TOO_LARGE", mistake: mistake{cause: fmt.Sprintf("the row is longer than %d bytes", maxRow)}}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &badRow{row: sent + 1, reason: "BODY_TOO_SLOW", mistake: mistake{cause: "the row came too slowly: send each within " + readTimeout.String()}}
	}
	return &badRow{row: sent + 1, reason: "CONNECTION_BROKEN", mistake: mistake{cause: "the body ended before its declared length"}}
}

func (b *badRow) status(sent int) *status.Status {
	message := fmt.Sprintf("row %d: %s; %s", b.row, b.mistake, whatStays(sent))
	s := refuse(codes.InvalidArgument, b.reason, message)
	field := fmt.Sprintf("rows[%d]", b.row)
	if b.field != "" {
		field += "." + b.field
	}
	return with(s, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field, Description: b.cause}}})
}

func whatStays(sent int) string {
	if sent == 0 {
		return "nothing was imported"
	}
	return fmt.Sprintf("rows 1 to %d were taken and stay in (details say what became of them): "+
		"mend the row and send the whole file again, what is in already does no harm", sent)
}

// rowReader gives each row its own read deadline: a sender that trickles does not hold the connection, one that is
// quick may send for hours.
type rowReader struct {
	body    io.Reader
	control *http.ResponseController
	timeout time.Duration
	fresh   bool // a row came since the deadline was set
	broken  bool // the body did not end, it broke off
}

// Read reads from the body.
func (r *rowReader) Read(p []byte) (int, error) {
	if r.fresh {
		if err := r.control.SetReadDeadline(time.Now().Add(r.timeout)); err != nil {
			return 0, err
		}
		r.fresh = false
	}
	n, err := r.body.Read(p)
	r.broken = err != nil && !errors.Is(err, io.EOF)
	return n, err
}

// line is bufio.ScanLines, but for the rest of a body that broke off: half a row is no row.
func (r *rowReader) line(data []byte, atEnd bool) (int, []byte, error) {
	if r.broken && bytes.IndexByte(data, '\n') < 0 {
		return len(data), nil, nil
	}
	return bufio.ScanLines(data, atEnd)
}
