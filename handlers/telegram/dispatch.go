package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-telegram/bot/models"

	"giftbot/flows"
	"giftbot/order"
)

const (
	cachedSessions = 4096
	waitersPerUser = 16
	saveTries      = 5                       // concurrent taps on several replicas
	intentsPerStep = 4                       // a step may ask again after a result
	earlyAnswer    = 1200 * time.Millisecond // a press is answered by then, finished or not
)

// Parts are what a Dispatcher is made of. Credit, Payouts, Deferred, People,
// Painter and Pictures may be nil; without Credit and Payouts a buyer's money is
// not moved, without a Painter there are no pictures of gift cards,
// without Pictures each is drawn whenever it is shown.
type Parts struct {
	Sessions SessionStore
	Orders   Orders
	Actions  Actions
	Credit   Credit
	Payouts  Payouts
	Admin    Admin
	Deferred Deferred
	People   People
	Painter  Painter
	Pictures Pictures
	Flow     Flow
	Texts    Texts
	Renderer *Renderer
	Codec    *Codec
	Sender   *Sender
	// Env is what a step sees at this moment: catalogue, shop, time. Person
	// and Draft are filled in by the dispatcher.
	Env   func() flows.Env
	Clock Clock
	Meter Meter
	Log   *slog.Logger
	// Retell has an order's status message shown again by the drain. It is
	// called after a press edited that message: another replica may have shown
	// something newer in between. May be nil.
	Retell func(ctx context.Context, person int64, n order.Number) error
	// Woken is called with a person who can be written to again, may be nil.
	Woken func(user int64)
}

// Dispatcher turns updates into steps of the conversation, one at a time per
// person, and their outcomes into messages.
type Dispatcher struct {
	Parts
	gates    *turnstile
	cache    *cache
	gallery  gallery
	username atomic.Pointer[string]
	groups   *rarely[int64] // that were answered
	refusals *rarely[attempt]
	early    time.Duration
	redraw   chan struct{} // a screen of this process was deferred
}

// NewDispatcher makes a dispatcher; a missing part is an error.
func NewDispatcher(p Parts) (*Dispatcher, error) {
	if p.Sessions == nil || p.Orders == nil || p.Actions == nil || p.Flow == nil || p.Texts == nil || p.Renderer == nil ||
		p.Codec == nil || p.Sender == nil || p.Env == nil || p.Clock == nil || p.Meter == nil || p.Log == nil || !p.Admin.complete() {
		return nil, errors.New("telegram dispatcher: a part is missing")
	}
	return &Dispatcher{
		Parts: p, gates: newTurnstile(waitersPerUser), cache: newCache(cachedSessions),
		gallery: gallery{p.Painter, p.Pictures, p.Renderer, p.Env},
		groups:  newRarely[int64](groupsKept), refusals: newRarely[attempt](refusalsKept),
		early: earlyAnswer, redraw: make(chan struct{}, 1),
	}, nil
}

// Enter waits until nothing else is done for a person in this process, so
// that an order's message is never edited from two sides with the older state
// last. leave ends it.
func (d *Dispatcher) Enter(ctx context.Context, person int64) (leave func(), err error) {
	return d.gates.enter(ctx, person)
}

// SetUsername tells the bot's own name, once getMe answered: for links out of
// groups.
func (d *Dispatcher) SetUsername(name string) { d.username.Store(&name) }

func (d *Dispatcher) name() string {
	if p := d.username.Load(); p != nil {
		return *p
	}
	return ""
}

