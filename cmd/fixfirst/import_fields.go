package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// fieldPath leads from a row's message to one value in it: fields, and for a map its key.
type fieldPath struct {
	name   string // as JSON: "orderLine.orderId"
	fields []protoreflect.FieldDescriptor
	key    string // of the map that the last field is
	negate bool
}

// findPath finds a JSON path; the error says what there is instead.
func findPath(message protoreflect.MessageDescriptor, name string) (fieldPath, error) {
	p := fieldPath{name: name}
	rest := name
	for {
		var first string
		first, rest, _ = strings.Cut(rest, ".")
		f := message.Fields().ByJSONName(first)
		switch {
		case f == nil:
			return p, fmt.Errorf("there is no %q in %s; use one of %s", first, name, strings.Join(jsonNames(message), ", "))
		case f.IsMap():
			p.fields, p.key = append(p.fields, f), rest
			if rest == "" || f.MapValue().Kind() != protoreflect.StringKind {
				return p, fmt.Errorf("name a key of %s, as in %s.colour", name, name)
			}
			return p, nil
		case f.IsList():
			return p, fmt.Errorf("%s is a list, which a CSV column cannot hold; use NDJSON", name)
		}
		p.fields = append(p.fields, f)
		inside := f.Message() != nil && !isTime(f.Message())
		switch {
		case rest == "" && inside:
			return p, fmt.Errorf("%s has parts; name one of %s", name, strings.Join(jsonNames(f.Message()), ", "))
		case rest == "":
			return p, nil
		case !inside:
			return p, fmt.Errorf("%q is a value and has no parts", first)
		}
		message = f.Message()
	}
}

func jsonNames(message protoreflect.MessageDescriptor) []string {
	var names []string
	for n := range message.Fields().Len() {
		names = append(names, message.Fields().Get(n).JSONName())
	}
	return names
}

func isTime(message protoreflect.MessageDescriptor) bool {
	return message.FullName() == "google.protobuf.Timestamp" || message.FullName() == "google.protobuf.Duration"
}

// set reads text by the field's type. Empty text leaves the field out.
func (p fieldPath) set(row protoreflect.Message, text, timeLayout string) error {
	if text == "" {
		return nil
	}
	if !utf8.ValidString(text) {
		return errors.New("is not UTF-8; save the file as UTF-8")
	}
	if p.negate {
		if positive, ok := strings.CutPrefix(text, "-"); ok {
			text = positive
		} else {
			text = "-" + text
		}
	}
	for _, f := range p.fields[:len(p.fields)-1] {
		row = row.Mutable(f).Message()
	}
	last := p.fields[len(p.fields)-1]
	if last.IsMap() {
		row.Mutable(last).Map().Set(protoreflect.ValueOfString(p.key).MapKey(), protoreflect.ValueOfString(text))
		return nil
	}
	value, err := parseValue(last, text, timeLayout)
	if err == nil {
		row.Set(last, value)
	}
	return err
}

func parseValue(f protoreflect.FieldDescriptor, text, timeLayout string) (protoreflect.Value, error) {
	var none protoreflect.Value
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text), nil
	case protoreflect.Int32Kind:
		if n, err := strconv.ParseInt(text, 10, 32); err == nil {
			return protoreflect.ValueOfInt32(int32(n)), nil
		}
		return none, fmt.Errorf("%q is no whole number of 32 bits", text)
	case protoreflect.BoolKind:
		if b, err := strconv.ParseBool(strings.ToLower(text)); err == nil {
			return protoreflect.ValueOfBool(b), nil
		}
		return none, fmt.Errorf("%q is neither true nor false", text)
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		if v := values.ByName(protoreflect.Name(strings.ToUpper(text))); v != nil {
			return protoreflect.ValueOfEnum(v.Number()), nil
		}
		var names []string
		for n := 1; n < values.Len(); n++ {
			names = append(names, string(values.Get(n).Name()))
		}
		return none, fmt.Errorf("%q is none of %s", text, strings.Join(names, ", "))
	case protoreflect.MessageKind:
		return parseTime(f.Message(), text, timeLayout)
	}
	return none, errors.New("cannot be read from CSV; use NDJSON")
}

