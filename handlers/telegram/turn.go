package telegram

import (
	"context"
	"errors"
	"fmt"

	"giftbot/flows"
	"giftbot/order"
)

// turn is one update on its way through the conversation. When another
// replica saved in between, the steps are run again on what it saved; what an
// intent answered is kept for that.
type turn struct {
	d       *Dispatcher
	event   event
	answer  *answer
	env     flows.Env
	done    map[flows.Intent]flows.Result
	version int64 // of the session it steps on
	sure    bool  // that session comes from the store, not from this process's memory
}

// outdated is a session that another replica has saved since it was seen here.
type outdated struct{ saved Saved }

// Error implements error.
func (*outdated) Error() string { return "the session is outdated" }

// run steps until nothing is asked for any more, and returns the next session
// with everything to be shown.
func (t *turn) run(ctx context.Context, s flows.Session) (flows.Session, flows.Outcome, error) {
	if err := t.prepare(); err != nil {
		return s, flows.Outcome{}, err
	}
	next, out := t.d.Flow.Step(t.env, s, t.event.input)
	next, out, err := t.settle(ctx, next, out)
	if err != nil {
		return s, flows.Outcome{}, err
	}
	next.Message = t.where(out)
	return next, out, nil
}

// again shows the saved screen. The session that comes of it is not stored.
func (t *turn) again(ctx context.Context, s flows.Session) (flows.Outcome, error) {
	if err := t.prepare(); err != nil {
		return flows.Outcome{}, err
	}
	next, out := t.d.Flow.Again(t.env, s)
	_, out, err := t.settle(ctx, next, out)
	return out, err
}

// prepare fills in who speaks and a number for a checkout. It is drawn once per
// update: the first run's screen may be shown before the save refuses it, and
// its buttons have to be those of the second.
func (t *turn) prepare() error {
	number := t.env.Draft
	t.env = t.d.Env()
	t.env.Person = t.event.person
	t.env.Person.Admin = t.d.runsTheShop(t.event)
	if number == "" {
		var err error
		if number, err = t.d.Orders.NewNumber(t.event.person.ID); err != nil {
			return fmt.Errorf("draw a number: %w", err)
		}
	}
	t.env.Draft = number
	return nil
}

// where is the message that will show the screen: the pressed one when it is
// edited, unknown before a new one is sent.
func (t *turn) where(out flows.Outcome) int {
	for _, r := range out.Replies {
		if r.Place == flows.PlaceEdit {
			return t.event.pressed
		}
	}
	return 0
}

// settle carries out what steps ask for and feeds the results back.
func (t *turn) settle(ctx context.Context, s flows.Session, out flows.Outcome) (flows.Session, flows.Outcome, error) {
	for range intentsPerStep {
		if out.Intent == nil {
			return s, out, nil
		}
		if err := t.current(ctx, out.Intent); err != nil {
			return s, out, err
		}
		result := t.perform(ctx, out.Intent)
		var more flows.Outcome
		s, more = t.d.Flow.Step(t.env, s, flows.Input{Result: result})
		more.Replies = append(out.Replies, more.Replies...)
		if more.Toast.Key == "" {
			more.Toast = out.Toast
		}
		out = more
	}
	t.d.Meter.Count("telegram_steps", "endless")
	return s, out, nil
}

// current makes sure that nobody has saved a newer session before something is
// done on this one's word: a "Yes" means the sum that the session holds, and
// another replica may have asked about another one since. *outdated: somebody
// has.
func (t *turn) current(ctx context.Context, i flows.Intent) error {
	if t.sure || !acts(i) {
		return nil
	}
	saved, err := t.d.Sessions.Load(ctx, t.event.person.ID, t.event.update)
	if err != nil {
		return fmt.Errorf("load a session: %w", err)
	}
	if saved.Seen || saved.Version != t.version {
		return &outdated{saved}
	}
	t.sure = true
	return nil
}

// acts reports whether an intent changes something that only the session
// describes. What only looks does not, and neither does what its button says in
// full: PlaceOrder by the number of the checkout and the mark of its credit.
func acts(i flows.Intent) bool {
	switch i.(type) {
	case flows.ShowOrder, flows.ListOrders, flows.RevealGoods, flows.Recheck, flows.ShowCredit, flows.ShowNetworks,
		flows.AdminBalances, flows.AdminQueue, flows.AdminOrder, flows.PlaceOrder, flows.PayBy:
		return false
	default:
		return true
	}
}

// perform carries out one intent, once per update. A failure is a result: the
// conversation has words for it. When Redis is down the save after it fails
// as well, and Telegram sends the update again.
func (t *turn) perform(ctx context.Context, i flows.Intent) flows.Result {
	if result, ok := t.done[i]; ok {
		return result
	}
	t.answer.soon()
	result := t.ask(ctx, i)
	t.done[i] = result
	return result
}

