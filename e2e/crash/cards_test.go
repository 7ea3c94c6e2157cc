package crash

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/e2e/redisproxy"
	"giftbot/order"
	sandbox "giftbot/sandbox/kit"
)

// The life of a gift card has two halves: the creation, asked for once, and a
// callback that brings the only copy of its secret.

// creation is the request that spends.
func creation(kind string) *trap {
	return &trap{
		fault: sandbox.Fault{Target: "univoucher", Path: "/cards/create", Kind: kind},
		fits:  func(_ *shop, r *http.Request, _ string) bool { return strings.HasSuffix(r.URL.Path, "/cards/create") },
	}
}

// secretWake keeps the callback's content: a hint much longer than any other.
func secretWake(c redisproxy.Call) bool { return c.Script == "wake" && len(c.Args[2]) > 500 }

// acceptedCommit notes that the vendor took the creation on, and when: a moment,
// which no quantity looks like.
func acceptedCommit(c redisproxy.Call) bool {
	return attemptCommit(c) && regexp.MustCompile(`"q":\d{12}`).MatchString(committed(c))
}

// cardSpots are the moments of a gift card's life.
func cardSpots() []spot {
	const asked, done = sandbox.HoldBefore, sandbox.HoldAfter
	list := []spot{
		{point: "permit-taken", how: "attempt not stored", redis: before(attemptCommit)},
		{point: "attempt-stored", how: "creation not sent", redis: after(attemptCommit), unknown: true},
		{point: "create-sent", how: "not created", trap: creation(asked), unknown: true},
		{point: "create-sent", how: "created", trap: creation(done)},
		{point: "create-answered", how: "not stored", redis: before(acceptedCommit)},
		{point: "create-accepted", how: "answer lost", redis: after(acceptedCommit)},
		{point: "callback-came", how: "not kept", redis: before(secretWake)},
		{point: "callback-kept", how: "not answered", redis: after(secretWake)},
		{point: "cards-checked", how: "not stored", redis: before(goodsCommit)},
		{point: "cards-stored", how: "answer lost", redis: after(goodsCommit)},
		{point: "picture-sent", how: "not edited", trap: showing(asked)},
		{point: "picture-sent", how: "edited", trap: showing(done)},
		{point: "picture-answered", how: "not recorded", redis: before(shownCommit)},
	}
	for i := range list {
		list[i].cards = true
	}
	return list
}

// TestCardKilled: SIGKILL at every moment of a card's life, and the bot is
// started again.
func TestCardKilled(t *testing.T) {
	t.Parallel()
	play(t, "cards: point, moment, what was done, start to delivery, to ping", cardSpots(), 1, restarted)
}

// TestCardKilledBesideAnother: the replica that comes to the moment is killed
// and stays dead.
func TestCardKilledBesideAnother(t *testing.T) {
	t.Parallel()
	play(t, "cards: point, moment, what was done, kill to delivery by the other replica, to ping", cardSpots(), 2, replaced)
}

// TestCardFrozen: the replica that comes to the moment is stopped for longer
// than its lease.
func TestCardFrozen(t *testing.T) {
	t.Parallel()
	list := only(cardSpots(), "attempt-stored", "create-answered", "cards-checked")
	frozen(t, "cards: point, moment, what was done, freeze to delivery, to ping", list)
}

// callAgain has the vendor repeat a callback that it gave up while no bot was
// there: a slow machine may take longer for a start than the vendor tries.
func (s *shop) callAgain() {
	s.t.Helper()
	for i, r := range s.CardBooks().Requests {
		if len(r.Callbacks) > 0 && r.Callbacks[len(r.Callbacks)-1].State == sandbox.GaveUp {
			s.Cards(map[string]any{"resend": i + 1})
		}
	}
}

// verdict: one purchase and one delivery; or, where nobody can know whether a
// card was asked for, none and a record that says so.
func (s *shop) verdict(at spot, took *table, what string, began time.Time) {
	s.t.Helper()
	if !at.unknown {
		took.follow(s, at, what, began)
		s.judge(at.rings)
		return
	}
	s.awaitUnclear()
	time.Sleep(3 * time.Second) // a second creation would have the time for it
	o := s.OrderOf(s.order.Number)
	last, _ := o.Lines[0].Last()
	if n := len(s.CardBooks().Requests); n != 0 || len(o.Lines[0].Attempts) != 1 || last.Sends != 1 {
		s.t.Errorf("%d creations, attempts %+v", n, o.Lines[0].Attempts)
	}
	if m := s.buyer.At(s.order.Message); !strings.Contains(kit.Body(m), "Payment received") {
		s.t.Errorf("the buyer reads: %s", kit.Body(m))
	}
	s.judgeSecrets()
}

// awaitUnclear waits until the order says that nobody knows whether the card
// was made.
func (s *shop) awaitUnclear() {
	s.t.Helper()
	within(s.t, "unclear creation", func() bool {
		last, sent := s.OrderOf(s.order.Number).Lines[0].Last()
		return sent && last.Outcome == order.OutcomeUnclear
	})
}

// cardID names the one creation as the record does.
func (s *shop) cardID() string {
	s.t.Helper()
	return s.CardBooks().Requests[0].Cards[0].ID
}

// judgeCards returns the secrets that were sold.
func (s *shop) judgeCards() []string {
	s.t.Helper()
	if !s.cards {
		return nil
	}
	books := s.CardBooks()
	if len(books.Requests) != 1 || len(books.Requests[0].Cards) != 1 || len(books.Totals) != 1 {
		s.t.Fatalf("the vendor's books: %d creations, %+v", len(books.Requests), books.Totals)
	}
	gateway := s.GatewayBooks()
	if len(gateway.Orders) != 1 || len(gateway.Orders[0].Payments) != 1 || gateway.Orders[0].Status != "paid" {
		s.t.Errorf("the gateway's books: %+v", gateway.Orders)
	}
	card := books.Requests[0].Cards[0]
	if found := s.buyer.Scan(s.buyer.At(s.order.Message)); found.Card != card.ID || found.Secret != card.Secret {
		s.t.Errorf("the picture is of card %s, the vendor made %s", found.Card, card.ID)
	}
	return []string{card.Secret}
}
