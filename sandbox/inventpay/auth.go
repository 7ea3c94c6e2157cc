package inventpay

import (
	"crypto/subtle"
	"net/http"
	"time"
)

// The classes of calls with a limit of their own, inventpay sheet §6.
const (
	limitCreate   = "create"
	limitStatus   = "status"
	limitWithdraw = "withdraw" // creates and reads: the sheet does not say that reads are free
	limitOther    = "other"

	limitWindow = time.Minute
)

// defaultLimits are calls per minute, inventpay sheet §6.
func defaultLimits() map[string]int {
	return map[string]int{limitCreate: 100, limitStatus: 300, limitWithdraw: 10, limitOther: 60}
}

// keyed lets only calls with the merchant's key through, within the limit.
func (v *Vendor) keyed(class string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case v.settings().Blocked:
			v.fail(w, refuse(http.StatusForbidden, "Merchant account is suspended"))
		case r.Header.Get("X-API-Key") == "":
			v.fail(w, refuse(http.StatusUnauthorized, "API key is required"))
		case !same(r.Header.Get("X-API-Key"), v.cfg.APIKey):
			v.fail(w, refuse(http.StatusUnauthorized, "Invalid API key"))
		default:
			v.limited(class, next)(w, r)
		}
	}
}

// mayWithdraw checks the second key, inventpay sheet §1.
func (v *Vendor) mayWithdraw(r *http.Request) *apiError {
	key := r.Header.Get("X-Withdrawal-Key")
	switch {
	case key == "":
		return refuse(http.StatusForbidden, "Withdrawal API key is required")
	case v.cfg.WithdrawalKey == "" || !same(key, v.cfg.WithdrawalKey):
		return refuse(http.StatusForbidden, "Invalid withdrawal API key")
	}
	return nil
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// limited counts a call in the sliding minute of its class; a refused call is
// not counted. The sheet names no Retry-After, so there is none.
func (v *Vendor) limited(class string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !v.spend(class) {
			v.fail(w, refuse(http.StatusTooManyRequests, "Too many requests, please try again later"))
			return
		}
		next(w, r)
	}
}

func (v *Vendor) spend(class string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.cfg.Now()
	calls := v.calls[class]
	for len(calls) > 0 && !calls[0].After(now.Add(-limitWindow)) {
		calls = calls[1:]
	}
	v.calls[class] = calls
	if limit := v.set.Limits[class]; limit > 0 && len(calls) >= limit {
		return false
	}
	v.calls[class] = append(calls, now)
	return true
}
