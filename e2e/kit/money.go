package kit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/store"
)

// shares is how finely a share of a price is reckoned, in decimals.
const shares = 12

// withdrawal is a payout in a gateway's books.
type withdrawal struct {
	gateway, address string
	amount           decimal.Decimal // coin units
	left, over       bool            // it arrived; it did, or never will
}

func (l *ledger) readGateways() {
	l.t.Helper()
	add := func(reference string, amount decimal.Decimal) {
		number, _, err := order.ParseReference(reference)
		money, unread := order.MoneyRoundedDown(amount)
		if err != nil || unread != nil {
			l.t.Errorf("a gateway's books hold %s for %q", amount, reference)
			return
		}
		l.received[number] += money
	}
	infinis := l.c.GatewayBooks()
	for _, o := range infinis.Orders {
		add(o.ClientReference, o.AmountConfirmed)
		back, err := order.MoneyRoundedDown(o.Returned)
		if err != nil {
			l.t.Error(err)
		}
		l.returned += back
	}
	for _, w := range infinis.Withdrawals {
		l.sent[w.Note] = append(l.sent[w.Note], withdrawal{Infini, w.WalletAddress, w.Amount, w.Status == "completed", !w.EndedAt.IsZero()})
	}
	invents := l.c.InventBooks()
	for _, p := range invents.Payments {
		if p.Required.IsPositive() {
			// What was confirmed before the link was closed lies on its address, in
			// nobody's balance (inventpay sheet §7): it was received all the same.
			add(p.OrderID, p.Confirmed.Add(p.Unclaimed).Mul(p.BaseAmount).DivRound(p.Required, shares))
		}
	}
	for _, w := range invents.Withdrawals {
		l.sent[w.Description] = append(l.sent[w.Description], withdrawal{InventPay, w.Address, w.Amount, w.Status == "COMPLETED", !w.EndedAt.IsZero()})
	}
}

// ended reports whether an order waits for nothing any more.
func ended(o order.Order) bool {
	return o.Status == order.Delivered || o.Status == order.Refunded || o.Status == order.Expired || o.Status == order.Cancelled
}

// booked is what of an order came by links, as read last, and what a person
// vouched for. A record that made no sense was booked by nobody.
func booked(o order.Order) (byLinks, byHand order.Money, odd bool) {
	for _, p := range o.Payments {
		switch {
		case p.Gateway == order.CreditGateway:
		case p.Gateway == order.HandGateway:
			byHand += p.Seen
		case p.Fell:
			byLinks += p.Now
		default:
			byLinks += p.Seen
		}
	}
	odd = slices.ContainsFunc(o.Timeline, func(m order.Moment) bool {
		return m.What == "held" && slices.Contains([]order.Reason{order.ReasonCurrency, order.ReasonMismatch, order.ReasonUnread}, order.Reason(m.Note))
	})
	return byLinks, byHand, odd
}

// judgeMoney: received = delivered − forgiven + credited + paid out + held for
// a person, and the ledger says the same.
func (l *ledger) judgeMoney(o order.Order) {
	l.t.Helper()
	if there := l.sums[order.Account("order:"+string(o.Number))]; there != o.Balance() {
		l.t.Errorf("order %s: %s is left of it in the ledger, want %s", o.Number, there, o.Balance())
	}
	byLinks, _, odd := booked(o)
	if byLinks > l.received[o.Number] && !odd {
		l.t.Errorf("order %s: %s was booked, and the gateways took %s", o.Number, byLinks, l.received[o.Number])
	}
	if !ended(o) || o.Held() {
		return
	}
	if byLinks != l.received[o.Number] && !odd {
		l.t.Errorf("order %s: %s was booked, the gateways took %s, and nobody was told", o.Number, byLinks, l.received[o.Number])
	}
	if rest := o.Left(); rest != 0 {
		l.t.Errorf("order %s is %s, and %s of %s went nowhere", o.Number, o.Status, rest, o.Received())
	}
}

