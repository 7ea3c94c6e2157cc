package inventpay

import (
	"strings"
	"testing"

	"giftbot/order"
)

// What was seen and has not been confirmed is not received because the vendor
// closed the payment: it can still be taken back (inventpay sheet §4). The
// status endpoint tells the blocks; where it does not, what it closed counts.
func TestClosedBeforeItWasConfirmed(t *testing.T) {
	for _, row := range []struct {
		word, confirmations   string
		confirmed, confirming string
	}{
		{"EXPIRED", `0`, "0", "6.25"},
		{"EXPIRED", `"0"`, "0", "6.25"},
		{"EXPIRED", `2`, "0", "6.25"},
		{"EXPIRED", `3`, "6.25", "0"},
		{"EXPIRED", `"12"`, "6.25", "0"},
		{"EXPIRED", `null`, "6.25", "0"},
		{"FAILED", `0`, "0", "6.25"},
		{"CANCELLED", `1`, "0", "6.25"},
		{"COMPLETED", `0`, "6.25", "0"}, // the vendor's own word for paid
		{"CONFIRMING", `2`, "0", "6.25"},
	} {
		reply := strings.Replace(record(row.word, `"0.0006"`, `"0.0012"`), `{`, `{"confirmations":`+row.confirmations+`,`, 1)
		fact, err := read(t, reply, 12_500_000)
		if err != nil || !fact.Confirmed.Equal(number(row.confirmed)) || !fact.Confirming.Equal(number(row.confirming)) {
			t.Errorf("%s after %s blocks: %v, confirmed %s, confirming %s", row.word, row.confirmations, err, fact.Confirmed, fact.Confirming)
		}
	}
}

// All of it, unconfirmed at the end: the buyer's goods wait for the blocks.
func TestClosedBeforeAllOfItWasConfirmed(t *testing.T) {
	reply := strings.Replace(record("EXPIRED", `"0.0012"`, `"0.0012"`), `{`, `{"confirmations":0,`, 1)
	fact, err := read(t, reply, 12_500_000)
	if err != nil || fact.Status != order.FactExpired || !fact.Confirmed.IsZero() || !fact.Confirming.Equal(number("12.5")) {
		t.Errorf("%+v %v", fact, err)
	}
}
