package ordertest

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"giftbot/order"
)

// World is a whole shop without a network: one durable store, the vendors and
// the chat, and one process that can die and be started again.
type World struct {
	Clock    *Clock
	Store    *Store
	Gateway  *Gateway
	Twins    *Gateway
	Supplier *Supplier
	TopUps   *Supplier
	Cards    *Cards
	Payer    *Payer
	Journal  *Journal
	Ice      *Ice // nil: losses go unnoticed, see Freezes
	Chat     *Chat
	Policy   order.Policy
	Plan     func(call int, op string) Fault // for the next Boot
	Seen     func(call int, op string)
	Booting  func() // before a process starts; may be nil

	ByHand map[order.Number]order.Money // what arrived where only people look
	Bears  order.Money                  // what the shop may lose of one order

	process *Process
	boots   int
	wrong   []string
	seed    uint64
	buyers  map[order.Number]int64
}

// Process is one running bot.
type Process struct {
	Engine *order.Engine
	Sender *Sender
	Gate   *Gate
	View   *View
}

// Admin is the chat that gets alerts.
const Admin = 900

// NewWorld returns a shop with everything in working order. The seed decides
// about order numbers and operation ids.
func NewWorld(seed uint64) *World {
	clock := NewClock()
	w := &World{
		Clock: clock, Store: NewStore(clock), Gateway: NewGateway(clock), Supplier: NewSupplier(clock), Chat: NewChat(),
		Twins: NewTwins(clock), TopUps: NewTopUps(clock), Cards: NewCards(clock), Payer: NewPayer(clock), Journal: &Journal{clock: clock},
		seed: seed, buyers: make(map[order.Number]int64), ByHand: make(map[order.Number]order.Money),
		Policy: order.Policy{
			Shop: "4711", Admins: []int64{Admin}, Shard: func(int64) int { return 0 },
			TTL: time.Hour, MinOrder: order.Cent, Rules: order.DefaultRules(), PayoutMax: 500_000_000,
		},
	}
	w.Supplier.Asked, w.TopUps.Asked, w.Cards.Asked = w.recorded, w.recorded, w.intended
	w.Payer.Sent = w.paying
	return w
}

// recorded notes purchases that left without being stored first, or whose key
// the supplier may have forgotten.
func (w *World) recorded(p order.Purchase) {
	if !w.Store.knows(p.Key) {
		w.wrong = append(w.wrong, "a purchase left before it was stored")
	}
	if w.Clock.Stamp().Since(p.FirstSentAt) >= 23*time.Hour+10*time.Minute {
		w.wrong = append(w.wrong, "a key was sent after 23 hours")
	}
}

// intended notes requests that cannot be repeated and left without everything
// that has to be there first, or once more.
func (w *World) intended(p order.Purchase) {
	w.recorded(p)
	owner := strings.ReplaceAll(p.Reference, "-", "/")
	if !w.Journal.has(owner) {
		w.wrong = append(w.wrong, "a request for cards left before the journal knew")
	}
	if n, _, _, err := order.ParsePurchaseReference(p.Reference); err != nil || w.Store.uncopied[n] {
		w.wrong = append(w.wrong, "a request for cards left that no replica knows")
	}
	for _, o := range w.Cards.orders {
		if o.Reference == p.Reference {
			w.wrong = append(w.wrong, "cards were asked for twice as "+p.Reference)
		}
	}
}

// paying notes payouts that left without everything that has to be there first,
// or once more.
func (w *World) paying(r order.PayoutRequest) {
	n, number, ok := payoutOf(r.Reference)
	if !ok {
		w.wrong = append(w.wrong, "a payout as "+r.Reference)
		return
	}
	o := w.Look(n)
	if number > len(o.Payouts) || o.Payouts[number-1].State != order.PayoutSent || len(o.Payouts[number-1].Approved) == 0 {
		w.wrong = append(w.wrong, "a payout left before it was stored, or approved")
	}
	if !w.Journal.has(order.PayoutOwner(n, number-1)) {
		w.wrong = append(w.wrong, "a payout left before the journal knew")
	}
	if w.Store.uncopied[n] {
		w.wrong = append(w.wrong, "a payout left that no replica knows")
	}
	for _, s := range w.Payer.Sendings() {
		if s.Reference == r.Reference {
			w.wrong = append(w.wrong, "a payout was asked for twice as "+r.Reference)
		}
	}
}

// payoutOf reads our reference of a payout: "<number>-P<n>".
func payoutOf(reference string) (order.Number, int, bool) {
	number, rest, ok := strings.Cut(reference, "-P")
	n, err := strconv.Atoi(rest)
	return order.Number(number), n, ok && err == nil && n > 0
}

// Credit is a buyer's credit.
func (w *World) Credit(buyer int64) order.Money {
	m, err := w.Store.View(nil).Balance(context.Background(), buyer)
	if err != nil {
		panic(err)
	}
	return m
}

