//go:build linux || solaris || illumos || aix

package main

import "golang.org/x/sys/unix"

// How Linux and System V read and set a terminal's modes.
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)
