//go:build unix

package storetest

import (
	"os"
	"syscall"
)

// runAs makes a process group of its own, so that Ctrl-C reaches only the tests and the server is then stopped in order.
func runAs(uid, gid int) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if uid != os.Getuid() {
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	return attr
}
