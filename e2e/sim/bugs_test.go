package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"giftbot/handlers/telegram"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/inventpay"
	"giftbot/providers/univoucher"
	"giftbot/sandbox/kit"
	minter "giftbot/sandbox/univoucher"
)

// The planted bugs: each breaks one rule of the house.
const (
	bugNone     = ""
	bugStale    = "a stale commit overwrites"
	bugKey      = "every send draws a new idempotency key"
	bugFailed   = "an unclear purchase is read as failed"
	bugMute     = "shown without an edit"
	bugTrust    = "every payment is believed to be full"
	bugAck      = "announcements are never acknowledged"
	bugDouble   = "payments are booked twice"
	bugAlert    = "nobody is alerted"
	bugLease    = "a lease does not end"
	bugSweep    = "the sweep finds nothing"
	bugSecret   = "codes are logged"
	bugPlain    = "codes are stored unsealed"
	bugStranger = "a code of another order is shown"
	bugWatch    = "a link is not watched after the order ended"

	bugRemint    = "a creation of cards is sent again after a timeout"
	bugOnce      = "a supplier without keys is asked like one with keys"
	bugEarly     = "a callback is answered before it is kept"
	bugForget    = "a callback for a closed order is thrown away"
	bugGateKey   = "every order at Plexy draws a new key"
	bugTwin      = "a twin link is not watched"
	bugHeard     = "the webhook's amount is booked"
	bugUnchecked = "a card is delivered without a check"
	bugAccount   = "account data is logged"
	bugFailedPay = "a failed top-up counts as done"

	// No bugs, only their diets: the verdict must be silent.
	placeboVouchers = "nothing, with vouchers alone"
	placeboCards    = "nothing, with cards alone"
	placeboGate     = "nothing, with Plexy alone"
)

// bugs lists them, each with the words of the verdict that would be right.
func bugs() map[string][]string {
	all := map[string][]string{
		bugStale:    {"lost", "stuck", "told", "money"},
		bugKey:      {"doubled", "permit"},
		bugFailed:   {"doubled", "permit"},
		bugMute:     {"lost"},
		bugTrust:    {"unpaid goods"},
		bugAck:      {"pings", "stuck"},
		bugDouble:   {"money"},
		bugAlert:    {"lost", "silent"},
		bugLease:    {"stuck", "lost"},
		bugSweep:    {"stuck", "lost"},
		bugSecret:   {"secret"},
		bugPlain:    {"secret"},
		bugStranger: {"codes"},
		bugWatch:    {"lost", "money"},

		bugRemint:    {"doubled"},
		bugOnce:      {"doubled"},
		bugEarly:     {"lost"},
		bugForget:    {"lost"},
		bugGateKey:   {"doubled"},
		bugTwin:      {"lost", "money"},
		bugHeard:     {"unpaid goods", "money"},
		bugUnchecked: {"codes"},
		bugAccount:   {"secret"},
		bugFailedPay: {"lost", "money"},
	}
	maps.Copy(all, moneyBugs())
	return all
}

// diets say what people want, and how they pay, where one planted bug lives:
// it shows sooner. Bugs that are not named here live in InfiniVoucher's
// vouchers, paid at Infini.
func diets() map[string]map[string]int {
	cards, gate := map[string]int{wantCard: 1}, map[string]int{wantGate: 1, wantTopUp: 1}
	all := map[string]map[string]int{
		placeboMoney: {wantVoucher: 1},
		bugRemint:    cards, bugOnce: cards, bugEarly: cards, bugForget: cards, bugUnchecked: cards,
		placeboCards: cards, placeboGate: gate,
		bugGateKey: gate, bugAccount: {wantTopUp: 1}, bugFailedPay: {wantTopUp: 1}, bugTwin: gate, bugHeard: gate,
	}
	for bug := range moneyBugs() {
		all[bug] = map[string]int{wantVoucher: 3, wantTopUp: 1}
	}
	return all
}

// provoke has happen, again and again, what the seed's bug is afraid of.
func (w *world) provoke() {
	w.provokeMoney()
	for range 12 {
		at := w.span(time.Minute, 2*time.Hour)
		switch w.bug {
		case bugRemint, bugOnce, placeboCards:
			w.after(at, func() {
				w.box.Faults.Add(kit.Fault{Target: "univoucher", Path: "/cards/create", Kind: kit.DropReply, Times: 1})
			})
		case bugForget:
			w.after(at, func() { // and one of the two callbacks comes when all is delivered
				w.nextCreate(minter.ModeMintTwice)
				w.box.Faults.Add(kit.Fault{Target: minter.WebhookTarget, Kind: kit.Delay, Times: 1, DelayMS: (20 * time.Minute).Milliseconds()})
			})
		case bugUnchecked:
			w.after(at, func() { w.nextCreate([]string{minter.ModeWrongSecret, minter.ModeWrongAmount}[w.rng.IntN(2)]) })
		case bugTwin, placeboGate:
			w.after(at, func() {
				w.box.Faults.Add(kit.Fault{Target: "inventpay", Path: "create_invoice", Kind: kit.DropReply, Times: 2})
			})
		case bugHeard:
			w.after(at, w.forgeCoins)
		}
	}
}

