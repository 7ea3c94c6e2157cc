package ordertest

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"time"

	"giftbot/order"
)

// Subject is a store under the contract suite.
type Subject struct {
	order.Store
	order.Index
	order.Outbox
	order.Permits
	order.Credits
	order.Desk
	order.Switch
	order.Clearing

	// Numbers draws the number of a new order of a buyer.
	Number func(buyer int64) order.Number
	// Pending lists announcements that are due; Take leases one; Later gives
	// one back, or announces a status anew whose lease was lost.
	Pending func(ctx context.Context) ([]Pending, error)
	Take    func(ctx context.Context, n order.Number, a order.Announcement) (order.Announced, error)
	Later   func(ctx context.Context, a order.Announced, at order.Stamp) error
	// Advance moves every clock the store goes by.
	Advance func(d time.Duration)
	// Now is the store's present moment.
	Now func() order.Stamp
}

// Contract is what every store has to do, whatever it is made of. newStore
// returns an empty one.
func Contract(t *testing.T, newStore func(t *testing.T) Subject) {
	t.Helper()
	for name, check := range map[string]func(c *contract){
		"insert":         insertOnce,
		"open orders":    openOrders,
		"commit":         commitOnce,
		"lease":          leaseIsExclusive,
		"keep":           keepRenews,
		"park":           parkSaysWhen,
		"late park":      lateParkTakesNothing,
		"due":            dueInOrder,
		"hints":          hintsSurvive,
		"hint in claim":  hintDuringClaim,
		"aside":          asideLeavesTheClaim,
		"aside, due":     asideWakes,
		"outbox":         outboxTellsOnce,
		"outbox renewed": outboxRenewed,
		"outbox late":    lateAckTellsAgain,
		"outbox meeting": lateAckMeetsTheNext,
		"outbox waiting": lateAckLeavesWhatWaits,
		"outbox pings":   latePingIsNotRepeated,
		"reserve":        reserveIsReplaced,
		"permits":        permitsExclude,
		"rate":           permitsRate,
		"owners":         permitsOwners,
		"missing":        missing,
		"history":        history,
		"listed later":   listedLater,
		"credit":         creditMoves,
		"credit at once": creditIsSpentOnce,
		"credit again":   creditMovesOnce,
		"credit refused": creditNeverNegative,
		"credit pages":   creditPages,
		"clearing":       clearingCarriesOnce,
		"queue":          queueInOrder,
		"switch":         switchIsSeen,
	} {
		t.Run(name, func(t *testing.T) { check(&contract{t: t, ctx: context.Background(), Subject: newStore(t)}) })
	}
}

type contract struct {
	Subject

	t   *testing.T
	ctx context.Context //nolint:containedctx // the context of one test
	ops int
}

func (c *contract) op() string {
	c.ops++
	return "op" + strconv.Itoa(100000+c.ops)
}

func (c *contract) ok(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *contract) code(err error, want order.Code) {
	c.t.Helper()
	if err == nil || order.CodeOf(err) != want {
		c.t.Fatalf("got %v, want %s", err, want)
	}
}

// put stores a new order that is due now.
func (c *contract) put(buyer int64) order.Order {
	c.t.Helper()
	o, err := c.Insert(c.ctx, order.Transition{Order: c.fresh(buyer), Op: c.op(), Due: c.Now(), Open: true})
	c.ok(err)
	return o
}

func (c *contract) fresh(buyer int64) order.Order {
	return order.Order{Number: c.Number(buyer), Buyer: buyer, Status: order.AwaitingPayment, Total: order.Cent, CreatedAt: c.Now()}
}

func (c *contract) claimed(n order.Number) order.Claim {
	c.t.Helper()
	claim, err := c.Claim(c.ctx, n)
	c.ok(err)
	return claim
}

func insertOnce(c *contract) {
	t := order.Transition{Order: c.fresh(1001), Op: c.op(), Due: c.Now()}
	first, err := c.Insert(c.ctx, t)
	c.ok(err)
	again, err := c.Insert(c.ctx, t)
	c.ok(err)
	if first.Version != 1 || again.Version != 1 {
		c.t.Errorf("versions %d and %d", first.Version, again.Version)
	}
	t.Op = c.op()
	_, err = c.Insert(c.ctx, t)
	c.code(err, order.CodeStale)
}

func openOrders(c *contract) {
	first := c.put(1001)
	limited := order.Transition{Order: c.fresh(1001), Op: c.op(), Open: true, MaxOpen: 1}
	_, err := c.Insert(c.ctx, limited)
	c.code(err, order.CodeTooMany)
	claim := c.claimed(first.Number)
	_, err = c.Commit(c.ctx, order.Transition{Order: claim.Order, Op: c.op()})
	c.ok(err)
	_, err = c.Insert(c.ctx, limited)
	c.ok(err)
}

func commitOnce(c *contract) {
	o := c.put(1001)
	t := order.Transition{Order: o, Op: c.op(), Announce: []order.Announcement{{Kind: order.AnnounceStatus, To: 1001}}}
	t.Order.Status = order.Confirming
	second, err := c.Commit(c.ctx, t)
	c.ok(err)
	again, err := c.Commit(c.ctx, t)
	c.ok(err)
	if second.Version != 2 || again.Version != 2 || again.Status != order.Confirming {
		c.t.Errorf("%d, then %d %s", second.Version, again.Version, again.Status)
	}
	t.Op = c.op()
	_, err = c.Commit(c.ctx, t)
	c.code(err, order.CodeStale)
	loaded, err := c.Load(c.ctx, o.Number)
	c.ok(err)
	if loaded.Version != 2 || loaded.Buyer != 1001 {
		c.t.Errorf("loaded %+v", loaded)
	}
}

