package infini

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

func TestPaymentStories(t *testing.T) {
	hour := time.Hour
	for name, c := range map[string]struct {
		play   func(b *bench, id string)
		want   string
		events string
	}{
		"nothing": {func(*bench, string) {}, "pending 0/0 []", "order.create=pending"},
		"exact":   {func(b *bench, id string) { b.pay(id, PayOptions{}) }, "paid 0/12.5 []", "order.create=pending order.completed=paid"},
		"seen then confirmed": {func(b *bench, id string) {
			b.pay(id, PayOptions{ConfirmAfter: time.Minute})
			b.pass(time.Minute)
		}, "paid 0/12.5 []", "order.create=pending order.processing=processing order.completed=paid"},
		"seen": {func(b *bench, id string) { b.pay(id, PayOptions{Confirming: true}) }, "processing 12.5/0 []", "order.create=pending order.processing=processing"},
		"over": {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "20"}) }, "paid 0/20 [overpaid]", "order.create=pending order.completed=paid"},
		"twice": {func(b *bench, id string) { b.pay(id, PayOptions{}); b.pay(id, PayOptions{}) }, "paid 0/25 [overpaid]",
			"order.create=pending order.completed=paid order.completed=paid"},
		"two halves": {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "6"}); b.pay(id, PayOptions{}) }, "paid 0/12.5 []",
			"order.create=pending order.processing=processing order.completed=paid"},
		"short, open":   {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "5"}) }, "processing 0/5 []", "order.create=pending order.processing=processing"},
		"short, closed": {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "5"}); b.pass(hour) }, "partial_paid 0/5 [underpaid]", "order.create=pending order.processing=processing order.expired=partial_paid"},
		"unpaid":        {func(b *bench, _ string) { b.pass(hour) }, "expired 0/0 []", "order.create=pending order.expired=expired"},
		"late":          {func(b *bench, id string) { b.pass(2 * hour); b.pay(id, PayOptions{}) }, "expired 0/12.5 [late]", "order.create=pending order.expired=expired order.late_payment=expired"},
		"confirmed after expiry": {func(b *bench, id string) {
			b.pay(id, PayOptions{ConfirmAfter: 61 * time.Minute})
			b.pass(3 * hour)
		}, "expired 0/12.5 [late]", "order.create=pending order.processing=processing order.expired=expired order.late_payment=expired"},
		"unclaimed":  {func(b *bench, id string) { b.pass(26 * hour); b.pay(id, PayOptions{}) }, "expired 0/0 []", "order.create=pending order.expired=expired"},
		"wrong coin": {func(b *bench, id string) { b.pay(id, PayOptions{Amount: "3", Currency: "BTC"}) }, "processing 0/3 [wrong_currency]", "order.create=pending order.processing=processing"},
		"by hand late": {func(b *bench, id string) {
			b.pay(id, PayOptions{Amount: "5"})
			b.pass(hour)
			must(b.t, b.v.ConfirmByHand(id))
		}, "paid 0/5 [underpaid]", "order.create=pending order.processing=processing order.expired=partial_paid order.completed=paid"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.create()
			b.v.Tick(t.Context())
			c.play(b, id)
			b.wantOrder(id, c.want)
			b.v.Tick(t.Context())
			if got := b.events(); got != c.events {
				t.Errorf("events %q\nwant   %q", got, c.events)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestToleranceMakesShortPaid(t *testing.T) {
	b := newBench(t)
	id := b.create()
	tolerance := "0.5"
	must(t, b.v.Apply(Change{Tolerance: &tolerance}))
	b.pay(id, PayOptions{Amount: "12"})
	b.wantOrder(id, "paid 0/12 [underpaid]")
}

func TestConfirmAndBadPayments(t *testing.T) {
	b := newBench(t)
	id := b.create()
	b.pay(id, PayOptions{Confirming: true})
	if n, err := b.v.Confirm(id); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	b.wantOrder(id, "paid 0/12.5 []")
	for _, opts := range []PayOptions{{Amount: "0"}, {Amount: "-1"}, {Amount: "x"}, {Method: 4}, {ConfirmAfter: -1}} {
		if _, err := b.v.Pay(id, opts); err == nil {
			t.Errorf("%+v was accepted", opts)
		}
	}
	if _, err := b.v.Pay("no", PayOptions{}); !errors.Is(err, ErrUnknownOrder) {
		t.Errorf("unknown order: %v", err)
	}
	b.wantOrder(id, "paid 0/12.5 []")
}

func TestBooksAddUp(t *testing.T) {
	b := newBench(t)
	one, two, three := b.create(), b.create(), b.create()
	b.pay(one, PayOptions{Amount: "20"})
	b.pay(two, PayOptions{Amount: "1.25", Confirming: true})
	b.pass(26 * time.Hour)
	b.pay(three, PayOptions{})
	books := b.v.Books()
	got := fmt.Sprint(books.Settled["USD"], books.Confirming["USD"], books.Unclaimed["USD"])
	if got != "20 1.25 12.5" {
		t.Errorf("settled, confirming, unclaimed = %s", got)
	}
}

func TestWebhookIsSignedAndRetried(t *testing.T) {
	b := newBench(t)
	b.answer = 204 // anything but exactly 200 is a refusal, infini sheet §6
	b.create()
	start := b.clock.Now()
	for range 1200 {
		b.v.Tick(t.Context())
		b.clock.Advance(time.Second)
	}
	want := []int{0, 30, 60, 90, 150, 270, 510, 990}
	if len(b.hooks) != len(want) {
		t.Fatalf("%d sends, want %d", len(b.hooks), len(want))
	}
	for i, h := range b.hooks {
		if got := int(h.at.Sub(start).Seconds()); got != want[i] {
			t.Errorf("send %d after %d s, want %d", i+1, got, want[i])
		}
		if h.raw != b.hooks[0].raw || h.header.Get("X-Webhook-Timestamp") != fmt.Sprint(start.Unix()) {
			t.Errorf("send %d was refreshed", i+1)
		}
		sig := SignWebhook(testHook, h.header.Get("X-Webhook-Timestamp"), h.header.Get("X-Webhook-Event-Id"), []byte(h.raw))
		if h.header.Get("X-Webhook-Signature") != sig {
			t.Errorf("send %d: bad signature", i+1)
		}
	}
	if d := b.v.Books().Webhooks[0]; d.State != kit.GaveUp || d.Tries != 8 {
		t.Errorf("books say %+v", d)
	}
}

func TestWebhookStopsAt200(t *testing.T) {
	b := newBench(t)
	b.answer = 503
	b.create()
	b.v.Tick(t.Context())
	b.answer = 200
	b.pass(29 * time.Second)
	if len(b.hooks) != 1 {
		t.Fatalf("resent early: %d", len(b.hooks))
	}
	if at, ok := b.v.NextDue(); !ok || at.Sub(b.clock.Now()) != time.Second {
		t.Errorf("next due %v %v", at, ok)
	}
	b.pass(time.Second)
	b.pass(30 * time.Minute)
	if len(b.hooks) != 2 || b.v.Books().Webhooks[0].State != kit.Delivered {
		t.Errorf("%d sends, %+v", len(b.hooks), b.v.Books().Webhooks[0])
	}
}

func TestSameSeedSameStory(t *testing.T) {
	story := func() string {
		b := newBench(t)
		id := b.create()
		b.pay(id, PayOptions{Amount: "3"})
		b.pass(2 * time.Hour)
		return fmt.Sprint(b.v.Books(), b.events(), b.hooks[0].header)
	}
	if a, c := story(), story(); a != c {
		t.Errorf("two runs differ:\n%s\n%s", a, c)
	}
}

func TestControlsAreAllOrNothing(t *testing.T) {
	b := newBench(t)
	yes, bad := true, "x"
	for name, c := range map[string]Change{
		"route":     {Bare: &yes, ReissueRoute: &bad},
		"method":    {Bare: &yes, PayMethods: []int{9}},
		"tolerance": {Bare: &yes, Tolerance: &bad},
		"skew":      {Bare: &yes, ClockSkew: &bad},
		"url":       {Bare: &yes, WebhookURL: &bad},
		"error":     {Bare: &yes, CreateErrors: []CreateError{{Status: 200, Code: 1}}},
		"resend":    {Bare: &yes, Resend: &Resend{OrderID: "no", Event: "order.create"}},
		"event":     {Bare: &yes, Resend: &Resend{OrderID: "no", Event: "order.made"}},
		"by hand":   {Bare: &yes, ConfirmByHand: &bad},
	} {
		if err := b.v.Apply(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if b.v.settings().Bare {
		t.Error("a refused change left something behind")
	}
}

func TestNewNeedsItsSecrets(t *testing.T) {
	good := Config{KeyID: "k", SecretKey: "s", WebhookSecret: "w", Now: time.Now}
	for _, spoil := range []func(*Config){
		func(c *Config) { c.KeyID = "" }, func(c *Config) { c.SecretKey = "" }, func(c *Config) { c.WebhookSecret = "" },
		func(c *Config) { c.Now = nil }, func(c *Config) { c.Minimum = "x" },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
	if v, err := New(good); err != nil || v.Handler() == http.Handler(nil) {
		t.Error(err)
	}
}
