package order_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// calm is a story of one order that ends in a status, held for a reason ("" for
// not held), when nothing disturbs the bot. Some purchases cannot survive every
// disturbance: what may have been sent is never sent again.
func calm(name string, draft func(order.Number, int64, int) order.Draft, quantity int, status order.Status, held order.Reason, act acting) story {
	return story{name: name, status: status, held: held, play: func(w *ordertest.World, rest func(time.Duration)) error {
		n, err := w.Draw(1001)
		if err != nil {
			return err
		}
		if err = w.PlaceDraft(draft(n, 1001, quantity)); err != nil {
			return err
		}
		rest(5 * time.Minute)
		return act(w, n, rest)
	}}
}

// acting is what happens once an order has its link.
type acting func(w *ordertest.World, n order.Number, rest func(time.Duration)) error

// paidWhen changes the world, pays the last link and sends the webhook.
func paidWhen(change func(w *ordertest.World)) acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		change(w)
		links := w.Gateway.Links(n)
		if len(links) == 0 {
			return errors.New("no link after five minutes")
		}
		return exact(w, n, links[len(links)-1], rest)
	}
}

// and goes on once an order is paid.
func (a acting) and(after time.Duration, more func(w *ordertest.World)) acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		if err := a(w, n, rest); err != nil {
			return err
		}
		rest(after)
		more(w)
		return nil
	}
}

func untouched(*ordertest.World) {}

// mints pays for cards that are made as scripted.
func mints(list ...ordertest.Mint) acting {
	return paidWhen(func(w *ordertest.World) { w.Cards.Mints(list...) })
}

// recalling is mints where cards can be taken back.
func recalling(list ...ordertest.Mint) acting {
	return paidWhen(func(w *ordertest.World) {
		w.Cards.Recalls = true
		w.Cards.Mints(list...)
	})
}

const days = 24 * time.Hour

// slowStories are those of suppliers that take their time and of gateways
// whose links have twins.
func slowStories() []story {
	list := append(letterStories(), createStories()...)
	list = append(list, lostStories()...)
	return append(append(list, topUpStories()...), twinStories()...)
}

func letterStories() []story {
	card := ordertest.CardDraft
	return []story{
		calm("card", card, 1, order.Delivered, "", paidWhen(untouched)),
		calm("three cards", card, 3, order.Delivered, "", paidWhen(untouched)),
		calm("callback three times", card, 2, order.Delivered, "", mints(ordertest.Mint{Calls: 3})),
		calm("callback after a week", card, 1, order.Delivered, "", mints(ordertest.Mint{Late: 7 * days}).and(8*days, untouched)),
		calm("callback with fewer cards", card, 3, order.Delivered, order.ReasonFewer, mints(ordertest.Mint{Fewer: 1})),
		calm("callback with none", card, 1, order.Fulfilling, order.ReasonSlow, mints(ordertest.Mint{Fewer: 1})),
		calm("error, surely nothing made", card, 1, order.Fulfilling, order.ReasonRefused, mints(ordertest.Mint{Fails: "reverted"})),
		calm("error, nothing made", card, 1, order.Fulfilling, order.ReasonRefused, mints(ordertest.Mint{Doubts: "timed out", Never: true})),
		calm("error after the cards", card, 1, order.Delivered, order.ReasonGoods, mints(ordertest.Mint{Doubts: "timed out waiting for a confirmation, which says more than the letter with the card does"})),
		calm("made twice", card, 1, order.Delivered, order.ReasonGoods, mints(ordertest.Mint{Twice: true})),
		calm("made twice, told one after the other", card, 2, order.Delivered, order.ReasonGoodsTwice, secondLetter),
		calm("letter that nobody can check for an hour", card, 1, order.Delivered, "", mints().and(0, unchecked)),
		calm("repeated letter that nobody can check", card, 1, order.Delivered, "", mints(ordertest.Mint{Calls: 3}).and(42*time.Second, unchecked)),
		{name: "two card orders on one chain", play: twoCardOrders, status: order.Delivered},
		{name: "card and codes", play: cardAndCodes, status: order.Delivered},
	}
}

// unchecked keeps letters from being held against the vendor's books.
func unchecked(w *ordertest.World) {
	for range 30 {
		w.Cards.Fail("receive", &order.Error{Code: order.CodeUnclear, Op: "receive"})
	}
}

// secondLetter brings cards that nobody ordered, after the order was delivered.
func secondLetter(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
	if err := mints(ordertest.Mint{Twice: true, Calls: -1})(w, n, rest); err != nil {
		return err
	}
	rest(2 * time.Minute)
	for _, c := range w.Cards.Creations() {
		for i := range c.Sets {
			if err := w.Deliver(c.Reference, c.Letter(i)); err != nil {
				return err
			}
			rest(10 * time.Minute)
		}
	}
	return nil
}

