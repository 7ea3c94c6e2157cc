package order_test

import (
	"context"
	"fmt"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

const (
	buyer       = 1001
	secondAdmin = 901
)

// press is a person who presses until an answer comes: it is done, or it is
// refused. act is called with what the bot has by then.
func press(w *ordertest.World, rest func(time.Duration), act func(ctx context.Context, e *order.Engine) error) error {
	var err error
	for range 60 {
		if err = act(context.Background(), w.Process().Engine); err == nil {
			return nil
		}
		switch order.CodeOf(err) {
		case order.CodeUnclear, order.CodeStale, order.CodeNotSent:
		case order.CodeBusy:
			rest(time.Minute)
		default:
			return nil // no is an answer too: what comes of it, the audit says
		}
	}
	if order.CodeOf(err) == order.CodeBusy {
		return nil // so is "not now", after an hour
	}
	return fmt.Errorf("pressed in vain: %w", err)
}

// step is one thing that somebody does in a story.
type step interface {
	do(w *ordertest.World, n order.Number, rest func(time.Duration)) error
}

func (a acting) do(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
	return a(w, n, rest)
}

// then does one after the other, at once.
func then(list ...step) acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		for _, s := range list {
			if err := s.do(w, n, rest); err != nil {
				return err
			}
		}
		return nil
	}
}

// wait lets the bot work for some time.
func wait(d time.Duration) acting {
	return func(_ *ordertest.World, _ order.Number, rest func(time.Duration)) error {
		rest(d)
		return nil
	}
}

// change changes the world.
func change(how func(w *ordertest.World)) acting {
	return func(w *ordertest.World, _ order.Number, _ func(time.Duration)) error {
		how(w)
		return nil
	}
}

// links changes the first or the last link of the order, then has it looked at.
func links(last bool, how func(w *ordertest.World, p *ordertest.Payable)) acting {
	return func(w *ordertest.World, n order.Number, _ func(time.Duration)) error {
		list := w.Gateway.Links(n)
		if len(list) == 0 {
			return fmt.Errorf("%s has no link", n)
		}
		p := list[0]
		if last {
			p = list[len(list)-1]
		}
		how(w, p)
		return w.Hint(n, order.Hint{Payment: 1})
	}
}

// pays pays a sum on the newest link, paysOld on the first one.
func pays(sum string) acting {
	return links(true, func(w *ordertest.World, p *ordertest.Payable) { w.Gateway.Pay(p.External, ordertest.Amount(sum)) })
}

func paysOld(sum string) acting {
	return links(false, func(w *ordertest.World, p *ordertest.Payable) { w.Gateway.Pay(p.External, ordertest.Amount(sum)) })
}

// sees makes money visible on the link that is not confirmed.
func sees(sum string) acting {
	return links(true, func(_ *ordertest.World, p *ordertest.Payable) { p.Coming = ordertest.Amount(sum) })
}

// falls takes confirmed money back: the chain was reorganised.
func falls(to string) acting {
	return links(false, func(w *ordertest.World, p *ordertest.Payable) { w.Gateway.Falls(p.External, ordertest.Amount(to)) })
}

// asBuyer is what the buyer presses.
func asBuyer(act func(ctx context.Context, e *order.Engine, n order.Number) error) acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		return press(w, rest, func(ctx context.Context, e *order.Engine) error { return act(ctx, e, n) })
	}
}

func cancels() acting {
	return asBuyer(func(ctx context.Context, e *order.Engine, n order.Number) error {
		_, err := e.Cancel(ctx, buyer, n, true)
		return err
	})
}

func paysRest(sum string) acting {
	another := asBuyer(func(ctx context.Context, e *order.Engine, n order.Number) error {
		_, err := e.PayBy(ctx, buyer, n, ordertest.GatewayName)
		return err
	})
	return then(another, wait(5*time.Minute), pays(sum))
}

func usesCredit() acting {
	return asBuyer(func(ctx context.Context, e *order.Engine, n order.Number) error {
		_, err := e.UseCredit(ctx, buyer, n)
		return err
	})
}

// takesCredit is a buyer who does not want to wait any longer.
func takesCredit() acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		left := w.Look(n).Left()
		return press(w, rest, func(ctx context.Context, e *order.Engine) error {
			_, err := e.TakeCredit(ctx, buyer, n, left)
			return err
		})
	}
}

