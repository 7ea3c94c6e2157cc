package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"giftbot/cmd/bot/app"
	"giftbot/config"
)

// doctor prints what is well and what is not, and what to do about it. It
// fails when anything is not.
func doctor(ctx context.Context, args, environ []string, out io.Writer) error {
	if len(args) > 0 {
		return errors.New("doctor takes no arguments; settings come from the environment")
	}
	report := &report{out: out}
	cfg, err := config.Load(environ)
	if problems, ok := errors.AsType[*config.Error](err); ok {
		for _, p := range problems.Problems {
			report.add(app.Finding{Name: p.Setting, Says: p.Wrong, Do: p.Fix})
		}
		report.say("The rest is checked once the settings are complete.")
		return report.verdict()
	}
	report.add(app.Finding{Name: "Settings", OK: true, Says: "complete"})
	for _, finding := range app.Examine(ctx, cfg, systemClock{}) {
		report.add(finding)
	}
	return report.verdict()
}

// report writes findings as they come and counts the bad ones.
type report struct {
	out    io.Writer
	bad    int
	failed error
}

func (r *report) add(f app.Finding) {
	mark := "✓"
	if !f.OK {
		mark, r.bad = "✗", r.bad+1
	}
	r.say(fmt.Sprintf("%s %-18s %s", mark, f.Name, f.Says))
	if f.Do != "" {
		r.say(fmt.Sprintf("  %-18s → %s", "", f.Do))
	}
}

func (r *report) say(line string) {
	if _, err := fmt.Fprintln(r.out, line); err != nil && r.failed == nil {
		r.failed = err
	}
}

func (r *report) verdict() error {
	switch {
	case r.failed != nil:
		return fmt.Errorf("doctor: %w", r.failed)
	case r.bad > 0:
		return fmt.Errorf("doctor: %d to mend", r.bad)
	}
	r.say("Ready to go live.")
	return nil
}
