package univoucher

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCreateAnswers202(t *testing.T) {
	b := newBench(t)
	got := b.accepted(map[string]any{"quantity": 3, "message": "for everybody to read"})
	want := map[string]any{
		"success": true, "status": "pending", "orderId": "order-1", "issuerAddress": "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",
		"network": 8453.0, "tokenAddress": usdc, "amountPerCard": "1000000", "feePerCard": "10000", "totalPerCard": "1010000",
		"quantity": 3.0, "totalAmount": "3030000", "message": "for everybody to read", "callbackUrl": hook, "createdAt": "2026-03-15T12:00:00.000Z",
	}
	if diff := cmp.Diff(want, got.data); diff != "" {
		t.Error(diff)
	}
	if bare := b.accepted(map[string]any{"privateKey": testKey[2:], "quantity": nil}); bare.text("quantity") != "1" || bare.text("message") != "" {
		t.Errorf("key without 0x, no quantity: %s", bare.raw)
	}
}

// Every row of univoucher sheet §2 about a create, with its text.
func TestCreateRefusals(t *testing.T) {
	const missing = "Missing required parameters"
	long := strings.Repeat("é", 101)
	for name, c := range map[string]struct {
		changes map[string]any
		text    string
	}{
		"no network":         {map[string]any{"network": nil}, missing},
		"no token":           {map[string]any{"tokenAddress": nil}, missing},
		"no amount":          {map[string]any{"amount": ""}, missing},
		"no key":             {map[string]any{"privateKey": nil}, missing},
		"no order":           {map[string]any{"orderId": ""}, missing},
		"no auth token":      {map[string]any{"authToken": nil}, missing},
		"short key":          {map[string]any{"privateKey": testKey[:60]}, "Invalid private key format"},
		"key no text":        {map[string]any{"privateKey": 11}, "Invalid private key format"},
		"unknown network":    {map[string]any{"network": 5}, "Invalid network"},
		"network as text":    {map[string]any{"network": "8453"}, "Invalid network"},
		"token no address":   {map[string]any{"tokenAddress": "USDC"}, "Invalid token address"},
		"token bad checksum": {map[string]any{"tokenAddress": strings.Replace(usdc, "C", "c", 1)}, "Invalid token address"},
		"amount decimal":     {map[string]any{"amount": "1.5"}, "Invalid amount format"},
		"amount exponent":    {map[string]any{"amount": "1e6"}, "Invalid amount format"},
		"amount negative":    {map[string]any{"amount": "-1"}, "Invalid amount format"},
		"amount zero":        {map[string]any{"amount": "0"}, "Invalid amount format"},
		"amount number":      {map[string]any{"amount": 1000000}, "Invalid amount format"},
		"amount 2^256":       {map[string]any{"amount": "1" + strings.Repeat("9", 77)}, "Invalid amount format"},
		"quantity 0":         {map[string]any{"quantity": 0}, "Quantity must be between 1 and 100"},
		"quantity 101":       {map[string]any{"quantity": 101}, "Quantity must be between 1 and 100"},
		"quantity text":      {map[string]any{"quantity": "1"}, "Quantity must be between 1 and 100"},
		"quantity half":      {map[string]any{"quantity": 1.5}, "Quantity must be between 1 and 100"},
		"callback http":      {map[string]any{"callbackUrl": "http://shop.test/x"}, "Invalid callback URL"},
		"callback no URL":    {map[string]any{"callbackUrl": "shop"}, "Invalid callback URL"},
		"callback number":    {map[string]any{"callbackUrl": 7}, "Invalid callback URL"},
		"auth token number":  {map[string]any{"authToken": 7}, "Invalid auth token"},
		"order number":       {map[string]any{"orderId": 7}, "Invalid order ID"},
		"message long":       {map[string]any{"message": long}, "Message must be at most 100 characters"},
		"too many tokens":    {map[string]any{"amount": "9900990100"}, "Insufficient token balance"},
		"another's key":      {map[string]any{"privateKey": otherKey}, "Insufficient token balance"},
		"unknown token":      {map[string]any{"tokenAddress": contractAddress}, "Insufficient token balance"},
		"too many coins":     {map[string]any{"tokenAddress": zeroAddress, "amount": "9900990099009900990"}, "Insufficient balance"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			got := b.create(c.changes)
			if got.status != 400 || got.text("error") != c.text {
				t.Errorf("%d %s", got.status, got.raw)
			}
			if strings.Contains(got.raw, testKey[2:50]) || strings.Contains(got.raw, otherKey[:50]) {
				t.Error("the answer quotes the key")
			}
			if b.after(time.Hour); len(b.v.Books().Requests) != 0 || len(b.hooks) != 0 {
				t.Error("a refused create did something")
			}
		})
	}
	b := newBench(t)
	if got := b.create(map[string]any{"message": long[2:], "callbackUrl": "http://127.0.0.1:8088/x"}); got.status != 202 {
		t.Errorf("100 letters, http on loopback: %d %s", got.status, got.raw)
	}
	if got := b.call("POST", api+"/cards/create", "{"); got.status != 400 {
		t.Errorf("no JSON: %d %s", got.status, got.raw)
	}
}

