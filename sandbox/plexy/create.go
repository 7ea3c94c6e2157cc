package plexy

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// answer is what an Idempotency-Key remembers.
type answer struct {
	bodyHash [32]byte
	at       time.Time
	body     json.RawMessage
	order    *order
}

// orderIn is the body of POST /orders. Unknown fields and mistyped ones are
// refused: a client that sends them would not learn it from the real API.
type orderIn struct {
	ProductID   int64    `json:"product_id"`
	TopUp       *topUpIn `json:"topup_request"`
	ExternalRef *string  `json:"external_ref"`
	Currency    *string  `json:"currency_code"`
	Quantity    *int     `json:"quantity"`
	Test        bool     `json:"test"`
}

type topUpIn struct {
	Amount  string            `json:"amount"`
	Account map[string]string `json:"customer_account"`
}

// postOrder sells, plexy sheet §3 and §6. Calls are served one at a time, so a
// repeat during the first call waits for its answer and gets the same.
func (v *Vendor) postOrder(w http.ResponseWriter, r *http.Request) {
	raw, err := kit.ReadBody(r)
	if err != nil {
		v.fail(w, refuse(http.StatusBadRequest, "validation_error", "unreadable body"))
		return
	}
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) != 1 || keys[0] == "" || len(keys[0]) > maxKey {
		v.fail(w, invalid("Idempotency-Key", "must be given once, with 1 to 255 characters"))
		return
	}
	status, body, e := v.place(keys[0], raw)
	if e != nil {
		v.fail(w, e)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// place answers from the key's memory or sells. A refusal is not remembered
// under the key: the same order may come again once a deposit is posted.
func (v *Vendor) place(key string, raw []byte) (int, []byte, *apiError) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	now := v.cfg.Now()
	hash := sha256.Sum256(raw)
	if old := v.answers[key]; old != nil && now.Sub(old.at) < keyMemory {
		return v.replay(old, hash)
	}
	mode := v.set.takeMode()
	switch mode {
	case ModeErrorBefore:
		return 0, nil, refuse(http.StatusServiceUnavailable, "internal_error", "sandbox: nothing was ordered")
	case ModeRateLimited:
		e := refuse(http.StatusTooManyRequests, "rate_limited", "too many requests")
		e.retryAfter = 10
		return 0, nil, e
	}
	p, in, face, e := v.wanted(raw)
	if e != nil {
		return 0, nil, e
	}
	o := v.takeOrder(key, p, in, face, mode, now)
	body, err := json.Marshal(v.describe(o))
	if err != nil {
		return 0, nil, refuse(http.StatusInternalServerError, "internal_error", "encoding failed")
	}
	v.answers[key] = &answer{bodyHash: hash, at: now, body: body, order: o}
	if mode == ModeErrorAfter {
		return 0, nil, refuse(http.StatusBadGateway, "internal_error", "sandbox: ordered, answer lost")
	}
	return http.StatusCreated, body, nil
}

// What a repeat of a known key with its own payload gets; Gate does not say.
const (
	ReplayCached   = "cached"   // 201 and the first answer's bytes; the default, as sibling docs have it
	ReplayCurrent  = "current"  // 200 and the order as it is by now
	ReplayConflict = "conflict" // 409, although nothing differs
)

func (v *Vendor) replay(old *answer, hash [32]byte) (int, []byte, *apiError) {
	if old.bodyHash != hash || v.set.Replay == ReplayConflict {
		return 0, nil, refuse(http.StatusConflict, "idempotency_conflict", "key was used before")
	}
	if v.set.Replay == ReplayCached {
		return http.StatusCreated, old.body, nil
	}
	body, err := json.Marshal(v.describe(old.order))
	if err != nil {
		return 0, nil, refuse(http.StatusInternalServerError, "internal_error", "encoding failed")
	}
	return http.StatusOK, body, nil
}

