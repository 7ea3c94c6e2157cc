package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"giftbot/catalog"
	"giftbot/cmd/bot/app"
	"giftbot/flows"
	"giftbot/handlers/telegram"
	"giftbot/handlers/webhook"
	"giftbot/locales"
	"giftbot/order"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/univoucher"
	"giftbot/store"
	"giftbot/store/redistest"
)

// The credentials of the simulated shop.
const (
	botToken      = "7000000001:simulated-token"
	hookSecret    = "simulated-telegram-secret"
	infiniKey     = "sim-key"
	infiniSecret  = "simulated-infini-secret"
	infiniHook    = "simulated-infini-webhook"
	voucherKey    = "infi_sk_simulated"
	voucherPath   = "simulated-voucher-path-0123456789"
	inventKey     = "simulated-inventpay-key"
	inventOut     = "simulated-inventpay-withdrawals"
	inventHook    = "simulated-inventpay-webhook"
	plexyKey      = "simulated-plexy-key"
	plexyAgent    = "7d3a4c1e-5b0f-4d6a-9f21-3c8e5a7b9d10"
	walletKey     = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
	encryptionKey = "0123456789abcdef0123456789abcdef"
	orderTTL      = time.Hour
)

// replica is one place where the bot runs, over all its incarnations.
type replica struct {
	name   string
	skew   time.Duration // of its clock
	count  int
	inc    *incarnation // nil while it is down
	backAt time.Time
	disk   disk // survives every incarnation

	engineQuiet, drainQuiet, screensQuiet bool // nothing was left to do when it last looked
}

// incarnation is one life of a replica.
type incarnation struct {
	w        *world
	name     string
	skew     time.Duration
	dead     atomic.Bool
	prepared bool // its calls stop at their ports
	open     bool // it serves: what the journal remembers was recovered

	vault    *store.Vault
	store    *store.Store
	tide     *store.Tide
	engine   *order.Engine
	catalog  *catalog.Catalogue
	dispatch *telegram.Dispatcher
	drain    *telegram.Drain
	handler  http.Handler
	vendors  *vendors
	courier  *app.Courier

	engines, drains int  // steps under way
	carrying        bool // the spool
	carryAt         time.Time
	reading         bool // the catalogue
	deferring       bool
	looked          string    // permits, when it last looked at them, then
	lookedAt        time.Time // at its port
	readAt          time.Time
	log             *slog.Logger
	random          io.Reader
}

// Now implements the clocks of all packages.
func (i *incarnation) Now() time.Time { return time.Now().Add(i.skew) }

func (i *incarnation) pass(port, key string, menu []fate) verdict {
	return i.w.pass(i, port, key, menu)
}

// Write turns log lines into lines of the story.
func (i *incarnation) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	i.w.logged(text)
	// Presses are answered beside everything else, in no order.
	if !strings.Contains(text, "press not answered") {
		i.says("log %s", text)
	}
	return len(line), nil
}

// says adds a line of this process to the story. One that was killed says
// nothing any more; what of it runs on here stumbles in no order.
func (i *incarnation) says(format string, args ...any) {
	if !i.dead.Load() {
		i.w.tell(i.name+" "+format, args...)
	}
}

// seeded is randomness that comes out the same for the same seed.
type seeded struct{ rng *rand.PCG }

// Read implements io.Reader.
func (s seeded) Read(p []byte) (int, error) {
	var word [8]byte
	for i := range p {
		if i%8 == 0 {
			binary.LittleEndian.PutUint64(word[:], s.rng.Uint64())
		}
		p[i] = word[i%8]
	}
	return len(p), nil
}

// newIncarnation starts a replica. It makes no call that can fail by a fault.
func newIncarnation(w *world, r *replica) (*incarnation, error) {
	r.count++
	i := &incarnation{w: w, name: fmt.Sprintf("%s%d", r.name, r.count), skew: r.skew, open: r.disk.empty() || r.disk.losses == w.losses && w.rng.IntN(4) > 0}
	i.random = seeded{rand.NewPCG(w.seed, uint64(r.name[0])<<32|uint64(r.count))}
	i.log = slog.New(slog.NewTextHandler(i, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: withoutTime}))
	for _, build := range []func(*replica) error{i.openStore, i.buildShop} {
		if err := build(r); err != nil {
			return nil, err
		}
	}
	w.born = append(w.born, i)
	return i, nil
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "took" {
		return slog.Attr{}
	}
	return a
}

func (i *incarnation) openStore(r *replica) (err error) {
	if err = i.openTide(r); err != nil {
		return err
	}
	if i.vault, err = store.NewVault([]store.Key{{ID: "k1", Secret: []byte(encryptionKey)}}, i.random); err != nil {
		return err
	}
	port := &redisPort{inc: i, names: i.w.scripts, dial: i.w.mini.Dial}
	options := store.Options{URL: redistest.MiniURL, Shards: i.w.shards, Dialer: port.Dial, Vault: i.vault, Guard: true, Clock: i.Now, Tide: i.tide, Random: i.random}
	if i.store, err = store.New(options); err != nil {
		return err
	}
	err = i.store.Prepare(context.Background())
	i.prepared = true
	return err
}