func createStories() []story {
	card := ordertest.CardDraft
	bad := func(code order.Code) ordertest.Mint {
		return ordertest.Mint{Err: &order.Error{Code: code, Op: "create"}}
	}
	return []story{
		calm("create answered by a timeout, made", card, 1, order.Delivered, "", mints(ordertest.Mint{Lost: true})),
		calm("create answered by a timeout, not made", card, 1, order.Fulfilling, order.ReasonRefused, mints(bad(order.CodeUnclear))),
		calm("create refused", card, 1, order.Fulfilling, order.ReasonRefused, mints(bad(order.CodeInvalid))),
		calm("create without funds", card, 1, order.Fulfilling, order.ReasonFunds, mints(bad(order.CodeFunds))),
		calm("create put off", card, 1, order.Delivered, "", mints(bad(order.CodeNotSent), bad(order.CodeLimited), bad(order.CodeNotSent))),
		calm("create put off, then lost", card, 1, order.Delivered, "", mints(bad(order.CodeNotSent), ordertest.Mint{Lost: true})),
		calm("accepted, never made", card, 1, order.Fulfilling, order.ReasonRefused, mints(ordertest.Mint{Never: true})),
		calm("not copied to a replica", card, 1, order.Delivered, "", paidWhen(func(w *ordertest.World) { w.Store.NotCopied = 2 })),
		calm("journal refuses", card, 1, order.Delivered, "", paidWhen(func(w *ordertest.World) { w.Journal.Fails = 3 })),
		calm("not copied, journal refuses, not sent", card, 1, order.Delivered, "", paidWhen(func(w *ordertest.World) {
			w.Store.NotCopied, w.Journal.Fails = 1, 1
			w.Cards.Mints(bad(order.CodeNotSent))
		})),
	}
}

func lostStories() []story {
	card := ordertest.CardDraft
	silent := ordertest.Mint{Calls: -1}
	return []story{
		calm("callback lost", card, 1, order.Fulfilling, order.ReasonSecretLost, mints(silent)),
		calm("callback lost, taken back", card, 2, order.Refunded, "", recalling(silent)),
		calm("callback lost, used by somebody", card, 1, order.Fulfilling, order.ReasonSecretLost, recalling(silent).and(time.Minute, func(w *ordertest.World) {
			for _, c := range w.Cards.All() {
				c.Used = true
			}
		})),
		calm("callback lost, nothing comes back", card, 1, order.Fulfilling, order.ReasonSecretLost, recalling(silent).and(0, func(w *ordertest.World) { w.Cards.Deaf = true })),
		calm("callback lost, slow to come back", card, 1, order.Refunded, "", recalling(silent).and(0, func(w *ordertest.World) { w.Cards.Takes = 2 * time.Hour })),
		calm("callback while it is taken back", card, 1, order.Refunded, "", recalling(ordertest.Mint{Late: 3 * time.Hour}).and(0, func(w *ordertest.World) { w.Cards.Takes = 2 * time.Hour })),
		calm("letter after the refund", card, 1, order.Refunded, "", recalling(ordertest.Mint{Late: 3 * days}).and(4*days, untouched)),
		calm("made twice, callbacks lost, taken back", card, 1, order.Refunded, order.ReasonGoods, recalling(ordertest.Mint{Twice: true, Calls: -1})),
		{name: "one line taken back, the other got", play: oneTakenBack, status: order.Delivered},
	}
}

// draw makes a draft of several suppliers' lines.
func draw(w *ordertest.World, lines ...order.DraftLine) (order.Draft, error) {
	n, err := w.Draw(1001)
	d := ordertest.Draft(n, 1001, 1)
	d.Lines = append(d.Lines, lines...)
	return d, err
}

func mixed(w *ordertest.World, rest func(time.Duration), change func(w *ordertest.World)) error {
	d, err := draw(w, ordertest.CardDraft("", 0, 2).Lines[0], ordertest.TopUpDraft("", 0, 2).Lines[0])
	if err != nil {
		return err
	}
	if err = w.PlaceDraft(d); err != nil {
		return err
	}
	rest(5 * time.Minute)
	return paidWhen(change)(w, d.Number, rest)
}

func cardAndCodes(w *ordertest.World, rest func(time.Duration)) error {
	return mixed(w, rest, untouched)
}

func oneTakenBack(w *ordertest.World, rest func(time.Duration)) error {
	return mixed(w, rest, func(w *ordertest.World) {
		w.Cards.Recalls = true
		w.Cards.Mints(ordertest.Mint{Calls: -1})
	})
}

func twoCardOrders(w *ordertest.World, rest func(time.Duration)) error {
	var numbers []order.Number
	for buyer := int64(2001); buyer < 2003; buyer++ {
		n, err := w.Draw(buyer)
		if err != nil {
			return err
		}
		if err = w.PlaceDraft(ordertest.CardDraft(n, buyer, 1)); err != nil {
			return err
		}
		numbers = append(numbers, n)
	}
	rest(5 * time.Minute)
	for _, n := range numbers {
		if err := paidWhen(untouched)(w, n, rest); err != nil {
			return err
		}
	}
	return nil
}

