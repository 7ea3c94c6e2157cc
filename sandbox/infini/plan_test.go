package infini

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

func TestNextWithdrawalEnds(t *testing.T) {
	for name, c := range map[string]struct {
		plan          kit.NextWithdrawal
		half, whole   string
		arrived, left string
	}{
		"completed":            {kit.NextWithdrawal{State: "completed"}, "processing", "completed", "7", "90"},
		"failed":               {kit.NextWithdrawal{State: "failed"}, "processing", "failed", "0", "100"},
		"cancelled":            {kit.NextWithdrawal{State: "cancelled"}, "pending", "cancelled", "0", "100"},
		"waits":                {kit.NextWithdrawal{State: "approval"}, "pending", "pending", "0", "90"},
		"never finishes":       {kit.NextWithdrawal{State: "stuck"}, "processing", "processing", "0", "90"},
		"at a time of its own": {kit.NextWithdrawal{State: "failed", After: "2h"}, "pending", "pending", "0", "90"},
		"at once":              {kit.NextWithdrawal{After: "0s"}, "completed", "completed", "7", "90"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.apply(Change{Deposit: ptr("100"), NextWithdrawal: kit.Withdrawals{c.plan}})
			b.withdraw("10", "")
			b.pass(30 * time.Second)
			if got := b.v.Books().Withdrawals[0].Status; got != c.half {
				t.Errorf("half way %s, want %s", got, c.half)
			}
			b.pass(30 * time.Second)
			books := b.v.Books()
			w := books.Withdrawals[0]
			if w.Status != c.whole || w.Arrived.String() != c.arrived || books.Available.String() != c.left || (w.TransactionHash == "") == w.Arrived.IsPositive() {
				t.Errorf("available %s, %+v", books.Available, w)
			}
		})
	}
}

func TestNextWithdrawalRefused(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Deposit: ptr("100"), NextWithdrawal: kit.Withdrawals{{Refuse: 400, Times: 2}, {Refuse: 403, Code: 40301, Text: "withdrawals are closed"}}})
	if got := b.withdraw("1", ""); got.code != 400 { // not more than the fee: by itself, no plan is used up
		t.Errorf("below the fee: %s", got.raw)
	}
	for i, want := range []string{"400 400", "400 400", "403 40301", "200 0"} {
		got := b.withdraw("10", "")
		if text := fmt.Sprint(got.status, got.code); text != want {
			t.Errorf("%d: %s, want %s", i, got.raw, want)
		}
	}
	if books := b.v.Books(); len(books.Withdrawals) != 1 || books.Available.String() != "90" {
		t.Errorf("%+v", books.Withdrawals)
	}
}

func TestApproval(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Deposit: ptr("100"), NextWithdrawal: kit.Withdrawals{{State: "approval", After: "20s"}, {State: "stuck"}}})
	id := b.withdraw("10", "").data["request_id"].(string)
	b.pass(time.Hour)
	b.apply(Change{ApproveWithdrawal: &id})
	b.pass(10 * time.Second)
	b.wantWithdrawal(id, "processing 10-3=7 TRON/USDT none")
	b.pass(10 * time.Second)
	b.wantWithdrawal(id, "completed 10-3=7 TRON/USDT hash")
	if err := b.v.Apply(Change{ApproveWithdrawal: &id}); err == nil {
		t.Error("approved twice")
	}
	if err := b.v.Apply(Change{ApproveWithdrawal: ptr("no")}); !errors.Is(err, ErrUnknownWithdrawal) {
		t.Errorf("unknown: %v", err)
	}
	stuck := b.withdraw("10", "").data["request_id"].(string)
	b.pass(24 * time.Hour)
	if at, ok := b.v.NextDue(); ok {
		t.Errorf("a stuck one is due at %v", at)
	}
	b.apply(Change{FinishWithdrawal: &WithdrawalEnd{RequestID: stuck, Status: "failed"}})
	if got := b.v.Books().Available.String(); got != "90" {
		t.Errorf("available %s", got)
	}
}

func TestAvailableIsSet(t *testing.T) {
	b := newBench(t)
	b.pay(b.create(), PayOptions{})
	b.apply(Change{Available: ptr("4")})
	if got := b.v.Books().Available.String(); got != "4" {
		t.Errorf("available %s", got)
	}
	if got := b.withdraw("4.01", ""); got.status != 400 {
		t.Errorf("more than is there: %s", got.raw)
	}
	for name, c := range map[string]Change{
		"negative": {Available: ptr("-1")}, "both": {Available: ptr("1"), Deposit: ptr("1")}, "bad plan": {NextWithdrawal: kit.Withdrawals{{State: "lost"}}},
	} {
		if err := b.v.Apply(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
