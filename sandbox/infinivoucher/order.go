package infinivoucher

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// Order statuses, infinivoucher sheet §4.
const (
	statusCompleted = "COMPLETED"
	statusPending   = "PENDING"
	statusFailed    = "FAILED"
)

// ErrUnknownOrder is returned for an order id that was never made.
var ErrUnknownOrder = errors.New("unknown order")

type order struct {
	id, key     string
	productID   string
	productName string
	quantity    int
	unitPrice   decimal.Decimal
	total       decimal.Decimal
	status      string
	mode        string
	codes       []string
	createdAt   time.Time
	completeAt  time.Time // a pending order completes by itself then; zero = on request
}

// takeOrder debits, takes the stock and hands out the codes; the lock is held.
func (v *Vendor) takeOrder(key string, p *Product, quantity int, mode string, now time.Time) *order {
	o := &order{
		id: cuid(v.cfg.NewID()), key: key, productID: p.ID, productName: p.Category + " " + p.Name, quantity: quantity,
		unitPrice: p.Price, total: p.Price.Mul(decimal.NewFromInt(int64(quantity))),
		status: statusPending, mode: mode, createdAt: now,
	}
	v.orders = append(v.orders, o)
	v.byOrder[o.id] = o
	p.Stock -= quantity
	v.book("PURCHASE", o.total.Neg(), o.id)
	if mode == ModePending {
		v.pending = append(v.pending, o)
		if v.set.PendingFor > 0 {
			o.completeAt = now.Add(v.set.PendingFor)
		}
		return o
	}
	v.complete(o)
	return o
}

// complete hands out the codes and announces the order; the lock is held.
func (v *Vendor) complete(o *order) {
	wanted := o.quantity
	if o.mode == ModeFewerCodes {
		wanted--
	}
	previous := v.lastCode
	for range wanted {
		o.codes = append(o.codes, v.newCode())
	}
	if o.mode == ModeSameCodeTwice && wanted > 0 {
		// Twice within the order, or once more after an earlier order.
		switch {
		case wanted > 1:
			o.codes[wanted-1] = o.codes[0]
		case previous != "":
			o.codes[0] = previous
		}
	}
	o.status, o.completeAt = statusCompleted, time.Time{}
	v.announce(o)
}

// newCode makes a code that was never handed out before.
func (v *Vendor) newCode() string {
	for {
		sum := sha256.Sum256([]byte(v.cfg.NewID()))
		text := base32.StdEncoding.EncodeToString(sum[:])[:16]
		code := text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
		if !v.issued[code] {
			v.issued[code], v.lastCode = true, code
			return code
		}
	}
}

func (v *Vendor) announce(o *order) {
	body, err := json.Marshal(fields{"event": "order.completed", "data": fields{
		"order_id": o.id, "product_name": o.productName, "quantity": o.quantity,
		"status": o.status, "timestamp": stamp(v.cfg.Now()),
	}})
	if err != nil {
		return // strings and integers always encode
	}
	v.out.Send(kit.Message{Key: o.id, Event: "order.completed", Body: body})
}

func (v *Vendor) settleLocked() {
	now := v.cfg.Now()
	v.pending = slices.DeleteFunc(v.pending, func(o *order) bool {
		if o.status == statusPending && !o.completeAt.IsZero() && !now.Before(o.completeAt) {
			v.complete(o)
		}
		return o.status != statusPending
	})
}

// describeBought is the order inside the answer of a purchase.
func (o *order) describeBought() fields {
	return fields{
		"id": o.id, "productId": o.productID, "productName": o.productName, "quantity": o.quantity,
		"unitPrice": o.unitPrice.String(), "totalAmount": o.total.String(), "currency": currency, "status": o.status,
	}
}

// describe is the order as a list item.
func (o *order) describe() fields {
	f := o.describeBought()
	f["type"], f["createdAt"] = "AUTO", stamp(o.createdAt)
	return f
}

func (o *order) listCodes() []fields {
	out := []fields{}
	for i, c := range o.codes {
		out = append(out, fields{"index": i + 1, "code": c})
	}
	return out
}

func (v *Vendor) getOrder(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.settleLocked()
	o := v.byOrder[r.PathValue("id")]
	var data fields
	if o != nil {
		data = fields{"order": o.describe(), "codes": o.listCodes()}
	}
	v.mu.Unlock()
	if o == nil {
		v.fail(w, refuse(http.StatusNotFound, "ORDER_NOT_FOUND", "no such order"))
		return
	}
	v.ok(w, data)
}

// orderFilter is the query of GET /orders.
type orderFilter struct {
	status   string
	from, to time.Time
}

func readFilter(r *http.Request) (orderFilter, *apiError) {
	q := r.URL.Query()
	f := orderFilter{status: q.Get("status")}
	if !slices.Contains([]string{"", statusCompleted, statusPending, statusFailed}, f.status) {
		return f, refuse(http.StatusBadRequest, "VALIDATION_ERROR", "unknown status")
	}
	for name, to := range map[string]*time.Time{"from": &f.from, "to": &f.to} {
		if text := q.Get(name); text != "" {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return f, refuse(http.StatusBadRequest, "VALIDATION_ERROR", name+" must be ISO 8601")
			}
			*to = at
		}
	}
	return f, nil
}

func (f orderFilter) keeps(o *order) bool {
	return (f.status == "" || f.status == o.status) &&
		(f.from.IsZero() || !o.createdAt.Before(f.from)) && (f.to.IsZero() || !o.createdAt.After(f.to))
}

// listOrders answers newest first, without codes.
func (v *Vendor) listOrders(w http.ResponseWriter, r *http.Request) {
	page, e := readPage(r.URL.Query(), 20)
	filter, e2 := readFilter(r)
	if e == nil {
		e = e2
	}
	if e != nil {
		v.fail(w, e)
		return
	}
	v.mu.Lock()
	v.settleLocked()
	all := []fields{}
	for i := len(v.orders) - 1; i >= 0; i-- {
		if filter.keeps(v.orders[i]) {
			all = append(all, v.orders[i].describe())
		}
	}
	v.mu.Unlock()
	from, to := page.cut(len(all))
	v.ok(w, fields{"orders": all[from:to], "pagination": page.describe(len(all))})
}
