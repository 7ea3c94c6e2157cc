package durable

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/e2e/redisproxy"
)

// shop is a world of kit whose two replicas reach Redis through a proxy.
type shop struct {
	*kit.Shop
	t     *testing.T
	seed  uint64
	proxy *redisproxy.Proxy
	front *front
	story *story
	dice  *dice
	admin *kit.Person

	buyers  []*buyer
	walking sync.WaitGroup
	loses   bool         // Redis will forget something
	freeze  string       // the last one that was seen
	awake   []string     // what did not rest when it was looked at last
	blows   atomic.Int64 // how often something was broken: a ping may be repeated for each
}

// open starts a shop and its people, who have come as far as the screen that
// asks how to pay.
func open(t *testing.T, seed uint64) *shop {
	t.Helper()
	s := &shop{t: t, seed: seed, proxy: redisproxy.New("127.0.0.1:1"), front: &front{answers: make(map[int]int)}, story: &story{began: time.Now()}, dice: newDice(seed)}
	t.Cleanup(func() {
		if t.Failed() {
			s.tell()
		}
	})
	t.Cleanup(s.proxy.Close)
	addr, err := s.proxy.Open("bots")
	if err != nil {
		t.Fatal(err)
	}
	s.Shop = kit.Open(t, kit.Options{Bots: -1, Clock: true, Unaudited: true, Front: s.front, Settings: map[string]string{
		"REDIS_URL": "redis://" + addr, "INFINI_SURPLUS": "credit",
	}})
	s.front.bots = s.Bots
	s.proxy.Lead(s.Redis.Addr)
	s.Cards(map[string]any{"mint_delay": "1s", "indexer_lag": "0s"})
	for range 2 {
		s.StartBot()
	}
	s.AwaitReady()
	s.admin = s.Person(kit.Admin, "en")
	s.admin.Ask("/start", "Aurora Gifts")
	s.note("open for business")
	return s
}

func (s *shop) note(format string, args ...any) { s.story.note(format, args...) }

// blow notes that something was broken.
func (s *shop) blow(format string, args ...any) {
	s.blows.Add(1)
	s.note(format, args...)
}

// tell prints what happened, for a round that failed.
func (s *shop) tell() {
	alone := strings.TrimRight(s.t.Name(), "-0123456789") // of any round
	s.t.Logf("seed %d (go test ./e2e/durable -run '%s$' -durable.rounds=1 -durable.seed=%d; the timing of real processes is not exact)\n%s",
		s.seed, alone, s.seed, s.story)
	if s.Shop == nil {
		return
	}
	s.t.Logf("not at rest when it was looked at last: %s", strings.Join(s.awake, "; "))
	for i, b := range s.Bots() {
		var loud []string
		for line := range strings.Lines(b.Log()) {
			if !strings.Contains(line, `"level":"DEBUG"`) && !strings.Contains(line, "redis peek") {
				loud = append(loud, line)
			}
		}
		s.t.Logf("replica %d wrote:\n%s", i+1, strings.Join(loud[max(0, len(loud)-60):], ""))
	}
}

// story is what happened, in the order of time.
type story struct {
	began time.Time
	mu    sync.Mutex
	lines []string
}

func (s *story) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf("%7.2f s  ", time.Since(s.began).Seconds())+fmt.Sprintf(format, args...))
}

// String is the story so far.
func (s *story) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// dice are random choices from a seed. Everybody has dice of their own, so that
// nobody's luck depends on who comes first.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newDice(seed uint64) *dice { return &dice{r: rand.New(rand.NewPCG(seed, 0x7e57))} }

// between is a stretch of time from one up to another.
func (d *dice) between(least, most time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return least + time.Duration(d.r.Int64N(int64(most-least)+1))
}

// chance is true once in n.
func (d *dice) chance(n int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n) == 0
}

// pause lets a random time pass.
func (d *dice) pause(least, most time.Duration) { time.Sleep(d.between(least, most)) }

// front is the load balancer: the replicas in turn. It counts what they answer.
type front struct {
	bots func() []*kit.Bot

	mu      sync.Mutex
	next    int
	answers map[int]int // by status
}

// ServeHTTP implements http.Handler.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.next++
	bots, next := f.bots(), f.next
	f.mu.Unlock()
	if len(bots) == 0 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:        func(p *httputil.ProxyRequest) { p.SetURL(&url.URL{Scheme: "http", Host: bots[next%len(bots)].Addr}) },
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		ModifyResponse: f.count,
	}
	proxy.ServeHTTP(w, r)
}

func (f *front) count(r *http.Response) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[r.StatusCode]++
	return nil
}

// refused is how often a webhook was put off with 503.
func (f *front) refused() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answers[http.StatusServiceUnavailable]
}
