package infini

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// addressLife is how long a payment address of a stablecoin is valid, infini sheet §5.
const addressLife = time.Hour

// coin is one way to pay on chain. Only the existence of GET /currency is
// documented; the token ids are this sandbox's own.
type coin struct {
	chain, token, id string
}

func coins() []coin {
	return []coin{
		{"TRON", "USDT", "101"}, {"ETHEREUM", "USDT", "102"}, {"ETHEREUM", "USDC", "103"},
		{"BSC", "USDT", "104"}, {"SOLANA", "USDC", "105"}, {"ARBITRUM", "USDC", "106"},
	}
}

// currencies answers GET /currency.
func (v *Vendor) currencies(w http.ResponseWriter, _ *http.Request) {
	list := []fields{}
	for _, c := range coins() {
		list = append(list, fields{"chain": c.chain, "token_type": c.token, "token_id": c.id})
	}
	v.ok(w, list)
}

// request is a payment a self-built checkout asked for: an address that waits
// for money. The next payment of its method and coin answers the newest one.
type request struct {
	id, address string
	coin        coin
	method      int
	amount      string // as told, in the order's currency
	createdAt   time.Time
	expiresAt   time.Time
	paid        bool
}

// openRequest is the newest address that still waits for such a payment.
func (o *order) openRequest(method int, token string, now time.Time) *request {
	for _, r := range slices.Backward(o.requested) {
		if !r.paid && r.method == method && r.coin.token == token && now.Before(r.expiresAt) {
			return r
		}
	}
	return nil
}

type paymentIn struct {
	OrderID string  `json:"order_id"`
	Chain   string  `json:"chain"`
	TokenID tokenID `json:"token_id"`
	Method  *int    `json:"payment_method"`
}

// tokenID is taken as text or number: the sheet leaves its type open.
type tokenID string

// UnmarshalJSON implements json.Unmarshaler.
func (t *tokenID) UnmarshalJSON(raw []byte) error {
	var a amountIn
	err := a.UnmarshalJSON(raw)
	*t = tokenID(a.text)
	return err
}

// createPayment answers POST /payment, infini sheet §4.
func (v *Vendor) createPayment(w http.ResponseWriter, r *http.Request) {
	var in paymentIn
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.OrderID == "" {
		v.fail(w, refuse(400, 400, "order_id is required"))
		return
	}
	method := 1
	if in.Method != nil {
		method = *in.Method
	}
	i := slices.IndexFunc(coins(), func(c coin) bool { return c.chain == in.Chain && c.id == string(in.TokenID) })
	if i < 0 {
		v.fail(w, refuse(400, 40007, "unknown chain or token"))
		return
	}
	data, refusal := v.request(in.OrderID, coins()[i], method)
	if refusal != nil {
		v.fail(w, refusal)
		return
	}
	v.ok(w, data)
}

// request opens an address for what is still missing on an order.
func (v *Vendor) request(orderID string, c coin, method int) (fields, *apiError) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	o, now := v.byID[orderID], v.nowLocked()
	switch {
	case o == nil:
		return nil, refuse(404, 40401, "order not found")
	case o.expired(now):
		return nil, refuse(409, 40906, "order expired")
	case !o.remaining().IsPositive():
		return nil, refuse(409, 40903, "the order is paid")
	case !slices.Contains(o.methods, method):
		return nil, refuse(400, 40010, "no matching pay method")
	}
	expires := now.Add(addressLife)
	if o.expiresAt.Before(expires) {
		expires = o.expiresAt
	}
	q := &request{
		id: v.cfg.NewID(), address: "T" + letters(v.cfg.NewID(), 33), coin: c, method: method,
		amount: o.remaining().String(), createdAt: now, expiresAt: expires,
	}
	o.requested = append(o.requested, q)
	return fields{"payment_id": q.id, "amount": q.amount, "address": q.address, "expires_at": q.expiresAt.Unix()}, nil
}

// describePayment is money that came, as GET answers it.
func (s settings) describePayment(o *order, p *payment) fields {
	f := fields{
		"payment_id": p.id, "order_id": o.id, "amount": s.money(p.amount), "token_type": p.currency,
		"payment_method": p.method, "status": p.state, "created_at": p.at.Unix(),
	}
	if q := p.request; q != nil {
		f["address"], f["chain"], f["token_id"], f["expires_at"] = q.address, q.coin.chain, q.coin.id, q.expiresAt.Unix()
	}
	return f
}

// describeRequest is an address without money.
func describeRequest(o *order, q *request, now time.Time) fields {
	status := "pending"
	if !now.Before(q.expiresAt) {
		status = "expired"
	}
	return fields{
		"payment_id": q.id, "order_id": o.id, "amount": q.amount, "token_type": q.coin.token, "chain": q.coin.chain, "token_id": q.coin.id,
		"payment_method": q.method, "status": status, "address": q.address, "expires_at": q.expiresAt.Unix(), "created_at": q.createdAt.Unix(),
	}
}

// paymentsOf lists an order's payments, waiting ones last; the lock is held.
func (v *Vendor) paymentsOf(o *order) []fields {
	list := []fields{}
	for _, p := range o.payments {
		list = append(list, v.set.describePayment(o, p))
	}
	for _, q := range o.requested {
		if !q.paid {
			list = append(list, describeRequest(o, q, v.nowLocked()))
		}
	}
	return list
}

func (v *Vendor) getPayment(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("payment_id")
	v.mu.Lock()
	v.settleLocked()
	var found fields
	for _, o := range v.orders {
		for _, f := range v.paymentsOf(o) {
			if f["payment_id"] == id {
				found = f
			}
		}
	}
	v.mu.Unlock()
	if found == nil {
		v.fail(w, refuse(404, 40402, "payment not found"))
		return
	}
	v.ok(w, found)
}

func (v *Vendor) listPayments(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.settleLocked()
	o := v.byID[r.URL.Query().Get("order_id")]
	var list []fields
	if o != nil {
		list = v.paymentsOf(o)
	}
	v.mu.Unlock()
	switch {
	case o == nil:
		v.fail(w, refuse(404, 40401, "order not found"))
	case v.settings().ListArrays:
		v.ok(w, list)
	default:
		v.ok(w, fields{"list": list})
	}
}
