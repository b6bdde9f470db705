// Package storetest gives tests throwaway databases of both engines.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// startLimit bounds how long the server may take to answer first.
const startLimit = 60 * time.Second

// errNoPostgres says that the machine has no PostgreSQL, and how it would get one.
var errNoPostgres = errors.New("PostgreSQL is missing: initdb and postgres are neither in PATH nor in /usr/lib/postgresql/*/bin; " +
	"on Debian and Ubuntu run: apt-get install -y postgresql")

// cluster is a running PostgreSQL.
type cluster struct {
	folder string
	alive  io.WriteCloser // its end, or the collection of the cluster as garbage, stops the server
}

// server is the process's one PostgreSQL, started when a test first asks for a database.
var server = sync.OnceValues(start)

var databases atomic.Int64

// Postgres gives the URL of a fresh, empty database. Without PostgreSQL the test is skipped, or fails where CI=true.
func Postgres(t testing.TB) string {
	t.Helper()
	running, err := server()
	switch {
	case errors.Is(err, errNoPostgres) && os.Getenv("CI") != "true":
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	name := fmt.Sprintf("test%d", databases.Add(1))
	admin := Raw(t, address(running.folder, "postgres"))
	if _, err := admin.Exec(`CREATE DATABASE ` + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return address(running.folder, name)
}

func address(folder, database string) string {
	return "postgres://postgres@/" + database + "?" + url.Values{"host": {folder}, "sslmode": {"disable"}}.Encode()
}

// supervise runs postgres until its own standard input ends, which the kernel does when the test process goes, however it
// goes: nothing stays behind, not even after kill -9.
const supervise = `folder=$1; shift
"$@" </dev/null & pid=$!
cat >/dev/null
kill -QUIT $pid; wait $pid; rm -rf "$folder"`

// start makes a database cluster in a temporary folder and serves it on a socket there.
func start() (*cluster, error) {
	initdb, err := binary("initdb")
	if err != nil {
		return nil, err
	}
	postgres, err := binary("postgres")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "fixfirst-pg")
	if err != nil {
		return nil, err
	}
	uid, gid, err := owner(folder)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(folder, "data")
	command := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	command.Dir, command.SysProcAttr = folder, runAs(uid, gid)
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	c := &cluster{folder: folder}
	if err := c.serve(postgres, data, runAs(uid, gid)); err != nil {
		return nil, err
	}
	return c, awaitAnswer(folder)
}

// serve starts the server with its output in the folder's log.
func (c *cluster) serve(postgres, data string, as *syscall.SysProcAttr) error {
	log, err := os.Create(filepath.Join(c.folder, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	arguments := []string{"-c", supervise, "sh", c.folder, postgres, "-D", data, "-k", c.folder}
	for _, setting := range []string{"listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=250", "deadlock_timeout=50ms",
		"shared_buffers=32MB", "autovacuum=off"} {
		arguments = append(arguments, "-c", setting)
	}
	command := exec.Command("sh", arguments...)
	command.Dir, command.SysProcAttr, command.Stdout, command.Stderr = c.folder, as, log, log
	if c.alive, err = command.StdinPipe(); err != nil {
		return err
	}
	return command.Start()
}

// binary finds a program of PostgreSQL: in PATH, or the newest where Debian keeps them.
func binary(name string) (string, error) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // a folder that is no version sorts first
		return n
	}
	return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), nil
}

// owner gives the user that PostgreSQL runs as, and gives it the folder: ourselves, or nobody in place of root, whom it refuses.
func owner(folder string) (uid, gid int, err error) {
	if os.Getuid() != 0 {
		return os.Getuid(), os.Getgid(), nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return 0, 0, err
	}
	if uid, err = strconv.Atoi(nobody.Uid); err != nil {
		return 0, 0, err
	}
	if gid, err = strconv.Atoi(nobody.Gid); err != nil {
		return 0, 0, err
	}
	return uid, gid, os.Chown(folder, uid, gid)
}

// awaitAnswer asks until the server answers.
func awaitAnswer(folder string) error {
	db, err := sql.Open("pgx", address(folder, "postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(folder, "log")) // without it the error below must do
			return fmt.Errorf("PostgreSQL does not answer: %w: %s", err, log)
		}
	}
}
