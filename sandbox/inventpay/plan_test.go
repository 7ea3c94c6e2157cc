package inventpay

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

func TestNextWithdrawalEnds(t *testing.T) {
	const begun = "withdrawal.created=PENDING"
	const sent = begun + " withdrawal.processing=PROCESSING"
	for name, c := range map[string]struct {
		plan        kit.NextWithdrawal
		half, whole string
		arrived     string
		money       string
		told        string
	}{
		"completed":      {kit.NextWithdrawal{State: "completed"}, "PROCESSING", "COMPLETED", "9.5", "490 available, 0 locked, 10 withdrawn", sent + " withdrawal.completed=COMPLETED"},
		"failed":         {kit.NextWithdrawal{State: "failed"}, "PROCESSING", "FAILED", "0", "500 available, 0 locked, 0 withdrawn", sent + " withdrawal.failed=FAILED"},
		"cancelled":      {kit.NextWithdrawal{State: "cancelled"}, "PENDING", "CANCELLED", "0", "500 available, 0 locked, 0 withdrawn", begun},
		"waits":          {kit.NextWithdrawal{State: "approval"}, "PENDING", "PENDING", "0", "490 available, 10 locked, 0 withdrawn", begun},
		"never finishes": {kit.NextWithdrawal{State: "stuck"}, "PROCESSING", "PROCESSING", "0", "490 available, 10 locked, 0 withdrawn", sent},
		"later":          {kit.NextWithdrawal{State: "failed", After: "2h"}, "PENDING", "PENDING", "0", "490 available, 10 locked, 0 withdrawn", begun},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.apply(Change{NextWithdrawal: kit.Withdrawals{c.plan}})
			b.withdraw("10")
			b.pass(15 * time.Second)
			if got := b.v.Books().Withdrawals[0].Status; got != c.half {
				t.Errorf("half way %s, want %s", got, c.half)
			}
			b.pass(15 * time.Second)
			w := b.v.Books().Withdrawals[0]
			if w.Status != c.whole || w.Arrived.String() != c.arrived || b.money() != c.money || (w.Hash == "") == w.Arrived.IsPositive() {
				t.Errorf("%s, %+v", b.money(), w)
			}
			if got := b.told(); got != c.told {
				t.Errorf("told %q\nwant %q", got, c.told)
			}
		})
	}
}

// The events about withdrawals are signed as those about payments are, inventpay sheet §5.
func TestWithdrawalEventsAreSigned(t *testing.T) {
	b := newBench(t)
	b.withdraw("10")
	b.pass(time.Minute)
	if len(b.hooks) != 3 {
		t.Fatalf("%d events", len(b.hooks))
	}
	for _, h := range b.hooks {
		if got := h.header.Get("X-Webhook-Signature"); got != SignWebhook(testHook, h.raw) || h.field("withdrawalId") == nil || h.header.Get("X-Webhook-Event") != h.body["event"] {
			t.Errorf("%s: signed %q", h.raw, got)
		}
	}
}

func TestNextWithdrawalRefused(t *testing.T) {
	b := newBench(t)
	b.apply(Change{NextWithdrawal: kit.Withdrawals{{Refuse: 400, Times: 2}, {Refuse: 403, Text: "Withdrawals are closed"}}})
	if got := b.withdraw("0.5"); !got.is(400, "fee") { // by itself: no plan is used up
		t.Errorf("below the fee: %s", got.raw)
	}
	for i, want := range []struct {
		status int
		part   string
	}{{400, "insufficient balance"}, {400, "insufficient balance"}, {403, "Withdrawals are closed"}, {200, "withdrawalId"}} {
		if got := b.withdraw("10"); !got.is(want.status, want.part) {
			t.Errorf("%d: %d %s", i, got.status, got.raw)
		}
	}
	if m := b.money(); m != "490 available, 10 locked, 0 withdrawn" || len(b.v.Books().Withdrawals) != 1 {
		t.Error(m)
	}
}

func TestApprovalAndFinish(t *testing.T) {
	b := newBench(t)
	b.apply(Change{NextWithdrawal: kit.Withdrawals{{State: "approval", After: "20s"}, {State: "approval"}, {State: "stuck"}}})
	first := b.withdraw("10")
	id := fmt.Sprint(first.data["withdrawalId"])
	if first.data["requiresApproval"] != true {
		t.Errorf("%s", first.raw)
	}
	b.pass(time.Hour)
	b.apply(Change{Approve: &id})
	b.pass(20 * time.Second)
	second, third := fmt.Sprint(b.withdraw("10").data["withdrawalId"]), fmt.Sprint(b.withdraw("10").data["withdrawalId"])
	b.pass(24 * time.Hour)
	if _, waits := b.v.NextDue(); waits {
		t.Error("one that is held and one that is stuck wait for a person, not for time")
	}
	b.apply(Change{FinishWithdrawal: &WithdrawalEnd{WithdrawalID: second, Status: "cancelled"}})
	b.apply(Change{FinishWithdrawal: &WithdrawalEnd{WithdrawalID: third, Status: "completed"}})
	var states []string
	for _, w := range b.v.Books().Withdrawals {
		states = append(states, w.Status)
	}
	if got := fmt.Sprint(states, " ", b.money()); got != "[COMPLETED CANCELLED COMPLETED] 480 available, 0 locked, 20 withdrawn" {
		t.Error(got)
	}
	if got := b.call("GET", "/withdrawal/"+second, ""); got.data["status"] != "CANCELLED" || got.data["requiresApproval"] != false || got.data["transactionHash"] != nil {
		t.Errorf("%s", got.raw)
	}
	for want, e := range map[string]WithdrawalEnd{
		"ended already": {WithdrawalID: third, Status: "failed"}, "status must be": {WithdrawalID: third, Status: "paid"}, "unknown": {WithdrawalID: "no", Status: "failed"},
	} {
		err := b.v.FinishWithdrawal(e)
		if err == nil || want == "unknown" && !errors.Is(err, ErrUnknownWithdrawal) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestBadWithdrawalPlans(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]Change{
		"state": {NextWithdrawal: kit.Withdrawals{{State: "lost"}}}, "code": {NextWithdrawal: kit.Withdrawals{{Refuse: 400, Code: 7}}},
		"two acts": {Approve: ptr("x"), FinishWithdrawal: &WithdrawalEnd{WithdrawalID: "x", Status: "failed"}},
	} {
		c.Blocked = ptr(true)
		if err := b.v.Apply(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if b.v.settings().Blocked {
		t.Error("a refused change changed something")
	}
}
