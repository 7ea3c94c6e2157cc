package infini

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// settings are the readings of the sheet and the faults a test may choose.
type settings struct {
	Bare              bool
	Aliases           bool
	Numbers           bool
	ErrorsAs200       bool
	IPBlocked         bool
	NoCheckoutURL     bool
	ReplayRequestID   bool
	ExpiresInOptional bool
	ReissueRoute      string
	PayMethods        []int
	Tolerance         string
	ClockSkew         time.Duration
	CreateErrors      []CreateError
	ListArrays        bool
	TestChain         bool
	FailWithdrawals   bool
	NextWithdrawal    kit.Withdrawals
	WithdrawAfter     time.Duration
}

func defaultSettings() settings {
	return settings{ReissueRoute: "order", PayMethods: knownMethods(), Tolerance: "0", WithdrawAfter: time.Minute}
}

func (v *Vendor) settings() settings {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.set
}

// tolerance is checked when it is set, so it always parses.
func (s settings) tolerance() decimal.Decimal {
	return decimal.RequireFromString(s.Tolerance)
}

// takeCreateError uses up one planned refusal; nil when none is left.
func (s *settings) takeCreateError() *apiError {
	if len(s.CreateErrors) == 0 {
		return nil
	}
	e := s.CreateErrors[0]
	e.Times--
	s.CreateErrors = s.CreateErrors[1:]
	if e.Times > 0 {
		s.CreateErrors = append([]CreateError{e}, s.CreateErrors...)
	}
	return refuse(e.Status, e.Code, "refused by the sandbox")
}

// CreateError is a refusal of the next creates, nothing is made.
type CreateError struct {
	Status int `json:"status"` // HTTP, 400 to 599
	Code   int `json:"code"`   // infini sheet §8, such as 40017
	Times  int `json:"times"`  // 0 = once
}

// Change is what POST /control/vendors/infini accepts; absent fields stay.
type Change struct {
	Bare              *bool         `json:"bare,omitempty"`                // answer without the envelope (sheet §3)
	Aliases           *bool         `json:"aliases,omitempty"`             // use the other field names (sheet §4)
	Numbers           *bool         `json:"numbers,omitempty"`             // amounts as JSON numbers (sheet §7)
	ErrorsAs200       *bool         `json:"errors_as_200,omitempty"`       // code != 0 under HTTP 200 (sheet §3)
	IPBlocked         *bool         `json:"ip_blocked,omitempty"`          // refuse every call: not in whitelist
	NoCheckoutURL     *bool         `json:"no_checkout_url,omitempty"`     // create answers without checkout_url
	ReplayRequestID   *bool         `json:"replay_request_id,omitempty"`   // a repeated create answers the same order instead of 40901
	ExpiresInOptional *bool         `json:"expires_in_optional,omitempty"` // a create without expires_in lives 24 h
	ReissueRoute      *string       `json:"reissue_route,omitempty"`       // "order" (/order/token/reissue) or "token" (/token/reissue)
	PayMethods        []int         `json:"pay_methods,omitempty"`         // methods enabled in the console
	Tolerance         *string       `json:"tolerance,omitempty"`           // under-payment tolerance, in the order's currency
	ClockSkew         *string       `json:"clock_skew,omitempty"`          // Go duration the vendor's clock is ahead
	WebhookURL        *string       `json:"webhook_url,omitempty"`         // empty = none
	CreateErrors      []CreateError `json:"create_errors,omitempty"`       // refusals of the next creates, in order
	Resend            *Resend       `json:"resend,omitempty"`              // send one more webhook
	ConfirmByHand     *string       `json:"confirm_by_hand,omitempty"`     // order id: the merchant accepts a short order

	ListArrays        *bool           `json:"list_arrays,omitempty"`        // lists as bare arrays instead of pages
	TestChain         *bool           `json:"test_chain,omitempty"`         // withdrawals as in the vendor's own sandbox: TTRON/USDT only
	FailWithdrawals   *bool           `json:"fail_withdrawals,omitempty"`   // those that end from now on fail, the money comes back
	WithdrawAfter     *string         `json:"withdraw_after,omitempty"`     // Go duration from asked to ended, one minute by default
	Deposit           *string         `json:"deposit,omitempty"`            // stablecoin put into the merchant's balance
	Available         *string         `json:"available,omitempty"`          // stablecoin that can be withdrawn from now on
	NextWithdrawal    kit.Withdrawals `json:"next_withdrawal,omitempty"`    // planned in this order, replaces earlier plans
	FinishWithdrawal  *WithdrawalEnd  `json:"finish_withdrawal,omitempty"`  // end one now
	ApproveWithdrawal *string         `json:"approve_withdrawal,omitempty"` // request id of one in the state approval
	SurplusReturned   *string         `json:"surplus_returned,omitempty"`   // order id: the payer claims back what was paid above the price
	RenewSubscription *string         `json:"renew_subscription,omitempty"` // merchant_sub_id: the next invoice was paid
}

// Resend asks for one more webhook about an order.
type Resend struct {
	OrderID string `json:"order_id"`
	Event   string `json:"event"`
}

