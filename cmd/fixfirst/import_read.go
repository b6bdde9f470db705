package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Formats of files.
const (
	formatCSV    = "csv"
	formatNDJSON = "ndjson"
)

// maxRowBytes bounds a row of a file; the server takes no longer ones.
const maxRowBytes = 1 << 20

// refusedRow names a row that did not go in.
type refusedRow struct {
	File  string `json:"file"`
	Row   int64  `json:"row"`
	Field string `json:"field,omitempty"`
	Cause string `json:"cause"`
}

// readRow is what a reader makes of one row: a message, or why there is none, or neither where filters pass over it.
type readRow struct {
	number  int64
	message proto.Message
	refused *refusedRow
}

// rowReader reads a file row by row, in bounded memory. After io.EOF there is no more; another error ends the file.
type rowReader interface{ next() (readRow, error) }

func (o *importOptions) newReader(file, format string, in io.Reader) (rowReader, error) {
	if format == formatNDJSON {
		if len(o.columns)+len(o.negate)+len(o.only)+len(o.skip) > 0 {
			return nil, usageError{fmt.Errorf("%s: --column, --negate, --only and --skip are for CSV; NDJSON has its own field names", file)}
		}
		return &jsonRows{options: o, file: path.Base(file), in: bufio.NewReaderSize(in, 64<<10)}, o.mapping.checkNames(nil)
	}
	return o.newCSVRows(file, in)
}

// jsonRows reads NDJSON; a row's number is its line.
type jsonRows struct {
	options *importOptions
	file    string
	in      *bufio.Reader
	line    int64
}

func (r *jsonRows) next() (readRow, error) {
	for {
		text, tooLong, err := r.readLine()
		if err != nil {
			return readRow{}, err
		}
		r.line++
		row := readRow{number: r.line, message: r.options.row.ProtoReflect().New().Interface()}
		if text = bytes.TrimSpace(text); len(text) == 0 && !tooLong {
			continue
		}
		if tooLong {
			row.refused = &refusedRow{Cause: fmt.Sprintf("is longer than %d bytes", maxRowBytes)}
		} else if err := protojson.Unmarshal(text, row.message); err != nil {
			row.refused = &refusedRow{Cause: plainJSONError(err)}
		} else {
			row.refused = r.options.mapping.setConstants(row.message.ProtoReflect(), r.value)
		}
		return row, nil
	}
}

// value is what {row} and {file} stand for.
func (r *jsonRows) value(name string) string {
	if name == "file" {
		return r.file
	}
	return strconv.FormatInt(r.line, 10)
}

// readLine gives a line; of one that is too long it keeps nothing.
func (r *jsonRows) readLine() (line []byte, tooLong bool, err error) {
	for {
		part, err := r.in.ReadSlice('\n')
		if len(line)+len(part) > maxRowBytes {
			line, tooLong = nil, true
		} else if !tooLong {
			line = append(line, part...)
		}
		switch {
		case err == nil, errors.Is(err, io.EOF) && (len(line) > 0 || tooLong):
			return line, tooLong, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, err
		}
	}
}

// plainJSONError takes the library's name and its changing spaces out of an error.
func plainJSONError(err error) string {
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	return strings.TrimSpace(strings.TrimPrefix(text, "proto:"))
}

// csvRows reads CSV with a header; rows count from 1 after it.
type csvRows struct {
	options *importOptions
	file    string
	reader  *csv.Reader
	bound   *boundReader
	header  []string
	paths   []fieldPath // by column; without a name where a column is not used
	number  int64
	only    []cellFilter
	skip    []cellFilter
}

// cellFilter is a filter with the index of its column.
type cellFilter struct {
	at int
	filter
}

