package kit

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/store"
)

// ledger holds our books beside the vendors' own.
type ledger struct {
	t        testing.TB
	c        *Control
	people   []int64
	orders   []order.Order
	sums     map[order.Account]order.Money
	received map[order.Number]order.Money // at the gateways, less what fell
	returned order.Money                  // of it, surplus that gateways gave back by themselves
	sent     map[string][]withdrawal      // by our name for the payout
	bought   map[string][]purchase        // by key, or by the reference of cards
}

// purchase is one order at a supplier.
type purchase struct {
	pieces int // that somebody could redeem, or accounts topped up
	id     string
}

// auditBooks fails the test unless what the vendors' own books say is what ours
// say: nobody's money is lost, nothing was bought twice, and a secret is seen by
// its buyer alone.
func auditBooks(t testing.TB, c *Control, redisURL string) {
	t.Helper()
	l := readBooks(t, c, redisURL)
	for _, o := range l.orders {
		l.judgeMoney(o)
		l.judgePayouts(o)
		l.judgeGoods(o)
	}
	l.judgeCredit()
	l.judgeStrangers()
	l.judgeOrphans()
	l.judgeEyes()
}

// readBooks takes both sides as they are.
func readBooks(t testing.TB, c *Control, redisURL string) *ledger {
	t.Helper()
	l := &ledger{
		t: t, c: c, received: make(map[order.Number]order.Money), sent: make(map[string][]withdrawal), bought: make(map[string][]purchase),
	}
	l.read(redisURL)
	l.readGateways()
	l.readSuppliers()
	return l
}

// read takes our side from Redis. A trial balance that does not come to zero
// fails.
func (l *ledger) read(redisURL string) {
	l.t.Helper()
	var people []struct {
		ID int64 `json:"id"`
	}
	l.c.Get("/control/people", &people)
	for _, p := range people {
		l.people = append(l.people, p.ID)
	}
	l.orders = ordersOf(l.t, redisURL, l.people)
	trial := trialOf(l.t, redisURL)
	for _, fault := range trial.Faults {
		l.t.Errorf("trial balance: %s", fault)
	}
	l.sums = trial.Accounts
}

// ordersOf are the orders of some people.
func ordersOf(t testing.TB, redisURL string, people []int64) []order.Order {
	t.Helper()
	var all []order.Order
	fromStore(t, redisURL, func(ctx context.Context, st *store.Store) error {
		all = nil
		for _, id := range people {
			list, _, err := st.OfBuyer(ctx, id, 0, 100)
			if err != nil {
				return err
			}
			all = append(all, list...)
		}
		return nil
	})
	return all
}

// AllOrders are the orders of everybody as they are stored.
func (s *Shop) AllOrders() []order.Order {
	s.t.Helper()
	var people []struct {
		ID int64 `json:"id"`
	}
	s.Get("/control/people", &people)
	ids := make([]int64, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	return ordersOf(s.t, s.Redis.URL, ids)
}

// fromStore reads our books with the store's own calls. On a slow machine these
// give up after seconds: what did not get through is read again.
func fromStore(t testing.TB, redisURL string, read func(ctx context.Context, st *store.Store) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	st, err := store.New(store.Options{URL: redisURL})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }() // a connection that only read
	for err = read(ctx, st); away(err) && ctx.Err() == nil; err = read(ctx, st) {
		time.Sleep(lookEvery)
	}
	if err != nil {
		t.Fatalf("read our books: %v", err)
	}
}

// away reports whether Redis was not reached, or did not answer in time.
func away(err error) bool {
	e, ok := errors.AsType[*order.Error](err)
	return ok && (e.Code == order.CodeNotSent || e.Code == order.CodeUnclear)
}

func (l *ledger) readSuppliers() {
	l.t.Helper()
	for _, o := range l.c.SupplierBooks().Orders {
		l.bought[o.IdempotencyKey] = append(l.bought[o.IdempotencyKey], purchase{len(o.Codes), "InfiniVoucher's " + o.ID})
	}
	plexy := l.c.PlexyBooks()
	for _, o := range plexy.Orders {
		p := purchase{0, "Plexy's " + o.ID}
		if o.Status == "completed" && (len(o.Content) > 0 || len(o.Account) > 0) {
			p.pieces = 1
		}
		l.bought[o.IdempotencyKey] = append(l.bought[o.IdempotencyKey], p)
	}
	for _, r := range l.c.CardBooks().Requests {
		p := purchase{0, "UniVoucher's request of " + r.OrderID}
		for _, card := range r.Cards {
			if card.Status != "cancelled" {
				p.pieces++
			}
		}
		l.bought[r.OrderID] = append(l.bought[r.OrderID], p)
	}
}

