package ordertest

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"giftbot/order"
)

// give is a posting from an order to a buyer's credit, or with a negative
// amount the other way.
func give(n order.Number, key string, to int64, amount order.Money) order.Posting {
	p := order.Posting{Key: string(n) + "/" + key, From: order.Account("order:" + string(n)), To: order.CreditAccount(to), Amount: amount}
	if amount < 0 {
		p.From, p.To, p.Amount = p.To, p.From, -amount
	}
	return p
}

// posted commits postings of an order.
func (c *contract) posted(o order.Order, postings ...order.Posting) order.Order {
	c.t.Helper()
	stored, err := c.Commit(c.ctx, order.Transition{Order: o, Op: c.op(), Due: c.Now(), Postings: postings})
	c.ok(err)
	return stored
}

func (c *contract) balance(buyer int64, want order.Money) {
	c.t.Helper()
	got, err := c.Balance(c.ctx, buyer)
	c.ok(err)
	if got != want {
		c.t.Fatalf("%d has %s, want %s", buyer, got, want)
	}
}

func (c *contract) movements(buyer int64, offset, limit, wantTotal int, want ...order.Movement) {
	c.t.Helper()
	list, total, err := c.Movements(c.ctx, buyer, offset, limit)
	c.ok(err)
	if total != wantTotal || !slices.Equal(list, want) {
		c.t.Fatalf("%d movements %+v, want %d %+v", total, list, wantTotal, want)
	}
}

// creditMoves: what an order gives and takes is in its buyer's balance, and one
// movement per posting; what comes in counts before what goes out.
func creditMoves(c *contract) {
	c.balance(1001, 0)
	o := c.put(1001)
	first := c.Now()
	o = c.posted(o, give(o.Number, "credit/100", 1001, 100))
	c.Advance(time.Second)
	second := c.Now()
	c.posted(o, give(o.Number, "hold", 1001, -120), give(o.Number, "more", 1001, 50))
	c.balance(1001, 30)
	c.balance(1002, 0)
	c.movements(1001, 0, 5, 3,
		order.Movement{At: second, Number: o.Number, Key: "hold", Amount: -120, Balance: 30},
		order.Movement{At: second, Number: o.Number, Key: "more", Amount: 50, Balance: 150},
		order.Movement{At: first, Number: o.Number, Key: "credit/100", Amount: 100, Balance: 100},
	)
}

// creditIsSpentOnce: two orders want the same credit at the same moment.
func creditIsSpentOnce(c *contract) {
	o := c.put(1001)
	c.posted(o, give(o.Number, "credit", 1001, 100))
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		n := c.Number(1001)
		t := order.Transition{
			Order: order.Order{Number: n, Buyer: 1001, Status: order.AwaitingPayment, Total: 100, CreatedAt: c.Now()},
			Op:    c.op(), Due: c.Now(), Postings: []order.Posting{give(n, "hold", 1001, -100)},
		}
		group.Go(func() { _, errs[i] = c.Insert(c.ctx, t) })
	}
	group.Wait()
	if errs[0] != nil {
		errs[0], errs[1] = errs[1], errs[0]
	}
	c.ok(errs[0])
	c.code(errs[1], order.CodeCredit)
	c.balance(1001, 0)
	if _, total, err := c.OfBuyer(c.ctx, 1001, 0, 5); err != nil || total != 2 {
		c.t.Errorf("%d orders, %v: the refused one is stored", total, err)
	}
}

// creditMovesOnce: an operation that is repeated moves nothing, and is OK even
// when the credit would not cover it a second time.
func creditMovesOnce(c *contract) {
	o := c.put(1001)
	o = c.posted(o, give(o.Number, "credit", 1001, 100))
	spend := order.Transition{Order: o, Op: c.op(), Due: c.Now(), Postings: []order.Posting{give(o.Number, "hold", 1001, -100)}}
	for range 3 {
		stored, err := c.Commit(c.ctx, spend)
		c.ok(err)
		if stored.Version != o.Version+1 {
			c.t.Errorf("version %d", stored.Version)
		}
	}
	c.balance(1001, 0)
	spend.Op = c.op()
	_, err := c.Commit(c.ctx, spend)
	c.code(err, order.CodeStale)
	if _, total, err := c.Movements(c.ctx, 1001, 0, 5); err != nil || total != 2 {
		c.t.Errorf("%d movements, %v", total, err)
	}
}

