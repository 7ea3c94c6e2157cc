package univoucher

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"giftbot/sandbox/kit"
)

// The names of callbacks, for a fault's path; the vendor itself has none.
const (
	EventSuccess   = "create.success"
	EventError     = "create.error"
	EventCancelled = "cancel.completed"
	EventNotDone   = "cancel.error"
)

const maxTries = 4

// retryTrain is when each of n tries happens: 1, 5 and 15 s after the one
// before. Three in all unless told otherwise, the smaller reading of
// univoucher sheet §5.
func retryTrain(n int) []time.Duration {
	return []time.Duration{0, time.Second, 6 * time.Second, 21 * time.Second}[:n]
}

// callback is one callback with its own URL, so it has an outbox of its own.
type callback struct {
	seq  int64
	out  *kit.Outbox
	last kit.Delivery // its story, once it is over
	over bool
}

// story is what happened to the callback so far.
func (c *callback) story() kit.Delivery {
	d := c.last
	if !c.over {
		d = c.out.Deliveries()[0]
	}
	d.Seq = c.seq
	return d
}

// message is what a callback carries; key is the order id.
type message struct {
	key, event, url string
	body            fields
}

// call queues a callback; the lock is held.
func (v *Vendor) call(m message) *callback {
	if v.set.LoseCallbacks {
		m.url = "" // an outbox without an address loses what it is given
	}
	raw, err := json.Marshal(m.body)
	if err != nil {
		raw = nil // strings and integers always encode
	}
	h := http.Header{}
	h.Set("User-Agent", "UniVoucher-API/1.0.0")
	h.Set("X-UniVoucher-Timestamp", strconv.FormatInt(v.cfg.Now().UnixMilli(), 10))
	return v.queue(m.url, kit.Message{Key: m.key, Event: m.event, Header: h, Body: raw})
}

// queue gives a message an outbox; the lock is held.
func (v *Vendor) queue(url string, m kit.Message) *callback {
	v.callSeq++
	c := &callback{seq: v.callSeq, out: kit.NewOutbox(kit.OutboxConfig{
		Target: WebhookTarget, Train: retryTrain(v.set.CallbackTries), Now: v.cfg.Now,
		Client: v.cfg.WebhookClient, Faults: v.cfg.Faults, URL: url,
	})}
	c.out.Send(m)
	v.calls = append(v.calls, c)
	return c
}

// Send queues a callback made by somebody else, such as a forged one, and
// retries it like any other. It is in nobody's books.
func (v *Vendor) Send(url string, m kit.Message) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queue(url, m)
}

// sendAll sends what is due, n at once, and returns the number of tries.
func sendAll(ctx context.Context, boxes []*kit.Outbox, n int) int {
	var tries atomic.Int64
	var g errgroup.Group
	g.SetLimit(max(1, n))
	for _, box := range boxes {
		if n <= 1 { // no goroutine, so that a simulator owns the order of things
			tries.Add(int64(box.Tick(ctx)))
			continue
		}
		g.Go(func() error {
			tries.Add(int64(box.Tick(ctx)))
			return nil
		})
	}
	_ = g.Wait() // nobody returns an error
	return int(tries.Load())
}

// forgetFinished keeps the story of each finished callback and drops the rest.
func (v *Vendor) forgetFinished() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls = slices.DeleteFunc(v.calls, func(c *callback) bool {
		d := c.out.Deliveries()[0]
		if d.State == kit.Waiting {
			return false
		}
		c.last, c.over, c.out = d, true, nil
		return true
	})
}