// Boot starts a process; the one before, if any, is gone. What the journal
// holds is worked off before anything else, as often as it takes.
func (w *World) Boot() *Process {
	if w.Booting != nil {
		w.Booting()
	}
	w.process = w.Join(&Gate{Plan: w.Plan, Seen: w.Seen}, w.Clock)
	for range 60 {
		if w.replays() == nil || w.process.Gate.Dead() {
			return w.process
		}
		w.Clock.Advance(time.Second)
	}
	w.wrong = append(w.wrong, "the journal cannot be worked off")
	return w.process
}

// replays works the journal off.
func (w *World) replays() error {
	if w.Ice != nil {
		_, err := w.process.Engine.Replay(context.Background())
		return err //nolint:wrapcheck // of a test
	}
	return w.process.Engine.Recover(context.Background(), w.Journal.Spent) //nolint:wrapcheck // of a test
}

// Join starts a process beside the others, with its own gate and clock.
func (w *World) Join(gate *Gate, clock order.Clock) *Process {
	w.boots++
	view, cards := w.Store.View(gate), w.Cards.View(gate)
	parts := order.Parts{
		Store: view, Index: view, Outbox: view, Permits: view, Credits: view, Clearing: view, Desk: view, Switch: view,
		Payers:   map[string]order.Payer{GatewayName: payerView{w.Payer, gate}},
		Gateways: map[string]order.Gateway{GatewayName: w.Gateway.View(gate), TwinsName: w.Twins.View(gate)},
		Suppliers: map[string]order.Supplier{
			SupplierName: w.Supplier.View(gate), TopUpName: w.TopUps.View(gate), CardName: cards,
		},
		Receivers: map[string]order.Receiver{CardName: cards}, Recallers: map[string]order.Recaller{CardName: cards},
		Vault: Vault{}, Journal: journal{w.Journal, gate}, Funds: funds{w}, Clock: clock, Meter: Meter{},
		Random: &Random{state: w.seed*1000003 + uint64(w.boots)}, Log: slog.New(&listener{w: w}),
	}
	w.Ice.equip(&parts, w, gate)
	engine, err := order.NewEngine(parts, w.Policy)
	if err != nil {
		panic(err)
	}
	return &Process{Engine: engine, Sender: NewSender(view, engine, w.Chat, gate), Gate: gate, View: view}
}

// Process is the running one; the first use starts it.
func (w *World) Process() *Process {
	if w.process == nil || w.process.Gate.Dead() {
		w.Boot()
	}
	return w.process
}

// Place places an order as a buyer who taps again after a crash.
func (w *World) Place(buyer int64, quantity int) (order.Number, error) {
	n, err := w.Draw(buyer)
	if err != nil {
		return "", err
	}
	return n, w.PlaceDraft(Draft(n, buyer, quantity))
}

// Draw draws the number of a buyer's next order.
func (w *World) Draw(buyer int64) (order.Number, error) {
	return order.NewNumber(&Random{state: w.seed ^ uint64(buyer)<<20 + uint64(len(w.buyers))}, 0) //nolint:wrapcheck // of a test
}

// PlaceDraft places a draft; calls that fail are made again.
func (w *World) PlaceDraft(d order.Draft) error {
	w.buyers[d.Number] = d.Buyer
	var err error
	for range 60 {
		if _, err = w.Process().Engine.Place(context.Background(), d); err == nil {
			return nil
		}
	}
	return fmt.Errorf("place: %w", err)
}

// AskPayout takes credit out; calls that fail are made again, and an answer that
// says no is one.
func (w *World) AskPayout(d order.PayoutDraft) error {
	w.buyers[d.Number] = d.Buyer
	var err error
	for range 60 {
		if _, err = w.Process().Engine.AskPayout(context.Background(), d); err == nil || order.CodeOf(err) == order.CodeCredit {
			return nil
		}
	}
	return fmt.Errorf("ask for a payout: %w", err)
}

// Hint sends a webhook; the vendor repeats it until it is answered.
func (w *World) Hint(n order.Number, h order.Hint) error {
	var err error
	for range 60 {
		if err = w.Process().Engine.Hint(context.Background(), n, h); err == nil {
			return nil
		}
	}
	return fmt.Errorf("hint: %w", err)
}

// Look is an order as it is stored.
func (w *World) Look(n order.Number) order.Order {
	snap, _ := w.Store.Look(n)
	return snap.Order
}

// Random is a small repeatable source, for tests only.
type Random struct{ state uint64 }

// NewRandom starts a source at a seed.
func NewRandom(seed uint64) *Random { return &Random{state: seed} }

// Uint64 draws a number (splitmix64).
func (r *Random) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Intn draws a number below n.
func (r *Random) Intn(n int) int { return int(r.Uint64() % uint64(n)) }

// Read implements io.Reader.
func (r *Random) Read(p []byte) (int, error) {
	var b [8]byte
	for i := range p {
		if i%8 == 0 {
			binary.LittleEndian.PutUint64(b[:], r.Uint64())
		}
		p[i] = b[i%8]
	}
	return len(p), nil
}

var _ io.Reader = (*Random)(nil)
