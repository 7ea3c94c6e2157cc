package univoucher

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (b *bench) cancel(changes map[string]any) reply {
	b.t.Helper()
	f := map[string]any{"cardIds": []string{"102100001"}, "privateKey": testKey, "callbackUrl": hook, "authToken": token}
	maps.Copy(f, changes)
	raw, _ := json.Marshal(f)
	return b.call("POST", api+"/cards/cancel", string(raw))
}

// newCancelBench has two cards of ours on Base, one on Polygon, and the
// endpoint on.
func newCancelBench(t *testing.T) *bench {
	b := newBench(t)
	b.accepted(map[string]any{"quantity": 2})
	b.accepted(map[string]any{"network": 137, "tokenAddress": zeroAddress})
	b.after(time.Minute)
	b.hooks = nil
	b.apply(Change{CancelEndpoint: to(true)})
	return b
}

func TestCancelIsOffByDefault(t *testing.T) {
	b := newBench(t)
	if got := b.cancel(nil); got.status != 404 || got.text("error") != "Not found" {
		t.Errorf("%d %s", got.status, got.raw)
	}
}

func TestCancel(t *testing.T) {
	b := newCancelBench(t)
	before := b.wallet(8453)
	got := b.cancel(map[string]any{"cardIds": []any{"102100001", 102100002}})
	if got.status != 202 || got.raw != `{"success":true}` {
		t.Fatalf("%d %s", got.status, got.raw)
	}
	if w := b.wallet(8453); w.Pending != 1 || w.of(usdc).Balance != before.of(usdc).Balance {
		t.Errorf("before it is mined: %+v", w)
	}
	b.after(3 * time.Second)
	want := map[string]any{
		"status": "completed", "authToken": token,
		"cancelledCards": []any{map[string]any{"cardId": 102100001.0}, map[string]any{"cardId": 102100002.0}},
	}
	if len(b.hooks) != 1 || !cmp.Equal(want, b.hooks[0].body) || b.hooks[0].header.Get("User-Agent") != "UniVoucher-API/1.0.0" {
		t.Fatalf("%+v", b.hooks)
	}
	// The face comes back, the 1 % stays with the contract (univoucher sheet §7).
	w := b.wallet(8453)
	if before.of(usdc).Balance != "9997980000" || w.of(usdc).Balance != "9999980000" || w.Pending != 0 || w.Nonce != before.Nonce+1 {
		t.Errorf("%+v", w)
	}
	b.wantAudit()
	c := b.v.Books().Cancels
	if len(c) != 1 || c[0].State != stateMinted || fmt.Sprint(c[0].CardIDs) != "[102100001 102100002]" || len(c[0].Callbacks) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestCancelRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]any
		status  int
		text    string
	}{
		"no cards":     {map[string]any{"cardIds": nil}, 400, "Missing required parameters"},
		"no token":     {map[string]any{"authToken": ""}, 400, "Missing required parameters"},
		"bad key":      {map[string]any{"privateKey": "0x12"}, 400, "Invalid private key format"},
		"bad callback": {map[string]any{"callbackUrl": "http://shop.test"}, 400, "Invalid callback URL"},
		"bad token":    {map[string]any{"authToken": 7}, 400, "Invalid auth token"},
		"empty":        {map[string]any{"cardIds": []string{}}, 400, "Quantity must be between 1 and 100"},
		"too many":     {map[string]any{"cardIds": strings.Split(strings.Repeat("102100001 ", 101), " ")}, 400, "Quantity must be between 1 and 100"},
		"unknown":      {map[string]any{"cardIds": []string{"102100009"}}, 404, "Card not found"},
		"two chains":   {map[string]any{"cardIds": []string{"102100001", "104100001"}}, 400, "All cards must be on one chain"},
	} {
		b := newCancelBench(t)
		if got := b.cancel(c.changes); got.status != c.status || got.text("error") != c.text || strings.Contains(got.raw, testKey[2:]) {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
		if b.after(time.Hour); len(b.hooks) != 0 || len(b.v.Books().Cancels) != 0 {
			t.Errorf("%s: something happened", name)
		}
	}
}

// All the cards, or none: it is one transaction.
func TestCancelFailures(t *testing.T) {
	both := map[string]any{"cardIds": []string{"102100001", "102100002"}}
	for name, c := range map[string]struct {
		before  Change
		changes map[string]any
		text    string
	}{
		"switch":    {Change{FailCancels: to(true)}, both, "cancellation failed"},
		"redeemed":  {Change{RedeemCard: &Redeem{CardID: "102100002"}}, both, "card is not active"},
		"twice":     {Change{}, map[string]any{"cardIds": []string{"102100001", "102100001"}}, "card is not active"},
		"not ours":  {Change{}, map[string]any{"privateKey": otherKey}, "insufficient funds for gas"},
		"not ours2": {Change{Balances: []SetBalance{{8453, otherAddress(), "", "9000000000000000"}}}, map[string]any{"privateKey": otherKey}, "only the creator can cancel a card"},
		"no gas":    {Change{Balances: []SetBalance{{Chain: 8453, Amount: "10"}}}, both, "insufficient funds for gas"},
	} {
		b := newCancelBench(t)
		b.apply(c.before)
		before := b.wallet(8453)
		b.cancel(c.changes)
		b.after(time.Minute)
		want := map[string]any{"status": "error", "error": c.text, "authToken": token, "cancelledCards": []any{}}
		if len(b.hooks) != 1 || !cmp.Equal(want, b.hooks[0].body) {
			t.Errorf("%s: %+v", name, b.hooks)
		}
		if w := b.wallet(8453); !cmp.Equal(w, before) {
			t.Errorf("%s: the wallet changed: %s", name, cmp.Diff(before, w))
		}
		if x := b.v.Books().Cancels[0]; x.State != stateFailed || x.Error != c.text {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

func otherAddress() string {
	key, _ := parseKey(otherKey)
	return addressOf(key)
}
