package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
	"giftbot/store"
)

func TestFloorIsAtLeast(t *testing.T) {
	for _, c := range []struct {
		values []float64
		missed bool
	}{{[]float64{0.9}, false}, {[]float64{0.85}, false}, {[]float64{0.84}, true}, {[]float64{0.2, 0.9, 2}, false}, {nil, true}} {
		r := result{name: "pace", values: c.values, limit: 0.85, floor: true}
		if r.missed() != c.missed {
			t.Errorf("%v: missed %v", c.values, r.missed())
		}
	}
	text := report{results: []result{{name: "pace", unit: "×", values: []float64{0.9}, limit: 0.85, floor: true}}}.markdown()
	if !strings.Contains(text, "| ≥ 0.85 |") || !strings.Contains(text, "| holds |") {
		t.Errorf("report:\n%s", text)
	}
}

func TestSpeedsAreTheOtherWayRound(t *testing.T) {
	r := rounds{{2 * time.Millisecond, 4 * time.Millisecond}, {time.Millisecond, time.Millisecond}}
	if got := r.speeds(); !cmp.Equal(got, []float64{0.5, 0.25}) {
		t.Errorf("speeds %v", got)
	}
	if got := r.pace(); got != "ours 333.3, the other side 1000 orders a second" {
		t.Errorf("pace %q", got)
	}
}

func TestSlotsAreSharedWithoutRest(t *testing.T) {
	for many := 1; many <= 7; many++ {
		next := 0
		for i := range many {
			from, to := share(i, many)
			if from != next || to < from {
				t.Errorf("piece %d of %d: %d to %d, want it to begin at %d", i, many, from, to, next)
			}
			next = to + 1
		}
		if next != slots {
			t.Errorf("%d pieces end at %d", many, next)
		}
	}
}

func TestTicksOfAProcess(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"42 (redis-server) S 1 42 42 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 5 0 100 1 2":  2 * time.Second,
		"42 (a (strange) name) S 1 42 42 0 -1 4194560 900 0 0 0 7 3 0 0 20 0 5 0 100 1 2": 100 * time.Millisecond,
		"42 (cut) S 1 42": 0,
		"":                0,
		"42 (no number) S 1 42 42 0 -1 4194560 900 0 0 0 x 3 0 0 20 0 5 0 100 1 2": 0,
	} {
		if got := ticks(line); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
	if used("/proc/self/stat") < 0 || used("/nowhere") != 0 {
		t.Error("a process that is not there has used the processor")
	}
}

func TestCrowdIsHeldAgainstTheQuiet(t *testing.T) {
	var r crowdResult
	r.add(false, phaseResult{took: []time.Duration{10, 10, 20}, cpu: 0.1})
	r.add(true, phaseResult{took: []time.Duration{10, 30, 60}, cpu: 0.5})
	r.add(true, phaseResult{took: []time.Duration{10, 20, 20}, cpu: 0.4})
	r.add(false, phaseResult{took: []time.Duration{10, 10, 10}, cpu: 0.2})
	got := r.results(&market{each: 3})[0]
	if !cmp.Equal(got.values, []float64{3, 2}) {
		t.Errorf("ratios %v", got.values)
	}
	for _, words := range []string{"45% of the processor", "15% without"} {
		if !strings.Contains(got.detail, words) {
			t.Errorf("detail lacks %q: %s", words, got.detail)
		}
	}
}

func TestRepeatIsTheMedianOrTheError(t *testing.T) {
	n := time.Duration(0)
	got, err := repeat(func() (time.Duration, error) { n++; return n, nil })
	if err != nil || got != (1+scaleTurn)/2 {
		t.Errorf("repeat = %d, %v", got, err)
	}
	wrong := errors.New("wrong")
	if _, err := repeat(func() (time.Duration, error) { return 0, wrong }); !errors.Is(err, wrong) {
		t.Errorf("repeat = %v", err)
	}
}

