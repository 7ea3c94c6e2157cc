package inventpay

import (
	"slices"
	"strings"
	"testing"
)

// FuzzDecode: whatever the vendor answers, nothing panics, and what is read is
// complete and no less than nothing.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{
		"balance.json", "balances_list.json", "balances_map.json", "balances_nested.json", "deliveries.json", "delivery.json", "invoice.json", "payment.json",
		"stats.json", "status_docs.json", "status_enveloped.json", "status_no_coin.json", "webhook_config.json", "webhook_test.json", "withdrawal.json", "withdrawal_done.json",
	} {
		f.Add([]byte(body(f, name)))
	}
	for _, text := range []string{
		`{"data":{"balances":{"balances":[{"currency":"BTC","availableBalance":1e99}]}}}`, `{"balances":[{"currency":"A","availableBalance":1},{"currency":"A","availableBalance":2}]}`,
		`{"paymentId":"../x","status":"PENDING","currentBalance":-1}`, `{"data":[]}`, "null", "[]", "\xff",
	} {
		f.Add([]byte(text))
	}
	asked := CreateWithdrawal{Coin: "USDT_BEP20", Destination: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := decodePayment(raw); err == nil && (p.Status == "" || p.Balance.IsNegative() || p.Required.IsNegative()) {
			t.Fatalf("payment %+v", p)
		}
		if i, err := decodeInvoice(raw); err == nil && !usableID(i.PaymentID) {
			t.Fatalf("invoice %+v", i)
		}
		if p, err := decodeCoinPayment(raw); err == nil && (!usableID(p.PaymentID) || p.Address == "" || !p.Amount.IsPositive()) {
			t.Fatalf("payment %+v", p)
		}
		if list, err := decodeBalances(raw); err == nil {
			checkBalances(t, list)
		}
		if b, err := decodeBalance(raw, "BTC"); err == nil && b.Coin != "BTC" {
			t.Fatalf("balance %+v", b)
		}
		if w, err := decodeWithdrawal(raw, asked); err == nil {
			checkWithdrawal(t, w, asked)
		}
		// No money hangs on how webhooks went.
		_, _ = decodeWebhook(raw)
		_, _ = decodeTest(raw)
		_, _ = decodeDelivery(raw)
		_, _ = decodeDeliveries(raw)
		_, _ = decodeStats(raw)
	})
}

func checkBalances(t *testing.T, list []Balance) {
	t.Helper()
	sorted := slices.IsSortedFunc(list, func(a, b Balance) int { return strings.Compare(a.Coin, b.Coin) })
	for i, b := range list {
		if !sorted || b.Coin == "" || i > 0 && list[i-1].Coin == b.Coin {
			t.Fatalf("balances %+v", list)
		}
	}
}

func checkWithdrawal(t *testing.T, w Withdrawal, asked CreateWithdrawal) {
	t.Helper()
	elsewhere := w.Destination != "" && !strings.EqualFold(w.Destination, asked.Destination)
	if !usableID(w.ID) || w.Status == "" || w.Coin != "" && w.Coin != asked.Coin || elsewhere {
		t.Fatalf("withdrawal %+v", w)
	}
}
