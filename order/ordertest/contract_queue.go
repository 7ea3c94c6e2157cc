package ordertest

import (
	"slices"
	"time"

	"giftbot/order"
)

func (c *contract) queued(offset, limit, wantTotal int, want ...order.Number) {
	c.t.Helper()
	list, total, err := c.Waiting(c.ctx, offset, limit)
	c.ok(err)
	var got []order.Number
	for _, o := range list {
		got = append(got, o.Number)
		if !o.Held() {
			c.t.Errorf("%s does not wait", o.Number)
		}
	}
	if total != wantTotal || !slices.Equal(got, want) {
		c.t.Fatalf("%d wait, %v, want %d %v", total, got, wantTotal, want)
	}
}

// hold commits an order with its flag that a person has to see to it, or
// without.
func (c *contract) hold(o order.Order, held bool) order.Order {
	c.t.Helper()
	o.Flags = o.Flags.Without(order.FlagHeld)
	if held {
		o.Flags = o.Flags.With(order.FlagHeld)
	}
	stored, err := c.Commit(c.ctx, order.Transition{Order: o, Op: c.op(), Due: c.Now()})
	c.ok(err)
	return stored
}

// queueInOrder: who waits longest comes first, over all shards; what moves a
// held order does not move its place; one that is dealt with is gone.
func queueInOrder(c *contract) {
	c.queued(0, 5, 0)
	var orders []order.Order
	var numbers []order.Number
	for i := range 5 {
		o := c.hold(c.put(int64(1001+i)), true)
		orders, numbers = append(orders, o), append(numbers, o.Number)
		c.Advance(time.Second)
	}
	born := c.fresh(1001)
	born.Flags = born.Flags.With(order.FlagHeld)
	_, err := c.Insert(c.ctx, order.Transition{Order: born, Op: c.op(), Due: c.Now()})
	c.ok(err)
	numbers = append(numbers, born.Number)
	c.put(1002)
	c.queued(0, 9, 6, numbers...)
	c.queued(0, 2, 6, numbers[:2]...)
	c.queued(2, 3, 6, numbers[2:5]...)
	c.queued(5, 3, 6, numbers[5])
	c.queued(6, 3, 6)
	c.queued(0, 0, 6)

	c.hold(orders[0], true)
	c.queued(0, 1, 6, numbers[0])
	o := c.hold(orders[1], false)
	c.queued(0, 9, 5, append(numbers[:1:1], numbers[2:]...)...)
	c.Advance(time.Second)
	c.hold(o, true)
	c.queued(4, 2, 6, born.Number, o.Number)
}

// switchIsSeen: what an admin set is what every checkout sees.
func switchIsSeen(c *contract) {
	for _, want := range []order.Sales{{}, {Off: true, By: 7, At: 1_800_000_000_000}, {Off: false, By: -8, At: 5}} {
		if want != (order.Sales{}) {
			c.ok(c.SetSales(c.ctx, want))
		}
		got, err := c.Sales(c.ctx)
		c.ok(err)
		standing, err := c.Standing(c.ctx)
		c.ok(err)
		if got != want || standing.Sales != want {
			c.t.Errorf("set %+v, sales %+v, standing %+v", want, got, standing.Sales)
		}
	}
}
