package telegram

import (
	"context"
	"time"

	"giftbot/flows"
	"giftbot/handlers/telegram/picture"
	"giftbot/order"
)

// Saved is a session as the store has it.
type Saved struct {
	Version int64  // 0 when nothing is stored
	Seen    bool   // the update asked about was handled before
	Data    []byte // opaque to the store
}

// SaveResult is what the store's script answered to a save.
type SaveResult int

// The answers of SessionStore.Save.
const (
	SaveOK    SaveResult = iota + 1 // stored, Saved.Version is the new one
	SaveDup                         // this update was handled before, Saved is the current record
	SaveStale                       // another replica saved meanwhile, Saved is the current record
)

// SessionStore keeps sessions. Both methods are one Redis round trip.
type SessionStore interface {
	// Load reads a person's session; nothing stored is a zero Saved.
	Load(ctx context.Context, user, update int64) (Saved, error)
	// Save stores data if the stored version is still the given one and the
	// update was not handled before (by membership, ids may restart).
	Save(ctx context.Context, user, update, version int64, data []byte) (SaveResult, Saved, error)
}

// Orders is what the conversation reads and places. Every method refuses
// other people's orders with order.CodeMissing.
type Orders interface {
	NewNumber(buyer int64) (order.Number, error)
	Place(ctx context.Context, d order.Draft) (order.Order, error)
	Get(ctx context.Context, buyer int64, n order.Number) (order.Order, error)
	List(ctx context.Context, buyer int64, offset, limit int) ([]order.Order, int, error)
	Goods(o order.Order) ([]order.Good, error)
}

// Actions is what a buyer may ask of an order.
type Actions interface {
	Recheck(ctx context.Context, buyer int64, n order.Number) (order.Order, error)
	// Cancel ends an order; money: the buyer knows that what they paid becomes credit.
	Cancel(ctx context.Context, buyer int64, n order.Number, money bool) (order.Order, error)
	PayBy(ctx context.Context, buyer int64, n order.Number, gateway string) (order.Order, error)
}

// Deliveries is what the drain asks of the engine.
type Deliveries interface {
	// Goods opens the goods of an order: secret.
	Goods(o order.Order) ([]order.Good, error)
	// Shown records that the announced state is in that message, moves a
	// ready order to delivered and acknowledges the announcement.
	// CodeStale: the shown state is outdated, take again.
	Shown(ctx context.Context, a order.Announced, message int) error
}

// Waiting names an announcement that is due.
type Waiting struct {
	order.Announcement
	Number order.Number
}

// Outbox is the store's list of announcements.
type Outbox interface {
	// Due lists announcements that are due and not under lease, and when to
	// look again if there are none (0: nothing is planned). One pipeline.
	Due(ctx context.Context, limit int) (list []Waiting, next order.Stamp, err error)
	// Take leases one and returns it with its order. CodeBusy, CodeMissing:
	// somebody else tells it, or told it.
	Take(ctx context.Context, w Waiting) (order.Announced, error)
	// Ack removes a leased announcement. CodeStale: the lease was lost, or it
	// was announced anew; what was told may be older than what stands.
	Ack(ctx context.Context, a order.Announced) error
	// Later puts it back until the given moment. With the lease lost, a status
	// is announced anew instead.
	Later(ctx context.Context, a order.Announced, at order.Stamp) error
}

// People remembers who cannot be written to.
type People interface {
	// Blocked marks a person as unreachable.
	Blocked(ctx context.Context, user int64) error
	// Back clears the mark and makes their parked announcements due now.
	Back(ctx context.Context, user int64) error
}

// Redraw is a person's screen that has to be drawn again, under lease.
type Redraw struct {
	User  int64
	Lease order.Stamp
	Tries int
}

// Deferred keeps whose screen has to be drawn again later. Only the person is
// stored, never a text: a screen may hold codes.
type Deferred interface {
	Defer(ctx context.Context, user int64, at order.Stamp) error
	// Due lists whose time has come and, if nobody's, when to look again.
	Due(ctx context.Context, limit int) (users []int64, next order.Stamp, err error)
	// Take leases one. CodeBusy, CodeMissing: somebody else does or did it.
	Take(ctx context.Context, user int64) (Redraw, error)
	Done(ctx context.Context, r Redraw) error
	Later(ctx context.Context, r Redraw, at order.Stamp) error
}

// Painter draws gift cards: *picture.Painter.
type Painter interface {
	// Card draws a card as a PNG. No error holds the card's secret.
	Card(c picture.Card) ([]byte, error)
}

var _ Painter = (*picture.Painter)(nil)

// Pictures remembers which file at Telegram is the picture of a gift card, so
// that it is uploaded once. A file id is as secret as the card (DESIGN §4): it
// is sealed at rest. Losing one costs an upload and nothing else.
type Pictures interface {
	// Recall returns the file id of one of an order's cards, by its number, ""
	// when none is kept. Where a card stands among the goods says nothing: one
	// that comes later may stand before it.
	Recall(ctx context.Context, n order.Number, card string) (string, error)
	// Keep stores a file id in place of what was kept before.
	Keep(ctx context.Context, n order.Number, card, fileID string) error
}

// Flow is the conversation: pure, immediate, no waiting.
type Flow interface {
	Step(env flows.Env, s flows.Session, in flows.Input) (flows.Session, flows.Outcome)
	// Again shows the saved screen once more.
	Again(env flows.Env, s flows.Session) (flows.Session, flows.Outcome)
}

// Announcer makes the views of an order that nobody asked for at this moment.
type Announcer interface {
	// Status is the order's one message, with codes once goods are there.
	Status(env flows.Env, o order.Order, goods []order.Good) flows.View
	// Ping is a short message that rings, without secrets.
	Ping(env flows.Env, o order.Order) flows.View
	// Alert is what an admin reads about the order, without secrets.
	Alert(env flows.Env, o order.Order) flows.View
}

var (
	_ Flow      = flows.Conversation{}
	_ Announcer = flows.Conversation{}
)

// Texts are the locales: *locales.Catalogue.
type Texts interface {
	// Text returns the HTML of a key; arguments arrive formatted and escaped.
	Text(lang, key string, args map[string]any) string
	Plural(lang, key string, count int, args map[string]any) string
	// Money writes an amount given as decimal text in major units.
	Money(lang, amount string) string
	// Time writes a moment in UTC, with its zone.
	Time(lang string, t time.Time) string
	// Match returns the offered language that fits a client's code best.
	Match(code string) string
}

// Meter counts and times what happens, by name and label. No identities.
type Meter interface {
	Count(name, label string)
	Took(name, label string, d time.Duration)
}
