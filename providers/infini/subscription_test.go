package infini

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"giftbot/providers/rest"
	"giftbot/providers/rest/resttest"
)

func subscribe() CreateSubscription {
	first := sample()
	first.FailureURL, first.Alias = "https://t.me/shop?start=o_2", "Shop"
	return CreateSubscription{First: first, Plan: Plan{
		ID: "sub-1", Name: "Coffee", Amount: decimal.NewFromInt(5), Unit: UnitMonth, Every: 1, PayerEmail: "ann@example.org",
		LeadDays: 3, DueDays: 2, EndAt: time.Unix(1800000000, 0), CanceledURL: "https://t.me/shop",
	}}
}

// Every field of infini sheet §12.
const subscribeBody = `{"request_id":"` + requestID + `","amount":"12.50","currency":"USD","client_reference":"3F7KQW2M9X-1",` +
	`"expires_in":3600,"merchant_alias":"Shop","success_url":"https://t.me/shop?start=o_1","failure_url":"https://t.me/shop?start=o_2","pay_methods":[1],` +
	`"subscription":{"merchant_sub_id":"sub-1","plan_name":"Coffee","amount":"5.00","interval_unit":"MONTH","interval_count":1,` +
	`"payer_email":"ann@example.org","invoice_lead_days":3,"invoice_due_days":2,"subscription_end_at":1800000000,"canceled_url":"https://t.me/shop"}}`

func activeSubscription() Subscription {
	return Subscription{
		ID: "isub-1", PlanID: "sub-1", PlanName: "Coffee", Trigger: "invoice", Status: SubscriptionActive, Currency: "USD",
		FirstAmount: decimal.RequireFromString("12.5"), Amount: decimal.NewFromInt(5), Unit: UnitMonth, Every: 1,
		PeriodStart: time.Unix(1763512195, 0).UTC(), PeriodEnd: time.Unix(1766104195, 0).UTC(), NextInvoiceAt: time.Unix(1765844995, 0).UTC(),
		PayerEmail: "ann@example.org", CreatedAt: time.Unix(1763512000, 0).UTC(), UpdatedAt: time.Unix(1763512195, 0).UTC(),
	}
}