func (w *world) nextCreate(mode string) {
	w.mishapped("univoucher", "create "+mode, w.box.UniVoucher.Apply(minter.Change{NextCreate: []minter.NextCreate{{Mode: mode, Times: 2}}}))
}

// gatewaysOf are those of a bug's diet.
func gatewaysOf(bug string) []string {
	_, money := moneyBugs()[bug]
	switch _, fed := diets()[bug]; {
	case bug == bugNone || money || bug == placeboMoney:
		return []string{infini.Vendor, inventpay.Vendor}
	case fed:
		return []string{inventpay.Vendor}
	default:
		return []string{infini.Vendor}
	}
}

// plant puts the seed's bug, if any, between the engine and its ports.
func (i *incarnation) plant(p *order.Parts) {
	i.plantMoney(p)
	switch i.w.bug {
	case bugStale, bugDouble, bugAlert, bugWatch:
		p.Store = brokenStore{p.Store, i.w.bug}
	case bugKey, bugFailed, bugSecret, bugRemint, bugOnce, bugGateKey, bugAccount, bugFailedPay:
		for name, s := range p.Suppliers {
			p.Suppliers[name] = brokenSupplier{s, i}
		}
	case bugTrust, bugTwin, bugHeard:
		for name, g := range p.Gateways {
			p.Gateways[name] = brokenGateway{g, i}
		}
	case bugUnchecked:
		p.Receivers[univoucher.Vendor] = credulous{}
	case bugAck:
		p.Outbox = brokenOutbox{}
	case bugSweep:
		p.Index = brokenIndex{p.Index}
	case bugPlain:
		p.Vault = brokenVault{}
	}
}

// deliveries is the engine for the drain.
func (i *incarnation) deliveries() telegram.Deliveries {
	if i.w.bug == bugStranger {
		return &stranger{Engine: i.engine, w: i.w}
	}
	return i.engine
}

type brokenStore struct {
	order.Store
	bug string
}

func (s brokenStore) Commit(ctx context.Context, t order.Transition) (order.Order, error) {
	switch s.bug {
	case bugDouble:
		for _, p := range t.Postings {
			if strings.HasPrefix(string(p.From), "gateway:") {
				p.Key += "/again"
				t.Postings = append(t.Postings, p)
			}
		}
	case bugAlert:
		t.Announce = slices.DeleteFunc(slices.Clone(t.Announce), func(a order.Announcement) bool { return a.Kind == order.AnnounceAlert })
	case bugWatch:
		if t.Order.Status == order.Expired || t.Order.Status == order.Cancelled {
			t.Due = 0
		}
	}
	o, err := s.Store.Commit(ctx, t)
	if s.bug == bugStale && order.CodeOf(err) == order.CodeStale {
		fresh, loadErr := s.Load(ctx, t.Order.Number)
		if loadErr != nil {
			return o, err
		}
		t.Order.Version = fresh.Version
		return s.Store.Commit(ctx, t)
	}
	return o, err
}

func (s brokenStore) Park(ctx context.Context, n order.Number, version int64, due order.Stamp) error {
	if s.bug == bugWatch {
		if o, err := s.Load(ctx, n); err == nil && (o.Status == order.Expired || o.Status == order.Cancelled) {
			due = 0
		}
	}
	return s.Store.Park(ctx, n, version, due)
}

type brokenSupplier struct {
	order.Supplier
	inc *incarnation
}

func (s brokenSupplier) Terms() order.SupplierTerms {
	t := s.Supplier.Terms()
	if s.inc.w.bug == bugOnce {
		t.Once, t.ReplayFor = false, 23*time.Hour
	}
	return t
}

