package order

import (
	"context"
	"fmt"
	"slices"
)

// Find returns any order. It is for admins.
func (e *Engine) Find(ctx context.Context, n Number) (Order, error) {
	o, err := e.Store.Load(ctx, n)
	if err != nil {
		return Order{}, fmt.Errorf("order %s: %w", n, err)
	}
	return o, nil
}

// Waiting lists the orders that wait for a person, the one held longest first,
// and how many there are.
func (e *Engine) Waiting(ctx context.Context, offset, limit int) ([]Order, int, error) {
	list, total, err := e.Desk.Waiting(ctx, offset, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("queue: %w", err)
	}
	return list, total, nil
}

// Standing is what open orders still need, and whether the shop sells.
func (e *Engine) Standing(ctx context.Context) (Standing, error) {
	s, err := e.Index.Standing(ctx)
	if err != nil {
		return Standing{}, fmt.Errorf("standing: %w", err)
	}
	return s, nil
}

// SetSales stops or starts all sales. Orders that are placed go on.
func (e *Engine) SetSales(ctx context.Context, admin int64, off bool) error {
	if err := e.admin(admin); err != nil {
		return err
	}
	if err := e.Switch.SetSales(ctx, Sales{Off: off, By: admin, At: e.now()}); err != nil {
		return fmt.Errorf("sales: %w", err)
	}
	return nil
}

// Decision is what an admin decides about one order, and why.
type Decision struct {
	Number  Number
	Admin   int64
	Left    Money // what the order held on the admin's screen
	Amount  Money // 0 for everything
	Why     string
	Vouched int   // payments confirmed by hand on their screen: another one since is refused
	Moments int   // Order.Moments on their screen: whatever happened since is refused; 0 is not compared
	Fixed   Stamp // when the payout's address on the screen was typed: approving another one is refused
}

func (e *Engine) admin(id int64) error {
	if !slices.Contains(e.policy.Admins, id) {
		return &Error{Code: CodeDenied, Op: "admin"}
	}
	return nil
}

// byAdmin stores an admin's decision. CodeDenied: they are none; CodeEvent: the
// order is not the one on their screen any more, even if it holds as much.
func (e *Engine) byAdmin(ctx context.Context, d Decision, decide func(Order) (Event, error)) (Order, error) {
	if err := e.admin(d.Admin); err != nil {
		return Order{}, err
	}
	e.Meter.Count("admin_decisions", "")
	o, err := e.decideOn(ctx, d.Number, func(o Order) (Event, error) {
		if d.Moments != 0 && d.Moments != o.Moments() {
			return nil, &Error{Code: CodeEvent, Op: "decide on what has changed"}
		}
		return decide(o)
	})
	e.Log.Info("admin decision", "order", d.Number, "admin", d.Admin, "refused", err != nil)
	return o, err
}

// Refund gives an order's money, or a part of it, to the buyer's credit.
// CodeBusy: a purchase is under way; CodeEvent: what the order held has changed
// since the admin looked; CodeInvalid: more than there is. Found money goes to
// the buyer whose id the reason begins with; CodeInvalid: it names none.
func (e *Engine) Refund(ctx context.Context, d Decision) (Order, error) {
	return e.byAdmin(ctx, d, func(o Order) (Event, error) {
		ev := GiveBack{Left: d.Left, Amount: d.Amount, By: d.Admin, Why: d.Why, At: e.now()}
		if !o.Found {
			return ev, nil
		}
		var err error
		ev.To, err = owner(d.Why)
		return ev, err
	})
}

// PayOut sets an order's money aside for the buyer's own wallet: they are asked
// for the address. Errors as for Refund; CodeClosed: payouts are off;
// CodeTooSmall: no network sends so little.
func (e *Engine) PayOut(ctx context.Context, d Decision, gateway string) (Order, error) {
	return e.byAdmin(ctx, d, func(o Order) (Event, error) {
		if err := e.sendable(o, d, gateway); err != nil {
			return nil, err
		}
		return PayOut{N: len(o.Payouts) + 1, Left: d.Left, Amount: d.Amount, Gateway: gateway, By: d.Admin, Why: d.Why, At: e.now()}, nil
	})
}

// sendable checks that a sum can be sent by some network of the gateway.
func (e *Engine) sendable(o Order, d Decision, gateway string) error {
	amount := d.Amount
	if amount == 0 {
		amount = o.Refundable()
	}
	networks := e.networksFor(o, gateway, amount)
	if len(networks) == 0 {
		return &Error{Code: CodeClosed, Op: "payout by " + gateway}
	}
	if !slices.ContainsFunc(networks, func(n Network) bool { return amount >= n.Least }) {
		return &Error{Code: CodeTooSmall, Op: "payout by " + gateway}
	}
	return nil
}

// ApprovePayout is an admin's word for the open payout. d.Amount is the sum on
// their screen, d.Fixed the moment its address was typed. CodeEvent: there is
// none that waits, or it is another sum or address.
func (e *Engine) ApprovePayout(ctx context.Context, d Decision) (Order, error) {
	return e.byAdmin(ctx, d, func(o Order) (Event, error) {
		p, i, ok := o.OpenPayout()
		if !ok || p.Amount != d.Amount || p.FixedAt != d.Fixed {
			return nil, &Error{Code: CodeEvent, Op: "approve another payout"}
		}
		return Approved{Payout: i, Needs: e.approvals(p.Amount), By: d.Admin, At: e.now()}, nil
	})
}

