package infinivoucher

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// answer is what an Idempotency-Key remembers.
type answer struct {
	bodyHash [32]byte
	at       time.Time
	status   int
	body     json.RawMessage
}

type buyIn struct {
	ProductID string `json:"product_id"`
	Quantity  int    `json:"quantity"`
}

// buy debits the wallet and hands out codes, infinivoucher sheet §3 and §6.
// Calls are served one at a time, so a repeat during the first call waits for
// its answer and gets the same.
func (v *Vendor) buy(w http.ResponseWriter, r *http.Request) {
	raw, err := kit.ReadBody(r)
	if err != nil {
		v.fail(w, refuse(http.StatusBadRequest, "VALIDATION_ERROR", "unreadable body"))
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if id, err := uuid.Parse(key); err != nil || !uuidV4(key) || id.Version() != 4 {
		v.fail(w, refuse(http.StatusBadRequest, "VALIDATION_ERROR", "Idempotency-Key must be a UUID v4"))
		return
	}
	status, body, header := v.purchase(key, raw)
	w.Header().Set("Content-Type", "application/json")
	for k, h := range header {
		w.Header()[k] = h
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func uuidV4(text string) bool {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`).MatchString(text)
}

// purchase answers from the key's memory or buys.
func (v *Vendor) purchase(key string, raw []byte) (int, []byte, http.Header) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.cfg.Now()
	hash := sha256.Sum256(raw)
	if old := v.answers[key]; old != nil && now.Sub(old.at) < keyMemory {
		if old.bodyHash != hash {
			return v.refused(refuse(http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED", "key was used with another body"))
		}
		return old.status, old.body, nil
	}
	mode := v.set.takeMode()
	switch mode {
	case ModeErrorBefore:
		return v.refused(refuse(http.StatusServiceUnavailable, "INTERNAL_ERROR", "sandbox: nothing was bought"))
	case ModeRateLimited:
		e := refuse(http.StatusTooManyRequests, "RATE_LIMITED", "too many requests")
		e.retryAfter = 10
		return v.refused(e)
	}
	status, body, e := v.sell(key, raw, mode, now)
	if e == nil || v.set.caches(e.code) {
		v.answers[key] = &answer{bodyHash: hash, at: now, status: status, body: body}
	}
	if mode == ModeErrorAfter && e == nil {
		return v.refused(refuse(http.StatusBadGateway, "INTERNAL_ERROR", "sandbox: bought, answer lost"))
	}
	return status, body, nil
}

func (v *Vendor) refused(e *apiError) (int, []byte, http.Header) {
	body, _ := json.Marshal(errorBody(e))
	h := http.Header{}
	if e.retryAfter > 0 {
		h.Set("Retry-After", decimal.NewFromInt(int64(e.retryAfter)).String())
	}
	return e.status, body, h
}

// sell makes the purchase or says why not; the lock is held.
func (v *Vendor) sell(key string, raw []byte, mode string, now time.Time) (int, []byte, *apiError) {
	p, quantity, e := v.wanted(raw)
	if e == nil && mode == ModeStockConflict {
		e = refuse(http.StatusConflict, "STOCK_CONFLICT", "concurrent purchase, try again")
	}
	if e == nil {
		e = v.affordable(p, quantity)
	}
	if e != nil {
		status, body, _ := v.refused(e)
		return status, body, e
	}
	before := v.balance
	o := v.takeOrder(key, p, quantity, mode, now)
	v.seq++
	body, _ := json.Marshal(fields{
		"success": true,
		"data": fields{
			"order": o.describeBought(), "codes": o.listCodes(),
			"wallet": fields{"previousBalance": before.String(), "deducted": o.total.String(), "currentBalance": v.balance.String()},
		},
		"meta": fields{"requestId": "req_" + o.id[2:12]},
	})
	return http.StatusOK, body, nil
}

func (v *Vendor) wanted(raw []byte) (*Product, int, *apiError) {
	var in buyIn
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, 0, refuse(http.StatusBadRequest, "VALIDATION_ERROR", "body is not the JSON expected")
	}
	if in.ProductID == "" || in.Quantity < 1 || in.Quantity > 100 {
		return nil, 0, refuse(http.StatusUnprocessableEntity, "VALIDATION_ERROR", "product_id and a quantity of 1 to 100 are required")
	}
	p := v.byID[in.ProductID]
	if p == nil || p.Hidden {
		return nil, 0, refuse(http.StatusNotFound, "PRODUCT_NOT_FOUND", "no such product")
	}
	return p, in.Quantity, nil
}

func (v *Vendor) affordable(p *Product, quantity int) *apiError {
	cost := p.Price.Mul(decimal.NewFromInt(int64(quantity)))
	switch {
	case v.frozen:
		return refuse(http.StatusForbidden, "WALLET_FROZEN", "wallet is frozen")
	case p.Stock < quantity:
		return refuse(http.StatusConflict, "OUT_OF_STOCK", "not enough stock")
	case v.balance.LessThan(cost):
		return refuse(http.StatusPaymentRequired, "INSUFFICIENT_FUNDS", "wallet balance is too low")
	}
	return nil
}
