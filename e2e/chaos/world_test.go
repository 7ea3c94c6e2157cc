package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/e2e/redisproxy"
)

const (
	second     int64 = 1005 // the other admin
	lastOrders       = 15 * time.Second
)

// world is one shop, its replicas and the people who buy there.
type world struct {
	*kit.Shop
	name     string
	t        *testing.T
	seed     uint64
	proxy    *redisproxy.Proxy
	front    *front
	replicas []*replica
	payouts  chan string // numbers of orders that wait for the admins
	began    time.Time
	sights   map[int64]sight // what people see at the end

	mu    sync.Mutex
	close time.Time // when people leave, zero while the shop is open
	story []string
	deals map[string]int // what people did, and how it ended
}

// open starts a shop with n replicas and waits until they sell.
func open(t *testing.T, seed uint64, n int) *world {
	t.Helper()
	return openWith(t, seed, n, func(*replica) {})
}

// openWith prepares each replica before it starts.
func openWith(t *testing.T, seed uint64, n int, prepare func(*replica)) *world {
	t.Helper()
	w := &world{name: fmt.Sprintf("seed %d", seed), t: t, seed: seed, front: newFront(), payouts: make(chan string, 1000), deals: make(map[string]int), sights: make(map[int64]sight)}
	w.Shop = kit.Open(t, kit.Options{Bots: -1, Clock: true, Unaudited: true, Front: w.front, Settings: map[string]string{
		"ADMIN_IDS": fmt.Sprintf("%d,%d", kit.Admin, second), "PAYOUT_DAILY_MAX": "100000", "REFUND_TWO_PERSON": "5", "INFINI_SURPLUS": "credit",
	}})
	w.began = time.Now()
	w.stock()
	w.proxy = redisproxy.New(w.Redis.Addr)
	t.Cleanup(w.proxy.Close)
	for i := range n {
		w.replicas = append(w.replicas, w.newReplica(fmt.Sprintf("bot%d", i+1)))
		prepare(w.replicas[i])
	}
	w.front.replicas = w.replicas
	t.Cleanup(w.explain)
	for _, r := range w.replicas {
		r.start()
	}
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() { w.front.watch(ctx) })
	t.Cleanup(func() { cancel(); watching.Wait() })
	w.awaitOpen()
	for _, id := range []int64{kit.Admin, second} { // a bot cannot write to who never began a chat
		w.Person(id, "en").Ask("/start", "Aurora Gifts")
	}
	return w
}

// stock gives the shop and its vendors enough for a long day.
func (w *world) stock() {
	w.Infini(map[string]any{"deposit": "100000", "withdraw_after": "5s"})
	w.Change(kit.InventPay, map[string]any{"balances": map[string]string{"USDT_BEP20": "100000"}, "confirm_after": "1s", "withdraw_after": "5s"})
	w.Change("plexy", map[string]any{"balances": map[string]string{"USD": "1000000"}})
	w.Cards(map[string]any{"mint_delay": "1s", "indexer_lag": "500ms", "callback_tries": 4})
	pieces := make(map[string]int)
	for _, p := range w.SupplierBooks().Products {
		pieces[p.ID] = 100_000
	}
	w.Voucher(map[string]any{"top_up": "1000000", "stock": pieces, "calls_per_minute": 0, "purchases_per_10s": 0})
}

// awaitOpen waits until every replica would sell, and Telegram knows where to
// send updates.
func (w *world) awaitOpen() {
	w.t.Helper()
	for _, r := range w.replicas {
		if !r.awaitReady(kit.Patience) {
			w.t.Fatalf("%s does not get ready:\n%s", r.name, tail(r.process().Log(), 40))
		}
	}
	kit.Eventually(w.t, "webhook at Telegram", func() bool {
		var state struct {
			Webhook struct {
				URL string `json:"url"`
			} `json:"webhook"`
		}
		w.Get("/control/telegram", &state)
		return state.Webhook.URL != ""
	})
}

// closing gives people a little time to end what they do.
func (w *world) closing() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.close = time.Now().Add(lastOrders)
}

func (w *world) closed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.close.IsZero() && time.Now().After(w.close)
}

// open again, for staff.
func (w *world) reopen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.close = time.Time{}
}

// tell adds a line to the story of the round.
func (w *world) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.story = append(w.story, fmt.Sprintf("%8.3f  ", time.Since(w.began).Seconds())+fmt.Sprintf(format, args...))
}

// deal counts what somebody did.
func (w *world) deal(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deals[what]++
}

// explain shows how the round went, when it failed: its seed, what was done
// when, and where the logs are.
func (w *world) explain() {
	if !w.t.Failed() {
		return
	}
	records := w.records()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.t.Logf("to play it again: -run 'TestChaos$' -chaos.seed=%d -chaos.kills=%d\n%s", w.seed, killsARound, strings.Join(w.story, "\n"))
	dir, err := os.MkdirTemp("", fmt.Sprintf("giftbot-chaos-%d-", w.seed))
	if err != nil {
		w.t.Log(err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "orders.jsonl"), records, 0o600); err != nil {
		w.t.Log(err)
	}
	for i, b := range w.Bots() {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("run%03d.log", i+1)), []byte(b.Log()), 0o600); err != nil {
			w.t.Log(err)
		}
	}
	w.t.Logf("the records, and the logs of all processes in the order of their starts: %s", dir)
}

// records are the orders as stored, if Redis is there.
func (w *world) records() []byte {
	conn, err := net.DialTimeout("tcp", w.Redis.Addr, time.Second)
	if err != nil {
		return nil
	}
	conn.Close()
	var all []byte
	for _, o := range w.AllOrders() {
		if raw, err := json.Marshal(o); err == nil {
			all = append(append(all, raw...), '\n')
		}
	}
	return all
}

func tail(text string, lines int) string {
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// dice are those of one part of a round.
func (w *world) dice(part uint64) *rand.Rand { return rand.New(rand.NewPCG(w.seed, part)) }
