package order_test

import (
	"fmt"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// paid is a story of one order of two pieces for 20.00, by a buyer without
// credit. It ends in a status, held for a reason, with so much credit and so
// much in the buyer's wallet, when nothing disturbs the bot.
func paid(name string, status order.Status, held order.Reason, credit string, list ...step) story {
	s := calm(name, ordertest.Draft, 2, status, held, then(list...))
	s.end = has(credit, "0")
	return s
}

// wallet is paid where money goes to the buyer's own wallet.
func wallet(name string, status order.Status, held order.Reason, credit, out string, list ...step) story {
	s := paid(name, status, held, credit, list...)
	s.end = has(credit, out)
	return s
}

// has checks a buyer's credit, and what went to their wallet.
func has(credit, out string) func(w *ordertest.World) error {
	return func(w *ordertest.World) error {
		var left order.Money
		for _, n := range w.Numbers() {
			left += w.Payer.Out(n)
		}
		if got := w.Credit(buyer); got != ordertest.Amount(credit) || left != ordertest.Amount(out) {
			return fmt.Errorf("%s credit and %s paid out, want %s and %s", got, left, credit, out)
		}
		return nil
	}
}

// credits is a story of an order that is paid with credit, all or in part, by a
// buyer who has 20.00 of it.
func credits(name string, use string, status order.Status, credit string, list ...step) story {
	return story{name: name, end: alike(credit, status), play: func(w *ordertest.World, rest func(time.Duration)) error {
		if err := rich("20")(w, "", rest); err != nil {
			return err
		}
		n, err := w.Draw(buyer)
		if err != nil {
			return err
		}
		d := ordertest.Draft(n, buyer, 2)
		d.Credit = ordertest.Amount(use)
		if err = places(w, d, rest); err != nil {
			return err
		}
		rest(5 * time.Minute)
		return then(list...)(w, n, rest)
	}}
}

// alike checks the credit, and that one order each ended in a status.
func alike(credit string, statuses ...order.Status) func(w *ordertest.World) error {
	return func(w *ordertest.World) error {
		for _, s := range statuses {
			found := false
			for _, n := range w.Numbers() {
				o := w.Look(n)
				found = found || o.Status == s && !o.Held()
			}
			if !found {
				return fmt.Errorf("no order ended %s", s)
			}
		}
		return has(credit, "0")(w)
	}
}

// matrixStories are DESIGN §3's rows about money, and what people do about it.
func matrixStories() []story {
	list := append(overStories(), shortStories()...)
	list = append(append(list, lateStories()...), oddStories()...)
	list = append(append(list, fallenStories()...), creditStories()...)
	return append(append(list, decidedStories()...), payoutStories()...)
}

const minutes = 10 * time.Minute

func keeps(w *ordertest.World) { w.Gateway.Keeps = true }

func overStories() []story {
	fetches := links(true, func(_ *ordertest.World, p *ordertest.Payable) { p.Back = ordertest.Amount("5") })
	return []story{
		paid("exactly", order.Delivered, "", "0", pays("20")),
		paid("within the tolerance", order.Delivered, "", "0", change(tolerant), pays("19.99")),
		paid("surplus", order.Delivered, "", "5", pays("25")),
		paid("surplus that is kept", order.Delivered, order.ReasonOver, "0", change(keeps), pays("25")),
		paid("surplus that is kept, given back", order.Delivered, "", "5", change(keeps), pays("25"), wait(minutes), refunds("0")),
		paid("surplus that is kept, fetched", order.Delivered, "", "0", change(keeps), pays("25"), wait(minutes), fetches, closes()),
		paid("surplus on top of a payment", order.Delivered, "", "20", pays("20"), wait(minutes), pays("20")),
		paid("paid twice by two links", order.Delivered, "", "20", paysRest("20"), wait(minutes), paysOld("20")),
		paid("a millionth", order.Expired, "", "0.000001", pays("0.000001")),
	}
}

// tolerant is a gateway, and a shop, that take 0.01 less as paid.
func tolerant(w *ordertest.World) { w.Gateway.Tolerance, w.Gateway.Accepts = order.Cent, order.Cent }

func shortStories() []story {
	return []story{
		paid("short, the rest by a second link", order.Delivered, "", "0", pays("5"), wait(minutes), paysRest("15")),
		paid("short, the rest by the first link", order.Delivered, "", "0", pays("5"), wait(minutes), pays("15")),
		paid("short, the rest by both links", order.Delivered, "", "15", pays("5"), wait(minutes), paysRest("15"), wait(minutes), paysOld("15")),
		paid("short, the rest is short", order.Expired, "", "12", pays("5"), wait(minutes), paysRest("7")),
		paid("short, taken as credit", order.Cancelled, "", "5", pays("5"), wait(minutes), cancels()),
		paid("short, nobody chooses", order.Expired, "", "5", pays("5")),
		paid("short and expired, then the rest", order.Delivered, "", "0", pays("5"), wait(3*time.Hour), paysRest("15")),
		paid("short, paid back by an admin", order.Refunded, "", "5", pays("5"), wait(minutes), refunds("0")),
		paid("short, paid back in part", order.Expired, "", "5", pays("5"), wait(minutes), refunds("2")),
		paid("short, paid back, then the rest", order.Refunded, "", "20", pays("5"), wait(minutes), refunds("0"), wait(minutes), pays("15")),
		credits("short, the rest from credit", "0", order.Delivered, "5", pays("5"), wait(minutes), usesCredit()),
	}
}

func lateStories() []story {
	gone := change(func(w *ordertest.World) { w.Supplier.Stock = 1 })
	dearer := change(func(w *ordertest.World) { w.Supplier.Price = ordertest.Amount("10.01") })
	return []story{
		paid("late, in full", order.Delivered, "", "0", wait(3*time.Hour), pays("20")),
		paid("late, too much", order.Delivered, "", "1", wait(3*time.Hour), pays("21")),
		paid("late and short", order.Expired, "", "19", wait(3*time.Hour), pays("19")),
		paid("late, stock gone", order.Refunded, "", "20", wait(3*time.Hour), gone, pays("20")),
		paid("late, price up", order.Refunded, "", "20", wait(3*time.Hour), dearer, pays("20")),
		paid("after cancel", order.Cancelled, "", "20", cancels(), wait(minutes), pays("20")),
		paid("cancelled while it is confirming", order.Cancelled, "", "20", sees("20"), wait(minutes), cancels(), sees("0"), pays("20")),
		paid("cancelled while it is confirming, never confirmed", order.Cancelled, "", "0", sees("20"), wait(minutes), cancels(), sees("0")),
		credits("late with credit", "5", order.Delivered, "15", wait(3*time.Hour), pays("15")),
		credits("late with credit, within the tolerance", "5", order.Delivered, "15", change(tolerant), wait(3*time.Hour), pays("14.99")),
		{name: "late, credit spent meanwhile", end: alike("15", order.Expired, order.Delivered), play: spentMeanwhile},
	}
}

// spentMeanwhile: credit that an expired order gave back pays for another one
// before the late money comes.
func spentMeanwhile(w *ordertest.World, rest func(time.Duration)) error {
	return credits("", "5", "", "", wait(3*time.Hour), acting(func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		other, err := w.Draw(buyer)
		if err != nil {
			return err
		}
		d := ordertest.Draft(other, buyer, 2)
		d.Credit = ordertest.Amount("20")
		if err = places(w, d, rest); err != nil {
			return err
		}
		rest(minutes)
		return pays("15")(w, n, rest)
	})).play(w, rest)
}

