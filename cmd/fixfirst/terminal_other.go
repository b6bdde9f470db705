//go:build !unix

package main

import "os"

// columnsOf gives the usual width where terminals are not asked.
func columnsOf(_ *os.File, unknown int) int { return unknown }
