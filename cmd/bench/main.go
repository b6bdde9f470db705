// Command bench prints how fast Fixfirst is as ratios to yardsticks that run in turn with it, in one process and one run:
// absolute figures drift with the machine, ratios do not. It prints; it never judges.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
)

func main() {
	only := flag.String("only", "", "comma-separated parts to run: start, commit, compile, guide, search, intercept, chat, report; all without it")
	rounds := flag.Int("rounds", 5, "rounds of each pair")
	binary := flag.String("binary", "", "built fixfirst, for the start part")
	profile := flag.String("cpuprofile", "", "file for a CPU profile of the whole run")
	folder := flag.String("guides", "cmd/fixfirst/samples", "folder with markdown guides, for the compile and guide parts")
	many := flag.Int("search-guides", 100_000, "guides of the large search")
	rows := flag.Int("rows", 1_000_000, "intercepts of the large report")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(context.Background(), *only, *rounds, *binary, *folder, *many, *rows); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, rounds int, binary, folder string, many, rows int) error {
	runtime.GOMAXPROCS(runtime.NumCPU() + 1) // as serve does on SQLite; the yardsticks have it too
	printMachine()
	dir, err := os.MkdirTemp("", "fixfirst-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	parts := []struct {
		name string
		run  func() error
	}{
		{"start", func() error { return benchStart(ctx, dir, binary, rounds) }},
		{"commit", func() error { return benchCommit(ctx, dir, rounds) }},
		{"compile", func() error { return benchCompile(folder, rounds) }},
		{"guide", func() error { return benchGuide(ctx, dir, folder, rounds) }},
		{"search", func() error { return benchSearch(ctx, dir, many) }},
		{"intercept", func() error { return benchIntercept(ctx, dir, rounds) }},
		{"chat", func() error { return benchChat(ctx, dir, rounds) }},
		{"report", func() error { return benchReport(ctx, dir, rounds, rows) }},
	}
	for _, part := range parts {
		if only != "" && !slices.Contains(strings.Split(only, ","), part.name) {
			continue
		}
		if err := part.run(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// printMachine says what the figures were taken on.
func printMachine() {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	fmt.Printf("machine: %s, %d cores, %s/%s, %s\n", model, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	if info, ok := debug.ReadBuildInfo(); ok {
		var versions []string
		for _, d := range info.Deps {
			switch d.Path {
			case "google.golang.org/grpc", "github.com/grpc-ecosystem/grpc-gateway/v2", "github.com/mattn/go-sqlite3", "google.golang.org/protobuf":
				versions = append(versions, d.Path[strings.LastIndex(d.Path, "/")+1:]+" "+d.Version)
			}
		}
		fmt.Println("versions:", strings.Join(versions, ", "))
	}
	fmt.Println("every line: median (min–max) over the rounds; ratios are of the two halves of one round")
}

// spread is a figure's median, least and most over the rounds.
type spread []float64

func (s spread) String() string {
	if len(s) == 0 {
		return "–"
	}
	sorted := slices.Sorted(slices.Values(s))
	return fmt.Sprintf("%s (%s–%s)", short(sorted[len(sorted)/2]), short(sorted[0]), short(sorted[len(sorted)-1]))
}

func short(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