func (s brokenSupplier) Buy(ctx context.Context, p order.Purchase) (order.Receipt, error) {
	if s.inc.w.bug == bugKey || s.inc.w.bug == bugGateKey {
		var id uuid.UUID
		_, _ = s.inc.random.Read(id[:])
		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
		p.Key = id.String()
	}
	if s.inc.w.bug == bugAccount {
		s.inc.log.Warn("buying", "details", fmt.Sprint(p.Details))
	}
	r, err := s.Supplier.Buy(ctx, p)
	switch {
	case s.inc.w.bug == bugSecret:
		s.inc.log.Warn("bought", "codes", r.Pieces)
	case s.inc.w.bug == bugFailed && err != nil && order.CodeOf(err) == order.CodeUnclear:
		return r, &order.Error{Code: order.CodeUnknown, Op: "planted", Err: err}
	case s.inc.w.bug == bugRemint && err != nil && order.CodeOf(err) == order.CodeUnclear:
		return s.Supplier.Buy(ctx, p)
	}
	return r, err
}

func (s brokenSupplier) Read(ctx context.Context, p order.Purchase, external string) (order.Receipt, error) {
	r, err := s.Supplier.Read(ctx, p, external)
	if s.inc.w.bug == bugFailedPay && r.Failed {
		r.Failed, r.Pieces = false, []order.Piece{{Proof: external}}
	}
	return r, err
}

// credulous takes every card of a callback for a good one.
type credulous struct{}

func (credulous) Receive(_ context.Context, p order.Purchase, letter []byte) (order.Receipt, error) {
	c, err := univoucher.ParseCallback(letter)
	if err != nil || len(c.Cards) == 0 {
		return order.Receipt{}, &order.Error{Code: order.CodeUnclear, Op: "planted", Err: err}
	}
	r := order.Receipt{Item: p.Item, Quantity: p.Quantity, Total: p.UnitCost.Times(p.Quantity)}
	for _, card := range c.Cards {
		r.External += card.ID
		r.Pieces = append(r.Pieces, order.Piece{Code: card.Secret.Reveal(), Card: card.ID})
	}
	return r, nil
}

// keepLetter is what a callback's answer waits for.
func (i *incarnation) keepLetter(ctx context.Context, p webhook.Parcel, body []byte) error {
	switch i.w.bug {
	case bugEarly:
		if !p.Empty {
			_ = i.engine.Deliver(ctx, p.Number, p.Line, p.Attempt, body)
		}
		return nil
	case bugForget:
		if o, err := i.store.Load(ctx, p.Number); err == nil && (o.Status == order.Ready || o.Status == order.Delivered) {
			return nil
		}
	}
	return i.courier.Keep(ctx, p, body)
}

// overhear notes what a webhook says.
func (i *incarnation) overhear(body []byte) {
	var flat struct {
		ID       string `json:"paymentId"`
		Status   string `json:"status"`
		Required any    `json:"amount"`
		Balance  any    `json:"currentBalance"`
	}
	nested := struct {
		Data any `json:"data"`
	}{&flat}
	if i.w.bug != bugHeard || json.Unmarshal(body, &flat) != nil || json.Unmarshal(body, &nested) != nil {
		return
	}
	if flat.ID != "" && fmt.Sprint(flat.Balance) == fmt.Sprint(flat.Required) {
		i.w.heard[flat.ID] = flat.Status
	}
}

type brokenGateway struct {
	order.Gateway
	inc *incarnation
}

func (g brokenGateway) Terms() order.GatewayTerms {
	t := g.Gateway.Terms()
	t.Twins = t.Twins && g.inc.w.bug != bugTwin
	return t
}

func (g brokenGateway) Read(ctx context.Context, p order.Watched) (order.Fact, error) {
	f, err := g.Gateway.Read(ctx, p)
	if g.inc.w.bug == bugTrust || g.inc.w.bug == bugHeard && g.inc.w.heard[p.External] == "COMPLETED" {
		f.Status, f.Confirmed = order.FactPaid, f.Asked.Decimal()
	}
	return f, err
}

type brokenOutbox struct{}

func (brokenOutbox) Ack(context.Context, order.Announced) error { return nil }

type brokenIndex struct{ order.Index }

func (brokenIndex) Due(context.Context, int) ([]order.Number, order.Stamp, error) { return nil, 0, nil }

type brokenVault struct{}

func (brokenVault) Seal(_ order.Number, _ string, plain []byte) ([]byte, error) { return plain, nil }

func (brokenVault) Open(_ order.Number, _ string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, errors.New("nothing sealed")
	}
	return sealed, nil
}

// stranger mixes up orders now and then.
type stranger struct {
	*order.Engine
	w    *world
	last []order.Good
}

func (s *stranger) Goods(o order.Order) ([]order.Good, error) {
	codes, err := s.Engine.Goods(o)
	if err != nil {
		return nil, fmt.Errorf("codes: %w", err)
	}
	before := s.last
	s.last = codes
	if len(before) > 0 && len(before) == len(codes) {
		return before, nil
	}
	return codes, nil
}
