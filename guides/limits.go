package guides

import "fmt"

// Limits on what Compile takes. Beyond those of the first group Compile
// returns an error; beyond those of the second the guide compiles, is cut to
// the limit, and has an ERROR finding.
const (
	MaxMarkdownBytes    = 512 << 10 // whole document, front matter included
	MaxFrontMatterBytes = 64 << 10  // between the two --- lines
	MaxNesting          = 50        // lists, items, quotes and emphasis inside one another
	MaxBlocks           = 20_000    // paragraphs, headings, items, quotes, code blocks
	MaxTableCells       = 20_000    // rows × columns, over all tables of the document
	MaxLines            = 50_000    // whole document, front matter included
	MaxInlines          = 25_000    // links, tags, code spans, stars and the like
	MaxInlineWork       = 25_000_000

	MaxTitleRunes    = 200
	MaxSKUs          = 1_000
	MaxSKURunes      = 200
	MaxCategories    = 100
	MaxCategoryRunes = 200
	MaxReasons       = 100
	MaxReasonRunes   = 100
	MaxSymptoms      = 100
	MaxSymptomRunes  = 200
	MaxTools         = 50
	MaxToolRunes     = 200
	MaxSafetyWords   = 100
	MaxSafetyRunes   = 100
	MaxMinutes       = 240
	MaxSteps         = 500
	MaxOrders        = 5_000 // steps that the lines requires: and before: name
	MaxFindings      = 200   // findings that are not errors; the rest are counted
)

// TooComplexError says that parsing was given up because the document would
// cost far more than any real guide does.
type TooComplexError struct {
	What  string // what there is too much of, plural where it counts
	Limit int
}

func (e *TooComplexError) Error() string {
	return fmt.Sprintf("too complex: %s over the limit of %d", e.What, e.Limit)
}

// TooLargeError says that the document is longer than MaxMarkdownBytes.
type TooLargeError struct{ Bytes, Limit int }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("too large: %d bytes, the limit is %d", e.Bytes, e.Limit)
}

// NotUTF8Error says where the document stops being UTF-8: Line and Column
// count from 1, Column in bytes.
type NotUTF8Error struct{ Line, Column int }

func (e *NotUTF8Error) Error() string {
	return fmt.Sprintf("not UTF-8: line %d, byte %d", e.Line, e.Column)
}
