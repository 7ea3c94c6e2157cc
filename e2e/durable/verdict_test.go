package durable

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/e2e/kit"
	"giftbot/order"
	"giftbot/store"
)

// The shop's clock is moved on in steps until all is at rest: what was put off
// for minutes is due sooner. Leases are real seconds. A card whose callback was
// lost is waited for much longer.
const (
	clockStep = 15 * time.Second
	lossStep  = 2 * time.Minute
)

// settle has everybody pay what they still have a link for, and waits until
// nothing is under way any more.
func (s *shop) settle(step time.Duration) {
	s.t.Helper()
	s.walking.Wait()
	looked := time.Now()
	s.AdvanceUntil("shop at rest", step, func() bool {
		if time.Since(looked) < lookEvery {
			return false
		}
		looked = time.Now()
		for _, b := range s.buyers {
			s.walking.Go(b.payAll)
		}
		s.walking.Wait()
		return s.resting()
	})
	s.note("all is at rest")
}

// lookEvery is the real time between two looks at all orders.
const lookEvery = 500 * time.Millisecond

// resting reports whether no order waits for anything but a person, the found
// ones included, which nobody's list shows. What does not rest is told when the
// round fails.
func (s *shop) resting() bool {
	s.t.Helper()
	s.awake = s.awake[:0]
	for n, o := range s.orders() {
		if !ended(o) && !o.Held() || o.Found && !o.Held() {
			s.awake = append(s.awake, fmt.Sprintf("%s is %s %v", n.Pretty(), o.Status, o.Timeline))
		}
	}
	if s.frozen() {
		s.awake = append(s.awake, "nothing is spent")
	}
	s.awake = append(s.awake, s.left("outbox", "hints", "lease")...)
	return len(s.awake) == 0
}

// frozen reports whether the shop stopped spending because Redis lost something.
func (s *shop) frozen() bool {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, DisableIdentity: true})
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), kit.Patience)
	defer cancel()
	record := client.HGetAll(ctx, "{v:shop}:freeze").Val()
	if id := record["id"]; id != "" && s.freeze != id {
		s.freeze = id
		s.note("spending stops: %s", record["why"])
	}
	return record["stands"] == "1"
}

// orders are those of all people, and those that somebody paid for.
func (s *shop) orders() map[order.Number]order.Order {
	s.t.Helper()
	all := make(map[order.Number]order.Order)
	for _, o := range s.AllOrders() {
		all[o.Number] = o
	}
	for _, b := range s.buyers {
		for _, paid := range b.paid {
			n, err := order.ParseNumber(paid.Number)
			if err != nil {
				s.t.Fatal(err)
			}
			if _, there := all[n]; !there {
				if o, found := s.load(n); found {
					all[n] = o
				}
			}
		}
	}
	return all
}

// load reads one order, whosever it is.
func (s *shop) load(n order.Number) (order.Order, bool) {
	s.t.Helper()
	st, err := store.New(store.Options{URL: s.Redis.URL})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), kit.Patience)
	defer cancel()
	o, err := st.Load(ctx, n)
	if err != nil && order.CodeOf(err) != order.CodeMissing {
		s.t.Fatal(err)
	}
	return o, err == nil
}

func ended(o order.Order) bool {
	return o.Status == order.Delivered || o.Status == order.Refunded || o.Status == order.Expired || o.Status == order.Cancelled
}

// left are the keys of these kinds that Redis has.
func (s *shop) left(kinds ...string) (keys []string) {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, DisableIdentity: true})
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), kit.Patience)
	defer cancel()
	for _, kind := range kinds {
		some, err := client.Keys(ctx, "*}:"+kind).Result()
		if err != nil {
			s.t.Fatal(err)
		}
		keys = append(keys, some...)
	}
	return keys
}

// sellsAgain: somebody who comes after all that orders, pays, and has it.
func (s *shop) sellsAgain() {
	s.t.Helper()
	late := s.Person(2101, "en")
	o := late.Order(kit.Cheap())
	s.Pay(o.ID, nil)
	late.AwaitCodes(o, 2)
	s.note("%d, who came afterwards, has bought", late.ID)
	s.AdvanceUntil("shop at rest", lossStep, s.resting)
}

