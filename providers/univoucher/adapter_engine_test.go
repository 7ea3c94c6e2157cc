package univoucher

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// shop is the order engine over this adapter: the world's vendor, a store in
// memory, and a clock that jumps.
type shop struct {
	*world
	clock   *ordertest.Clock
	store   *ordertest.Store
	gateway *ordertest.Gateway
	adapter *Adapter
	engine  *order.Engine
	sender  *ordertest.Sender
	random  *ordertest.Random
	next    int // card id
	letters [][2]string
}

type papers struct{}

func (papers) Placed(order.Number, int64, order.Money, string) error { return nil }
func (papers) Spending(string, order.Money) error                    { return nil }

type rich struct{}

func (rich) Balance(string) (order.Money, bool) { return 1_000_000_000, true }

func newShop(t *testing.T, change ...func(*Settings)) *shop {
	t.Helper()
	s := &shop{world: newWorld(t), clock: ordertest.NewClock(), random: ordertest.NewRandom(7), next: 100}
	s.now = s.clock.Now()
	s.store, s.gateway = ordertest.NewStore(s.clock), ordertest.NewGateway(s.clock)
	s.adapter = s.world.adapter(change...)
	view := s.store.View(nil)
	parts := order.Parts{
		Store: view, Index: view, Outbox: view, Permits: view, Vault: ordertest.Vault{}, Journal: papers{}, Funds: rich{}, Clock: s.clock, Meter: ordertest.Meter{},
		Gateways: map[string]order.Gateway{"pay": s.gateway.View(nil)}, Suppliers: map[string]order.Supplier{Vendor: s.adapter},
		Receivers: map[string]order.Receiver{Vendor: s.adapter}, Recallers: map[string]order.Recaller{Vendor: s.adapter},
		Random: s.random, Log: slog.New(slog.DiscardHandler),
	}
	engine, err := order.NewEngine(parts, order.Policy{
		Shop: "4711", Admins: []int64{900}, Shard: func(int64) int { return 0 }, TTL: time.Hour, MinOrder: order.Cent, Rules: order.DefaultRules(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.engine, s.sender = engine, ordertest.NewSender(view, engine, ordertest.NewChat(), &ordertest.Gate{})
	s.create = s.mintAndTell()
	return s
}

// mintAndTell creates what is asked for, answers 202 and keeps the callback
// for the test to deliver.
func (s *shop) mintAndTell() func(map[string]any) (int, string) {
	return func(sent map[string]any) (int, string) {
		quantity := int(sent["quantity"].(float64))
		var cards []map[string]any
		for range quantity {
			s.next++
			s.mint(s.next, put("creationHash", fmt.Sprint("0x", s.orders())), put("encryptedPrivateKey", sealedCard(s.t, secretOf(s.next), vectorKey).Locked))
			cards = append(cards, handed(s.next, put("orderId", sent["orderId"]), put("cardSecret", secretOf(s.next))))
		}
		letter := success(s.t, cards, put("orderId", sent["orderId"]), put("authToken", sent["authToken"]))
		s.letters = append(s.letters, [2]string{strings.TrimPrefix(sent["callbackUrl"].(string), "https://shop.example/webhooks/univoucher/"), string(letter)})
		return s.accepted(quantity)(sent)
	}
}

func secretOf(card int) string { return fmt.Sprintf("ABCDE-FGHIJ-KLMNO-PQ%03d", card) }

func (s *shop) orders() int { return s.count("/cards/create") }

// deliver brings a callback to the door that the vendor knows.
func (s *shop) deliver(i int) {
	s.t.Helper()
	letter, err := s.adapter.tokens.Open(s.letters[i][0], []byte(s.letters[i][1]))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.engine.Deliver(s.t.Context(), letter.Number, letter.Line, letter.Attempt, []byte(s.letters[i][1])); err != nil {
		s.t.Fatal(err)
	}
}

// rest lets everything run that has to within so much time.
func (s *shop) rest(limit time.Duration) {
	s.t.Helper()
	end := s.clock.Now().Add(limit)
	for range 20_000 {
		s.now = s.clock.Now()
		worked, err := s.engine.Step(s.t.Context())
		told, sendErr := s.sender.Step(s.t.Context())
		if worked && err == nil || told && sendErr == nil {
			continue
		}
		next, ok := s.store.Next()
		wait := max(next.Sub(s.clock.Now()), time.Second)
		if !ok {
			wait = 31 * time.Second // the sweeper of permits
		}
		if left := end.Sub(s.clock.Now()); wait > left {
			s.clock.Advance(left)
			return
		}
		s.clock.Advance(wait)
	}
	s.t.Fatal("it never rests")
}

// sell places an order of two cards, pays it and lets it run a while.
func (s *shop) sell(buyer int64) order.Number {
	s.t.Helper()
	n, err := order.NewNumber(s.random, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	draft := order.Draft{Number: n, Buyer: buyer, Language: "en", Gateway: "pay", Lines: []order.DraftLine{{
		Product: "p", Supplier: Vendor, Item: itemUSDC, Name: "USDC", Quantity: 2, UnitPrice: 11_000_000, UnitCost: 10_200_000,
		Kind: order.KindCard, Face: 10_000_000, Purse: "univoucher:8453-USDC", Details: order.Details{Message: "Hi"}, Usual: 15 * time.Second,
	}}}
	if _, err := s.engine.Place(s.t.Context(), draft); err != nil {
		s.t.Fatal(err)
	}
	s.rest(time.Minute)
	link := s.gateway.Links(n)[0]
	s.gateway.Pay(link.External, link.Asked)
	if err := s.engine.Hint(s.t.Context(), n, order.Hint{Event: "e", Payment: 1, External: link.External}); err != nil {
		s.t.Fatal(err)
	}
	s.rest(2 * time.Minute)
	return n
}

func (s *shop) look(n order.Number) order.Order {
	snap, _ := s.store.Look(n)
	return snap.Order
}

func (s *shop) wantGoods(n order.Number, cards ...string) {
	s.t.Helper()
	goods, err := s.engine.Goods(s.look(n))
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, g := range goods {
		if g.Code != "ABCDE-FGHIJ-KLMNO-PQ"+g.Card {
			s.t.Error("another secret")
		}
		got = append(got, g.Card)
	}
	same(s.t, cards, got)
}

func TestStoryCallbackDelivers(t *testing.T) {
	s := newShop(t)
	n := s.sell(1)
	if line := s.look(n).Lines[0]; line.State != order.LineBuying || s.orders() != 1 {
		t.Fatalf("%s after %d creations", line.State, s.orders())
	}
	s.hidden["102"] = true // the index lags
	s.deliver(0)
	s.rest(time.Minute)
	s.wantGoods(n)
	delete(s.hidden, "102")
	s.rest(time.Minute)
	s.wantGoods(n, "101", "102")
	s.deliver(0) // again, and a week later
	s.rest(7 * 24 * time.Hour)
	s.deliver(0)
	s.rest(time.Minute)
	s.wantGoods(n, "101", "102")
	if s.orders() != 1 {
		t.Errorf("%d creations", s.orders())
	}
}

func TestStoryAnswerLostCallbackComes(t *testing.T) {
	s := newShop(t)
	made := s.create
	s.create = func(sent map[string]any) (int, string) { made(sent); return 504, "" }
	n := s.sell(1)
	s.rest(40 * time.Minute)
	s.deliver(0)
	s.rest(2 * time.Minute)
	s.wantGoods(n, "101", "102")
	if s.orders() != 1 {
		t.Errorf("%d creations", s.orders())
	}
}

func TestStoryNothingWasCreated(t *testing.T) {
	s := newShop(t)
	s.create = func(map[string]any) (int, string) { return 500, "" }
	n := s.sell(1)
	s.rest(80 * time.Minute)
	if line := s.look(n).Lines[0]; line.State != order.LineBuying && line.State != order.LineUnclear {
		t.Errorf("%s before it is proven", line.State)
	}
	s.rest(30 * time.Minute)
	if a, _ := s.look(n).Lines[0].Last(); s.orders() != 1 || a.Code != order.CodeUnknown || s.look(n).Lines[0].State != order.LineFailed {
		t.Errorf("%+v", s.look(n).Lines[0])
	}
	s.wantGoods(n)
}

func TestStoryCallbackIsLost(t *testing.T) {
	s := newShop(t, func(set *Settings) { set.Cancel = true })
	s.cancel = func(sent map[string]any) (int, string) {
		for _, id := range sent["cardIds"].([]any) {
			s.card(fmt.Sprint(id))["status"] = "cancelled"
		}
		return 202, `{"success":true}`
	}
	n := s.sell(1)
	s.rest(85 * time.Minute)
	if s.count("/cards/cancel") != 0 {
		t.Error("taken back before the callback was given up")
	}
	s.rest(30 * time.Minute)
	o := s.look(n)
	if o.Lines[0].State != order.LineFailed || o.Credited() != 22_000_000 || s.count("/cards/cancel") != 1 || s.orders() != 1 {
		t.Errorf("%+v, credited %s, cancelled %d times, created %d times", o.Lines[0], o.Credited(), s.count("/cards/cancel"), s.orders())
	}
}

// What one order got is not mistaken for what another one lost.
func TestStoryNeighbours(t *testing.T) {
	s := newShop(t)
	first := s.sell(1)
	second := s.sell(2)
	if s.orders() != 1 {
		t.Fatalf("%d creations at once with one wallet", s.orders())
	}
	s.create = func(map[string]any) (int, string) { return 500, "" }
	s.deliver(0)
	s.rest(2 * time.Minute)
	s.wantGoods(first, "101", "102")
	if s.orders() != 2 {
		t.Fatalf("%d creations", s.orders())
	}
	s.rest(2 * time.Hour)
	if a, _ := s.look(second).Lines[0].Last(); a.External != "" || s.count("/cards/cancel") != 0 {
		t.Errorf("it was given the neighbour's cards: %+v", a)
	}
	s.wantGoods(second)
}

func TestStoryRefused(t *testing.T) {
	s := newShop(t)
	s.create = func(map[string]any) (int, string) { return 400, `{"error":"Insufficient token balance"}` }
	n := s.sell(1)
	s.rest(2 * time.Minute)
	if a, _ := s.look(n).Lines[0].Last(); a.Code != order.CodeFunds || s.orders() != 1 || s.count("/cards/all") != 0 {
		t.Errorf("%+v after %d creations", a, s.orders())
	}
}