func TestLedgerLinesOfOneOrder(t *testing.T) {
	all := []string{"AAAAAAAAAA\nx|a|b|1", "BBBBBBBBBB\nx|AAAAAAAAAA|b|1", "AAAAAAAAAA\ny|a|b|2", "AAAAAAAAAAB\nz"}
	if got := linesOf(all, "AAAAAAAAAA"); !cmp.Equal(got, []string{all[0], all[2]}) {
		t.Errorf("lines %q", got)
	}
}

// TestCopiesAreOrders fills a Redis with copies of one order, and has the store
// claim and list them: the copied keys are those the store itself uses.
func TestCopiesAreOrders(t *testing.T) {
	p, err := takePattern(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStock(t.Context(), p, 2*perBuyer+3)
	t.Cleanup(s.stop)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.numbers) != 2*perBuyer+3 || len(s.own) != genuine {
		t.Fatalf("%d copies and %d orders to work with", len(s.numbers), len(s.own))
	}
	for _, op := range operations() {
		if took, failed := op.do(s, t.Context()); failed != nil || took <= 0 {
			t.Errorf("%s: %s, %v", op.name, took, failed)
		}
	}
	list, total, err := s.store.OfBuyer(t.Context(), firstCopied, 0, pageOfList)
	if err != nil || total != perBuyer || len(list) != pageOfList || list[0].Status != order.Delivered {
		t.Errorf("%d of %d orders, %v", len(list), total, err)
	}
	sameKinds(t, s)
}

