package inventpay

import (
	"net/http"

	"github.com/shopspring/decimal"
)

// account is the merchant's money in one coin.
type account struct {
	earned, withdrawn, locked, fees decimal.Decimal
}

// available is what can be withdrawn.
func (a *account) available() decimal.Decimal { return a.earned.Sub(a.withdrawn).Sub(a.locked) }

// account returns a coin's account, opening it when needed; the lock is held.
func (v *Vendor) account(code string) *account {
	a := v.accounts[code]
	if a == nil {
		a = &account{}
		v.accounts[code] = a
	}
	return a
}

// pendingLocked is the money of a coin seen on open payments; the lock is held.
func (v *Vendor) pendingLocked(code string) decimal.Decimal {
	total := decimal.Zero
	for _, p := range v.open {
		if p.coin.Code == code && !p.final() {
			total = total.Add(p.seen())
		}
	}
	return total
}

func (v *Vendor) balanceOf(code string) fields {
	a := v.account(code)
	return fields{
		"totalEarned": v.set.money(a.earned), "totalWithdrawn": v.set.money(a.withdrawn), "availableBalance": v.set.money(a.available()),
		"lockedBalance": v.set.money(a.locked), "pendingBalance": v.set.money(v.pendingLocked(code)),
	}
}

// balances answers all accounts: a map as in docs and SDK, or when so set the
// list of the skill's sample (inventpay sheet §3).
func (v *Vendor) balances(w http.ResponseWriter, _ *http.Request) {
	v.mu.Lock()
	v.settleLocked()
	byCoin, list := fields{}, []fields{}
	for _, c := range coins() {
		b := v.balanceOf(c.Code)
		byCoin[c.Code] = b
		entry := fields{"currency": c.Code}
		for k, x := range b {
			entry[k] = x
		}
		list = append(list, entry)
	}
	data := fields{"merchantId": "cmsandboxmerchant", "businessName": "Sandbox", "balances": byCoin, "timestamp": stamp(v.cfg.Now())}
	if v.set.BalanceList {
		data["balances"], data["summary"] = list, fields{"totalCurrencies": len(list)}
	}
	v.mu.Unlock()
	v.ok(w, http.StatusOK, "Balances retrieved", data)
}

func (v *Vendor) balance(w http.ResponseWriter, r *http.Request) {
	code := r.PathValue("currency")
	if _, known := findCoin(code); !known {
		v.fail(w, refuse(http.StatusNotFound, "Currency not found"))
		return
	}
	v.mu.Lock()
	v.settleLocked()
	b := v.balanceOf(code)
	b["totalFees"], b["lastUpdated"] = v.set.money(v.account(code).fees), stamp(v.cfg.Now())
	v.mu.Unlock()
	v.ok(w, http.StatusOK, "Balance retrieved", fields{"currency": code, "balance": b})
}
