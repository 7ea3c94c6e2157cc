package univoucher

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"giftbot/order"
)

// handed is a card as the callback hands it over.
func handed(id int, change ...func(map[string]any)) map[string]any {
	c := map[string]any{
		"cardId": id, "cardSecret": vectorSecret, "slotId": vectorSlot, "amount": "10000000", "tokenAddress": baseUSDC, "message": "", "orderId": reference,
	}
	for _, f := range change {
		f(c)
	}
	return c
}

// success is a callback about cards, with some fields changed.
func success(t testing.TB, cards []map[string]any, change ...func(map[string]any)) []byte {
	t.Helper()
	c := map[string]any{
		"success": true, "status": "success", "orderId": reference, "issuerAddress": key(t, walletKey).Address(), "network": 8453, "tokenAddress": baseUSDC,
		"amountPerCard": "10000000", "feePerCard": "100000", "totalPerCard": "10100000", "quantity": len(cards), "totalAmount": fmt.Sprint(10_100_000 * len(cards)),
		"cards": cards, "approvalTransactionHashes": []string{}, "creationTransactionHashes": []string{"0xc1"}, "message": "", "authToken": "x",
	}
	for _, f := range change {
		f(c)
	}
	return []byte(encoded(t, c))
}

func pieces2(ids ...string) []order.Piece {
	var out []order.Piece
	for _, id := range ids {
		out = append(out, order.Piece{Code: vectorSecret, Card: id})
	}
	return out
}

func TestReceiveDelivers(t *testing.T) {
	w := newWorld(t)
	w.mint(102)
	w.mint(99)
	a := w.adapter()
	letter := success(t, []map[string]any{handed(102), handed(99)})
	want := order.Receipt{External: "99,102", Item: itemUSDC, Quantity: 2, Total: 20_300_000, Pieces: pieces2("102", "99")}
	for _, age := range []time.Duration{0, time.Minute, 7 * 24 * time.Hour} { // twice, and after a week
		w.now = w.now.Add(age)
		got, err := a.Receive(t.Context(), w.purchase(2), letter)
		codeIs(t, age.String(), err, "")
		same(t, want, got)
	}
}

