package plexy

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/providers/rest/resttest"
)

func depositsCall(reply string) resttest.Call {
	return get("/deposits?page=1&pageSize=50&status=posted", reply)
}

// deposits is an answer of these fields: id, currency_code, amount, status, posted_at.
func deposits(rows ...[5]string) string {
	items := make([]string, len(rows))
	for i, r := range rows {
		items[i] = `{"id":` + r[0] + `,"currency_code":"` + r[1] + `","amount":` + r[2] + `,"status":"` + r[3] + `","posted_at":` + r[4] + `}`
	}
	return `{"items":[` + strings.Join(items, ",") + `]}`
}

// The vendor's own sample: what is pending is not booked, whatever was asked for.
func TestDeposits(t *testing.T) {
	got, err := adapter(t, depositsCall(body(t, "deposits.json"))).Deposits(t.Context())
	want := []order.Deposit{{ID: "1201", Purse: "plexy:USD", Amount: 250_000_000, At: order.At(time.Date(2024, 11, 1, 9, 30, 0, 0, time.UTC))}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestDepositsAreSorted(t *testing.T) {
	const at = `"2024-11-01T09:30:00Z"`
	reply := deposits(
		[5]string{"1000", "USD", `"4"`, "posted", at}, [5]string{"999", "USDC", `"3.0000009"`, "posted", at},
		[5]string{"7", "usdt", `2`, "posted", `"2024-10-01T09:30:00Z"`}, [5]string{"1001", "USD", `"1.5"`, "posted", "null"},
		[5]string{"12", "EUR", `"100"`, "posted", at}, [5]string{"13", "USD", `"9"`, "POSTED", at},
	)
	got, err := adapter(t, depositsCall(reply)).Deposits(t.Context())
	old, later := order.At(time.Date(2024, 10, 1, 9, 30, 0, 0, time.UTC)), order.At(time.Date(2024, 11, 1, 9, 30, 0, 0, time.UTC))
	want := []order.Deposit{
		{ID: "1001", Purse: "plexy:USD", Amount: 1_500_000}, {ID: "7", Purse: "plexy:USDT", Amount: 2_000_000, At: old},
		{ID: "999", Purse: "plexy:USDC", Amount: 3_000_000, At: later}, {ID: "1000", Purse: "plexy:USD", Amount: 4_000_000, At: later},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// One that cannot be booked is told, and keeps no other from being booked.
func TestDepositsThatCannotBeBooked(t *testing.T) {
	const at = `"2024-11-01T09:30:00Z"`
	for name, odd := range map[string][5]string{
		"nothing": {"2", "USD", `"0"`, "posted", at}, "taken back": {"2", "USD", `"-5"`, "posted", at}, "no amount": {"2", "USD", `null`, "posted", at},
		"no currency": {"2", "", `"5"`, "posted", at}, "dust": {"2", "USD", `"0.0000001"`, "posted", at}, "too much": {"2", "USD", `"99999999999"`, "posted", at},
	} {
		got, err := adapter(t, depositsCall(deposits(odd, [5]string{"3", "USD", `"5"`, "posted", at}))).Deposits(t.Context())
		if codeOf(err) != order.CodeInvalid || !strings.Contains(err.Error(), "deposit 2") || len(got) != 1 || got[0].ID != "3" {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestDepositsErrors(t *testing.T) {
	for status, want := range map[int]order.Code{401: order.CodeDenied, 404: order.CodeUnknown, 429: order.CodeLimited, 500: order.CodeUnclear, 200: order.CodeUnclear} {
		got, err := adapter(t, with(depositsCall(`{"items":[{"id":"x"}]}`), status)).Deposits(t.Context())
		if codeOf(err) != want || got != nil {
			t.Errorf("%d: %v %v, want %s", status, got, err, want)
		}
	}
	if got, err := adapter(t, depositsCall(`{"items":[]}`)).Deposits(t.Context()); err != nil || got != nil {
		t.Errorf("none: %v %v", got, err)
	}
}
