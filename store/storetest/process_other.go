//go:build !unix

package storetest

import "syscall"

func runAs(int, int) *syscall.SysProcAttr { return nil }
