package plexy

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// wallet is the agent's balance in one currency: what is not reserved.
type wallet struct {
	available decimal.Decimal
	updatedAt time.Time
}

// The kinds of Movement.
const (
	MoveDeposit    = "DEPOSIT"    // a deposit was posted
	MoveReserve    = "RESERVE"    // an order took its charge
	MoveReturn     = "RETURN"     // a failed order gave it back
	MoveAdjustment = "ADJUSTMENT" // set by a control
)

// Movement is one change of a balance, in major units of Currency.
type Movement struct {
	Kind         string          `json:"kind"`
	Currency     string          `json:"currency"`
	Amount       decimal.Decimal `json:"amount"`
	BalanceAfter decimal.Decimal `json:"balance_after"`
	OrderID      string          `json:"order_id,omitempty"`
	At           time.Time       `json:"at"`
}

// available is the balance in a currency, zero if the agent has none in it.
func (v *Vendor) available(currency string) decimal.Decimal {
	if w := v.wallets[currency]; w != nil {
		return w.available
	}
	return decimal.Zero
}

// move changes a balance and notes it; the lock is held.
func (v *Vendor) move(kind, currency string, amount decimal.Decimal, orderID string) {
	w := v.wallets[currency]
	if w == nil {
		w = &wallet{}
		v.wallets[currency] = w
	}
	w.available, w.updatedAt = w.available.Add(amount), v.cfg.Now()
	v.moves = append(v.moves, Movement{
		Kind: kind, Currency: currency, Amount: amount, BalanceAfter: w.available, OrderID: orderID, At: w.updatedAt,
	})
}

type deposit struct {
	id                  int
	currency, method    string
	amount              decimal.Decimal
	createdAt, postedAt time.Time
}

// payIn notes a deposit, and posts it unless it is to wait; the lock is held.
func (v *Vendor) payIn(in Deposit) {
	d := &deposit{
		id: 1201 + len(v.deposits), currency: in.Currency, method: cmp.Or(in.Method, "bank_wire"),
		amount: decimal.RequireFromString(in.Amount), createdAt: v.cfg.Now(),
	}
	v.deposits = append(v.deposits, d)
	if !in.Pending {
		v.post(d)
	}
}

func (v *Vendor) post(d *deposit) {
	d.postedAt = v.cfg.Now()
	v.move(MoveDeposit, d.currency, d.amount, "")
}

func (d *deposit) status() string {
	if d.postedAt.IsZero() {
		return statusPending
	}
	return "posted"
}

func (d *deposit) describe() fields {
	return fields{
		"id": d.id, "currency_code": d.currency, "amount": money(d.amount), "method": d.method, "status": d.status(),
		"external_ref": fmt.Sprintf("WIRE-%d", d.id), "created_at": stamp(d.createdAt), "posted_at": stampOrNull(d.postedAt),
	}
}

func (v *Vendor) getBalance(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	v.settleLocked()
	items := []fields{}
	for _, currency := range sortedKeys(v.wallets) {
		one := v.wallets[currency]
		items = append(items, fields{"currency_code": currency, "available": money(one.available), "updated_at": stamp(one.updatedAt)})
	}
	v.mu.Unlock()
	ok(w, fields{"items": items})
}

// listDeposits answers newest first.
func (v *Vendor) listDeposits(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, e := v.readPage(q)
	if e != nil {
		v.fail(w, e)
		return
	}
	status := q.Get("status")
	v.mu.Lock()
	var found []*deposit
	for _, d := range slices.Backward(v.deposits) {
		if status == "" || status == d.status() {
			found = append(found, d)
		}
	}
	body := pageIn(page, found, (*deposit).describe)
	v.mu.Unlock()
	ok(w, body)
}

// sortedKeys lists a map's keys in order, so that answers repeat exactly.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