// Handle does everything an update asks for. nil: the update is dealt with.
// An error: nothing that matters is lost, Telegram shall send it again.
func (d *Dispatcher) Handle(ctx context.Context, u *models.Update) error {
	e, ok := read(u, d.name())
	if !ok {
		d.Meter.Count("telegram_updates", "ignored")
		return nil
	}
	leave, err := d.gates.enter(ctx, e.person.ID)
	if err != nil {
		return fmt.Errorf("update waits: %w", err)
	}
	defer leave()
	switch {
	case e.blocked, e.back:
		return d.membership(ctx, e)
	case e.group != nil:
		d.group(ctx, e)
		return nil
	case e.query != "":
		return d.press(ctx, e)
	default:
		d.Meter.Count("telegram_updates", "message")
		d.watchAdmins(e)
		// Of a first start Telegram tells nothing else, and orders may wait for an admin.
		if e.input.Command == "start" && d.runsTheShop(e) {
			if err = d.reachable(ctx, e.person.ID); err != nil {
				return err
			}
		}
		return d.converse(ctx, e)
	}
}

// press checks who made the button before anything else looks at it.
func (d *Dispatcher) press(ctx context.Context, e event) error {
	action, err := d.Codec.Decode(e.person.ID, e.data)
	if err != nil || e.elsewhere {
		return d.refusePress(ctx, e, err)
	}
	d.Meter.Count("telegram_updates", "press")
	e.input.Action = &action
	d.watchAdmins(e)
	if e.photo {
		d.Sender.HoldsPhoto(e.person.ID, e.pressed)
	}
	return d.converse(ctx, e)
}

// refusePress answers a button that is not ours to follow: kindly, without
// touching the conversation.
func (d *Dispatcher) refusePress(ctx context.Context, e event, why error) error {
	switch {
	case errors.Is(why, ErrButtonOld): // once ours: nobody tried anything
		d.Meter.Count("telegram_bad_button", "old")
	case why != nil:
		d.Meter.Count("telegram_bad_button", "forged")
		d.refused(e.person.ID, refusedButton)
	default:
		d.Meter.Count("telegram_bad_button", "elsewhere")
		d.refused(e.person.ID, refusedElsewhere)
	}
	text := d.Renderer.Plain(d.guess(e.person), flows.Text{Key: "toast.old"})
	if err := d.Sender.Answer(ctx, e.query, text); err != nil {
		d.Log.Warn("press not answered", "fault", FaultOf(err))
	}
	return nil
}

// guess is a person's language when their session is not at hand.
func (d *Dispatcher) guess(p flows.Person) string {
	if h, ok := d.cache.get(p.ID); ok && h.session.Language != "" {
		return h.session.Language
	}
	return d.Texts.Match(p.Language)
}

// converse steps the conversation, saves it and answers. The save is one
// round trip; the session before it comes from memory or costs a second.
func (d *Dispatcher) converse(ctx context.Context, e event) error {
	_, cached := d.cache.get(e.person.ID)
	h, seen, err := d.session(ctx, e)
	if err != nil {
		return err
	}
	if seen {
		return d.again(ctx, e, h)
	}
	press := d.newAnswer(ctx, e.query)
	defer press.stop()
	t := turn{d: d, event: e, answer: press, done: map[flows.Intent]flows.Result{}, sure: !cached}
	for range saveTries {
		t.version = h.version
		next, out, err := t.run(ctx, h.session)
		if old, is := errors.AsType[*outdated](err); is {
			d.Meter.Count("telegram_session", "stale")
			h, t.sure = d.adopt(e.person.ID, old.saved), true
			if old.saved.Seen {
				return d.again(ctx, e, h.remember(e.update, h.version, h.session))
			}
			continue
		}
		if err != nil {
			return err
		}
		shown := d.ahead(ctx, e, next.Language, out, press, &t)
		result, saved, err := d.save(ctx, e, h.version, next)
		if err != nil {
			shown.settle()
			return err
		}
		switch result {
		case SaveOK:
			h = h.remember(e.update, saved.Version, next)
			d.cache.put(e.person.ID, h)
			return d.respond(ctx, e, h, out, press, shown)
		case SaveDup:
			shown.settle() // the saved screen has the last word
			h = d.adopt(e.person.ID, saved)
			return d.again(ctx, e, h.remember(e.update, h.version, h.session))
		case SaveStale:
			shown.settle()
			d.Meter.Count("telegram_session", "stale")
			h, t.sure = d.adopt(e.person.ID, saved), true
		}
	}
	return fmt.Errorf("session of an update: %w", errBusy)
}

