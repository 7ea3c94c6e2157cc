package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// result is one figure with its limit. The median of the rounds counts.
type result struct {
	name   string    // "R1, one tap at a time"
	ours   string    // what was measured
	rival  string    // against what, "" for an absolute limit
	unit   string    // "×", "round trips", "ms"
	values []float64 // one per round
	limit  float64   // at most
	floor  bool      // the limit is at least, not at most
	aim    float64   // what we would like, 0 for none
	detail string    // figures behind the figure
}

func (r result) median() float64 { return median(r.values) }

// missed also holds for what was not measured.
func (r result) missed() bool {
	if len(r.values) == 0 || math.IsNaN(r.median()) {
		return true
	}
	if r.floor {
		return r.median() < r.limit
	}
	return r.median() > r.limit
}

// bound is the limit as the report writes it.
func (r result) bound() string {
	if r.floor {
		return "≥ " + number(r.limit)
	}
	return "≤ " + number(r.limit)
}

// report is the outcome of a run.
type report struct {
	machine machine
	rounds  int
	quick   bool
	results []result
}

// finish prints the report, keeps that of a complete run, and judges it.
func (r report) finish(s settings, out io.Writer) error {
	text := r.markdown()
	if _, err := io.WriteString(out, text); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	if s.only == "" && !s.quick {
		if err := os.WriteFile(s.out, []byte(text), 0o644); err != nil {
			return fmt.Errorf("keep the report: %w", err)
		}
	}
	var missed []string
	for _, result := range r.results {
		if result.missed() {
			missed = append(missed, result.name)
		}
	}
	if s.check && len(missed) > 0 {
		return fmt.Errorf("%w: %s", errLimit, strings.Join(missed, "; "))
	}
	return nil
}

func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\nWritten by `make bench`; do not edit.\n\n%s", r.machine)
	fmt.Fprintf(&b, "- %d interleaved rounds; the median counts, the spread is the lowest and the highest round\n", r.rounds)
	if r.quick {
		b.WriteString("- **quick run: the figures mean little**\n")
	}
	b.WriteString("\n| what | median | spread | limit | aim | |\n|---|---|---|---|---|---|\n")
	for _, x := range r.results {
		verdict := "holds"
		if x.missed() {
			verdict = "**missed**"
		}
		aim := "–"
		if x.aim > 0 {
			aim = number(x.aim)
		}
		fmt.Fprintf(&b, "| %s | %s %s | %s – %s | %s | %s | %s |\n", x.name, number(x.median()), x.unit,
			number(quantile(x.values, 0)), number(quantile(x.values, 1)), x.bound(), aim, verdict)
	}
	b.WriteString("\n## What was measured\n")
	for _, x := range r.results {
		fmt.Fprintf(&b, "\n**%s.** %s", x.name, x.ours)
		if x.rival != "" {
			fmt.Fprintf(&b, " Against: %s", x.rival)
		}
		if x.detail != "" {
			fmt.Fprintf(&b, " Figures: %s.", x.detail)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// number writes a figure with as many digits as it deserves.
func number(v float64) string {
	switch {
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v < 10:
		return strconv.FormatFloat(v, 'f', 2, 64)
	default:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
}

// milliseconds writes a duration for the report.
func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 3, 64) + " ms"
}

// sides tells the times behind the ratio of the first side and the second.
func (r rounds) sides(what string) string {
	return fmt.Sprintf("ours %s, the other side %s %s", milliseconds(r.middle(0)), milliseconds(r.middle(1)), what)
}
