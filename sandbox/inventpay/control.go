package inventpay

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// ErrUnknownWithdrawal is returned for a withdrawal id that was never made.
var ErrUnknownWithdrawal = errors.New("unknown withdrawal")

// settings are the readings of the sheet and the faults a test may choose.
type settings struct {
	Envelope, Numbers, Strings, FourStatuses, BaseAsUSDT, Created201 bool
	BalanceList, FlatWebhooks, LateCompletes, HTTPSOnly              bool
	HTMLErrors, Blocked, HoldWithdrawals, FailWithdrawals            bool
	PaidEvent, DeliverTo                                             string
	Coins                                                            []string // nil = all
	Prices                                                           map[string]decimal.Decimal
	Limits                                                           map[string]int
	FeeRate                                                          decimal.Decimal
	ConfirmAfter, WithdrawAfter                                      time.Duration
	NextWithdrawal                                                   kit.Withdrawals
}

func defaultSettings() settings {
	return settings{
		PaidEvent: eventCompleted, DeliverTo: "both", Limits: defaultLimits(), Prices: map[string]decimal.Decimal{},
		FeeRate: decimal.New(1, -2), WithdrawAfter: 30 * time.Second,
	}
}

func hundred() decimal.Decimal { return decimal.NewFromInt(100) }

// settings returns a copy that stays as it is: maps are replaced, not changed.
func (v *Vendor) settings() settings {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.set
}

// paidEvents are the names under which a completion is told; the docs treat
// both as one (inventpay sheet §5).
func (s settings) paidEvents() []string {
	if s.PaidEvent == "both" {
		return []string{eventConfirmed, eventCompleted}
	}
	return []string{s.PaidEvent}
}

// Change is what POST /control/vendors/inventpay accepts; absent fields stay.
type Change struct {
	Envelope         *bool             `json:"envelope,omitempty"`           // status endpoint inside data (sheet §2)
	Numbers          *bool             `json:"numbers,omitempty"`            // amounts of the status endpoint as numbers (sheet §3)
	Strings          *bool             `json:"strings,omitempty"`            // amounts elsewhere as strings (sheet §7)
	FourStatuses     *bool             `json:"four_statuses,omitempty"`      // PENDING until final (sheet §4)
	BaseAsUSDT       *bool             `json:"base_as_usdt,omitempty"`       // a USD price comes back in USDT (sheet §3)
	Created201       *bool             `json:"created_201,omitempty"`        // creates answer 201 (sheet §2)
	BalanceList      *bool             `json:"balance_list,omitempty"`       // balances as a list (sheet §3)
	FlatWebhooks     *bool             `json:"flat_webhooks,omitempty"`      // no data object (sheet §5)
	LateCompletes    *bool             `json:"late_completes,omitempty"`     // money after expiry can complete (sheet §7 says it cannot)
	HTTPSOnly        *bool             `json:"https_only,omitempty"`         // refuse plain HTTP webhook URLs (sheet §5)
	HTMLErrors       *bool             `json:"html_errors,omitempty"`        // errors that are not JSON (sheet §2)
	Blocked          *bool             `json:"blocked,omitempty"`            // 403 for every call with a key
	HoldWithdrawals  *bool             `json:"hold_withdrawals,omitempty"`   // new withdrawals need approve_withdrawal
	FailWithdrawals  *bool             `json:"fail_withdrawals,omitempty"`   // withdrawals end as FAILED, the money comes back
	PaidEvent        *string           `json:"paid_event,omitempty"`         // payment.completed, payment.confirmed or both
	DeliverTo        *string           `json:"deliver_to,omitempty"`         // merchant, callback or both
	Coins            []string          `json:"coins,omitempty"`              // offered from now on
	Prices           map[string]string `json:"prices,omitempty"`             // coin → USD, for payments made from now on
	Limits           map[string]int    `json:"limits,omitempty"`             // create, status, withdraw, other: calls a minute, 0 = no limit
	FeeRate          *string           `json:"fee_rate,omitempty"`           // fraction of what arrives, 0 to 1
	ConfirmAfter     *string           `json:"confirm_after,omitempty"`      // Go duration a transfer takes when it names none
	WithdrawAfter    *string           `json:"withdraw_after,omitempty"`     // Go duration a withdrawal takes
	Balances         map[string]string `json:"balances,omitempty"`           // coin → available from now on
	WebhookURL       *string           `json:"webhook_url,omitempty"`        // empty = none
	ShowStatus       map[string]string `json:"show_status,omitempty"`        // payment id → any word on the status endpoint, empty = the truth
	Fail             *string           `json:"fail,omitempty"`               // payment id: FAILED, told
	Cancel           *string           `json:"cancel,omitempty"`             // payment id: CANCELLED
	Approve          *string           `json:"approve_withdrawal,omitempty"` // withdrawal id
	NextWithdrawal   kit.Withdrawals   `json:"next_withdrawal,omitempty"`    // planned in this order, replaces earlier plans
	FinishWithdrawal *WithdrawalEnd    `json:"finish_withdrawal,omitempty"`  // end one now
	Resend           *Resend           `json:"resend,omitempty"`             // send one more webhook
}

