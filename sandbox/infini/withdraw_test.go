package infini

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

const wallet = "TXYZabcdefghijkmnpqrstuvwxyz123456"

// apply changes settings and fails the test on an error.
func (b *bench) apply(c Change) {
	b.t.Helper()
	if err := b.v.Apply(c); err != nil {
		b.t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }

// withdraw asks for a payout of an amount on TRON, with extra fields overriding.
func (b *bench) withdraw(amount, extra string) reply {
	b.t.Helper()
	return b.call("POST", api+"/fund/withdraw", fmt.Sprintf(
		`{"chain":"TRON","token_type":"USDT","amount":%q,"wallet_address":%q,"note":"refund"%s}`, amount, wallet, extra))
}

func (b *bench) wantWithdrawal(id, want string) {
	b.t.Helper()
	d := b.call("GET", api+"/fund/withdraw?request_id="+id, "").data
	hash := "none"
	if h, _ := d["transaction_hash"].(string); len(h) == 64 {
		hash = "hash"
	}
	got := fmt.Sprintf("%v %v-%v=%v %v/%v %s", d["status"], d["amount"], d["fee"], d["actual_amount"], d["chain"], d["token_type"], hash)
	if got != want {
		b.t.Errorf("withdrawal is %q, want %q", got, want)
	}
}

func TestWithdrawalOverTime(t *testing.T) {
	b := newBench(t)
	b.pay(b.create(), PayOptions{}) // 12.50 settle
	got := b.withdraw("10", "")
	if got.status != 200 || got.code != 0 || len(got.data) != 1 {
		t.Fatalf("withdraw: %s", got.raw)
	}
	id := got.data["request_id"].(string)
	b.wantWithdrawal(id, "pending 10-3=7 TRON/USDT none")
	b.pass(30 * time.Second)
	b.wantWithdrawal(id, "processing 10-3=7 TRON/USDT none")
	if at, ok := b.v.NextDue(); !ok || at.After(b.clock.Now().Add(30*time.Second)) {
		t.Errorf("next due %v %v", at, ok)
	}
	b.pass(30 * time.Second)
	b.wantWithdrawal(id, "completed 10-3=7 TRON/USDT hash")
	books := b.v.Books()
	if w := books.Withdrawals[0]; books.Available.String() != "2.5" || w.WalletAddress != wallet || w.Note != "refund" || w.EndedAt.IsZero() {
		t.Errorf("books: %v %+v", books.Available, w)
	}
	if got := b.call("GET", api+"/fund/withdraw?request_id=none", ""); got.status != 404 {
		t.Errorf("unknown: %s", got.raw)
	}
}

// There is no idempotency (infini sheet §4): the same bytes twice pay twice.
func TestWithdrawalTwicePaysTwice(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Deposit: ptr("25")})
	first, second := b.withdraw("10", ""), b.withdraw("10", "")
	if first.data["request_id"] == second.data["request_id"] || len(b.v.Books().Withdrawals) != 2 {
		t.Errorf("%s and %s", first.raw, second.raw)
	}
	if third := b.withdraw("10", ""); third.status != 400 || third.code != 400 {
		t.Errorf("more than is there: %s", third.raw)
	}
}

func TestWithdrawalFees(t *testing.T) {
	for chain, net := range map[string]string{"ETHEREUM": "5", "BSC": "9.5", "SOLANA": "9", "ARBITRUM": "9.5", "TRON": "7"} {
		b := newBench(t)
		b.apply(Change{Deposit: ptr("10")})
		b.withdraw("10", `,"chain":"`+chain+`","token_type":"USDC"`)
		if got := b.v.Books().Withdrawals[0].ActualAmount.String(); got != net {
			t.Errorf("%s: %s arrives, want %s", chain, got, net)
		}
	}
}

func TestWithdrawalRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		amount, extra string
		code          int
	}{
		"no number":        {"ten", "", 400},
		"exponent":         {"1e1", "", 400},
		"zero":             {"0", "", 40003},
		"negative":         {"-5", "", 40003},
		"seven decimals":   {"9.0000001", "", 40004},
		"all of it is fee": {"3", "", 400},
		"unknown chain":    {"10", `,"chain":"DOGE"`, 40007},
		"test chain":       {"10", `,"chain":"TTRON"`, 40007},
		"unknown token":    {"10", `,"token_type":"TRX"`, 40007},
		"no address":       {"10", `,"wallet_address":""`, 400},
		"bad address":      {"10", `,"wallet_address":"TXYZ abcdefghijkmnpqrstuvwxyz"`, 400},
		"wrong type":       {"10", `,"chain":7`, 400},
		"insufficient":     {"100.01", "", 400},
	} {
		b := newBench(t)
		b.apply(Change{Deposit: ptr("100")})
		if got := b.withdraw(c.amount, c.extra); got.status != 400 || got.code != c.code {
			t.Errorf("%s: %d %s, want %d", name, got.status, got.raw, c.code)
		}
		if books := b.v.Books(); len(books.Withdrawals) != 0 || books.Available.String() != "100" {
			t.Errorf("%s: a refused withdrawal is in the books", name)
		}
	}
}

// Only money that is confirmed and in a currency of known value pays out.
func TestWhatSettlesIntoTheBalance(t *testing.T) {
	b := newBench(t)
	confirming := b.create()
	b.pay(confirming, PayOptions{Confirming: true})
	euro := b.call("POST", api+"/order", b.body(`,"currency":"EUR"`)).data["order_id"].(string)
	b.pay(euro, PayOptions{})
	if got := b.v.Books().Available.String(); got != "0" {
		t.Fatalf("available %s before anything settled", got)
	}
	if _, err := b.v.Confirm(confirming); err != nil {
		t.Fatal(err)
	}
	if got := b.v.Books().Available.String(); got != "12.5" {
		t.Errorf("available %s", got)
	}
}

func TestWithdrawalFailing(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Deposit: ptr("10"), FailWithdrawals: ptr(true), WithdrawAfter: ptr("10s")})
	id := b.withdraw("10", "").data["request_id"].(string)
	b.pass(10 * time.Second)
	b.wantWithdrawal(id, "failed 10-3=7 TRON/USDT none")
	b.apply(Change{FailWithdrawals: ptr(false)})
	id = b.withdraw("10", "").data["request_id"].(string) // the money came back
	b.apply(Change{FinishWithdrawal: &WithdrawalEnd{RequestID: id, Status: "cancelled"}})
	b.wantWithdrawal(id, "cancelled 10-3=7 TRON/USDT none")
	if err := b.v.FinishWithdrawal(WithdrawalEnd{RequestID: id, Status: "completed"}); err == nil {
		t.Error("ended twice")
	}
	if err := b.v.FinishWithdrawal(WithdrawalEnd{RequestID: "none", Status: "completed"}); !errors.Is(err, ErrUnknownWithdrawal) {
		t.Errorf("unknown: %v", err)
	}
	if got := b.v.Books().Available.String(); got != "10" {
		t.Errorf("available %s", got)
	}
}

// The vendor's own sandbox pays out TTRON/USDT only (infini sheet §4).
func TestTestChain(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Deposit: ptr("10"), TestChain: ptr(true)})
	if got := b.withdraw("5", `,"chain":"TTRON"`); got.code != 0 {
		t.Errorf("TTRON: %s", got.raw)
	}
	for _, extra := range []string{"", `,"chain":"TTRON","token_type":"USDC"`} {
		if got := b.withdraw("5", extra); got.code != 40007 {
			t.Errorf("%s: %s", extra, got.raw)
		}
	}
}

func TestBadChanges(t *testing.T) {
	b := newBench(t)
	for name, c := range map[string]Change{
		"deposit":      {Deposit: ptr("-1")},
		"after":        {WithdrawAfter: ptr("soon")},
		"negative":     {WithdrawAfter: ptr("-1s")},
		"end":          {FinishWithdrawal: &WithdrawalEnd{RequestID: "x", Status: "paid"}},
		"two acts":     {RenewSubscription: ptr("x"), ConfirmByHand: ptr("y")},
		"unknown sub":  {RenewSubscription: ptr("x")},
		"unknown both": {FinishWithdrawal: &WithdrawalEnd{RequestID: "x", Status: "failed"}},
	} {
		c.Bare = ptr(true)
		if err := b.v.Apply(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if b.v.settings().Bare || !b.v.Books().Available.IsZero() {
		t.Error("a refused change changed something")
	}
}
