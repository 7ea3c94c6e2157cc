package order_test

import (
	"context"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// answers scripts the supplier, sold pays in full and waits for what it says.
func answers(list ...ordertest.Answer) acting {
	return change(func(w *ordertest.World) { w.Supplier.Answers(list...) })
}

func stock(pieces int) acting { return change(func(w *ordertest.World) { w.Supplier.Stock = pieces }) }

func price(sum string) acting {
	return change(func(w *ordertest.World) { w.Supplier.Price = ordertest.Amount(sum) })
}

func sold(list ...step) acting { return then(append(list, pays("20"), wait(minutes))...) }

// decidedStories are those in which a person decides about a paid order.
func decidedStories() []story {
	lost := paidWhen(func(w *ordertest.World) { w.Cards.Mints(ordertest.Mint{Late: 3 * time.Hour}) })
	list := []story{
		paid("out of stock, given back", order.Refunded, "", "20", sold(stock(1)), refunds("0")),
		paid("out of stock, given back in part", order.Refunded, "", "20", sold(stock(1)), refunds("5"), refunds("0")),
		paid("out of stock, taken as credit", order.Refunded, "", "20", sold(stock(1)), takesCredit()),
		paid("out of stock, tried again", order.Delivered, "", "0", sold(stock(1)), stock(100), triesAgain(false)),
		paid("out of stock, tried again in vain", order.Paid, order.ReasonStock, "0", sold(stock(1)), triesAgain(false)),
		paid("price up, bought anyway", order.Delivered, "", "0", sold(price("10.01")), triesAgain(true)),
		paid("price up, not bought anyway", order.Paid, order.ReasonLoss, "0", sold(price("10.01")), triesAgain(false)),
		paid("two admins give back", order.Refunded, "", "20", sold(stock(1)), acting(twoAdmins)),
		paid("fewer codes, closed", order.Delivered, "", "10", sold(answers(ordertest.Answer{Fewer: 1})), closes()),
		paid("supplier away, taken as credit", order.Refunded, "", "20", change(func(w *ordertest.World) { w.Supplier.Away = true }), sold(), takesCredit()),
		paid("given back while it is bought", order.Delivered, "", "0", sold(answers(ordertest.Answer{Pending: true})), acting(refusedRefund), acting(finished)),
		paid("unclear, given up, tried again", order.Delivered, "", "0", sold(unclearly(order.CodeUnclear)), notBought(), acting(recovered), triesAgain(false)),
		paid("unclear, given up, given back", order.Refunded, "", "20", sold(unclearly(order.CodeUnclear)), notBought(), acting(recovered), refunds("0")),
		{name: "one line of two", end: alike("10", order.Delivered), play: oneOfTwo},
	}
	card := calm("goods after a refund", ordertest.CardDraft, 1, order.Refunded, order.ReasonGoodsTwice, then(lost, wait(2*time.Hour), notBought(), refunds("0"), wait(2*time.Hour)))
	card.end = has("11", "0")
	return append(list, card)
}

// unclearly has the supplier sell nothing, and say nothing.
func unclearly(code order.Code) acting {
	return change(func(w *ordertest.World) {
		for range 400 {
			w.Supplier.Answers(ordertest.Answer{Err: &order.Error{Code: code, Op: "buy"}})
			w.Supplier.Fail("find", &order.Error{Code: order.CodeUnclear, Op: "find"})
		}
	})
}

// recovered is a supplier that answers again.
func recovered(w *ordertest.World, _ order.Number, _ func(time.Duration)) error {
	w.Supplier.Forget()
	return nil
}

// finished is a supplier that ends what it had taken on.
func finished(w *ordertest.World, _ order.Number, _ func(time.Duration)) error {
	w.Supplier.Forget()
	for _, sale := range w.Supplier.Sales() {
		sale.Pending = false
	}
	return nil
}

// refusedRefund is an admin who wants to pay back what is being bought: once.
func refusedRefund(w *ordertest.World, n order.Number, _ func(time.Duration)) error {
	d := order.Decision{Number: n, Admin: ordertest.Admin, Left: w.Look(n).Left()}
	_, _ = w.Process().Engine.Refund(context.Background(), d) // refused, as the end shows
	return nil
}

// twoAdmins decide at once, from the same screen.
func twoAdmins(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
	seen := w.Look(n)
	for range 2 {
		d := order.Decision{Number: n, Admin: ordertest.Admin, Left: seen.Left(), Moments: seen.Moments()}
		if err := press(w, rest, func(ctx context.Context, e *order.Engine) error {
			_, err := e.Refund(ctx, d)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// oneOfTwo: one line is had, the other is not.
func oneOfTwo(w *ordertest.World, rest func(time.Duration)) error {
	n, err := w.Draw(buyer)
	if err != nil {
		return err
	}
	d := ordertest.Draft(n, buyer, 2)
	second := d.Lines[0]
	second.Product, second.Item, second.Quantity = "p2", "item-2", 1
	d.Lines = append(d.Lines, second)
	if err := w.PlaceDraft(d); err != nil {
		return err
	}
	rest(5 * time.Minute)
	w.Supplier.Answers(ordertest.Answer{}, answer(order.CodeStock))
	return pays("30")(w, n, rest)
}

// wanted is a paid order without goods, whose money is to go to a wallet.
func wanted() acting { return then(sold(stock(1)), paysOut("0")) }

// sent is wanted, with an address and an admin's word.
func sent(plan ...ordertest.Paying) acting {
	plans := change(func(w *ordertest.World) { w.Payer.Plans(plan...) })
	return then(wanted(), plans, addresses(ordertest.StableNetwork), wait(time.Minute), approves(ordertest.Admin), wait(minutes), settles(), wait(minutes))
}

func payoutStories() []story {
	fails := func(code order.Code, made bool) ordertest.Paying {
		return ordertest.Paying{Err: &order.Error{Code: code, Op: "pay out"}, Made: made}
	}
	two := change(func(w *ordertest.World) {
		w.Policy.Admins = []int64{ordertest.Admin, secondAdmin}
		w.Policy.TwoPerson = ordertest.Amount("10")
		w.Boot()
	})
	refused := order.ReasonPayoutRefused
	list := []story{
		wallet("payout", order.Refunded, "", "0", "20", sent()),
		wallet("payout of a part", order.Refunded, "", "15", "5", sold(stock(1)), paysOut("5"), addresses(ordertest.StableNetwork), approves(ordertest.Admin), wait(minutes), settles(), wait(minutes), refunds("0")),
		wallet("payout that takes hours", order.Refunded, "", "0", "20", sent(ordertest.Paying{Takes: 200}), wait(days), settles()),
		wallet("payout refused", order.Refunded, refused, "20", "0", sent(fails(order.CodeInvalid, false))),
		wallet("payout refused, closed", order.Refunded, "", "20", "0", sent(fails(order.CodeInvalid, false)), closes()),
		wallet("payout taken on, then rejected", order.Refunded, refused, "20", "0", sent(ordertest.Paying{Rejects: true, Takes: 3})),
		wallet("payout put off", order.Refunded, "", "0", "20", sent(fails(order.CodeLimited, false), fails(order.CodeNotSent, false))),
		wallet("payout not answered, made", order.Refunded, "", "0", "20", sent(fails(order.CodeUnclear, true))),
		wallet("payout not answered, not made", order.Refunded, refused, "20", "0", sent(fails(order.CodeUnclear, false))),
		wallet("payout without an address", order.Refunded, "", "20", "0", wanted(), wait(15*days)),
		wallet("payout dropped by its buyer", order.Refunded, "", "20", "0", wanted(), dropsPayout()),
		wallet("payout dropped by an admin", order.Refunded, "", "20", "0", wanted(), addresses(ordertest.StableNetwork), refusesPayout()),
		wallet("payout with one word of two", order.Refunding, order.ReasonPayout, "0", "0", two, wanted(), addresses(ordertest.StableNetwork), approves(ordertest.Admin), approves(ordertest.Admin)),
		wallet("payout with two words", order.Refunded, "", "0", "20", two, wanted(), addresses(ordertest.StableNetwork), approves(ordertest.Admin), approves(secondAdmin), wait(minutes), settles()),
		wallet("payout not copied, journal refuses", order.Refunded, "", "0", "20", change(func(w *ordertest.World) { w.Store.NotCopied, w.Journal.Fails = 1, 1 }), sent()),
		wallet("payout of what falls", order.Refunded, "", "0", "0", wanted(), addresses(ordertest.StableNetwork), falls("0"), wait(minutes), approves(ordertest.Admin), wait(minutes), settles(), refusesPayout(), closes()),
		{name: "payouts beyond the day's sum", status: order.Refunded, end: has("0", "40"), play: beyondTheDay},
	}
	return append(list, creditOutStories()...)
}

// beyondTheDay: two orders' payouts of 20.00 each, and 30.00 a day.
func beyondTheDay(w *ordertest.World, rest func(time.Duration)) error {
	w.Policy.PayoutMax = ordertest.Amount("30")
	for range 2 {
		n, err := w.Place(buyer, 2)
		if err != nil {
			return err
		}
		rest(5 * time.Minute)
		if err = sent()(w, n, rest); err != nil {
			return err
		}
	}
	return nil
}

// creditOutStories are those of a buyer who takes their credit out.
func creditOutStories() []story {
	out := func(name, credit, sum string, list ...step) story {
		return story{name: name, end: has(credit, sum), play: func(w *ordertest.World, rest func(time.Duration)) error {
			if err := rich("20")(w, "", rest); err != nil {
				return err
			}
			n, err := w.Draw(buyer)
			if err != nil {
				return err
			}
			d := order.PayoutDraft{Number: n, Buyer: buyer, Language: "en", Amount: ordertest.Amount("12"), Gateway: ordertest.GatewayName, Network: ordertest.StableNetwork, Address: "0xbuyer"}
			if err = w.AskPayout(d); err != nil {
				return err
			}
			rest(time.Minute)
			return then(list...)(w, n, rest)
		}}
	}
	return []story{
		out("credit taken out", "8", "12", approves(ordertest.Admin), wait(minutes), settles()),
		out("credit taken out, refused", "20", "0", refusesPayout()),
		out("credit taken out, dropped after a day", "20", "0", wait(25*time.Hour), dropsPayout()),
		out("credit taken out, dropped too soon", "8", "12", dropsPayout(), wait(minutes), approves(ordertest.Admin), wait(minutes), settles()),
	}
}
