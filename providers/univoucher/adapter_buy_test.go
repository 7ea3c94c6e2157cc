package univoucher

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"giftbot/order"
)

// accepted is the 202 to what was sent, with some fields changed.
func (w *world) accepted(quantity int, change ...func(map[string]any)) func(map[string]any) (int, string) {
	return func(sent map[string]any) (int, string) {
		reply := map[string]any{
			"success": true, "status": "pending", "orderId": sent["orderId"], "issuerAddress": checksummed(key(w.t, walletKey).Address()), "network": sent["network"],
			"tokenAddress": strings.ToLower(fmt.Sprint(sent["tokenAddress"])), "amountPerCard": sent["amount"], "feePerCard": "100000", "totalPerCard": "10100000",
			"quantity": sent["quantity"], "totalAmount": fmt.Sprint(10_100_000 * quantity), "message": sent["message"], "callbackUrl": sent["callbackUrl"],
			"createdAt": "2026-03-15T12:06:00.000Z",
		}
		for _, f := range change {
			f(reply)
		}
		return 202, encoded(w.t, reply)
	}
}

func TestBuyIsAccepted(t *testing.T) {
	w := newWorld(t)
	a := w.adapter()
	var sent map[string]any
	w.create = func(s map[string]any) (int, string) { sent = s; return w.accepted(2)(s) }
	got, err := a.Buy(t.Context(), w.purchase(2))
	codeIs(t, "buy", err, "")
	same(t, order.Receipt{Item: itemUSDC, Quantity: 2, Total: 20_300_000, Pending: true}, got)

	path, auth := must[string](t)(a.tokens.Path(reference)), must[Secret](t)(a.tokens.Auth(reference)).Reveal()
	same(t, map[string]any{
		"network": 8453.0, "tokenAddress": baseUSDC, "amount": "10000000", "quantity": 2.0, "privateKey": walletKey, "orderId": reference,
		"callbackUrl": "https://shop.example/webhooks/univoucher/" + path, "authToken": auth, "message": "Happy birthday",
	}, sent)
	if _, err := a.tokens.Open(path, bodyFor(t, a.tokens, reference, auth)); err != nil {
		t.Errorf("its own callback: %v", err)
	}
	if w.count("/cards/create") != 1 {
		t.Errorf("%v", w.seen)
	}
}

func TestBuyOfEighteenDecimals(t *testing.T) {
	w := newWorld(t)
	var amount any
	w.create = func(s map[string]any) (int, string) {
		amount = s["amount"]
		return w.accepted(1, put("totalAmount", "10100000000000000001"))(s)
	}
	p := w.purchase(1)
	p.Item = "56-USDT"
	got, err := w.adapter().Buy(t.Context(), p)
	codeIs(t, "buy", err, "")
	if amount != "10000000000000000000" || got.Total != 10_100_001+150_000 || len(got.Mismatch) != 0 {
		t.Errorf("%v %+v", amount, got)
	}
}

// Money is moving: what does not fit is told, and is no error (sheet §4, §5).
func TestBuyComparesThe202(t *testing.T) {
	tests := map[string]struct {
		change func(map[string]any)
		want   []string
	}{
		"another order":    {put("orderId", "0000000000-2-2"), []string{"order"}},
		"another network":  {put("network", 1), []string{"network"}},
		"another token":    {put("tokenAddress", vectorSlot), []string{"token"}},
		"another amount":   {put("amountPerCard", "10000001"), []string{"amount"}},
		"no amount":        {put("amountPerCard", nil), []string{"amount"}},
		"another quantity": {put("quantity", 1), []string{"quantity"}},
		"another wallet":   {put("issuerAddress", vectorSlot), []string{"issuer"}},
		"no wallet":        {put("issuerAddress", ""), []string{"issuer"}},
		"2 % dearer":       {put("totalAmount", "20604000"), nil},
		"more than 2 %":    {put("totalAmount", "20604001"), []string{"total"}},
		"no total":         {put("totalAmount", nil), []string{"total"}},
		"odd total":        {put("totalAmount", "1e9"), []string{"total"}},
		"huge total":       {put("totalAmount", strings.Repeat("9", 78)), []string{"total"}},
		"cheaper":          {put("totalAmount", "20000000"), nil},
	}
	for name, tt := range tests {
		w := newWorld(t)
		w.create = w.accepted(2, tt.change)
		got, err := w.adapter().Buy(t.Context(), w.purchase(2))
		codeIs(t, name, err, "")
		if !got.Pending || got.Failed {
			t.Errorf("%s: %+v", name, got)
		}
		same(t, tt.want, got.Mismatch)
	}
}

