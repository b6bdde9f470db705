package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// benchStart measures a real process: from its start on an empty database to its first answer, and what it holds idle.
func benchStart(ctx context.Context, dir, binary string, rounds int) error {
	if binary == "" {
		return errors.New("needs -binary, a built fixfirst")
	}
	var first, resident spread
	for round := range rounds + 1 {
		ms, mib, err := startOnce(ctx, filepath.Join(dir, fmt.Sprintf("start-%d.db", round)), binary)
		if err != nil {
			return err
		}
		if round > 0 {
			first, resident = append(first, ms), append(resident, mib)
		}
	}
	fmt.Printf("start to first answer on an empty database, ms: %s   at most 150\nresident when idle, MiB: %s   at most 45\n", first, resident)
	return nil
}

func startOnce(ctx context.Context, db, binary string) (ms, mib float64, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, binary, "serve", "--db", "sqlite:"+db, "--listen", "127.0.0.1:0")
	out, err := c.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		err = errors.Join(err, c.Process.Signal(syscall.SIGTERM), c.Wait())
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		address, ok := strings.CutPrefix(lines.Text(), "listening on ")
		if !ok {
			continue
		}
		reply, err := http.Get(address + "/readyz")
		if err != nil {
			return 0, 0, err
		}
		ms = float64(time.Since(start).Microseconds()) / 1000
		reply.Body.Close()
		if reply.StatusCode != http.StatusOK {
			return 0, 0, fmt.Errorf("/readyz: %s", reply.Status)
		}
		mib, err = residentMiB(c.Process.Pid)
		return ms, mib, err
	}
	return 0, 0, errors.New("the server never said that it listens")
}

// residentMiB reads a process's resident memory.
func residentMiB(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("no VmRSS")
}
