package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"giftbot/handlers/telegram"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
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
)

// bugs lists them, each with the words of the verdict that would be right.
func bugs() map[string][]string {
	return map[string][]string{
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
	}
}

// plant puts the seed's bug, if any, between the engine and its ports.
func (i *incarnation) plant(p *order.Parts) {
	supplier := p.Suppliers[infinivoucher.Vendor]
	switch i.w.bug {
	case bugStale, bugDouble, bugAlert, bugWatch:
		p.Store = brokenStore{p.Store, i.w.bug}
	case bugKey, bugFailed, bugSecret:
		p.Suppliers[infinivoucher.Vendor] = brokenSupplier{supplier, i}
	case bugTrust:
		p.Gateways[infini.Vendor] = brokenGateway{p.Gateways[infini.Vendor]}
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

func (s brokenStore) Park(ctx context.Context, n order.Number, due order.Stamp) error {
	if s.bug == bugWatch {
		if o, err := s.Load(ctx, n); err == nil && (o.Status == order.Expired || o.Status == order.Cancelled) {
			due = 0
		}
	}
	return s.Store.Park(ctx, n, due)
}

type brokenSupplier struct {
	order.Supplier
	inc *incarnation
}

func (s brokenSupplier) Buy(ctx context.Context, p order.Purchase) (order.Receipt, error) {
	if s.inc.w.bug == bugKey {
		var id uuid.UUID
		_, _ = s.inc.random.Read(id[:])
		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
		p.Key = id.String()
	}
	r, err := s.Supplier.Buy(ctx, p)
	if s.inc.w.bug == bugSecret {
		s.inc.log.Warn("bought", "codes", r.Pieces)
	}
	if s.inc.w.bug == bugFailed && err != nil && order.CodeOf(err) == order.CodeUnclear {
		return r, &order.Error{Code: order.CodeUnknown, Op: "planted", Err: err}
	}
	return r, err
}

type brokenGateway struct{ order.Gateway }

func (g brokenGateway) Read(ctx context.Context, p order.Watched) (order.Fact, error) {
	f, err := g.Gateway.Read(ctx, p)
	f.Status, f.Confirmed = order.FactPaid, f.Asked.Decimal()
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
