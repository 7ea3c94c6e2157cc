package crash

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"giftbot/e2e/kit"
	"giftbot/order"
	"giftbot/store"
)

// awaitDelivery waits until the buyer's status message shows what was bought.
func (s *shop) awaitDelivery() {
	s.t.Helper()
	if s.cards {
		within(s.t, "card in the chat", func() bool { return s.buyer.At(s.order.Message).PhotoURL != "" })
		return
	}
	within(s.t, "two codes in the chat", func() bool { return len(kit.Codes(s.buyer.At(s.order.Message))) == 2 })
}

// judge waits until everything is at rest and then goes through the books:
// those of the vendors first, ours after them. rings is how many pings there
// may be at most.
func (s *shop) judge(rings int) {
	s.t.Helper()
	s.awaitPing()
	// Announcements, permits, hints and leases all come to their end; a permit
	// that a crash left behind waits for the sweep.
	s.awaitGone("outbox", "locks", "hints", "lease", "tries", "reserve")
	codes := s.judgeCards()
	if !s.cards {
		codes = s.judgeVendors()
	}
	s.judgeChats(codes, rings)
	s.judgeOrder(codes)
	s.judgeSecrets()
}

// judgeVendors returns the codes that were sold.
func (s *shop) judgeVendors() []string {
	s.t.Helper()
	books := s.SupplierBooks()
	if len(books.Orders) != 1 || books.Orders[0].Quantity != 2 || len(books.Orders[0].Codes) != 2 {
		s.t.Fatalf("the supplier's books: %d orders, want one of two: %+v", len(books.Orders), books.Totals)
	}
	spent := 0
	for _, m := range books.Wallet.Transactions {
		if m.Type == "PURCHASE" {
			spent++
		}
	}
	if spent != 1 || !books.Totals.Spent.Equal(books.Orders[0].TotalAmount) {
		s.t.Errorf("the supplier took money %d times: %v, the order cost %v", spent, books.Totals.Spent, books.Orders[0].TotalAmount)
	}
	gateway := s.GatewayBooks()
	if len(gateway.Orders) != 1 || len(gateway.Orders[0].Payments) != 1 || gateway.Orders[0].Status != "paid" {
		s.t.Errorf("the gateway's books: %+v", gateway.Orders)
	}
	return books.Orders[0].Codes
}

// judgeChats looks at what people see.
func (s *shop) judgeChats(codes []string, rings int) {
	s.t.Helper()
	var showing []kit.Message
	for _, m := range s.buyer.Messages() {
		if holdsCode(kit.Body(m), codes) {
			showing = append(showing, m)
		}
	}
	switch {
	case len(showing) != 1 || showing[0].ID != s.order.Message:
		s.t.Errorf("codes are in %d messages of the buyer, want the one status message", len(showing))
	case !showing[0].Protected:
		s.t.Error("the message with the codes is not protected")
	case !cmp.Equal(kit.Codes(showing[0]), codes):
		s.t.Errorf("the codes shown are not those that were sold:\n%s", cmp.Diff(codes, kit.Codes(showing[0])))
	}
	if n := s.pings(); n < 1 || n > max(rings, 1) {
		s.t.Errorf("%d pings, want 1 to %d", n, max(rings, 1))
	}
	for _, p := range []*kit.Person{s.friend, s.admin} {
		for _, m := range p.Messages() {
			if holdsCode(kit.Body(m), codes) {
				s.t.Errorf("a code is shown to %d as well", p.ID)
			}
		}
	}
	if n := s.sent(kit.Admin); n != 0 {
		s.t.Errorf("a crash alerted the admin: %d messages", n)
	}
}

// judgeOrder reads the record.
func (s *shop) judgeOrder(codes []string) {
	s.t.Helper()
	o, permit := s.record()
	attempts := o.Lines[0].Attempts
	if o.Status != order.Delivered || o.Held() || len(o.Flags) > 0 || o.Received() != o.Total || o.Message != int(s.order.Message) {
		s.t.Errorf("the order is %s, flags %v, doubts %v, received %d of %d, message %d", o.Status, o.Flags, o.Doubts, o.Received(), o.Total, o.Message)
	}
	if len(attempts) != 1 || attempts[0].Outcome != order.OutcomeDone || o.Lines[0].Got != len(codes) {
		s.t.Errorf("attempts %+v, got %d", attempts, o.Lines[0].Got)
	}
	if want := order.PermitOwner(o.Number, 0, 1); permit != want {
		s.t.Errorf("the supplier's order is booked to %q, want %q", permit, want)
	}
	for i, m := range o.Timeline {
		for _, n := range o.Timeline[:i] {
			if n.What == m.What {
				s.t.Errorf("the timeline tells %q twice", m.What)
			}
		}
	}
}

