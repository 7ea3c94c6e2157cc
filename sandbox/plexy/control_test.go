package plexy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"giftbot/sandbox/kit"
)

func TestRefusedChanges(t *testing.T) {
	for name, text := range map[string]string{
		"negative balance":  `{"balances":{"USD":"-1"}}`,
		"balance in words":  `{"balances":{"USD":"much"}}`,
		"nameless currency": `{"balances":{"":"1"}}`,
		"deposit of none":   `{"deposit":{"currency":"USD","amount":"0"}}`,
		"deposit nowhere":   `{"deposit":{"currency":"","amount":"1"}}`,
		"deposit how":       `{"deposit":{"currency":"USD","amount":"1","method":"cash"}}`,
		"no such deposit":   `{"post_deposit":7}`,
		"posted deposit":    `{"post_deposit":1201}`,
		"margin of none":    `{"margins":{"999":"1"}}`,
		"negative margin":   `{"margins":{"101":"-1"}}`,
		"huge margin":       `{"margins":{"101":"1001"}}`,
		"margin in words":   `{"margins":{"101":"x"}}`,
		"price of none":     `{"prices":{"999":"1"}}`,
		"free":              `{"prices":{"101":"0"}}`,
		"inactive none":     `{"inactive":{"999":true}}`,
		"odd mode":          `{"next_order":[{"mode":"explode"}]}`,
		"negative times":    `{"next_order":[{"mode":"fail","times":-1}]}`,
		"odd health":        `{"health":"moon"}`,
		"odd errors":        `{"error_shape":"xml"}`,
		"odd list":          `{"list_shape":"tree"}`,
		"odd replay":        `{"replay":"maybe"}`,
		"odd delay":         `{"pending_for":"soon"}`,
		"negative delay":    `{"pending_for":"-1s"}`,
		"odd hiding":        `{"hidden_for":"1"}`,
		"no pages":          `{"max_page_size":0}`,
	} {
		b := newBench(t)
		var c Change
		if err := kit.DecodeStrict([]byte(text), &c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c.Frozen = ptr(true)
		before := fmt.Sprintf("%+v", b.v.Books())
		if err := b.v.Apply(c); err == nil || b.v.set.Frozen || fmt.Sprintf("%+v", b.v.Books()) != before {
			t.Errorf("%s: %v, or half of it was made", name, err)
		}
	}
}

func TestRefusedChangesOfOrders(t *testing.T) {
	b := newBench(t)
	done, open := b.done(b.buy(psn)).at("id"), b.buy(psn).at("id")
	for name, c := range map[string]Change{
		"complete none":  {CompleteOrder: ptr("x")},
		"fail none":      {FailOrder: ptr("x")},
		"word of none":   {Statuses: map[string]string{"x": "odd"}},
		"complete twice": {CompleteOrder: &done},
		"fail after all": {FailOrder: &done},
		"word after all": {Statuses: map[string]string{done: "refunded"}},
		"real word":      {Statuses: map[string]string{open: "completed"}},
		"both ways":      {CompleteOrder: &open, FailOrder: &open},
	} {
		err := b.v.Apply(c)
		if err == nil || errors.Is(err, ErrUnknownOrder) != strings.HasSuffix(name, "none") {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.wantBooks(2, 1, 0, "1979.6")
}

// A change made after an order's time has come does not reach back to it.
func TestChangesComeAfterWhatIsDue(t *testing.T) {
	b := newBench(t)
	id := b.buy(psn).at("id")
	b.clock.Advance(defaultSettings().PendingFor)
	if err := b.v.Apply(Change{StopCompleting: ptr(true), FailOrder: &id}); err == nil {
		t.Error("a finished order was failed")
	}
	b.wantBooks(1, 1, 0, "1989.8")
}

func TestPlannedOrders(t *testing.T) {
	b := newBench(t)
	b.apply(Change{NextOrder: []NextOrder{{Mode: ModeNormal}, {Mode: ModeErrorBefore, Times: 2}}})
	statuses := []int{}
	for range 4 {
		statuses = append(statuses, b.buy(psn).status)
	}
	b.want("plan", fmt.Sprint(statuses), "[201 503 503 201]")
	b.next(ModeErrorBefore, ModeErrorBefore)
	b.next()
	b.want("plan dropped", fmt.Sprint(b.buy(psn).status), "201")
	b.post(`{"product_id":101}`, "known")
	b.next(ModeErrorBefore)
	b.want("replays do not count", fmt.Sprint(b.post(`{"product_id":101}`, "known").status, b.buy(psn).status), "201 503")
}

func TestSwitchedOffProduct(t *testing.T) {
	b := newBench(t)
	b.apply(Change{Inactive: map[int64]bool{psn: true, gone: false}})
	b.want("off", b.buy(psn).at("code"), "product_inactive")
	b.want("on", b.buy(gone).at("status"), "pending")
	b.want("transfer", b.buy(card).at("code"), "validation_error")
}

// What a test reads at /control is JSON with money as decimal strings.
func TestBooksAsJSON(t *testing.T) {
	b := newBench(t)
	b.done(b.topUp(steam, "10.00", `{"steam_login":"ada","email":"ada@example.com"}`))
	raw, err := json.Marshal(b.v.Books())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"name":"plexy"`, `"balances":{"USD":"1987.5","USDT":"500"}`, `"amount":"10","charged":"12.5","returned":false`,
		`"top_ups":[{"order_id":`, `"accounts":[{"product_id":456,"account":{"email":"ada@example.com","steam_login":"ada"},"times":1,"amount":"10","currency":"USD"}]`,
		`"kind":"RESERVE","currency":"USD","amount":"-12.5","balance_after":"1987.5"`, `"spent":{"USD":"12.5"}`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is missing in %s", want, raw)
		}
	}
	if strings.Contains(string(raw), testKey) {
		t.Error("the API key is in the books")
	}
}

// The books are copies: what a test does to them does not reach the vendor.
func TestBooksAreCopies(t *testing.T) {
	b := newBench(t)
	b.done(b.topUp(pubg, "5", `{"player_id":"51234"}`))
	k := b.v.Books()
	k.Orders[0].Account["player_id"], k.Orders[0].Content["x"], k.TopUps[0].Account["player_id"], k.Accounts[0].Account["player_id"] = "9", "y", "8", "7"
	k = b.v.Books()
	b.want("copy", words(k.Orders[0].Account, k.TopUps[0].Account, k.Accounts[0].Account, len(k.Orders[0].Content)), strings.Repeat("map[player_id:51234] ", 3)+"1")
}

// Faults planned in the kit hit this vendor like any other.
func TestFaultsInFrontOfTheVendor(t *testing.T) {
	b := newBench(t)
	faults := kit.NewFaults(nil)
	inner := b.v.handler
	b.v.handler = faults.WrapWith("plexy", inner, FaultBody)
	faults.Add(kit.Fault{Target: "plexy", Path: "/orders", Kind: kit.ErrorAfter})
	lost := b.post(`{"product_id":101}`, "k")
	b.want("lost", words(lost.status, lost.at("code")), "500 internal_error")
	b.want("replay", fmt.Sprint(b.post(`{"product_id":101}`, "k").status), "201")
	faults.Add(kit.Fault{Target: "plexy", Path: "/orders", Kind: kit.Duplicate})
	b.buy(psn)
	b.wantBooks(2, 0, 0, "1979.6")
}
