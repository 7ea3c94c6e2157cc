package plexy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"giftbot/providers/rest"
)

// FuzzErrorBody: whatever a vendor answers, what is kept of it are words that
// an API says no with.
func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{`{"error":"insufficient_balance"}`, `{"error":{"code":"x","param":"quantity"}}`, `{"code":1}`, code, login, "\xff", `[[[[`} {
		f.Add(400, []byte(seed))
	}
	f.Add(409, []byte(`{}`))
	f.Fuzz(func(t *testing.T, status int, raw []byte) {
		v := classify(rest.Response{Status: status, Body: raw})
		if v.Kind == "" && rest.ByStatus(status) != "" || v.Kind != "" && rest.ByStatus(status) == "" {
			t.Fatalf("%d is %q", status, v.Kind)
		}
		if status == 409 && v.Kind != rest.KindUnclear {
			t.Fatalf("a conflict is %q", v.Kind)
		}
		if v.Code != "" && v.Code != codeOdd && !codeShape.MatchString(v.Code) {
			t.Fatalf("kept %q", v.Code)
		}
		ours := topUpBody + "idempotency"
		for word := range strings.FieldsSeq(strings.TrimPrefix(v.Message, "about")) {
			if !strings.Contains(ours, word) {
				t.Fatalf("kept %q", v.Message)
			}
		}
	})
}

// FuzzOrder: no order can be read as a delivery that the rules forbid, and
// none prints what it brought.
func FuzzOrder(f *testing.F) {
	for _, name := range []string{"order_created.json", "order_topup_done.json", "order_voucher_done.json"} {
		f.Add([]byte(body(f, name)))
	}
	f.Add([]byte(`{"id":"x","status":"completed","order_content":{"code":1e400},"charged_amount":"1e-99","amount_minor":[]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var w wireOrder
		if err := into(&w)(raw); err != nil {
			return
		}
		o, wanted := w.order(), wantedVoucher()
		broken := Check(wanted, o)
		if !slices.IsSorted(positions(broken)) {
			t.Fatalf("%v", broken)
		}
		if o.Status != StatusCompleted {
			return
		}
		got := pieces(wanted, o, broken)
		if len(got) > 0 && (o.Test == nil || *o.Test || o.ProductID != wanted.ProductID || got[0].Code == "") {
			t.Fatalf("delivered %d pieces of %+v", len(got), o)
		}
		printed, err := json.Marshal(o.Content)
		if err != nil || string(printed) != `"[secret]"` {
			t.Fatalf("%s %v", printed, err)
		}
	})
}

// positions are the places of rules in their list.
func positions(broken []Mismatch) []int {
	all := []Mismatch{
		MismatchTest, MismatchProduct, MismatchReference, MismatchCurrency, MismatchAmount, MismatchMinor, MismatchBalance, MismatchCharge, MismatchContent,
	}
	var out []int
	for _, m := range broken {
		out = append(out, slices.Index(all, m))
	}
	return out
}

// The bytes of a purchase do not depend on the order of its fields, and say
// exactly what it says.
func TestEncodeProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		fields := rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,12}`), rapid.StringN(1, 20, 60), 1, 5).Draw(rt, "account")
		p := topUp()
		p.Account = nil
		p.Amount = rapid.StringMatching(`[0-9]{1,5}\.[0-9]{2}`).Draw(rt, "amount")
		p.Test = rapid.Bool().Draw(rt, "test")
		for key, value := range fields { // in any order
			p.Account = append(p.Account, Entry{Key: key, Value: NewSecret(value)})
		}
		first, err := p.encode()
		if err != nil {
			rt.Fatal(err)
		}
		slices.Reverse(p.Account)
		second, err := p.encode()
		if err != nil || !bytes.Equal(first, second) {
			rt.Fatalf("%s and %s: %v", first, second, err)
		}
		var back wireCreate
		if err := json.Unmarshal(first, &back); err != nil || back.Quantity != 1 || back.Test != p.Test || back.TopUp.Amount != p.Amount || len(back.TopUp.Account) != len(fields) {
			rt.Fatalf("%s: %v", first, err)
		}
		for key, value := range fields {
			if back.TopUp.Account[key] != strings.ToValidUTF8(value, "\ufffd") {
				rt.Fatalf("%q is sent as %q", value, back.TopUp.Account[key])
			}
		}
	})
}
