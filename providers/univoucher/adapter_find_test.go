package univoucher

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"giftbot/order"
)

// sorted is a copy in order.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func ownedBy(others ...string) func(string) (bool, error) {
	return func(external string) (bool, error) { return slices.Contains(others, external), nil }
}

// far is when the callback will not come any more.
const far = 90 * time.Minute

func lostCards(quantity int, external string, mismatch ...string) order.Receipt {
	return order.Receipt{External: external, Item: itemUSDC, Quantity: quantity, Lost: true, Mismatch: mismatch}
}

func TestFind(t *testing.T) {
	two := func(w *world) { w.mint(9); w.mint(10) }
	tests := map[string]struct {
		age   time.Duration
		world func(*world)
		owned []string
		want  order.Code
		lost  order.Receipt
	}{
		"nothing, early":               {time.Hour, nil, nil, order.CodeUnclear, order.Receipt{}},
		"nothing, just before":         {far - time.Second, nil, nil, order.CodeUnclear, order.Receipt{}},
		"nothing, late":                {far, nil, nil, order.CodeUnknown, order.Receipt{}},
		"nothing, a transaction waits": {far, func(w *world) { w.waiting++ }, nil, order.CodeUnclear, order.Receipt{}},
		"nothing, no node":             {far, func(w *world) { w.fault["eth_getTransactionCount"] = 500 }, nil, order.CodeUnclear, order.Receipt{}},
		"nothing, node of another":     {far, func(w *world) { w.cut["eth_chainId"] = true }, nil, order.CodeUnclear, order.Receipt{}},
		"found, early":                 {time.Hour, two, nil, order.CodeUnclear, order.Receipt{}},
		"found, late":                  {far, two, nil, "", lostCards(2, "9,10")},
		"one of two":                   {far, func(w *world) { w.mint(9) }, nil, order.CodeUnclear, order.Receipt{}},
		"more than one creation makes": {far, func(w *world) { two(w); w.mint(11); w.mint(12) }, nil, "", lostCards(4, "9,10,11,12", "twice")},
		"of other orders, by card":     {far, two, []string{"9", "10"}, order.CodeUnknown, order.Receipt{}},
		"of other orders, together":    {far, two, []string{"9,10"}, order.CodeUnknown, order.Receipt{}},
		"one of them is another's":     {far, two, []string{"9"}, order.CodeUnclear, order.Receipt{}},
		"beside another's":             {far, func(w *world) { two(w); w.mint(7, put("creationHash", "0x7")) }, []string{"7"}, "", lostCards(2, "9,10")},
		"another amount":               {far, func(w *world) { w.mint(9, put("tokenAmount", "1")) }, nil, order.CodeUnclear, order.Receipt{}},
		"another token":                {far, func(w *world) { w.mint(9, put("tokenAddress", owner)) }, nil, order.CodeUnclear, order.Receipt{}},
		"another amount, of an order":  {far, func(w *world) { w.mint(9, put("tokenAmount", "1")) }, []string{"9"}, order.CodeUnknown, order.Receipt{}},
		"another chain":                {far, func(w *world) { w.mint(9, put("chainId", 1)) }, nil, order.CodeUnknown, order.Receipt{}},
		"another wallet's":             {far, func(w *world) { w.mint(9, put("creator", vectorSlot)) }, nil, order.CodeUnknown, order.Receipt{}},
		"no amount":                    {far, func(w *world) { w.mint(9, put("tokenAmount", nil)) }, nil, order.CodeUnclear, order.Receipt{}},
		"no time":                      {far, func(w *world) { w.mint(9, put("createdAt", "soon")) }, nil, order.CodeUnclear, order.Receipt{}},
		"older than the purchase":      {far, func(w *world) { w.mint(9, put("createdAt", "2026-03-15T11:59:59Z")) }, nil, order.CodeUnknown, order.Receipt{}},
		"six minutes before":           {far, func(w *world) { w.mint(9, put("createdAt", "2026-03-15T12:00:00Z")) }, nil, order.CodeUnclear, order.Receipt{}},
		"redeemed meanwhile":           {far, func(w *world) { w.mint(9, put("status", "redeemed")); w.mint(10) }, nil, "", lostCards(2, "9,10")},
		"list refused":                 {far, func(w *world) { w.fault["/cards/all"] = 400 }, nil, order.CodeUnclear, order.Receipt{}},
		"list not found":               {far, func(w *world) { w.fault["/cards/all"] = 404 }, nil, order.CodeUnclear, order.Receipt{}},
		"list limited":                 {far, func(w *world) { w.fault["/cards/all"] = 429 }, nil, order.CodeUnclear, order.Receipt{}},
		"list down":                    {far, func(w *world) { w.fault["/cards/all"] = 503 }, nil, order.CodeUnclear, order.Receipt{}},
		"list cut":                     {far, func(w *world) { w.cut["/cards/all"] = true }, nil, order.CodeUnclear, order.Receipt{}},
		"list unreadable":              {far, func(w *world) { w.fault["/cards/all"] = 200 }, nil, order.CodeUnclear, order.Receipt{}},
	}
	for name, tt := range tests {
		w := newWorld(t)
		p := w.purchase(2)
		if tt.world != nil {
			tt.world(w)
		}
		w.now = w.now.Add(tt.age)
		got, err := w.adapter().Find(t.Context(), p, ownedBy(tt.owned...))
		codeIs(t, name, err, tt.want)
		same(t, tt.lost, got)
		if w.count("/cards/create")+w.count("/cards/cancel") > 0 {
			t.Errorf("%s: a look changed something", name)
		}
	}
}