func addresses(network string) acting {
	return asBuyer(func(ctx context.Context, e *order.Engine, n order.Number) error {
		_, err := e.SetAddress(ctx, buyer, n, network, "0xbuyer")
		return err
	})
}

func dropsPayout() acting {
	return asBuyer(func(ctx context.Context, e *order.Engine, n order.Number) error {
		_, err := e.DropPayout(ctx, buyer, n)
		return err
	})
}

// asAdmin is what an admin presses, with what is on their screen.
func asAdmin(amount string, act func(ctx context.Context, e *order.Engine, d order.Decision) error) acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		o := w.Look(n)
		d := order.Decision{Number: n, Admin: ordertest.Admin, Left: o.Left(), Moments: o.Moments(), Amount: ordertest.Amount(amount), Why: "looked"}
		return press(w, rest, func(ctx context.Context, e *order.Engine) error { return act(ctx, e, d) })
	}
}

func refunds(amount string) acting {
	return asAdmin(amount, func(ctx context.Context, e *order.Engine, d order.Decision) error {
		_, err := e.Refund(ctx, d)
		return err
	})
}

func closes() acting {
	return asAdmin("0", func(ctx context.Context, e *order.Engine, d order.Decision) error {
		_, err := e.CloseHeld(ctx, d)
		return err
	})
}

func triesAgain(anyway bool) acting {
	return asAdmin("0", func(ctx context.Context, e *order.Engine, d order.Decision) error {
		_, err := e.TryAgain(ctx, d, anyway)
		return err
	})
}

func notBought() acting {
	return asAdmin("0", func(ctx context.Context, e *order.Engine, d order.Decision) error {
		_, err := e.NotBought(ctx, d)
		return err
	})
}

// confirms books money that arrived where only people look.
func confirms(amount string) acting {
	seen := acting(func(w *ordertest.World, n order.Number, _ func(time.Duration)) error {
		w.ByHand[n] += ordertest.Amount(amount)
		return nil
	})
	return then(seen, asAdmin(amount, func(ctx context.Context, e *order.Engine, d order.Decision) error {
		_, err := e.ConfirmByHand(ctx, d)
		return err
	}))
}

func paysOut(amount string) acting {
	return asAdmin(amount, func(ctx context.Context, e *order.Engine, d order.Decision) error {
		_, err := e.PayOut(ctx, d, ordertest.GatewayName)
		return err
	})
}

// approves is an admin's word for the sum they see.
func approves(admin int64) acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		p, _, _ := w.Look(n).OpenPayout()
		d := order.Decision{Number: n, Admin: admin, Amount: p.Amount, Fixed: p.FixedAt}
		return press(w, rest, func(ctx context.Context, e *order.Engine) error {
			_, err := e.ApprovePayout(ctx, d)
			return err
		})
	}
}

func refusesPayout() acting {
	return asAdmin("0", func(ctx context.Context, e *order.Engine, d order.Decision) error {
		_, err := e.RefusePayout(ctx, d)
		return err
	})
}

// settles is an admin who looks into the gateway's own list of payouts.
func settles() acting {
	return func(w *ordertest.World, n order.Number, rest func(time.Duration)) error {
		p, _, ok := w.Look(n).OpenPayout()
		if !ok || p.State != order.PayoutUnclear {
			return nil
		}
		w.Payer.Settle()
		left := w.Payer.Out(n) > 0
		return asAdmin("0", func(ctx context.Context, e *order.Engine, d order.Decision) error {
			_, err := e.SettlePayout(ctx, d, left)
			return err
		})(w, n, rest)
	}
}

// rich gives the buyer credit first: an order cancelled, then paid.
func rich(sum string) acting {
	return func(w *ordertest.World, _ order.Number, rest func(time.Duration)) error {
		n, err := w.Place(buyer, 5)
		if err != nil {
			return err
		}
		rest(5 * time.Minute)
		return then(cancels(), pays(sum), wait(10*time.Minute))(w, n, rest)
	}
}

// places places an order as soon as it is taken.
func places(w *ordertest.World, d order.Draft, rest func(time.Duration)) error {
	var err error
	for range 20 {
		if err = w.PlaceDraft(d); err == nil || order.CodeOf(err) != order.CodeCredit {
			return err
		}
		rest(time.Minute)
	}
	return err
}
