package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
	hosted "giftbot/sandbox/infini"
	coins "giftbot/sandbox/inventpay"
)

const (
	payoutVendor = "payouts" // whose permits keep payouts apart

	// What people do about money keeps a story going. They begin nothing after
	// this.
	storyMost = 30 * time.Hour
	deedLasts = 3 * time.Hour
)

// deeds are what people did about one order's money, as they know it. What was
// refused for good is not among them.
type deeds struct {
	typed  []string   // addresses its buyer typed
	words  []approval // of admins, for payouts
	hand   []order.Money
	done   map[int64]string // decisions about money that were carried out, by the version on the screen
	tried  int64            // the version that was to be closed last
	gaveUp bool             // an admin said that a purchase was not made
	falls  int              // times that a chain took money back
}

// approval is an admin's word for a payout, as it left them.
type approval struct {
	admin int64
	at    time.Time
}

func (w *world) deedsOf(n order.Number) *deeds {
	if w.done[n] == nil {
		w.done[n] = &deeds{}
	}
	return w.done[n]
}

// payoutMax is the day's sum for payouts, 0 in a shop that makes none.
func (w *world) payoutMax() order.Money { return w.outMax }

// payoutName is our reference of a payout at its gateway.
func payoutName(n order.Number, payout int) string { return fmt.Sprintf("%s-P%d", n, payout) }

// drawMoney settles how this seed's shop and its gateways are about money.
func (w *world) drawMoney() {
	w.done = map[order.Number]*deeds{}
	w.keeps = w.rng.IntN(3) == 0
	w.tolerance = []order.Money{0, 2 * order.Cent}[w.rng.IntN(2)]
	w.outMax = []order.Money{0, 25_000_000, 60_000_000, 60_000_000, 400_000_000}[w.rng.IntN(5)]
}

// fund gives the shop money at the gateways, most of the time, and the console
// of one a tolerance of its own.
func (w *world) fund() error {
	if w.moneyed() {
		return w.endow()
	}
	rich := w.rng.IntN(4) > 0
	change := hosted.Change{Tolerance: ptr([]string{"0", "0", "0.30"}[w.rng.IntN(3)]), WithdrawAfter: ptr("5m")}
	if rich {
		change.Deposit = ptr("2000")
	}
	if err := w.box.Infini.Apply(change); err != nil || !rich {
		return err
	}
	return w.box.InventPay.Apply(coins.Change{Balances: map[string]string{
		"USDT_BEP20": "1000", "USDC_BEP20": "1000", "USDT_ERC20": "1000", "ETH": "10",
	}})
}

// ask has somebody do something at a replica, as the conversation does it.
// then hears the outcome; nobody is asked while all replicas are down.
func (w *world) ask(do func(context.Context, *order.Engine) error, then func(error)) {
	live := w.up()
	if len(live) == 0 {
		then(&order.Error{Code: order.CodeNotSent, Op: "ask"})
		return
	}
	engine := live[w.rng.IntN(len(live))].inc.engine
	w.start(context.Background(), func(ctx context.Context) func() {
		err := do(ctx, engine)
		return func() {
			if unknown(err) {
				w.outages++
			}
			then(err)
		}
	})
}

// unknown reports whether an error leaves open what became of a call.
func unknown(err error) bool {
	code := order.CodeOf(err)
	return err != nil && (code == order.CodeUnclear || code == order.CodeNotSent || code == order.CodeBusy)
}

// chore plans something that is done for as long as the story goes on, and does
// not keep it going.
func (w *world) chore(d time.Duration, run func()) {
	w.chores++
	w.after(d, func() {
		w.chores--
		if w.closing.IsZero() {
			run()
		}
	})
}

// care is a chore of somebody who looks after money.
func (w *world) care(d time.Duration, run func()) {
	w.chore(d, func() {
		if time.Since(w.began) < storyMost {
			run()
		}
	})
}

// tended keeps the story going so long that a decision can take effect.
func (w *world) tended() { w.until(time.Now().Add(deedLasts - w.settle)) }

// part is some of a sum, in whole cents, all of it now and then.
func (w *world) part(of order.Money) order.Money {
	if w.rng.IntN(2) == 0 {
		return of
	}
	return max(order.Cent, (of/5*order.Money(1+w.rng.IntN(4)))/order.Cent*order.Cent)
}

// withdrawal is one payout in a gateway's own books.
type withdrawal struct {
	gateway, id   string
	coin, address string
	amount        decimal.Decimal // coin units
	done, dead    bool            // arrived; failed or was cancelled
	at            time.Time
}

// withdrawals lists the payouts of both gateways by the reference they carry.
func (w *world) withdrawals() map[string][]withdrawal {
	all := map[string][]withdrawal{}
	for _, b := range w.box.Infini.Books().Withdrawals {
		all[b.Note] = append(all[b.Note], withdrawal{
			gateway: "infini", id: b.RequestID, coin: b.TokenType, address: b.WalletAddress, amount: b.Amount, at: b.CreatedAt,
			done: b.Status == "completed", dead: b.Status == "failed" || b.Status == "cancelled",
		})
	}
	for _, b := range w.box.InventPay.Books().Withdrawals {
		all[b.Description] = append(all[b.Description], withdrawal{
			gateway: "inventpay", id: b.WithdrawalID, coin: b.Coin, address: b.Address, amount: b.Amount, at: b.CreatedAt,
			done: b.Status == "COMPLETED", dead: b.Status == "FAILED" || b.Status == "CANCELLED",
		})
	}
	return all
}
