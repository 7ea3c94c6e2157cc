package infinivoucher

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// What the next purchase does instead of going well.
const (
	ModeNormal        = "normal"          // as always; lets a list skip a purchase
	ModeErrorBefore   = "error_before"    // 503, nothing bought
	ModeErrorAfter    = "error_after"     // bought, answered 502; a replay answers the codes
	ModeRateLimited   = "rate_limited"    // 429 with Retry-After: 10
	ModeStockConflict = "stock_conflict"  // 409 STOCK_CONFLICT
	ModeFewerCodes    = "fewer_codes"     // one code less than paid for
	ModeSameCodeTwice = "same_code_twice" // a code repeated within the order, or from an earlier one
	ModePending       = "pending"         // debited, PENDING, no codes yet
)

func modes() []string {
	return []string{
		ModeNormal, ModeErrorBefore, ModeErrorAfter, ModeRateLimited,
		ModeStockConflict, ModeFewerCodes, ModeSameCodeTwice, ModePending,
	}
}

// settings are the readings of the sheet and the faults a test may choose.
type settings struct {
	IPBlocked       bool
	Unhealthy       bool
	CacheErrors     string
	Scopes          []string // nil = those of the key
	CallsPerMinute  int
	PurchasesPer10s int
	PendingFor      time.Duration
	Next            []NextPurchase
}

// defaultSettings: tier STANDARD, infinivoucher sheet §7; final refusals are
// cached under the key, a conflict is not.
func defaultSettings() settings {
	return settings{CacheErrors: "final", CallsPerMinute: 60, PurchasesPer10s: 5}
}

// caches tells whether a refusal is remembered under the Idempotency-Key.
func (s settings) caches(code string) bool {
	switch s.CacheErrors {
	case "all":
		return true
	case "final":
		return code == "OUT_OF_STOCK" || code == "INSUFFICIENT_FUNDS"
	}
	return false
}

func (s *settings) takeMode() string {
	if len(s.Next) == 0 {
		return ModeNormal
	}
	n := s.Next[0]
	n.Times--
	s.Next = s.Next[1:]
	if n.Times > 0 {
		s.Next = append([]NextPurchase{n}, s.Next...)
	}
	return n.Mode
}

// NextPurchase plans the next purchases (replays of a known key do not count).
type NextPurchase struct {
	Mode  string `json:"mode"`
	Times int    `json:"times"` // 0 = once
}

// Change is what POST /control/vendors/infinivoucher accepts; absent fields stay.
type Change struct {
	Balance         *string           `json:"balance,omitempty"`       // USDT
	TopUp           *string           `json:"top_up,omitempty"`        // USDT, added
	WalletStatus    *string           `json:"wallet_status,omitempty"` // ACTIVE or FROZEN
	Stock           map[string]int    `json:"stock,omitempty"`         // product id → pieces
	Prices          map[string]string `json:"prices,omitempty"`        // product id → USDT
	Hidden          map[string]bool   `json:"hidden,omitempty"`        // product id → gone from the catalogue
	NextPurchase    []NextPurchase    `json:"next_purchase,omitempty"` // planned in this order, replaces earlier plans
	CompleteOrder   *string           `json:"complete_order,omitempty"`
	FailOrder       *string           `json:"fail_order,omitempty"`
	Refund          bool              `json:"refund,omitempty"`      // with fail_order: give the money back
	PendingFor      *string           `json:"pending_for,omitempty"` // Go duration; pending orders complete by themselves
	Unhealthy       *bool             `json:"unhealthy,omitempty"`
	IPBlocked       *bool             `json:"ip_blocked,omitempty"`
	Scopes          []string          `json:"scopes,omitempty"`            // of every key from now on
	CacheErrors     *string           `json:"cache_errors,omitempty"`      // none, final (402 and OUT_OF_STOCK) or all
	CallsPerMinute  *int              `json:"calls_per_minute,omitempty"`  // 0 = no limit
	PurchasesPer10s *int              `json:"purchases_per_10s,omitempty"` // 0 = no limit
	WebhookURL      *string           `json:"webhook_url,omitempty"`       // empty = none
	ResendOrder     *string           `json:"resend_order,omitempty"`      // order id: send its webhook once more
}

// Apply validates a change and then makes all of it, or none.
func (v *Vendor) Apply(c Change) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.check(c); err != nil {
		return err
	}
	v.applyWallet(c)
	for id, n := range c.Stock {
		v.byID[id].Stock = n
	}
	for id, text := range c.Prices {
		v.byID[id].Price = decimal.RequireFromString(text)
	}
	for id, hidden := range c.Hidden {
		v.byID[id].Hidden = hidden
	}
	c.into(&v.set)
	if c.WebhookURL != nil {
		v.out.SetURL(*c.WebhookURL)
	}
	v.applyOrders(c)
	return nil
}