func TestRefusalDetails(t *testing.T) {
	b := newBench(t)
	if got := b.create(map[string]any{"network": nil}); fmt.Sprint(got.data["required"]) != "[network tokenAddress amount privateKey orderId authToken]" {
		t.Errorf("required: %s", got.raw)
	}
	b.apply(Change{Inactive: map[int64]bool{137: true}})
	if got := b.create(map[string]any{"network": 137}); fmt.Sprint(got.data["supportedNetworks"]) != "[1 8453 56 42161 10 43114]" {
		t.Errorf("supportedNetworks: %s", got.raw)
	}
	got := b.create(map[string]any{"amount": "9900990100"})
	if got.text("required") != "10000000001" || got.text("available") != "10000000000" || got.text("tokenAddress") != usdc {
		t.Errorf("token: %s", got.raw)
	}
	// One card: gas 100000 + 110000, and 60000 more for the approval of an ERC-20.
	b.apply(Change{Balances: []SetBalance{{Chain: 8453, Amount: "2699999999999"}}})
	got = b.create(nil)
	want := map[string]any{"cardAmount": "0", "gasCost": "2700000000000", "gasPrice": "10000000", "gasLimit": "270000"}
	if got.text("error") != "Insufficient native balance for gas fees" || got.text("required") != "2700000000000" ||
		got.text("available") != "2699999999999" || !cmp.Equal(got.data["breakdown"], any(want)) {
		t.Errorf("gas: %s", got.raw)
	}
	got = b.create(map[string]any{"tokenAddress": zeroAddress, "amount": "1000000000000"})
	want = map[string]any{"cardAmount": "1010000000000", "gasCost": "2100000000000", "gasPrice": "10000000", "gasLimit": "210000"}
	if got.text("error") != "Insufficient balance" || got.text("required") != "3110000000000" || got.text("available") != "2699999999999" ||
		got.text("tokenAddress") != zeroAddress || !cmp.Equal(got.data["breakdown"], any(want)) {
		t.Errorf("coin: %s", got.raw)
	}
	b.apply(Change{Balances: []SetBalance{{Chain: 8453, Amount: "2700000000000"}}})
	b.accepted(nil)
	if got := b.create(nil); got.text("error") != "Insufficient native balance for gas fees" || got.text("available") != "0" {
		t.Errorf("the first create holds the gas: %s", got.raw)
	}
}

