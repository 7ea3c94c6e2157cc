package crash

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/e2e/redisproxy"
	sandbox "giftbot/sandbox/kit"
	"giftbot/store/redistest"
)

const (
	buyerID  = 2001
	friendID = 2002
)

// shop is a world of kit with replicas that reach Redis and the vendors
// through our hands, so that one call of a known replica can be held.
type shop struct {
	*kit.Shop
	t        *testing.T
	proxy    *redisproxy.Proxy
	public   *httptest.Server
	replicas []*replica

	buyer, friend, admin *kit.Person
	order                kit.Checkout
	callsBefore          int  // Bot API calls made before the payment
	cards                bool // a gift card is ordered, and not two codes

	mu   sync.Mutex
	trap *trap
	next int
}

// replica is one place a bot runs at: its settings and its spool folder outlive
// the process.
type replica struct {
	name    string
	shop    *shop
	environ []string
	spool   string

	mu   sync.Mutex
	runs []*process
	addr string // where it is asked, "" when nothing must be sent there
}

// open starts a shop and has a buyer order two codes, or a gift card of 25 USDC,
// up to the payment link. There are n replicas then; one of them took the order.
func open(t *testing.T, n int, cards bool) *shop {
	t.Helper()
	s := &shop{Shop: kit.Open(t, kit.Options{Bots: -1}), t: t, cards: cards}
	s.Cards(map[string]any{"mint_delay": "1s", "indexer_lag": "0s", "callback_tries": 4})
	s.proxy = redisproxy.New(s.Redis.Addr)
	t.Cleanup(s.proxy.Close)
	s.public = httptest.NewServer(http.HandlerFunc(s.front))
	t.Cleanup(s.public.Close)
	s.Infini(map[string]any{"webhook_url": s.public.URL + "/webhooks/infini"})
	s.Voucher(map[string]any{"webhook_url": s.public.URL + "/webhooks/infinivoucher/" + s.Secrets().VoucherPath})
	t.Cleanup(s.explain)
	for i := range n {
		s.replicas = append(s.replicas, s.newReplica("bot"+strconv.Itoa(i+1)))
	}
	s.replicas[0].start()
	s.awaitWebhook()
	s.begin()
	for _, r := range s.replicas[1:] {
		r.start()
	}
	return s
}

// begin brings an order to its payment link and waits until nothing is under
// way any more: what is held afterwards belongs to the payment.
func (s *shop) begin() {
	s.t.Helper()
	s.buyer, s.friend, s.admin = s.Person(buyerID, "en"), s.Person(friendID, "en"), s.Person(kit.Admin, "en")
	for _, p := range []*kit.Person{s.friend, s.admin} {
		p.Say("/start")
		p.WaitButton("Shop")
	}
	if s.cards {
		s.order = s.buyer.OrderCard(kit.Cards25(1))
	} else {
		s.order = s.buyer.Order(kit.Cheap())
	}
	kit.Eventually(s.t, "gateway that has told of the new order", s.told)
	s.awaitGone("outbox", "lease", "hints")
	s.callsBefore = len(s.Chat.Calls())
}

// told reports whether every webhook of the gateway was sent and taken.
func (s *shop) told() bool {
	s.t.Helper()
	hooks := s.GatewayBooks().Webhooks
	for _, w := range hooks {
		if w.State != sandbox.Delivered {
			return false
		}
	}
	return len(hooks) > 0
}

// pay pays exactly, as the buyer would on the checkout page.
func (s *shop) pay() {
	s.t.Helper()
	s.Pay(s.order.ID, nil)
}

func (s *shop) awaitWebhook() {
	s.t.Helper()
	kit.Eventually(s.t, "webhook at Telegram", func() bool {
		var state struct {
			Webhook struct {
				URL string `json:"url"`
			} `json:"webhook"`
		}
		s.Get("/control/telegram", &state)
		return strings.HasPrefix(state.Webhook.URL, s.public.URL)
	})
}

