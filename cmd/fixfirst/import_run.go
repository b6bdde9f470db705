package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/fixfirst/fixfirst/proto/fixfirst/v1"
	"github.com/fixfirst/fixfirst/troubleshoot"
	"github.com/fixfirst/fixfirst/troubleshoot/rpc"
)

// A chunk is what one request carries. A server names no more refused rows of a stream than a chunk has, and takes no
// more bytes of return events.
const (
	chunkRows  = troubleshoot.MaxRefusals
	chunkBytes = 900 << 10
)

// chunk is rows that go in one request, with their numbers in the file.
type chunk struct {
	numbers  []int64
	messages []proto.Message
	json     [][]byte
	bytes    int
}

func (c *chunk) add(number int64, message proto.Message, json []byte) {
	c.numbers, c.messages, c.json, c.bytes = append(c.numbers, number), append(c.messages, message), append(c.json, json), c.bytes+len(json)
}

// full tells whether another row of so many bytes does not fit.
func (c *chunk) full(more int) bool {
	return len(c.numbers) == chunkRows || (len(c.numbers) > 0 && c.bytes+more > chunkBytes)
}

// money is an exact amount, as the API writes it.
type money struct {
	Amount       string `json:"amount"`
	CurrencyCode string `json:"currencyCode"`
}

// totals sums up an import.
type totals struct {
	DryRun     bool         `json:"dryRun,omitempty"`
	Imported   int64        `json:"imported"`
	Duplicates int64        `json:"duplicates"`
	Refused    int64        `json:"refused"`
	PassedOver int64        `json:"passedOver"`         // by --only, --skip and --from-row
	Units      int64        `json:"units,omitempty"`    // of order lines that went in
	Amounts    []money      `json:"amounts,omitempty"`  // likewise
	Refusals   []refusedRow `json:"refusals,omitempty"` // the first of them; stderr has all
	sums       map[string]*big.Rat
}

func newTotals() *totals { return &totals{sums: map[string]*big.Rat{}} }

// addAmount adds an amount that the server, or a check, has read already.
func (t *totals) addAmount(m *pb.Money, times int64) {
	amount, ok := new(big.Rat).SetString(m.GetAmount())
	if !ok {
		return
	}
	sum := t.sums[m.GetCurrencyCode()]
	if sum == nil {
		sum = new(big.Rat)
		t.sums[m.GetCurrencyCode()] = sum
	}
	sum.Add(sum, amount.Mul(amount, new(big.Rat).SetInt64(times)))
	t.Amounts = t.Amounts[:0]
	for code, sum := range t.sums {
		digits, err := troubleshoot.Digits(code)
		if err != nil {
			digits = 4
		}
		t.Amounts = append(t.Amounts, money{sum.FloatString(digits), code})
	}
	slices.SortFunc(t.Amounts, func(a, b money) int { return strings.Compare(a.CurrencyCode, b.CurrencyCode) })
}

func (t *totals) text() string {
	done := "imported"
	if t.DryRun {
		done = "nothing was sent; would import"
	}
	text := fmt.Sprintf("%s %d, duplicates %d, refused %d, passed over %d", done, t.Imported, t.Duplicates, t.Refused, t.PassedOver)
	if t.Units > 0 {
		text += fmt.Sprintf("\nunits %d", t.Units)
	}
	for _, m := range t.Amounts {
		text += "\namount " + m.Amount + " " + m.CurrencyCode
	}
	return text
}

// importRun is one import.
type importRun struct {
	program  *program
	options  importOptions
	kind     rowKind
	ctx      context.Context // of the command
	server   *client         // nil for a dry run
	progress *progress
	started  time.Time
	rows     int64
	total    *totals
	name     string // of the file, for people
}

// file reads a file in chunks and sends each. What a chunk brought in stays in whatever comes after it.
func (i *importRun) file(name, format string) error {
	in, err := i.program.open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	i.name = name
	if name == "-" {
		i.name = "stdin"
	}
	reader, err := i.options.newReader(i.name, format, in)
	if err != nil {
		return err
	}
	done, err := i.chunks(reader)
	if errors.Is(err, io.EOF) {
		return nil
	}
	next := max(done+1, i.options.fromRow)
	return fmt.Errorf("%s: %w\n  rows before %d are done; mend the cause and go on with --from-row %d", i.name, err, next, next)
}

