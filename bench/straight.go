package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/redis/go-redis/v9"
)

const (
	vendorPause    = 20 * time.Millisecond
	deliveries     = 120 // a round, of each side
	deliveryLimit  = 1.3
	deliveryAim    = 1.1
	deliveryLimit2 = 2 // of the slowest
)

// straight is the other side of R2: what somebody would write who loses
// nothing as long as nothing breaks. The same calls in the same order, one key
// stored durably.
type straight struct {
	counters *counters
	redis    *redis.Client
	bot      *bot.Bot
	client   *http.Client
	run      context.Context //nolint:containedctx // what goes on after a webhook was answered ends with the server
	working  sync.WaitGroup
}

// startStraight serves it at an address of its own.
func startStraight(ctx context.Context, c *counters, fake *fakeTelegram, addr string) (base string, stop func(), err error) {
	b, err := bot.New(botToken, bot.WithSkipGetMe(), bot.WithServerURL(fake.base), bot.WithHTTPClient(startWait, newClient()))
	if err != nil {
		return "", nil, fmt.Errorf("straight bot: %w", err)
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &straight{
		counters: c, redis: redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, PoolSize: 32}), bot: b, client: newClient(), run: run,
	}
	base, stopServer, err := serveAs(ctx, "bare", s)
	return base, func() { stopServer(); cancel(); s.working.Wait(); _ = s.redis.Close() }, err
}

// ServeHTTP implements http.Handler.
func (s *straight) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, hookBodyMax))
	if err != nil || !signed(r.Header, body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var event struct {
		Order     string `json:"order_id"`
		Reference string `json:"client_reference"`
	}
	if json.Unmarshal(body, &event) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if s.redis.Set(r.Context(), "paid:"+event.Order, "1", 0).Err() != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "OK\n")                                // the sender may be gone
	chat, err := strconv.ParseInt(r.Header.Get(chatHeader), 10, 64) // ours looks it up in its order
	if err == nil {
		s.working.Go(func() { _ = s.deliver(event.Order, chat) }) // no codes is an error of the benchmark
	}
}

// chatHeader tells the straight line whose order it is, which saves it the
// reading.
const chatHeader = "X-Bench-Chat"

// deliver reads the payment, buys and shows the code.
func (s *straight) deliver(payment string, chat int64) error {
	var fact struct {
		Status string `json:"status"`
	}
	if err := s.ask(http.MethodGet, gatewayAt+"/v1/acquiring/order?order_id="+payment, nil, &fact); err != nil || fact.Status != "paid" {
		return fmt.Errorf("payment %s: %w", fact.Status, err)
	}
	var bought struct {
		Data struct {
			Codes []struct {
				Code string `json:"code"`
			} `json:"codes"`
		} `json:"data"`
	}
	wanted := []byte(`{"product_id":"` + item(int(chat)) + `","quantity":1}`)
	if err := s.ask(http.MethodPost, voucherAt+"/orders/buy", wanted, &bought); err != nil || len(bought.Data.Codes) == 0 {
		return fmt.Errorf("%d codes: %w", len(bought.Data.Codes), err)
	}
	_, err := s.bot.EditMessageText(s.run, &bot.EditMessageTextParams{
		ChatID: chat, MessageID: screenMessage, ParseMode: models.ParseModeHTML, Text: "<code>" + bought.Data.Codes[0].Code + "</code>",
	})
	return err
}