func parseTime(message protoreflect.MessageDescriptor, text, layout string) (protoreflect.Value, error) {
	var none protoreflect.Value
	if message.FullName() == "google.protobuf.Duration" {
		d, err := time.ParseDuration(text)
		if err != nil {
			return none, fmt.Errorf("%q is no duration; write it like 45s", text)
		}
		return protoreflect.ValueOfMessage(durationpb.New(d).ProtoReflect()), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil && layout != "" {
		t, err = time.ParseInLocation(layout, text, time.UTC)
	}
	if err != nil {
		return none, fmt.Errorf("%q is no time; write it like 2026-10-01T12:00:00Z, or say how it is written with --time-layout", text)
	}
	return protoreflect.ValueOfMessage(timestamppb.New(t).ProtoReflect()), nil
}

// mapping says which path of a row comes from which column or text.
type mapping struct {
	message    protoreflect.MessageDescriptor
	columns    map[string]fieldPath // by column; what is not here is found by its name
	mapped     map[string]bool      // paths that columns or constants give
	constants  []constant
	negate     []string
	timeLayout string
}

// constant is a path with a text in which {row}, {file} and {COLUMN} stand for the row's own.
type constant struct {
	path  fieldPath
	texts []string // one more than names
	names []string // what stands between the texts
}

var placeholder = regexp.MustCompile(`\{([^{}]+)\}`)

func newConstant(path fieldPath, text string) constant {
	c := constant{path: path, texts: placeholder.Split(text, -1)}
	for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
		c.names = append(c.names, found[1])
	}
	return c
}

// fill writes the text for one row.
func (c constant) fill(value func(name string) string) string {
	text := c.texts[0]
	for n, name := range c.names {
		text += value(name) + c.texts[n+1]
	}
	return text
}

func newMapping(message protoreflect.MessageDescriptor, columns, constants, negate []string, timeLayout string) (mapping, error) {
	m := mapping{message: message, columns: map[string]fieldPath{}, mapped: map[string]bool{}, negate: negate, timeLayout: timeLayout}
	for _, flag := range negate {
		if _, err := findPath(message, flag); err != nil {
			return m, usageError{fmt.Errorf("--negate %s: %w", flag, err)}
		}
	}
	for _, flag := range columns {
		name, column, ok := strings.Cut(flag, "=")
		path, err := m.path(name)
		switch {
		case !ok || column == "":
			return m, usageError{fmt.Errorf("--column %q: write it like orderLine.orderId=InvoiceNo", flag)}
		case err != nil:
			return m, usageError{fmt.Errorf("--column %s: %w", flag, err)}
		case m.columns[column].name != "":
			return m, usageError{fmt.Errorf("--column %s: the column is %s already; use --set %s={%s}", flag, m.columns[column].name, name, column)}
		}
		m.columns[column], m.mapped[name] = path, true
	}
	for _, flag := range constants {
		name, text, ok := strings.Cut(flag, "=")
		path, err := m.path(name)
		switch {
		case !ok:
			return m, usageError{fmt.Errorf("--set %q: write it like orderLine.seller=acme", flag)}
		case err != nil:
			return m, usageError{fmt.Errorf("--set %s: %w", flag, err)}
		}
		m.constants, m.mapped[name] = append(m.constants, newConstant(path, text)), true
	}
	return m, nil
}

func (m mapping) path(name string) (fieldPath, error) {
	p, err := findPath(m.message, name)
	p.negate = slices.Contains(m.negate, name)
	return p, err
}

// ofColumn finds the path of a column: the mapped one, or the one of its name unless a flag gives that path.
func (m mapping) ofColumn(column string) (fieldPath, bool) {
	if p, ok := m.columns[column]; ok {
		return p, true
	}
	if m.mapped[column] {
		return fieldPath{}, false
	}
	p, err := m.path(column)
	return p, err == nil
}

// checkNames refuses names in constants that stand for nothing.
func (m mapping) checkNames(columns []string) error {
	for _, c := range m.constants {
		for _, name := range c.names {
			if name != "row" && name != "file" && !slices.Contains(columns, name) {
				return usageError{fmt.Errorf("--set %s: {%s} is neither {row}, {file} nor a column: %s", c.path.name, name, strings.Join(columns, ", "))}
			}
		}
	}
	return nil
}

// setConstants fills in what --set gives; value says what {row}, {file} and {COLUMN} are.
func (m mapping) setConstants(row protoreflect.Message, value func(name string) string) *refusedRow {
	for _, c := range m.constants {
		if err := c.path.set(row, c.fill(value), m.timeLayout); err != nil {
			return &refusedRow{Field: c.path.name, Cause: err.Error()}
		}
	}
	return nil
}

// filter is a column and the text that it must have, or begin with.
type filter struct {
	column, text string
	prefix       bool
}

func newFilters(flag string, texts []string) ([]filter, error) {
	var all []filter
	for _, t := range texts {
		column, text, ok := strings.Cut(t, "=")
		if !ok || column == "" {
			return nil, usageError{fmt.Errorf("--%s %q: write it like InvoiceNo=C*", flag, t)}
		}
		text, prefix := strings.CutSuffix(text, "*")
		all = append(all, filter{column, text, prefix})
	}
	return all, nil
}

func (f filter) matches(cell string) bool {
	return cell == f.text || (f.prefix && strings.HasPrefix(cell, f.text))
}