func TestBuyErrors(t *testing.T) {
	text := func(s string) string { return `{"error":"` + s + `"}` }
	tests := []struct {
		status int
		reply  string
		want   order.Code
	}{
		{400, text("Missing required parameters"), order.CodeInvalid}, {400, text("Invalid private key format"), order.CodeInvalid},
		{400, text("Invalid network"), order.CodeInvalid}, {400, text("Invalid token address"), order.CodeInvalid}, {400, text("Invalid amount format"), order.CodeInvalid},
		{400, text("Quantity must be between 1 and 100"), order.CodeInvalid}, {400, text("Invalid callback URL"), order.CodeInvalid},
		{400, text("Insufficient balance"), order.CodeFunds}, {400, text("Insufficient token balance"), order.CodeFunds},
		{400, text("Insufficient native balance for gas fees"), order.CodeFunds}, {400, text("Insufficient luck"), order.CodeFunds},
		{400, text("insufficient balance"), order.CodeInvalid}, {400, ``, order.CodeInvalid},
		{401, ``, order.CodeInvalid}, {403, ``, order.CodeInvalid}, {404, text("Chain not found"), order.CodeInvalid}, {422, ``, order.CodeInvalid},
		{400, `{"success":true,"error":"x"}`, order.CodeUnclear},
		{408, ``, order.CodeUnclear}, {425, ``, order.CodeUnclear}, {409, text("Order is being processed"), order.CodeUnclear}, {429, ``, order.CodeUnclear}, {500, text("Internal server error"), order.CodeUnclear},
		{502, ``, order.CodeUnclear}, {503, ``, order.CodeUnclear}, {504, ``, order.CodeUnclear}, {302, ``, order.CodeUnclear},
		{202, `{`, order.CodeUnclear}, {202, `{"success":false}`, order.CodeUnclear}, {202, text("x"), order.CodeUnclear}, {200, `{"success":true,"status":"success","orderId":"x"}`, order.CodeUnclear},
	}
	for _, tt := range tests {
		w := newWorld(t)
		w.create = func(map[string]any) (int, string) { return tt.status, tt.reply }
		_, err := w.adapter().Buy(t.Context(), w.purchase(1))
		codeIs(t, fmt.Sprint(tt.status, tt.reply), err, tt.want)
		if w.count("/cards/create") != 1 {
			t.Errorf("%d %s: sent %d times", tt.status, tt.reply, w.count("/cards/create"))
		}
	}
	w := newWorld(t)
	w.cut["/cards/create"] = true
	_, err := w.adapter().Buy(t.Context(), w.purchase(1))
	codeIs(t, "cut", err, order.CodeUnclear)
}

func TestBuySendsNothing(t *testing.T) {
	change := func(f func(*order.Purchase)) func(*world) order.Purchase {
		return func(w *world) order.Purchase { p := w.purchase(1); f(&p); return p }
	}
	tests := map[string]struct {
		purchase func(*world) order.Purchase
		want     order.Code
	}{
		"unknown item":     {change(func(p *order.Purchase) { p.Item = "5-USDC" }), order.CodeInvalid},
		"no wallet":        {change(func(p *order.Purchase) { p.Item = "42161-USDC" }), order.CodeInvalid},
		"no face":          {change(func(p *order.Purchase) { p.Face = 0 }), order.CodeInvalid},
		"no quantity":      {change(func(p *order.Purchase) { p.Quantity = 0 }), order.CodeInvalid},
		"too many":         {change(func(p *order.Purchase) { p.Quantity = 101 }), order.CodeInvalid},
		"long message":     {change(func(p *order.Purchase) { p.Details.Message = strings.Repeat("я", 101) }), order.CodeInvalid},
		"no reference":     {change(func(p *order.Purchase) { p.Reference = "x" }), order.CodeInvalid},
		"fee not readable": {func(w *world) order.Purchase { w.fault["/fees/history/8453"] = 404; return w.purchase(1) }, order.CodeNotSent},
		"fee above 2 %":    {func(w *world) order.Purchase { w.points = 201; return w.purchase(1) }, order.CodeInvalid},
	}
	for name, tt := range tests {
		w := newWorld(t)
		_, err := w.adapter().Buy(t.Context(), tt.purchase(w))
		codeIs(t, name, err, tt.want)
		if w.count("/cards/create") != 0 {
			t.Errorf("%s: sent", name)
		}
	}
	w := newWorld(t)
	a := w.adapter()
	must[order.Money](t)(a.Cost(t.Context(), order.Wanted{Item: itemUSDC, Quantity: 1, Face: 10_000_000})) // reads the fee
	cancelled, stop := context.WithCancel(t.Context())
	stop()
	_, err := a.Buy(cancelled, w.purchase(1))
	codeIs(t, "cancelled before", err, order.CodeNotSent)
}

func TestBuyOfAnAmountTheTokenCannotHold(t *testing.T) {
	w := newWorld(t)
	a := w.adapter(func(s *Settings) { s.Tokens[2].Decimals = 2 })
	p := w.purchase(1)
	p.Face = 10_005_000
	_, err := a.Buy(t.Context(), p)
	codeIs(t, "half a cent", err, order.CodeInvalid)
}

// No secret leaves through logs, errors or labels, whatever is answered.
func TestBuyKeepsThePlantedKey(t *testing.T) {
	w := newWorld(t)
	for status, reply := range map[int]string{400: `{"error":"` + walletKey + `"}`, 500: walletKey, 202: `{"error":"bad key ` + walletKey[2:] + `"}`} {
		w.create = func(map[string]any) (int, string) { return status, reply }
		_, err := w.adapter().Buy(t.Context(), w.purchase(1))
		w.log.WriteString(err.Error())
	}
	auth := must[Secret](t)(tokens().Auth(reference)).Reveal()
	path := must[string](t)(tokens().Path(reference))
	text := w.log.String() + strings.Join(w.meter.labels, " ") + fmt.Sprintf("%+v %#v %v", w.adapter(), w.settings(), w.adapter().settings)
	noSecrets(t, text)
	if strings.Contains(text, auth) || strings.Contains(text, path) || !strings.Contains(text, "POST /cards/create") {
		t.Error("a token, or no log at all")
	}
}