// What the cards are is read from the vendor's books, whatever the callback
// says; what it says otherwise is told.
func TestReceiveCompares(t *testing.T) {
	twins := []map[string]any{handed(1), handed(2)}
	tests := map[string]struct {
		letter func(t *testing.T) []byte
		mint   func(*world)
		want   []string
		pieces []order.Piece
	}{
		"another order":    {func(t *testing.T) []byte { return success(t, twins, put("orderId", "0000000000-2-2")) }, nil, []string{"order"}, pieces2("1", "2")},
		"another network":  {func(t *testing.T) []byte { return success(t, twins, put("network", 1)) }, nil, []string{"network"}, pieces2("1", "2")},
		"another token":    {func(t *testing.T) []byte { return success(t, twins, put("tokenAddress", owner)) }, nil, []string{"token"}, pieces2("1", "2")},
		"another amount":   {func(t *testing.T) []byte { return success(t, twins, put("amountPerCard", "5")) }, nil, []string{"amount"}, pieces2("1", "2")},
		"another quantity": {func(t *testing.T) []byte { return success(t, twins, put("quantity", 3)) }, nil, []string{"quantity"}, pieces2("1", "2")},
		"dearer":           {func(t *testing.T) []byte { return success(t, twins, put("totalAmount", "20808001")) }, nil, []string{"total"}, pieces2("1", "2")},
		"no total, no fee": {func(t *testing.T) []byte { return success(t, twins, put("totalAmount", nil), put("feePerCard", nil)) }, nil, []string{"total"}, pieces2("1", "2")},
		"the same twice":   {func(t *testing.T) []byte { return success(t, []map[string]any{handed(1), handed(1)}) }, nil, []string{"same_card", "fewer"}, pieces2("1")},
		"fewer":            {func(t *testing.T) []byte { return success(t, twins[:1]) }, nil, []string{"quantity", "fewer"}, pieces2("1")},
		"one unreadable": {func(t *testing.T) []byte {
			return success(t, []map[string]any{handed(1), handed(2, put("cardId", "x"))})
		}, nil, []string{"fewer"}, pieces2("1")},
		"more": {func(t *testing.T) []byte { return success(t, append([]map[string]any{handed(3)}, twins...)) }, nil, []string{"quantity", "more", "total"}, pieces2("3", "1", "2")},
		"secret of another": {func(t *testing.T) []byte {
			return success(t, []map[string]any{handed(1), handed(2, put("cardSecret", "AAAAA-AAAAA-AAAAA-AAAAA"))})
		}, nil, []string{"card", "fewer"}, pieces2("1")},
		"no secret": {func(t *testing.T) []byte {
			return success(t, []map[string]any{handed(1), handed(2, put("cardSecret", ""))})
		}, nil, []string{"card", "fewer"}, pieces2("1")},
		"another slot": {func(t *testing.T) []byte {
			return success(t, []map[string]any{handed(1), handed(2, put("slotId", owner))})
		}, nil, []string{"card", "fewer"}, pieces2("1")},
		"card of another": {func(t *testing.T) []byte {
			return success(t, []map[string]any{handed(1), handed(2, put("orderId", "x"))})
		}, nil, []string{"card", "fewer"}, pieces2("1")},
		"book: another chain":  {nil, func(w *world) { w.card("2")["chainId"] = 1 }, []string{"card", "fewer"}, pieces2("1")},
		"book: another token":  {nil, func(w *world) { w.card("2")["tokenAddress"] = owner }, []string{"card", "fewer"}, pieces2("1")},
		"book: another amount": {nil, func(w *world) { w.card("2")["tokenAmount"] = "1" }, []string{"card", "fewer"}, pieces2("1")},
		"book: no amount":      {nil, func(w *world) { w.card("2")["tokenAmount"] = nil }, []string{"card", "fewer"}, pieces2("1")},
		"book: another slot":   {nil, func(w *world) { w.card("2")["slotId"] = owner }, []string{"card", "fewer"}, pieces2("1")},
		"book: another key":    {nil, func(w *world) { w.card("2")["encryptedPrivateKey"] = "{}" }, []string{"card", "fewer"}, pieces2("1")},
		"book: redeemed":       {nil, func(w *world) { w.card("2")["status"] = "redeemed" }, []string{"redeemed", "fewer"}, pieces2("1")},
		"book: cancelled":      {nil, func(w *world) { w.card("1")["status"] = "cancelled" }, []string{"cancelled", "fewer"}, pieces2("2")},
	}
	for name, tt := range tests {
		w := newWorld(t)
		for id := range 3 {
			w.mint(id + 1)
		}
		letter := success(t, twins)
		if tt.letter != nil {
			letter = tt.letter(t)
		}
		if tt.mint != nil {
			tt.mint(w)
		}
		a := w.adapter()
		got, err := a.Receive(t.Context(), w.purchase(2), letter)
		codeIs(t, name, err, "")
		if name == "more" {
			got.Mismatch, tt.want = sorted(got.Mismatch), sorted(tt.want)
		}
		same(t, tt.want, got.Mismatch)
		same(t, tt.pieces, got.Pieces)
	}
}

