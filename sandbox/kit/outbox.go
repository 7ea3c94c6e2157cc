package kit

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// The states of a webhook delivery.
const (
	Waiting   = "waiting"   // the next try is at NextAt
	Delivered = "delivered" // answered 200
	GaveUp    = "gave_up"   // the whole retry train was refused
	Dropped   = "lost"      // a fault threw it away, or no URL is configured
)

const (
	maxFinished    = 500
	defaultTimeout = 10 * time.Second
)

// OutboxConfig says how a vendor sends its webhooks.
type OutboxConfig struct {
	Target  string          // fault target, such as "infini-webhooks"
	Train   []time.Duration // when each try happens, counted from the first
	Now     func() time.Time
	Client  *http.Client  // nil = http.DefaultClient
	Faults  *Faults       // nil = no faults
	Timeout time.Duration // for one try; 0 = 10 s
	URL     string        // may be set later with SetURL
}

// Message is one webhook, complete with signature headers. It is signed once:
// retries carry the same bytes and the same timestamp (infini sheet §6).
type Message struct {
	Key    string // order id: messages of one key are sent in order
	Event  string // event name, matched by a fault's path
	Header http.Header
	Body   []byte
}

// Delivery is the story of one webhook as shown in the books.
type Delivery struct {
	Seq      int64     `json:"seq"`
	Key      string    `json:"order_id"`
	Event    string    `json:"event"`
	State    string    `json:"state"`
	Tries    int       `json:"tries"`
	Sends    int       `json:"sends"`       // how often it left, duplicates included
	LastCode int       `json:"last_status"` // HTTP status, 0 when there was no answer
	QueuedAt time.Time `json:"queued_at"`
	NextAt   time.Time `json:"next_at,omitzero"`
	msg      Message
	busy     bool
}

// Outbox queues webhooks and sends those that are due. It starts no goroutine:
// somebody calls Tick. It is safe for concurrent use.
type Outbox struct {
	cfg OutboxConfig

	mu       sync.Mutex
	url      string
	seq      int64
	waiting  []*Delivery
	finished []Delivery
}

// NewOutbox returns an empty outbox.
func NewOutbox(cfg OutboxConfig) *Outbox {
	if cfg.Client == nil {
		cfg.Client = http.DefaultClient
	}
	if cfg.Faults == nil {
		cfg.Faults = NewFaults(nil)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	return &Outbox{cfg: cfg, url: cfg.URL}
}

// SetURL changes where webhooks go, those already waiting included; empty
// means the vendor's console has no URL and new webhooks are lost.
func (o *Outbox) SetURL(url string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.url = url
}

// URL is where webhooks go.
func (o *Outbox) URL() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.url
}

// Send queues a message, due now.
func (o *Outbox) Send(m Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.cfg.Now()
	o.seq++
	d := &Delivery{Seq: o.seq, Key: m.Key, Event: m.Event, State: Waiting, QueuedAt: now, NextAt: now, msg: m}
	if o.url == "" {
		o.finish(d, Dropped)
		return
	}
	o.waiting = append(o.waiting, d)
}

// NextDue is when the next webhook wants to go; false when none waits.
func (o *Outbox) NextDue() (time.Time, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var next time.Time
	for _, d := range o.waiting {
		if next.IsZero() || d.NextAt.Before(next) {
			next = d.NextAt
		}
	}
	return next, !next.IsZero()
}

// Tick sends every webhook that is due, one after the other in the order of
// due time and queueing, and returns how many tries it made.
func (o *Outbox) Tick(ctx context.Context) int {
	due := o.claim()
	for _, d := range due {
		o.try(ctx, d)
	}
	return len(due)
}

// TickParallel is Tick with up to n orders served at once, so that one slow
// answer does not hold up the others.
func (o *Outbox) TickParallel(ctx context.Context, n int) int {
	due := o.claim()
	byKey := map[string][]*Delivery{}
	var keys []string
	for _, d := range due {
		if len(byKey[d.Key]) == 0 {
			keys = append(keys, d.Key)
		}
		byKey[d.Key] = append(byKey[d.Key], d)
	}
	var g errgroup.Group
	g.SetLimit(n)
	for _, key := range keys {
		g.Go(func() error {
			for _, d := range byKey[key] {
				o.try(ctx, d)
			}
			return nil
		})
	}
	_ = g.Wait()
	return len(due)
}

// Deliveries lists the last 500 finished and all waiting webhooks by age.
func (o *Outbox) Deliveries() []Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := slices.Clone(o.finished)
	for _, d := range o.waiting {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Delivery) int { return int(a.Seq - b.Seq) })
	return out
}

func (o *Outbox) claim() []*Delivery {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.cfg.Now()
	var due []*Delivery
	for _, d := range o.waiting {
		if !d.busy && !d.NextAt.After(now) {
			d.busy = true
			due = append(due, d)
		}
	}
	slices.SortStableFunc(due, func(a, b *Delivery) int { return a.NextAt.Compare(b.NextAt) })
	return due
}

// try makes one attempt, with the faults planned for it.
func (o *Outbox) try(ctx context.Context, d *Delivery) {
	p, ft, hit := o.cfg.Faults.take(o.cfg.Target, http.MethodPost, d.Event)
	if !hit {
		o.record(d, o.post(ctx, d), 1)
		return
	}
	switch ft.Kind {
	case Lost:
		o.mu.Lock()
		o.finish(d, Dropped)
		o.mu.Unlock()
	case Delay:
		o.postpone(d, ft.delay())
	case ErrorBefore, DropBefore:
		o.record(d, 0, 0)
	case ErrorAfter, DropReply:
		o.post(ctx, d)
		o.record(d, 0, 1)
	case Duplicate:
		o.post(ctx, d)
		o.record(d, o.post(ctx, d), 2)
	case HoldBefore:
		o.cfg.Faults.hold(ctx, p)
		o.record(d, o.post(ctx, d), 1)
	case HoldAfter:
		code := o.post(ctx, d)
		o.cfg.Faults.hold(ctx, p)
		o.record(d, code, 1)
	}
}

// post sends the bytes once and returns the HTTP status, 0 without an answer.
func (o *Outbox) post(ctx context.Context, d *Delivery) int {
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL(), bytes.NewReader(d.msg.Body))
	if err != nil {
		return 0
	}
	req.Header = d.msg.Header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := o.cfg.Client.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxRequestBody))
	return res.StatusCode
}

// record books the outcome of one try: exactly 200 ends it, anything else
// waits for the next stop of the train.
func (o *Outbox) record(d *Delivery, status, sends int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d.Tries++
	d.Sends += sends
	d.LastCode = status
	switch {
	case status == http.StatusOK:
		o.finish(d, Delivered)
	case d.Tries >= len(o.cfg.Train):
		o.finish(d, GaveUp)
	default:
		gap := o.cfg.Train[d.Tries] - o.cfg.Train[d.Tries-1]
		d.NextAt = o.cfg.Now().Add(gap)
		d.busy = false
	}
}

func (o *Outbox) postpone(d *Delivery, by time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d.NextAt = o.cfg.Now().Add(by)
	d.busy = false
}

// finish moves d out of the queue; the lock is held.
func (o *Outbox) finish(d *Delivery, state string) {
	o.waiting = slices.DeleteFunc(o.waiting, func(x *Delivery) bool { return x == d })
	done := *d
	done.State, done.NextAt, done.busy, done.msg = state, time.Time{}, false, Message{}
	if len(o.finished) >= 2*maxFinished {
		o.finished = slices.Clone(o.finished[maxFinished:])
	}
	o.finished = append(o.finished, done)
}
