package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
)

// settings are the command line.
type settings struct {
	only    string
	rounds  int
	quick   bool
	check   bool
	out     string
	profile string
}

// errLimit is returned when a limit was missed.
var errLimit = errors.New("a limit was missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string, logs io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(logs)
	flags.StringVar(&s.only, "only", "", "names of benchmarks, with commas between; empty runs all: "+strings.Join(names(), ","))
	flags.IntVar(&s.rounds, "rounds", 5, "how often everything is measured")
	flags.BoolVar(&s.quick, "quick", false, "few repetitions: shows that it works, the figures mean little")
	flags.BoolVar(&s.check, "check", true, "fail when a limit is missed")
	flags.StringVar(&s.out, "out", "bench/README.md", "where a complete run leaves its report")
	flags.StringVar(&s.profile, "profile", "", "write a CPU profile here; its label \"part\" tells ours, bare, fake and driver apart")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if s.rounds < 1 {
		return s, errors.New("-rounds: want at least 1")
	}
	for _, name := range s.chosen() {
		if !slices.Contains(names(), name) {
			return s, fmt.Errorf("-only: there is no %q, only %s", name, strings.Join(names(), ", "))
		}
	}
	return s, nil
}

// chosen are the benchmarks to run.
func (s settings) chosen() []string {
	if s.only == "" {
		return names()
	}
	return strings.Split(s.only, ",")
}

// count is how often something is repeated within one round.
func (s settings) count(full int) int {
	if s.quick {
		return max(full/50, 4)
	}
	return full
}

// benchmark measures one thing over all rounds.
type benchmark struct {
	name string
	run  func(ctx context.Context, s settings) ([]result, error)
}

func benchmarks() []benchmark {
	return []benchmark{
		{"R1", browse}, {"R2", delivery}, {"R3", webhooks}, {"R4", trips}, {"R5", redisBytes}, {"R6", scale}, {"R7", takeover}, {"R8", crowded}, {"R9", resident}, {"R10", fsyncs}, {"R11", clustered}, {"R12", giftPicture}, {"binary", binary},
	}
}

func names() []string {
	var list []string
	for _, b := range benchmarks() {
		list = append(list, b.name)
	}
	return list
}

// run is the program.
func run(ctx context.Context, args []string, out, logs io.Writer) (err error) {
	s, err := parse(args, logs)
	if err != nil {
		return err
	}
	if s.profile != "" {
		stop, failed := startProfile(s.profile)
		if failed != nil {
			return failed
		}
		defer stop()
	}
	r := report{rounds: s.rounds, quick: s.quick}
	if r.machine, err = inspect(ctx); err != nil {
		return err
	}
	for _, b := range benchmarks() {
		if !slices.Contains(s.chosen(), b.name) {
			continue
		}
		fmt.Fprintln(logs, "measuring", b.name, "…")
		results, err := b.run(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		r.results = append(r.results, results...)
	}
	return r.finish(s, out)
}

func startProfile(path string) (stop func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("-profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("-profile: %w", err), f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // a profile that is cut off says so itself
	}, nil
}