// approvals is how many admins have to approve a sum.
func (e *Engine) approvals(amount Money) int {
	if e.policy.TwoPerson > 0 && amount >= e.policy.TwoPerson {
		return 2
	}
	return 1
}

// Approvals is how many admins have to approve a payout of the sum.
func (e *Engine) Approvals(amount Money) int { return e.approvals(amount) }

// RefusePayout takes an open payout back that was not sent: its money is the
// buyer's credit again.
func (e *Engine) RefusePayout(ctx context.Context, d Decision) (Order, error) {
	return e.byAdmin(ctx, d, func(o Order) (Event, error) {
		_, i, ok := o.OpenPayout()
		if !ok {
			return nil, &Error{Code: CodeEvent, Op: "refuse no payout"}
		}
		return DropPayOut{Payout: i, By: d.Admin, Why: d.Why, At: e.now()}, nil
	})
}

// SettlePayout believes an admin about a payout nobody could clear up: it left,
// or it did not.
func (e *Engine) SettlePayout(ctx context.Context, d Decision, left bool) (Order, error) {
	return e.byAdmin(ctx, d, func(o Order) (Event, error) {
		p, i, ok := o.OpenPayout()
		switch {
		case !ok || p.State != PayoutUnclear:
			return nil, &Error{Code: CodeEvent, Op: "settle a payout that is not unclear"}
		case left:
			return PaidOut{Payout: i, Receipt: PayoutReceipt{State: PayoutCompleted}, By: d.Admin, Why: d.Why, At: e.now()}, nil
		default:
			return PayOutFails{Payout: i, Code: CodeInvalid, By: d.Admin, Why: d.Why, At: e.now()}, nil
		}
	})
}

// TryAgain has failed lines bought again; anyway allows a cost above the price: the
// one that their supplier asked when they failed (Line.Asks). One that is higher
// when they are bought holds the order again.
// CodeEvent: there is none; CodeInvalid: its money is not there any more.
func (e *Engine) TryAgain(ctx context.Context, d Decision, anyway bool) (Order, error) {
	return e.byAdmin(ctx, d, func(Order) (Event, error) {
		return Again{Anyway: anyway, By: d.Admin, Why: d.Why, At: e.now()}, nil
	})
}

// Doubtful is the purchase that a word of "not bought" is about: one that is
// unclear, of several the first that no callback has brought anything of. Where
// none is unclear, it is one that a held order still waits for.
func (o Order) Doubtful() (line int, a Attempt, ok bool) {
	best := 0
	for i, l := range o.Lines {
		last, tried := l.Last()
		rank := 0
		switch {
		case !tried:
		case l.State == LineUnclear && len(last.Letters) == 0:
			rank = 3
		case l.State == LineUnclear:
			rank = 2
		case l.State == LineBuying && o.Held():
			rank = 1
		}
		if rank > best {
			best, line, a = rank, i, last
		}
	}
	return line, a, best > 0
}

// NotBought believes an admin that a purchase nobody could clear up was not
// made, or is of no use (Order.Doubtful). What comes of it all the same is the
// shop's. CodeBusy: it was sent less than a minute ago.
func (e *Engine) NotBought(ctx context.Context, d Decision) (Order, error) {
	return e.byAdmin(ctx, d, func(o Order) (Event, error) {
		line, a, ok := o.Doubtful()
		if !ok {
			return nil, &Error{Code: CodeEvent, Op: "no purchase is unclear"}
		}
		return GiveUp{Line: line, Attempt: a.N, By: d.Admin, Why: d.Why, At: e.now()}, nil
	})
}

// ConfirmByHand books money an admin saw arrive, and goes on as if a gateway
// had said it. d.Amount 0 stands for what is missing. CodeEvent: the order holds
// something else than on their screen, or somebody confirmed a payment since; an
// order that has ended passes the money on and holds as much as before.
func (e *Engine) ConfirmByHand(ctx context.Context, d Decision) (Order, error) {
	return e.byAdmin(ctx, d, func(o Order) (Event, error) {
		amount := d.Amount
		if amount == 0 {
			amount = o.Missing()
		}
		if d.Left != o.Left() || d.Vouched != o.Vouched() {
			return nil, &Error{Code: CodeEvent, Op: "confirm what has changed"}
		}
		return ByHand{N: len(o.Payments) + 1, Amount: amount, By: d.Admin, Why: d.Why, At: e.now()}, nil
	})
}

// CloseHeld takes an order off the queue: the admin dealt with it. CodeInvalid:
// a line's money is undecided; CodeBusy: something is under way.
func (e *Engine) CloseHeld(ctx context.Context, d Decision) (Order, error) {
	return e.byAdmin(ctx, d, func(Order) (Event, error) {
		return Close{Left: d.Left, By: d.Admin, Why: d.Why, At: e.now()}, nil
	})
}

// Look has any order looked at now, payments and purchases. It is for admins.
func (e *Engine) Look(ctx context.Context, admin int64, n Number) (Order, error) {
	if err := e.admin(admin); err != nil {
		return Order{}, err
	}
	o, err := e.Find(ctx, n)
	if err != nil {
		return Order{}, err
	}
	return o, e.Hint(ctx, n, Hint{})
}