// Resend asks for one more webhook about a payment.
type Resend struct {
	PaymentID string `json:"payment_id"`
	Event     string `json:"event"`
}

// Apply validates a change and then makes all of it, or none.
func (v *Vendor) Apply(c Change) error {
	if err := c.check(); err != nil {
		return err
	}
	// Those that name a payment can fail, so they go first and alone.
	if err := v.applyActs(c); err != nil {
		return err
	}
	if c.WebhookURL != nil {
		v.setURL(*c.WebhookURL)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := range c.ShowStatus {
		if v.byID[id] == nil {
			return ErrUnknownPayment
		}
	}
	for id, word := range c.ShowStatus {
		v.byID[id].shown = word
	}
	for code, text := range c.Balances {
		a := v.account(code)
		a.earned = a.earned.Add(decimal.RequireFromString(text).Sub(a.available()))
	}
	c.into(&v.set)
	return nil
}

func (v *Vendor) applyActs(c Change) error {
	switch {
	case c.Fail != nil:
		return v.Fail(*c.Fail, statusFailed, "Blockchain error")
	case c.Cancel != nil:
		return v.Fail(*c.Cancel, statusCancelled, "")
	case c.Resend != nil:
		return v.Announce(c.Resend.PaymentID, c.Resend.Event)
	case c.Approve != nil:
		return v.approve(*c.Approve)
	case c.FinishWithdrawal != nil:
		return v.FinishWithdrawal(*c.FinishWithdrawal)
	}
	return nil
}

// approve lets a held withdrawal go on.
func (v *Vendor) approve(id string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := v.byPayout[id]
	if w == nil {
		return ErrUnknownWithdrawal
	}
	if !w.held {
		return errors.New("withdrawal needs no approval")
	}
	w.held, w.plan = false, ""
	w.schedule(v.cfg.Now(), w.finishAt.Sub(w.createdAt))
	return nil
}

func (c Change) check() error {
	for _, err := range []error{c.checkActs(), c.checkWords(), c.checkMoney(), c.checkTimes(), c.checkWithdrawals()} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c Change) checkActs() error {
	n := 0
	for _, asked := range []bool{c.Fail != nil, c.Cancel != nil, c.Resend != nil, c.Approve != nil, c.FinishWithdrawal != nil, c.ShowStatus != nil} {
		if asked {
			n++
		}
	}
	if n > 1 {
		return errors.New("fail, cancel, resend, approve_withdrawal, finish_withdrawal, show_status: one at a time")
	}
	return nil
}

func (c Change) checkWords() error {
	if c.PaidEvent != nil && !slices.Contains([]string{eventCompleted, eventConfirmed, "both"}, *c.PaidEvent) {
		return errors.New("paid_event must be payment.completed, payment.confirmed or both")
	}
	if c.DeliverTo != nil && !slices.Contains([]string{"merchant", "callback", "both"}, *c.DeliverTo) {
		return errors.New("deliver_to must be merchant, callback or both")
	}
	for _, code := range c.Coins {
		if _, known := findCoin(code); !known {
			return fmt.Errorf("coins must be among %s", strings.Join(coinCodes(), ", "))
		}
	}
	for class, n := range c.Limits {
		if _, known := defaultLimits()[class]; !known || n < 0 {
			return errors.New("limits are of create, status, withdraw and other, and not negative")
		}
	}
	if c.WebhookURL != nil && *c.WebhookURL != "" && !hookURL(*c.WebhookURL, false) {
		return errors.New("webhook_url must be an absolute URL")
	}
	return nil
}

func (c Change) checkMoney() error {
	for _, byCoin := range []map[string]string{c.Prices, c.Balances} {
		for code, text := range byCoin {
			d, err := decimal.NewFromString(text)
			if _, known := findCoin(code); !known || err != nil || d.IsNegative() {
				return fmt.Errorf("bad amount %q of %q", text, code)
			}
		}
	}
	for code, text := range c.Prices {
		if decimal.RequireFromString(text).IsZero() {
			return fmt.Errorf("the price of %s must not be zero", code)
		}
	}
	if c.FeeRate == nil {
		return nil
	}
	if d, err := decimal.NewFromString(*c.FeeRate); err != nil || d.IsNegative() || d.GreaterThan(decimal.NewFromInt(1)) {
		return errors.New("fee_rate must be a fraction from 0 to 1")
	}
	return nil
}

func (c Change) checkWithdrawals() error {
	if slices.ContainsFunc(c.NextWithdrawal, func(n kit.NextWithdrawal) bool { return n.Code != 0 }) {
		return errors.New("next_withdrawal: there are no error codes here, the status is all (sheet §2)")
	}
	return c.NextWithdrawal.Validate()
}

func (c Change) checkTimes() error {
	for _, text := range []*string{c.ConfirmAfter, c.WithdrawAfter} {
		if text == nil {
			continue
		}
		if d, err := time.ParseDuration(*text); err != nil || d < 0 {
			return errors.New(`confirm_after and withdraw_after must be durations such as "45s"`)
		}
	}
	return nil
}

// into copies the plain settings; everything was validated before.
func (c Change) into(s *settings) {
	for to, from := range map[*bool]*bool{
		&s.Envelope: c.Envelope, &s.Numbers: c.Numbers, &s.Strings: c.Strings, &s.FourStatuses: c.FourStatuses,
		&s.BaseAsUSDT: c.BaseAsUSDT, &s.Created201: c.Created201, &s.BalanceList: c.BalanceList, &s.FlatWebhooks: c.FlatWebhooks,
		&s.LateCompletes: c.LateCompletes, &s.HTTPSOnly: c.HTTPSOnly, &s.HTMLErrors: c.HTMLErrors, &s.Blocked: c.Blocked,
		&s.HoldWithdrawals: c.HoldWithdrawals, &s.FailWithdrawals: c.FailWithdrawals,
	} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*string]*string{&s.PaidEvent: c.PaidEvent, &s.DeliverTo: c.DeliverTo} {
		if from != nil {
			*to = *from
		}
	}
	for to, from := range map[*time.Duration]*string{&s.ConfirmAfter: c.ConfirmAfter, &s.WithdrawAfter: c.WithdrawAfter} {
		if from != nil {
			*to, _ = time.ParseDuration(*from)
		}
	}
	if c.Coins != nil {
		s.Coins = slices.Clone(c.Coins)
	}
	if c.NextWithdrawal != nil {
		s.NextWithdrawal = slices.Clone(c.NextWithdrawal)
	}
	if c.FeeRate != nil {
		s.FeeRate = decimal.RequireFromString(*c.FeeRate)
	}
	s.Limits, s.Prices = maps.Clone(s.Limits), maps.Clone(s.Prices)
	maps.Copy(s.Limits, c.Limits)
	for code, text := range c.Prices {
		s.Prices[code] = decimal.RequireFromString(text)
	}
}
