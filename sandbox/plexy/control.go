package plexy

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// What the next order does instead of going well.
const (
	ModeNormal       = "normal"        // as always; lets a list skip an order
	ModeFail         = "fail"          // fails after the delay, the reservation comes back
	ModeFailKept     = "fail_kept"     // fails after the delay, the reservation does not come back
	ModeErrorBefore  = "error_before"  // 503, nothing ordered
	ModeErrorAfter   = "error_after"   // ordered, answered 502; a replay answers the order
	ModeRateLimited  = "rate_limited"  // 429 with Retry-After: 10
	ModeEmptyContent = "empty_content" // a voucher completes with {}
	ModeOddContent   = "odd_content"   // a voucher completes with a key that nobody knows
	ModeSameCode     = "same_code"     // a voucher completes with the goods of an earlier one
	ModeWrongTest    = "wrong_test"    // is_test is the opposite of what was sent
	ModeWrongSums    = "wrong_sums"    // balance_after is 0.01 less than it should be
)

func modes() []string {
	return []string{
		ModeNormal, ModeFail, ModeFailKept, ModeErrorBefore, ModeErrorAfter, ModeRateLimited,
		ModeEmptyContent, ModeOddContent, ModeSameCode, ModeWrongTest, ModeWrongSums,
	}
}

// UnknownAccounts are the account values nobody has, unless a control says
// otherwise: an order for one of them fails after the delay.
func UnknownAccounts() []string { return []string{"unknown", "unknown@example.com", "0000000000"} }

// settings are the readings of the sheet and the faults a test may choose.
type settings struct {
	PendingFor      time.Duration
	HiddenFor       time.Duration
	StopCompleting  bool
	StatusWord      string
	Frozen          bool
	Unhealthy       bool
	Health          string
	ErrorShape      string
	ListShape       string
	AbsentNulls     bool
	MaxPageSize     int
	RejectField     string
	Replay          string
	UnknownAccounts []string
	Next            []NextOrder
}

func defaultSettings() settings {
	return settings{
		PendingFor: 3 * time.Second, Health: HealthRoot, ErrorShape: ErrorCode, ListShape: ListPage,
		MaxPageSize: 100, Replay: ReplayCached, UnknownAccounts: UnknownAccounts(),
	}
}

func (s *settings) takeMode() string {
	if len(s.Next) == 0 {
		return ModeNormal
	}
	n := s.Next[0]
	n.Times--
	s.Next = s.Next[1:]
	if n.Times > 0 {
		s.Next = append([]NextOrder{n}, s.Next...)
	}
	return n.Mode
}

// NextOrder plans the next orders (replays of a known key do not count, refused
// orders do).
type NextOrder struct {
	Mode  string `json:"mode"`
	Times int    `json:"times"` // 0 = once
}

