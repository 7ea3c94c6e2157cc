package infinivoucher

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// usage is what one API key did lately.
type usage struct {
	calls     []time.Time
	purchases []time.Time
}

// guarded checks the key, its scope, the IP and the rate limit before h; h gets
// the API key, which scopes its Idempotency-Keys.
func (v *Vendor) guarded(scope string, h func(http.ResponseWriter, *http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if e := v.admit(key, scope); e != nil {
			v.fail(w, e)
			return
		}
		h(w, r)
	})
}

func (v *Vendor) admit(key, scope string) *apiError {
	v.mu.Lock()
	defer v.mu.Unlock()
	scopes, known := v.cfg.Keys[key]
	if key == "" || !known {
		return refuse(http.StatusUnauthorized, "UNAUTHORIZED", "API key missing or invalid")
	}
	if v.set.IPBlocked {
		return refuse(http.StatusForbidden, "FORBIDDEN", "IP not allowed")
	}
	if v.set.Scopes != nil {
		scopes = v.set.Scopes
	}
	if !slices.Contains(scopes, scope) {
		return refuse(http.StatusForbidden, "FORBIDDEN", "key lacks scope "+scope)
	}
	return v.spendRate(key, scope == ScopeBuy)
}

// spendRate counts a call, and a purchase call as well, in sliding windows
// (infinivoucher sheet §7); a refused call is not counted.
func (v *Vendor) spendRate(key string, purchase bool) *apiError {
	u := v.limits[key]
	if u == nil {
		u = &usage{}
		v.limits[key] = u
	}
	now := v.cfg.Now()
	u.calls = recent(u.calls, now.Add(-callWindow))
	u.purchases = recent(u.purchases, now.Add(-purchaseWindow))
	if v.set.CallsPerMinute > 0 && len(u.calls) >= v.set.CallsPerMinute {
		return tooMany(u.calls[0].Add(callWindow).Sub(now))
	}
	if purchase && v.set.PurchasesPer10s > 0 && len(u.purchases) >= v.set.PurchasesPer10s {
		return tooMany(u.purchases[0].Add(purchaseWindow).Sub(now))
	}
	u.calls = append(u.calls, now)
	if purchase {
		u.purchases = append(u.purchases, now)
	}
	return nil
}

func recent(times []time.Time, after time.Time) []time.Time {
	i := 0
	for i < len(times) && !times[i].After(after) {
		i++
	}
	return times[i:]
}

func tooMany(wait time.Duration) *apiError {
	e := refuse(http.StatusTooManyRequests, "RATE_LIMITED", "too many requests")
	e.retryAfter = max(1, int(math.Ceil(wait.Seconds())))
	return e
}
