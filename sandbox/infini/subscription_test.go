package infini

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// subscribe asks for a monthly plan with extra fields in and around it.
func (b *bench) subscribe(merchantID, plan, around string) reply {
	b.t.Helper()
	sub := fmt.Sprintf(`{"merchant_sub_id":%q,"plan_name":"Coffee","amount":"5","interval_unit":"MONTH","interval_count":1,`+
		`"payer_email":"ann@example.org","invoice_lead_days":3,"invoice_due_days":2%s}`, merchantID, plan)
	return b.call("POST", api+"/subscription", b.body(`,"expires_in":null,"subscription":`+sub+around))
}

func (b *bench) subscription(merchantID string) reply {
	b.t.Helper()
	return b.call("GET", api+"/subscription?merchant_sub_id="+merchantID, "")
}

func (b *bench) cancelSub(merchantID, reason string) reply {
	b.t.Helper()
	return b.call("POST", api+"/subscription/cancel", fmt.Sprintf(`{"merchant_sub_id":%q,"cancel_reason":%q,"note":"n"}`, merchantID, reason))
}

// lastHook is the newest webhook, its signature checked.
func (b *bench) lastHook() map[string]any {
	b.t.Helper()
	h := b.hooks[len(b.hooks)-1]
	if want := SignWebhook(testHook, h.header.Get("X-Webhook-Timestamp"), h.header.Get("X-Webhook-Event-Id"), []byte(h.raw)); h.header.Get("X-Webhook-Signature") != want {
		b.t.Error("webhook is not signed as infini sheet §6 says")
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(h.raw), &body); err != nil {
		b.t.Fatal(err)
	}
	return body
}

func TestSubscriptionLife(t *testing.T) {
	b := newBench(t)
	got := b.subscribe("sub-1", "", "")
	made, _ := got.data["subscription"].(map[string]any)
	if got.code != 0 || made["status"] != "pending" || made["merchant_sub_id"] != "sub-1" || got.data["checkout_url"] == nil {
		t.Fatalf("create: %s", got.raw)
	}
	d := b.subscription("sub-1").data
	if d["first_amount"] != "12.5" || d["amount"] != "5" || d["trigger_method"] != "invoice" || d["next_invoice_at"] != nil || d["current_period_end"] != 0.0 {
		t.Errorf("pending: %v", d)
	}
	start := b.clock.Now()
	b.pay(got.data["order_id"].(string), PayOptions{})
	b.pass(0)
	end := start.AddDate(0, 1, 0)
	hook := b.lastHook()
	if hook["event"] != "subscription.update" || hook["status"] != "active" || hook["current_period_end"] != float64(end.Unix()) ||
		hook["next_invoice_at"] != float64(end.AddDate(0, 0, -3).Unix()) || hook["canceled_at"] != nil {
		t.Errorf("activated: %v", hook)
	}
	b.apply(Change{RenewSubscription: ptr("sub-1")})
	b.pass(time.Minute)
	if hook = b.lastHook(); hook["current_period_start"] != float64(end.Unix()) {
		t.Errorf("renewed: %v", hook)
	}
	if got := b.cancelSub("sub-1", "user_request"); got.code != 0 || got.data["status"] != "canceled" || got.data["cancel_reason"] != "user_request" {
		t.Errorf("cancel: %s", got.raw)
	}
	b.pass(time.Minute)
	if hook = b.lastHook(); hook["event"] != "subscription.cancel" || hook["canceled_at"] == nil || hook["next_invoice_at"] != nil {
		t.Errorf("canceled: %v", hook)
	}
	if s := b.v.Books().Subscriptions[0]; s.Status != "canceled" || s.CancelReason != "user_request" || s.PeriodEnd.Before(end) {
		t.Errorf("books: %+v", s)
	}
}

func TestSubscriptionErrors(t *testing.T) {
	b := newBench(t)
	b.subscribe("sub-1", "", "")
	if got := b.subscribe("sub-1", "", ""); got.status != 409 {
		t.Errorf("same merchant_sub_id: %s", got.raw)
	}
	if n := len(b.v.Books().Orders); n != 1 {
		t.Errorf("%d orders: a refused subscription made one", n)
	}
	if got := b.subscription("none"); got.status != 404 || got.code != 43000 {
		t.Errorf("unknown: %s", got.raw)
	}
	if got := b.cancelSub("none", "by_operation"); got.status != 404 || got.code != 43000 {
		t.Errorf("unknown: %s", got.raw)
	}
	if got := b.cancelSub("sub-1", "bored"); got.status != 400 || got.code != 400 {
		t.Errorf("reason: %s", got.raw)
	}
	b.cancelSub("sub-1", "by_merchant_api")
	if got := b.cancelSub("sub-1", "by_merchant_api"); got.status != 400 || got.code != 43002 {
		t.Errorf("twice: %s", got.raw)
	}
	if err := b.v.RenewSubscription("sub-1"); err == nil {
		t.Error("renewed after cancel")
	}
}

func TestPlanRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		plan, around string
		code         int
	}{
		"no id":         {`,"merchant_sub_id":""`, "", 400},
		"no name":       {`,"plan_name":""`, "", 400},
		"no e-mail":     {`,"payer_email":""`, "", 400},
		"weekly":        {`,"interval_unit":"WEEK"`, "", 400},
		"no interval":   {`,"interval_count":0`, "", 400},
		"negative lead": {`,"invoice_lead_days":-1`, "", 400},
		"no due days":   {`,"invoice_due_days":0`, "", 400},
		"ended":         {`,"subscription_end_at":5`, "", 40002},
		"bad url":       {`,"canceled_url":"x"`, "", 400},
		"amount":        {`,"amount":"0"`, "", 40003},
		"yen with sen":  {`,"amount":"5.5"`, `,"currency":"JPY","amount":"5"`, 40012},
		"first amount":  {"", `,"amount":"-1"`, 40003},
		"request id":    {"", `,"request_id":"x"`, 40001},
		"wrong type":    {`,"interval_count":"x"`, "", 40001},
	} {
		b := newBench(t)
		if got := b.subscribe("sub-1", c.plan, c.around); got.status != 400 || got.code != c.code {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
		if books := b.v.Books(); len(books.Orders)+len(books.Subscriptions) != 0 {
			t.Errorf("%s: something was made", name)
		}
	}
}

// The last period has no next invoice, and days count as days.
func TestSubscriptionEnds(t *testing.T) {
	b := newBench(t)
	end := b.clock.Now().AddDate(0, 0, 10).Unix()
	got := b.subscribe("sub-1", fmt.Sprintf(`,"interval_unit":"DAY","interval_count":10,"subscription_end_at":%d`, end), "")
	b.pay(got.data["order_id"].(string), PayOptions{})
	d := b.subscription("sub-1").data
	if d["subscription_end_at"] != float64(end) || d["current_period_end"] != float64(end) || d["next_invoice_at"] != nil {
		t.Errorf("%v", d)
	}
}