// Nothing good in it is nothing delivered: it waits, and a person is told.
func TestReceiveWithoutAGoodCard(t *testing.T) {
	w := newWorld(t)
	w.mint(1, put("status", "redeemed"))
	for name, letter := range map[string][]byte{"redeemed": success(t, []map[string]any{handed(1)}), "no cards": success(t, nil), "null": success(t, nil, put("cards", nil))} {
		got, err := w.adapter().Receive(t.Context(), w.purchase(1), letter)
		codeIs(t, name, err, "")
		if !got.Pending || len(got.Pieces) != 0 || len(got.Mismatch) == 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A card that the books do not show yet is asked for again (sheet §2).
func TestReceiveWaitsForTheIndex(t *testing.T) {
	letter := success(t, []map[string]any{handed(1), handed(2)})
	for name, lag := range map[string]func(*world){
		"not listed":  func(w *world) { w.hidden["2"] = true },
		"not active":  func(w *world) { w.card("2")["active"] = false },
		"odd status":  func(w *world) { w.card("2")["status"] = "pending" },
		"vendor down": func(w *world) { w.fault["/cards/single"] = 500 },
		"refused":     func(w *world) { w.fault["/cards/single"] = 403 },
		"limited":     func(w *world) { w.fault["/cards/single"] = 429 },
		"cut":         func(w *world) { w.cut["/cards/single"] = true },
	} {
		w := newWorld(t)
		w.mint(1)
		w.mint(2)
		lag(w)
		_, err := w.adapter().Receive(t.Context(), w.purchase(2), letter)
		codeIs(t, name, err, order.CodeUnclear)
		if order.RetryAfter(err) != 15*time.Second {
			t.Errorf("%s: again after %s", name, order.RetryAfter(err))
		}
	}
}

func TestReceiveOfWhatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	w.mint(1)
	p := w.purchase(1)
	for name, letter := range map[string][]byte{
		"empty": nil, "no JSON": []byte("{"), "no status": []byte(`{}`), "odd status": []byte(`{"status":"done"}`),
		"error of another order": []byte(`{"status":"error","error":"x","orderId":"y","creationTransactionHashes":[]}`),
	} {
		_, err := w.adapter().Receive(t.Context(), p, letter)
		codeIs(t, name, err, order.CodeUnclear)
	}
	p.Item = "8453-GONE" // a setting that went away does not mean that nothing was bought
	_, err := w.adapter().Receive(t.Context(), p, success(t, []map[string]any{handed(1)}))
	codeIs(t, "token not configured", err, order.CodeUnclear)
	ended, stop := context.WithCancel(t.Context())
	stop()
	_, err = w.adapter().Receive(ended, w.purchase(1), success(t, []map[string]any{handed(1)}))
	codeIs(t, "context ended", err, order.CodeUnclear)
}

func failure(text string, creations ...string) []byte {
	hashes := `[]`
	if len(creations) > 0 {
		hashes = `["` + strings.Join(creations, `","`) + `"]`
	}
	return []byte(`{"orderId":"` + reference + `","status":"error","error":"` + text + `","approvalTransactionHashes":["0xa"],"creationTransactionHashes":` + hashes + `,"authToken":"x"}`)
}

func TestReceiveOfAnError(t *testing.T) {
	hour, late := time.Hour, 91*time.Minute
	mined := func(w *world) { w.mint(1) }
	stranger := func(w *world) { w.mint(1, put("creationHash", "0xother")) }
	tests := map[string]struct {
		letter []byte
		age    time.Duration
		world  func(*world)
		want   order.Code
	}{
		"certainly nothing":              {failure("execution reverted"), 0, nil, order.CodeInvalid},
		"funds":                          {failure("Insufficient token balance"), 0, nil, order.CodeFunds},
		"a transaction, nothing yet":     {failure("reverted", "0xc1"), hour, nil, order.CodeUnclear},
		"a transaction, cards":           {failure("reverted", "0xc1"), hour, mined, order.CodeUnclear},
		"a transaction, cards of others": {failure("reverted", "0xc1"), late, stranger, order.CodeUnclear},
		"a transaction, late, nothing":   {failure("reverted", "0xc1"), late, nil, order.CodeUnknown},
		"a timeout, nothing yet":         {failure("Transaction timed out"), hour, nil, order.CodeUnclear},
		"a timeout, cards":               {failure("Transaction timed out"), late, mined, order.CodeUnclear},
		"a timeout, late, nothing":       {failure("Transaction timed out"), late, nil, order.CodeUnknown},
		"late, a transaction waits":      {failure("timeout"), late, func(w *world) { w.waiting++ }, order.CodeUnclear},
		"late, no list":                  {failure("timeout"), late, func(w *world) { w.fault["/cards/all"] = 404 }, order.CodeUnclear},
		"late, no node":                  {failure("timeout"), late, func(w *world) { w.fault["eth_getTransactionCount"] = 500 }, order.CodeUnclear},
	}
	for name, tt := range tests {
		w := newWorld(t)
		p := w.purchase(1)
		if tt.world != nil {
			tt.world(w)
		}
		w.now = w.now.Add(tt.age)
		got, err := w.adapter().Receive(t.Context(), p, tt.letter)
		codeIs(t, name, err, tt.want)
		same(t, order.Receipt{}, got)
	}
	w := newWorld(t)
	w.mint(1)
	p := w.purchase(1)
	w.now = w.now.Add(late)
	got, err := w.adapter().Receive(t.Context(), p, failure("reverted", "0xc1"))
	codeIs(t, "its own cards, late", err, "")
	same(t, order.Receipt{External: "1", Item: itemUSDC, Quantity: 1, Lost: true}, got)
}