// Deposit is money that an admin sends to Plexy.
type Deposit struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`  // major units
	Method   string `json:"method"`  // bank_wire or manual; empty = bank_wire
	Pending  bool   `json:"pending"` // not yet posted: see post_deposit
}

// Change is what POST /control/vendors/plexy accepts; absent fields stay.
type Change struct {
	Balances        map[string]string `json:"balances,omitempty"`         // currency → major units
	Deposit         *Deposit          `json:"deposit,omitempty"`          // a new one
	PostDeposit     *int              `json:"post_deposit,omitempty"`     // id of a pending one
	Margins         map[int64]string  `json:"margins,omitempty"`          // product id → percent added to the charge
	Prices          map[int64]string  `json:"prices,omitempty"`           // product id → major units
	Inactive        map[int64]bool    `json:"inactive,omitempty"`         // product id → not sold
	NextOrder       []NextOrder       `json:"next_order,omitempty"`       // planned in this order, replaces earlier plans
	CompleteOrder   *string           `json:"complete_order,omitempty"`   // now
	FailOrder       *string           `json:"fail_order,omitempty"`       // now
	KeepReserve     bool              `json:"keep_reserve,omitempty"`     // with fail_order: the charge does not come back
	Statuses        map[string]string `json:"statuses,omitempty"`         // pending order id → word shown, and it stays so; empty = go on
	StatusWord      *string           `json:"status_word,omitempty"`      // shown for every pending order; empty = pending
	PendingFor      *string           `json:"pending_for,omitempty"`      // Go duration from creation to the end, for new orders
	HiddenFor       *string           `json:"hidden_for,omitempty"`       // Go duration in which a new order cannot be read: 404
	StopCompleting  *bool             `json:"stop_completing,omitempty"`  // pending orders stay pending
	Frozen          *bool             `json:"frozen,omitempty"`           // every order is a 400 agent_frozen
	Unhealthy       *bool             `json:"unhealthy,omitempty"`        // health is a 503
	Health          *string           `json:"health,omitempty"`           // root, agent or key
	ErrorShape      *string           `json:"error_shape,omitempty"`      // code, string, nested, numeric, plain or empty
	ListShape       *string           `json:"list_shape,omitempty"`       // page or array, of products and categories
	AbsentNulls     *bool             `json:"absent_nulls,omitempty"`     // a product's null numbers are left out
	MaxPageSize     *int              `json:"max_page_size,omitempty"`    // larger sizes are cut to it
	RejectField     *string           `json:"reject_field,omitempty"`     // a top field of POST /orders that is a 400; empty = none
	Replay          *string           `json:"replay,omitempty"`           // cached, current or conflict
	UnknownAccounts *[]string         `json:"unknown_accounts,omitempty"` // account values whose orders fail
}

// Apply validates a change and then makes all of it, or none. Orders whose time
// has come finish first, as they would have without the change.
func (v *Vendor) Apply(c Change) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.settleLocked()
	if err := v.check(c); err != nil {
		return err
	}
	v.applyMoney(c)
	for id, text := range c.Margins {
		v.byID[id].Margin = decimal.RequireFromString(text)
	}
	for id, text := range c.Prices {
		v.byID[id].Price = amount(text)
	}
	for id, inactive := range c.Inactive {
		v.byID[id].Inactive = inactive
	}
	c.into(&v.set)
	v.applyOrders(c)
	return nil
}

func (v *Vendor) applyMoney(c Change) {
	for _, currency := range sortedKeys(c.Balances) {
		wanted := decimal.RequireFromString(c.Balances[currency])
		v.move(MoveAdjustment, currency, wanted.Sub(v.available(currency)), "")
	}
	if c.Deposit != nil {
		v.payIn(*c.Deposit)
	}
	if c.PostDeposit != nil {
		v.post(v.waiting(*c.PostDeposit))
	}
}

// waiting is a deposit not yet posted, or nil.
func (v *Vendor) waiting(id int) *deposit {
	for _, d := range v.deposits {
		if d.id == id && d.postedAt.IsZero() {
			return d
		}
	}
	return nil
}

func (v *Vendor) applyOrders(c Change) {
	for id, word := range c.Statuses {
		v.byOrder[id].word = word
	}
	if c.CompleteOrder != nil {
		v.complete(v.byOrder[*c.CompleteOrder])
	}
	if c.FailOrder != nil {
		v.failOrder(v.byOrder[*c.FailOrder], !c.KeepReserve)
	}
	v.pending = slices.DeleteFunc(v.pending, func(o *order) bool { return o.status != statusPending })
}

// into copies the plain settings; everything was validated before.
func (c Change) into(s *settings) {
	if c.NextOrder != nil {
		s.Next = slices.Clone(c.NextOrder)
	}
	if c.UnknownAccounts != nil {
		s.UnknownAccounts = slices.Clone(*c.UnknownAccounts)
	}
	if c.PendingFor != nil {
		s.PendingFor, _ = time.ParseDuration(*c.PendingFor)
	}
	if c.HiddenFor != nil {
		s.HiddenFor, _ = time.ParseDuration(*c.HiddenFor)
	}
	set(&s.StatusWord, c.StatusWord)
	set(&s.StopCompleting, c.StopCompleting)
	set(&s.Frozen, c.Frozen)
	set(&s.Unhealthy, c.Unhealthy)
	set(&s.Health, c.Health)
	set(&s.ErrorShape, c.ErrorShape)
	set(&s.ListShape, c.ListShape)
	set(&s.AbsentNulls, c.AbsentNulls)
	set(&s.MaxPageSize, c.MaxPageSize)
	set(&s.RejectField, c.RejectField)
	set(&s.Replay, c.Replay)
}

// set copies a value that is given.
func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}
