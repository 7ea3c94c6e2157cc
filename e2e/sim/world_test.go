package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/sandbox"
	"giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/kit"
	chat "giftbot/sandbox/telegram"
	"giftbot/store"
	"giftbot/store/redistest"
)

const (
	publicURL  = "http://127.0.0.1"
	stepsMax   = 250_000          // of one seed, then it does not come to an end
	settleTime = 24 * time.Hour   // after the last deed of anybody
	settleMore = 40 * time.Minute // for a poll that is under way then
	engineMax  = 2                // steps of one replica at the same time
	drainMax   = 2

	catalogueEvery = 3 * time.Minute
)

// world is one seed's shop and everything around it.
type world struct {
	*scheduler
	seed    uint64
	bug     string
	shards  int
	markup  decimal.Decimal
	admins  []int64
	scripts map[string]string
	locks   *locks
	past    history

	mini     *redistest.Mini
	oracle   *store.Store // reads what the verdict compares
	box      *sandbox.World
	chat     *chat.Server
	control  http.RoundTripper
	replicas []*replica
	born     []*incarnation
	buyers   []*buyer
	goods    []infinivoucher.Product
	blocked  map[int64]bool
	topUps   decimal.Decimal
	peeked   time.Time // last sweep for permits
	held     string    // permits, since heldAt
	heldAt   time.Time
	ticking  bool // the vendors' webhooks
	writing  int  // updates on their way

	crashCount int
	outages    int // calls to Redis that failed: an acknowledgement may be lost with each
	lastDeed   time.Time

	logMu sync.Mutex
	logs  strings.Builder
}

func (w *world) logged(line string) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	w.logs.WriteString(line + "\n")
}

// newWorld builds the shop of a seed. Nothing has happened in it yet.
func newWorld(seed uint64, orders int, bug string) (*world, error) {
	t := newTally()
	w := &world{
		seed: seed, bug: bug, markup: decimal.NewFromInt(10), admins: []int64{1, 2},
		locks: &locks{open: map[string]string{}}, past: history{last: map[order.Number]order.Status{}}, blocked: map[int64]bool{},
	}
	w.scheduler = newScheduler(seed, 0, t)
	w.rough = []int{2, 8, 20, 40}[w.rng.IntN(4)]
	w.shards = 1 + w.rng.IntN(2)
	w.crash = w.crashed
	var err error
	if w.scripts, err = scriptNames(); err != nil {
		return nil, err
	}
	if w.mini, err = redistest.NewMini(); err != nil {
		return nil, err
	}
	// What became due within the last minute may not have been swept yet.
	minuteAgo := func() time.Duration { return -time.Minute }
	if w.oracle, err = store.New(store.Options{URL: redistest.MiniURL, Shards: w.shards, Dialer: w.mini.Dial, Offset: minuteAgo}); err != nil {
		return nil, err
	}
	if err := w.openBox(); err != nil {
		return nil, err
	}
	for _, name := range []string{"A", "B", "C"}[:2+w.rng.IntN(2)] {
		w.replicas = append(w.replicas, &replica{name: name, skew: w.drawSkew()})
	}
	if err := w.openChat(); err != nil {
		return nil, err
	}
	w.populate(orders)
	w.trouble()
	w.lastDeed = time.Now()
	return w, nil
}

// drawSkew is how far a replica's clock is off: mostly it is not.
func (w *world) drawSkew() time.Duration {
	if w.rng.IntN(4) > 0 {
		return 0
	}
	return time.Duration(w.rng.IntN(441)-220) * time.Second
}

func (w *world) openBox() error {
	client := &http.Client{Transport: hook{w}}
	w.chat = chat.New(chat.Config{Token: botToken, Now: time.Now, Client: client, People: []chat.Person{}})
	w.control = kit.HandlerTransport(w.chat.Chat())
	var err error
	w.box, err = sandbox.New(sandbox.Config{
		Clock: kit.NewClock(time.Now), NewID: kit.SeededIDs(w.seed), PublicURL: publicURL, WebhookClient: client,
		InfiniKeyID: infiniKey, InfiniSecretKey: infiniSecret, InfiniWebhookSecret: infiniHook,
		InfiniWebhookURL: publicURL + "/webhooks/infini", InfiniVoucherKey: voucherKey,
		InfiniVoucherWebhookURL: publicURL + "/webhooks/infinivoucher/" + voucherPath,
		InfiniVoucherBalance:    []string{"5000", "5000", "60"}[w.rng.IntN(3)],
		Sleep:                   func(ctx context.Context, d time.Duration) error { return sleep(ctx, d) },
	})
	return err
}

func (w *world) openChat() error {
	body := strings.NewReader(`{"url":"` + publicURL + `/webhooks/telegram","secret_token":"` + hookSecret + `"}`)
	r, err := http.NewRequest(http.MethodPost, publicURL+"/telegram/bot"+botToken+"/setWebhook", body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := kit.HandlerTransport(w.chat.BotAPI()).RoundTrip(r)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.New("setWebhook was refused")
	}
	return nil
}

// hook carries what vendors and Telegram send to the bot.
type hook struct{ w *world }

