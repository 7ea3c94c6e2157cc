package order_test

import (
	"bytes"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// micros is a text's value in micro-units, told by another arithmetic.
func micros(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is an amount to us and to nobody else", text)
	}
	return r.Mul(r, big.NewRat(1_000_000, 1))
}

// FuzzParseMoney: an amount is read exactly or not at all, and is written so
// that it reads the same.
func FuzzParseMoney(f *testing.F) {
	for _, seed := range []string{
		"12.5", "0.000001", "0.0000001", "-0", "9007199254.740991", "9007199254.740992", "1e3", "1E-7", "0e999999999", "1e-999999999",
		"0x10", "1_000", "NaN", "Inf", " 1", "1/3", "٢٥", "+5", ".5", "5.", "--1", strings.Repeat("9", 300), "0." + strings.Repeat("0", 100) + "1", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		m, err := order.ParseMoney(text)
		if err != nil {
			if !errors.Is(err, order.ErrMoney) || m != 0 || len(text) > 20 && strings.Contains(err.Error(), text) {
				t.Fatalf("%q: %d, %v", text, m, err)
			}
			return
		}
		if m > order.MaxMoney || m < -order.MaxMoney {
			t.Fatalf("%q is %d, beyond what is exact", text, m)
		}
		if exact := micros(t, text); exact.Cmp(new(big.Rat).SetInt64(int64(m))) != 0 {
			t.Fatalf("%q is %d micro-units, want %s", text, m, exact)
		}
		if again, err := order.ParseMoney(m.String()); err != nil || again != m {
			t.Fatalf("%q is written %q and read %d, %v", text, m, again, err)
		}
	})
}

// FuzzRounding: received money is never valued higher than it is, a cost never
// lower, and neither is off by a whole micro-unit.
func FuzzRounding(f *testing.F) {
	for _, seed := range []string{"1.0000005", "-1.0000005", "0.0000000001", "9007199254.7409919", "3e-60", "1e-61", "7", "123456789012345678901234567890"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := decimal.NewFromString(text)
		if err != nil || len(text) > 4096 {
			return
		}
		down, errDown := order.MoneyRoundedDown(d)
		up, errUp := order.MoneyRoundedUp(d)
		if errDown != nil || errUp != nil {
			return // at the very edge one of them may still fit
		}
		exact := micros(t, text)
		if new(big.Rat).SetInt64(int64(down)).Cmp(exact) > 0 || new(big.Rat).SetInt64(int64(up)).Cmp(exact) < 0 || up-down > 1 {
			t.Fatalf("%q is between %d and %d", text, down, up)
		}
		plain, err := order.MoneyFromDecimal(d)
		if (err == nil) != (up == down) || err == nil && plain != down {
			t.Fatalf("%q is %d, %v between %d and %d", text, plain, err, down, up)
		}
	})
}

// FuzzParseNumber: whatever is typed, what is read is a number that reads the
// same in each of its forms, and one wrong character is noticed.
func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{
		"3F7KQW2M9X", "3f7kq-w2m9x", " 3F7KQ W2M9X ", "OIL0000000", "0000000000", "3F7KQW2M9", "3F7KQ—W2M9X", "ſF7KQW2M9X", "3F7KQW2M9X\x00", "", "------",
	} {
		f.Add(seed, byte(3), byte(7))
	}
	f.Fuzz(func(t *testing.T, text string, at, other byte) {
		n, err := order.ParseNumber(text)
		if err != nil {
			if !errors.Is(err, order.ErrNumber) || n != "" {
				t.Fatalf("%q: %q, %v", text, n, err)
			}
			return
		}
		if len(n) != 10 || n.Shard() < 0 || n.Shard() > 31 {
			t.Fatalf("%q is read as %q on shard %d", text, n, n.Shard())
		}
		for _, form := range []string{string(n), n.Pretty(), strings.ToLower(n.Pretty())} {
			if again, err := order.ParseNumber(form); err != nil || again != n {
				t.Fatalf("%q, once read as %q, is %q, %v", form, n, again, err)
			}
		}
		const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
		wrong, place := []byte(n), int(at)%len(n)
		wrong[place] = alphabet[int(other)%len(alphabet)]
		if _, err := order.ParseNumber(string(wrong)); (err == nil) != (string(wrong) == string(n)) {
			t.Fatalf("%q is taken for a number beside %q", wrong, n)
		}
	})
}

// FuzzReferences: what comes back from a vendor as our reference names one
// attempt, and is exactly what we sent for it.
func FuzzReferences(f *testing.F) {
	number := "00000000" // two more characters, the last one the check
	for _, c := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		if n, err := order.ParseNumber(number + "1" + string(c)); err == nil {
			number = string(n)
			break
		}
	}
	for _, tail := range []string{"-1", "-01", "-0", "--1", "-+1", "-99999999999999999999", "-1-2", "-0-1", "/0/1", "/-1/1", "-1/1", "-1 ", "", "-a-b"} {
		f.Add(number + tail)
		f.Add(strings.ToLower(number) + tail)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, attempt, err := order.ParseReference(text); err == nil && (n.Reference(attempt) != text || attempt < 1) {
			t.Fatalf("%q is payment %d of %q, which is called %q", text, attempt, n, n.Reference(attempt))
		}
		n, line, attempt, err := order.ParsePurchaseReference(text)
		if err != nil {
			return
		}
		if _, err = order.ParseNumber(string(n)); err != nil {
			t.Fatalf("%q is of %q, which is no number", text, n)
		}
		if line < 0 || attempt < 0 {
			return // nothing we write, and whoever reads it looks
		}
		again, sameLine, sameAttempt, err := order.ParsePurchaseReference(order.PurchaseReference(n, line, attempt))
		if err != nil || again != n || sameLine != line || sameAttempt != attempt {
			t.Fatalf("%q is %s line %d attempt %d, and then %s %d %d, %v", text, n, line, attempt, again, sameLine, sameAttempt, err)
		}
	})
}

// FuzzDecode: a damaged record is an order or an error, and an order is stored
// as the same bytes again and again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"n":"3F7KQW2M9X","u":1001,"s":"delivered","l":[{"i":"infinivoucher:x","q":1,"p":1000000,"s":"got","a":[{"n":1,"k":"","f":17,"o":"done"}]}],` +
		`"p":[{"n":1,"g":"infini","s":"closed","a":1000000,"l":3600,"f":17,"e":17,"b":1000000,"d":true}],"t":1000000,"c":17,"x":17,"h":[{"t":17,"w":"placed"}]}`))
	f.Add([]byte(`{"l":[null],"p":null,"f":["held","nonsense"]}`))
	f.Add([]byte(`[`))
	f.Add([]byte("\x01\x00"))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := order.Decode(body, 7)
		if err != nil {
			return
		}
		first, err := order.Encode(o)
		if err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		same, err := order.Decode(first, 7)
		if err != nil {
			t.Fatalf("written and not read: %v", err)
		}
		second, err := order.Encode(same)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("stored as %s and then as %s, %v", first, second, err)
		}
	})
}