// judgePayouts: a payout is in its gateway's books once, with its sum, and what
// was given back to the buyer never left.
func (l *ledger) judgePayouts(o order.Order) {
	l.t.Helper()
	for _, p := range o.Payouts {
		name := fmt.Sprintf("%s-P%d", o.Number, p.N)
		made := slices.DeleteFunc(l.sent[name], func(w withdrawal) bool { return w.over && !w.left })
		delete(l.sent, name)
		if len(made) > 1 {
			l.t.Errorf("payout %s was sent %d times: %+v", name, len(made), made)
		}
		for _, w := range made {
			if w.gateway != p.Gateway || w.amount.String() != p.Coins {
				l.t.Errorf("payout %s: %s left at %s, want %s at %s", name, w.amount, w.gateway, p.Coins, p.Gateway)
			}
			if p.State != order.PayoutSent && p.State != order.PayoutUnclear && p.State != order.PayoutDone {
				l.t.Errorf("payout %s left, and we think that it is %s", name, p.State)
			}
		}
		if p.State == order.PayoutDone && p.Network != "" && len(made) == 0 {
			l.t.Errorf("payout %s is done, and never left", name)
		}
	}
}

// judgeStrangers: nothing left the gateways that no order of ours sent.
func (l *ledger) judgeStrangers() {
	l.t.Helper()
	for name, made := range l.sent {
		l.t.Errorf("withdrawal %q belongs to no payout of ours: %+v", name, made)
	}
}

// judgeCredit: a buyer's credit is what their orders gave and did not take.
func (l *ledger) judgeCredit() {
	l.t.Helper()
	want := make(map[int64]order.Money)
	for _, o := range l.orders {
		want[o.Buyer] += o.Returned - o.CreditUsed()
	}
	for _, id := range l.people {
		if have := l.sums[order.CreditAccount(id)]; have != want[id] || have < 0 {
			l.t.Errorf("the credit of %d is %s, their orders come to %s", id, have, want[id])
		}
	}
}

// Tie fails the test unless all money is where it belongs at this moment: what
// the gateways received is what was delivered, less what the shop bears, and
// the credit of the buyers, what left for their wallets, and what is held.
func (s *Shop) Tie() {
	s.t.Helper()
	l := readBooks(s.t, s.Control, s.Redis.URL)
	var in, out order.Money
	for _, received := range l.received {
		in += received
	}
	in -= l.returned
	for _, o := range l.orders {
		l.judgeMoney(o)
		l.judgePayouts(o)
		byLinks, byHand, odd := booked(o)
		if odd { // what made no sense is what a person vouched for
			in -= l.received[o.Number] - byLinks
		}
		in += byHand
		out += o.Sold() - o.Forgiven + held(o)
		for _, p := range o.Payments {
			if p.Fell {
				out -= p.Seen - p.Now
			}
		}
		for _, p := range o.Payouts {
			if p.State == order.PayoutDone && p.Network != "" {
				out += p.Amount
			}
		}
	}
	for _, id := range l.people {
		out += l.sums[order.CreditAccount(id)]
	}
	if in != out {
		s.t.Errorf("the gateways received %s; delivered, credited, paid out and held are %s", in, out)
	}
	l.judgeCredit()
	l.judgeStrangers()
}

// held is what an order holds, payouts included that have not left.
func held(o order.Order) order.Money {
	sum := o.Left()
	for _, p := range o.Payouts {
		if p.State != order.PayoutDone && p.State != order.PayoutDropped {
			sum += p.Amount
		}
	}
	return sum
}

// Trial is the trial balance of our books. What a ledger says and what is kept
// beside it is the same when it has no faults.
func (s *Shop) Trial() store.Trial {
	s.t.Helper()
	return trialOf(s.t, s.Redis.URL)
}

func trialOf(t testing.TB, redisURL string) store.Trial {
	t.Helper()
	var trial store.Trial
	fromStore(t, redisURL, func(ctx context.Context, st *store.Store) (err error) {
		trial, err = st.Trial(ctx)
		return err
	})
	return trial
}

// PlantEntry writes an entry with one leg into the ledger of the shard that an
// order is in, as a bug or a thief might, and returns how to take it out again.
func (s *Shop) PlantEntry(number string, amount order.Money) (undo func()) {
	s.t.Helper()
	n, err := order.ParseNumber(number)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, DisableIdentity: true})
	key := fmt.Sprintf("{s%02d}:ledger", n.Shard())
	err = client.RPush(ctx, key, fmt.Sprintf("%s\n@/planted||%s|%d", n, order.CreditAccount(Admin), amount)).Err()
	if err = cmp.Or(err, client.Close()); err != nil {
		s.t.Fatalf("plant an entry: %v", err)
	}
	return func() {
		client := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, DisableIdentity: true})
		if err := cmp.Or(client.LTrim(context.Background(), key, 0, -2).Err(), client.Close()); err != nil {
			s.t.Fatalf("take the planted entry out: %v", err)
		}
	}
}