// wanted reads and judges an order: what is bought and at which face value.
func (v *Vendor) wanted(raw []byte) (*Product, orderIn, decimal.Decimal, *apiError) {
	var in orderIn
	var none decimal.Decimal
	if err := kit.DecodeStrict(raw, &in); err != nil {
		return nil, in, none, refuse(http.StatusBadRequest, "validation_error", "body is not the JSON expected")
	}
	if e := v.rejected(raw); e != nil {
		return nil, in, none, e
	}
	p := v.byID[in.ProductID]
	if p == nil {
		return nil, in, none, refuse(http.StatusBadRequest, "product_not_found", "no such product")
	}
	if e := in.fits(p); e != nil {
		return nil, in, none, e
	}
	face, e := in.face(p)
	switch {
	case e != nil:
		return nil, in, none, e
	case v.set.Frozen:
		return nil, in, none, refuse(http.StatusBadRequest, "agent_frozen", "the agent may not order")
	case !in.Test && v.available(p.Currency).LessThan(p.charge(face)):
		return nil, in, none, refuse(http.StatusBadRequest, "insufficient_balance", "agent balance is too low")
	}
	return p, in, face, nil
}

// rejected refuses the field that a test wants refused (plexy sheet §11: if a
// 400 names a field, it becomes switchable).
func (v *Vendor) rejected(raw []byte) *apiError {
	var sent map[string]json.RawMessage
	if v.set.RejectField == "" || json.Unmarshal(raw, &sent) != nil || sent[v.set.RejectField] == nil {
		return nil
	}
	return invalid(v.set.RejectField, "is not allowed")
}

// fits judges everything but the amount.
func (in orderIn) fits(p *Product) *apiError {
	switch {
	case p.Inactive:
		return refuse(http.StatusBadRequest, "product_inactive", "product is not sold at present")
	case p.Type == DirectTransfer:
		return invalid("product_id", "is a transfer, which this call does not sell")
	case in.Quantity != nil && *in.Quantity != 1:
		return invalid("quantity", "must be 1")
	case in.Currency != nil && *in.Currency != p.Currency:
		return invalid("currency_code", "is not the product's currency")
	case p.Type == RedeemCard && in.TopUp != nil:
		return invalid("topup_request", "does not belong to a voucher")
	case p.Type == DirectTopUp && in.TopUp == nil:
		return invalid("topup_request", "is required")
	case in.TopUp != nil:
		return in.TopUp.reaches(p)
	}
	return nil
}

// reaches checks that the account has exactly the product's fields.
func (t topUpIn) reaches(p *Product) *apiError {
	for _, field := range p.Fields {
		if t.Account[field] == "" {
			return invalid("topup_request.customer_account."+field, "is required")
		}
	}
	for _, field := range slices.Sorted(maps.Keys(t.Account)) {
		if !slices.Contains(p.Fields, field) {
			return invalid("topup_request.customer_account."+field, "is not known for this product")
		}
	}
	return nil
}

// face is the value bought: a voucher's price or a top-up's amount.
func (in orderIn) face(p *Product) (decimal.Decimal, *apiError) {
	if in.TopUp == nil {
		return p.Price.Decimal, nil
	}
	const field = "topup_request.amount"
	if !regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,2})?$`).MatchString(in.TopUp.Amount) {
		return decimal.Decimal{}, invalid(field, "must be a decimal string")
	}
	d := decimal.RequireFromString(in.TopUp.Amount)
	switch {
	case !d.IsPositive(), p.Min.Valid && d.LessThan(p.Min.Decimal), p.Max.Valid && d.GreaterThan(p.Max.Decimal):
		return d, invalid(field, "is out of range")
	case p.fixed() && !d.Equal(p.Price.Decimal):
		return d, invalid(field, "must be the price")
	case p.Step.Valid && !d.Mod(p.Step.Decimal).IsZero():
		return d, invalid(field, "is not a multiple of the step")
	}
	return d, nil
}
