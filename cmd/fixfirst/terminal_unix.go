//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// columnsOf asks a terminal how wide it is.
func columnsOf(f *os.File, unknown int) int {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Col == 0 {
		return unknown
	}
	return int(size.Col)
}
