package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"giftbot/order"
)

// errLate says that an announcement was prepared for so long that sending it
// would be a race with whoever takes it next. Nothing was sent.
var errLate = errors.New("too late to tell it under this lease")

// telling is an announcement under lease with the moment before it was taken,
// by this process's own clock: the lease cannot end sooner than its term after
// that.
type telling struct {
	order.Announced
	since time.Time
}

// late reports whether half of the lease is over: what leaves now may arrive
// after another sender has told something newer. A call to Telegram and the
// acknowledgement need the other half.
func (d *Drain) late(t telling) bool {
	return t.Term > 0 && d.Clock.Now().Sub(t.since) > t.Term/2
}

// letGo gives an announcement back that is told too late, so that it is taken
// again, with the order as it is by then. Other errors pass.
func (d *Drain) letGo(ctx context.Context, t telling, err error) error {
	if !errors.Is(err, errLate) {
		return err
	}
	d.Meter.Count("telegram_announced", "late")
	if d.Clock.Now().Sub(t.since) >= t.Term {
		return nil // it is another's, or the next sweep's; nothing of ours has to be mended
	}
	return d.again(ctx, t.Announced)
}

// again has an announcement told once more, from the order as it is by then.
// It is how a message is mended that a late edit has set back: the store
// announces a status anew whose lease was lost, even if it was told meanwhile.
// What is told and acknowledged in time ends it.
func (d *Drain) again(ctx context.Context, a order.Announced) error {
	d.Meter.Count("telegram_announced", "stale")
	if err := d.Outbox.Later(ctx, a, order.At(d.Clock.Now())); err != nil {
		return fmt.Errorf("announce again: %w", err)
	}
	d.Tell(Waiting{Announcement: a.Announcement, Number: a.Number})
	return nil
}
