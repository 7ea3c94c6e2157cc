package infinivoucher

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/providers/rest/resttest"
)

// transactionsCall is a wallet of USDT with these transactions.
func transactionsCall(list string) resttest.Call {
	return resttest.Call{
		Method: "GET", Target: "/api/v1/wallet?include_transactions=true&transactions_limit=50",
		Reply: `{"success":true,"data":{"wallet":{"balance":"1250.75","currency":"USDT","status":"ACTIVE"},"transactions":` + list + `}}`,
	}
}

func TestDeposits(t *testing.T) {
	list := `[
		{"id":"tx9","type":"PURCHASE","direction":"DEBIT","amount":"1.70","createdAt":"2026-03-15T12:10:00.000Z"},
		{"id":"tx3","type":"DEPOSIT","direction":"CREDIT","amount":"500.00","currency":"USDT","status":"COMPLETED","createdAt":"2026-03-15T12:00:00.000Z"},
		{"id":17,"type":"top-up","amount":20.5,"createdAt":"2026-03-14T12:00:00.000Z"},
		{"id":"tx3","type":"DEPOSIT","direction":"CREDIT","amount":"500.00","createdAt":"2026-03-15T12:00:00.000Z"},
		{"id":"tx4","direction":"credit","amount":"7","createdAt":null},
		{"id":"tx5","type":"REFUND","direction":"CREDIT","amount":"1.70"},
		{"id":"tx6","type":"DEPOSIT","amount":"9","status":"PENDING"},
		{"id":"tx7","direction":"OUT","amount":"-3"},
		{"type":"ORDER","amount":"-1.70","extra":{"a":[1]}}
	]`
	got, err := adapter(t, transactionsCall(list)).Deposits(t.Context())
	want := []order.Deposit{
		{ID: "tx4", Purse: "infinivoucher", Amount: 7_000_000},
		{ID: "17", Purse: "infinivoucher", Amount: 20_500_000, At: order.At(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC))},
		{ID: "tx3", Purse: "infinivoucher", Amount: 500_000_000, At: order.At(time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC))},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if got, err := adapter(t, transactionsCall(`[]`)).Deposits(t.Context()); err != nil || got != nil {
		t.Errorf("none: %v %v", got, err)
	}
}

// Which words make a deposit; words that contradict each other make nothing.
func TestTransactionKinds(t *testing.T) {
	for fields, want := range map[string]TransactionKind{
		`"type":"DEPOSIT"`:                           TransactionDeposit,
		`"type":"topup"`:                             TransactionDeposit,
		`"type":"CREDIT"`:                            TransactionDeposit,
		`"type":"ADJUSTMENT","direction":"CREDIT"`:   TransactionDeposit,
		`"direction":"in"`:                           TransactionDeposit,
		`"type":"DEPOSIT","status":"confirmed"`:      TransactionDeposit,
		`"type":"DEPOSIT","status":"FAILED"`:         TransactionOther,
		`"type":"DEPOSIT","status":"on_hold"`:        TransactionUnknown,
		`"type":"PURCHASE"`:                          TransactionOther,
		`"type":"PURCHASE","direction":"DEBIT"`:      TransactionOther,
		`"type":"REFUND"`:                            TransactionOther,
		`"type":"ADJUSTMENT","direction":"DEBIT"`:    TransactionOther,
		`"type":"ADJUSTMENT"`:                        TransactionUnknown,
		`"type":"DEPOSIT","direction":"DEBIT"`:       TransactionUnknown,
		`"type":"REFUND","direction":"DEBIT"`:        TransactionUnknown,
		`"type":"PURCHASE","direction":"CREDIT"`:     TransactionUnknown,
		`"type":"DEPOSIT","direction":"sideways"`:    TransactionUnknown,
		`"kind":"DEPOSIT"`:                           TransactionUnknown,
		`"type":null,"direction":null,"status":null`: TransactionUnknown,
	} {
		got, err := readTransaction(json.RawMessage(`{"id":"x","amount":"1",` + fields + `}`))
		if err != nil || got.Kind != want {
			t.Errorf("%s: %+v %v, want %d", fields, got, err, want)
		}
	}
}

// One that cannot be read, and none is booked: the shape is not the one we
// know (infinivoucher sheet §3). The vendor's own sample is such a case.
func TestTransactionsOfAnotherShape(t *testing.T) {
	good := `{"id":"tx1","type":"DEPOSIT","amount":"5"}`
	for _, odd := range []string{
		`{"anything":1}`, `{}`, `null`, `7`, `"x"`, `[]`,
		`{"type":"DEPOSIT","amount":"5"}`, `{"id":"","type":"DEPOSIT","amount":"5"}`, `{"id":null,"type":"DEPOSIT","amount":"5"}`,
		`{"id":{"a":1},"type":"DEPOSIT","amount":"5"}`, `{"id":true,"type":"DEPOSIT","amount":"5"}`, `{"id":"tx2","type":["DEPOSIT"],"amount":"5"}`,
		`{"id":"tx2","type":"DEPOSIT"}`, `{"id":"tx2","type":"DEPOSIT","amount":"0"}`, `{"id":"tx2","type":"DEPOSIT","amount":"-5"}`,
		`{"id":"tx2","type":"DEPOSIT","amount":"many"}`, `{"id":"tx2","type":"DEPOSIT","amount":"1e99"}`, `{"id":"tx2","type":"DEPOSIT","amount":{"value":"5"}}`,
		`{"id":"tx2","type":"DEPOSIT","amount":"5","currency":"EUR"}`, `{"id":"tx2","type":"BONUS","amount":"5"}`, `{"id":"tx2","amount":"5"}`,
	} {
		got, err := adapter(t, transactionsCall(`[`+good+`,`+odd+`]`)).Deposits(t.Context())
		if !errors.Is(err, ErrTransactions) || codeOf(err) != order.CodeUnclear || got != nil {
			t.Errorf("%s: %+v %v", odd, got, err)
		}
	}
	if got, err := adapter(t, transactionsCall(`null`)).Deposits(t.Context()); !errors.Is(err, ErrTransactions) || got != nil {
		t.Errorf("no list: %v %v", got, err)
	}
	call := transactionsCall("")
	call.Reply = body(t, "wallet.json")
	if got, err := adapter(t, call).Deposits(t.Context()); !errors.Is(err, ErrTransactions) || got != nil {
		t.Errorf("the recorded wallet: %v %v", got, err)
	}
}

func TestDepositsErrors(t *testing.T) {
	for status, want := range map[int]order.Code{401: order.CodeDenied, 429: order.CodeLimited, 500: order.CodeUnclear} {
		call := transactionsCall(`[]`)
		call.Status, call.Reply = status, ``
		if got, err := adapter(t, call).Deposits(t.Context()); codeOf(err) != want || got != nil || errors.Is(err, ErrTransactions) {
			t.Errorf("%d: %v %v, want %s", status, got, err, want)
		}
	}
	euro := transactionsCall(`[]`)
	euro.Reply = strings.Replace(euro.Reply, "USDT", "EUR", 1)
	if got, err := adapter(t, euro).Deposits(t.Context()); codeOf(err) != order.CodeInvalid || got != nil {
		t.Errorf("a wallet in euro: %v %v", got, err)
	}
}