// chunks sends what the reader gives until it ends, with io.EOF at the end of the file. The fate of the rows up to done is
// settled.
func (i *importRun) chunks(reader rowReader) (done int64, err error) {
	pending, read := &chunk{}, int64(0)
	for {
		row, err := reader.next()
		var json []byte
		if err == nil {
			if err = i.ctx.Err(); err == nil {
				json, err = i.checked(row)
			}
		}
		if err != nil || pending.full(len(json)) {
			if sendErr := i.send(pending); sendErr != nil {
				return done, sendErr
			}
			pending, done = &chunk{}, read
		}
		if err != nil {
			return done, err
		}
		if read = row.number; json != nil {
			pending.add(row.number, row.message, json)
		}
	}
}

// checked gives a row as JSON, or nil for one that is passed over or refused.
func (i *importRun) checked(row readRow) ([]byte, error) {
	if row.number < i.options.fromRow || (row.message == nil && row.refused == nil) {
		i.total.PassedOver++
		return nil, nil
	}
	i.count(1)
	if row.refused == nil {
		row.refused = wrongRow(row.message)
	}
	if row.refused != nil {
		i.refuse(row.number, *row.refused)
		return nil, nil
	}
	json, err := protojson.Marshal(row.message)
	if err != nil {
		return nil, fmt.Errorf("row %d: %w", row.number, err)
	}
	if len(json) > maxRowBytes-1 {
		i.refuse(row.number, refusedRow{Cause: fmt.Sprintf("is longer than %d bytes", maxRowBytes)})
		return nil, nil
	}
	return json, nil
}

// wrongRow checks a row by the rules of its proto, and its amounts, in the server's own words.
func wrongRow(message proto.Message) *refusedRow {
	var wrong *troubleshoot.Error
	if err := rpc.Validate(message); errors.As(err, &wrong) && len(wrong.Violations) > 0 {
		return &refusedRow{Field: wrong.Violations[0].Field, Cause: wrong.Violations[0].Description}
	} else if err != nil {
		return &refusedRow{Cause: err.Error()}
	}
	return wrongAmount(message.ProtoReflect(), "")
}

// wrongAmount finds an amount that its currency cannot have.
func wrongAmount(message protoreflect.Message, prefix string) (wrong *refusedRow) {
	if m, ok := message.Interface().(*pb.Money); ok {
		amount, err := troubleshoot.ParseMoney(m.GetAmount(), m.GetCurrencyCode())
		if _, unknown := troubleshoot.Digits(m.GetCurrencyCode()); unknown != nil {
			return &refusedRow{Field: prefix + "currencyCode", Cause: unknown.Error()}
		}
		if err != nil {
			return &refusedRow{Field: prefix + "amount", Cause: err.Error()}
		}
		if amount.Minor < 0 {
			return &refusedRow{Field: prefix + "amount", Cause: "is negative; it must be 0 or more"}
		}
		return nil
	}
	message.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Message() != nil && !f.IsList() && !f.IsMap() {
			wrong = wrongAmount(v.Message(), prefix+f.JSONName()+".")
		}
		return wrong == nil
	})
	return wrong
}

// send sends a chunk and counts what became of its rows.
func (i *importRun) send(c *chunk) error {
	if len(c.numbers) == 0 {
		return nil
	}
	if i.server == nil {
		i.total.Imported += int64(len(c.numbers))
		for _, m := range c.messages {
			i.total.addLine(m)
		}
		return nil
	}
	refused, err := i.kind.send(i.ctx, i.server, c, i.total)
	for _, r := range refused {
		r.Row = c.numbers[r.Row]
		i.refuse(r.Row, r)
	}
	return err
}

// addLine adds up a row that was checked but not sent.
func (t *totals) addLine(message proto.Message) {
	switch m := message.(type) {
	case *pb.ImportOrderLinesRequest:
		t.Units += int64(m.GetOrderLine().GetQuantity())
		t.addAmount(m.GetOrderLine().GetUnitPrice(), int64(m.GetOrderLine().GetQuantity()))
	case *pb.ReturnEvent:
		t.Units += int64(m.GetQuantity())
	}
}

// refuse names a row that does not go in.
func (i *importRun) refuse(number int64, r refusedRow) {
	r.File, r.Row = i.name, number
	i.total.Refused++
	if len(i.total.Refusals) < troubleshoot.MaxRefusals {
		i.total.Refusals = append(i.total.Refusals, r)
	}
	field := ""
	if r.Field != "" {
		field = r.Field + ": "
	}
	fmt.Fprintf(i.program.stderr, "%s:%d: %s%s\n", r.File, r.Row, field, clean(r.Cause))
}

// count shows how many rows were read, and how quickly.
func (i *importRun) count(n int64) {
	i.rows += n
	if seconds := time.Since(i.started).Seconds(); seconds > 0 {
		i.progress.what = fmt.Sprintf("rows, %.0f rows/s ", float64(i.rows)/seconds)
	}
	i.progress.set(i.rows)
}
