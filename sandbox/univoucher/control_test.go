package univoucher

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

// books is what GET /control/vendors/univoucher shows.
func (b *bench) books() string {
	b.t.Helper()
	raw, err := json.Marshal(b.v.Books())
	if err != nil {
		b.t.Fatal(err)
	}
	return string(raw)
}

// A private key, of the wallet or of a card, is in nothing that is shown; a
// card's secret is in the books alone.
func TestPrivateKeysAreNeverShown(t *testing.T) {
	b := newBench(t)
	b.apply(Change{CancelEndpoint: to(true)})
	b.accepted(nil)
	b.after(time.Minute)
	secret := b.request().Cards[0].Secret
	cardKey := hex.EncodeToString(b.v.cards[0].seed.key())
	shown := map[string]string{
		"books": b.books(), "card": b.get("/cards/single?id=102100001").raw, "callback": b.hooks[0].raw,
		"bad key": b.create(map[string]any{"privateKey": testKey[:65]}).raw, "no network": b.create(map[string]any{"network": 1e30}).raw,
		"poor": b.create(map[string]any{"amount": "99999999999999"}).raw, "accepted": b.create(nil).raw,
		"cancel": b.call("POST", api+"/cards/cancel", `{"cardIds":["1"],"privateKey":"`+testKey+`","callbackUrl":"x","authToken":"y"}`).raw,
	}
	for name, text := range shown {
		low := strings.ToLower(text)
		if strings.Contains(low, testKey[2:60]) || strings.Contains(low, cardKey) {
			t.Errorf("%s shows a private key: %s", name, text)
		}
		if strings.Contains(text, secret) != (name == "books" || name == "callback") {
			t.Errorf("%s and the secret: %s", name, text)
		}
	}
	if strings.Contains(shown["books"], token) {
		t.Error("the books show the auth token")
	}
	if b.v.cfg.Wallets != nil {
		t.Error("the vendor keeps the wallets' keys")
	}
}

func TestBooks(t *testing.T) {
	b := newBench(t)
	b.answer = 500
	b.accepted(map[string]any{"quantity": 2})
	b.after(3 * time.Second)
	b.after(time.Second)
	b.apply(Change{RedeemCard: &Redeem{CardID: "102100002", RedeemedBy: usdc}, CancelCard: to("102100001")})
	k := b.v.Books()
	want := TotalBook{
		Chain: 8453, Token: usdc, Cards: 2, Redeemed: 1, Cancelled: 1, Face: "2000000", Fees: "20000", Returned: "1000000", Spent: "1020000",
	}
	if k.Name != "univoucher" || len(k.Chains) != 7 || len(k.Wallets) != 7 || len(k.Totals) != 1 || k.Totals[0] != want {
		t.Errorf("%+v", k.Totals)
	}
	r := k.Requests[0]
	if r.Cards[0].Status != "cancelled" || r.Cards[0].CancelledBy != checksum(issuer) || r.Cards[1].Status != "redeemed" || r.Cards[1].RedeemedBy != usdc {
		t.Errorf("cards %+v", r.Cards)
	}
	if d := r.Callbacks; len(d) != 1 || d[0].Tries != 2 || d[0].State != kit.Waiting || d[0].LastCode != 500 || d[0].Key != "order-1" || d[0].Event != EventSuccess {
		t.Errorf("callbacks %+v", r.Callbacks)
	}
	if x := b.wallet(8453).of(usdc); x.Symbol != "USDC" || x.Decimals != 6 || x.Balance != "9998980000" || x.Funded != "10000000000" {
		t.Errorf("%+v", x)
	}
	if x := b.wallet(56).of(zeroAddress); x.Symbol != "BNB" || x.Decimals != 18 || x.Balance != "10000000000000000000" {
		t.Errorf("%+v", x)
	}
	b.wantAudit()
}

