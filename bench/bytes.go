package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"giftbot/catalog"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/plexy"
)

const (
	sessionLimit  = 400 // bytes
	sessionAim    = 300
	orderLimit    = 1500
	orderAim      = 900
	soldVouchers  = 2000
	soldTopUps    = 200
	soldCards     = 100
	codeSupplier  = "infinivoucher"
	giftNote      = "Happy birthday, Ada! Have a good one."
	sideBySide    = 4                // orders at a time
	smallestOrder = 100 * order.Cent // the gateway takes no less
)

// redisBytes is R5.
func redisBytes(ctx context.Context, s settings) ([]result, error) {
	session, err := sessionBytes(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	orders, err := orderBytes(ctx, s)
	return append([]result{session}, orders...), err
}

// orderBytes sells goods of each kind and counts what remains of it in Redis.
func orderBytes(ctx context.Context, s settings) ([]result, error) {
	var results []result
	for _, g := range []struct {
		kind  order.Kind
		name  string
		count int
	}{
		{order.KindVoucher, "voucher", soldVouchers},
		{order.KindTopUp, "top-up of two fields", soldTopUps},
		{order.KindCard, "gift card with a message", soldCards},
	} {
		r, err := soldBytes(ctx, g.kind, s.count(g.count))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.name, err)
		}
		r.name = "R5, closed order, " + g.name
		results = append(results, r)
	}
	return results, nil
}

// soldBytes sells one kind in a shop of its own.
func soldBytes(ctx context.Context, k order.Kind, many int) (result, error) {
	server, err := startRedis(ctx)
	if err != nil {
		return result{}, err
	}
	defer server.stop()
	t, err := openTill(ctx, server.url)
	if err != nil {
		return result{}, err
	}
	defer t.end()
	client := redis.NewClient(&redis.Options{Addr: server.addr, Protocol: 2})
	defer func() { _ = client.Close() }()
	drafts, err := t.drafts(k, many)
	if err != nil {
		return result{}, err
	}
	// The first purchase makes what all share.
	if err = t.sell(ctx, drafts[:1]); err == nil {
		err = t.close(ctx)
	}
	if err != nil {
		return result{}, err
	}
	before, err := count(ctx, client)
	if err != nil {
		return result{}, err
	}
	for batch := range slices.Chunk(drafts[1:], sideBySide) {
		if err = t.sell(ctx, batch); err != nil {
			return result{}, err
		}
	}
	watched, err := count(ctx, client)
	if err != nil {
		return result{}, err
	}
	if err = t.close(ctx); err != nil {
		return result{}, err
	}
	after, err := count(ctx, client)
	return orderResult(before, watched, after, len(drafts)-1), err
}

func orderResult(before, watched, after census, many int) result {
	return result{
		unit: "bytes", values: []float64{after.per(many, before)}, limit: orderLimit, aim: orderAim,
		ours: fmt.Sprintf("Memory of everything Redis holds, counted over all keys, per order: %d people with one order of one line each, paid, delivered, the link no longer watched.", many),
		detail: fmt.Sprintf("%s; while the link is watched %.0f in all; by Redis's own account of its memory %.0f",
			after.parts(many, before), watched.per(many, before), (after.data-before.data)/float64(many)),
	}
}

// drafts are orders of different people, over all products of a kind by turns.
func (t *till) drafts(k order.Kind, many int) ([]order.Draft, error) {
	products := t.products(k)
	if len(products) == 0 {
		return nil, errors.New("nothing to sell")
	}
	list, stock := make([]order.Draft, many), map[string]int{}
	for i := range list {
		p := products[i%len(products)]
		line := order.DraftLine{
			Product: p.ID, Supplier: p.Supplier, Item: p.Item, Name: p.Title, Quantity: 1, UnitPrice: p.Price, UnitCost: p.Cost,
			Kind: p.Kind, Face: p.Face.Min, Purse: p.Purse, Usual: p.Usual,
		}
		switch k {
		case order.KindVoucher:
			stock[p.Item] = many
		case order.KindTopUp:
			line.Details.Account = []order.Part{{Key: p.Fields[0].Key, Value: login(i)}, {Key: p.Fields[1].Key, Value: email(i)}}
		case order.KindCard:
			line.Details.Message = giftNote
		}
		list[i] = order.Draft{Buyer: firstPerson + int64(i), Language: "en", Gateway: infini.Vendor, Lines: []order.DraftLine{line}}
	}
	err := t.world.InfiniVoucher.Apply(infinivoucher.Change{Stock: stock})
	return list, errors.Join(err, t.world.Plexy.Apply(plexy.Change{Balances: map[string]string{"USD": "100000000"}}))
}

// products are what the benchmark sells of a kind: codes of the supplier that
// has the most, and the top-ups that ask for most.
func (t *till) products(k order.Kind) []catalog.Product {
	snapshot := t.app.Catalog().Snapshot()
	var list []catalog.Product
	for _, category := range snapshot.Categories(k) {
		for _, id := range category.Products {
			p, ok := snapshot.Product(id)
			switch {
			case !ok || p.Stock == 0 || p.Price < smallestOrder:
			case k == order.KindVoucher && p.Supplier != codeSupplier:
			case k == order.KindTopUp && len(p.Fields) != 2:
			default:
				list = append(list, p)
			}
		}
	}
	return list
}

// login and email are what people type for an account.
func login(person int) string { return fmt.Sprintf("ada_lovelace_%04d", person) }
func email(person int) string { return fmt.Sprintf("ada.lovelace.%04d@example.com", person) }
