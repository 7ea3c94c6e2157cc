package chaos

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
	sandbox "giftbot/sandbox/kit"
)

const (
	calmStep  = 10 * time.Minute       // of the world's clock
	calmEvery = 250 * time.Millisecond // of ours
	// calmLeast is how long the world's clock goes on at least, for what is done
	// twice or late; calmMost is when every order must have come to its end.
	calmLeast = 3 * time.Hour
	calmMost  = 24 * time.Hour
	deskEvery = time.Hour // an admin goes through the queue
)

// calm ends the killing: the replicas are asked to stop, and one that goes by the
// world's clock finishes what is left. It returns how long that took by this
// clock, and what never came to an end.
func (w *world) calm() (time.Duration, []string) {
	w.t.Helper()
	for _, r := range w.replicas {
		r.awaitReady(readyTime)
	}
	for _, r := range w.replicas {
		r.stop()
	}
	w.tell("calm")
	last := w.replicas[0]
	bot := w.StartBotIn(last.spool)
	last.mu.Lock()
	last.bot = bot
	last.mu.Unlock()
	w.AwaitReady()
	w.awaitTurn(last)
	passed := time.Duration(0)
	open := w.unfinished()
	for (len(open) > 0 || passed < calmLeast) && passed < calmMost {
		w.Advance(calmStep)
		passed += calmStep
		time.Sleep(calmEvery)
		if passed >= calmLeast {
			open = w.unfinished()
		}
		if passed%deskEvery == 0 {
			w.desk()
		}
	}
	// What the clock was moved in the middle of comes to its end.
	for end := time.Now().Add(10 * time.Second); len(open) > 0 && time.Now().Before(end); time.Sleep(calmEvery) {
		open = w.unfinished()
	}
	return passed, open
}

func (w *world) awaitTurn(r *replica) {
	w.t.Helper()
	if !r.awaitReady(kit.Patience) {
		w.t.Fatalf("the last replica is not ready:\n%s", tail(r.process().Log(), 40))
	}
}

// unfinished says what still has to happen by itself: orders that are neither at
// their end nor before a person who was alerted, webhooks on their way.
func (w *world) unfinished() []string {
	w.t.Helper()
	var open []string
	alerted := w.alerted()
	for _, o := range w.AllOrders() {
		switch {
		case o.Held() && !alerted[o.Number]:
			open = append(open, fmt.Sprintf("order %s (%s) is held for %v, and no admin was told", o.Number, o.Status, o.Doubts))
		case !o.Held() && !final(o):
			open = append(open, fmt.Sprintf("order %s is %s, of %s received %s", o.Number, o.Status, o.Total, o.Received()))
		}
	}
	for _, d := range slices.Concat(w.GatewayBooks().Webhooks, w.InventBooks().Webhooks) {
		if d.State == sandbox.Waiting {
			open = append(open, "a webhook of a gateway waits")
		}
	}
	return open
}

func final(o order.Order) bool {
	return slices.Contains([]order.Status{order.Delivered, order.Refunded, order.Expired, order.Cancelled}, o.Status)
}

// alerted are the orders that some admin was told to look at.
func (w *world) alerted() map[order.Number]bool {
	w.t.Helper()
	told := make(map[order.Number]bool)
	for _, c := range w.Chat.Calls() {
		admin := c.Params["chat_id"] == fmt.Sprint(kit.Admin) || c.Params["chat_id"] == fmt.Sprint(second)
		if c.Code != 200 || !admin || !strings.Contains(c.Params["text"], "needs a person") {
			continue
		}
		for _, number := range numbers(c.Params["text"]) {
			told[number] = true
		}
	}
	return told
}
