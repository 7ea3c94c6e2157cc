package order_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// stories are the scenarios of the model.
func stories() []story {
	list := append(append(paidStories(), append(moneyStories(), goodsStories()...)...), slowStories()...)
	for _, s := range matrixStories() {
		s.decided = true
		list = append(list, s)
	}
	return list
}

// buy2 places two pieces for 20.00 and waits for the link.
func buy2(w *ordertest.World, rest func(time.Duration)) (order.Number, *ordertest.Payable, error) {
	n, err := w.Place(1001, 2)
	if err != nil {
		return n, nil, err
	}
	rest(5 * time.Minute)
	links := w.Gateway.Links(n)
	if len(links) == 0 {
		return n, nil, errors.New("no link after five minutes")
	}
	return n, links[len(links)-1], nil
}

// paying is a story in which one order of two pieces is placed and act pays.
func paying(name string, proper bool, act func(w *ordertest.World, n order.Number, p *ordertest.Payable, rest func(time.Duration)) error) story {
	return story{name: name, proper: proper, play: func(w *ordertest.World, rest func(time.Duration)) error {
		n, p, err := buy2(w, rest)
		if err != nil {
			return err
		}
		return act(w, n, p, rest)
	}}
}

// exact pays what was asked and sends the webhook.
func exact(w *ordertest.World, n order.Number, p *ordertest.Payable, _ func(time.Duration)) error {
	w.Gateway.Pay(p.External, p.Asked)
	return w.Hint(n, order.Hint{Event: "e1", Payment: 1, External: p.External})
}

// prepared is an exact payment in a world changed beforehand.
func prepared(name string, proper bool, change func(w *ordertest.World)) story {
	return paying(name, proper, func(w *ordertest.World, n order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
		change(w)
		return exact(w, n, p, rest)
	})
}

func paidStories() []story {
	return []story{
		paying("exact", true, exact),
		paying("webhook never comes", true, func(w *ordertest.World, _ order.Number, p *ordertest.Payable, _ func(time.Duration)) error {
			w.Gateway.Pay(p.External, p.Asked)
			return nil
		}),
		paying("webhooks twice, early and of another payment", true, func(w *ordertest.World, n order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
			for _, h := range []order.Hint{{Event: "e0", Payment: 1, External: p.External}, {Event: "ex", Payment: 1, External: "pay-999"}, {Event: "ey", Payment: 9}} {
				if err := w.Hint(n, h); err != nil {
					return err
				}
			}
			rest(time.Minute)
			if err := exact(w, n, p, rest); err != nil {
				return err
			}
			return w.Hint(n, order.Hint{Event: "e1", Payment: 1, External: p.External})
		}),
		paying("seen, then confirmed", true, func(w *ordertest.World, n order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
			p.Coming = p.Asked
			if err := w.Hint(n, order.Hint{Payment: 1}); err != nil {
				return err
			}
			rest(20 * time.Minute)
			p.Coming = 0
			return exact(w, n, p, rest)
		}),
		paying("nobody pays", false, func(*ordertest.World, order.Number, *ordertest.Payable, func(time.Duration)) error { return nil }),
		paying("cancelled", false, func(w *ordertest.World, n order.Number, _ *ordertest.Payable, _ func(time.Duration)) error {
			return cancel(w, n)
		}),
		{name: "two orders of one product", proper: true, play: twoOrders},
		{name: "two lines", proper: true, play: twoLines},
	}
}

// cancel is a buyer who presses until an answer comes.
func cancel(w *ordertest.World, n order.Number) error {
	var err error
	for range 60 {
		if _, err = w.Process().Engine.Cancel(context.Background(), 1001, n, false); err == nil || order.CodeOf(err) == order.CodeEvent {
			return nil
		}
		w.Clock.Advance(11 * time.Second)
	}
	return fmt.Errorf("cancel: %w", err)
}

