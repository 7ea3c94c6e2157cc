package telegram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-telegram/bot"
)

const (
	pollFirstRetry  = time.Second
	pollLastRetry   = 30 * time.Second
	glanceFirst     = 50 * time.Millisecond // between polls while updates are being handled
	glanceLast      = 2 * time.Second
	quickAnswer     = time.Second // a long poll without news that ends sooner did not wait
	confirmAttempts = 2
)

// PollerConfig is what a Poller needs. Token is the only secret.
type PollerConfig struct {
	Token    string
	Server   string         // origin of the Bot API, "" for Telegram's own
	HTTP     bot.HttpClient // NewPollClient() in production
	Handler  Handler
	Parallel int // updates handled at once
	Meter    Meter
	Log      *slog.Logger
}

// Poller fetches updates with getUpdates. Telegram forgets an update only when
// a later call names an offset beyond it, so the offset never passes an update
// that was not handled: after a crash those come again, and the handler knows
// by their ids which of them it had finished.
//
// One person's updates are handled one after the other, those of different
// people side by side. An update that fails is tried again until it works.
type Poller struct {
	client bot.HttpClient
	base   string // "…/bot<token>/": secret
	guard  *Intake
	room   chan struct{}
	meter  Meter
	log    *slog.Logger
	sleep  func(ctx context.Context, d time.Duration) error
	quit   chan struct{} // closed by Drain
	ended  chan struct{} // closed when Run returns
	idle   chan struct{} // nothing is left to handle

	offset int64 // what the next call confirms, 0 when that is done; Run's own
	limit  int   // Run's own

	mu       sync.Mutex
	started  bool
	draining bool
	window   []*arrival // in Telegram's order, from the first that is not handled
	known    map[int64]*arrival
	lanes    map[int64][]*arrival // per person, those not begun; an entry means a worker
	open     int                  // arrivals of the window not handled
	lastOK   time.Time            // when an update was handled
	workers  sync.WaitGroup
}

// NewPoller makes a poller; nothing is called yet. A missing part is an error.
func NewPoller(cfg PollerConfig) (*Poller, error) {
	if cfg.Token == "" || cfg.HTTP == nil || cfg.Handler == nil || cfg.Meter == nil || cfg.Log == nil {
		return nil, errors.New("telegram poller: a part is missing")
	}
	server := cfg.Server
	if server == "" {
		server = telegramAPI
	}
	return &Poller{
		client: cfg.HTTP, base: server + "/bot" + cfg.Token + "/", meter: cfg.Meter, log: cfg.Log, sleep: sleep,
		guard: &Intake{handler: cfg.Handler, meter: cfg.Meter, log: cfg.Log}, // an intake without its door
		room:  make(chan struct{}, max(cfg.Parallel, 1)), quit: make(chan struct{}), ended: make(chan struct{}), idle: make(chan struct{}, 1),
		limit: pollAtOnce, known: map[int64]*arrival{}, lanes: map[int64][]*arrival{},
	}, nil
}

// Run removes a webhook that may be set, then fetches and handles updates
// until ctx ends or Drain is called. It returns when what was being handled is
// finished and confirmed. It can be called once.
func (p *Poller) Run(ctx context.Context) {
	if !p.begin() {
		return
	}
	defer close(p.ended)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-p.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	p.persist(ctx, p.unhook)
	for glance := newBackoff(glanceFirst, glanceLast); ctx.Err() == nil; {
		p.persist(ctx, func(ctx context.Context) error { return p.round(ctx, glance) })
	}
	p.workers.Wait()
	p.leave(ctx)
}

func (p *Poller) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining || p.started {
		return false
	}
	p.started = true
	return true
}

// Drain ends Run and waits for it, at most until ctx ends.
func (p *Poller) Drain(ctx context.Context) error {
	p.mu.Lock()
	if !p.draining {
		p.draining = true
		close(p.quit)
	}
	started := p.started
	p.mu.Unlock()
	if !started {
		return nil
	}
	select {
	case <-p.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("updates under way: %w", ctx.Err())
	}
}

// persist does something until it works once or ctx ends.
func (p *Poller) persist(ctx context.Context, do func(context.Context) error) {
	for again := newBackoff(pollFirstRetry, pollLastRetry); ctx.Err() == nil; {
		err := do(ctx)
		fault := FaultOf(err)
		switch {
		case err == nil:
			p.meter.Count("telegram_poll", "ok")
			return
		case ctx.Err() != nil:
			return
		case fault == faultTooMuch && p.limit > 1:
			p.limit /= 2
			continue
		}
		p.meter.Count("telegram_poll", string(fault))
		wait := max(again.next(), retryAfter(err))
		p.log.Warn("telegram gives no updates", "err", err, "hint", pollHint(fault), "again_in", wait)
		_ = p.sleep(ctx, wait) // its error is ctx's
	}
}

// round is one call for updates. While some are still being handled it asks
// without waiting: Telegram would answer at once with those it knows to be
// unconfirmed, and again, and again.
func (p *Poller) round(ctx context.Context, glance *backoff) error {
	offset, busy := p.position()
	wait := pollWait
	if busy {
		wait = 0
	}
	began := time.Now()
	batch, err := p.fetch(ctx, offset, p.limit, wait)
	if err != nil {
		return err
	}
	// Confirmed once is enough. An offset that were repeated for ever could
	// pass new updates by: after an idle week ids restart anywhere.
	p.offset = 0
	switch fresh := p.admit(ctx, batch); {
	case fresh > 0:
		glance.reset()
	case len(batch) >= p.limit:
		p.unjam(time.Now())
	}
	p.limit = pollAtOnce
	p.rest(ctx, glance, len(batch) == 0 && (busy || time.Since(began) >= quickAnswer))
	return nil
}

// position drops what is handled from the front of the window. offset is what
// the next call may confirm, busy whether something is still to be handled.
func (p *Poller) position() (offset int64, busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.window) > 0 && p.window[0].done {
		p.offset = p.window[0].id + 1
		delete(p.known, p.window[0].id)
		p.window = p.window[1:]
	}
	return p.offset, len(p.window) > 0
}

// rest waits before the next poll: not at all when everything is handled and
// Telegram will do the waiting, else until the work is done, or a moment.
func (p *Poller) rest(ctx context.Context, glance *backoff, calm bool) {
	p.mu.Lock()
	settled, unconfirmed := p.open == 0, len(p.window) > 0
	p.mu.Unlock()
	if settled && (unconfirmed || calm) {
		return
	}
	moment := time.NewTimer(glance.next())
	defer moment.Stop()
	select {
	case <-p.idle:
	case <-moment.C:
	case <-ctx.Done():
	}
}

// leave confirms what was handled, so that it does not come again.
func (p *Poller) leave(ctx context.Context) {
	offset, _ := p.position()
	if offset == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	var err error
	for range confirmAttempts {
		if _, err = p.fetch(ctx, offset, 1, 0); err == nil {
			return
		}
		_ = p.sleep(ctx, resendAfter) // its error is ctx's
	}
	p.meter.Count("telegram_poll", "unconfirmed")
	p.log.Warn("updates that were handled will come again", "err", err)
}
