package ordertest

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"time"

	"giftbot/order"
)

// World is a whole shop without a network: one durable store, the vendors and
// the chat, and one process that can die and be started again.
type World struct {
	Clock    *Clock
	Store    *Store
	Gateway  *Gateway
	Supplier *Supplier
	Chat     *Chat
	Policy   order.Policy
	Plan     func(call int, op string) Fault // for the next Boot
	Seen     func(call int, op string)

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
		seed: seed, buyers: make(map[order.Number]int64),
		Policy: order.Policy{
			Shop: "4711", Admins: []int64{Admin}, Shard: func(int64) int { return 0 },
			TTL: time.Hour, MinOrder: order.Cent, Rules: order.DefaultRules(),
		},
	}
	w.Supplier.Asked = w.recorded
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

// Boot starts a process; the one before, if any, is gone.
func (w *World) Boot() *Process {
	w.process = w.Join(&Gate{Plan: w.Plan, Seen: w.Seen}, w.Clock)
	return w.process
}

// Join starts a process beside the others, with its own gate and clock.
func (w *World) Join(gate *Gate, clock order.Clock) *Process {
	w.boots++
	view := w.Store.View(gate)
	engine, err := order.NewEngine(order.Parts{
		Store: view, Index: view, Outbox: view, Permits: view,
		Gateways:  map[string]order.Gateway{GatewayName: w.Gateway.View(gate)},
		Suppliers: map[string]order.Supplier{SupplierName: w.Supplier.View(gate)},
		Vault:     Vault{}, Journal: journal{gate}, Funds: funds{w.Supplier}, Clock: clock, Meter: Meter{},
		Random: &Random{state: w.seed*1000003 + uint64(w.boots)}, Log: slog.New(slog.DiscardHandler),
	}, w.Policy)
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

// Draft is a purchase of one item, priced 1.00 above its cost of 9.00.
func Draft(n order.Number, buyer int64, quantity int) order.Draft {
	return order.Draft{
		Number: n, Buyer: buyer, Language: "en", Gateway: GatewayName,
		Lines: []order.DraftLine{{
			Product: "p1", Supplier: SupplierName, Item: "item-1", Name: "Card 10", Quantity: quantity,
			UnitPrice: Amount("10"), UnitCost: Amount("9"),
		}},
	}
}

// Place places an order as a buyer who taps again after a crash.
func (w *World) Place(buyer int64, quantity int) (order.Number, error) {
	n, err := order.NewNumber(&Random{state: w.seed ^ uint64(buyer)<<20 + uint64(len(w.buyers))}, 0)
	if err != nil {
		return "", err
	}
	return n, w.PlaceDraft(Draft(n, buyer, quantity))
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

// RestFor lets everything run that has to run within so much time, jumping
// from one due moment to the next, and restarts the process whenever it dies.
// It returns how many steps were made; an error means that it never rests.
func (w *World) RestFor(limit time.Duration) (int, error) {
	end := w.Clock.Now().Add(limit)
	stuckAt, still := w.Clock.Now(), 0
	for steps := 0; ; steps++ {
		p := w.Process()
		if w.step(p) {
			if still++; still > 2000 {
				return steps, fmt.Errorf("busy loop at %s", w.Clock.Now().Format(time.RFC3339))
			}
			continue
		}
		next, ok := w.Store.Next()
		if !ok && len(w.Store.Locks(SupplierName)) == 0 {
			return steps, nil
		}
		if !ok { // only the sweeper of permits has something to do
			next = w.Clock.Now().Add(31 * time.Second)
		}
		soonest := w.Clock.Now().Add(p.Engine.Idle())
		if next.Before(soonest) {
			next = soonest
		}
		if next.After(end) {
			w.Clock.Advance(end.Sub(w.Clock.Now()))
			return steps, nil
		}
		w.Clock.Advance(next.Sub(w.Clock.Now()))
		if w.Clock.Now().Sub(stuckAt) > time.Second {
			stuckAt, still = w.Clock.Now(), 0
		}
	}
}

// step does one unit of work of the process. A failed step counts as work
// only when it was a crash: errors are waited out.
func (w *World) step(p *Process) bool {
	ctx := context.Background()
	worked, err := p.Engine.Step(ctx)
	if p.Gate.Dead() {
		return true
	}
	told, sendErr := p.Sender.Step(ctx)
	if p.Gate.Dead() {
		return true
	}
	return worked && err == nil || told && sendErr == nil
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