// Univoucher sheet §5: the callback is where the secrets are.
func TestCallback(t *testing.T) {
	b := newBench(t)
	b.accepted(map[string]any{"quantity": 2, "message": "hello"})
	if b.after(3*time.Second-time.Millisecond) != 0 {
		t.Error("called too early")
	}
	if due, ok := b.v.NextDue(); !ok || due.Sub(b.clock.Now()) != time.Millisecond {
		t.Errorf("next due %v %v", due, ok)
	}
	if b.after(time.Millisecond) != 1 || len(b.hooks) != 1 {
		t.Fatalf("%d callbacks", len(b.hooks))
	}
	h := b.hooks[0]
	if h.url != hook || h.header.Get("User-Agent") != "UniVoucher-API/1.0.0" || h.header.Get("Content-Type") != "application/json" ||
		h.header.Get("X-UniVoucher-Timestamp") != fmt.Sprint(b.clock.Now().UnixMilli()) {
		t.Errorf("to %s with %v", h.url, h.header)
	}
	cards := cardsIn(h.body)
	delete(h.body, "cards")
	hashes := []any{h.body["approvalTransactionHashes"], h.body["creationTransactionHashes"]}
	if !regexp.MustCompile(`^\[\[0x[0-9a-f]{64}\] \[0x[0-9a-f]{64}\]\]$`).MatchString(fmt.Sprint(hashes)) {
		t.Errorf("hashes %v", hashes)
	}
	delete(h.body, "approvalTransactionHashes")
	delete(h.body, "creationTransactionHashes")
	want := map[string]any{
		"success": true, "status": "success", "orderId": "order-1", "issuerAddress": checksum(issuer), "network": 8453.0,
		"tokenAddress": usdc, "amountPerCard": "1000000", "feePerCard": "10000", "totalPerCard": "1010000", "quantity": 2.0,
		"totalAmount": "2020000", "message": "hello", "createdAt": "2026-03-15T12:00:00.000Z", "authToken": token,
	}
	if diff := cmp.Diff(want, h.body); diff != "" {
		t.Error(diff)
	}
	if len(cards) != 2 || cards[0]["cardSecret"] == cards[1]["cardSecret"] || cards[0]["slotId"] == cards[1]["slotId"] {
		t.Fatalf("cards %v", cards)
	}
	book := b.request().Cards[0]
	want = map[string]any{
		"cardId": 102100001.0, "cardSecret": book.Secret, "slotId": book.SlotID, "amount": "1000000",
		"tokenAddress": usdc, "message": "hello", "orderId": "order-1",
	}
	if diff := cmp.Diff(want, cards[0]); diff != "" {
		t.Error(diff)
	}
	b.wantAudit()
}

