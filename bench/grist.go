package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
)

// firstPaying is the first of the people who buy from a mill.
const firstPaying = 3_000_000_000

// parcel is one order that only lacks its payment.
type parcel struct {
	number   order.Number
	buyer    int64
	external string // the gateway's name for the payment
	codes    <-chan time.Time
}

// order places an order for one voucher.
func (m *mill) order(ctx context.Context, n int) (order.Number, error) {
	buyer := int64(firstPaying + n) // one order each: there is a limit
	number, err := m.engine.NewNumber(buyer)
	if err != nil {
		return "", fmt.Errorf("draw a number: %w", err)
	}
	price, err := order.ParseMoney(paidTotal)
	if err != nil {
		return "", fmt.Errorf("price: %w", err)
	}
	cost, err := order.ParseMoney(itemCost)
	if err != nil {
		return "", fmt.Errorf("cost: %w", err)
	}
	_, err = m.engine.Place(ctx, order.Draft{Number: number, Buyer: buyer, Language: "en", Gateway: infini.Vendor, Lines: []order.DraftLine{{
		Product: infinivoucher.Vendor + ":" + item(n), Supplier: infinivoucher.Vendor, Item: item(n), Name: "Voucher " + strconv.Itoa(n),
		Quantity: 1, UnitPrice: price, UnitCost: cost,
	}}})
	if err != nil {
		return "", fmt.Errorf("place an order: %w", err)
	}
	return number, nil
}

// prepare places orders and waits until each has its link in the chat. first
// is how many there are already.
func (m *mill) prepare(ctx context.Context, f *fakeTelegram, first, many int) ([]parcel, error) {
	list := make([]parcel, many)
	return list, crowd(senders, many, func(i int) error {
		number, err := m.order(ctx, first+i)
		if err != nil {
			return err
		}
		p := parcel{number: number, buyer: int64(firstPaying + first + i)}
		err = until(ctx, func() (bool, error) {
			o, failed := m.store.Load(ctx, number)
			if failed != nil || len(o.Payments) == 0 {
				return false, failed
			}
			p.external = o.Payments[0].External
			return p.external != "" && o.Message != 0, nil
		})
		if err != nil {
			return fmt.Errorf("order %s waits for its link: %w", number, err)
		}
		p.codes = f.awaits(p.buyer)
		list[i] = p
		return nil
	})
}

// paid has the gateway call an order paid and tell it to a webhook.
func (c *counters) paid(ctx context.Context, client *http.Client, webhook string, p parcel) error {
	c.pay(p.external)
	req, err := paidHook(ctx, webhook, "evt-"+string(p.number), p.number, p.external)
	if err != nil {
		return err
	}
	return post(client, req)
}

// delivered waits for an order's codes and tells when they arrived.
func (p parcel) delivered(ctx context.Context) (time.Time, error) {
	timer := time.NewTimer(startWait)
	defer timer.Stop()
	select {
	case at := <-p.codes:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	case <-timer.C:
		return time.Time{}, errors.New("no codes for order " + string(p.number))
	}
}

// grind pays orders from several senders at once and waits for all codes; the
// result is the time over all, divided by the orders.
func (c *counters) grind(ctx context.Context, client *http.Client, mills []*mill, list []parcel) (time.Duration, error) {
	began := time.Now()
	err := crowd(senders, len(list), func(i int) error {
		return c.paid(ctx, client, mills[i%len(mills)].base+"/webhooks/infini", list[i])
	})
	if err != nil {
		return 0, err
	}
	last := began
	for _, p := range list {
		at, err := p.delivered(ctx)
		if err != nil {
			return 0, err
		}
		if at.After(last) {
			last = at
		}
	}
	return last.Sub(began) / time.Duration(len(list)), nil
}
