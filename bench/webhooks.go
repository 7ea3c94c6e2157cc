package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/order"
	"giftbot/sandbox/infini"
)

const (
	hooksAlone    = 50 // a turn
	hooksTogether = 192
	hooksPerOrder = 2 // a payment is usually announced twice: seen, and confirmed
	senders       = 16
	hookLimit     = 1.3
	hookAim       = 1.1
	hookBodyMax   = 64 << 10
)

// sender posts signed payment webhooks to one receiver and times the answers.
type sender struct {
	url    string
	client *http.Client
	orders []order.Number
	next   *atomic.Int64 // the next webhook: each order gets hooksPerOrder
}

// send posts the next webhook, each with an event id of its own.
func (s sender) send(ctx context.Context) (time.Duration, error) {
	n := s.next.Add(1) - 1
	number := s.orders[int(n/hooksPerOrder)%len(s.orders)]
	req, err := paidHook(ctx, s.url, "evt-"+strconv.FormatInt(n, 10), number, fmt.Sprintf("00000000-0000-4000-8000-%012d", n/hooksPerOrder))
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err = post(s.client, req); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}

// paidHook is the signed news that an order was paid.
func paidHook(ctx context.Context, url, event string, number order.Number, external string) (*http.Request, error) {
	now := time.Now().Unix()
	body, err := json.Marshal(map[string]any{
		"event": "order.completed", "order_id": external, "client_reference": number.Reference(1),
		"amount": "12.50", "currency": "USD", "status": "paid", "amount_confirmed": "12.50", "amount_confirming": "0",
		"created_at": now, "updated_at": now,
	})
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	stamp := strconv.FormatInt(now, 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Webhook-Timestamp", stamp)
	req.Header.Set("X-Webhook-Event-Id", event)
	req.Header.Set("X-Webhook-Signature", infini.SignWebhook(infiniHook, stamp, event, body))
	return req, nil
}

// post sends a webhook and waits for the answer.
func post(client *http.Client, req *http.Request) error {
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body) // a word
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("webhook: status %d", res.StatusCode)
	}
	return nil
}

// alone is one webhook after the other: the median time to the answer.
func (s sender) alone(ctx context.Context, hooks int) (time.Duration, error) {
	took := make([]time.Duration, hooks)
	for i := range took {
		var err error
		if took[i], err = s.send(ctx); err != nil {
			return 0, err
		}
	}
	return time.Duration(median(took)), nil
}

// together is many at once: the time over all divided by the webhooks.
func (s sender) together(ctx context.Context, hooks int) (time.Duration, error) {
	errs, each := make([]error, senders), max(hooks/senders, 1)
	var all sync.WaitGroup
	began := time.Now()
	for i := range errs {
		all.Go(func() {
			for range each {
				if _, errs[i] = s.send(ctx); errs[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began) / time.Duration(each*senders), errors.Join(errs...)
}

// webhooks is R3.
func webhooks(ctx context.Context, s settings) ([]result, error) {
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	ourShop, err := openShop(ctx, shopOptions{redis: server.url, passive: true})
	if err != nil {
		return nil, err
	}
	defer ourShop.stop()
	hooks := s.rounds*alternations*(s.count(hooksAlone)+s.count(hooksTogether)) + senders*s.count(hooksAlone)
	orders, err := placeOrders(ctx, ourShop, hooks/hooksPerOrder+1)
	if err != nil {
		return nil, err
	}
	client := redis.NewClient(&redis.Options{Addr: server.addr, Protocol: 2, PoolSize: 32})
	defer func() { _ = client.Close() }()
	plainBase, stopPlain, err := serveAs(ctx, "bare", plainReceiver(client))
	if err != nil {
		return nil, err
	}
	defer stopPlain()
	var first, second atomic.Int64
	return compareHooks(ctx, s,
		sender{ourShop.base + "/webhooks/infini", newClient(), orders, &first},
		sender{plainBase, newClient(), orders, &second})
}

func compareHooks(ctx context.Context, s settings, ours, plain sender) ([]result, error) {
	for _, x := range []sender{ours, plain} {
		if _, err := x.together(ctx, s.count(hooksAlone)); err != nil {
			return nil, err
		}
	}
	alone := func(x sender) arm {
		return func() (time.Duration, error) { return x.alone(ctx, s.count(hooksAlone)) }
	}
	together := func(x sender) arm {
		return func() (time.Duration, error) { return x.together(ctx, s.count(hooksTogether)) }
	}
	one, err := interleave(s.rounds, alone(ours), alone(plain))
	if err != nil {
		return nil, err
	}
	many, err := interleave(s.rounds, together(ours), together(plain))
	if err != nil {
		return nil, err
	}
	return []result{{
		name: "R3, webhook answered", unit: "×", values: one.ratios(1), limit: hookLimit, aim: hookAim,
		ours: "A signed Infini webhook about an open order, new event id each time, until it is answered: HMAC, decoding, the hint stored and the order due. " +
			"What follows (the payment is read, the goods are bought) is switched off: the other side has none of it.",
		rival: "HMAC and one `SET NX` of the event id on the same Redis, same HTTP server.",
		detail: fmt.Sprintf("%s; with %d senders at once %s, %s ×, which has no limit: then the script's own work in Redis counts",
			one.sides("one at a time"), senders, many.sides("of the wall clock a webhook"), number(median(many.ratios(1)))),
	}}, nil
}

// placeOrders makes orders that wait for their payment.
func placeOrders(ctx context.Context, s *shop, count int) ([]order.Number, error) {
	snapshot := s.app.Catalog().Snapshot()
	category := snapshot.Categories(order.KindVoucher)[0]
	p, ok := snapshot.Product(category.Products[0])
	if !ok {
		return nil, errors.New("the catalogue is empty")
	}
	engine := s.app.Engine()
	numbers := make([]order.Number, count)
	for i := range numbers {
		buyer := int64(firstPerson + i) // one order each: there is a limit
		number, err := engine.NewNumber(buyer)
		if err != nil {
			return nil, fmt.Errorf("draw a number: %w", err)
		}
		_, err = engine.Place(ctx, order.Draft{Number: number, Buyer: buyer, Language: "en", Gateway: "infini", Lines: []order.DraftLine{{
			Product: p.ID, Supplier: p.Supplier, Item: p.Item, Name: p.Name, Quantity: 1, UnitPrice: p.Price, UnitCost: p.Cost,
		}}})
		if err != nil {
			return nil, fmt.Errorf("place an order: %w", err)
		}
		numbers[i] = number
	}
	return numbers, nil
}

// plainReceiver is the least a webhook receiver can do and not be fooled or
// forget: check the signature, remember the event durably.
func plainReceiver(client *redis.Client) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, hookBodyMax))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		event := r.Header.Get("X-Webhook-Event-Id")
		if !signed(r.Header, body) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if err := client.SetNX(r.Context(), "event:"+event, "1", 0).Err(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "OK\n") // the sender may be gone
	})
}

// signed checks a webhook's signature with nothing but the standard library.
func signed(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(infiniHook))
	mac.Write([]byte(h.Get("X-Webhook-Timestamp") + "." + h.Get("X-Webhook-Event-Id") + "."))
	mac.Write(body)
	return hmac.Equal([]byte(h.Get("X-Webhook-Signature")), []byte(hex.EncodeToString(mac.Sum(nil))))
}