// The retry train is 1 and 5 s after a failure, three tries in all.
func TestCallbackRetries(t *testing.T) {
	for _, c := range []struct {
		tries  int
		answer int
		want   string
	}{{3, 503, "0s 1s 6s"}, {3, 401, "0s 1s 6s"}, {3, 204, "0s 1s 6s"}, {4, 500, "0s 1s 6s 21s"}, {1, 500, "0s"}, {3, 200, "0s"}} {
		b := newBench(t)
		b.answer = c.answer
		b.apply(Change{CallbackTries: to(c.tries)})
		b.accepted(nil)
		start := b.clock.Now().Add(3 * time.Second)
		for range 60 {
			b.after(time.Second)
		}
		b.after(48 * time.Hour)
		var got []string
		for _, h := range b.hooks {
			got = append(got, h.at.Sub(start).String())
			if h.raw != b.hooks[0].raw {
				t.Error("a retry has another body")
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: tried at %v", c, got)
		}
		state := map[bool]string{true: "delivered", false: "gave_up"}[c.answer == 200]
		calls := b.request().Callbacks
		if len(calls) != 1 || calls[0].State != state || calls[0].Tries != len(got) || calls[0].LastCode != c.answer {
			t.Errorf("books: %+v", calls)
		}
		if _, waits := b.v.NextDue(); waits {
			t.Error("something still waits")
		}
	}
}

// Sync mode answers 200 with the secrets and calls nobody.
func TestSyncCreate(t *testing.T) {
	b := newBench(t)
	got := b.create(map[string]any{"callbackUrl": nil, "authToken": nil, "quantity": 2})
	if got.status != 200 || got.text("status") != "success" || len(cardsIn(got.data)) != 2 || got.data["authToken"] != nil || got.data["callbackUrl"] != nil {
		t.Errorf("%d %s", got.status, got.raw)
	}
	if b.after(time.Hour); len(b.hooks) != 0 || b.request().State != stateMinted {
		t.Errorf("%d callbacks, %s", len(b.hooks), b.request().State)
	}
	for mode, state := range map[string]string{
		ModeFailBefore: stateFailed, ModeFailAfter: stateMinted, ModeVanish: stateVanished, ModeReverted: stateFailed, ModeStuck: stateStuck,
	} {
		b.next(mode)
		got := b.create(map[string]any{"callbackUrl": nil})
		if got.status != 500 || got.text("error") != "Internal server error" || got.data["message"] == nil || b.request().State != state {
			t.Errorf("%s: %d %s, %s", mode, got.status, got.raw, b.request().State)
		}
	}
	b.wantAudit()
}

// Nothing makes a repeat harmless: univoucher sheet §6.
func TestNoIdempotency(t *testing.T) {
	b := newBench(t)
	b.accepted(nil)
	b.accepted(nil)
	b.after(time.Minute)
	books := b.v.Books()
	if len(b.hooks) != 2 || len(books.Requests) != 2 || books.Totals[0].Cards != 2 || books.Totals[0].Spent != "2020000" {
		t.Errorf("%d callbacks, %+v", len(b.hooks), books.Totals)
	}
	first, second := books.Requests[0], books.Requests[1]
	if first.OrderID != second.OrderID || first.Cards[0].Secret == second.Cards[0].Secret || first.Cards[0].ID == second.Cards[0].ID {
		t.Errorf("%+v\n%+v", first, second)
	}
	// The allowance is there after the first, so the second needs no approval.
	if len(first.ApprovalHashes) != 1 || len(second.ApprovalHashes) != 0 || first.GasBurnt != "2700000000000" || second.GasBurnt != "2100000000000" {
		t.Errorf("gas %s and %s", first.GasBurnt, second.GasBurnt)
	}
	if w := b.wallet(8453); w.Nonce != 3 || w.Pending != 0 || w.of(usdc).Balance != "9997980000" || w.of(usdc).Held != "0" {
		t.Errorf("wallet %+v", w)
	}
	b.wantAudit()
}

func TestNativeCards(t *testing.T) {
	b := newBench(t)
	b.accepted(map[string]any{"tokenAddress": zeroAddress, "amount": "1000000000000000000", "network": 43114})
	b.after(time.Minute)
	r := b.request()
	if r.Cards[0].ID != "107100001" || len(r.ApprovalHashes) != 0 || r.TotalAmount != "1010000000000000000" || r.GasBurnt != "210000000000000" {
		t.Errorf("%+v", r)
	}
	if got := b.wallet(43114).of(zeroAddress).Balance; got != "8989790000000000000" {
		t.Errorf("balance %s", got)
	}
	b.wantAudit()
}

// Fees are cut, not rounded, and follow the chain's basis points.
func TestFees(t *testing.T) {
	b := newBench(t)
	b.apply(Change{FeeBasisPoints: map[int64]int64{8453: 150}, GasPrice: map[int64]string{8453: "7"}})
	if got := b.accepted(map[string]any{"amount": "999999"}); got.text("feePerCard") != "14999" || got.text("totalAmount") != "1014998" {
		t.Errorf("%s", got.raw)
	}
	b.after(time.Minute)
	if r := b.request(); r.GasBurnt != "1890000" || r.Cards[0].Fee != "14999" {
		t.Errorf("%+v", r)
	}
	b.wantAudit()
}