func (o *importOptions) newCSVRows(file string, in io.Reader) (*csvRows, error) {
	bound := &boundReader{in: in}
	r := &csvRows{options: o, file: path.Base(file), reader: csv.NewReader(bound), bound: bound}
	r.reader.ReuseRecord = true
	header, err := r.reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is empty; its first line must name the columns", file)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	r.header = slices.Clone(header)
	r.header[0] = strings.TrimPrefix(r.header[0], "\uFEFF")
	for column := range o.mapping.columns {
		if !slices.Contains(r.header, column) {
			return nil, usageError{fmt.Errorf("--column %s=%s: %s has no such column; it has %s", o.mapping.columns[column].name, column, file, strings.Join(r.header, ", "))}
		}
	}
	if err := o.mapping.checkNames(r.header); err != nil {
		return nil, err
	}
	r.paths = make([]fieldPath, len(r.header))
	used := len(o.mapping.constants)
	for n, column := range r.header {
		if p, ok := o.mapping.ofColumn(column); ok {
			r.paths[n] = p
			used++
		}
	}
	if used == 0 {
		return nil, usageError{fmt.Errorf("%s has the columns %s, and none is a path such as %s; say what they are with --column PATH=COLUMN",
			file, strings.Join(r.header, ", "), strings.Join(jsonNames(o.mapping.message), ", "))}
	}
	if r.only, err = r.filters("only", o.onlyWhere); err != nil {
		return nil, err
	}
	r.skip, err = r.filters("skip", o.skipWhere)
	return r, err
}

func (r *csvRows) filters(flag string, where []filter) ([]cellFilter, error) {
	var all []cellFilter
	for _, f := range where {
		at := slices.Index(r.header, f.column)
		if at < 0 {
			return nil, usageError{fmt.Errorf("--%s %s: %s has no such column; it has %s", flag, f.column, r.file, strings.Join(r.header, ", "))}
		}
		all = append(all, cellFilter{at, f})
	}
	return all, nil
}

func (r *csvRows) next() (readRow, error) {
	r.bound.read = 0
	cells, err := r.reader.Read()
	if errors.Is(err, io.EOF) {
		return readRow{}, err
	}
	r.number++
	row := readRow{number: r.number}
	var malformed *csv.ParseError
	if errors.As(err, &malformed) {
		row.refused = &refusedRow{Cause: fmt.Sprintf("line %d, column %d: %s", malformed.Line, malformed.Column, malformed.Err)}
		return row, nil
	}
	if err != nil {
		return row, fmt.Errorf("row %d: %w", r.number, err)
	}
	if !r.taken(cells) {
		return row, nil
	}
	row.message = r.options.row.ProtoReflect().New().Interface()
	row.refused = r.fill(row.message, cells)
	return row, nil
}

func (r *csvRows) taken(cells []string) bool {
	matches := func(f cellFilter) bool { return f.matches(cells[f.at]) }
	if len(r.only) > 0 && !slices.ContainsFunc(r.only, matches) {
		return false
	}
	return !slices.ContainsFunc(r.skip, matches)
}

func (r *csvRows) fill(message proto.Message, cells []string) *refusedRow {
	row := message.ProtoReflect()
	for n, cell := range cells {
		if r.paths[n].name == "" {
			continue
		}
		if err := r.paths[n].set(row, cell, r.options.timeLayout); err != nil {
			return &refusedRow{Field: r.paths[n].name, Cause: err.Error()}
		}
	}
	return r.options.mapping.setConstants(row, func(name string) string {
		switch at := slices.Index(r.header, name); {
		case at >= 0:
			return cells[at]
		case name == "file":
			return r.file
		}
		return strconv.FormatInt(r.number, 10)
	})
}

// boundReader ends a CSV row that does not end by itself, as after a quote that nobody closed.
type boundReader struct {
	in   io.Reader
	read int // bytes since the row began
}

func (b *boundReader) Read(p []byte) (int, error) {
	if b.read > maxRowBytes {
		return 0, fmt.Errorf("is longer than %d bytes; is a quote not closed?", maxRowBytes)
	}
	n, err := b.in.Read(p)
	b.read += n
	return n, err
}
