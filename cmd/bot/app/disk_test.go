package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"giftbot/flows"
	"giftbot/handlers/webhook"
)

// A full disk is told once, whoever did not hear it is told again, and so is its
// end.
func TestAFullDiskIsToldOnce(t *testing.T) {
	var broken error
	heard, told := true, []bool{}
	w := &diskWatch{
		check: func() error { return broken },
		tell: func(_ context.Context, v flows.View) bool {
			told = append(told, len(v.Blocks) > 1) // its end is one line
			return heard
		},
		meter: webhook.NewMetrics(), log: slog.New(slog.DiscardHandler), host: "here",
	}
	full := errors.New("no space left on device")
	for i, c := range []struct {
		err   error
		heard bool
		told  []bool // since the step before
	}{
		{nil, true, nil},
		{full, false, []bool{true}},
		{full, true, []bool{true}},
		{full, true, nil},
		{nil, false, []bool{false}},
		{nil, true, []bool{false}},
		{nil, true, nil},
		{full, true, []bool{true}},
	} {
		broken, heard, told = c.err, c.heard, nil
		w.look(t.Context())
		if !slices.Equal(told, c.told) {
			t.Errorf("step %d: told %v, want %v", i, told, c.told)
		}
	}
}
