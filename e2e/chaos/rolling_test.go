package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/sandbox/infini"
)

const (
	rolls     = 6
	hookEvery = 10 * time.Millisecond
)

// TestRollingRestart replaces two replicas one after the other, again and again,
// while webhooks keep arriving: every one is taken at its first try.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	w := open(t, 1, 2)
	ada := w.client(1001, w.dice(1))
	ada.until = time.Now().Add(kit.Patience)
	o, ok := ada.ordersBy("💳 Crypto or card")
	if !ok {
		t.Fatal(ada.Transcript())
	}
	before := w.front.seen()
	ctx, stop := context.WithCancel(context.Background())
	buying := w.buyers(ctx)
	var sending sync.WaitGroup
	sent, bad := 0, 0
	sending.Go(func() { sent, bad = w.hint(ctx, o) })
	k := &killer{w: w, rng: w.dice(0)}
	for range rolls {
		k.roll()
	}
	for _, r := range w.replicas {
		r.awaitReady(readyTime)
	}
	stop()
	sending.Wait()
	w.closing()
	buying.Wait()
	after := w.front.seen()
	if lost := after.sent - after.taken - (before.sent - before.taken); lost > 0 || bad > 0 {
		t.Errorf("%d of %d webhooks were not taken: %v; %d of %d of our own", lost, after.sent, after.whose, bad, sent)
	}
	if sent < 100 {
		t.Errorf("only %d webhooks in %d restarts", sent, k.n.Restarts)
	}
	t.Logf("%d rolling restarts of two replicas: %d webhooks and updates, 0 refused", k.n.Rolls, after.sent-before.sent)
}

// hint sends genuine webhooks about an order until ctx ends, and returns how many,
// and how many were not answered with 200. They claim that it is paid, which the
// gateway denies.
func (w *world) hint(ctx context.Context, o kit.Checkout) (sent, bad int) {
	reference := ""
	for _, b := range w.GatewayBooks().Orders {
		if b.OrderID == o.ID {
			reference = b.ClientReference
		}
	}
	body := fmt.Appendf(nil, `{"event":"order.completed","order_id":%q,"client_reference":%q,"amount":"1.88","currency":"USD",`+
		`"status":"paid","amount_confirmed":"1.88","amount_confirming":"0"}`, o.ID, reference)
	for ; ctx.Err() == nil; sent++ {
		timestamp, event := strconv.FormatInt(time.Now().Unix(), 10), fmt.Sprintf("evt-%d", sent)
		h := http.Header{"Content-Type": {"application/json"}}
		h.Set("X-Webhook-Timestamp", timestamp)
		h.Set("X-Webhook-Event-Id", event)
		h.Set("X-Webhook-Signature", infini.SignWebhook(w.Secrets().InfiniHook, timestamp, event, body))
		if status := kit.Status(w.t, http.MethodPost, w.Base+"/webhooks/infini", h, body); status != http.StatusOK {
			bad++
		}
		time.Sleep(hookEvery)
	}
	return sent, bad
}
