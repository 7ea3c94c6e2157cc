package ordertest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"giftbot/order"
)

// RestFor lets everything run that has to run within so much time, jumping
// from one due moment to the next, and restarts the process whenever it dies.
// It returns how many steps were made; an error means that it never rests.
func (w *World) RestFor(limit time.Duration) (int, error) {
	end := w.Clock.Now().Add(limit)
	stuckAt, still := w.Clock.Now(), 0
	for steps := 0; ; steps++ {
		w.callBack()
		p := w.Process()
		if w.step(p) {
			if still++; still > 2000 {
				return steps, fmt.Errorf("busy loop at %s", w.Clock.Now().Format(time.RFC3339))
			}
			continue
		}
		next, ok := w.next()
		if !ok && !w.locked() {
			return steps, nil
		}
		if !ok { // only the sweeper of permits has something to do
			next = w.Clock.Now().Add(31 * time.Second)
		}
		soonest := w.Clock.Now().Add(p.Engine.Idle())
		if next.Before(soonest) {
			next = soonest
		}
		if next.After(end) {
			w.Clock.Advance(end.Sub(w.Clock.Now()))
			return steps, nil
		}
		w.Clock.Advance(next.Sub(w.Clock.Now()))
		if w.Clock.Now().Sub(stuckAt) > time.Second {
			stuckAt, still = w.Clock.Now(), 0
		}
	}
}

// step does one unit of work of the process. A failed step counts as work
// only when it was a crash: errors are waited out.
func (w *World) step(p *Process) bool {
	ctx := context.Background()
	worked, err := p.Engine.Step(ctx)
	if p.Gate.Dead() {
		return true
	}
	told, sendErr := p.Sender.Step(ctx)
	if p.Gate.Dead() {
		return true
	}
	return worked && err == nil || told && sendErr == nil
}

// next is the next moment at which anything happens by itself.
func (w *World) next() (time.Time, bool) {
	next, ok := w.Store.Next()
	if w.Ice != nil && w.Ice.Stands() { // the sweep has something to do
		return w.Clock.Now(), true
	}
	if at := w.Cards.next(); at != 0 && (!ok || at.Time().Before(next)) {
		return at.Time(), true
	}
	return next, ok
}

// locked reports whether a permit is held: the sweeper has something to do.
func (w *World) locked() bool {
	for _, vendor := range append(vendors(), payouts) {
		if len(w.Store.Locks(vendor)) > 0 {
			return true
		}
	}
	return false
}

func vendors() []string { return []string{SupplierName, TopUpName, CardName} }

// callBack hands over the letters that have arrived. The edge of the bot keeps
// them until the store has taken them.
func (w *World) callBack() {
	for _, l := range w.Cards.due() {
		if err := w.Deliver(l.reference, l.body); err != nil {
			w.wrong = append(w.wrong, err.Error())
		}
	}
}

// Deliver hands a letter about a purchase over, as often as it takes.
func (w *World) Deliver(reference string, body []byte) error {
	n, line, attempt, err := order.ParsePurchaseReference(reference)
	if err != nil {
		return fmt.Errorf("letter: %w", err)
	}
	for range 60 {
		if err = w.Process().Engine.Deliver(context.Background(), n, line, attempt, body); err == nil {
			return nil
		}
	}
	return fmt.Errorf("letter: %w", err)
}

// listener reads along what the engine logs: no secret may be in it.
type listener struct {
	w *World
}

// Enabled implements slog.Handler.
func (l *listener) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (l *listener) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if strings.Contains(a.Value.String(), "CODE-") {
			l.w.wrong = append(l.w.wrong, "a secret in the log: "+r.Message)
		}
		return true
	})
	return nil
}

// WithAttrs implements slog.Handler.
func (l *listener) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l *listener) WithGroup(string) slog.Handler { return l }
