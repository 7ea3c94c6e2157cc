package ordertest

import (
	"slices"
	"time"

	"giftbot/order"
)

// announced commits one announcement and takes it.
func (c *contract) announced(a order.Announcement) order.Announced {
	c.t.Helper()
	o := c.put(a.To)
	_, err := c.Commit(c.ctx, order.Transition{Order: o, Op: c.op(), Due: c.Now(), Announce: []order.Announcement{a, a}})
	c.ok(err)
	list, err := c.Pending(c.ctx)
	c.ok(err)
	if !slices.Equal(list, []Pending{{a, o.Number}}) {
		c.t.Fatalf("pending %v", list)
	}
	taken, err := c.Take(c.ctx, o.Number, a)
	c.ok(err)
	return taken
}

func outboxTellsOnce(c *contract) {
	a := order.Announcement{Kind: order.AnnounceStatus, To: 1001}
	taken := c.announced(a)
	_, err := c.Take(c.ctx, taken.Number, a)
	c.code(err, order.CodeBusy)
	c.Advance(11 * time.Second)
	second, err := c.Take(c.ctx, taken.Number, a)
	c.ok(err)
	if second.Tries != 1 || second.Order.Number != taken.Number {
		c.t.Errorf("tries %d", second.Tries)
	}
	c.code(c.Ack(c.ctx, taken), order.CodeStale) // the lease is another's by now: nothing
	c.ok(c.Ack(c.ctx, second))
	c.code(c.Ack(c.ctx, second), order.CodeStale) // nobody knows any more whose it was
	_, err = c.Take(c.ctx, taken.Number, a)
	c.code(err, order.CodeMissing)
}

// outboxRenewed: what was announced anew while it was told is told again; a
// transition can complete an announcement and make another.
func outboxRenewed(c *contract) {
	a := order.Announcement{Kind: order.AnnounceStatus, To: 1001}
	taken := c.announced(a)
	c.Advance(time.Second)
	o, err := c.Commit(c.ctx, order.Transition{Order: taken.Order, Op: c.op(), Due: c.Now(), Announce: []order.Announcement{a}})
	c.ok(err)
	for range 2 {
		c.code(c.Ack(c.ctx, taken), order.CodeStale)
		_, err = c.Take(c.ctx, o.Number, a)
		c.code(err, order.CodeBusy) // one at a time tells it
	}
	c.ok(c.Later(c.ctx, taken, c.Now()))
	again, err := c.Take(c.ctx, o.Number, a)
	c.ok(err)
	ping := order.Announcement{Kind: order.AnnouncePing, To: 1001}
	_, err = c.Commit(c.ctx, order.Transition{Order: o, Op: c.op(), Aside: true, Ack: &again, Announce: []order.Announcement{ping}})
	c.ok(err)
	list, err := c.Pending(c.ctx)
	c.ok(err)
	if !slices.Equal(list, []Pending{{ping, o.Number}}) {
		c.t.Errorf("pending %v", list)
	}
}

// lost takes a status, sleeps over the lease, and has another sender take it.
func (c *contract) lost(a order.Announcement) (late, next order.Announced) {
	c.t.Helper()
	late = c.announced(a)
	if late.Term <= 0 || late.Lease.Since(c.Now()) != late.Term {
		c.t.Errorf("a lease of %s until %d, at %d", late.Term, late.Lease, c.Now())
	}
	c.Advance(late.Term + time.Second)
	next, err := c.Take(c.ctx, late.Number, a)
	c.ok(err)
	return late, next
}

// lateAckTellsAgain: a sender whose lease was lost told something late, after
// another one told something newer and acknowledged it. It is told once more,
// and no more than that.
func lateAckTellsAgain(c *contract) {
	a := order.Announcement{Kind: order.AnnounceStatus, To: 1001}
	late, next := c.lost(a)
	o, err := c.Commit(c.ctx, order.Transition{Order: next.Order, Op: c.op(), Aside: true, Ack: &next})
	c.ok(err)
	c.code(c.Ack(c.ctx, late), order.CodeStale)
	for range 2 { // its answer was lost the first time
		c.ok(c.Later(c.ctx, late, c.Now()))
	}
	again, err := c.Take(c.ctx, late.Number, a)
	c.ok(err)
	if again.Order.Version != o.Version || again.Tries != 0 {
		c.t.Errorf("told again from version %d, want %d, tries %d", again.Order.Version, o.Version, again.Tries)
	}
	c.ok(c.Ack(c.ctx, again))
	_, err = c.Take(c.ctx, late.Number, a)
	c.code(err, order.CodeMissing)
}

// lateAckMeetsTheNext: the same, while the other one still tells it. What it
// shows may be on its way already, so its acknowledgement must not end it.
func lateAckMeetsTheNext(c *contract) {
	a := order.Announcement{Kind: order.AnnounceStatus, To: 1001}
	late, next := c.lost(a)
	c.code(c.Ack(c.ctx, late), order.CodeStale)
	c.ok(c.Later(c.ctx, late, c.Now()))
	_, err := c.Take(c.ctx, late.Number, a)
	c.code(err, order.CodeBusy)
	c.code(c.Ack(c.ctx, next), order.CodeStale)
	c.ok(c.Later(c.ctx, next, c.Now()))
	again, err := c.Take(c.ctx, late.Number, a)
	c.ok(err)
	c.ok(c.Ack(c.ctx, again))
	_, err = c.Take(c.ctx, late.Number, a)
	c.code(err, order.CodeMissing)
}

// lateAckLeavesWhatWaits: the other one could not tell it and gave it back. It
// will be told, and not sooner than it may.
func lateAckLeavesWhatWaits(c *contract) {
	a := order.Announcement{Kind: order.AnnounceStatus, To: 1001}
	late, next := c.lost(a)
	c.ok(c.Later(c.ctx, next, c.Now().Add(time.Minute)))
	c.ok(c.Later(c.ctx, late, c.Now()))
	_, err := c.Take(c.ctx, late.Number, a)
	c.code(err, order.CodeBusy)
	c.Advance(time.Minute)
	again, err := c.Take(c.ctx, late.Number, a)
	c.ok(err)
	c.ok(c.Ack(c.ctx, again))
}

// latePingIsNotRepeated: what rings is not told again because one of two
// senders was late.
func latePingIsNotRepeated(c *contract) {
	a := order.Announcement{Kind: order.AnnouncePing, To: 1001}
	late, next := c.lost(a)
	c.code(c.Ack(c.ctx, late), order.CodeStale)
	c.ok(c.Later(c.ctx, late, c.Now()))
	c.ok(c.Ack(c.ctx, next))
	c.ok(c.Later(c.ctx, late, c.Now()))
	_, err := c.Take(c.ctx, late.Number, a)
	c.code(err, order.CodeMissing)
}