func twoOrders(w *ordertest.World, rest func(time.Duration)) error {
	var numbers []order.Number
	for buyer := range int64(2) {
		n, err := w.Place(2001+buyer, 2)
		if err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	rest(5 * time.Minute)
	for _, n := range numbers {
		p := w.Gateway.Links(n)[0]
		w.Gateway.Pay(p.External, p.Asked)
	}
	for _, n := range numbers {
		if err := w.Hint(n, order.Hint{Payment: 1}); err != nil {
			return err
		}
	}
	return nil
}

func twoLines(w *ordertest.World, rest func(time.Duration)) error {
	n, err := order.NewNumber(ordertest.NewRandom(7), 0)
	if err != nil {
		return err
	}
	d := ordertest.Draft(n, 1001, 2)
	second := d.Lines[0]
	second.Product, second.Item, second.Quantity = "p2", "item-2", 1
	d.Lines = append(d.Lines, second)
	if err := w.PlaceDraft(d); err != nil {
		return err
	}
	rest(5 * time.Minute)
	return exact(w, n, w.Gateway.Links(n)[0], rest)
}

func moneyStories() []story {
	amount := func(name string, sum string) story {
		return paying(name, false, func(w *ordertest.World, n order.Number, p *ordertest.Payable, _ func(time.Duration)) error {
			w.Gateway.Pay(p.External, ordertest.Amount(sum))
			return w.Hint(n, order.Hint{Payment: 1})
		})
	}
	late := func(name string, before func(w *ordertest.World, n order.Number) error) story {
		return paying(name, false, func(w *ordertest.World, n order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
			if err := before(w, n); err != nil {
				return err
			}
			rest(2 * time.Hour)
			w.Gateway.Pay(p.External, p.Asked)
			return w.Hint(n, order.Hint{Payment: 1})
		})
	}
	return []story{
		amount("over", "20.01"),
		amount("short", "19.99"),
		late("late", func(*ordertest.World, order.Number) error { return nil }),
		late("paid after cancel", cancel),
		paying("coming for ever", false, func(_ *ordertest.World, _ order.Number, p *ordertest.Payable, _ func(time.Duration)) error {
			p.Coming = p.Asked
			return nil
		}),
		paying("coming, then gone", false, func(_ *ordertest.World, _ order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
			p.Coming = p.Asked
			rest(20 * time.Minute)
			p.Coming = 0
			return nil
		}),
		paying("coming late", false, func(w *ordertest.World, _ order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
			w.Clock.Advance(59 * time.Minute)
			p.Coming = p.Asked
			rest(3 * time.Hour)
			p.Coming = 0
			w.Gateway.Pay(p.External, p.Asked)
			return nil
		}),
		paying("wrong coin", false, func(w *ordertest.World, n order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
			p.Tags = []string{order.TagWrongCurrency}
			return exact(w, n, p, rest)
		}),
		paying("paid twice on one link", false, func(w *ordertest.World, n order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
			if err := exact(w, n, p, rest); err != nil {
				return err
			}
			rest(time.Minute)
			return exact(w, n, p, rest)
		}),
		paying("part now, rest later", true, func(w *ordertest.World, n order.Number, p *ordertest.Payable, rest func(time.Duration)) error {
			w.Gateway.Pay(p.External, ordertest.Amount("5"))
			rest(10 * time.Minute)
			w.Gateway.Pay(p.External, ordertest.Amount("15"))
			return w.Hint(n, order.Hint{Payment: 1})
		}),
		{name: "gateway away", play: gatewayAway},
		{name: "link exists, twice paid", play: linkExists},
	}
}

// gatewayAway: the gateway answers nothing any more after the link.
func gatewayAway(w *ordertest.World, rest func(time.Duration)) error {
	if _, _, err := buy2(w, rest); err != nil {
		return err
	}
	w.Gateway.Away = true
	return nil
}

// linkExists: the first link's answer is lost and its request id then refused;
// its webhook comes after a second link was made, and both get paid.
func linkExists(w *ordertest.World, rest func(time.Duration)) error {
	w.Gateway.Replays = false
	w.Gateway.LoseOpen = 1
	n, err := w.Place(1001, 2)
	if err != nil {
		return err
	}
	rest(4 * time.Minute)
	links := w.Gateway.Links(n)
	if len(links) < 2 {
		return fmt.Errorf("%d links", len(links))
	}
	for i, p := range links {
		w.Gateway.Pay(p.External, p.Asked)
		if err := w.Hint(n, order.Hint{Payment: i + 1, External: p.External}); err != nil {
			return err
		}
	}
	return nil
}

func goodsStories() []story {
	bad := func(code order.Code) ordertest.Answer {
		return ordertest.Answer{Err: &order.Error{Code: code, Op: "buy"}}
	}
	answers := func(name string, proper bool, list ...ordertest.Answer) story {
		return prepared(name, proper, func(w *ordertest.World) { w.Supplier.Answers(list...) })
	}
	list := []story{
		answers("5xx after purchase", true, ordertest.Answer{Lost: true}, ordertest.Answer{Lost: true}),
		answers("pending", false, ordertest.Answer{Pending: true}),
		answers("failed", false, ordertest.Answer{Failed: true}),
		answers("fewer codes", false, ordertest.Answer{Fewer: 1}),
		answers("no codes", false, ordertest.Answer{Fewer: 2}),
		answers("same code twice", false, ordertest.Answer{Same: true}),
		answers("limited", true, bad(order.CodeLimited), bad(order.CodeLimited)),
		answers("conflict, then sold", true, bad(order.CodeConflict), bad(order.CodeConflict)),
		answers("conflicts cached", true, bad(order.CodeConflict), bad(order.CodeConflict), bad(order.CodeConflict)),
		answers("5xx, then conflicts", false, ordertest.Answer{Lost: true}, bad(order.CodeConflict), bad(order.CodeConflict), bad(order.CodeConflict), bad(order.CodeConflict)),
		answers("5xx, then out of stock", false, ordertest.Answer{Lost: true}, bad(order.CodeStock)),
		prepared("out of stock", false, func(w *ordertest.World) { w.Supplier.Stock = 1 }),
		prepared("no funds", false, func(w *ordertest.World) { w.Supplier.Balance = 0 }),
		prepared("frozen", false, func(w *ordertest.World) { w.Supplier.Frozen = true }),
		prepared("price up", false, func(w *ordertest.World) { w.Supplier.Price = ordertest.Amount("10.01") }),
		prepared("supplier away", false, func(w *ordertest.World) {
			w.Supplier.Away = true
		}),
		prepared("supplier away for an hour", true, func(w *ordertest.World) {
			for range 12 {
				w.Supplier.Answers(bad(order.CodeNotSent))
			}
		}),
		{name: "pending, then ready", proper: true, play: pendingThenReady},
		{name: "unclear for ever", play: unclearForEver},
		{name: "product blocked by another order", play: blocked},
	}
	for _, code := range []order.Code{order.CodeStock, order.CodeFunds, order.CodeFrozen, order.CodeDenied, order.CodeInvalid, order.CodeUnknown} {
		list = append(list, answers("refused "+string(code), false, bad(code)))
	}
	return list
}

func pendingThenReady(w *ordertest.World, rest func(time.Duration)) error {
	n, p, err := buy2(w, rest)
	if err != nil {
		return err
	}
	w.Supplier.Answers(ordertest.Answer{Pending: true})
	if err := exact(w, n, p, rest); err != nil {
		return err
	}
	rest(30 * time.Minute)
	w.Supplier.Forget() // with many faults the purchase may come only now
	for _, sale := range w.Supplier.Sales() {
		sale.Pending = false
	}
	return nil
}

// unclearForEver: the supplier sells and answers nothing but errors, so that
// the key's memory of 24 hours ends before the answer comes.
func unclearForEver(w *ordertest.World, rest func(time.Duration)) error {
	n, p, err := buy2(w, rest)
	if err != nil {
		return err
	}
	for range 5000 {
		w.Supplier.Answers(ordertest.Answer{Lost: true})
	}
	if err := exact(w, n, p, rest); err != nil {
		return err
	}
	for range 2000 {
		w.Supplier.Fail("find", &order.Error{Code: order.CodeUnclear, Op: "find"})
	}
	return nil
}

// blocked: one order's purchase stays unclear, so that another one's of the
// same product cannot begin.
func blocked(w *ordertest.World, rest func(time.Duration)) error {
	if err := unclearForEver(w, rest); err != nil {
		return err
	}
	rest(time.Minute)
	n, err := w.Place(3001, 1)
	if err != nil {
		return err
	}
	rest(5 * time.Minute)
	p := w.Gateway.Links(n)[0]
	w.Gateway.Pay(p.External, p.Asked)
	return w.Hint(n, order.Hint{Payment: 1})
}