// ask hands an intent to whoever carries it out.
func (t *turn) ask(ctx context.Context, i flows.Intent) flows.Result {
	switch i := i.(type) {
	case flows.ShowCredit, flows.ShowNetworks, flows.UseCredit, flows.TakeCredit, flows.AskPayout, flows.SetAddress, flows.DropPayout:
		return t.askMoney(ctx, i)
	case flows.AdminBalances, flows.AdminQueue, flows.AdminOrder, flows.AdminDo, flows.AdminSales, flows.AdminResume:
		return t.askAdmin(ctx, i)
	case flows.ListOrders:
		return t.list(ctx, i)
	default:
		return t.askOrder(ctx, i)
	}
}

func (t *turn) askOrder(ctx context.Context, i flows.Intent) flows.Result {
	buyer := t.event.person.ID
	r := flows.OrderResult{Intent: i}
	var err error
	switch i := i.(type) {
	case flows.PlaceOrder:
		r.Order, err = t.place(ctx, i)
	case flows.ShowOrder:
		r.Order, err = t.d.Orders.Get(ctx, buyer, i.Number)
	case flows.RevealGoods:
		r.Order, r.Goods, err = t.reveal(ctx, i.Number)
	case flows.Recheck:
		r.Order, err = t.d.Actions.Recheck(ctx, buyer, i.Number)
	case flows.CancelOrder:
		r.Order, err = t.d.Actions.Cancel(ctx, buyer, i.Number, i.Money)
	case flows.PayBy:
		r.Order, err = t.d.Actions.PayBy(ctx, buyer, i.Number, i.Gateway)
	default:
		err = &order.Error{Code: order.CodeInvalid, Op: "intent"}
	}
	r.Code = t.codeOf(i, err)
	return r
}

func (t *turn) list(ctx context.Context, i flows.ListOrders) flows.Result {
	list, total, err := t.d.Orders.List(ctx, t.event.person.ID, i.Offset, i.Limit)
	if err != nil {
		return flows.OrderResult{Intent: i, Code: t.codeOf(i, err)}
	}
	return flows.OrdersResult{Orders: list, Total: total, Offset: i.Offset}
}

// codeOf is the code of what an intent came to, "" when it worked. A failure is
// noted.
func (t *turn) codeOf(i flows.Intent, err error) order.Code {
	if err == nil {
		return ""
	}
	code := order.CodeOf(err)
	t.note(i, code, err)
	return code
}

// note logs what is our trouble rather than the buyer's.
func (t *turn) note(i flows.Intent, code order.Code, err error) {
	t.d.Meter.Count("telegram_intent_refused", string(code))
	switch code {
	case order.CodeUnclear, order.CodeNotSent, order.CodeInvalid:
		t.d.Log.Error("intent failed", "intent", fmt.Sprintf("%T", i), "err", err)
	case order.CodeMissing:
		if t.env.Person.Admin { // every order is theirs to look for
			return
		}
		if show, ok := i.(flows.ShowOrder); ok && show.Draft { // a checkout that was never placed
			return
		}
		t.d.refused(t.event.person.ID, refusedOrder)
	default:
	}
}

// place turns the checkout into a draft. What it costs comes from the
// catalogue of this moment; the price is the one that was shown.
func (t *turn) place(ctx context.Context, i flows.PlaceOrder) (order.Order, error) {
	p, ok := t.env.Catalogue.Product(i.Product)
	if !ok {
		return order.Order{}, &order.Error{Code: order.CodeUnknown, Op: "place"}
	}
	cost, price, err := p.Quote(i.Face)
	switch {
	case err != nil:
		return order.Order{}, &order.Error{Code: order.CodeInvalid, Op: "place", Err: err}
	case price != i.Unit:
		return order.Order{}, &order.Error{Code: order.CodePrice, Op: "place"}
	}
	return t.d.Orders.Place(ctx, order.Draft{
		Number: i.Number, Buyer: t.event.person.ID, Language: t.language(), Gateway: i.Gateway, Credit: i.Credit,
		Lines: []order.DraftLine{{
			Product: p.ID, Supplier: p.Supplier, Item: p.Item, Name: p.Title,
			Quantity: i.Quantity, UnitPrice: i.Unit, UnitCost: cost,
			Kind: p.Kind, Face: i.Face, Purse: p.Purse, Usual: p.Usual, Details: detailsOf(i),
		}},
	})
}

// detailsOf is what the buyer typed for the goods.
func detailsOf(i flows.PlaceOrder) order.Details {
	d := order.Details{Message: i.Note}
	for _, part := range i.Account {
		if part.Key != "" {
			d.Account = append(d.Account, part)
		}
	}
	return d
}

func (t *turn) reveal(ctx context.Context, n order.Number) (order.Order, []order.Good, error) {
	o, err := t.d.Orders.Get(ctx, t.event.person.ID, n)
	if err != nil {
		return o, nil, err
	}
	goods, err := t.d.Orders.Goods(o)
	if err != nil {
		return o, nil, errors.Join(&order.Error{Code: order.CodeInvalid, Op: "open goods"}, err)
	}
	return o, goods, nil
}

// language is what an order's messages will be written in.
func (t *turn) language() string {
	return t.d.guess(t.event.person)
}
