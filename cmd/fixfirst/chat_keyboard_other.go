//go:build !unix

package main

import "os"

// keyboard leaves the terminal to edit lines by itself.
func keyboard(*os.File) (restore func(), ok bool) { return nil, false }
