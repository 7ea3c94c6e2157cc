package infini

import (
	"encoding/json"
	"net/http"
	"strconv"
)

func (v *Vendor) getOrder(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("order_id")
	if id == "" {
		v.fail(w, refuse(400, 400, "order_id is required"))
		return
	}
	v.mu.Lock()
	v.settleLocked()
	o := v.byID[id]
	var data fields
	if o != nil {
		data = v.set.describe(o)
	}
	v.mu.Unlock()
	if o == nil {
		v.fail(w, refuse(404, 40401, "order not found"))
		return
	}
	v.ok(w, data)
}

// describe is an order as GET answers it, infini sheet §4.
func (s settings) describe(o *order) fields {
	f := fields{
		"order_id": o.id, "request_id": o.requestID, "client_reference": o.reference,
		s.name("status", "pay_status"):            o.status,
		s.name("amount", "order_amount"):          s.money(o.amount),
		s.name("currency", "order_currency"):      o.currency,
		"amount_confirming":                       s.money(o.sum(Confirming)),
		"amount_confirmed":                        s.money(o.sum(Confirmed)),
		"expires_at":                              o.expiresAt.Unix(),
		"created_at":                              o.createdAt.Unix(),
		"updated_at":                              o.updatedAt.Unix(),
		s.name("exception_tags", "exception_tag"): append([]string{}, o.tags...),
	}
	if n := len(o.payments); n > 0 {
		f["last_paid_payment"] = s.describePayment(o, o.payments[n-1])
	}
	if o.email != "" {
		f["email"] = o.email
	}
	return f
}

// listOrders answers GET /order/list, whose shape is undocumented: newest
// first, filter client_reference, page, and page_size or limit (at most 100);
// a bare array when so set.
func (v *Vendor) listOrders(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, size := atLeast1(q.Get("page"), 1), min(atLeast1(q.Get("page_size"), atLeast1(q.Get("limit"), 20)), 100)
	v.mu.Lock()
	v.settleLocked()
	all := []fields{}
	for i := len(v.orders) - 1; i >= 0; i-- {
		o := v.orders[i]
		if ref := q.Get("client_reference"); ref == "" || ref == o.reference {
			all = append(all, v.set.describe(o))
		}
	}
	v.mu.Unlock()
	from := min((page-1)*size, len(all))
	shown := all[from:min(from+size, len(all))]
	if v.settings().ListArrays {
		v.ok(w, shown)
		return
	}
	v.ok(w, fields{"total": len(all), "page": page, "page_size": size, "list": shown})
}

func atLeast1(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1_000_000 {
		return otherwise
	}
	return n
}

// reissue answers on the one route that is mounted; the other is 404
// (infini sheet §4).
func (v *Vendor) reissue(route string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if v.settings().ReissueRoute != route {
			http.NotFound(w, r)
			return
		}
		var in struct {
			OrderID string `json:"order_id"`
		}
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.OrderID == "" {
			v.fail(w, refuse(400, 400, "order_id is required"))
			return
		}
		data, refusal := v.newToken(in.OrderID)
		if refusal != nil {
			v.fail(w, refusal)
			return
		}
		v.ok(w, data)
	}
}

func (v *Vendor) newToken(orderID string) (fields, *apiError) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	o := v.byID[orderID]
	switch {
	case o == nil:
		return nil, refuse(404, 40401, "order not found")
	case o.status == statusExpired || o.status == statusPartial:
		return nil, refuse(409, 40906, "order expired")
	}
	o.token = v.cfg.NewID()
	return fields{"order_id": o.id, "checkout_url": v.checkoutURL(o), "token": o.token}, nil
}