func (s *shop) newReplica(name string) *replica {
	s.t.Helper()
	redis, err := s.proxy.Open(name)
	if err != nil {
		s.t.Fatal(err)
	}
	r := &replica{name: name, shop: s, spool: redistest.Folder(s.t)}
	outside := httptest.NewServer(r.outside())
	s.t.Cleanup(outside.Close)
	c := s.Secrets()
	r.environ = []string{
		"TELEGRAM_BOT_TOKEN=" + c.Token, "TELEGRAM_API_URL=" + outside.URL + "/telegram", "TELEGRAM_WEBHOOK_SECRET=" + c.Telegram,
		"PUBLIC_URL=" + s.public.URL, "LISTEN_ADDR=127.0.0.1:0", "REDIS_URL=redis://" + redis, "ENCRYPTION_KEYS=k1:" + c.Encryption,
		"SPOOL_DIR=" + r.spool, "ADMIN_IDS=" + strconv.FormatInt(kit.Admin, 10), "LOG_LEVEL=debug",
	}
	for name, value := range kit.VendorSettings(c, outside.URL) {
		if s.cards || strings.HasPrefix(name, "INFINI") { // as few vendors as the order needs
			r.environ = append(r.environ, name+"="+value)
		}
	}
	return r
}

// start runs the bot, again with the same settings, and waits until it sells.
func (r *replica) start() {
	t := r.shop.t
	t.Helper()
	p := run(t, r.environ)
	addr := p.listening(t)
	r.mu.Lock()
	r.runs, r.addr = append(r.runs, p), addr
	r.mu.Unlock()
	kit.Eventually(t, "ready "+r.name, func() bool {
		return kit.Status(t, http.MethodGet, "http://"+addr+"/readyz", nil, nil) == http.StatusOK
	})
}

// process is the newest run.
func (r *replica) process() *process {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.runs[len(r.runs)-1]
}

// offline has nothing sent to the replica from outside any more.
func (r *replica) offline() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addr = ""
}

func (r *replica) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all strings.Builder
	for _, p := range r.runs {
		all.WriteString(p.out.String())
	}
	return all.String()
}

// outside is the way of a replica to Telegram and the vendors.
func (r *replica) outside() http.Handler {
	world, err := url.Parse(r.shop.Base)
	if err != nil {
		r.shop.t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{
		Rewrite:      func(p *httputil.ProxyRequest) { p.SetURL(world) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.shop.spring(r.name, req)
		forward.ServeHTTP(w, req)
	})
}

// named finds a replica.
func (s *shop) named(name string) *replica {
	for _, r := range s.replicas {
		if r.name == name {
			return r
		}
	}
	s.t.Fatalf("no replica %q", name)
	return nil
}

// front is the load balancer: replicas in turn, 502 when none is there or the
// one that was asked died.
func (s *shop) front(w http.ResponseWriter, req *http.Request) {
	addr, ok := s.pick()
	if !ok {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	forward := &httputil.ReverseProxy{
		Rewrite:      func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: "http", Host: addr}) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	forward.ServeHTTP(w, req)
}

func (s *shop) pick() (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range s.replicas {
		s.next = (s.next + 1) % len(s.replicas)
		r := s.replicas[s.next]
		r.mu.Lock()
		addr := r.addr
		r.mu.Unlock()
		if addr != "" {
			return addr, true
		}
	}
	return "", false
}

// explain shows the chat and what the bots wrote, when the test failed.
func (s *shop) explain() {
	if !s.t.Failed() {
		return
	}
	if s.buyer != nil {
		s.t.Log(s.buyer.Transcript())
	}
	for _, r := range s.replicas {
		s.t.Logf("%s wrote:\n%s", r.name, tail(r.log(), 60))
	}
}

func tail(text string, lines int) string {
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// within waits for something that may need a lease to run out first.
func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	kit.Within(t, 100*time.Second, what, done)
}

// awaitAwake waits until a bot that was frozen answers again, and gives it the
// time to go on with what it had begun: nothing of that may show.
func (r *replica) awaitAwake() {
	t := r.shop.t
	t.Helper()
	r.mu.Lock()
	p := r.runs[len(r.runs)-1]
	r.mu.Unlock()
	addr := p.listening(t)
	kit.Eventually(t, "frozen "+r.name+" awake", func() bool {
		return kit.Status(t, http.MethodGet, "http://"+addr+"/readyz", nil, nil) == http.StatusOK
	})
	time.Sleep(4 * time.Second)
}
