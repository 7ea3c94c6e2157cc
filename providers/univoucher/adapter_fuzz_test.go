package univoucher

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/providers/rest"
)

// FuzzDecode: whatever the vendor answers, nothing panics, and what is read of
// a card can be compared with what was wanted.
func FuzzDecode(f *testing.F) {
	for _, name := range []string{"card.json", "created.json", "created_sync.json"} {
		f.Add([]byte(body(f, name)))
	}
	for _, text := range []string{
		`{"total":1,"page":1,"cards":[]}`, `{"total":-1}`, `{"total":1,"cards":[{"cardId":"01","slotId":"x","status":"active","tokenAmount":"1e3"}]}`,
		`{"currentFeeBasisPoints":10001}`, `{"currentFeeBasisPoints":100,"history":[{"timestamp":1e99}]}`, `{"chains":[{"id":1,"feePercentage":"0.01"},null]}`, "null", "[]",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		answer := rest.Response{Body: raw}
		var card wireCard
		if bare(&card)(answer) == nil {
			checkCard(t, card.card())
		}
		var cards wireCards
		if bare(&cards)(answer) == nil {
			page := cards.page()
			for _, c := range page.Cards {
				checkCard(t, c)
			}
			if page.Total < 0 || page.Page <= 1 && page.Total > 0 && len(page.Cards) == 0 {
				t.Fatalf("read as no cards: %+v", page)
			}
		}
		var fees wireFees
		if bare(&fees)(answer) == nil {
			if h := fees.history(); h.Points < 0 || h.Points > basis {
				t.Fatalf("a fee of %d", h.Points)
			}
		}
		var chains wireChains
		if bare(&chains)(answer) == nil {
			for _, c := range *chains.Chains {
				_ = c.chain()
			}
		}
	})
}

func checkCard(t *testing.T, c Card) {
	t.Helper()
	if !plainID.MatchString(c.ID) || c.Slot == "" || c.Status == "" {
		t.Fatalf("card %+v", c)
	}
	for _, sum := range []*big.Int{c.Amount, c.FeePaid} {
		if sum != nil && sum.Sign() < 0 {
			t.Fatalf("card %s holds %s", c.ID, sum)
		}
	}
}

// FuzzUnits: dollars become units of a token exactly and back again, a fee is
// never too small, and units become dollars rounded the way they are asked for.
func FuzzUnits(f *testing.F) {
	f.Add(int64(25_000_000), 18, int64(100), 2, "1")
	f.Add(int64(1), 0, int64(0), 1, "999999999999999999999999999999")
	f.Add(int64(order.MaxMoney), 30, int64(10_000), 100, "0")
	f.Add(int64(10_000), 2, int64(1), 10, "-7")
	f.Fuzz(func(t *testing.T, micros int64, decimals int, points int64, quantity int, units string) {
		token := Token{Decimals: decimals}
		if decimals < 0 || decimals > maxDecimals || points < 0 || points > basis || quantity < 1 || quantity > 100 {
			return // settings and answers beyond are refused where they are read
		}
		if made, err := unitsOf(micros, decimals); err == nil && micros <= int64(order.MaxMoney) {
			if back, err := token.dollars(made, order.MoneyFromDecimal); err != nil || int64(back) != micros {
				t.Fatalf("%d micro-units with %d decimals are %s and then %d, %v", micros, decimals, made, back, err)
			}
			all := withFee(made, points, quantity)
			least := new(big.Int).Mul(made, big.NewInt((basis+points)*int64(quantity)))
			if all.Cmp(made) < 0 || new(big.Int).Mul(all, big.NewInt(basis)).Cmp(least) < 0 {
				t.Fatalf("%d of %s cost %s at %d basis points", quantity, made, all, points)
			}
		}
		held, ok := new(big.Int).SetString(units, 10)
		if !ok || len(units) > 78 {
			return
		}
		down, errDown := token.dollars(held, order.MoneyRoundedDown)
		up, errUp := token.dollars(held, order.MoneyRoundedUp)
		exact := decimal.NewFromBigInt(held, -int32(decimals))
		if errDown == nil && errUp == nil && (down.Decimal().GreaterThan(exact) || up.Decimal().LessThan(exact) || up-down > 1) {
			t.Fatalf("%s with %d decimals are between %d and %d", units, decimals, down, up)
		}
	})
}

// FuzzOpen: only a path and a body that both prove to be of one purchase open
// it; one character more or less opens nothing.
func FuzzOpen(f *testing.F) {
	tokens := NewTokens(&macs{keys: []string{"new", "old"}})
	reference := order.PurchaseReference(number, 1, 2)
	path, err := tokens.Path(reference)
	if err != nil {
		f.Fatal(err)
	}
	auth, err := tokens.Auth(reference)
	if err != nil {
		f.Fatal(err)
	}
	cancel, err := tokens.CancelAuth(reference)
	if err != nil {
		f.Fatal(err)
	}
	good := `{"orderId":"` + reference + `","authToken":"` + auth.Reveal() + `","cards":[]}`
	for _, text := range []string{good, `{"authToken":"` + cancel.Reveal() + `"}`, `{"orderId":7,"authToken":null}`, "[]", "", `{"authToken":"` + strings.ToUpper(auth.Reveal()) + `"}`} {
		f.Add(path, []byte(text))
		f.Add(strings.ToUpper(path), []byte(text))
	}
	f.Add("v1."+string(number)+".1-2.", []byte(good))
	f.Add(strings.Replace(path, "1-2", "01-2", 1), []byte(good))
	f.Fuzz(func(t *testing.T, token string, raw []byte) {
		letter, err := tokens.Open(token, raw)
		if err != nil {
			if !errors.Is(err, ErrToken) && !errors.Is(err, ErrMalformed) || letter != (Letter{}) {
				t.Fatalf("%+v, %v", letter, err)
			}
			return
		}
		_, sum, _ := strings.Cut(path[strings.LastIndexByte(path, '.'):], ".")
		proof := auth.Reveal()
		if letter.Wake {
			proof = cancel.Reveal()
		}
		ours := letter.Number == number && letter.Line == 1 && letter.Attempt == 2
		if !ours || !strings.HasSuffix(strings.ToLower(token), sum) || !strings.Contains(strings.ToLower(string(raw)), proof) && !strings.Contains(string(raw), `\u`) {
			t.Fatalf("%q with %s opens %+v", token, raw, letter)
		}
	})
}
