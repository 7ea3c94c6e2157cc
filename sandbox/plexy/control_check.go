package plexy

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// maxMargin is in percent.
const maxMargin = 1000

func (v *Vendor) check(c Change) error {
	for _, err := range []error{c.checkMoney(), c.checkWords(), c.checkNumbers(), v.checkDeposit(c), v.checkProducts(c), v.checkOrders(c)} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c Change) checkMoney() error {
	for currency, text := range c.Balances {
		if d, err := decimal.NewFromString(text); err != nil || d.IsNegative() || currency == "" {
			return errors.New("balances must be decimals, not negative")
		}
	}
	if c.Deposit == nil {
		return nil
	}
	if d, err := decimal.NewFromString(c.Deposit.Amount); err != nil || !d.IsPositive() || c.Deposit.Currency == "" {
		return errors.New("deposit needs a currency and a positive amount")
	}
	if !slices.Contains([]string{"", "bank_wire", "manual"}, c.Deposit.Method) {
		return errors.New("deposit: method must be bank_wire or manual")
	}
	return nil
}

// checkWords judges the settings that are one word of a list.
func (c Change) checkWords() error {
	for _, one := range []struct {
		name string
		text *string
		list []string
	}{
		{"health", c.Health, []string{HealthRoot, HealthAgent, HealthKey}},
		{"error_shape", c.ErrorShape, errorShapes()},
		{"list_shape", c.ListShape, []string{ListPage, ListArray}},
		{"replay", c.Replay, []string{ReplayCached, ReplayCurrent, ReplayConflict}},
	} {
		if one.text != nil && !slices.Contains(one.list, *one.text) {
			return fmt.Errorf("%s must be one of %v", one.name, one.list)
		}
	}
	for _, n := range c.NextOrder {
		if !slices.Contains(modes(), n.Mode) || n.Times < 0 {
			return fmt.Errorf("next_order: mode must be one of %v", modes())
		}
	}
	return nil
}

func (c Change) checkNumbers() error {
	for name, text := range map[string]*string{"pending_for": c.PendingFor, "hidden_for": c.HiddenFor} {
		if text == nil {
			continue
		}
		if d, err := time.ParseDuration(*text); err != nil || d < 0 {
			return fmt.Errorf(`%s must be a duration such as "30s"`, name)
		}
	}
	if c.MaxPageSize != nil && *c.MaxPageSize < 1 {
		return errors.New("max_page_size must be at least 1")
	}
	return nil
}

func (v *Vendor) checkDeposit(c Change) error {
	if c.PostDeposit != nil && v.waiting(*c.PostDeposit) == nil {
		return errors.New("post_deposit: no such deposit, or it is posted")
	}
	return nil
}

func (v *Vendor) checkProducts(c Change) error {
	for id, text := range c.Margins {
		d, err := decimal.NewFromString(text)
		if v.byID[id] == nil || err != nil || d.IsNegative() || d.GreaterThan(decimal.NewFromInt(maxMargin)) {
			return fmt.Errorf("margins: unknown product %d, or not 0 to %d percent", id, maxMargin)
		}
	}
	for id, text := range c.Prices {
		d, err := decimal.NewFromString(text)
		if v.byID[id] == nil || err != nil || !d.IsPositive() {
			return fmt.Errorf("prices: unknown product %d or bad price", id)
		}
	}
	for id := range c.Inactive {
		if v.byID[id] == nil {
			return fmt.Errorf("inactive: unknown product %d", id)
		}
	}
	return nil
}

func (v *Vendor) checkOrders(c Change) error {
	ids := sortedKeys(c.Statuses)
	for _, id := range []*string{c.CompleteOrder, c.FailOrder} {
		if id != nil {
			ids = append(ids, *id)
		}
	}
	for _, id := range ids {
		if o := v.byOrder[id]; o == nil {
			return ErrUnknownOrder
		} else if o.status != statusPending {
			return errors.New("order is not pending")
		}
	}
	for _, word := range c.Statuses {
		if word == statusCompleted || word == statusFailed {
			return errors.New("statuses: use complete_order or fail_order for a documented end")
		}
	}
	if c.CompleteOrder != nil && c.FailOrder != nil && *c.CompleteOrder == *c.FailOrder {
		return errors.New("an order cannot both complete and fail")
	}
	return nil
}
