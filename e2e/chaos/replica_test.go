package chaos

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"giftbot/e2e/kit"
	"giftbot/store/redistest"
)

// graceful is how long a bot that was asked to stop may take: what container
// platforms wait at least before they kill.
const graceful = 25 * time.Second

// replica is one place a bot runs at: its settings and its spool folder outlive
// the process. It reaches Redis and the vendors by ways of its own, so that what
// is held is known to be its.
type replica struct {
	name  string
	w     *world
	spool string
	ways  map[string]string
	hand  hand // between the replica and the vendors

	mu    sync.Mutex
	bot   *kit.Bot
	ready *kit.Bot // the run that said yes last
}

func (w *world) newReplica(name string) *replica {
	w.t.Helper()
	r := &replica{name: name, w: w, spool: redistest.Folder(w.t)}
	r.hand.world = w.Handler()
	outside := httptest.NewServer(&r.hand)
	w.t.Cleanup(func() {
		r.hand.letGo()
		outside.CloseClientConnections()
		outside.Close()
	})
	redis, err := w.proxy.Open(name)
	if err != nil {
		w.t.Fatal(err)
	}
	r.ways = map[string]string{"REDIS_URL": "redis://" + redis, "TELEGRAM_API_URL": outside.URL + "/telegram", "METRICS_ADDR": ""}
	for setting, value := range kit.VendorSettings(w.Secrets(), outside.URL) {
		r.ways[setting] = value
	}
	return r
}

// start runs the bot, again with the same settings, and waits for nothing.
func (r *replica) start() {
	r.w.t.Helper()
	bot := r.w.Launch(r.spool, r.ways)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bot = bot
}

// process is the newest run.
func (r *replica) process() *kit.Bot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bot
}

// address is where a run listens, "" when it does not.
func address(bot *kit.Bot) string {
	if bot == nil || !bot.Running() {
		return ""
	}
	if bot.Addr != "" {
		return bot.Addr // inside the test's own process
	}
	return bot.Listening()
}

func (r *replica) isReady() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ready != nil && r.ready == r.bot
}

// setReady notes what a run said, which may not be the newest any more.
func (r *replica) setReady(bot *kit.Bot, ready bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case ready:
		r.ready = bot
	case r.ready == bot:
		r.ready = nil
	}
}

// awaitReady waits until the replica would sell, if it does within the time.
func (r *replica) awaitReady(limit time.Duration) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(lookEvery / 2) {
		if r.isReady() {
			return true
		}
	}
	return false
}

// stop asks the bot to end, and says whether it did so as it should.
func (r *replica) stop() {
	r.w.t.Helper()
	began := time.Now()
	code := r.process().Stop()
	if took := time.Since(began); code != 0 || took > graceful {
		r.w.t.Errorf("%s: SIGTERM ended %s with code %d after %v", r.w.name, r.name, code, took)
	}
}

// hand is the way of a replica to Telegram and the vendors. It can hold one
// request: before it is seen, or after it took effect.
type hand struct {
	world http.Handler

	mu   sync.Mutex
	plan *grasp
}

// grasp is one request that is waited for and then held.
type grasp struct {
	fits    func(r *http.Request) bool
	skip    int // so many that fit pass
	after   bool
	reached chan string // what is held
	free    chan struct{}
	once    sync.Once
}

// take plans to hold a request.
func (h *hand) take(g *grasp) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.plan = g
}

// letGo forgets what was planned, and lets what is held go on.
func (h *hand) letGo() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.plan != nil {
		h.plan.once.Do(func() { close(h.plan.free) })
	}
	h.plan = nil
}

// holds returns the grasp that takes this request, nil if none does.
func (h *hand) holds(r *http.Request) *grasp {
	h.mu.Lock()
	defer h.mu.Unlock()
	g := h.plan
	if g == nil || g.skip < 0 || !g.fits(r) {
		return nil
	}
	g.skip--
	if g.skip >= 0 {
		return nil
	}
	return g
}

// ServeHTTP implements http.Handler.
func (h *hand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := h.holds(r)
	switch {
	case g == nil:
		h.world.ServeHTTP(w, r)
	case g.after:
		answer := httptest.NewRecorder()
		h.world.ServeHTTP(answer, r)
		g.wait(r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // the bot may be gone
	default:
		body, err := io.ReadAll(r.Body) // read to its end, so that a sender who hangs up is noticed
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		g.wait(r)
		h.world.ServeHTTP(w, r)
	}
}

// wait tells that the request is held. When its sender is gone it is cut off.
func (g *grasp) wait(r *http.Request) {
	g.reached <- r.Method + " " + route(r.URL.Path)
	select {
	case <-g.free:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}
