package inventpay

import (
	"fmt"
	"testing"
	"time"
)

const someAddress = "0x742d35Cc6634C0532925a3b844Bc454e4438f44e"

func (b *bench) withdraw(amount string) reply {
	b.t.Helper()
	return b.call("POST", "/merchant/withdrawal/create", `{"amount":`+amount+`,"currency":"USDT_BEP20","destinationAddress":"`+someAddress+`","description":"refund"}`)
}

func (b *bench) money() string {
	m := b.v.Books().Balances["USDT_BEP20"]
	return fmt.Sprintf("%s available, %s locked, %s withdrawn", m.Available, m.Locked, m.Withdrawn)
}

func TestWithdrawal(t *testing.T) {
	b := newBench(t)
	got := b.withdraw("20.5")
	id := fmt.Sprint(got.data["withdrawalId"])
	for name, want := range map[string]any{
		"amount": "20.5", "currency": "USDT_BEP20", "destinationAddress": someAddress, "description": "refund", "status": "PENDING", "feeAmount": "0.5",
		"netAmount": "20", "transactionHash": nil, "requiresApproval": false, "processedAt": nil, "errorMessage": nil, "createdAt": "2026-03-01T12:00:00.000Z",
	} {
		if got.status != 200 || got.data[name] != want {
			t.Errorf("%s = %v, want %v", name, got.data[name], want)
		}
	}
	if m := b.money(); m != "479.5 available, 20.5 locked, 0 withdrawn" {
		t.Error(m)
	}
	b.pass(15 * time.Second)
	if got = b.call("GET", "/withdrawal/"+id, ""); got.data["status"] != "PROCESSING" {
		t.Errorf("%s", got.raw)
	}
	b.pass(15 * time.Second)
	if got = b.call("GET", "/withdrawal/"+id, ""); got.data["status"] != "COMPLETED" || got.data["transactionHash"] == nil || got.data["processedAt"] != "2026-03-01T12:00:30.000Z" {
		t.Errorf("%s", got.raw)
	}
	if m := b.money(); m != "479.5 available, 0 locked, 20.5 withdrawn" {
		t.Error(m)
	}
	if got := b.told(); got != "withdrawal.created=PENDING withdrawal.processing=PROCESSING withdrawal.completed=COMPLETED" {
		t.Error(got)
	}
}

// Sheet §3: no idempotency, so a repeated call pays twice.
func TestWithdrawalSentTwicePaysTwice(t *testing.T) {
	b := newBench(t)
	one, two := b.withdraw("10"), b.withdraw("10")
	b.pass(time.Minute)
	if one.data["withdrawalId"] == two.data["withdrawalId"] || b.money() != "480 available, 0 locked, 20 withdrawn" || len(b.v.Books().Withdrawals) != 2 {
		t.Error(b.money())
	}
}

func TestWithdrawalRefusals(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Limits: map[string]int{"withdraw": 0}})
	for _, body := range []string{
		`{"amount":"10","currency":"USDT_BEP20","destinationAddress":"` + someAddress + `"}`, `{"amount":10,"currency":"DOGE","destinationAddress":"` + someAddress + `"}`,
		`{"amount":10,"currency":"USDT_BEP20","destinationAddress":"short"}`, `{"amount":10,"currency":"USDT_BEP20","destinationAddress":"0x742d35Cc6634C0532925a3b8 44Bc454e4438f44e"}`,
		`{"amount":0.5,"currency":"USDT_BEP20","destinationAddress":"` + someAddress + `"}`, `{"amount":500.01,"currency":"USDT_BEP20","destinationAddress":"` + someAddress + `"}`,
		`{"amount":1,"currency":"BTC","destinationAddress":"` + someAddress + `"}`, `{"amount":1.1234567,"currency":"USDT_BEP20","destinationAddress":"` + someAddress + `"}`, `{`,
	} {
		if got := b.call("POST", "/merchant/withdrawal/create", body); got.status != 400 {
			t.Errorf("%s: %d %s", body, got.status, got.raw)
		}
	}
	if m := b.money(); m != "500 available, 0 locked, 0 withdrawn" {
		t.Error(m)
	}
}

func TestFailedWithdrawalGivesTheMoneyBack(t *testing.T) {
	b := newBench(t)
	b.apply(Change{FailWithdrawals: ptr(true), WithdrawAfter: ptr("10s")})
	id := fmt.Sprint(b.withdraw("10").data["withdrawalId"])
	b.pass(10 * time.Second)
	if got := b.call("GET", "/withdrawal/"+id, ""); got.data["status"] != "FAILED" || got.data["errorMessage"] == nil || b.money() != "500 available, 0 locked, 0 withdrawn" {
		t.Errorf("%s, %s", got.raw, b.money())
	}
}

func TestHeldWithdrawalWaitsForApproval(t *testing.T) {
	b := newBench(t)
	b.apply(Change{HoldWithdrawals: ptr(true)})
	got := b.withdraw("10")
	id := fmt.Sprint(got.data["withdrawalId"])
	b.pass(time.Hour)
	if got.data["requiresApproval"] != true || b.v.Books().Withdrawals[0].Status != "PENDING" {
		t.Errorf("%s", got.raw)
	}
	b.apply(Change{Approve: &id})
	if err := b.v.Apply(Change{Approve: &id}); err == nil {
		t.Error("approved twice")
	}
	b.pass(time.Minute)
	if w := b.v.Books().Withdrawals[0]; w.Status != "COMPLETED" || w.Net.String() != "9.5" {
		t.Errorf("%+v", w)
	}
}

func TestBalances(t *testing.T) {
	b := newBench(t)
	b.pay(b.invoice(), PayOptions{Confirming: true})
	for path, part := range map[string]string{
		"/merchant/balance":            `"USDT_BEP20":{"availableBalance":500,"lockedBalance":0,"pendingBalance":12.5,"totalEarned":500,"totalWithdrawn":0}`,
		"/merchant/balance/USDT_BEP20": `"balance":{"availableBalance":500,`,
	} {
		if got := b.call("GET", path, ""); !got.is(200, part) {
			t.Errorf("%s: %d %s", path, got.status, got.raw)
		}
	}
	b.apply(Change{BalanceList: ptr(true), Strings: ptr(true), Balances: map[string]string{"BTC": "0.5"}})
	got := b.call("GET", "/merchant/balance", "")
	list, _ := got.data["balances"].([]any)
	if !got.is(200, `{"availableBalance":"0.5","currency":"BTC",`) || len(list) != 8 || got.data["summary"] == nil {
		t.Errorf("%s", got.raw)
	}
}
