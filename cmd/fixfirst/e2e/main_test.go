// Package e2e_test runs the built program as its users do: REST and gRPC over loopback against the real binary.
//
// The plain tests take a few minutes. FIXFIRST_FULL=1 runs them at the size that the goals name, FIXFIRST_KILLS=200 sets
// the number of kill -9, FIXFIRST_RACE=1 builds the binary with the race detector, and FIXFIRST_BINARY=PATH tests one that is
// built already.
package e2e_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fixfirst/fixfirst/store/storetest"
)

// startLimit bounds the wait for a server's first answer; with the race detector on a busy machine it takes seconds.
const startLimit = 30 * time.Second

// binary is the program under test.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "fixfirst-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binary = os.Getenv("FIXFIRST_BINARY"); binary != "" {
		return m.Run()
	}
	binary = filepath.Join(dir, "fixfirst")
	args := []string{"build", "-o", binary}
	if os.Getenv("FIXFIRST_RACE") != "" {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "github.com/fixfirst/fixfirst/cmd/fixfirst")...)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// full tells whether the tests run at the size that the goals name.
func full() bool { return os.Getenv("FIXFIRST_FULL") != "" }

// sized gives the plain size of a test, or the full one.
func sized(plain, whole int) int {
	if full() {
		return whole
	}
	return plain
}

// environment reads a number from the environment.
func environment(t *testing.T, name string, absent int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// server is one running fixfirst serve.
type server struct {
	*client          // with the first admin key
	db, grpc, errors string
	cmd              *exec.Cmd
	exited           chan struct{} // closed when the process has ended
}

// fixedSecret makes arms the same in every run: a test of chance must not fail by chance.
const fixedSecret = "FIXFIRST_SECRET=Zml4Zmlyc3QgYWNjZXB0YW5jZSB0ZXN0cyBzZWNyZXQ="

// serveSQLite starts a server on an empty SQLite database.
func serveSQLite(t *testing.T) *server {
	t.Helper()
	return serve(t, storetest.SQLite(t), "")
}

// servePostgres starts a server on an empty PostgreSQL database.
func servePostgres(t *testing.T) *server {
	t.Helper()
	return serve(t, storetest.Postgres(t), "")
}

// eachEngine runs a test against a server of each engine.
func eachEngine(t *testing.T, test func(t *testing.T, s *server)) {
	t.Run("sqlite", func(t *testing.T) { test(t, serveSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, servePostgres(t)) })
}

// serve starts a server on db and waits until it answers. key is the admin key of a database that exists already.
func serve(t *testing.T, db, key string) *server {
	t.Helper()
	return serveAt(t, db, key, "127.0.0.1:0")
}

// serveAt is serve on an address of its own, with further flags.
func serveAt(t *testing.T, db, key, listen string, flags ...string) *server {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(binary, append([]string{"serve", "--db", db, "--listen", listen, "--grpc-listen", "127.0.0.1:0"}, flags...)...)
	cmd.Env = append(plainEnvironment(), fixedSecret)
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{db: db, errors: log.Name(), cmd: cmd, exited: make(chan struct{}), client: &client{t: t, key: key, http: httpClient()}}
	started := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for s.grpc == "" && lines.Scan() {
			s.read(lines.Text())
		}
		started <- s.grpc != ""
		for lines.Scan() { // to the end, so that Wait loses nothing
			continue
		}
		_ = cmd.Wait() // the exit code is in ProcessState
		close(s.exited)
	}()
	t.Cleanup(s.cleanUp)
	select {
	case ok := <-started:
		if !ok {
			t.Fatalf("the server ended at once:\n%s", s.log())
		}
	case <-time.After(startLimit):
		t.Fatalf("no answer within %s:\n%s", startLimit, s.log())
	}
	return s
}

// plainEnvironment is ours without what would change how the server behaves.
func plainEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "FIXFIRST_") || strings.HasPrefix(v, "GOGC=") || strings.HasPrefix(v, "GOMEMLIMIT=") || strings.HasPrefix(v, "GODEBUG=")
	})
}

// read takes a line of the start's output.
func (s *server) read(line string) {
	if rest, ok := strings.CutPrefix(line, "admin key, shown only now: "); ok {
		s.key = rest
	} else if rest, ok := strings.CutPrefix(line, "listening on "); ok {
		s.url = rest
	} else if rest, ok := strings.CutPrefix(line, "gRPC on "); ok {
		s.grpc = rest
	}
}

// log gives what the server wrote to stderr.
func (s *server) log() string {
	data, err := os.ReadFile(s.errors)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// cleanUp ends the server and looks into its log: whatever a test asks for, nothing may be an error of the server's own.
func (s *server) cleanUp() {
	s.kill()
	s.http.CloseIdleConnections()
	for line := range strings.Lines(s.log()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "panic") || strings.Contains(line, "DATA RACE") {
			s.t.Errorf("the server's log: %s", line)
		}
	}
}

// kill is kill -9, and waits until the process is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended by itself
	<-s.exited
}

// restarted starts a new server on the same database, after this one has been killed.
func (s *server) restarted() *server {
	s.t.Helper()
	s.kill()
	return serve(s.t, s.db, s.key)
}

// replica starts a second server on the same database.
func (s *server) replica() *server {
	s.t.Helper()
	return serve(s.t, s.db, s.key)
}

// terminate sends SIGTERM and gives the exit code and how long the end took.
func (s *server) terminate() (int, time.Duration) {
	s.t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.t.Fatalf("still running 20 s after SIGTERM:\n%s", s.log())
	}
	return s.cmd.ProcessState.ExitCode(), time.Since(began)
}

// memory gives a figure of the server's memory in bytes: VmRSS is what is resident now, VmHWM the most that ever was.
func (s *server) memory(figure string) int64 {
	s.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		s.t.Skip("memory is read from /proc")
	}
	_, rest, ok := bytes.Cut(status, []byte(figure+":"))
	fields := bytes.Fields(rest)
	if err != nil || !ok || len(fields) == 0 {
		s.t.Fatalf("no %s: %v", figure, err)
	}
	kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return kilobytes << 10
}

// command runs another command of the program and gives its stdout and exit code.
func command(t *testing.T, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = plainEnvironment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (&exec.ExitError{}); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if cmd.ProcessState.ExitCode() != 0 {
		t.Logf("fixfirst %s: %s", strings.Join(args, " "), errs.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// healthy runs doctor on a database that no server uses.
func healthy(t *testing.T, db string) {
	t.Helper()
	if out, code := command(t, "doctor", "--db", db); code != 0 {
		t.Fatalf("doctor: exit code %d: %s", code, out)
	}
}
