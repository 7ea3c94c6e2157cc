package plexy

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func wantedVoucher() Wanted {
	return Wanted{ProductID: "500", Currency: "USD", Key: buyKey, Reference: reference, Ceiling: dec("30")}
}

func read(t *testing.T, text string) Order {
	t.Helper()
	var w wireOrder
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		t.Fatal(err)
	}
	return w.order()
}

// Sheet §8, §9 and §10: each rule, and what is not told.
func TestCheck(t *testing.T) {
	swap := func(pairs ...string) string {
		text := body(t, "order_voucher_done.json")
		for i := 0; i < len(pairs); i += 2 {
			if !strings.Contains(text, pairs[i]) {
				t.Fatalf("nothing to swap: %s", pairs[i])
			}
			text = strings.Replace(text, pairs[i], pairs[i+1], 1)
		}
		return text
	}
	pending := []string{`"completed"`, `"pending"`, `{"voucher_code":"ABCD-EFGH-IJKL"}`, `null`}
	tests := map[string]struct {
		order string
		want  []Mismatch
	}{
		"as wanted":                     {swap(), nil},
		"a test order":                  {swap(`"is_test":false`, `"is_test":true`), []Mismatch{MismatchTest}},
		"test not told":                 {swap(`"is_test":false`, `"is_test":null`), []Mismatch{MismatchTest}},
		"test not told, pending":        {swap(append(pending, `"is_test":false`, `"is_test":null`)...), nil},
		"another product":               {swap(`"product_id":500`, `"product_id":501`), []Mismatch{MismatchProduct}},
		"another reference":             {swap(reference, "3F7KQW2M9X-0-2"), []Mismatch{MismatchReference}},
		"another key":                   {swap(buyKey, "b759b99a-9d22-433d-bced-ab1d2e1bea1d"), []Mismatch{MismatchReference}},
		"no reference":                  {swap(`"`+reference+`"`, `null`), nil},
		"no key":                        {swap(`"`+buyKey+`"`, `null`), nil},
		"neither":                       {swap(`"`+reference+`"`, `null`, `"`+buyKey+`"`, `null`), []Mismatch{MismatchReference}},
		"another currency":              {swap(`"USD"`, `"EUR"`), []Mismatch{MismatchCurrency}},
		"a currency in lower case":      {swap(`"USD"`, `"usd"`), nil},
		"no currency":                   {swap(`"USD"`, `null`), []Mismatch{MismatchCurrency}},
		"no charge":                     {swap(`"21.00"`, `null`), []Mismatch{MismatchAmount}},
		"a charge nobody can read":      {swap(`"21.00"`, `"21,00"`), []Mismatch{MismatchAmount}},
		"a charge that bites":           {swap(`"21.00"`, `"9e99999"`), []Mismatch{MismatchAmount}},
		"a negative charge":             {swap(`"21.00"`, `"-21.00"`, `"79.00"`, `"121.00"`), []Mismatch{MismatchAmount}},
		"charged as a number":           {swap(`"21.00"`, `21.0`), nil},
		"no charge, pending":            {swap(append(pending, `"21.00"`, `null`)...), nil},
		"the balance lost more":         {swap(`"79.00"`, `"78.99"`), []Mismatch{MismatchBalance}},
		"the balance is not told":       {swap(`"79.00"`, `null`), nil},
		"a balance nobody can read":     {swap(`"79.00"`, `"many"`), []Mismatch{MismatchBalance}},
		"failed, and the balance back":  {swap(`"completed"`, `"failed"`, `"79.00"`, `"100.00"`), nil},
		"at the ceiling":                {swap(`"21.00"`, `"30.00"`, `"79.00"`, `"70.00"`), nil},
		"above the ceiling":             {swap(`"21.00"`, `"30.01"`, `"79.00"`, `"69.99"`), []Mismatch{MismatchCharge}},
		"minor units of the charge":     {swap(`"charged_amount"`, `"amount_minor":2100,"charged_amount"`), nil},
		"minor units of nothing":        {swap(`"charged_amount"`, `"amount_minor":21,"charged_amount"`), []Mismatch{MismatchMinor}},
		"completed without content":     {swap(`{"voucher_code":"ABCD-EFGH-IJKL"}`, `null`), []Mismatch{MismatchContent}},
		"completed with a number only":  {swap(`"voucher_code":"ABCD-EFGH-IJKL"`, `"vendor_order_id":"LC-1"`), []Mismatch{MismatchContent}},
		"content while pending":         {swap(`"completed"`, `"pending"`), nil},
		"an unknown word":               {swap(`"completed"`, `"processing"`), nil},
		"pending, and nothing to judge": {swap(pending...), nil},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, Check(wantedVoucher(), read(t, tt.order))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	test := wantedVoucher()
	test.Test = true
	if got := Check(test, read(t, swap(`"is_test":false`, `"is_test":true`, `"79.00"`, `"100.00"`))); got != nil {
		t.Errorf("a test that leaves the balance alone: %v", got)
	}
	free := wantedVoucher()
	free.Ceiling, free.TopUp, free.Face = dec("0"), true, dec("10")
	if got := Check(free, read(t, swap(`{"voucher_code":"ABCD-EFGH-IJKL"}`, `{}`, `"charged_amount"`, `"amount_minor":1000,"charged_amount"`))); got != nil {
		t.Errorf("a top-up without a ceiling: %v", got)
	}
}

// Sheet §10: known keys in their order; everything else is nothing.
func TestContent(t *testing.T) {
	tests := map[string][]string{
		`{"voucher_code":"A"}`:                                      {"voucher_code=A"},
		`{"serial":"S","pin":1234,"code":"C","other":"x"}`:          {"code=C", "pin=1234", "serial=S"},
		`{"code":"C","voucher_code":"V"}`:                           {"voucher_code=V", "code=C"},
		`{"pin":"0012","serial":"S"}`:                               {"pin=0012", "serial=S"},
		`{"voucher_code":12345678901234567890}`:                     {"voucher_code=12345678901234567890"},
		`{"voucher_code":" A-B "}`:                                  {"voucher_code=A-B"},
		`{"voucher_code":"  ","code":null,"pin":["x"],"serial":{}}`: nil,
		`{}`: nil, `null`: nil, `"ABCD"`: nil, `[1]`: nil, `{"VoucherCode":"x"}`: nil, `{"voucher_code":true}`: nil,
	}
	for raw, want := range tests {
		var got []string
		for _, e := range read(t, `{"id":"x","order_content":`+raw+`}`).Content.Codes() {
			got = append(got, e.Key+"="+e.Value.Reveal())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
}
