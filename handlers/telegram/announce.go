package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"giftbot/flows"
	"giftbot/order"
)

// tell takes one announcement and does what it asks for. The lease is taken
// inside the person's gate, so that the order it brings is the newest that
// this process shows.
func (d *Drain) tell(ctx context.Context, w Waiting) error {
	if d.Enter != nil {
		leave, err := d.enter(ctx, w.To)
		if errors.Is(err, context.DeadlineExceeded) {
			d.Meter.Count("telegram_announced", "busy")
			d.Tell(w) // behind everybody else's
			return nil
		}
		if err != nil {
			return fmt.Errorf("announcement waits: %w", err)
		}
		defer leave()
	}
	since := d.Clock.Now()
	a, err := d.Outbox.Take(ctx, w)
	if err != nil {
		if code := order.CodeOf(err); code == order.CodeBusy || code == order.CodeMissing {
			return nil
		}
		return fmt.Errorf("take an announcement: %w", err)
	}
	d.Meter.Count("telegram_announced", string(a.Kind))
	t := telling{a, since}
	return d.letGo(ctx, t, d.show(ctx, t))
}

// enter waits for a person's gate, but not for a press that takes its time: with
// a slow gateway there may be more of those than workers.
func (d *Drain) enter(ctx context.Context, person int64) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	return d.Enter(ctx, person)
}

func (d *Drain) show(ctx context.Context, t telling) error {
	env := d.Env()
	switch t.Kind {
	case order.AnnounceStatus:
		return d.status(ctx, env, t)
	case order.AnnouncePing:
		return d.once(ctx, t, d.Views.Ping(env, t.Order), t.Order.Language)
	case order.AnnounceAlert:
		return d.once(ctx, t, d.Views.Alert(env, t.Order), adminLanguage(env.Shop))
	default:
		d.Log.Error("announcement of an unknown kind", "kind", string(t.Kind))
		return d.later(ctx, t.Announced, refusedFor)
	}
}

func adminLanguage(shop flows.Shop) string {
	if len(shop.Languages) == 0 {
		return ""
	}
	return shop.Languages[0]
}

// status makes the order's one message show the order as it was taken, goods
// included once they are there, and has that recorded.
func (d *Drain) status(ctx context.Context, env flows.Env, t telling) error {
	a := t.Announced
	goods, err := d.goods(a.Order)
	if err != nil {
		d.Meter.Count("telegram_announce_failed", "goods")
		return joinLater(fmt.Errorf("goods of %s: %w", a.Number, err), d.later(ctx, a, d.backoff(a)))
	}
	m := d.gallery.message(ctx, a.Order.Language, a.To, d.Views.Status(env, a.Order, goods))
	m.Protect = true
	id, err := d.showOrder(ctx, t, m)
	if err != nil {
		return d.failed(ctx, a, err)
	}
	err = d.Engine.Shown(ctx, a, id)
	switch {
	case err == nil:
		d.forget(a.Number, id)
		return nil
	case order.CodeOf(err) == order.CodeStale:
		// The order moved on while it was shown, or somebody else has shown it
		// since: what came last may be the older of the two. Show it again.
		return d.again(ctx, a)
	default:
		// Not recorded: the lease ends, and the same is shown again.
		return fmt.Errorf("record what was shown: %w", err)
	}
}

// goods opens an order's goods when the buyer may see them.
func (d *Drain) goods(o order.Order) ([]order.Good, error) {
	if !flows.ShowsGoods(o) {
		return nil, nil
	}
	return d.Engine.Goods(o)
}