func topUpStories() []story {
	topUp := ordertest.TopUpDraft
	answers := func(list ...ordertest.Answer) acting {
		return paidWhen(func(w *ordertest.World) { w.TopUps.Answers(list...) })
	}
	slow := ordertest.Answer{Takes: 20 * time.Second}
	return []story{
		calm("top-up", topUp, 1, order.Delivered, "", paidWhen(untouched)),
		calm("three top-ups", topUp, 3, order.Delivered, "", paidWhen(untouched)),
		calm("top-up at once", topUp, 1, order.Delivered, "", answers(ordertest.Answer{})),
		calm("top-up pending, then failed", topUp, 1, order.Fulfilling, order.ReasonRefused, answers(ordertest.Answer{Takes: 5 * time.Minute, Failed: true})),
		calm("top-up answered by a timeout", topUp, 1, order.Delivered, "", answers(ordertest.Answer{Lost: true, Takes: time.Minute}, ordertest.Answer{Lost: true})),
		calm("top-up pending for hours", topUp, 1, order.Delivered, "", answers(ordertest.Answer{Takes: 3 * time.Hour})),
		calm("one top-up of three fails", topUp, 3, order.Delivered, "", answers(slow, ordertest.Answer{Takes: time.Minute, Failed: true}, slow)),
		calm("top-up pending for ever", topUp, 2, order.Fulfilling, order.ReasonSlow, answers(ordertest.Answer{Pending: true})),
		calm("top-up refused", topUp, 1, order.Fulfilling, order.ReasonRefused, answers(answer(order.CodeInvalid))),
		calm("gateway away once it is paid", topUp, 1, order.Delivered, "", paidWhen(untouched).and(time.Second, func(w *ordertest.World) { w.Gateway.Away = true })),
	}
}

// twinDraft is paid by a gateway that makes another link of every request.
func twinDraft(n order.Number, buyer int64, quantity int) order.Draft {
	d := ordertest.Draft(n, buyer, quantity)
	d.Gateway = ordertest.TwinsName
	return d
}

func twinStories() []story {
	pays := func(which ...int) acting {
		return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
			links := w.Twins.Links(n)
			if len(links) < 2 {
				return fmt.Errorf("%d links", len(links))
			}
			for _, i := range which {
				w.Twins.Pay(links[i].External, links[i].Asked)
				if err := w.Hint(n, order.Hint{Payment: 1, External: links[i].External, Signed: true}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	twin := func(name string, status order.Status, held order.Reason, act acting) story {
		s := calm(name, twinDraft, 2, status, held, act)
		plain := s.play
		s.play = func(w *ordertest.World, rest func(time.Duration)) error {
			w.Twins.LoseOpen = 1
			return plain(w, rest)
		}
		return s
	}
	return []story{
		twin("twin paid", order.Delivered, "", pays(0)),
		twin("original paid", order.Delivered, "", pays(1)),
		twin("twin and original paid", order.Delivered, "", pays(0, 1)),
		twin("twin paid late", order.Delivered, "", func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
			rest(3 * time.Hour)
			return pays(0)(w, n, rest)
		}),
		twin("twin hinted without a signature", order.Expired, "", func(w *ordertest.World, n order.Number, _ func(time.Duration)) error {
			return w.Hint(n, order.Hint{Payment: 1, External: w.Twins.Links(n)[0].External})
		}),
		calm("paid by another gateway", ordertest.Draft, 2, order.Delivered, "", switches(false, true)),
		calm("paid by the old link", ordertest.Draft, 2, order.Delivered, "", switches(true, false)),
		calm("paid by both", ordertest.Draft, 2, order.Delivered, "", switches(true, true)),
		calm("another gateway, nobody pays", ordertest.Draft, 2, order.Expired, "", switches(false, false)),
		calm("another gateway at the last moment", ordertest.Draft, 2, order.Delivered, "", func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
			rest(54*time.Minute + 50*time.Second)
			return switches(false, true)(w, n, rest)
		}),
	}
}

// switches asks for a link at another gateway and pays the old or the new one.
func switches(old, fresh bool) acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		if err := payBy(w, n, ordertest.TwinsName); err != nil {
			return err
		}
		rest(time.Minute)
		if links := w.Gateway.Links(n); old {
			w.Gateway.Pay(links[0].External, links[0].Asked)
		}
		if links := w.Twins.Links(n); fresh && len(links) > 0 {
			p := links[len(links)-1]
			w.Twins.Pay(p.External, p.Asked)
			return w.Hint(n, order.Hint{Payment: 2, External: p.External, Signed: true})
		}
		return w.Hint(n, order.Hint{Payment: 1})
	}
}

// payBy is a buyer who presses until an answer comes.
func payBy(w *ordertest.World, n order.Number, gateway string) error {
	var err error
	for range 60 {
		if _, err = w.Process().Engine.PayBy(context.Background(), 1001, n, gateway); err == nil || order.CodeOf(err) == order.CodeEvent {
			return nil
		}
	}
	return fmt.Errorf("pay by: %w", err)
}