func TestChangesAreChecked(t *testing.T) {
	b := newBench(t)
	b.next(ModeNormal, ModeVanish)
	b.accepted(nil)
	b.accepted(nil)
	b.after(time.Minute)
	card := "102100001"
	before := b.books()
	for name, c := range map[string]Change{
		"delay":           {MintDelay: to("soon")},
		"latency":         {SyncLatency: to("-1s")},
		"lag":             {IndexerLag: to("5")},
		"tries":           {CallbackTries: to(5)},
		"no tries":        {CallbackTries: to(0)},
		"mode":            {NextCreate: []NextCreate{{Mode: "explode"}}},
		"times":           {NextCreate: []NextCreate{{ModeNormal, -1}}},
		"gas chain":       {GasPrice: map[int64]string{5: "1"}},
		"gas price":       {GasPrice: map[int64]string{1: "0.5"}},
		"fee":             {FeeBasisPoints: map[int64]int64{1: 201}},
		"fee chain":       {FeeBasisPoints: map[int64]int64{5: 1}},
		"inactive":        {Inactive: map[int64]bool{5: true}},
		"balance chain":   {Balances: []SetBalance{{Chain: 5, Amount: "1"}}},
		"balance address": {Balances: []SetBalance{{Chain: 1, Address: "me", Amount: "1"}}},
		"balance token":   {Balances: []SetBalance{{Chain: 1, Token: usdc, Amount: "1"}}},
		"balance amount":  {Balances: []SetBalance{{Chain: 1, Amount: "-1"}}},
		"second balance":  {Balances: []SetBalance{{Chain: 1, Amount: "1"}, {Chain: 5, Amount: "1"}}},
		"redeem unknown":  {RedeemCard: &Redeem{CardID: "1"}},
		"redeem address":  {RedeemCard: &Redeem{CardID: card, RedeemedBy: "me"}},
		"cancel unknown":  {CancelCard: to("x")},
		"both":            {RedeemCard: &Redeem{CardID: card}, CancelCard: &card},
		"mine unknown":    {Mine: to(int64(3))},
		"mine":            {Mine: to(int64(1))},
		"resend unknown":  {Resend: to(int64(0))},
		"resend vanished": {Resend: to(int64(2))},
	} {
		c.ErrorText = to("changed")
		err := b.v.Apply(c)
		if err == nil || b.books() != before || b.v.set.ErrorText != "" {
			t.Errorf("%s: %v", name, err)
		}
		unknown := strings.HasSuffix(name, " unknown")
		if unknown != (errors.Is(err, ErrUnknownCard) || errors.Is(err, ErrUnknownRequest)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.apply(Change{RedeemCard: &Redeem{CardID: card}})
	for _, c := range []Change{{RedeemCard: &Redeem{CardID: card}}, {CancelCard: &card}} {
		if b.v.Apply(c) == nil {
			t.Error("a redeemed card was used again")
		}
	}
}

func TestChangeAsJSON(t *testing.T) {
	b := newBench(t)
	var c Change
	err := kit.DecodeStrict([]byte(`{"mint_delay":"1m","gas_price":{"8453":"5"},"fee_basis_points":{"1":10},"inactive":{"10":true},
		"next_create":[{"mode":"stuck","times":2}],"balances":[{"chain":1,"amount":"7"}],"cancel_endpoint":true,"rpc_down":true}`), &c)
	if err != nil {
		t.Fatal(err)
	}
	b.apply(c)
	k := b.v.Books()
	if k.Chains[0].FeeBasisPoints != 10 || k.Chains[1].GasPrice != "5" || !k.Chains[5].Inactive || b.wallet(1).of(zeroAddress).Balance != "7" {
		t.Errorf("%+v", k.Chains)
	}
	b.accepted(nil)
	if due, _ := b.v.NextDue(); due.Sub(b.clock.Now()) != time.Minute {
		t.Errorf("due %v", due)
	}
	b.v.Settle()
	if b.after(time.Minute); b.request().State != stateStuck {
		t.Errorf("%s", b.request().State)
	}
}

func TestNew(t *testing.T) {
	now := time.Now
	wallet := func(chain int64, w Wallet) map[int64]Wallet { return map[int64]Wallet{chain: w} }
	for name, cfg := range map[string]Config{
		"no clock":     {Wallets: DefaultWallets(testKey)},
		"bad key":      {Now: now, Wallets: DefaultWallets(testKey[:65])},
		"chain":        {Now: now, Wallets: wallet(5, Wallet{PrivateKey: testKey})},
		"native":       {Now: now, Wallets: wallet(1, Wallet{PrivateKey: testKey, Native: "1.5"})},
		"unknown":      {Now: now, Wallets: wallet(1, Wallet{PrivateKey: testKey, Tokens: map[string]string{usdc: "1"}})},
		"token":        {Now: now, Wallets: wallet(8453, Wallet{PrivateKey: testKey, Tokens: map[string]string{usdc: "x"}})},
		"bad token":    {Now: now, Tokens: []Token{{1, "X", "0x1", 6}}},
		"token chain":  {Now: now, Tokens: []Token{{5, "X", usdc, 6}}},
		"token symbol": {Now: now, Tokens: []Token{{1, "", usdc, 6}}},
	} {
		_, err := New(cfg)
		if err == nil || strings.Contains(err.Error(), testKey[2:20]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	v, err := New(Config{Now: now, Tokens: []Token{{1, "OWN", usdc, 2}}, Wallets: wallet(1, Wallet{PrivateKey: testKey, Tokens: map[string]string{usdc: "500"}})})
	if err != nil {
		t.Fatal(err)
	}
	if w := v.Books().Wallets; len(w) != 1 || w[0].of(usdc).Symbol != "OWN" || w[0].of(usdc).Balance != "500" || w[0].of(zeroAddress).Balance != "0" {
		t.Errorf("%+v", w)
	}
}