// judgeGoods: one purchase an attempt, and no piece beyond those ordered.
func (l *ledger) judgeGoods(o order.Order) {
	l.t.Helper()
	for i, line := range o.Lines {
		pieces := 0
		for _, a := range line.Attempts {
			for _, key := range []string{a.Key, order.PurchaseReference(o.Number, i, a.N)} {
				if n := len(l.bought[key]); n > 1 {
					l.t.Errorf("order %s: attempt %d was bought %d times: %v", o.Number, a.N, n, l.bought[key])
				}
				for _, p := range l.bought[key] {
					pieces += p.pieces
				}
				delete(l.bought, key)
			}
		}
		if !o.Held() && pieces > line.Quantity {
			l.t.Errorf("order %s: %d pieces were bought, %d ordered, and nobody was told", o.Number, pieces, line.Quantity)
		}
		if ended(o) && !o.Held() && pieces != line.Got {
			l.t.Errorf("order %s is %s: %d pieces at the supplier, %d with us", o.Number, o.Status, pieces, line.Got)
		}
	}
}

// judgeOrphans: whatever was bought, an order of ours knows of it.
func (l *ledger) judgeOrphans() {
	l.t.Helper()
	for _, left := range l.bought {
		for _, p := range left {
			l.t.Errorf("%s belongs to no order of ours", p.id)
		}
	}
}

// judgeEyes: nobody sees what somebody else bought, and the same text was not
// sold twice.
func (l *ledger) judgeEyes() {
	l.t.Helper()
	buyers := make(map[string]int64) // by a text of theirs
	chats := make(map[int64]string)
	for _, id := range l.people {
		p := &Person{ID: id, c: l.c, t: l.t}
		var all strings.Builder
		for _, m := range p.Messages() {
			all.WriteString(Body(m) + "\n")
		}
		chats[id] = all.String()
	}
	owners := l.owners()
	for _, s := range l.c.Sold() {
		for id, chat := range chats {
			if !strings.Contains(chat, s.Text) {
				continue
			}
			if before, seen := buyers[s.Text]; seen && before != id {
				l.t.Errorf("a %s of %s is shown to %d and to %d", s.What, s.Vendor, before, id)
			}
			buyers[s.Text] = id
			if owner := owners[s.name()]; owner != 0 && owner != id {
				l.t.Errorf("a %s of %s is shown to %d, and %d bought it", s.What, s.Vendor, id, owner)
			}
		}
	}
}

// owners are the buyers by the supplier, the key and the order of a purchase.
func (l *ledger) owners() map[string]int64 {
	owners := make(map[string]int64)
	for _, o := range l.orders {
		for i, line := range o.Lines {
			for _, a := range line.Attempts {
				if line.Kind == order.KindCard {
					owners[line.Supplier+order.PurchaseReference(o.Number, i, a.N)] = o.Buyer
				} else {
					owners[line.Supplier+a.Key] = o.Buyer
				}
			}
		}
	}
	return owners
}

// Notes are what the replicas noted under a name for each other.
func (s *Shop) Notes(name string) map[string]string {
	s.t.Helper()
	var notes map[string]string
	fromStore(s.t, s.Redis.URL, func(ctx context.Context, st *store.Store) (err error) {
		notes, err = st.VendorNotes(name).Notes(ctx)
		return err
	})
	return notes
}

// OrderOf is the order with a number as it is stored.
func (s *Shop) OrderOf(number string) order.Order {
	s.t.Helper()
	return storedOrder(s.t, s.Redis.URL, number)
}

func storedOrder(t testing.TB, redisURL, number string) order.Order {
	t.Helper()
	n, err := order.ParseNumber(number)
	if err != nil {
		t.Fatalf("order number %q: %v", number, err)
	}
	var o order.Order
	fromStore(t, redisURL, func(ctx context.Context, st *store.Store) (err error) {
		o, err = st.Load(ctx, n)
		return err
	})
	return o
}

// OrdersOf are somebody's orders as they are stored, newest first.
func (s *Shop) OrdersOf(p *Person) []order.Order {
	s.t.Helper()
	var list []order.Order
	fromStore(s.t, s.Redis.URL, func(ctx context.Context, st *store.Store) (err error) {
		list, _, err = st.OfBuyer(ctx, p.ID, 0, 100)
		return err
	})
	return list
}
