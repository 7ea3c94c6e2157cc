package crash

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/e2e/redisproxy"
	"giftbot/order"
	"giftbot/order/ordertest"
	sandbox "giftbot/sandbox/kit"
	"giftbot/store"
)

// spot is one moment at which a process dies: a crash point of order/doc.go,
// and where exactly it is held there.
type spot struct {
	point string
	how   string
	redis *redisSpot
	trap  *trap
	rings int // how often a ping may be heard, 0 is once

	cards   bool // of a gift card's life, and not of two codes'
	unknown bool // after a crash here nobody can know whether the card was asked for: it is not asked for again
}

func (s spot) name() string { return s.point + "/" + strings.ReplaceAll(s.how, " ", "-") }

// redisSpot is a call at the proxy; see redisproxy.Proxy.Hold.
type redisSpot struct {
	side  redisproxy.Side
	steps []func(redisproxy.Call) bool
}

// trap is a request at the sandbox: the first that fits is held.
type trap struct {
	fault sandbox.Fault
	fits  func(s *shop, r *http.Request, body string) bool
	at    chan string // the replica that sent it
}

// The calls of the life of a paid order, as the proxy sees them. The numbers of
// the arguments are those of the scripts' contracts.

func is(script string) func(redisproxy.Call) bool { return redisproxy.Is(script) }

// commits matches transitions to a status, by the worker that has the order or
// aside of its claim.
func commits(status order.Status, aside bool) func(redisproxy.Call) bool {
	return func(c redisproxy.Call) bool {
		return c.Script == "commit" && (c.Args[5] == "") == aside && strings.Contains(committed(c), `"s":"`+string(status)+`"`)
	}
}

// committed is the record that a commit stores, unpacked.
func committed(c redisproxy.Call) string { return store.Readable("version op " + c.Args[4]) }

// attemptCommit books the payment and stores the attempt.
func attemptCommit(c redisproxy.Call) bool { return commits(order.Fulfilling, false)(c) }

// goodsCommit stores the sealed codes.
func goodsCommit(c redisproxy.Call) bool { return commits(order.Ready, false)(c) }

// shownCommit records that the buyer saw them.
func shownCommit(c redisproxy.Call) bool { return commits(order.Delivered, true)(c) }

func member(script, kind string) func(redisproxy.Call) bool {
	return func(c redisproxy.Call) bool { return c.Script == script && strings.HasPrefix(c.Args[0], kind+":") }
}

func before(steps ...func(redisproxy.Call) bool) *redisSpot {
	return &redisSpot{redisproxy.Before, steps}
}

func after(steps ...func(redisproxy.Call) bool) *redisSpot {
	return &redisSpot{redisproxy.After, steps}
}

// The requests of the life of a paid order, as the sandbox sees them.

func purchase(kind string) *trap {
	return &trap{
		fault: sandbox.Fault{Target: "infinivoucher", Path: "/orders/buy", Kind: kind},
		fits:  func(_ *shop, r *http.Request, _ string) bool { return strings.HasSuffix(r.URL.Path, "/orders/buy") },
	}
}

func reading(kind string) *trap {
	return &trap{
		fault: sandbox.Fault{Target: "infini", Path: "/acquiring/order", Method: http.MethodGet, Kind: kind},
		fits: func(_ *shop, r *http.Request, _ string) bool {
			return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/acquiring/order")
		},
	}
}

// showing is an edit that brings the codes.
func showing(kind string) *trap {
	return &trap{
		fault: sandbox.Fault{Target: "telegram", Path: "/editMessage", Kind: kind},
		fits: func(s *shop, r *http.Request, body string) bool {
			edits := strings.HasSuffix(r.URL.Path, "/editMessageText") || strings.HasSuffix(r.URL.Path, "/editMessageMedia")
			return edits && holdsCode(body, s.sold())
		},
	}
}

// ringing is a message of its own once the goods are bought.
func ringing(kind string) *trap {
	return &trap{
		fault: sandbox.Fault{Target: "telegram", Path: "/sendMessage", Kind: kind},
		fits: func(s *shop, r *http.Request, _ string) bool {
			return strings.HasSuffix(r.URL.Path, "/sendMessage") && len(s.sold()) > 0
		},
	}
}