func (v *Vendor) check(c Change) error {
	for _, err := range []error{c.checkMoney(), c.checkSettings(), v.checkProducts(c), v.checkOrders(c)} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c Change) checkMoney() error {
	for name, text := range map[string]*string{"balance": c.Balance, "top_up": c.TopUp} {
		if text == nil {
			continue
		}
		if d, err := decimal.NewFromString(*text); err != nil || d.IsNegative() {
			return fmt.Errorf("%s must be a decimal, not negative", name)
		}
	}
	if c.WalletStatus != nil && *c.WalletStatus != "ACTIVE" && *c.WalletStatus != "FROZEN" {
		return errors.New("wallet_status must be ACTIVE or FROZEN")
	}
	return nil
}

func (c Change) checkSettings() error {
	for _, n := range c.NextPurchase {
		if !slices.Contains(modes(), n.Mode) || n.Times < 0 {
			return fmt.Errorf("next_purchase: mode must be one of %v", modes())
		}
	}
	for _, s := range c.Scopes {
		if !slices.Contains(AllScopes(), s) {
			return fmt.Errorf("scopes must be among %v", AllScopes())
		}
	}
	if c.CacheErrors != nil && !slices.Contains([]string{"none", "final", "all"}, *c.CacheErrors) {
		return errors.New("cache_errors must be none, final or all")
	}
	for _, n := range []*int{c.CallsPerMinute, c.PurchasesPer10s} {
		if n != nil && *n < 0 {
			return errors.New("limits must not be negative")
		}
	}
	if c.PendingFor != nil {
		if d, err := time.ParseDuration(*c.PendingFor); err != nil || d < 0 {
			return errors.New(`pending_for must be a duration such as "30s"`)
		}
	}
	if c.WebhookURL != nil && *c.WebhookURL != "" {
		if u, err := url.Parse(*c.WebhookURL); err != nil || u.Host == "" {
			return errors.New("webhook_url must be an absolute URL")
		}
	}
	return nil
}

func (v *Vendor) checkProducts(c Change) error {
	for id, n := range c.Stock {
		if v.byID[id] == nil || n < 0 {
			return fmt.Errorf("stock: unknown product %q or negative number", id)
		}
	}
	for id, text := range c.Prices {
		d, err := decimal.NewFromString(text)
		if v.byID[id] == nil || err != nil || !d.IsPositive() {
			return fmt.Errorf("prices: unknown product %q or bad price", id)
		}
	}
	for id := range c.Hidden {
		if v.byID[id] == nil {
			return fmt.Errorf("hidden: unknown product %q", id)
		}
	}
	return nil
}

func (v *Vendor) checkOrders(c Change) error {
	for _, id := range []*string{c.CompleteOrder, c.FailOrder} {
		if id == nil {
			continue
		}
		if o := v.byOrder[*id]; o == nil {
			return ErrUnknownOrder
		} else if o.status != statusPending {
			return errors.New("order is not pending")
		}
	}
	if c.CompleteOrder != nil && c.FailOrder != nil && *c.CompleteOrder == *c.FailOrder {
		return errors.New("an order cannot both complete and fail")
	}
	if c.ResendOrder != nil && v.byOrder[*c.ResendOrder] == nil {
		return ErrUnknownOrder
	}
	return nil
}

func (v *Vendor) applyWallet(c Change) {
	if c.Balance != nil {
		v.book("ADJUSTMENT", decimal.RequireFromString(*c.Balance).Sub(v.balance), "")
	}
	if c.TopUp != nil {
		v.book("TOPUP", decimal.RequireFromString(*c.TopUp), "")
	}
	if c.WalletStatus != nil {
		v.frozen = *c.WalletStatus == "FROZEN"
	}
}

func (v *Vendor) applyOrders(c Change) {
	if c.CompleteOrder != nil {
		v.complete(v.byOrder[*c.CompleteOrder])
	}
	if c.FailOrder != nil {
		o := v.byOrder[*c.FailOrder]
		o.status = statusFailed
		if c.Refund {
			v.book("REFUND", o.total, o.id)
		}
	}
	if c.ResendOrder != nil {
		v.announce(v.byOrder[*c.ResendOrder])
	}
}

// into copies the plain settings; everything was validated before.
func (c Change) into(s *settings) {
	if c.NextPurchase != nil {
		s.Next = slices.Clone(c.NextPurchase)
	}
	if c.PendingFor != nil {
		s.PendingFor, _ = time.ParseDuration(*c.PendingFor)
	}
	if c.Unhealthy != nil {
		s.Unhealthy = *c.Unhealthy
	}
	if c.IPBlocked != nil {
		s.IPBlocked = *c.IPBlocked
	}
	if c.Scopes != nil {
		s.Scopes = slices.Clone(c.Scopes)
	}
	if c.CacheErrors != nil {
		s.CacheErrors = *c.CacheErrors
	}
	if c.CallsPerMinute != nil {
		s.CallsPerMinute = *c.CallsPerMinute
	}
	if c.PurchasesPer10s != nil {
		s.PurchasesPer10s = *c.PurchasesPer10s
	}
}
