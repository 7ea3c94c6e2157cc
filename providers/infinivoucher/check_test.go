package infinivoucher

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func good() (Wanted, Receipt) {
	return Wanted{ProductID: "p60", Quantity: 2, Ceiling: dec("0.85")}, Receipt{
		Order: Order{
			ID: "ord1", ProductID: "p60", Quantity: 2, UnitPrice: dec("0.85"), Total: dec("1.70"), Currency: "USDT", Status: StatusCompleted,
		},
		Codes: []Secret{NewSecret("a"), NewSecret("b")}, Deducted: dec("1.7"), Wallet: true,
	}
}

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		change func(*Wanted, *Receipt)
		want   []Mismatch
	}{
		"as wanted":             {func(*Wanted, *Receipt) {}, nil},
		"no wallet told":        {func(_ *Wanted, r *Receipt) { r.Wallet, r.Deducted = false, dec("0") }, nil},
		"no ceiling":            {func(w *Wanted, r *Receipt) { w.Ceiling = dec("0") }, nil},
		"other product":         {func(_ *Wanted, r *Receipt) { r.Order.ProductID = "p61" }, []Mismatch{MismatchProduct}},
		"other quantity":        {func(w *Wanted, r *Receipt) { r.Order.Quantity, r.Order.Total, r.Deducted = 3, dec("2.55"), dec("2.55") }, []Mismatch{MismatchQuantity}},
		"fewer codes":           {func(_ *Wanted, r *Receipt) { r.Codes = r.Codes[:1] }, []Mismatch{MismatchCodes}},
		"more codes":            {func(_ *Wanted, r *Receipt) { r.Codes = append(r.Codes, NewSecret("c")) }, []Mismatch{MismatchCodes}},
		"an empty code":         {func(_ *Wanted, r *Receipt) { r.Codes[1] = NewSecret("") }, []Mismatch{MismatchEmpty}},
		"the same code twice":   {func(_ *Wanted, r *Receipt) { r.Codes[1] = NewSecret("a") }, []Mismatch{MismatchTwice}},
		"total does not add up": {func(_ *Wanted, r *Receipt) { r.Order.Total, r.Deducted = dec("1.71"), dec("1.71") }, []Mismatch{MismatchTotal}},
		"below nothing": {func(_ *Wanted, r *Receipt) {
			r.Order.UnitPrice, r.Order.Total, r.Deducted = dec("-0.85"), dec("-1.70"), dec("-1.70")
		}, []Mismatch{MismatchTotal}},
		"wallet lost more":      {func(_ *Wanted, r *Receipt) { r.Deducted = dec("1.71") }, []Mismatch{MismatchDeducted}},
		"dearer than allowed":   {func(w *Wanted, _ *Receipt) { w.Ceiling = dec("0.849999") }, []Mismatch{MismatchPrice}},
		"other currency":        {func(_ *Wanted, r *Receipt) { r.Order.Currency = "EUR" }, []Mismatch{MismatchCurrency}},
		"unknown status":        {func(_ *Wanted, r *Receipt) { r.Order.Status = "SHIPPED" }, []Mismatch{MismatchStatus}},
		"pending without codes": {func(_ *Wanted, r *Receipt) { r.Order.Status, r.Codes = StatusPending, nil }, nil},
		"everything at once": {func(w *Wanted, r *Receipt) {
			*r = Receipt{Order: Order{Status: StatusCompleted, UnitPrice: dec("9"), Quantity: 1}, Codes: []Secret{{}, {}, NewSecret("x"), NewSecret("x")}, Wallet: true, Deducted: dec("1")}
		}, []Mismatch{MismatchProduct, MismatchQuantity, MismatchCodes, MismatchEmpty, MismatchTwice, MismatchTotal, MismatchDeducted, MismatchPrice, MismatchCurrency}},
	}
	for name, tt := range tests {
		w, r := good()
		tt.change(&w, &r)
		if diff := cmp.Diff(tt.want, Check(w, r)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestParseHint(t *testing.T) {
	got, err := ParseHint([]byte(body(t, "webhook.json")))
	if want := (Hint{Event: "order.completed", OrderID: "clxyz123", Status: "COMPLETED"}); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	for name, text := range map[string]string{
		"empty": "", "no json": "<x>", "list": "[]", "no id": `{"event":"e","data":{}}`, "id is a number": `{"data":{"order_id":1}}`,
		"path in id": `{"data":{"order_id":"../wallet"}}`, "line in id": `{"data":{"order_id":"a\nb"}}`, "long id": `{"data":{"order_id":"` + strings.Repeat("a", 65) + `"}}`,
		"odd event": `{"event":"a b","data":{"order_id":"x"}}`, "odd status": `{"data":{"order_id":"x","status":"é"}}`,
		"too large": `{"event":"e","data":{"order_id":"x"},"pad":"` + strings.Repeat("x", MaxWebhookBody) + `"}`,
	} {
		if got, err := ParseHint([]byte(text)); err == nil || got != (Hint{}) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	if got, err := ParseHint([]byte(`{"event":"order.invented","data":{"order_id":"x-1_.","status":"NEW"},"extra":1}`)); err != nil || got.OrderID != "x-1_." {
		t.Errorf("unknown words are still hints: %+v %v", got, err)
	}
}

// FuzzVerify: an unsigned body never yields more than short plain words.
func FuzzVerify(f *testing.F) {
	f.Add([]byte(body(f, "webhook.json")))
	f.Add([]byte(`{"event":"order.completed","data":{"order_id":"../../x","status":null}}`))
	f.Add([]byte(strings.Repeat(`{"data":`, 3000)))
	f.Add([]byte{0xff, 0x00})
	f.Fuzz(func(t *testing.T, raw []byte) {
		h, err := ParseHint(raw)
		if err != nil {
			return
		}
		if len(raw) > MaxWebhookBody || h.OrderID == "" || len(h.Event)+len(h.OrderID)+len(h.Status) > 3*maxWord || strings.ContainsAny(h.OrderID+h.Event+h.Status, "/\\ \n%?#\"<>") {
			t.Fatalf("%+v from %d bytes", h, len(raw))
		}
	})
}
