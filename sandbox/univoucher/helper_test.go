package univoucher

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

const (
	testKey  = "0x1111111111111111111111111111111111111111111111111111111111111111"
	otherKey = "2222222222222222222222222222222222222222222222222222222222222222"
	issuer   = "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a" // of testKey, univoucher sheet §12
	usdc     = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913" // on Base
	hook     = "https://shop.test/webhooks/univoucher/k1.o.1.mac"
	token    = "an auth token of 32 bytes and more"
)

// hookCall is one callback that arrived.
type hookCall struct {
	url    string
	header http.Header
	raw    string
	body   map[string]any
	at     time.Time
}

type bench struct {
	t      *testing.T
	v      *Vendor
	clock  *kit.Clock
	faults *kit.Faults
	hooks  []hookCall
	answer int
}

func newBench(t *testing.T) *bench {
	t.Helper()
	start := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	b := &bench{t: t, clock: kit.NewClock(func() time.Time { return start }), answer: 200, faults: kit.NewFaults(nil)}
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		h := hookCall{url: "https://" + r.Host + r.URL.Path, header: r.Header, raw: string(raw), at: b.clock.Now()}
		if err := json.Unmarshal(raw, &h.body); err != nil {
			t.Error(err)
		}
		b.hooks = append(b.hooks, h)
		w.WriteHeader(b.answer)
	})
	v, err := New(Config{
		Now: b.clock.Now, NewID: kit.SeededIDs(1), Wallets: DefaultWallets(testKey), Faults: b.faults,
		WebhookClient: &http.Client{Transport: kit.HandlerTransport(shop)},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.v = v
	return b
}

type reply struct {
	status int
	raw    string
	data   map[string]any
}

func (r reply) text(name string) string { return fmt.Sprint(r.data[name]) }

func (b *bench) call(method, path, body string) reply {
	b.t.Helper()
	r, err := http.NewRequest(method, "http://v.test"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := kit.HandlerTransport(b.v.Handler()).RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	raw, _ := io.ReadAll(res.Body)
	out := reply{status: res.StatusCode, raw: strings.TrimSpace(string(raw))}
	_ = json.Unmarshal(raw, &out.data) // a JSON-RPC batch is no object
	return out
}

func (b *bench) get(path string) reply { b.t.Helper(); return b.call("GET", api+path, "") }

// with is a good async create of one 1 USDC card on Base, changed; nil removes.
func with(changes map[string]any) string {
	f := map[string]any{
		"network": 8453, "tokenAddress": usdc, "amount": "1000000", "privateKey": testKey,
		"orderId": "order-1", "callbackUrl": hook, "authToken": token,
	}
	maps.Copy(f, changes)
	maps.DeleteFunc(f, func(_ string, v any) bool { return v == nil })
	raw, _ := json.Marshal(f)
	return string(raw)
}

func (b *bench) create(changes map[string]any) reply {
	b.t.Helper()
	return b.call("POST", api+"/cards/create", with(changes))
}

// accepted creates and wants the 202.
func (b *bench) accepted(changes map[string]any) reply {
	b.t.Helper()
	r := b.create(changes)
	if r.status != 202 {
		b.t.Fatalf("create: %d %s", r.status, r.raw)
	}
	return r
}

// after lets time pass and the vendor work.
func (b *bench) after(d time.Duration) int {
	b.t.Helper()
	b.clock.Advance(d)
	return b.v.Tick(b.t.Context())
}

func (b *bench) apply(c Change) {
	b.t.Helper()
	if err := b.v.Apply(c); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) next(modes ...string) {
	b.t.Helper()
	var plan []NextCreate
	for _, m := range modes {
		plan = append(plan, NextCreate{Mode: m})
	}
	b.apply(Change{NextCreate: plan})
}

func to[T any](v T) *T { return &v }

// request is the newest request in the books.
func (b *bench) request() RequestBook {
	b.t.Helper()
	all := b.v.Books().Requests
	return all[len(all)-1]
}

// wallet is the configured wallet of a chain.
func (b *bench) wallet(chain int64) WalletBook {
	b.t.Helper()
	for _, w := range b.v.Books().Wallets {
		if w.Chain == chain && strings.EqualFold(w.Address, issuer) {
			return w
		}
	}
	b.t.Fatal("no wallet")
	return WalletBook{}
}

func (w WalletBook) of(token string) BalanceBook {
	for _, x := range w.Balances {
		if strings.EqualFold(x.Token, token) {
			return x
		}
	}
	return BalanceBook{Balance: "0", Held: "0", Funded: "0"}
}

func number(t *testing.T, text string) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		t.Fatalf("%q is no integer", text)
	}
	return n
}

// wantAudit checks that no wallet gained or lost a unit without a reason.
func (b *bench) wantAudit() {
	b.t.Helper()
	books := b.v.Books()
	for _, w := range books.Wallets {
		for _, x := range w.Balances {
			want := number(b.t, x.Funded)
			for _, total := range books.Totals {
				if total.Chain == w.Chain && total.Token == x.Token {
					want.Sub(want, number(b.t, total.Spent))
				}
			}
			if x.Token == zeroAddress {
				want.Sub(want, number(b.t, w.GasBurnt))
			}
			if want.String() != x.Balance {
				b.t.Errorf("chain %d %s: balance %s, the books say %s", w.Chain, x.Symbol, x.Balance, want)
			}
		}
	}
}

// cardsIn are the cards of a callback or of a sync answer.
func cardsIn(body map[string]any) []map[string]any {
	var out []map[string]any
	list, _ := body["cards"].([]any)
	for _, c := range list {
		out = append(out, c.(map[string]any))
	}
	return out
}

// unseal opens an encryptedPrivateKey with a card's secret.
func unseal(t *testing.T, secret, text string) (string, error) {
	t.Helper()
	var s sealed
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	salt, _ := hex.DecodeString(s.Salt)
	iv, _ := hex.DecodeString(s.IV)
	raw, err := base64.StdEncoding.DecodeString(s.Ciphertext)
	if err != nil || len(salt) != 16 || len(iv) != 12 {
		t.Fatalf("%v, salt of %d, iv of %d", err, len(salt), len(iv))
	}
	key, err := stretch(secret, salt)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := aes.NewCipher(key)
	gcm, _ := cipher.NewGCM(block)
	plain, err := gcm.Open(nil, iv, raw, nil)
	return string(plain), err
}