// judge goes through the books: the vendors' and ours (kit's audit), what was
// paid, and what people see.
func (s *shop) judge(kind trouble) {
	s.t.Helper()
	s.AuditBooks()
	all := s.orders()
	if !s.found(all) {
		s.Tie()
	}
	if trial := s.Trial(); trial.Off != 0 || len(trial.Faults) > 0 {
		s.t.Errorf("trial balance: off by %s, %q", trial.Off, trial.Faults)
	}
	for _, b := range s.buyers {
		if n := len(b.paid); n == 0 || b.wish.credit && n < 2 && !kind.loses {
			s.t.Errorf("%d (%s) never came to pay", b.ID, b.wish.name)
		}
		for _, o := range b.paid {
			s.judgeOrder(kind, b, o, all)
		}
	}
	s.judgeTalk()
	s.AuditSecrets()
	if kind.puts && s.front.refused() == 0 {
		s.t.Errorf("no webhook was put off with 503: %v", s.front.answers)
	}
}

// found reports whether money was found whose order is gone. Each such order
// holds all that it got: kit's own sums know only orders of people.
func (s *shop) found(all map[order.Number]order.Order) bool {
	s.t.Helper()
	some := false
	for _, o := range all {
		if o.Found {
			some = true
			s.note("%s is money that was found: %s", o.Number, o.Received())
			odd := slices.ContainsFunc(o.Payments, func(p order.Payment) bool { return p.Odd != "" }) // nobody but a person can value it
			if !odd && o.Received() == 0 || o.Left() != o.Received() {
				s.t.Errorf("%s is money that was found, got %s and holds %s", o.Number, o.Received(), o.Left())
			}
		}
	}
	return some
}

// judgeTalk: nothing is wrong with what Telegram was asked, but that a press
// may have been answered too late.
func (s *shop) judgeTalk() {
	s.t.Helper()
	for _, v := range s.Chat.Violations() {
		if v.Method != "answerCallbackQuery" {
			s.t.Errorf("Bot API: %s: %s", v.Method, v.Reason)
		}
	}
	if strings.Contains(s.Log(), "panic") {
		s.t.Error("a replica panicked")
	}
}

// judgeOrder: who paid has the goods; or a person was told. No vendor was ill,
// so that without a loss only a card may be in doubt, which is asked for once.
func (s *shop) judgeOrder(kind trouble, b *buyer, paid kit.Checkout, all map[order.Number]order.Order) {
	s.t.Helper()
	number, _ := order.ParseNumber(paid.Number)
	o, there := all[number]
	if !there {
		s.t.Errorf("%s (%s) was paid, and is gone", paid.Number, b.wish.name)
		return
	}
	switch {
	case o.Held():
		s.note("%s (%s) is held: %v", paid.Number, b.wish.name, o.Doubts)
		if !s.admin.Sees("needs a person", paid.Number) {
			s.t.Errorf("%s is held for %v, and no admin was told", paid.Number, o.Doubts)
		}
		if !kind.loses && o.Lines[0].Kind != order.KindCard {
			s.t.Errorf("%s (%s) is held for %v although only Redis was ill", paid.Number, b.wish.name, o.Doubts)
		}
	case o.Status != order.Delivered:
		s.t.Errorf("%s (%s) was paid, and is %s", paid.Number, b.wish.name, o.Status)
	default:
		s.judgeDelivery(b, o)
	}
	if rings := s.pings(b, paid.Number); rings > 1+int(s.blows.Load()) {
		s.t.Errorf("%d pings for %s, and %d blows", rings, paid.Number, s.blows.Load())
	}
}

// judgeDelivery looks at what the buyer sees of a delivered order. That nobody
// else sees it, and each piece was sold once, is in kit's audit.
func (s *shop) judgeDelivery(b *buyer, o order.Order) {
	s.t.Helper()
	m := b.At(int64(o.Message))
	line := o.Lines[0]
	var had bool
	switch line.Kind {
	case order.KindCard:
		had = m.PhotoURL != ""
	case order.KindTopUp:
		had = strings.Contains(kit.Body(m), "Done")
	default:
		had = len(kit.Codes(m)) == line.Quantity && line.Got == line.Quantity
	}
	if !had {
		s.t.Errorf("%s (%s) is delivered, %d of %d, and its message says: %s", o.Number, b.wish.name, line.Got, line.Quantity, kit.Body(m))
	}
}

// rings are the messages that ring for goods.
var rings = regexp.MustCompile(`^(🎉 Your |✅ The top-up of order|🎁 Your )`)

// pings counts the messages that rang for an order's goods.
func (s *shop) pings(b *buyer, number string) int {
	n := 0
	for _, c := range s.Chat.Calls() {
		text := c.Params["text"]
		if c.Method == "sendMessage" && c.Code == 200 && c.Params["chat_id"] == strconv.FormatInt(b.ID, 10) && rings.MatchString(text) && strings.Contains(text, number) {
			n++
		}
	}
	return n
}