func (s *straight) ask(method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(s.run, method, s.counters.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	defer res.Body.Close()
	if err = json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	return nil
}

// delivery is R2.
func delivery(ctx context.Context, s settings) ([]result, error) {
	fake, err := startFake(ctx)
	if err != nil {
		return nil, err
	}
	defer fake.stop()
	c, err := startCounters(ctx)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	defer server.stop()
	m, err := openMill(ctx, millOptions{redis: server.url, counters: c, telegram: fake.base})
	if err != nil {
		return nil, err
	}
	defer m.stop()
	base, stop, err := startStraight(ctx, c, fake, server.addr)
	if err != nil {
		return nil, err
	}
	defer stop()
	r := race{counters: c, fake: fake, mill: m, straight: base, client: newClient(), each: s.count(deliveries)}
	return r.run(ctx, s.rounds)
}

// race is R2 under way.
type race struct {
	counters *counters
	fake     *fakeTelegram
	mill     *mill
	straight string
	client   *http.Client
	each     int // deliveries of each side in a round
}

func (r *race) run(ctx context.Context, count int) ([]result, error) {
	middle, slowest := make(rounds, 2), make(rounds, 2)
	for round := range count + 1 {
		// Placed just before: a link that is not paid is read after 30 s.
		list, err := r.parcels(ctx, round)
		if err != nil {
			return nil, err
		}
		took := make([][]time.Duration, 2)
		for i := range r.each {
			for turn := range 2 {
				side := (turn + i) % 2
				one, err := r.once(ctx, side, list[side][i])
				if err != nil {
					return nil, err
				}
				took[side] = append(took[side], one)
			}
		}
		if round == 0 {
			continue // connections, caches
		}
		for side := range took {
			middle[side] = append(middle[side], time.Duration(median(took[side])))
			slowest[side] = append(slowest[side], quantile(took[side], 0.99))
		}
	}
	return deliveryResults(middle, slowest, r.each), nil
}

// parcels are the orders of one round: ours, and as many that only the gateway
// knows.
func (r *race) parcels(ctx context.Context, round int) ([2][]parcel, error) {
	defer r.slow(vendorPause)
	r.slow(0)
	first := 2 * round * r.each
	ours, err := r.mill.prepare(ctx, r.fake, first, r.each)
	if err != nil {
		return [2][]parcel{}, err
	}
	theirs := make([]parcel, r.each)
	for i := range theirs {
		number, err := r.mill.engine.NewNumber(int64(firstPaying + first + r.each + i))
		if err != nil {
			return [2][]parcel{}, fmt.Errorf("draw a number: %w", err)
		}
		theirs[i] = parcel{number: number, buyer: int64(firstPaying + first + r.each + i)}
		theirs[i].external = r.counters.issue(link{reference: number.Reference(1), amount: paidTotal}).id
		theirs[i].codes = r.fake.awaits(theirs[i].buyer)
	}
	return [2][]parcel{ours, theirs}, nil
}

// slow has everybody outside answer after a pause.
func (r *race) slow(pause time.Duration) {
	r.counters.pause.Store(int64(pause))
	r.fake.pause.Store(int64(pause))
}

// once pays one order, of the mill or of the straight line, and waits until
// its code arrives at Telegram.
func (r *race) once(ctx context.Context, side int, p parcel) (time.Duration, error) {
	url := r.mill.base + "/webhooks/infini"
	if side == 1 {
		url = r.straight
	}
	r.counters.pay(p.external)
	req, err := paidHook(ctx, url, "evt-"+string(p.number), p.number, p.external)
	if err != nil {
		return 0, err
	}
	req.Header.Set(chatHeader, strconv.FormatInt(p.buyer, 10))
	began := time.Now()
	if err = post(r.client, req); err != nil {
		return 0, err
	}
	at, err := p.delivered(ctx)
	return at.Sub(began), err
}

func deliveryResults(middle, slowest rounds, each int) []result {
	what := "From sending a signed payment webhook until the edit with the code arrives at Telegram, one order at a time, gateway, supplier and Telegram each answering after " +
		vendorPause.String() + ": webhook, claim, reading the payment, permit, booking, buying, sealing and storing the code, announcement, edit. " +
		"Put together as production is, with the vendors' rate limits lifted: four purchases in ten seconds would be all. " +
		"Nothing else is under way: unpaid links that are read in the same moment would wait in the same queue."
	return []result{
		{
			name: "R2, paid to codes, median", unit: "×", values: middle.ratios(1), limit: deliveryLimit, aim: deliveryAim, ours: what,
			rival:  "a straight line of the same calls in the same order: HMAC, one fsynced `SET`, the webhook answered, payment read, code bought, message edited.",
			detail: middle.sides("an order"),
		},
		{
			name: "R2, paid to codes, 99 of 100", unit: "×", values: slowest.ratios(1), limit: deliveryLimit2,
			ours: fmt.Sprintf("The same, the 99th percentile of %d orders a round.", each), rival: "the same.", detail: slowest.sides("an order"),
		},
	}
}
