//go:build unix && !linux && !solaris && !illumos && !aix

package main

import "golang.org/x/sys/unix"

// How the BSDs and macOS read and set a terminal's modes.
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)
