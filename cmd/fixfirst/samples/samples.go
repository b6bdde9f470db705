// Package samples holds the guides that `fixfirst demo` loads.
package samples

import "embed"

// Guides has the sample guides as NAME.LOCALE.md, such as kettle.en.md.
//
//go:embed *.md
var Guides embed.FS
