package chaos

import (
	"context"
	"slices"
	"sync"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
)

// admins approve payouts until ctx ends and none waits.
func (w *world) admins(ctx context.Context) *sync.WaitGroup {
	var all sync.WaitGroup
	all.Go(func() {
		rng := w.dice(90)
		staff := []*client{w.client(kit.Admin, rng), w.client(second, rng)}
		for {
			select {
			case number := <-w.payouts:
				for _, a := range staff {
					w.deal("an admin's word: " + a.approves(number))
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return &all
}

// approves gives an admin's word by typing the order's number.
func (c *client) approves(number string) string {
	c.until = time.Now().Add(20 * time.Second)
	c.anew()
	given := func(list []kit.Message) bool {
		return said("Your word is noted")(list) || said("✅ Approved")(list) || c.w.approved(number, c.ID)
	}
	if c.walk("/order "+number, given, press("✅ Approve payout"), answer("type the order number", number)) {
		return "given"
	}
	return "not yet"
}

// approved reports whether the record has an admin's word.
func (w *world) approved(number string, admin int64) bool {
	for _, p := range w.OrderOf(number).Payouts {
		if slices.Contains(p.Approved, admin) || p.State != order.PayoutAddressed {
			return true
		}
	}
	return false
}
