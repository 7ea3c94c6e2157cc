package inventpay

import (
	"io"
	"net/http"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/providers/rest"
	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
)

const (
	shopHook = "http://127.0.0.1:8080/webhooks/inventpay"
	sandbox  = "http://127.0.0.1:8088"
)

// stand is the adapter in front of the sandbox, and the webhooks that came.
type stand struct {
	vendor  *inventpay.Vendor
	client  *Client
	adapter *Adapter
	events  []Event
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{}
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e, err := Verify([]string{hookSecret}, r.Header, raw, hookNow())
		if err != nil {
			t.Errorf("%s: %v", raw, err)
		}
		s.events = append(s.events, e)
		w.WriteHeader(http.StatusOK)
	})
	var err error
	s.vendor, err = inventpay.New(inventpay.Config{
		APIKey: testKey, WithdrawalKey: testPayKey, WebhookSecret: hookSecret, Now: hookNow, NewID: kit.SeededIDs(1),
		PublicURL: sandbox, WebhookClient: &http.Client{Transport: kit.HandlerTransport(shop)},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.client, err = New(Options{
		BaseURL: sandbox + "/inventpay", APIKey: testKey, WithdrawalKey: testPayKey,
		Chain: rest.Chain{Transport: kit.HandlerTransport(s.vendor.Handler()), Bare: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.adapter, err = NewAdapter(s.client, Settings{CallbackURL: shopHook})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stand) apply(t *testing.T, c inventpay.Change) {
	t.Helper()
	if err := s.vendor.Apply(c); err != nil {
		t.Fatal(err)
	}
}

// pay opens a link, pays for it and returns what is read then.
func (s *stand) pay(t *testing.T, reference string, how inventpay.PayOptions) order.Fact {
	t.Helper()
	r := openRequest()
	r.Reference = reference
	link, err := s.adapter.Open(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.vendor.Pay(link.External, how); err != nil {
		t.Fatal(err)
	}
	s.vendor.Tick(t.Context())
	fact, err := s.adapter.Read(t.Context(), order.Watched{External: link.External, Reference: reference, Asked: r.Amount})
	if err != nil {
		t.Fatal(err)
	}
	return fact
}

// In every reading of the sheet that the sandbox can play, a paid link is paid
// and the webhooks name it.
func TestAgainstTheSandbox(t *testing.T) {
	n, err := order.ParseNumber("0000000000")
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	for name, change := range map[string]inventpay.Change{
		"as it is":        {},
		"enveloped":       {Envelope: &yes, Numbers: &yes, BaseAsUSDT: &yes, Created201: &yes},
		"bare":            {Envelope: &no, Numbers: &no, BaseAsUSDT: &no, Created201: &no, Strings: &yes},
		"flat webhooks":   {FlatWebhooks: &yes, FourStatuses: &yes},
		"nested webhooks": {FlatWebhooks: &no, FourStatuses: &no},
	} {
		s := newStand(t)
		s.apply(t, change)
		fact := s.pay(t, n.Reference(1), inventpay.PayOptions{Coin: "BTC"})
		if fact.Status != order.FactPaid || !fact.Confirmed.Equal(number("12.5")) || len(fact.Tags) > 0 {
			t.Errorf("%s: %+v", name, fact)
		}
		named := false
		for _, e := range s.events {
			got, hint, ok := e.Hint()
			named = named || ok && got == n && hint.External == fact.External && hint.Payment == 1 && hint.Signed && e.Name == "payment.completed"
		}
		if !named {
			t.Errorf("%s: %+v", name, s.events)
		}
	}
}

func TestOddPaymentsInTheSandbox(t *testing.T) {
	s := newStand(t)
	if fact := s.pay(t, "3F7KQW2M9X-1", inventpay.PayOptions{Coin: "USDT_BEP20", Amount: "5"}); fact.Status != order.FactOpen ||
		!fact.Confirming.Equal(number("5")) || !fact.Confirmed.IsZero() {
		t.Errorf("part: %+v", fact)
	}
	if fact := s.pay(t, "3F7KQW2M9X-2", inventpay.PayOptions{Coin: "USDT_BEP20", Amount: "25"}); fact.Status != order.FactPaid || !fact.Confirmed.Equal(number("25")) {
		t.Errorf("double: %+v", fact)
	}
	if fact := s.pay(t, "3F7KQW2M9X-3", inventpay.PayOptions{Coin: "LTC", Confirming: true}); fact.Status != order.FactOpen || !fact.Confirmed.IsZero() {
		t.Errorf("not confirmed: %+v", fact)
	}
	// The same request twice is two links (sheet §6).
	one, err := s.adapter.Open(t.Context(), openRequest())
	two, again := s.adapter.Open(t.Context(), openRequest())
	if err != nil || again != nil || one.External == two.External {
		t.Errorf("%+v %+v %v %v", one, two, err, again)
	}
	if _, err = s.adapter.Read(t.Context(), order.Watched{External: "unknown", Asked: 1}); codeOf(err) != order.CodeUnknown {
		t.Errorf("unknown: %v", err)
	}
}

func TestTheAccountInTheSandbox(t *testing.T) {
	for _, list := range []bool{false, true} {
		s := newStand(t)
		s.apply(t, inventpay.Change{BalanceList: &list})
		held, err := s.adapter.Balances(t.Context())
		if err != nil || !held["USDT_BEP20"].Equal(number("500")) {
			t.Errorf("list %v: %v %v", list, held, err)
		}
		one, err := s.client.Balance(t.Context(), "USDT_BEP20")
		if err != nil || !one.Available.Equal(number("500")) {
			t.Errorf("%+v %v", one, err)
		}
		paid, err := s.client.CreateWithdrawal(t.Context(), payout())
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.client.Withdrawal(t.Context(), paid.ID)
		if err != nil || again.ID != paid.ID || !again.Amount.Equal(number("9.5")) || again.Destination != destination {
			t.Errorf("%+v %v", again, err)
		}
		coin, err := s.client.CreatePayment(t.Context(), CreateInvoice{Key: requestID, Amount: number("3"), ExpiresIn: time.Hour}, "SOL")
		if err != nil || coin.Coin != "SOL" || coin.Address == "" {
			t.Errorf("%+v %v", coin, err)
		}
	}
}

func TestTheWebhookCallsInTheSandbox(t *testing.T) {
	s := newStand(t)
	https := false
	s.apply(t, inventpay.Change{HTTPSOnly: &https})
	for range 2 {
		if err := s.adapter.EnsureWebhook(t.Context(), shopHook); err != nil {
			t.Fatal(err)
		}
	}
	hook, err := s.client.Webhook(t.Context())
	if err != nil || hook.URL != shopHook || !hook.Configured || len(hook.Events) == 0 {
		t.Errorf("%+v %v", hook, err)
	}
	if test, failed := s.client.TestWebhook(t.Context(), ""); failed != nil || test.URL != shopHook {
		t.Errorf("%+v %v", test, failed)
	}
	s.vendor.Tick(t.Context()) // the sandbox sends when told to
	if len(s.events) != 1 || s.events[0].Name != "payment.test" || !s.events[0].Test {
		t.Errorf("%+v", s.events)
	}
	fact := s.pay(t, "3F7KQW2M9X-1", inventpay.PayOptions{Coin: "BTC"})
	sent, err := s.client.Deliveries(t.Context(), DeliveryFilter{Limit: 100, PaymentID: fact.External})
	if err != nil || len(sent.List) == 0 || sent.List[0].PaymentID != fact.External {
		t.Fatalf("%+v %v", sent, err)
	}
	one, err := s.client.Delivery(t.Context(), sent.List[0].ID)
	if err != nil || one.ID != sent.List[0].ID {
		t.Errorf("%+v %v", one, err)
	}
	if err = s.client.RetryDelivery(t.Context(), one.ID); err != nil && rest.KindOf(err) != rest.KindRefused {
		t.Error(err) // a delivery that arrived may be refused a retry
	}
	if stats, failed := s.client.WebhookStats(t.Context(), 7); failed != nil || stats.Total == 0 {
		t.Errorf("%+v %v", stats, failed)
	}
	if err = s.client.DeleteWebhook(t.Context()); err != nil {
		t.Error(err)
	}
	if hook, err = s.client.Webhook(t.Context()); err != nil || hook.URL == shopHook {
		t.Errorf("%+v %v", hook, err)
	}
}