// spots are the moments, each point of order/doc.go at least once.
func spots() []spot {
	const asked, done = sandbox.HoldBefore, sandbox.HoldAfter
	return []spot{
		{point: "webhook-before-hint", how: "hint on its way", redis: before(is("wake"))},
		{point: "goods-stored", how: "release not sent", redis: before(is("release"))},
		{point: "goods-stored", how: "answer lost", redis: after(goodsCommit)},
		{point: "webhook-after-hint", how: "webhook not answered", redis: after(is("wake"))},
		{point: "claimed", how: "answer lost", redis: after(is("wake"), is("claim"))},
		{point: "read", how: "answer lost", trap: reading(done)},
		{point: "read", how: "permit not asked", redis: before(is("acquire"))},
		{point: "permit-taken", how: "answer lost", redis: after(is("acquire"))},
		{point: "permit-taken", how: "attempt not stored", redis: before(attemptCommit)},
		{point: "attempt-stored", how: "answer lost", redis: after(attemptCommit)},
		{point: "buy-sent", how: "not bought", trap: purchase(asked)},
		{point: "buy-sent", how: "bought", trap: purchase(done)},
		{point: "buy-answered", how: "goods not stored", redis: before(goodsCommit)},
		{point: "permit-released", how: "answer lost", redis: after(is("release"))},
		{point: "announcement-taken", how: "answer lost", redis: after(goodsCommit, member("take", "st"))},
		{point: "edit-sent", how: "not edited", trap: showing(asked)},
		{point: "edit-sent", how: "edited", trap: showing(done)},
		{point: "edit-answered", how: "not recorded", redis: before(shownCommit)},
		{point: "delivered", how: "answer lost", redis: after(shownCommit)},
		{point: "ping-sent", how: "not sent", trap: ringing(asked)},
		{point: "ping-sent", how: "sent", trap: ringing(done), rings: 2},
		{point: "ping-sent", how: "not acknowledged", redis: before(member("ack", "pg")), rings: 2},
	}
}

// TestEveryPointIsKilledAt holds the spots against the list of order/doc.go.
func TestEveryPointIsKilledAt(t *testing.T) {
	points, err := ordertest.CrashPoints()
	if err != nil || len(points) < 12 {
		t.Fatalf("%d points, %v", len(points), err)
	}
	for _, point := range points {
		if !slices.ContainsFunc(spots(), func(s spot) bool { return s.point == point }) {
			t.Errorf("order/doc.go names %s, and nothing is killed there", point)
		}
	}
	for _, s := range spots() {
		if !slices.Contains(points, s.point) {
			t.Errorf("%s is no point of order/doc.go", s.point)
		}
	}
}

// grip is an armed spot.
type grip struct {
	reached <-chan string // the replica that is held there
	release func()        // what is held goes on
	drop    func()        // what is held is cut off; to be called when its sender is gone
}

// arm prepares the spot. At most one trap is set in a shop.
func (s spot) arm(w *shop) grip {
	reached := make(chan string, 1)
	if s.redis != nil {
		hold := w.proxy.Hold(s.redis.side, s.redis.steps...)
		go func() {
			<-hold.Reached()
			reached <- hold.Call().Way
		}()
		return grip{reached: reached, release: hold.Release, drop: hold.Cut}
	}
	set := *s.trap
	set.at = reached
	w.mu.Lock()
	w.trap = &set
	w.mu.Unlock()
	return grip{
		reached: reached,
		release: w.World.Faults.Clear,
		drop: func() {
			kit.Eventually(w.t, "request whose sender is gone", func() bool { return w.held() == 0 })
			w.World.Faults.Clear()
		},
	}
}

// await waits until a replica is held at the spot.
func (g grip) await(t *testing.T) string {
	t.Helper()
	select {
	case name := <-g.reached:
		return name
	case <-time.After(2 * kit.Patience):
		t.Fatal("the point was not reached")
		return ""
	}
}

// spring has the sandbox hold this request if it is the one the trap is for.
func (s *shop) spring(replica string, r *http.Request) {
	s.mu.Lock()
	set := s.trap
	s.mu.Unlock()
	if set == nil {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the sender left
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if !set.fits(s, r, string(body)) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trap != set {
		return // another request was first
	}
	s.trap = nil
	s.World.Faults.Add(set.fault)
	go func() {
		for s.held() == 0 {
			time.Sleep(5 * time.Millisecond)
		}
		set.at <- replica
	}()
}

// held is how many requests the sandbox holds.
func (s *shop) held() int {
	n := 0
	for _, f := range s.World.Faults.List() {
		n += f.Held
	}
	return n
}

// sold are the codes the supplier handed out so far.
func (s *shop) sold() []string {
	var codes []string
	for _, o := range s.World.InfiniVoucher.Books().Orders {
		codes = append(codes, o.Codes...)
	}
	for _, r := range s.World.UniVoucher.Books().Requests {
		for _, card := range r.Cards {
			codes = append(codes, card.Secret)
		}
	}
	return codes
}

func holdsCode(text string, codes []string) bool {
	return slices.ContainsFunc(codes, func(code string) bool { return strings.Contains(text, code) })
}
