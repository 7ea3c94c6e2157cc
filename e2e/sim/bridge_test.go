package sim

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"giftbot/handlers/telegram"
	"giftbot/handlers/telegram/picture"
	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/store"
)

// The types of this file translate between a port and its implementer, as
// package cmd/bot/app does.

// sessions are sealed: what a buyer types for a top-up is personal data.
type sessions struct {
	*store.Store
	vault order.Vault
}

func (s sessions) Load(ctx context.Context, user, update int64) (telegram.Saved, error) {
	seen, session, err := s.Seen(ctx, user, update)
	if err != nil {
		return telegram.Saved{}, err
	}
	body, err := s.open(user, session)
	return telegram.Saved{Version: session.Version, Seen: seen, Data: body}, err
}

const purposeSession = "session"

func person(user int64) order.Number { return order.Number("person:" + strconv.FormatInt(user, 10)) }

func (s sessions) open(user int64, session store.Session) ([]byte, error) {
	if len(session.Body) == 0 {
		return nil, nil
	}
	return s.vault.Open(person(user), purposeSession, session.Body)
}

func (s sessions) Save(ctx context.Context, user, update, version int64, data []byte) (telegram.SaveResult, telegram.Saved, error) {
	sealed, err := s.vault.Seal(person(user), purposeSession, data)
	if err != nil {
		return 0, telegram.Saved{}, err
	}
	saved, session, err := s.SaveSession(ctx, user, store.Session{Version: version, Body: sealed}, update)
	if err == nil && saved == store.SessionSaved {
		return telegram.SaveOK, telegram.Saved{Version: session.Version, Data: data}, nil
	}
	found := telegram.Saved{Version: session.Version, Seen: saved == store.SessionDuplicate}
	if err == nil {
		found.Data, err = s.open(user, session)
	}
	switch {
	case err != nil:
		return 0, found, err
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

type people struct {
	*store.Store
	admins []int64
}

func (people) Blocked(context.Context, int64) error { return nil }

func (p people) Back(ctx context.Context, user int64) error {
	if slices.Contains(p.admins, user) {
		return p.HurryAll(ctx, user)
	}
	return p.Hurry(ctx, user)
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

// pictures keep what Telegram calls the picture of a card.
type pictures struct{ *store.Store }

func (p pictures) Recall(ctx context.Context, n order.Number, card string) (string, error) {
	return p.Picture(ctx, n, card)
}

func (p pictures) Keep(ctx context.Context, n order.Number, card, fileID string) error {
	return p.KeepPicture(ctx, n, card, fileID)
}

// painter draws nothing worth looking at.
type painter struct{}

func (painter) Card(picture.Card) ([]byte, error) { return blank() }

var blank = sync.OnceValues(func() ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)))
	return b.Bytes(), err
})

// meter keeps every name and label that was counted, for the search for
// secrets.
type meter struct{ w *world }

func (m meter) note(words ...string) {
	m.w.logMu.Lock()
	defer m.w.logMu.Unlock()
	m.w.labels[strings.Join(words, " ")] = true
}

func (m meter) Count(name, label string)                 { m.note(name, label) }
func (m meter) Took(name, label string, _ time.Duration) { m.note(name, label) }
func (m meter) CatalogueRead(supplier string, _ bool)    { m.note(supplier) }
func (m meter) CatalogueAge(supplier string, _ int64)    { m.note(supplier) }
func (m meter) Breaker(vendor, state string)             { m.note(vendor, state) }
func (m meter) Skew(vendor string, _ time.Duration)      { m.note(vendor) }
func (m meter) Request(vendor, endpoint string, o rest.Outcome, _ time.Duration) {
	m.note(vendor, endpoint, string(o))
}