// creditNeverNegative: what the credit does not cover is refused, and nothing
// of its transition stands anywhere. So is what nobody may post.
func creditNeverNegative(c *contract) {
	o := c.put(1001)
	o = c.posted(o, give(o.Number, "credit", 1001, 100))
	clearing, nobody, legless := give(o.Number, "x", 1001, 1), give(o.Number, "x", 1001, 1), give(o.Number, "x", 1001, 1)
	clearing.From, nobody.To, legless.From = order.ClearingAccount, "credit:nobody", ""
	for _, tc := range []struct {
		posting order.Posting
		want    order.Code
	}{
		{give(o.Number, "x", 1001, -101), order.CodeCredit},
		{give(o.Number, "x", 1001, order.MaxMoney-99), order.CodeInvalid},
		{give(o.Number, "x", 1002, -1), order.CodeInvalid},
		{clearing, order.CodeInvalid},
		{nobody, order.CodeInvalid},
		{legless, order.CodeInvalid},
	} {
		t := order.Transition{Order: o, Op: c.op(), Due: c.Now(), Postings: []order.Posting{tc.posting, give(o.Number, "y", 1002, 7)}}
		t.Order.Status = order.Paid
		t.Announce = []order.Announcement{{Kind: order.AnnounceStatus, To: 1001}}
		_, err := c.Commit(c.ctx, t)
		c.code(err, tc.want)
	}
	fresh := c.fresh(1001)
	_, err := c.Insert(c.ctx, order.Transition{Order: fresh, Op: c.op(), Postings: []order.Posting{give(fresh.Number, "hold", 1001, -101)}})
	c.code(err, order.CodeCredit)
	_, err = c.Load(c.ctx, fresh.Number)
	c.code(err, order.CodeMissing)
	loaded, err := c.Load(c.ctx, o.Number)
	c.ok(err)
	if pending, err := c.Pending(c.ctx); err != nil || len(pending) != 0 || loaded.Version != o.Version || loaded.Status != o.Status {
		c.t.Errorf("something of it stands: %v, %v, %+v", pending, err, loaded)
	}
	if moved, err := c.Clear(c.ctx); err != nil || moved != 0 {
		c.t.Errorf("%d on the way, %v", moved, err)
	}
	c.balance(1001, 100)
}

func creditPages(c *contract) {
	o := c.put(1001)
	want := make([]order.Movement, 0, 5)
	for i := range order.Money(5) {
		key := "credit/" + strconv.Itoa(int(i))
		want = append(want, order.Movement{At: c.Now(), Number: o.Number, Key: key, Amount: i + 1, Balance: (i + 1) * (i + 2) / 2})
		o = c.posted(o, give(o.Number, key, 1001, i+1))
	}
	slices.Reverse(want)
	for _, page := range []struct{ offset, limit, from, to int }{{0, 2, 0, 2}, {2, 2, 2, 4}, {4, 2, 4, 5}, {5, 2, 5, 5}, {99, 2, 5, 5}, {0, 99, 0, 5}, {0, 0, 0, 0}, {-1, -1, 0, 0}} {
		c.movements(1001, page.offset, page.limit, 5, want[page.from:page.to]...)
	}
	c.movements(1002, 0, 5, 0)
}

// clearingCarriesOnce: what an order gives to another buyer, whichever their
// shard, is theirs after it was cleared, once.
func clearingCarriesOnce(c *contract) {
	o := c.put(1001)
	var postings []order.Posting
	for to := int64(1002); to < 1010; to++ {
		postings = append(postings, give(o.Number, "to/"+strconv.Itoa(int(to)), to, order.Money(to)))
	}
	o = c.posted(o, append(postings, give(o.Number, "own", 1001, 1))...)
	c.balance(1001, 1)
	c.balance(1002, 0)
	for _, want := range []int{8, 0} {
		if moved, err := c.Clear(c.ctx); err != nil || moved != want {
			c.t.Fatalf("%d moved, %v, want %d", moved, err, want)
		}
		for to := int64(1002); to < 1010; to++ {
			c.balance(to, order.Money(to))
		}
	}
	c.movements(1003, 0, 5, 1, order.Movement{At: c.Now(), Number: o.Number, Key: "to/1003/cleared", Amount: 1003, Balance: 1003})
}
