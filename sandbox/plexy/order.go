package plexy

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"
)

// Order statuses, plexy sheet §4.
const (
	statusPending   = "pending"
	statusCompleted = "completed"
	statusFailed    = "failed"
)

// ErrUnknownOrder is returned for an order id that was never made.
var ErrUnknownOrder = errors.New("unknown order")

type order struct {
	id, key, mode string
	ref           *string
	product       Product // as it was when ordered
	account       map[string]string
	face, charged decimal.Decimal
	before, after decimal.Decimal // of the balance, around the reservation
	test          bool
	willFail      bool
	returned      bool // the reservation came back
	status        string
	word          string // shown in place of status; the order then waits for a control
	content       map[string]string
	createdAt     time.Time
	dueAt         time.Time
	completedAt   time.Time
	failedAt      time.Time
}

// settles tells whether time alone will finish an order.
func (o *order) settles() bool { return o.status == statusPending && o.word == "" }

// takeOrder reserves the charge and notes the order; the lock is held. A test
// order costs nothing and leaves the balance alone.
func (v *Vendor) takeOrder(key string, p *Product, in orderIn, face decimal.Decimal, mode string, now time.Time) *order {
	o := &order{
		id: v.cfg.NewID(), key: key, mode: mode, ref: in.ExternalRef, product: *p, face: face, test: in.Test, status: statusPending,
		content:   map[string]string{"vendor_order_id": fmt.Sprintf("LC-%06d", 100001+len(v.orders))},
		createdAt: now, dueAt: now.Add(v.set.PendingFor), before: v.available(p.Currency),
		willFail: mode == ModeFail || mode == ModeFailKept,
	}
	if in.TopUp != nil {
		o.account = in.TopUp.Account
		for _, value := range o.account {
			o.willFail = o.willFail || slices.Contains(v.set.UnknownAccounts, value)
		}
	}
	if !o.test {
		o.charged = p.charge(face)
		v.move(MoveReserve, p.Currency, o.charged.Neg(), o.id)
	}
	o.after = o.before.Sub(o.charged)
	v.orders = append(v.orders, o)
	v.byOrder[o.id] = o
	v.pending = append(v.pending, o)
	v.settleLocked()
	return o
}

// settleLocked finishes the orders whose time has come and counts them.
func (v *Vendor) settleLocked() int {
	if v.set.StopCompleting {
		return 0
	}
	now, before := v.cfg.Now(), len(v.pending)
	v.pending = slices.DeleteFunc(v.pending, func(o *order) bool {
		switch {
		case !o.settles() || now.Before(o.dueAt):
		case o.willFail:
			v.failOrder(o, o.mode != ModeFailKept)
		default:
			v.complete(o)
		}
		return o.status != statusPending
	})
	return before - len(v.pending)
}

// failOrder ends an order without goods; the reservation goes back with it,
// unless a test wants it kept.
func (v *Vendor) failOrder(o *order, giveBack bool) {
	o.status, o.word, o.failedAt = statusFailed, "", v.cfg.Now()
	if giveBack && !o.test {
		o.returned = true
		v.move(MoveReturn, o.product.Currency, o.charged, o.id)
	}
}

// complete hands out the goods: a code, or a payment into an account.
func (v *Vendor) complete(o *order) {
	o.status, o.word, o.completedAt = statusCompleted, "", v.cfg.Now()
	if o.product.Type == RedeemCard {
		o.content = v.voucher(o)
		return
	}
	if !o.test {
		v.topUps = append(v.topUps, TopUp{
			OrderID: o.id, ProductID: o.product.ID, Account: maps.Clone(o.account),
			Amount: o.face, Currency: o.product.Currency, At: o.completedAt,
		})
	}
}

// describe is the order on the wire; the lock is held.
func (v *Vendor) describe(o *order) fields {
	test, after := o.test, o.after
	switch o.mode {
	case ModeWrongTest:
		test = !test
	case ModeWrongSums:
		after = after.Sub(decimal.New(1, -2))
	}
	return fields{
		"id": o.id, "product_id": o.product.ID, "external_ref": o.ref, "idempotency_key": o.key, "status": v.shown(o),
		"order_content": o.content, "currency_code": o.product.Currency, "charged_amount": money(o.charged),
		"balance_before": money(o.before), "balance_after": money(after), "is_test": test, "region_code": o.product.Region,
		"created_at": stamp(o.createdAt), "completed_at": stampOrNull(o.completedAt), "failed_at": stampOrNull(o.failedAt),
	}
}

// shown is the status as the answers have it.
func (v *Vendor) shown(o *order) string {
	switch {
	case o.word != "":
		return o.word
	case o.status == statusPending && v.set.StatusWord != "":
		return v.set.StatusWord
	}
	return o.status
}

// visible tells whether an order can be read yet.
func (v *Vendor) visible(o *order) bool {
	return !v.cfg.Now().Before(o.createdAt.Add(v.set.HiddenFor))
}

func (v *Vendor) getOrder(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.settleLocked()
	var body fields
	if o := v.byOrder[r.PathValue("order_id")]; o != nil && v.visible(o) {
		body = v.describe(o)
	}
	v.mu.Unlock()
	if body == nil {
		v.fail(w, refuse(http.StatusNotFound, "order_not_found", "no such order"))
		return
	}
	ok(w, body)
}

// listOrders answers newest first.
func (v *Vendor) listOrders(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, e := v.readPage(q)
	var product int64
	if text := q.Get("product_id"); text != "" && e == nil {
		var err error
		if product, err = strconv.ParseInt(text, 10, 64); err != nil {
			e = invalid("product_id", "must be a number")
		}
	}
	if e != nil {
		v.fail(w, e)
		return
	}
	status := q.Get("status")
	v.mu.Lock()
	v.settleLocked()
	var found []*order
	for _, o := range slices.Backward(v.orders) {
		if v.visible(o) && (status == "" || status == v.shown(o)) && (product == 0 || product == o.product.ID) {
			found = append(found, o)
		}
	}
	body := pageIn(page, found, v.describe)
	v.mu.Unlock()
	ok(w, body)
}
