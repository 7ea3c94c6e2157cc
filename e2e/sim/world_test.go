package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/inventpay"
	"giftbot/providers/plexy"
	"giftbot/providers/univoucher"
	"giftbot/sandbox"
	"giftbot/sandbox/kit"
	chat "giftbot/sandbox/telegram"
	minter "giftbot/sandbox/univoucher"
	"giftbot/store"
	"giftbot/store/redistest"
)

const (
	publicURL  = "http://127.0.0.1"
	stepsMax   = 800_000          // of one seed, then it does not come to an end
	stepsFed   = 100_000          // the same on a diet
	settleTime = 24 * time.Hour   // after the last deed of anybody, in every fourth story
	settleSome = 9 * time.Hour    // in the others: most of a long story is waiting
	settleMore = 40 * time.Minute // for a poll that is under way then
	engineMax  = 2                // steps of one replica at the same time
	drainMax   = 2

	catalogueEvery = 10 * time.Minute
)

// lockers are the vendors that hand out permits.
func lockers() []string {
	return []string{infinivoucher.Vendor, plexy.Vendor, univoucher.Vendor, payoutVendor}
}

// world is one seed's shop and everything around it.
type world struct {
	*scheduler
	seed    uint64
	diet    diet
	shards  int
	markup  decimal.Decimal
	admins  []int64
	scripts map[string]string
	locks   *locks
	opened  *openings
	past    history

	mini      *redistest.Mini
	lua       *runner
	oracle    *store.Store // reads what the verdict compares
	box       *sandbox.World
	chat      *chat.Server
	control   http.RoundTripper
	replicas  []*replica
	born      []*incarnation
	buyers    []*buyer
	shelf     []goods
	gateways  []string      // offered to people
	recalls   bool          // cards whose secret was lost are asked back
	patient   time.Duration // between two looks at what a supplier works on, at least
	redisOff  time.Time
	losses    int    // of what Redis had
	doomed    string // port whose next call is among what will be lost, "" for none
	wires     sync.Mutex
	wired     map[*redisConn]bool // connections to Redis
	settle    time.Duration
	closing   time.Time // since when people leaf through what they have
	blocked   map[int64]bool
	topUps    decimal.Decimal
	peeked    time.Time   // last sweep for permits
	keeps     bool        // surplus at Infini waits for a person
	tolerance order.Money // what may be missing at both gateways
	outMax    order.Money // what may be sent out in a day
	done      map[order.Number]*deeds
	chores    int      // planned, and no reason to go on
	breaches  []string // of rules that only show while they are broken
	began     time.Time
	plans     map[string]time.Time // when sets are next due, as of plannedAt
	plannedAt int64                // writes in Redis
	locksMu   sync.Mutex
	locksHeld []string // permits, as of locksAt
	locksAt   int64    // writes in Redis
	held      string   // permits, since heldAt
	heldAt    time.Time
	ticking   bool // the vendors' webhooks
	writing   int  // updates on their way

	crashCount int
	outages    int // calls to Redis that failed: an acknowledgement may be lost with each
	lastDeed   time.Time

	logMu  sync.Mutex
	logs   strings.Builder
	labels map[string]bool // of everything counted
}

func (w *world) logged(line string) {
	w.logMu.Lock()
	defer w.logMu.Unlock()
	w.logs.WriteString(line + "\n")
	if strings.Contains(line, "Redis ") {
		if _, words, ok := strings.Cut(line, `msg="`); ok {
			words, _, _ = strings.Cut(words, `"`)
			w.tally.kind("redis: " + words)
		}
	}
}

// newWorld builds the shop of a seed. Nothing has happened in it yet.
func newWorld(seed uint64, orders int, fed string) (*world, error) {
	t := newTally()
	w := &world{
		seed: seed, diet: diets()[fed], markup: decimal.NewFromInt(10), admins: []int64{1, 2},
		locks: &locks{open: map[string]string{}}, opened: &openings{all: map[string]opening{}}, past: history{last: map[order.Number]order.Status{}}, blocked: map[int64]bool{},
		gateways: []string{infini.Vendor, inventpay.Vendor}, labels: map[string]bool{}, plans: map[string]time.Time{}, wired: map[*redisConn]bool{},
	}
	if w.diet.gateways != nil {
		w.gateways = w.diet.gateways
	}
	w.scheduler = newScheduler(seed, 0, t)
	w.rough = []int{2, 8, 18, 32}[w.rng.IntN(4)]
	w.shards = 1 + w.rng.IntN(2)
	w.recalls = w.rng.IntN(2) == 0
	w.patient = []time.Duration{0, 5 * time.Minute, 15 * time.Minute, 15 * time.Minute}[w.rng.IntN(4)]
	w.settle = []time.Duration{settleTime, settleSome, settleSome, settleSome}[w.rng.IntN(4)]
	w.crash, w.left = w.crashed, w.departed
	w.drawMoney()
	var err error
	if w.scripts, err = scriptNames(); err != nil {
		return nil, err
	}
	if w.mini, err = redistest.NewMini(); err != nil {
		return nil, err
	}
	if w.lua, err = quicken(w.mini); err != nil {
		return nil, err
	}
	// What became due within the last minute may not have been swept yet.
	minuteAgo := func() time.Duration { return -time.Minute }
	if w.oracle, err = store.New(store.Options{URL: redistest.MiniURL, Shards: w.shards, Dialer: w.mini.Dial, Offset: minuteAgo}); err != nil {
		return nil, err
	}
	if err = w.openBox(); err != nil {
		return nil, err
	}
	for _, name := range []string{"A", "B", "C"}[:2+w.rng.IntN(2)] {
		r := &replica{name: name, skew: w.drawSkew()}
		if r.disk.dir, err = os.MkdirTemp(redistest.Memory(), "giftbot-sim-"); err != nil {
			return nil, err
		}
		w.replicas = append(w.replicas, r)
	}
	if err := errors.Join(w.fund(), w.openChat()); err != nil {
		return nil, err
	}
	w.populate(orders)
	w.trouble()
	w.drawLosses()
	w.provoke()
	w.chore(attendEvery, w.attend)
	w.lastDeed, w.began = time.Now(), time.Now()
	return w, nil
}

