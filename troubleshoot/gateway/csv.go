package gateway

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// csvCodec writes messages that are tables as CSV (RFC 4180) and all others as JSON, which it reads too.
type csvCodec struct{ *codec }

// ContentType is that of what Marshal makes of v.
func (c *csvCodec) ContentType(v any) string {
	if tableOf(v) == nil {
		return c.codec.ContentType(v)
	}
	return "text/csv; charset=utf-8"
}

// Marshal writes a header line and a line for each row; where rows have parts, such as the steps of a guide, a line for
// each part, with the row's own cells again.
func (c *csvCodec) Marshal(v any) ([]byte, error) {
	list := tableOf(v)
	if list == nil {
		return c.codec.Marshal(v)
	}
	rows := v.(proto.Message).ProtoReflect().Get(list).List()
	var out bytes.Buffer
	if err := writeTable(&out, list.Message(), rowMessages(rows)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func writeTable(out io.Writer, d protoreflect.MessageDescriptor, rows []protoreflect.Message) error {
	w := csv.NewWriter(out)
	columns, of := columnsOf(d, rows, ""), partsOf(d)
	var ofParts []column
	if of != nil {
		var parts []protoreflect.Message
		for _, row := range rows {
			parts = append(parts, rowMessages(row.Get(of).List())...)
		}
		ofParts = columnsOf(of.Message(), parts, of.JSONName()+".")
	}
	cells := make([]string, len(columns)+len(ofParts))
	for i, c := range slices.Concat(columns, ofParts) {
		cells[i] = inert(c.name)
	}
	if err := w.Write(cells); err != nil {
		return err
	}
	for _, row := range rows {
		for i, c := range columns {
			cells[i] = c.cell(row)
		}
		parts := []protoreflect.Message{nil}
		if of != nil && row.Get(of).List().Len() > 0 {
			parts = rowMessages(row.Get(of).List())
		}
		for _, part := range parts {
			for i, c := range ofParts {
				cells[len(columns)+i] = ""
				if part != nil {
					cells[len(columns)+i] = c.cell(part)
				}
			}
			if err := w.Write(cells); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return w.Error()
}

// partsOf finds the list of messages that a row has, if any.
func partsOf(d protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	for i := range d.Fields().Len() {
		if f := d.Fields().Get(i); f.IsList() && f.Message() != nil {
			return f
		}
	}
	return nil
}

// tableOf finds the field that holds a table, the repeated message "rows". A page of a list stays JSON, because CSV has
// no place for the token of the next page.
func tableOf(v any) protoreflect.FieldDescriptor {
	m, ok := v.(proto.Message)
	if !ok {
		return nil
	}
	fields := m.ProtoReflect().Descriptor().Fields()
	if f := fields.ByName("rows"); f != nil && f.IsList() && f.Message() != nil {
		return f
	}
	return nil
}

// column is one scalar of a row.
type column struct {
	name string // "returnRateAvoided.estimate"
	cell func(row protoreflect.Message) string
}

// columnsOf lists the scalars of a message, those of its messages after a dot, and the keys of its maps, sorted. Lists
// of scalars are one column; lists of messages have no columns here.
func columnsOf(d protoreflect.MessageDescriptor, rows []protoreflect.Message, prefix string) []column {
	var all []column
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		name := prefix + f.JSONName()
		switch {
		case f.IsMap():
			all = append(all, mapColumns(f, rows, name)...)
		case f.IsList():
			if f.Message() == nil {
				all = append(all, column{name, func(row protoreflect.Message) string { return inert(joined(f, row.Get(f).List())) }})
			}
		case f.Message() != nil && !isTime(f.Message()):
			for _, c := range columnsOf(f.Message(), nested(f, rows), name+".") {
				all = append(all, column{c.name, func(row protoreflect.Message) string {
					if !row.Has(f) {
						return ""
					}
					return c.cell(row.Get(f).Message())
				}})
			}
		default:
			all = append(all, column{name, func(row protoreflect.Message) string {
				if f.HasPresence() && !row.Has(f) {
					return ""
				}
				return scalar(f, row.Get(f))
			}})
		}
	}
	return all
}

func mapColumns(f protoreflect.FieldDescriptor, rows []protoreflect.Message, name string) []column {
	if f.MapValue().Message() != nil {
		return nil
	}
	keys := map[string]protoreflect.MapKey{}
	for _, row := range rows {
		for k := range row.Get(f).Map().Range {
			keys[k.String()] = k
		}
	}
	sorted := make([]string, 0, len(keys))
	for k := range keys {
		sorted = append(sorted, k)
	}
	slices.Sort(sorted)
	columns := make([]column, len(sorted))
	for i, k := range sorted {
		columns[i] = column{name + "." + k, func(row protoreflect.Message) string {
			if v := row.Get(f).Map().Get(keys[k]); v.IsValid() {
				return scalar(f.MapValue(), v)
			}
			return ""
		}}
	}
	return columns
}

func rowMessages(list protoreflect.List) []protoreflect.Message {
	all := make([]protoreflect.Message, list.Len())
	for i := range all {
		all[i] = list.Get(i).Message()
	}
	return all
}

func nested(f protoreflect.FieldDescriptor, rows []protoreflect.Message) []protoreflect.Message {
	var all []protoreflect.Message
	for _, row := range rows {
		if row.Has(f) {
			all = append(all, row.Get(f).Message())
		}
	}
	return all
}

func joined(f protoreflect.FieldDescriptor, list protoreflect.List) string {
	parts := make([]string, list.Len())
	for i := range parts {
		parts[i] = bare(f, list.Get(i))
	}
	return strings.Join(parts, "; ")
}

// scalar is a cell: numbers as they are, text made inert.
func scalar(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	return inert(bare(f, v))
}

func bare(f protoreflect.FieldDescriptor, v protoreflect.Value) string {
	switch f.Kind() {
	case protoreflect.EnumKind:
		if e := f.Enum().Values().ByNumber(v.Enum()); e != nil {
			return string(e.Name())
		}
		return strconv.Itoa(int(v.Enum()))
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return number(v.Float())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return timeCell(v.Message().Interface())
	}
	return v.String()
}

func number(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	if abs := math.Abs(x); abs != 0 && (abs < 1e-9 || abs >= 1e21) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

func isTime(d protoreflect.MessageDescriptor) bool {
	return d.FullName() == "google.protobuf.Timestamp" || d.FullName() == "google.protobuf.Duration"
}

// timeCell writes times in RFC 3339 and durations in seconds.
func timeCell(m proto.Message) string {
	switch t := m.(type) {
	case *timestamppb.Timestamp:
		return t.AsTime().Format(time.RFC3339Nano)
	case *durationpb.Duration:
		return number(t.AsDuration().Seconds())
	}
	return ""
}

var plainNumber = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// inert keeps spreadsheets from running a cell as a formula: what begins like one and is no number gets a leading
// apostrophe (OWASP, "CSV Injection").
func inert(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) || plainNumber.MatchString(cell) {
		return cell
	}
	return "'" + cell
}
