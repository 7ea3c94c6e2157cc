package crash

import (
	"net/http"
	"regexp"
	"strings"
	"syscall"
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

// cardSpots are the moments of a gift card's life. made says whether the card
// exists after a crash there: without it nobody can know, and it is not asked
// for again.
func cardSpots() []cardSpot {
	const asked, done = sandbox.HoldBefore, sandbox.HoldAfter
	return []cardSpot{
		{spot{point: "permit-taken", how: "attempt not stored", redis: before(attemptCommit)}, true},
		{spot{point: "attempt-stored", how: "creation not sent", redis: after(attemptCommit)}, false},
		{spot{point: "create-sent", how: "not created", trap: creation(asked)}, false},
		{spot{point: "create-sent", how: "created", trap: creation(done)}, true},
		{spot{point: "create-answered", how: "not stored", redis: before(acceptedCommit)}, true},
		{spot{point: "create-accepted", how: "answer lost", redis: after(acceptedCommit)}, true},
		{spot{point: "callback-came", how: "not kept", redis: before(secretWake)}, true},
		{spot{point: "callback-kept", how: "not answered", redis: after(secretWake)}, true},
		{spot{point: "cards-checked", how: "not stored", redis: before(goodsCommit)}, true},
		{spot{point: "cards-stored", how: "answer lost", redis: after(goodsCommit)}, true},
		{spot{point: "picture-sent", how: "not edited", trap: showing(asked)}, true},
		{spot{point: "picture-sent", how: "edited", trap: showing(done)}, true},
		{spot{point: "picture-answered", how: "not recorded", redis: before(shownCommit)}, true},
	}
}

type cardSpot struct {
	spot
	made bool
}

// openForCards is a shop in which a gift card of 25 USDC is ordered.
func openForCards(t *testing.T, n int) *shop {
	t.Helper()
	s := &shop{Shop: kit.Open(t, kit.Options{Bots: -1}), t: t, cards: true}
	s.Cards(map[string]any{"mint_delay": "1s", "indexer_lag": "0s", "callback_tries": 4})
	return s.open(n)
}

// TestCardKilled: SIGKILL at every moment of a card's life, and the bot is
// started again.
func TestCardKilled(t *testing.T) {
	t.Parallel()
	took := newTable(t, "cards: point, moment, what was done, start to delivery, to ping")
	for _, at := range cardSpots() {
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s := openForCards(t, 1)
			held := at.arm(s)
			s.pay()
			bot := s.named(held.await(t))
			bot.offline()
			bot.process().kill()
			held.drop()
			began := time.Now()
			bot.start()
			s.verdict(at, took, bot.name+" killed, started", began)
		})
	}
}

// TestCardKilledBesideAnother: the replica that comes to the moment is killed
// and stays dead, the other finishes.
func TestCardKilledBesideAnother(t *testing.T) {
	t.Parallel()
	took := newTable(t, "cards: point, moment, what was done, kill to delivery by the other replica, to ping")
	for _, at := range cardSpots() {
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s := openForCards(t, 2)
			held := at.arm(s)
			s.pay()
			bot := s.named(held.await(t))
			bot.offline()
			bot.process().kill()
			began := time.Now()
			held.drop()
			s.verdict(at, took, bot.name+" of two killed", began)
		})
	}
}

// TestCardFrozen: the replica that comes to the moment is stopped for longer
// than its lease, and then goes on with what it was doing.
func TestCardFrozen(t *testing.T) {
	t.Parallel()
	took := newTable(t, "cards: point, moment, what was done, freeze to delivery, to ping")
	for _, at := range cardSpots() {
		if at.point != "attempt-stored" && at.point != "create-answered" && at.point != "cards-checked" {
			continue
		}
		t.Run(at.name(), func(t *testing.T) {
			t.Parallel()
			s := openForCards(t, 2)
			held := at.arm(s)
			s.pay()
			bot := s.named(held.await(t))
			bot.offline()
			bot.process().signal(syscall.SIGSTOP)
			began := time.Now()
			if at.made {
				took.follow(s, at.spot, bot.name+" of two frozen", began)
			} else {
				s.awaitUnclear() // the other replica looked for the card
			}
			held.release()
			bot.process().signal(syscall.SIGCONT)
			bot.awaitAwake()
			took.follow(s, at.spot, bot.name+" awake", began)
			s.judge(at.rings)
		})
	}
}

// verdict: one card and one delivery; or, where nobody can know whether a card
// was asked for, none and a record that says so.
func (s *shop) verdict(at cardSpot, took *table, what string, began time.Time) {
	s.t.Helper()
	if at.made {
		took.follow(s, at.spot, what, began)
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
