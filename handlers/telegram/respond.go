package telegram

import (
	"context"
	"fmt"
	"sync"
	"time"

	"giftbot/flows"
)

// respond answers the press and shows the replies, both at once. The session
// is saved by now: what cannot be sent is drawn later, never lost.
//
// shown is not nil when the one reply is under way already.
func (d *Dispatcher) respond(ctx context.Context, e event, h held, out flows.Outcome, press *answer, shown *ahead) error {
	if shown != nil {
		id, err := shown.wait()
		if err != nil {
			return d.unshown(ctx, e, err)
		}
		d.shownIn(e.person.ID, h, id)
		return nil
	}
	lang := h.session.Language
	toast := d.Renderer.Plain(lang, out.Toast)
	if len(out.Replies) == 0 && out.Toast.Key != "" {
		if press.give(toast) {
			return nil
		}
		out.Replies = []flows.Reply{{View: flows.ToldView(out.Toast), Place: flows.PlaceSend}} // too late for a toast: nobody would hear of it
	}
	var wait sync.WaitGroup
	if e.query != "" {
		wait.Go(func() { press.give(toast) })
	}
	defer wait.Wait()
	for _, reply := range out.Replies {
		m := d.gallery.message(ctx, lang, e.person.ID, reply.View)
		m.Protect = reply.Protect || confidential(reply.View)
		id, err := d.show(ctx, e.pressed, reply.Place, m)
		if err != nil {
			return d.unshown(ctx, e, err)
		}
		d.shownIn(e.person.ID, h, id)
		if err := d.retell(ctx, e, h, reply); err != nil {
			return err
		}
	}
	return nil
}

// retell leaves the last word about an order's status message to the drain,
// which always shows the order as it is: this edit may have come after that of
// another replica, with an older state. A page of goods stays: the drain would
// turn back to the first, and once there are goods the order is at its end.
func (d *Dispatcher) retell(ctx context.Context, e event, h held, reply flows.Reply) error {
	edited := reply.Place == flows.PlaceEdit && e.pressed != 0 && !confidential(reply.View)
	if !edited || h.session.Screen != flows.ScreenStatus || h.session.Number == "" || d.Retell == nil {
		return nil
	}
	if err := d.Retell(ctx, e.person.ID, h.session.Number); err != nil {
		return fmt.Errorf("show the order again: %w", err)
	}
	return nil
}

// show edits the pressed message or sends a new one, and returns which
// message shows it.
func (d *Dispatcher) show(ctx context.Context, pressed int, place flows.Place, m Message) (int, error) {
	if place == flows.PlaceEdit && pressed != 0 {
		err := d.Sender.Edit(ctx, LaneReply, pressed, m)
		if FaultOf(err) != FaultGone {
			return pressed, err
		}
		d.Meter.Count("telegram_edit_gone", "reply")
	}
	return d.Sender.Send(ctx, LaneReply, m)
}

// shownIn remembers, in this process only, which message shows the screen: a
// repeated update then edits it instead of sending a second one.
func (d *Dispatcher) shownIn(person int64, h held, id int) {
	if id != 0 && id != h.session.Message {
		h.session.Message = id
		d.cache.put(person, h)
	}
}

// unshown decides about a reply that did not arrive.
func (d *Dispatcher) unshown(ctx context.Context, e event, err error) error {
	switch FaultOf(err) {
	case FaultUnreachable:
		return d.unreachable(ctx, e.person.ID)
	case FaultLimited, FaultUnclear, FaultNotSent, FaultMigrated:
		return d.deferScreen(ctx, e.person.ID, retryAfter(err), err)
	case FaultUnauthorized:
		return fmt.Errorf("reply: %w", err)
	default:
		// Telegram will never take it: sending the update again would only
		// block this person's queue.
		d.Meter.Count("telegram_reply_refused", string(FaultOf(err)))
		d.Log.Error("reply refused", "err", err)
		return nil
	}
}

// deferScreen has the screen drawn later. Without a place to keep that, the
// update itself is what is kept: at Telegram.
func (d *Dispatcher) deferScreen(ctx context.Context, person int64, after time.Duration, why error) error {
	if d.Deferred == nil {
		return fmt.Errorf("reply: %w", why)
	}
	// The update's own time may be what ran out.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deferTimeout)
	defer cancel()
	if after <= 0 {
		after = redrawAfter
	}
	if err := d.Deferred.Defer(ctx, person, d.now().Add(after)); err != nil {
		return fmt.Errorf("defer a reply: %w", err)
	}
	d.Meter.Count("telegram_deferred", "screen")
	d.ringRedraw()
	return nil
}

func (d *Dispatcher) unreachable(ctx context.Context, person int64) error {
	d.Meter.Count("telegram_people", "unreachable")
	if d.People == nil {
		return nil
	}
	if err := d.People.Blocked(ctx, person); err != nil {
		return fmt.Errorf("mark as unreachable: %w", err)
	}
	return nil
}

// membership is a person who blocked the bot or took it back. What waits for
// them is told once they are back.
func (d *Dispatcher) membership(ctx context.Context, e event) error {
	if e.blocked {
		d.Meter.Count("telegram_people", "blocked")
		return d.unreachable(ctx, e.person.ID)
	}
	d.Meter.Count("telegram_people", "back")
	return d.reachable(ctx, e.person.ID)
}

// reachable has what waits for somebody told now.
func (d *Dispatcher) reachable(ctx context.Context, person int64) error {
	if d.People != nil {
		if err := d.People.Back(ctx, person); err != nil {
			return fmt.Errorf("mark as reachable: %w", err)
		}
	}
	if d.Woken != nil {
		d.Woken(person)
	}
	return nil
}

const (
	deferTimeout = 3 * time.Second
	groupsKept   = 256
)

// group answers in a group that the shop is a private chat. It is a courtesy:
// nothing is saved, and a failure is not tried again. One answer a minute: a
// group must not make the bot talk all the time.
func (d *Dispatcher) group(ctx context.Context, e event) {
	d.Meter.Count("telegram_updates", "group")
	d.watchAdmins(e)
	if !d.groups.allow(e.group.Chat.ID, d.Clock.Now()) {
		return
	}
	url := ""
	if name := d.name(); name != "" {
		url = "https://t.me/" + name + "?start=group"
	}
	m := d.Renderer.Message(d.Texts.Match(e.person.Language), e.group.Chat.ID, flows.GroupView(url))
	if _, err := d.Sender.Send(ctx, LaneReply, m); err != nil {
		d.Log.Info("group not answered", "fault", FaultOf(err))
	}
}

// Sorry tells a person that something of ours went wrong: after a panic, as
// far as it goes.
func (d *Dispatcher) Sorry(ctx context.Context, p flows.Person) {
	defer d.recovered("sorry")
	d.cache.drop(p.ID)
	m := d.Renderer.Message(d.Texts.Match(p.Language), p.ID, flows.TroubleView())
	if _, err := d.Sender.Send(ctx, LaneReply, m); err != nil {
		d.Log.Info("apology not sent", "fault", FaultOf(err))
	}
}
