package ordertest

import (
	"slices"
	"time"

	"giftbot/order"
)

// hintsSurvive: hints of a claim that was never committed come again.
func hintsSurvive(c *contract) {
	o := c.put(1001)
	c.claimed(o.Number)
	c.ok(c.Park(c.ctx, o.Number, o.Version, 0))
	h := order.Hint{Event: "e1", Payment: 1, External: "x"}
	c.ok(c.Wake(c.ctx, o.Number, h))
	c.ok(c.Wake(c.ctx, o.Number, h))
	if list, _, err := c.Due(c.ctx, 10); err != nil || len(list) != 1 {
		c.t.Fatalf("a hint does not make the order due: %v, %v", list, err)
	}
	for range 2 { // the first of the two processes dies
		if claim := c.claimed(o.Number); !slices.Equal(claim.Hints, []order.Hint{h}) {
			c.t.Fatalf("hints %v", claim.Hints)
		}
		c.Advance(11 * time.Second)
	}
	claim := c.claimed(o.Number)
	_, err := c.Commit(c.ctx, order.Transition{Order: claim.Order, Op: c.op(), ClearHint: true})
	c.ok(err)
	if claim = c.claimed(o.Number); len(claim.Hints) != 0 {
		c.t.Errorf("hints after they were dealt with: %v", claim.Hints)
	}
}

// hintDuringClaim: one that comes while somebody works is not cleared by him,
// and keeps the order due.
func hintDuringClaim(c *contract) {
	o := c.put(1001)
	c.ok(c.Wake(c.ctx, o.Number, order.Hint{Event: "old", Payment: 1}))
	claim := c.claimed(o.Number)
	c.ok(c.Wake(c.ctx, o.Number, order.Hint{Event: "new", Payment: 1}))
	stored, err := c.Commit(c.ctx, order.Transition{Order: claim.Order, Op: c.op(), ClearHint: true})
	c.ok(err)
	if list, _, err := c.Due(c.ctx, 10); err != nil || len(list) != 1 {
		c.t.Fatalf("not due: %v, %v", list, err)
	}
	claim = c.claimed(o.Number)
	if len(claim.Hints) != 1 || claim.Hints[0].Event != "new" || claim.Order.Version != stored.Version {
		c.t.Errorf("hints %v", claim.Hints)
	}
	c.ok(c.Wake(c.ctx, o.Number, order.Hint{Event: "third", Payment: 1}))
	c.ok(c.Park(c.ctx, o.Number, claim.Order.Version, 0))
	if list, _, err := c.Due(c.ctx, 10); err != nil || len(list) != 1 {
		c.t.Errorf("parked over news: %v, %v", list, err)
	}
}

// asideLeavesTheClaim: a transition without a claim takes nothing from whoever
// has one, and leaves the due time alone.
func asideLeavesTheClaim(c *contract) {
	o := c.put(1001)
	c.ok(c.Wake(c.ctx, o.Number, order.Hint{Event: "e", Payment: 1}))
	c.claimed(o.Number)
	o.Message = 7
	stored, err := c.Commit(c.ctx, order.Transition{Order: o, Op: c.op(), Aside: true, Open: true})
	c.ok(err)
	if _, err = c.Claim(c.ctx, o.Number); order.CodeOf(err) != order.CodeBusy {
		c.t.Errorf("the lease is gone: %v", err)
	}
	c.Advance(11 * time.Second)
	list, _, err := c.Due(c.ctx, 10)
	c.ok(err)
	if len(list) != 1 {
		c.t.Error("the due time is gone: nobody would ever look at the order again")
	}
	claim := c.claimed(o.Number)
	if len(claim.Hints) != 1 || claim.Order.Version != stored.Version || claim.Order.Message != 7 {
		c.t.Errorf("hints %v, version %d, message %d", claim.Hints, claim.Order.Version, claim.Order.Message)
	}
}