// record is the order as stored, and the permit owner its purchase is booked to.
func (s *shop) record() (order.Order, string) {
	s.t.Helper()
	st, err := store.New(store.Options{URL: s.Redis.URL})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), kit.Patience)
	defer cancel()
	number, err := order.ParseNumber(s.order.Number)
	if err != nil {
		s.t.Fatalf("order number %q: %v", s.order.Number, err)
	}
	o, err := st.Load(ctx, number)
	if err != nil {
		s.t.Fatal(err)
	}
	supplier, purchase := "infinivoucher", s.voucherID
	if s.cards {
		supplier, purchase = "univoucher", s.cardID
	}
	owner, err := st.Owner(ctx, supplier, purchase())
	if err != nil {
		s.t.Fatal(err)
	}
	return o, owner
}

// voucherID is the one order at the supplier of codes.
func (s *shop) voucherID() string {
	s.t.Helper()
	return s.SupplierBooks().Orders[0].ID
}

// judgeSecrets looks for secrets in what the bots wrote and spooled. Redis is
// audited by kit when the test ends.
func (s *shop) judgeSecrets() {
	s.t.Helper()
	places := make(map[string]string)
	for _, r := range s.replicas {
		places["the log of "+r.name] = r.log()
		files, err := filepath.Glob(filepath.Join(r.spool, "*"))
		if err != nil {
			s.t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				s.t.Fatal(err)
			}
			places[file] = string(raw)
		}
		if strings.Contains(r.log(), "panic") {
			s.t.Errorf("%s panicked", r.name)
		}
	}
	for place, text := range places {
		for what, secret := range s.Planted() {
			if strings.Contains(text, secret) {
				s.t.Errorf("%s is in %s", what, place)
			}
		}
	}
}

// sent counts the messages a person was sent since the payment.
func (s *shop) sent(chat int64) int {
	n := 0
	for _, c := range s.Chat.Calls()[s.callsBefore:] {
		if c.Method == "sendMessage" && c.Code == 200 && c.Params["chat_id"] == strconv.FormatInt(chat, 10) {
			n++
		}
	}
	return n
}

// pings are all the buyer is sent since the payment: the rest are edits.
func (s *shop) pings() int { return s.sent(buyerID) }

func (s *shop) awaitPing() {
	s.t.Helper()
	within(s.t, "ping", func() bool { return s.pings() > 0 })
}

// awaitGone waits until no key of these kinds is left in Redis: an empty set
// or hash is none.
func (s *shop) awaitGone(kinds ...string) {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, DisableIdentity: true})
	defer func() { _ = client.Close() }()
	what := "Redis without " + strings.Join(kinds, ", ")
	limit := time.Now().Add(95 * time.Second)
	within(s.t, what, func() bool {
		left := s.leftovers(client, kinds)
		if len(left) > 0 && time.Now().After(limit) {
			s.t.Logf("left behind: %v", left)
			limit = limit.Add(time.Hour)
		}
		return len(left) == 0
	})
}

// permitFree fails the test when a product is locked.
func (s *shop) permitFree() {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Redis.Addr, DisableIdentity: true})
	defer func() { _ = client.Close() }()
	if left := s.leftovers(client, []string{"locks"}); len(left) > 0 {
		s.t.Errorf("a permit is still taken: %v", left)
	}
}

func (s *shop) leftovers(client *redis.Client, kinds []string) []string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), kit.Patience)
	defer cancel()
	var left []string
	for _, kind := range kinds {
		keys, err := client.Keys(ctx, "*}:"+kind).Result()
		if err != nil {
			s.t.Fatal(err)
		}
		left = append(left, keys...)
	}
	return left
}