func leaseIsExclusive(c *contract) {
	o := c.put(1001)
	c.claimed(o.Number)
	_, err := c.Claim(c.ctx, o.Number)
	c.code(err, order.CodeBusy)
	list, next, err := c.Due(c.ctx, 10)
	c.ok(err)
	if len(list) != 0 || next <= c.Now() {
		c.t.Errorf("a leased order is listed: %v, next %d", list, next)
	}
	c.Advance(11 * time.Second)
	c.claimed(o.Number)
}

func keepRenews(c *contract) {
	o := c.put(1001)
	claim := c.claimed(o.Number)
	c.Advance(8 * time.Second)
	_, err := c.Commit(c.ctx, order.Transition{Order: claim.Order, Op: c.op(), Due: c.Now(), Keep: true})
	c.ok(err)
	c.Advance(8 * time.Second)
	_, err = c.Claim(c.ctx, o.Number)
	c.code(err, order.CodeBusy)
	c.Advance(3 * time.Second)
	c.claimed(o.Number)
}

func parkSaysWhen(c *contract) {
	o := c.put(1001)
	c.claimed(o.Number)
	c.ok(c.Park(c.ctx, o.Number, o.Version, c.Now().Add(time.Minute)))
	list, next, err := c.Due(c.ctx, 10)
	c.ok(err)
	if len(list) != 0 || next == 0 {
		c.t.Errorf("due %v, next %d", list, next)
	}
	c.Advance(61 * time.Second)
	if list, _, err = c.Due(c.ctx, 10); err != nil || len(list) != 1 {
		c.t.Errorf("due %v, %v", list, err)
	}
	c.claimed(o.Number)
	c.ok(c.Park(c.ctx, o.Number, o.Version, 0))
	if list, next, err = c.Due(c.ctx, 10); err != nil || len(list) != 0 || next != 0 {
		c.t.Errorf("parked for ever: due %v, next %d, %v", list, next, err)
	}
}

// lateParkTakesNothing: a worker that slept over its lease moves neither the
// lease nor the due time of the one that has moved the order since.
func lateParkTakesNothing(c *contract) {
	o := c.put(1001)
	late := c.claimed(o.Number)
	c.Advance(11 * time.Second)
	claim := c.claimed(o.Number)
	stored, err := c.Commit(c.ctx, order.Transition{Order: claim.Order, Op: c.op(), Due: c.Now(), Keep: true})
	c.ok(err)
	c.code(c.Park(c.ctx, o.Number, late.Order.Version, 0), order.CodeStale)
	_, err = c.Claim(c.ctx, o.Number)
	c.code(err, order.CodeBusy)
	c.Advance(11 * time.Second)
	if list, _, err := c.Due(c.ctx, 10); err != nil || len(list) != 1 {
		c.t.Errorf("the due time was moved: %v, %v", list, err)
	}
	c.ok(c.Park(c.ctx, o.Number, stored.Version, 0))
}

func dueInOrder(c *contract) {
	var want []order.Number
	for range 3 {
		want = append(want, c.put(1001).Number)
		c.Advance(time.Second)
	}
	list, _, err := c.Due(c.ctx, 2)
	c.ok(err)
	if !slices.Equal(list, want[:2]) {
		c.t.Errorf("due %v, want %v", list, want[:2])
	}
}

func history(c *contract) {
	var numbers []order.Number
	for range 3 {
		numbers = append(numbers, c.put(1001).Number)
	}
	c.put(1002)
	list, total, err := c.OfBuyer(c.ctx, 1001, 1, 5)
	c.ok(err)
	if total != 3 || len(list) != 2 || list[0].Number != numbers[1] || list[1].Number != numbers[0] {
		c.t.Errorf("%d in all, page of %d", total, len(list))
	}
}

// listedLater: an order that was nobody's joins its buyer's list, once.
func listedLater(c *contract) {
	nobody := int64(-1)
	for c.Number(nobody).Shard() != c.Number(1001).Shard() {
		nobody--
	}
	o, op := c.put(nobody), c.op()
	o.Buyer = 1001
	for range 2 {
		_, err := c.Commit(c.ctx, order.Transition{Order: o, Op: op, Aside: true, Wake: true, Listed: true})
		c.ok(err)
	}
	list, total, err := c.OfBuyer(c.ctx, 1001, 0, 5)
	c.ok(err)
	if total != 1 || len(list) != 1 || list[0].Number != o.Number {
		c.t.Errorf("%d in all: %v", total, list)
	}
}

func missing(c *contract) {
	n := c.Number(1001)
	_, err := c.Load(c.ctx, n)
	c.code(err, order.CodeMissing)
	_, err = c.Claim(c.ctx, n)
	c.code(err, order.CodeMissing)
	c.code(c.Wake(c.ctx, n, order.Hint{}), order.CodeMissing)
	c.code(c.Park(c.ctx, n, 1, 0), order.CodeMissing)
	_, err = c.Commit(c.ctx, order.Transition{Order: order.Order{Number: n, Buyer: 1001, Version: 1}, Op: c.op()})
	c.code(err, order.CodeMissing)
	gone := order.Announced{Number: n, Announcement: order.Announcement{Kind: order.AnnounceStatus, To: 1}, Lease: c.Now()}
	c.code(c.Ack(c.ctx, gone), order.CodeStale)
	c.ok(c.Later(c.ctx, gone, c.Now()))
	_, err = c.Take(c.ctx, n, gone.Announcement)
	c.code(err, order.CodeMissing)
}
