//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// keyboard lets a terminal give each key at once, without showing it; Ctrl-C still interrupts. restore undoes that.
func keyboard(f *os.File) (restore func(), ok bool) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, false
	}
	keys := *before
	keys.Lflag &^= unix.ICANON | unix.ECHO | unix.IEXTEN
	keys.Cc[unix.VMIN], keys.Cc[unix.VTIME] = 1, 0
	if unix.IoctlSetTermios(fd, setTermios, &keys) != nil {
		return nil, false
	}
	return func() { _ = unix.IoctlSetTermios(fd, setTermios, before) }, true // a terminal that is gone needs no mending
}