// errand is where an incoming request goes, and its fate.
type errand struct {
	to, again *incarnation
	fate      fate
}

type errandKey struct{}

// RoundTrip implements http.RoundTripper.
func (h hook) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := drained(r)
	if err != nil {
		return nil, err
	}
	e, _ := r.Context().Value(errandKey{}).(*errand)
	if e == nil || e.to.dead.Load() || e.fate == fateBefore {
		return nil, refused()
	}
	if e.fate == fateTwice {
		h.deliver(e.again, again(r, body))
	}
	res := h.deliver(e.to, again(r, body))
	if res == nil || e.fate == fateAfter {
		return nil, refused()
	}
	return res, nil
}

// deliver returns nil when the process ended over it.
func (h hook) deliver(to *incarnation, r *http.Request) *http.Response {
	res, err := kit.HandlerTransport(to.handler).RoundTrip(r)
	if err != nil || to.dead.Load() {
		return nil
	}
	return res
}

// up lists the replicas that run.
func (w *world) up() []*replica {
	return slices.DeleteFunc(slices.Clone(w.replicas), func(r *replica) bool { return r.inc == nil })
}

// newErrand draws where the next incoming request goes and what becomes of it.
func (w *world) newErrand(port string) *errand {
	live := w.up()
	e := &errand{to: live[w.rng.IntN(len(live))].inc, again: live[w.rng.IntN(len(live))].inc, fate: fateOK}
	if !w.calm && w.rng.IntN(1000) < w.rough {
		e.fate = []fate{fateBefore, fateAfter, fateTwice}[w.rng.IntN(3)]
		w.tell("%s meets: %s", port, e.fate)
	}
	w.tally.cell(port, e.fate)
	return e
}

// crashed ends an incarnation at this moment.
func (w *world) crashed(i *incarnation) {
	i.dead.Store(true)
	w.crashCount++
	for _, r := range w.replicas {
		if r.inc == i {
			r.inc = nil
			r.backAt = time.Now().Add(time.Duration(w.rng.Int64N(int64(90 * time.Second))))
		}
	}
}

// revive starts what is down and due back.
func (w *world) revive() error {
	for _, r := range w.replicas {
		if r.inc != nil || r.backAt.After(time.Now()) {
			continue
		}
		var err error
		if r.inc, err = newIncarnation(w, r); err != nil {
			return fmt.Errorf("start %s: %w", r.name, err)
		}
		r.engineQuiet, r.drainQuiet, r.screensQuiet = false, false, false
		w.tell("%s starts", r.inc.name)
	}
	return nil
}

// planned is when something stored in a set is next due, looking past leases.
func (w *world) planned(set string) (next time.Time) {
	for shard := range w.shards {
		tag := fmt.Sprintf("{s%02d}:", shard)
		members, _ := w.mini.SortedSet(tag + set) // none is an error
		if len(members) == 0 {
			continue
		}
		leases, _ := w.mini.SortedSet(tag + "lease")
		for name, score := range members {
			at := time.UnixMilli(int64(max(score, leases[name])) + 1)
			if next.IsZero() || at.Before(next) {
				next = at
			}
		}
	}
	return next
}

// waitingWork is when something stored is next due.
func (w *world) waitingWork() (next time.Time) {
	for _, at := range []time.Time{w.planned("due"), w.planned("outbox"), w.planned("replies"), w.permitSweep()} {
		if !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// dueNow tells which kinds of work wait in Redis at this moment.
func (w *world) dueNow() (orders, outbox, screens bool) {
	due := func(set string) bool {
		at := w.planned(set)
		return !at.IsZero() && !at.After(time.Now())
	}
	return due("due"), due("outbox"), due("replies")
}

// permitSweep is when the replicas should look for permits that a crash left
// behind: soon after one was taken, and rarely while one is held for long.
func (w *world) permitSweep() time.Time {
	held, _ := w.mini.HKeys("{v:infinivoucher}:locks") // none is an error
	if len(held) == 0 {
		return time.Time{}
	}
	slices.Sort(held)
	if now := strings.Join(held, " "); now != w.held {
		w.held, w.heldAt = now, time.Now()
	}
	if time.Since(w.heldAt) > 5*time.Minute {
		return w.peeked.Add(20 * time.Minute)
	}
	return w.peeked.Add(31 * time.Second)
}

// vendorsDue is when the vendors or Telegram next have something to send.
func (w *world) vendorsDue() (next time.Time) {
	for _, due := range []func() (time.Time, bool){w.box.NextDue, w.chat.NextDue} {
		if at, ok := due(); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// payFor is how a person pays at the gateway.
func (w *world) payFor(external string, opts infini.PayOptions) error {
	p, err := w.box.Infini.Pay(external, opts)
	w.deed()
	if err != nil {
		return err
	}
	w.tell("   money: %s %s (%s) on %s", p.Amount, p.Currency, p.State, external)
	if opts.ConfirmAfter > 0 {
		w.lastDeed = time.Now().Add(opts.ConfirmAfter)
	}
	return nil
}

func (w *world) deed() {
	if now := time.Now(); now.After(w.lastDeed) {
		w.lastDeed = now
	}
}