func oddStories() []story {
	coin := links(true, func(_ *ordertest.World, p *ordertest.Payable) { p.Tags = []string{order.TagWrongCurrency} })
	below := change(func(w *ordertest.World) { w.Gateway.Tolerance = ordertest.Amount("1") })
	return []story{
		paid("wrong coin, confirmed by hand", order.Delivered, "", "0", coin, wait(minutes), confirms("20")),
		paid("wrong coin, worth less", order.Expired, "", "15", coin, wait(minutes), confirms("15")),
		paid("wrong coin, worth less, given back", order.Refunded, "", "15", coin, wait(minutes), confirms("15"), wait(minutes), refunds("0")),
		paid("wrong coin, dealt with elsewhere", order.Expired, "", "0", coin, wait(minutes), closes()),
		paid("wrong coin, noticed late", order.Delivered, "", "0", wait(3*time.Hour), coin, wait(minutes), confirms("20")),
		paid("called paid and is not", order.Confirming, order.ReasonShort, "0", below, pays("19.50")),
		paid("called paid and is not, confirmed by hand", order.Delivered, "", "0", below, pays("19.50"), wait(minutes), confirms("0.50")),
		paid("called paid and is not, given back", order.Refunded, "", "19.50", below, pays("19.50"), wait(minutes), refunds("0")),
	}
}

func fallenStories() []story {
	bears := change(func(w *ordertest.World) { w.Bears = ordertest.Amount("20") })
	away := func(is bool) acting { return change(func(w *ordertest.World) { w.Supplier.Away = is }) }
	return []story{
		paid("short and falls", order.Confirming, order.ReasonLower, "0", pays("5"), wait(minutes), falls("4")),
		paid("short, falls and rises", order.Expired, "", "5", pays("5"), wait(minutes), falls("4"), wait(minutes), falls("5")),
		paid("short, falls, closed", order.Expired, "", "4", pays("5"), wait(minutes), falls("4"), wait(minutes), closes()),
		paid("short, falls, closed, rises", order.Expired, "", "5", pays("5"), wait(minutes), falls("4"), wait(minutes), closes(), wait(minutes), falls("5")),
		paid("falls twice", order.Expired, "", "4", pays("5"), wait(minutes), falls("4"), wait(minutes), closes(), wait(minutes), falls("5"), wait(minutes), falls("4"), wait(minutes), closes()),
		paid("delivered, falls, closed", order.Delivered, "", "0", bears, pays("20"), wait(minutes), falls("0"), wait(minutes), closes()),
		paid("falls before it is bought, closed", order.Refunded, "", "0", away(true), pays("20"), wait(minutes), falls("0"), wait(minutes), closes(), away(false)),
		paid("falls in part before it is bought", order.Refunded, "", "19", away(true), pays("20"), wait(minutes), falls("19"), wait(minutes), closes(), away(false)),
		paid("falls before it is bought, rises", order.Delivered, "", "0", away(true), pays("20"), wait(minutes), falls("0"), wait(minutes), falls("20"), wait(minutes), away(false)),
	}
}

func creditStories() []story {
	return []story{
		credits("credit for the whole", "20", order.Delivered, "0"),
		credits("credit for a part", "5", order.Delivered, "15", pays("15")),
		credits("credit for a part, expired", "5", order.Expired, "20"),
		credits("credit for a part, cancelled", "5", order.Cancelled, "20", cancels()),
		credits("credit for a part, short, cancelled", "5", order.Cancelled, "30", pays("10"), wait(minutes), cancels()),
		credits("credit instead of the link", "0", order.Delivered, "0", usesCredit()),
		credits("credit instead of the link, which is paid too", "0", order.Delivered, "20", usesCredit(), wait(minutes), pays("20")),
		credits("credit for a part, paid by hand", "5", order.Delivered, "15", confirms("15")),
	}
}