// showOrder edits the order's message. Without one, or when it is gone, a new
// one is sent; its id is kept here until it is recorded. When another replica's
// is recorded by then, there are two of them, and none may stay behind.
func (d *Drain) showOrder(ctx context.Context, t telling, m Message) (shown int, err error) {
	for _, id := range []int{d.sent(t.Number), t.Order.Message} {
		if id == 0 || id == shown {
			continue
		}
		if d.late(t) {
			return 0, errLate
		}
		switch err = d.Sender.Edit(ctx, LaneDelivery, id, m); {
		case err == nil:
			shown = id
		case FaultOf(err) == FaultGone:
			d.Meter.Count("telegram_edit_gone", "order")
			d.forget(t.Number, id)
		default:
			return 0, err
		}
	}
	if shown != 0 {
		return shown, nil
	}
	if d.late(t) {
		return 0, errLate
	}
	if shown, err = d.Sender.Send(ctx, LaneDelivery, m); err == nil {
		d.remember(t.Number, shown)
	}
	return shown, err
}

func (d *Drain) sent(n order.Number) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.unsaved[n]
}

func (d *Drain) remember(n order.Number, id int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.unsaved[n] = id
}

// forget is for a message that is recorded, or gone.
func (d *Drain) forget(n order.Number, id int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unsaved[n] == id {
		delete(d.unsaved, n)
	}
}

// once sends a message of its own and acknowledges it. An unclear ping counts
// as sent: it holds no news, and two of them would only worry the buyer.
func (d *Drain) once(ctx context.Context, t telling, v flows.View, lang string) error {
	a, m := t.Announced, d.Renderer.Message(lang, t.To, v)
	if d.late(t) {
		return errLate
	}
	_, err := d.Sender.Send(ctx, LaneDelivery, m)
	if err != nil && (a.Kind != order.AnnouncePing || FaultOf(err) != FaultUnclear) {
		return d.failed(ctx, a, err)
	}
	if err != nil {
		d.Meter.Count("telegram_announced", "ping unclear")
	}
	switch err := d.Outbox.Ack(ctx, a); {
	case err == nil:
		return nil
	case order.CodeOf(err) == order.CodeStale:
		return d.again(ctx, a)
	default:
		return fmt.Errorf("acknowledge: %w", err)
	}
}

// failed puts an announcement back until it may work. None is ever dropped.
func (d *Drain) failed(ctx context.Context, a order.Announced, err error) error {
	if errors.Is(err, errLate) {
		return err
	}
	fault := FaultOf(err)
	d.Meter.Count("telegram_announce_failed", string(fault))
	switch fault {
	case FaultUnreachable:
		return d.park(ctx, a)
	case FaultLimited:
		return d.later(ctx, a, retryAfter(err))
	case FaultUnclear, FaultNotSent, FaultUnauthorized: // a token is replaced within minutes
		return d.later(ctx, a, d.backoff(a))
	default:
		d.Log.Error("announcement refused", "order", string(a.Number), "kind", string(a.Kind), "err", err)
		return d.later(ctx, a, refusedFor)
	}
}

// park waits for somebody who cannot be written to. Their coming back ends it
// (Dispatcher: my_chat_member, and an admin's /start); the long wait is for what we
// may miss.
func (d *Drain) park(ctx context.Context, a order.Announced) error {
	if err := d.later(ctx, a, parkedFor); err != nil {
		return err
	}
	if a.Kind == order.AnnounceAlert {
		d.Log.Warn("an admin cannot be alerted: the bot was never started there, or is blocked")
	}
	if d.People == nil {
		return nil
	}
	if err := d.People.Blocked(ctx, a.To); err != nil {
		return fmt.Errorf("mark as unreachable: %w", err)
	}
	return nil
}

func (d *Drain) later(ctx context.Context, a order.Announced, wait time.Duration) error {
	if err := d.Outbox.Later(ctx, a, order.At(d.Clock.Now()).Add(wait)); err != nil {
		return fmt.Errorf("announce later: %w", err)
	}
	return nil
}

func (d *Drain) backoff(a order.Announced) time.Duration {
	return min(unsureAfter<<min(a.Tries, 10), unsureMax)
}

// joinLater keeps the first error and does not lose the second.
func joinLater(first, second error) error {
	if second == nil {
		return first
	}
	return fmt.Errorf("%w (and not put back: %w)", first, second)
}