func TestFindCannotDecide(t *testing.T) {
	w := newWorld(t)
	p := w.purchase(1)
	w.mint(9)
	a := w.adapter()
	_, err := a.Find(t.Context(), p, func(string) (bool, error) { return false, errors.New("no Redis") })
	codeIs(t, "owner not known", err, order.CodeUnclear)
	w.now = w.now.Add(far)
	w.cards = nil
	odd := p
	odd.FirstSentAt = 0
	_, err = a.Find(t.Context(), odd, ownedBy())
	codeIs(t, "not known when it was sent", err, order.CodeUnclear)
	odd = p
	odd.Item = "8453-GONE"
	_, err = a.Find(t.Context(), odd, ownedBy())
	codeIs(t, "token not configured", err, order.CodeUnclear)
	odd.Item = "137-USDC" // a wallet, and no node
	_, err = a.Find(t.Context(), odd, ownedBy())
	codeIs(t, "no node at all", err, order.CodeUnclear)
}

// Whether the vendor compares addresses with their case is not known: an empty
// list in one spelling proves nothing.
func TestFindAsksInBothSpellings(t *testing.T) {
	for _, spelling := range []string{checksummed(owner), owner} {
		w := newWorld(t)
		w.strict = true
		p := w.purchase(1)
		w.mint(9, put("creator", spelling))
		w.now = w.now.Add(far)
		got, err := w.adapter().Find(t.Context(), p, ownedBy())
		codeIs(t, spelling, err, "")
		same(t, lostCards(1, "9"), got)
	}
}

// The nodes are asked before the list: what is mined in between is listed.
func TestFindAsksTheChainFirst(t *testing.T) {
	w := newWorld(t)
	p := w.purchase(1)
	w.now = w.now.Add(far)
	_, err := w.adapter().Find(t.Context(), p, ownedBy())
	codeIs(t, "nothing", err, order.CodeUnknown)
	same(t, []string{"eth_chainId", "eth_getTransactionCount", "eth_getTransactionCount", "/cards/all", "/cards/all"}, w.seen)
}

func TestFindWalksPages(t *testing.T) {
	w := newWorld(t)
	p := w.purchase(1)
	w.mint(5) // ours, below 250 cards of other amounts
	for id := range 250 {
		w.mint(1000+id, put("tokenAmount", "1"))
	}
	w.now = w.now.Add(far)
	got, err := w.adapter().Find(t.Context(), p, ownedBy())
	codeIs(t, "third page", err, "")
	same(t, lostCards(1, "5"), got)
	if w.count("/cards/all") != 3 {
		t.Errorf("%d pages", w.count("/cards/all"))
	}
	for id := range 2000 {
		w.mint(2000+id, put("tokenAmount", "1"))
	}
	_, err = w.adapter().Find(t.Context(), p, ownedBy())
	codeIs(t, "endless", err, order.CodeUnclear)
}

func TestFindStopsAtOldCards(t *testing.T) {
	w := newWorld(t)
	p := w.purchase(1)
	for id := range 300 {
		w.mint(1000+id, put("createdAt", "2026-03-01T00:00:00Z"))
	}
	w.mint(5)
	w.now = w.now.Add(far)
	got, err := w.adapter().Find(t.Context(), p, ownedBy())
	codeIs(t, "first page", err, "")
	same(t, lostCards(1, "5"), got)
	if w.count("/cards/all") != 1 {
		t.Errorf("%d pages", w.count("/cards/all"))
	}
}

func TestRead(t *testing.T) {
	w := newWorld(t)
	p := w.purchase(2)
	w.mint(9)
	w.mint(10)
	a := w.adapter()
	_, err := a.Read(t.Context(), p, "9,10")
	codeIs(t, "early", err, order.CodeUnclear)
	w.now = w.now.Add(far)
	got, err := a.Read(t.Context(), p, "9,10")
	codeIs(t, "late", err, "")
	same(t, lostCards(2, "9,10"), got)
	for name, external := range map[string]string{"not there": "9,11", "no id": "", "odd": "9,x"} {
		_, err = a.Read(t.Context(), p, external)
		codeIs(t, name, err, order.CodeUnclear)
	}
	w.card("9")["creator"] = vectorSlot
	_, err = a.Read(t.Context(), p, "9,10")
	codeIs(t, "another wallet's", err, order.CodeUnclear)
	p.Item = "x"
	_, err = a.Read(t.Context(), p, "9")
	codeIs(t, "token not configured", err, order.CodeUnclear)
}