func TestCreateSubscriptionOnTheWire(t *testing.T) {
	call := resttest.Call{Method: "POST", Target: "/v1/acquiring/subscription", Body: subscribeBody, Reply: body(t, "subscription_created.json")}
	got, err := scripted(t, call).CreateSubscription(t.Context(), subscribe())
	want := CreatedSubscription{
		Created:        Created{OrderID: orderID, RequestID: requestID, Reference: "3F7KQW2M9X-1", CheckoutURL: "https://checkout.infini.money/pay/10290d05"},
		SubscriptionID: "isub-1", PlanID: "sub-1", Status: SubscriptionPending,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	endless := subscribe()
	endless.Plan.EndAt, endless.Plan.CanceledURL, endless.Plan.LeadDays = time.Time{}, "", 0
	if raw, err := endless.encode(); err != nil || strings.Contains(string(raw), "end_at") || !strings.Contains(string(raw), `"invoice_lead_days":0`) {
		t.Errorf("%s %v", raw, err)
	}
}

func TestCreateSubscriptionAnswers(t *testing.T) {
	const sub = `"subscription":{"subscription_id":"isub-1","merchant_sub_id":"sub-1","status":"pending"}`
	for reply, code := range map[string]string{
		`{"code":40901,"message":"used"}`:                                          CodeRequestExists,
		`{"code":40016,"message":"currency"}`:                                      CodeCurrency,
		`{` + sub + `}`:                                                            rest.CodeUndecodable,
		`{"order_id":"o"}`:                                                         rest.CodeUndecodable,
		`{"order_id":"o","request_id":"other",` + sub + `}`:                        rest.CodeUndecodable,
		`{"order_id":"o","client_reference":"else",` + sub + `}`:                   rest.CodeUndecodable,
		`{"order_id":"o",` + strings.Replace(sub, "sub-1\",", "sub-2\",", 2) + `}`: rest.CodeUndecodable,
	} {
		_, err := scripted(t, resttest.Call{Body: subscribeBody, Reply: reply}).CreateSubscription(t.Context(), subscribe())
		if e := rest.As(err); e == nil || e.Code != code {
			t.Errorf("%s: %v, want %s", reply, err, code)
		}
	}
}

func TestWhatIsNoPlanIsNotSent(t *testing.T) {
	for name, change := range map[string]func(*CreateSubscription){
		"first payment": func(s *CreateSubscription) { s.First.RequestID = "x" },
		"no id":         func(s *CreateSubscription) { s.Plan.ID = "" },
		"no name":       func(s *CreateSubscription) { s.Plan.Name = "" },
		"no e-mail":     func(s *CreateSubscription) { s.Plan.PayerEmail = "ann" },
		"no amount":     func(s *CreateSubscription) { s.Plan.Amount = decimal.Zero },
		"won with jeon": func(s *CreateSubscription) {
			s.First.Currency, s.First.Amount, s.Plan.Amount = "KRW", decimal.NewFromInt(500), decimal.RequireFromString("9.5")
		},
		"weekly":         func(s *CreateSubscription) { s.Plan.Unit = "WEEK" },
		"never":          func(s *CreateSubscription) { s.Plan.Every = 0 },
		"negative lead":  func(s *CreateSubscription) { s.Plan.LeadDays = -1 },
		"due at once":    func(s *CreateSubscription) { s.Plan.DueDays = 0 },
		"before 1970":    func(s *CreateSubscription) { s.Plan.EndAt = time.Unix(-5, 0) },
		"long address":   func(s *CreateSubscription) { s.Plan.CanceledURL = "https://t.me/" + strings.Repeat("x", 255) },
		"no first money": func(s *CreateSubscription) { s.First.Amount = decimal.Zero },
	} {
		s := subscribe()
		change(&s)
		_, err := scripted(t).CreateSubscription(t.Context(), s)
		if e := rest.As(err); e == nil || e.Kind != rest.KindRefused || e.Code != CodeLocalInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	small := subscribe()
	small.Plan.Amount = decimal.RequireFromString("0.5")
	if _, err := scripted(t).CreateSubscription(t.Context(), small); rest.As(err) == nil || rest.As(err).Code != CodeLocalMinimum {
		t.Errorf("small: %v", err)
	}
}

func TestSubscription(t *testing.T) {
	read := func(status int, reply string) (Subscription, error) {
		return scripted(t, resttest.Call{Method: "GET", Target: "/v1/acquiring/subscription?merchant_sub_id=sub-1", Status: status, Reply: reply}).
			Subscription(t.Context(), "sub-1")
	}
	for _, name := range []string{"subscription.json", "subscription_enveloped.json"} {
		got, err := read(200, body(t, name))
		if diff := cmp.Diff(activeSubscription(), got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	if _, err := read(404, `{"code":43000,"message":"subscription not found"}`); rest.As(err) == nil || rest.As(err).Code != CodeSubscriptionUnknown {
		t.Errorf("unknown: %v", err)
	}
	for _, reply := range []string{`{}`, `[]`, `{"code":0}`, `{"subscription_id":"x","merchant_sub_id":"sub-2","status":"active"}`, `{"subscription_id":"x","merchant_sub_id":"sub-1"}`} {
		if _, err := read(200, reply); rest.KindOf(err) != rest.KindUnclear {
			t.Errorf("%s: %v", reply, err)
		}
	}
}

func TestCancelSubscription(t *testing.T) {
	cancel := func(status int, reply string) (Subscription, error) {
		return scripted(t, resttest.Call{
			Method: "POST", Target: "/v1/acquiring/subscription/cancel", Status: status, Reply: reply,
			Body: `{"merchant_sub_id":"sub-1","cancel_reason":"user_request","note":"enough"}`,
		}).CancelSubscription(t.Context(), "sub-1", CancelByUser, "enough")
	}
	got, err := cancel(200, body(t, "subscription_canceled.json"))
	want := Subscription{ID: "isub-1", PlanID: "sub-1", Status: SubscriptionCanceled, CanceledAt: time.Unix(1763512300, 0).UTC(), CancelReason: CancelByUser}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, tt := range []struct {
		status      int
		reply, code string
		kind        rest.Kind
	}{
		{404, `{"code":43000,"message":"none"}`, CodeSubscriptionUnknown, rest.KindRefused},
		{400, `{"code":43002,"message":"already canceled"}`, CodeSubscriptionCanceled, rest.KindRefused},
		{200, `{"code":43002,"message":"already canceled"}`, CodeSubscriptionCanceled, rest.KindRefused},
		{500, ``, "", rest.KindUnclear},
	} {
		if _, err := cancel(tt.status, tt.reply); rest.As(err) == nil || rest.As(err).Code != tt.code || rest.As(err).Kind != tt.kind {
			t.Errorf("%s: %v", tt.reply, err)
		}
	}
	for id, reason := range map[string]CancelReason{"": CancelByUser, "sub-1": "bored"} {
		if _, err := scripted(t).CancelSubscription(t.Context(), id, reason, ""); rest.As(err) == nil || rest.As(err).Code != CodeLocalInvalid {
			t.Errorf("%q %q: %v", id, reason, err)
		}
	}
}

func TestSubscriptionEvents(t *testing.T) {
	canceled := activeSubscription()
	canceled.Status, canceled.NextInvoiceAt = SubscriptionCanceled, time.Time{}
	canceled.CanceledAt, canceled.CancelReason = time.Unix(1763512300, 0).UTC(), CancelByOperation
	for name, want := range map[string]Subscription{"update": activeSubscription(), "cancel": canceled} {
		text := body(t, "webhook_subscription_"+name+".json")
		e, err := Verify([]string{hookSecret}, resign(hookHeader(), text), []byte(text), hookNow())
		if err != nil || e.Name != "subscription."+name || e.Known || e.Subscription == nil {
			t.Fatalf("%s: %+v %v", name, e, err)
		}
		if diff := cmp.Diff(want, *e.Subscription); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if _, hint, ok := e.Hint(); ok {
			t.Errorf("%s is a hint for an order: %+v", name, hint)
		}
		if _, err := Verify([]string{hookSecret}, hookHeader(), []byte(text), hookNow()); !errors.Is(err, ErrSignature) {
			t.Errorf("%s with another's signature: %v", name, err)
		}
	}
}

// What looks like our order inside a subscription event wakes no order, and
// what cannot be read is acknowledged all the same.
func TestOddSubscriptionEvents(t *testing.T) {
	for _, text := range []string{
		`{"event":"subscription.update","order_id":"o","client_reference":"0000000000-1"}`,
		`{"event":"subscription.cancel","subscription_id":7}`,
		`{"event":"subscription.update","subscription_id":"i","merchant_sub_id":"s","status":"active","amount":"1e999"}`,
		`{"event":"subscription.invented","subscription_id":"i","merchant_sub_id":"s","status":"active"}`,
	} {
		e, err := Verify([]string{hookSecret}, resign(hookHeader(), text), []byte(text), hookNow())
		if err != nil || e.Known || e.Subscription != nil {
			t.Errorf("%s: %+v %v", text, e, err)
		}
		if _, _, ok := e.Hint(); ok {
			t.Errorf("%s is a hint", text)
		}
	}
	text := body(t, "webhook_completed.json")
	if e, err := Verify([]string{hookSecret}, hookHeader(), []byte(text), hookNow()); err != nil || e.Subscription != nil {
		t.Errorf("an order's event: %+v %v", e, err)
	}
}
