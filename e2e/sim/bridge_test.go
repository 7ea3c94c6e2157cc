package sim

import (
	"context"
	"sync"
	"time"

	"giftbot/catalog"
	"giftbot/handlers/telegram"
	"giftbot/order"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/rest"
	"giftbot/store"
)

// The types of this file translate between a port and its implementer, as
// package cmd/bot/app does.

type sessions struct{ *store.Store }

func (s sessions) Load(ctx context.Context, user, update int64) (telegram.Saved, error) {
	seen, session, err := s.Seen(ctx, user, update)
	return telegram.Saved{Version: session.Version, Seen: seen, Data: session.Body}, err
}

func (s sessions) Save(ctx context.Context, user, update, version int64, data []byte) (telegram.SaveResult, telegram.Saved, error) {
	saved, session, err := s.SaveSession(ctx, user, store.Session{Version: version, Body: data}, update)
	found := telegram.Saved{Version: session.Version, Data: session.Body, Seen: saved == store.SessionDuplicate}
	switch {
	case err != nil:
		return 0, found, err
	case saved == store.SessionSaved:
		return telegram.SaveOK, found, nil
	case saved == store.SessionDuplicate:
		return telegram.SaveDup, found, nil
	default:
		return telegram.SaveStale, found, nil
	}
}

type outbox struct {
	*store.Store
	acks order.Outbox
}

func (o outbox) Due(ctx context.Context, limit int) ([]telegram.Waiting, order.Stamp, error) {
	pending, next, err := o.Announcements(ctx, limit)
	list := make([]telegram.Waiting, len(pending))
	for i, p := range pending {
		list[i] = telegram.Waiting(p)
	}
	return list, next, err
}

func (o outbox) Take(ctx context.Context, w telegram.Waiting) (order.Announced, error) {
	return o.Store.Take(ctx, store.Pending(w))
}

func (o outbox) Ack(ctx context.Context, a order.Announced) error { return o.acks.Ack(ctx, a) }

const redrawID = "screen"

type redraws struct{ *store.Store }

func (r redraws) Defer(ctx context.Context, user int64, at order.Stamp) error {
	return r.Store.Defer(ctx, store.ReplyRef{Chat: user, ID: redrawID}, nil, at)
}

func (r redraws) Due(ctx context.Context, limit int) ([]int64, order.Stamp, error) {
	refs, next, err := r.DueReplies(ctx, limit)
	users := make([]int64, len(refs))
	for i, ref := range refs {
		users[i] = ref.Chat
	}
	return users, next, err
}

func (r redraws) Take(ctx context.Context, user int64) (telegram.Redraw, error) {
	reply, err := r.TakeReply(ctx, store.ReplyRef{Chat: user, ID: redrawID})
	return telegram.Redraw{User: user, Lease: reply.Lease, Tries: reply.Tries}, err
}

func (r redraws) Done(ctx context.Context, d telegram.Redraw) error {
	return r.AckReply(ctx, leased(d))
}

func (r redraws) Later(ctx context.Context, d telegram.Redraw, at order.Stamp) error {
	return r.LaterReply(ctx, leased(d), at)
}

func leased(d telegram.Redraw) store.Reply {
	return store.Reply{ReplyRef: store.ReplyRef{Chat: d.User, ID: redrawID}, Lease: d.Lease, Tries: d.Tries}
}

type people struct{ *store.Store }

func (people) Blocked(context.Context, int64) error { return nil }

func (p people) Back(ctx context.Context, user int64) error { return p.Hurry(ctx, user) }

// source hands the supplier's list to the catalogue.
type source struct{ *infinivoucher.Adapter }

func (s source) Read(ctx context.Context) ([]catalog.Listing, error) {
	list, err := s.Listings(ctx)
	out := make([]catalog.Listing, len(list))
	for i, l := range list {
		out[i] = catalog.Listing{
			Item: l.Item, Name: l.Name, CategoryID: l.CategoryID, CategoryName: l.CategoryName,
			Price: l.Price, Currency: l.Currency, Stock: l.Stock, Counted: true,
		}
	}
	return out, err
}

func (s source) Balances(ctx context.Context) (map[string]order.Money, error) {
	balance, err := s.Balance(ctx)
	return map[string]order.Money{infinivoucher.Vendor: balance}, err
}

// journal stands for the local file: writing it is a port like any other.
type journal struct{ inc *incarnation }

func (j journal) Placed(n order.Number, _ int64, _ order.Money, key string) error {
	v := j.inc.pass("journal placed", string(n)+key, []fate{fateBefore, fateCrashBefore, fateCrashAfter})
	if v.fate != fateOK {
		return &order.Error{Code: order.CodeNotSent, Op: "journal"}
	}
	return nil
}

func (j journal) Spending(owner string, _ order.Money) error {
	v := j.inc.pass("journal spending", owner, []fate{fateBefore, fateCrashBefore, fateCrashAfter})
	if v.fate != fateOK {
		return &order.Error{Code: order.CodeNotSent, Op: "journal"}
	}
	return nil
}

// edges notes the status edges that were stored.
type edges struct {
	order.Store
	w *world
}

func (e edges) Commit(ctx context.Context, t order.Transition) (order.Order, error) {
	o, err := e.Store.Commit(ctx, t)
	if err == nil {
		e.w.moved(o)
	}
	return o, err
}

// history remembers the last status of each order.
type history struct {
	mu   sync.Mutex
	last map[order.Number]order.Status
}

func (w *world) moved(o order.Order) {
	w.past.mu.Lock()
	defer w.past.mu.Unlock()
	from, known := w.past.last[o.Number]
	if !known {
		from = order.AwaitingPayment
	}
	if from != o.Status {
		w.tally.edge(from, o.Status)
		w.tell("   %s %s → %s", o.Number, from, o.Status)
	}
	w.past.last[o.Number] = o.Status
}

// silent measures nothing.
type silent struct{}

func (silent) Count(string, string)                                {}
func (silent) Took(string, string, time.Duration)                  {}
func (silent) CatalogueRead(string, bool)                          {}
func (silent) CatalogueAge(string, int64)                          {}
func (silent) Request(string, string, rest.Outcome, time.Duration) {}
func (silent) Breaker(string, string)                              {}
func (silent) Skew(string, time.Duration)                          {}
