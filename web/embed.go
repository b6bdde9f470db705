// Package web holds the pages. They need no build step: what lies here is what a browser loads. A file's path is its
// address, and index.html is that of its folder.
package web

import "embed"

// Files are all pages and what they load.
//
//go:embed index.html page.css analyst guide
var Files embed.FS