// session returns what this process knows of a person, or loads it.
func (d *Dispatcher) session(ctx context.Context, e event) (h held, seen bool, err error) {
	if known, ok := d.cache.get(e.person.ID); ok {
		seen = known.seen(e.update)
		return known, seen, nil
	}
	saved, err := d.Sessions.Load(ctx, e.person.ID, e.update)
	if err != nil {
		return held{}, false, fmt.Errorf("load a session: %w", err)
	}
	return d.adopt(e.person.ID, saved), saved.Seen, nil
}

// adopt takes over what the store has. A record that cannot be read starts
// the conversation anew: orders do not depend on it.
func (d *Dispatcher) adopt(person int64, saved Saved) held {
	h := held{version: saved.Version}
	if known, ok := d.cache.get(person); ok {
		h.recent, h.at = known.recent, known.at
	}
	if len(saved.Data) > 0 {
		if err := json.Unmarshal(saved.Data, &h.session); err != nil {
			d.Meter.Count("telegram_session", "unreadable")
			d.Log.Error("a session cannot be read, starting anew")
			h.session = flows.Session{}
		}
	}
	d.cache.put(person, h)
	return h
}

func (d *Dispatcher) save(ctx context.Context, e event, version int64, s flows.Session) (SaveResult, Saved, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return 0, Saved{}, fmt.Errorf("encode a session: %w", err)
	}
	result, saved, err := d.Sessions.Save(ctx, e.person.ID, e.update, version, data)
	if err != nil {
		// Nobody knows what is stored now.
		d.cache.drop(e.person.ID)
		return 0, Saved{}, fmt.Errorf("save a session: %w", err)
	}
	return result, saved, nil
}

// again draws the saved screen once more: the update was handled, but its
// answer may be what got lost.
func (d *Dispatcher) again(ctx context.Context, e event, h held) error {
	d.Meter.Count("telegram_updates", "duplicate")
	d.cache.put(e.person.ID, h)
	press := d.newAnswer(ctx, e.query)
	defer press.stop()
	t := turn{d: d, event: e, answer: press, done: map[flows.Intent]flows.Result{}, sure: true}
	out, err := t.again(ctx, h.session)
	if err != nil {
		return err
	}
	e.pressed = h.session.Message
	return d.respond(ctx, e, h, out, press, nil)
}

// newAnswer prepares the one answer of a press.
func (d *Dispatcher) newAnswer(ctx context.Context, query string) *answer {
	return &answer{d: d, ctx: ctx, query: query}
}

// answer answers a press once: with the step's words when they are there in
// time, without any when an intent takes longer.
type answer struct {
	d     *Dispatcher
	ctx   context.Context
	query string
	once  sync.Once
	timer *time.Timer
}

// soon makes sure that the button stops spinning even if the rest takes long.
func (a *answer) soon() {
	if a.query != "" && a.timer == nil {
		a.timer = time.AfterFunc(a.d.early, func() { a.give("") })
	}
}

// give answers with these words, and reports whether they arrived: not when the
// press was answered before, or cannot be any more.
func (a *answer) give(text string) (told bool) {
	if a.query == "" {
		return false
	}
	a.once.Do(func() {
		defer a.d.recovered("answer")
		err := a.d.Sender.Answer(a.ctx, a.query, text)
		if told = err == nil; !told {
			a.d.Log.Warn("press not answered", "fault", FaultOf(err))
		}
	})
	return told
}

func (a *answer) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}

// recovered keeps a panic of a goroutine of ours from ending the process.
func (d *Dispatcher) recovered(where string) {
	if r := recover(); r != nil {
		d.Meter.Count("telegram_panics", where)
		d.Log.Error("panic", "where", where, "kind", fmt.Sprintf("%T", r))
	}
}

// now is the moment in the order's measure.
func (d *Dispatcher) now() order.Stamp { return order.At(d.Clock.Now()) }
