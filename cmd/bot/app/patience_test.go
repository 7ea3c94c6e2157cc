package app

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"

	"giftbot/order"
)

// A Redis that does not answer may be starting, or busy: the bot asks again. What
// it refuses, or what is wrong with it, is no reason to wait.
func TestAStartIsPatientWithRedis(t *testing.T) {
	silent, notSent, refused := &order.Error{Code: order.CodeUnclear}, &order.Error{Code: order.CodeNotSent}, &order.Error{Code: order.CodeInvalid}
	for name, row := range map[string]struct {
		answers []error
		asked   int
		want    order.Code
	}{
		"at once":            {[]error{nil}, 1, ""},
		"busy for a while":   {[]error{fmt.Errorf("redis durability: %w", silent), notSent, nil}, 3, ""},
		"away for good":      {[]error{silent, silent, silent, silent, silent, nil}, redisTries, order.CodeUnclear},
		"it keeps nothing":   {[]error{refused, nil}, 1, order.CodeInvalid},
		"and after a while":  {[]error{silent, refused, nil}, 2, order.CodeInvalid},
		"nobody wants it up": {[]error{silent, nil}, 1, order.CodeUnclear},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if name == "nobody wants it up" {
				cancel()
			}
			asked := 0
			a := &App{log: slog.New(slog.DiscardHandler)}
			err := a.patiently(ctx, func(context.Context) error {
				asked++
				return row.answers[asked-1]
			})
			if asked != row.asked || (err == nil) != (row.want == "") || err != nil && order.CodeOf(err) != row.want {
				t.Errorf("%s: asked %d times, %v", name, asked, err)
			}
		})
	}
}