// Apply validates a change and then makes all of it, or none.
func (v *Vendor) Apply(c Change) error {
	n, err := c.check()
	if err != nil {
		return err
	}
	// What names an order can fail, so it goes first and alone.
	if err := v.act(c); err != nil {
		return err
	}
	if c.WebhookURL != nil {
		v.out.SetURL(*c.WebhookURL)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if c.ClockSkew != nil {
		v.set.ClockSkew = n.skew
	}
	if c.WithdrawAfter != nil {
		v.set.WithdrawAfter = n.withdrawAfter
	}
	v.deposited = v.deposited.Add(n.deposit)
	if c.Available != nil {
		v.settleLocked()
		v.deposited = v.deposited.Add(n.available.Sub(v.balance()))
	}
	c.into(&v.set)
	return nil
}

// act does the one thing a change may do to an order, withdrawal or subscription.
func (v *Vendor) act(c Change) error {
	switch {
	case c.Resend != nil:
		return v.Announce(c.Resend.OrderID, c.Resend.Event)
	case c.ConfirmByHand != nil:
		return v.ConfirmByHand(*c.ConfirmByHand)
	case c.FinishWithdrawal != nil:
		return v.FinishWithdrawal(*c.FinishWithdrawal)
	case c.ApproveWithdrawal != nil:
		return v.approve(*c.ApproveWithdrawal)
	case c.SurplusReturned != nil:
		return v.ReturnSurplus(*c.SurplusReturned)
	case c.RenewSubscription != nil:
		return v.RenewSubscription(*c.RenewSubscription)
	}
	return nil
}

// numbers are the parsed texts of a change.
type numbers struct {
	skew, withdrawAfter time.Duration
	deposit, available  decimal.Decimal
}

// check looks at every field and parses those that are texts.
func (c Change) check() (numbers, error) {
	acts := 0
	for _, given := range []bool{c.Resend != nil, c.ConfirmByHand != nil, c.FinishWithdrawal != nil, c.RenewSubscription != nil, c.ApproveWithdrawal != nil, c.SurplusReturned != nil} {
		if given {
			acts++
		}
	}
	if acts > 1 {
		return numbers{}, errors.New("resend, confirm_by_hand, finish_withdrawal, approve_withdrawal, surplus_returned and renew_subscription: one at a time")
	}
	if err := c.checkSettings(); err != nil {
		return numbers{}, err
	}
	return c.parse()
}

func (c Change) parse() (n numbers, err error) {
	if c.ClockSkew != nil {
		if n.skew, err = time.ParseDuration(*c.ClockSkew); err != nil {
			return n, errors.New(`clock_skew must be a duration such as "4m"`)
		}
	}
	if c.WithdrawAfter != nil {
		if n.withdrawAfter, err = time.ParseDuration(*c.WithdrawAfter); err != nil || n.withdrawAfter < 0 {
			return n, errors.New(`withdraw_after must be a duration such as "90s"`)
		}
	}
	if c.Deposit != nil {
		if n.deposit, err = positive("deposit", *c.Deposit); err != nil {
			return n, err
		}
	}
	if c.Available != nil {
		if n.available, err = decimal.NewFromString(*c.Available); err != nil || n.available.IsNegative() || c.Deposit != nil {
			return n, errors.New("available must be a decimal, not negative, and not beside deposit")
		}
	}
	return n, nil
}

func (c Change) checkSettings() error {
	if c.ReissueRoute != nil && *c.ReissueRoute != "order" && *c.ReissueRoute != "token" {
		return errors.New(`reissue_route must be "order" or "token"`)
	}
	for _, m := range c.PayMethods {
		if !slices.Contains(knownMethods(), m) {
			return fmt.Errorf("pay_methods must be among %v", knownMethods())
		}
	}
	if c.Tolerance != nil {
		if d, err := decimal.NewFromString(*c.Tolerance); err != nil || d.IsNegative() {
			return errors.New("tolerance must be a decimal, not negative")
		}
	}
	for _, e := range c.CreateErrors {
		if e.Status < 400 || e.Status > 599 || e.Code == 0 || e.Times < 0 {
			return errors.New("create_errors need a status of 400 to 599 and a code")
		}
	}
	if err := c.NextWithdrawal.Validate(); err != nil {
		return err
	}
	if c.WebhookURL != nil && *c.WebhookURL != "" {
		if u, err := url.Parse(*c.WebhookURL); err != nil || u.Host == "" {
			return errors.New("webhook_url must be an absolute URL")
		}
	}
	return nil
}

// into copies the plain settings; everything was validated before.
func (c Change) into(s *settings) {
	flags := []struct {
		from *bool
		to   *bool
	}{
		{c.Bare, &s.Bare}, {c.Aliases, &s.Aliases}, {c.Numbers, &s.Numbers},
		{c.ErrorsAs200, &s.ErrorsAs200}, {c.IPBlocked, &s.IPBlocked},
		{c.NoCheckoutURL, &s.NoCheckoutURL}, {c.ReplayRequestID, &s.ReplayRequestID},
		{c.ExpiresInOptional, &s.ExpiresInOptional}, {c.ListArrays, &s.ListArrays},
		{c.TestChain, &s.TestChain}, {c.FailWithdrawals, &s.FailWithdrawals},
	}
	for _, f := range flags {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if c.ReissueRoute != nil {
		s.ReissueRoute = *c.ReissueRoute
	}
	if c.PayMethods != nil {
		s.PayMethods = slices.Clone(c.PayMethods)
	}
	if c.Tolerance != nil {
		s.Tolerance = *c.Tolerance
	}
	if c.NextWithdrawal != nil {
		s.NextWithdrawal = slices.Clone(c.NextWithdrawal)
	}
	if c.CreateErrors != nil {
		s.CreateErrors = slices.Clone(c.CreateErrors)
	}
}