func TestRecall(t *testing.T) {
	on := func(s *Settings) { s.Cancel = true }
	tests := map[string]struct {
		nine, ten func(map[string]any)
		settings  func(*Settings)
		want      order.Code
		back      order.Money
		cancelled string // card ids asked back
	}{
		"all cancelled":  {put("status", "cancelled"), put("status", "cancelled"), on, "", 20_000_000, ""},
		"both active":    {put("status", "active"), put("status", "active"), on, order.CodeBusy, 0, "9 10"},
		"one left":       {put("status", "cancelled"), put("status", "active"), on, order.CodeBusy, 0, "10"},
		"one redeemed":   {put("status", "active"), put("status", "redeemed"), on, order.CodeConflict, 0, ""},
		"odd status":     {put("status", "cancelled"), put("status", "soon"), on, order.CodeBusy, 0, "10"},
		"switched off":   {put("status", "active"), put("status", "active"), func(*Settings) {}, order.CodeBusy, 0, ""},
		"by hand, off":   {put("status", "cancelled"), put("status", "cancelled"), func(*Settings) {}, "", 20_000_000, ""},
		"another chain":  {put("chainId", 1), put("status", "active"), on, order.CodeUnclear, 0, ""},
		"another token":  {put("tokenAddress", owner), put("status", "active"), on, order.CodeUnclear, 0, ""},
		"another wallet": {put("creator", vectorSlot), put("status", "active"), on, order.CodeUnclear, 0, ""},
		"no amount":      {put("tokenAmount", nil), put("status", "cancelled"), on, order.CodeUnclear, 0, ""},
	}
	for name, tt := range tests {
		w := newWorld(t)
		w.mint(9, tt.nine)
		w.mint(10, tt.ten)
		var asked string
		w.cancel = func(sent map[string]any) (int, string) {
			asked = strings.Trim(fmt.Sprint(sent["cardIds"]), "[]")
			return 202, `{"success":true}`
		}
		back, err := w.adapter(tt.settings).Recall(t.Context(), w.purchase(2), "9,10")
		codeIs(t, name, err, tt.want)
		if back != tt.back || asked != tt.cancelled {
			t.Errorf("%s: %s back, asked for %q", name, back, asked)
		}
		if tt.want == order.CodeBusy && order.RetryAfter(err) != time.Minute {
			t.Errorf("%s: again after %s", name, order.RetryAfter(err))
		}
	}
}

func TestRecallAsksOnceInTenMinutes(t *testing.T) {
	w := newWorld(t)
	w.mint(9)
	var sent map[string]any
	status := 202
	w.cancel = func(s map[string]any) (int, string) { sent = s; return status, `{"success":true}` }
	a := w.adapter(func(s *Settings) { s.Cancel = true })
	recall := func(want int) {
		t.Helper()
		_, err := a.Recall(t.Context(), w.purchase(1), "9")
		codeIs(t, "recall", err, order.CodeBusy)
		if w.count("/cards/cancel") != want {
			t.Errorf("asked %d times, want %d", w.count("/cards/cancel"), want)
		}
	}
	recall(1)
	path := must[string](t)(a.tokens.Path(reference))
	got, err := a.tokens.Open(path, []byte(`{"status":"completed","authToken":"`+fmt.Sprint(sent["authToken"])+`"}`))
	if err != nil || !got.Wake || sent["privateKey"] != walletKey || sent["callbackUrl"] != "https://shop.example/webhooks/univoucher/"+path {
		t.Errorf("%+v %v", got, err)
	}
	w.now = w.now.Add(time.Minute)
	recall(1)
	w.now, status = w.now.Add(9*time.Minute), 500
	recall(2)
	w.card("9")["status"] = "cancelled"
	back, err := a.Recall(t.Context(), w.purchase(1), "9")
	if err != nil || back != 10_000_000 {
		t.Errorf("%s %v", back, err)
	}
	noSecrets(t, w.log.String())
}

func TestRecallOfEighteenDecimals(t *testing.T) {
	w := newWorld(t)
	w.mint(9, put("chainId", 56), put("tokenAddress", "0x55d398326f99059fF775485246999027B3197955"), put("tokenAmount", "10000000000000000000"), put("status", "cancelled"))
	p := w.purchase(1)
	p.Item = "56-USDT"
	back, err := w.adapter().Recall(t.Context(), p, "9")
	if err != nil || back != 10_000_000 {
		t.Errorf("%s %v", back, err)
	}
	p.Item = "x"
	_, err = w.adapter().Recall(t.Context(), p, "9")
	codeIs(t, "token not configured", err, order.CodeUnclear)
}