// asideWakes: a decision makes a resting order due in the same step, and one
// that is claimed stays with whoever has it, and due behind them.
func asideWakes(c *contract) {
	o := c.put(1001)
	claim := c.claimed(o.Number)
	c.ok(c.Park(c.ctx, o.Number, claim.Order.Version, 0))
	if list, _, err := c.Due(c.ctx, 10); err != nil || len(list) != 0 {
		c.t.Fatalf("a resting order is due: %v, %v", list, err)
	}
	stored, err := c.Commit(c.ctx, order.Transition{Order: o, Op: c.op(), Aside: true, Wake: true})
	c.ok(err)
	if list, _, dueErr := c.Due(c.ctx, 10); dueErr != nil || len(list) != 1 {
		c.t.Fatalf("not due: %v, %v", list, dueErr)
	}
	claim = c.claimed(o.Number)
	_, err = c.Commit(c.ctx, order.Transition{Order: stored, Op: c.op(), Aside: true, Wake: true})
	c.ok(err)
	if _, err = c.Claim(c.ctx, o.Number); order.CodeOf(err) != order.CodeBusy {
		c.t.Errorf("the lease is gone: %v", err)
	}
	if err := c.Park(c.ctx, o.Number, claim.Order.Version, 0); order.CodeOf(err) != order.CodeStale {
		c.t.Errorf("parked over a decision: %v", err)
	}
	c.Advance(11 * time.Second)
	if list, _, err := c.Due(c.ctx, 10); err != nil || len(list) != 1 {
		c.t.Errorf("the decision is forgotten: %v, %v", list, err)
	}
}

func reserveIsReplaced(c *contract) {
	o := c.put(1001)
	for _, want := range []order.Money{5, 3, 0} {
		t := order.Transition{Order: o, Op: c.op(), Due: c.Now()}
		if want > 0 {
			t.Reserve = map[string]order.Money{"v": want}
		}
		var err error
		o, err = c.Commit(c.ctx, t)
		c.ok(err)
		standing, err := c.Standing(c.ctx)
		c.ok(err)
		if got := standing.Reserved["v"]; got != want {
			c.t.Errorf("reserved %d, want %d", got, want)
		}
	}
}

func permitsExclude(c *contract) {
	n := c.Number(1001)
	first := order.Permit{Vendor: "v", Lock: "item", Owner: order.PermitOwner(n, 0, 1), Send: 1}
	second := first
	second.Owner = order.PermitOwner(n, 0, 2)
	c.ok(c.Acquire(c.ctx, first))
	c.ok(c.Acquire(c.ctx, first))
	c.code(c.Acquire(c.ctx, second), order.CodeBusy)
	c.Advance(48 * time.Hour) // a lock never expires
	c.code(c.Acquire(c.ctx, second), order.CodeBusy)
	c.ok(c.Release(c.ctx, second, "")) // not the holder: nothing
	held, err := c.Held(c.ctx, "v")
	c.ok(err)
	if len(held) != 1 || held[0].Owner != first.Owner || held[0].Since == 0 {
		c.t.Errorf("held %+v", held)
	}
	c.ok(c.Release(c.ctx, first, ""))
	c.ok(c.Acquire(c.ctx, second))
}

func permitsRate(c *contract) {
	n := c.Number(1001)
	take := func(line, send int) error {
		return c.Acquire(c.ctx, order.Permit{
			Vendor: "v", Lock: string(rune('a' + line)), Owner: order.PermitOwner(n, line, 1), Send: send, Limit: 2, Window: 10 * time.Second,
		})
	}
	c.ok(take(0, 1))
	c.ok(take(0, 1)) // the same send costs nothing more
	c.Advance(time.Second)
	c.ok(take(1, 1))
	err := take(2, 1)
	c.code(err, order.CodeBusy)
	if wait := order.RetryAfter(err); wait <= 8*time.Second || wait > 9*time.Second {
		c.t.Errorf("told to wait %s", wait)
	}
	held, err := c.Held(c.ctx, "v")
	c.ok(err)
	if len(held) != 2 {
		c.t.Errorf("a refused send left a lock: %v", held)
	}
	c.Advance(9*time.Second + time.Millisecond)
	c.ok(take(2, 1))
}

func permitsOwners(c *contract) {
	n := c.Number(1001)
	p := order.Permit{Vendor: "v", Lock: "item", Owner: order.PermitOwner(n, 0, 1), Send: 1}
	c.ok(c.Acquire(c.ctx, p))
	c.ok(c.Release(c.ctx, p, "ext-1"))
	c.ok(c.Release(c.ctx, p, "ext-1"))
	owner, err := c.Owner(c.ctx, "v", "ext-1")
	c.ok(err)
	if owner != p.Owner {
		c.t.Errorf("owner %q", owner)
	}
	other := p
	other.Owner = order.PermitOwner(n, 1, 1)
	c.code(c.Release(c.ctx, other, "ext-1"), order.CodeExists)
	if owner, err = c.Owner(c.ctx, "v", "nobody's"); err != nil || owner != "" {
		c.t.Errorf("owner %q, %v", owner, err)
	}
}