// drawSkew is how far a replica's clock is off: mostly it is not.
func (w *world) drawSkew() time.Duration {
	if w.rng.IntN(4) > 0 {
		return 0
	}
	return time.Duration(w.rng.IntN(479)-239) * time.Second
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
		InventPayKey:            inventKey, InventPayWithdrawalKey: inventOut, InventPayWebhookSecret: inventHook, InventPayWebhookURL: publicURL + "/webhooks/inventpay",
		PlexyKey: plexyKey, PlexyAgentID: plexyAgent, UniVoucherWallets: wallets(),
		Sleep: func(ctx context.Context, d time.Duration) error { return sleep(ctx, d) },
	})
	return err
}

// wallets are the funded ones.
func wallets() map[int64]minter.Wallet {
	all := minter.DefaultWallets(walletKey)
	out := map[int64]minter.Wallet{}
	for _, id := range chains() {
		out[id] = all[id]
	}
	return out
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
	if kind := r.Header.Get(forgery); kind != "" && res.StatusCode == http.StatusOK {
		h.w.breaches = append(h.w.breaches, fmt.Sprintf("forged: %s at %s is answered 200", kind, path.Dir(r.URL.Path)))
	}
	return res
}

// up lists the replicas that serve.
func (w *world) up() []*replica {
	return slices.DeleteFunc(slices.Clone(w.replicas), func(r *replica) bool { return r.inc == nil || !r.inc.open })
}

// newErrand draws where the next incoming request goes and what becomes of it.
func (w *world) newErrand(port string) *errand {
	live := w.up()
	e := &errand{to: live[w.rng.IntN(len(live))].inc, again: live[w.rng.IntN(len(live))].inc, fate: fateOK}
	if !w.calm && w.rng.IntN(1000) < w.rough {
		e.fate = hookMenu()[w.rng.IntN(3)]
		w.tell("%s meets: %s", port, e.fate)
	}
	w.tally.reach(port, hookMenu())
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
		if time.Now().Before(w.redisOff) { // it would end again at once
			r.backAt = w.redisOff.Add(time.Second)
			continue
		}
		var err error
		if r.inc, err = newIncarnation(w, r); err != nil {
			return fmt.Errorf("start %s: %w", r.name, err)
		}
		r.engineQuiet, r.drainQuiet, r.screensQuiet = false, false, false
		w.tell("%s starts", r.inc.name)
		if !r.inc.open {
			w.recover(r, r.inc)
		}
	}
	return nil
}

// planned is when something stored in a set is next due, looking past leases.
// It is looked up again only when Redis has changed.
func (w *world) planned(set string) time.Time {
	if writes := w.lua.writes.Load(); writes != w.plannedAt {
		w.plannedAt = writes
		clear(w.plans)
	}
	next, known := w.plans[set]
	if !known {
		next = w.plan(set)
		w.plans[set] = next
	}
	return next
}

func (w *world) plan(set string) (next time.Time) {
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

// waitingWork is when something more that is stored is next due.
func (w *world) waitingWork() (next time.Time) {
	now := time.Now()
	for _, at := range []time.Time{w.planned("due"), w.planned("outbox"), w.planned("replies"), w.permitSweep()} {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
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

func (w *world) permits() []string {
	w.locksMu.Lock()
	defer w.locksMu.Unlock()
	writes := w.lua.writes.Load()
	if writes == w.locksAt {
		return w.locksHeld
	}
	var held []string
	for _, vendor := range lockers() {
		keys, _ := w.mini.HKeys("{v:" + vendor + "}:locks") // none is an error
		held = append(held, keys...)
	}
	slices.Sort(held)
	w.locksAt, w.locksHeld = writes, held
	return held
}

// permitSweep is when the replicas should look for permits that a crash left
// behind: soon after one was taken, and rarely while one is held for long.
func (w *world) permitSweep() time.Time {
	held := w.permits()
	if len(held) == 0 {
		return time.Time{}
	}
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

func (w *world) deed() { w.until(time.Now()) }

// until keeps the story going until a day after a moment.
func (w *world) until(at time.Time) {
	if at.After(w.lastDeed) {
		w.lastDeed = at
	}
}
