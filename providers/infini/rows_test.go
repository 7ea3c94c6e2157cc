package infini

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

// The rows of infini sheet §8 whose outcome is unknown: the same bytes again
// are the caller's, and they are the same.
func TestUnknownOutcomesOfCreate(t *testing.T) {
	create := func(status int, reply string) resttest.Call {
		return resttest.Call{Method: "POST", Target: "/v1/acquiring/order", Body: sampleBody, Status: status, Reply: reply}
	}
	for _, call := range []resttest.Call{
		create(500, ``), create(502, `<html>`), create(503, `{"code":50300}`), create(504, ``), create(408, ``),
		create(400, `{"code":40017,"message":"rate"}`), create(200, `{"code":"40017","message":"rate"}`),
	} {
		c := scripted(t, call, create(200, body(t, "create_enveloped.json")))
		if _, err := c.Create(t.Context(), sample()); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%d %s: %v", call.Status, call.Reply, err)
		}
		if again, err := c.Create(t.Context(), sample()); err != nil || again.OrderID != orderID {
			t.Errorf("%d %s, again: %+v %v", call.Status, call.Reply, again, err)
		}
	}
}

func TestTimeoutOfCreateIsUnclear(t *testing.T) {
	base, script := resttest.Serve(t, resttest.Call{Body: sampleBody, Fault: resttest.Hang})
	c, err := New(Options{BaseURL: base, KeyID: testKey, SecretKey: testSecret})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = c.Create(ctx, sample())
	if e := rest.As(err); e == nil || e.Kind != rest.KindUnclear || e.Code != rest.CodeTimeout || len(script.Seen()) != 1 {
		t.Errorf("%v after %v", err, script.Seen())
	}
}

// Yen and won have no decimals (infini sheet §4, 40012).
func TestWholeCurrencies(t *testing.T) {
	for _, tt := range []struct{ currency, amount, want string }{
		{"JPY", "500", `"500"`}, {"JPY", "500.00", `"500"`}, {"JPY", "5e2", `"500"`}, {"KRW", "12000", `"12000"`},
		{"JPY", "500.5", ""}, {"KRW", "12000.01", ""}, {"KRW", "0.000001", ""}, {"USD", "500", `"500.00"`}, {"EUR", "1.5", `"1.50"`},
	} {
		o := sample()
		o.Currency, o.Amount = tt.currency, decimal.RequireFromString(tt.amount)
		raw, err := o.encode()
		if tt.want == "" {
			if e := rest.As(err); e == nil || e.Code != CodeLocalInvalid {
				t.Errorf("%s %s: %s %v", tt.currency, tt.amount, raw, err)
			}
			continue
		}
		want := `{"request_id":"` + requestID + `","amount":` + tt.want + `,"currency":"` + tt.currency + `",`
		if err != nil || len(raw) < len(want) || string(raw[:len(want)]) != want {
			t.Errorf("%s %s: %s %v", tt.currency, tt.amount, raw, err)
		}
	}
}

// Reads are sent again after a fault that may pass, writes are not.
func TestOnlyReadsAreSentAgain(t *testing.T) {
	calls := map[string]func(context.Context, *Client) error{
		"order":        func(ctx context.Context, c *Client) error { _, err := c.Query(ctx, "o"); return err },
		"orders":       func(ctx context.Context, c *Client) error { _, err := c.Orders(ctx, OrderList{}); return err },
		"currencies":   func(ctx context.Context, c *Client) error { _, err := c.Currencies(ctx); return err },
		"payment":      func(ctx context.Context, c *Client) error { _, err := c.Payment(ctx, "p"); return err },
		"payments":     func(ctx context.Context, c *Client) error { _, err := c.Payments(ctx, "o"); return err },
		"withdrawal":   func(ctx context.Context, c *Client) error { _, err := c.Withdrawal(ctx, "w"); return err },
		"subscription": func(ctx context.Context, c *Client) error { _, err := c.Subscription(ctx, "s"); return err },
		"! withdraw":   func(ctx context.Context, c *Client) error { _, err := c.Withdraw(ctx, payout()); return err },
		"! subscribe": func(ctx context.Context, c *Client) error {
			_, err := c.CreateSubscription(ctx, subscribe())
			return err
		},
		"! pay": func(ctx context.Context, c *Client) error {
			_, err := c.CreatePayment(ctx, CreatePayment{OrderID: "o", Chain: "TRON", TokenID: "1"})
			return err
		},
		"! cancel": func(ctx context.Context, c *Client) error {
			_, err := c.CancelSubscription(ctx, "s", CancelByUser, "")
			return err
		},
	}
	for name, call := range calls {
		attempts := 3
		if name[0] == '!' {
			attempts = 1
		}
		script := make([]resttest.Call, attempts)
		for i := range script {
			script[i] = resttest.Call{Status: 500, Check: nothing}
		}
		c, err := New(Options{
			BaseURL: "https://openapi.infini.money", KeyID: testKey, SecretKey: testSecret,
			Chain: rest.Chain{Transport: resttest.New(t, script...), Now: testNow, Retry: rest.Retry{Attempts: 3, Base: time.Millisecond, Max: time.Millisecond}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := call(t.Context(), c); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// nothing accepts any body.
func nothing(*http.Request, []byte) error { return nil }