func (i *incarnation) buildShop(r *replica) (err error) {
	if i.vendors, err = i.openVendors(); err != nil {
		return err
	}
	i.catalog, err = catalog.New(catalog.Config{
		Sources: i.vendors.sources, Markup: catalog.Markup{Percent: i.w.markup},
		Clock: i, Meter: meter{i.w}, Log: i.log, Interval: catalogueEvery,
	})
	if err != nil {
		return err
	}
	parts := order.Parts{
		Store: edges{i.store, i.w}, Index: i.store, Outbox: i.store, Permits: i.store,
		Gateways: i.vendors.gateways, Suppliers: i.vendors.suppliers, Receivers: i.vendors.receivers, Recallers: i.vendors.recallers,
		Payers: i.vendors.payers, Credits: i.store, Clearing: i.store, Desk: i.store, Switch: i.store,
		Memory: journal{i, &r.disk}, Tide: i.tide, Freezer: i.store, Lists: i.vendors.lists,
		Vault: i.vault, Journal: journal{i, &r.disk}, Funds: i.catalog, Clock: i, Meter: meter{i.w}, Random: i.random, Log: i.log,
		Keep: i.keep, Told: func(n order.Number, list []order.Announcement) { i.told(n, list) },
	}
	i.engine, err = order.NewEngine(parts, order.Policy{
		Shop: shopID, Admins: i.w.admins, TTL: orderTTL, MinOrder: order.Cent, MaxOpen: 3,
		Shard: func(buyer int64) int { return store.Shard(buyer, i.w.shards) },
		Rules: rules(), PayoutMax: i.w.payoutMax(), TwoPerson: twoPerson,
	})
	if err != nil {
		return err
	}
	if i.courier, err = newCourier(i, &r.disk); err != nil {
		return err
	}
	return i.buildEdge(parts)
}

// rules are the house's, except that links, and purchases that nobody knows of,
// are read more rarely: most of a long story would be spent on that.
func rules() order.Rules {
	r := order.DefaultRules()
	r.PollFirst, r.PollSlow, r.PollWatch = 4*time.Minute, 90*time.Minute, 5*time.Hour
	r.FindEvery = 30 * time.Minute
	return r
}

// words are what the shop says, read once for all stories: nothing changes them.
var words = sync.OnceValues(locales.New)

func (i *incarnation) buildEdge(parts order.Parts) error {
	texts, err := words()
	if err != nil {
		return err
	}
	keys, err := i.vault.SubKeys("buttons")
	if err != nil {
		return err
	}
	codec, err := telegram.NewCodec(keys...)
	if err != nil {
		return err
	}
	port := newTalkPort(i, i.w.chat.BotAPI())
	sender, err := telegram.NewSender(telegram.SenderConfig{
		Token: botToken, Server: "http://127.0.0.1/telegram", HTTP: port,
		Limits: telegram.DefaultLimits(), Clock: i, Meter: meter{i.w}, Log: i.log,
	})
	if err != nil {
		return err
	}
	renderer := telegram.NewRenderer(texts, codec, meter{i.w}, i.log)
	i.dispatch, err = telegram.NewDispatcher(telegram.Parts{
		Sessions: sessions{i.store, i.vault}, Orders: i.engine, Actions: i.engine, Credit: i.engine, Payouts: i.engine,
		Deferred: redraws{i.store}, People: people{i.store, i.w.admins}, Painter: painter{}, Pictures: pictures{i.store},
		Flow: flows.Conversation{}, Texts: texts, Renderer: renderer, Codec: codec, Sender: sender, Env: i.env,
		Clock: i, Meter: meter{i.w}, Log: i.log, Retell: i.retell, Woken: func(int64) { i.drain.Wake() },
	})
	if err != nil {
		return err
	}
	i.drain, err = telegram.NewDrain(telegram.DrainParts{
		Outbox: outbox{i.store, parts.Outbox}, Engine: i.engine, People: people{i.store, i.w.admins}, Painter: painter{}, Pictures: pictures{i.store}, Renderer: renderer, Sender: sender,
		Views: flows.Conversation{}, Env: i.env, Enter: i.dispatch.Enter, Clock: i, Meter: meter{i.w}, Log: i.log,
	})
	if err != nil {
		return err
	}
	intake, err := telegram.NewIntake(i.dispatch, []string{hookSecret}, 64, meter{i.w}, i.log)
	if err != nil {
		return err
	}
	i.handler = webhook.NewHandler(webhook.Config{
		Telegram: intake, Payments: i.vendors.verifiers, Hints: i.engine,
		Suppliers: []webhook.Supplier{{Name: infinivoucher.Vendor, External: voucherOrder, Secrets: []string{voucherPath}}},
		Supply:    i.engine, Callbacks: []webhook.Callback{{Name: univoucher.Vendor, Open: i.vendors.openLetter, Keep: i.courier.Keep}}, Ready: i.store.Ping, Meter: meter{i.w}, Log: i.log, Now: i.Now,
	})
	return nil
}

func (i *incarnation) env() flows.Env {
	return flows.Env{Now: order.At(i.Now()), Catalogue: i.catalog.Snapshot(), Shop: flows.Shop{
		Name: "Sim", Languages: []string{"en"}, MinOrder: order.Cent,
		Gateways: i.w.offered(),
	}}
}

func (i *incarnation) told(n order.Number, list []order.Announcement) {
	for _, a := range list {
		i.drain.Tell(telegram.Waiting{Announcement: a, Number: n})
	}
}

func (i *incarnation) retell(ctx context.Context, person int64, n order.Number) error {
	p := store.Pending{Number: n, Announcement: order.Announcement{Kind: order.AnnounceStatus, To: person}}
	if err := i.store.Announce(ctx, p); err != nil {
		return err
	}
	i.drain.Tell(telegram.Waiting(p))
	return nil
}

// keep renews the lease of an order while a worker has it, as cmd/bot does.
func (i *incarnation) keep(n order.Number) func() {
	ctx, cancel := context.WithCancel(context.Background())
	timer := time.AfterFunc(store.DefaultLease/3, func() {
		for ctx.Err() == nil && !i.dead.Load() {
			_ = i.store.Renew(ctx, n) // a lost lease shows in the next commit
			_ = sleep(ctx, store.DefaultLease/3)
		}
	})
	return func() {
		timer.Stop()
		cancel()
	}
}