// sameKinds holds the copies against what the store writes by itself.
func sameKinds(t *testing.T, s *stock) {
	t.Helper()
	err := s.server.with(func(c *redis.Client) error {
		for key, want := range map[string]string{
			"o:" + string(s.numbers[0]): "string", "o:" + string(s.own[0].Number): "string", "ledger": "list", "due": "zset", "reserve": "hash",
		} {
			shard := s.numbers[0].Shard()
			if strings.HasSuffix(key, string(s.own[0].Number)) {
				shard = s.own[0].Number.Shard()
			}
			if got := c.Type(context.Background(), fmt.Sprintf("{s%02d}:%s", shard, key)).Val(); got != want {
				t.Errorf("%s is a %s, want a %s", key, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCountersSpeakAsTheSheetsSay asks the fake vendors with the real clients.
func TestCountersSpeakAsTheSheetsSay(t *testing.T) {
	c, err := startCounters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	pay, err := infini.New(infini.Options{BaseURL: c.base + gatewayAt, KeyID: infiniKey, SecretKey: infiniSecret, Chain: unhindered()})
	if err != nil {
		t.Fatal(err)
	}
	gateway := infini.NewAdapter(pay, infini.AdapterTerms{PayMethods: []int{1}})
	n, err := order.NewNumber(strings.NewReader(strings.Repeat("seed", 20)), 3)
	if err != nil {
		t.Fatal(err)
	}
	key := order.PaymentKey("shop", n, 1, infini.Vendor, priceOfOne)
	link, err := gateway.Open(t.Context(), order.OpenRequest{Key: key, Reference: n.Reference(1), Amount: priceOfOne, Lifetime: time.Hour})
	if err != nil || link.External == "" || link.URL == "" {
		t.Fatalf("link %+v, %v", link, err)
	}
	for _, want := range []order.FactStatus{order.FactOpen, order.FactPaid} {
		fact, failed := gateway.Read(t.Context(), order.Watched{External: link.External})
		if failed != nil || fact.Status != want || fact.Asked != priceOfOne || fact.Reference != n.Reference(1) {
			t.Errorf("fact %+v, %v, want %s", fact, failed, want)
		}
		c.pay(link.External)
	}
	if _, err = gateway.Read(t.Context(), order.Watched{External: "unknown"}); err == nil {
		t.Error("an unknown payment was read")
	}
	buyOne(t, c)
}

func buyOne(t *testing.T, c *counters) {
	t.Helper()
	client, err := infinivoucher.New(infinivoucher.Options{BaseURL: c.base + voucherAt, APIKey: voucherKey, Chain: unhindered()})
	if err != nil {
		t.Fatal(err)
	}
	adapter := infinivoucher.NewAdapter(client, time.Now)
	list, err := adapter.Listings(t.Context())
	if err != nil || len(list) != shelf || list[7].Stock == 0 {
		t.Fatalf("%d listings, %v", len(list), err)
	}
	receipt, err := adapter.Buy(t.Context(), order.Purchase{Key: "0b8f6a52-7d7e-4a3c-9a55-3f0d6f1b2c11", Item: item(7), Quantity: 1, UnitCost: costOfOne})
	if err != nil || len(receipt.Mismatch) > 0 || len(receipt.Pieces) != 1 || !strings.HasPrefix(receipt.Pieces[0].Code, codeMark) || receipt.Total != costOfOne {
		t.Errorf("receipt %+v, %v", receipt.Mismatch, err)
	}
	if (generous{adapter}).Terms().Sends != 0 || adapter.Terms().Sends == 0 {
		t.Error("the rate limit was not lifted, or there was none")
	}
}

// TestMillDelivers pays orders of one mill, and looks at what is stored.
func TestMillDelivers(t *testing.T) {
	server, err := startRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.stop)
	p, err := openPlant(t.Context(), 8, 2, server.url, store.ModeSingle)
	t.Cleanup(p.stop)
	if err != nil {
		t.Fatal(err)
	}
	list, err := p.mills[0].prepare(t.Context(), p.fake, 0, p.batch)
	if err != nil {
		t.Fatal(err)
	}
	if took, err := p.counters.grind(t.Context(), p.client, p.mills, list); err != nil || took <= 0 {
		t.Fatalf("grind = %s, %v", took, err)
	}
	for _, one := range list {
		err := until(t.Context(), func() (bool, error) {
			o, failed := p.mills[1].store.Load(t.Context(), one.number)
			return o.Status == order.Delivered, failed
		})
		if err != nil {
			t.Errorf("order %s: %v", one.number, err)
		}
	}
	if got := p.counters.sold.Load(); got != int64(len(list)) {
		t.Errorf("%d purchases for %d orders", got, len(list))
	}
}

func TestStraightLineChecksWhatItIsTold(t *testing.T) {
	s := &straight{}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")))
	if answer.Code != http.StatusUnauthorized {
		t.Errorf("without a signature: %d", answer.Code)
	}
	req, err := paidHook(t.Context(), "http://x/", "evt-1", "AAAAAAAAAA", "id")
	if err != nil {
		t.Fatal(err)
	}
	body, err := req.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	raw := make([]byte, req.ContentLength)
	if _, err = body.Read(raw); err != nil {
		t.Fatal(err)
	}
	if !signed(req.Header, raw) || signed(req.Header, raw[1:]) {
		t.Error("the signature does not tell right from wrong")
	}
}

func TestGateHoldsPurchasesOnly(t *testing.T) {
	passed := 0
	g := &gate{seen: make(chan time.Time, 4), next: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed++ })}
	ask := func(ctx context.Context, path string) {
		g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, path, nil))
	}
	dead, kill := context.WithCancel(t.Context())
	kill()
	g.shutting(true)
	ask(t.Context(), "/voucher/products")
	ask(dead, "/voucher"+buyRoute)
	g.shutting(false)
	ask(t.Context(), "/voucher"+buyRoute)
	if passed != 2 || len(g.seen) != 2 {
		t.Errorf("%d passed, %d purchases were seen", passed, len(g.seen))
	}
	if _, err := g.purchase(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAppendOnlyFilesAreFlushed(t *testing.T) {
	dir := t.TempDir()
	if err := flushed(dir); err != nil {
		t.Errorf("nothing to flush: %v", err)
	}
	if err := os.MkdirAll(dir+"/appendonlydir", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/appendonlydir/x.aof", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := flushed(dir); err != nil {
		t.Error(err)
	}
}
