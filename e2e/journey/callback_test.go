package journey

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
	sandbox "giftbot/sandbox/kit"
	"giftbot/sandbox/univoucher"
)

// stuck has the next cards wait in the pool until mine: so a test chooses the
// moment of the only callback.
func stuck(shop *kit.Shop) {
	quickCards(shop.Control)
	shop.Cards(map[string]any{"next_create": []map[string]any{{"mode": univoucher.ModeStuck}}})
}

func mine(shop *kit.Shop) { shop.Cards(map[string]any{"mine": 1}) }

// awaitStuck waits until the cards are asked for and the order knows it.
func awaitStuck(t *testing.T, shop *kit.Shop, o kit.Checkout) {
	t.Helper()
	kit.Eventually(t, "accepted cards", func() bool {
		books := shop.CardBooks()
		if len(books.Requests) == 0 || books.Requests[0].State != "stuck" {
			return false
		}
		last, _ := shop.OrderOf(o.Number).Lines[0].Last()
		return last.AcceptedAt > 0
	})
}

// callbacks are what became of the first request's callbacks.
func callbacks(shop *kit.Shop) []sandbox.Delivery { return shop.CardBooks().Requests[0].Callbacks }

func spooledFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.spool"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestCallbackWithoutRedis: Redis is gone when the only copy of the secret
// comes. The disk takes it, the vendor hears 200, and the card is delivered
// once Redis is back.
func TestCallbackWithoutRedis(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	stuck(shop)
	ada := shop.Person(1001, "en")
	o := ada.OrderCard(kit.Cards25(1))
	shop.PayAt(o, nil)
	awaitStuck(t, shop, o)

	shop.Redis.Shutdown()
	mine(shop)
	kit.Eventually(t, "callback taken without Redis", func() bool {
		calls := callbacks(shop)
		return len(calls) == 1 && calls[0].State == sandbox.Delivered && calls[0].LastCode == http.StatusOK
	})
	if tries := callbacks(shop)[0].Tries; tries != 1 {
		t.Errorf("the vendor had to try %d times", tries)
	}
	spooled := spooledFiles(t, shop.Bot().Spool)
	if len(spooled) != 1 {
		t.Fatalf("on the disk: %v", spooled)
	}
	raw, err := os.ReadFile(spooled[0])
	secret := shop.Sold()[0].Text
	if err != nil || bytes.Contains(raw, []byte(secret)) || bytes.Contains(raw, []byte(strings.ReplaceAll(secret, "-", ""))) {
		t.Errorf("the secret lies on the disk in plain text, or cannot be read: %v", err)
	}
	shop.Redis.Restart()
	scanCard(t, shop, ada, o.Message)
	ada.WaitFor("Your gift card for order", o.Number)
	delivered(t, shop, o)
	kit.Eventually(t, "empty spool", func() bool { return len(spooledFiles(t, shop.Bot().Spool)) == 0 })
	if n := len(shop.CardBooks().Requests); n != 1 {
		t.Errorf("%d creations", n)
	}
}

// TestCallbackKeptThroughRestart: what the disk took survives the process.
func TestCallbackKeptThroughRestart(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	stuck(shop)
	ada := shop.Person(1001, "en")
	o := ada.OrderCard(kit.Cards25(2))
	shop.PayAt(o, nil)
	awaitStuck(t, shop, o)
	bot := shop.Bot()
	shop.Redis.Shutdown()
	mine(shop)
	kit.Eventually(t, "spooled callback", func() bool { return len(spooledFiles(t, bot.Spool)) == 1 })
	bot.Kill()
	shop.Redis.Restart()
	shop.StartBotIn(bot.Spool)
	scanCard(t, shop, ada, ada.AwaitPicture(o.Message, "Gift card 1 of 2").ID)
	delivered(t, shop, o)
	if n := len(shop.CardBooks().Requests); n != 1 {
		t.Errorf("%d creations", n)
	}
}

// TestCallbackWithoutRedisAndDisk: nobody can keep it, so nobody says so; the
// vendor tries again.
func TestCallbackWithoutRedisAndDisk(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	stuck(shop)
	ada := shop.Person(1001, "en")
	o := ada.OrderCard(kit.Cards25(1))
	shop.PayAt(o, nil)
	awaitStuck(t, shop, o)
	shop.Cards(map[string]any{"callback_tries": 4}) // the last of them comes late

	spool := shop.Bot().Spool
	if err := os.Rename(spool, spool+".away"); err != nil {
		t.Fatal(err)
	}
	shop.Redis.Shutdown()
	mine(shop)
	kit.Eventually(t, "callback refused with 503", func() bool {
		calls := callbacks(shop)
		return len(calls) == 1 && calls[0].LastCode == http.StatusServiceUnavailable
	})
	if err := os.Rename(spool+".away", spool); err != nil {
		t.Fatal(err)
	}
	shop.Redis.Restart()
	scanCard(t, shop, ada, o.Message)
	delivered(t, shop, o)
	if calls := callbacks(shop); len(calls) != 1 || calls[0].State != sandbox.Delivered || calls[0].Tries < 2 {
		t.Errorf("the callback: %+v", calls)
	}
}

// TestCallbackTwice: what comes again changes nothing, however large.
func TestCallbackTwice(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	quickCards(shop.Control)
	shop.Fault(sandbox.Fault{Target: univoucher.WebhookTarget, Kind: sandbox.Duplicate})
	ada := shop.Person(1001, "en")
	o := ada.OrderCard(kit.Cards25(2))
	shop.PayAt(o, nil)
	m := ada.AwaitPicture(o.Message, "Gift card 1 of 2")
	before := scanCard(t, shop, ada, m.ID)
	delivered(t, shop, o)

	shop.Cards(map[string]any{"resend": 1})
	kit.Eventually(t, "callback sent again", func() bool {
		calls := callbacks(shop)
		return len(calls) == 2 && calls[1].State == sandbox.Delivered
	})
	letter := shop.Letters()[0]
	post := func(body []byte) int {
		return kit.Status(t, http.MethodPost, "http://"+shop.Bot().Addr+letter.Path, http.Header{"Content-Type": {"application/json"}}, body)
	}
	const mebibyte = 1 << 20
	large := append(bytes.Clone(letter.Body), bytes.Repeat([]byte(" "), mebibyte-len(letter.Body))...)
	if got := post(large); got != http.StatusOK {
		t.Errorf("1 MiB: %d", got)
	}
	if got := post(append(large, ' ')); got != http.StatusRequestEntityTooLarge {
		t.Errorf("more than 1 MiB: %d", got)
	}
	time.Sleep(2 * time.Second) // what is done twice has the time for it
	stored := shop.OrderOf(o.Number)
	if stored.Held() || stored.Lines[0].Got != 2 || len(shop.CardBooks().Requests) != 1 {
		t.Errorf("flags %v, got %d, %d creations", stored.Flags, stored.Lines[0].Got, len(shop.CardBooks().Requests))
	}
	if after := scanCard(t, shop, ada, o.Message); after != before {
		t.Errorf("the card changed from %s to %s", before.Card, after.Card)
	}
	pings := 0
	for _, message := range ada.Messages() {
		pings += count(contains(message.Text, "gift cards for order"))
	}
	if pings != 1 {
		t.Errorf("%d pings", pings)
	}
}

// TestCallbackForged: only the vendor's own word about its own request counts.
func TestCallbackForged(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	stuck(shop)
	ada, boris := shop.Person(1001, "en"), shop.Person(1002, "en")
	o := ada.OrderCard(kit.Cards25(1))
	shop.PayAt(o, nil)
	awaitStuck(t, shop, o)
	mine(shop)
	scanCard(t, shop, ada, o.Message)
	// Another chain: a wallet has one creation under way.
	shop.Cards(map[string]any{"next_create": []map[string]any{{"mode": univoucher.ModeStuck}}})
	other := boris.OrderCard(kit.Card{Network: "Polygon", Token: "USDT", Amount: "10"})
	shop.PayAt(other, nil)
	kit.Eventually(t, "second creation", func() bool { return len(shop.CardBooks().Requests) == 2 })
	theirs := shop.CardBooks().Requests[1]
	theirPath := strings.TrimPrefix(theirs.CallbackURL, shop.Base)

	letter := shop.Letters()[0]
	var body map[string]any
	if err := json.Unmarshal(letter.Body, &body); err != nil {
		t.Fatal(err)
	}
	with := func(field string, value any) []byte {
		changed := map[string]any{}
		for k, v := range body {
			changed[k] = v
		}
		changed[field] = value
		raw, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	last := len(letter.Path) - 1
	flipped := letter.Path[:last] + string(letter.Path[last]^1)
	for _, c := range []struct {
		name   string
		method string
		path   string
		body   []byte
		want   int
	}{
		{"a guessed path", "POST", "/webhooks/univoucher/guess", letter.Body, 401},
		{"one bit of the path flipped", "POST", flipped, letter.Body, 401},
		{"another order's path", "POST", theirPath, letter.Body, 401},
		{"another token", "POST", letter.Path, with("authToken", strings.Repeat("0", 64)), 401},
		{"no token", "POST", letter.Path, with("authToken", ""), 401},
		// Path and token say whose it is; it could hold the only copy of a secret.
		{"another order's number", "POST", letter.Path, with("orderId", theirs.OrderID), 200},
		{"no JSON", "POST", letter.Path, []byte("cards"), 400},
		{"not posted", "GET", letter.Path, nil, 405},
	} {
		if got := kit.Status(t, c.method, "http://"+shop.Bot().Addr+c.path, http.Header{"Content-Type": {"application/json"}}, c.body); got != c.want {
			t.Errorf("%s: status %d, want %d", c.name, got, c.want)
		}
	}
	time.Sleep(time.Second)
	if boris.At(other.Message).PhotoURL != "" || shop.OrderOf(other.Number).Lines[0].Got != 0 {
		t.Error("somebody else's card was delivered")
	}
	kit.Eventually(t, "person who looks at a vendor that contradicts itself", func() bool {
		told := shop.OrderOf(o.Number)
		return told.Status == order.Delivered && told.Held()
	})
	shop.Cards(map[string]any{"mine": 2})
	scanCard(t, shop, boris, other.Message)
	delivered(t, shop, other)
}

// TestCallbackWithLess: a card that is missing is told, and its price credit; what
// came is delivered.
func TestCallbackWithLess(t *testing.T) {
	t.Parallel()
	const back = "1 of 2 could be delivered. The price of the rest, $27.89, is on your credit with us."
	for _, c := range []struct{ mode, alert, says string }{
		{univoucher.ModeMissingCard, "fewer codes than ordered", back},
		{univoucher.ModeFewerCards, "fewer codes than ordered", back},
		{univoucher.ModeWrongSecret, "does not match the order", "A person is looking"},
		{univoucher.ModeMintTwice, "the supplier", ""}, // the second callback may come before or after the delivery; the buyer has all
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			shop := kit.Open(t, kit.Options{})
			quickCards(shop.Control)
			olga := shop.Person(kit.Admin, "en")
			olga.Say("/start")
			shop.Cards(map[string]any{"next_create": []map[string]any{{"mode": c.mode}}})
			ada := shop.Person(1001, "en")
			o := ada.OrderCard(kit.Cards25(2))
			shop.PayAt(o, nil)
			olga.WaitFor("needs a person", o.Number, c.alert)
			if c.says != "" {
				ada.WaitFor(o.Number, c.says)
			}
			if c.mode != univoucher.ModeWrongSecret {
				scanCard(t, shop, ada, o.Message)
			}
			if n := len(shop.CardBooks().Requests); n != 1 || !shop.OrderOf(o.Number).Held() {
				t.Errorf("%d creations, held %v", n, shop.OrderOf(o.Number).Held())
			}
		})
	}
}

// TestCallbackAfterAWeek: a transaction may wait in the pool for days. Its
// callback is still ours, and still delivered.
func TestCallbackAfterAWeek(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{Clock: true})
	stuck(shop)
	olga := shop.Person(kit.Admin, "en")
	olga.Say("/start")
	ada := shop.Person(1001, "en")
	o := ada.OrderCard(kit.Cards25(1))
	shop.PayAt(o, nil)
	awaitStuck(t, shop, o)
	shop.Advance(168 * time.Hour)
	shop.AdvanceUntil("alert", time.Minute, func() bool { return olga.Sees("needs a person", o.Number) })
	mine(shop)
	pictured(shop, ada, o)
	scanCard(t, shop, ada, o.Message)
	stored := delivered(t, shop, o)
	if stored.Lines[0].Got != 1 || len(shop.CardBooks().Requests) != 1 {
		t.Errorf("got %d, %d creations", stored.Lines[0].Got, len(shop.CardBooks().Requests))
	}
}

// pictured waits for the card in the chat after the clock has jumped: all that
// had to wait is due then, and a look that finds no room comes again minutes
// later.
func pictured(shop *kit.Shop, who *kit.Person, o kit.Checkout) {
	shop.AdvanceUntil("picture", time.Minute, func() bool { return who.At(o.Message).PhotoURL != "" })
}

// lose has the secret of the next card lost for good, and the order know it.
func lose(t *testing.T, cancel string) (*kit.Shop, *kit.Person, *kit.Person, kit.Checkout) {
	t.Helper()
	shop := kit.Open(t, kit.Options{Clock: true, Settings: map[string]string{"UNIVOUCHER_CANCEL": cancel}})
	quickCards(shop.Control)
	shop.Cards(map[string]any{"cancel_endpoint": true, "lose_callbacks": true})
	olga, ada := shop.Person(kit.Admin, "en"), shop.Person(1001, "en")
	olga.Say("/start")
	o := ada.OrderCard(kit.Cards25(1))
	shop.PayAt(o, nil)
	kit.Eventually(t, "card without a callback", func() bool {
		books := shop.CardBooks()
		last, _ := shop.OrderOf(o.Number).Lines[0].Last()
		return len(books.Requests) == 1 && books.Requests[0].State == "minted" && last.AcceptedAt > 0
	})
	shop.Cards(map[string]any{"lose_callbacks": false})
	shop.Advance(91 * time.Minute)
	shop.AdvanceUntil("lost secret", time.Minute, func() bool {
		stored := shop.OrderOf(o.Number)
		last, _ := stored.Lines[0].Last()
		return last.LostAt > 0 || stored.Status == order.Refunded
	})
	return shop, ada, olga, o
}

// TestSecretLost: without a callback nobody can use the card. A person is told
// which one it is and what to do.
func TestSecretLost(t *testing.T) {
	t.Parallel()
	shop, ada, olga, o := lose(t, "false")
	card := shop.CardBooks().Requests[0].Cards[0]
	olga.WaitFor("needs a person", o.Number, "its secret never came", card.ID, "look the card up at univoucher.com", "UNIVOUCHER_CANCEL")
	ada.WaitFor(o.Number, "what unlocks it did not reach us", "We have your payment of")
	stored := shop.OrderOf(o.Number)
	if !stored.Held() || stored.Reason != order.ReasonSecretLost || stored.Lines[0].Got != 0 {
		t.Errorf("held for %q, got %d", stored.Reason, stored.Lines[0].Got)
	}
	shop.Advance(24 * time.Hour)
	time.Sleep(2 * time.Second) // a second creation would have the time for it
	books := shop.CardBooks()
	if len(books.Requests) != 1 || len(books.Cancels) != 0 || books.Requests[0].Cards[0].Status != "active" {
		t.Errorf("a day later: %d creations, %d cancels, card %s", len(books.Requests), len(books.Cancels), books.Requests[0].Cards[0].Status)
	}
	// It comes after all: nothing was lost, and nobody needs to look any more.
	shop.Cards(map[string]any{"resend": 1})
	pictured(shop, ada, o)
	if found := scanCard(t, shop, ada, o.Message); found.Card != card.ID {
		t.Errorf("card %s was delivered, %s was made", found.Card, card.ID)
	}
	if stored = delivered(t, shop, o); stored.Held() {
		t.Errorf("still held for %q", stored.Reason)
	}
}

// TestSecretLostAndCardTakenBack: with the vendor's cancellation the wallet has
// its money again, and the buyer a credit.
func TestSecretLostAndCardTakenBack(t *testing.T) {
	t.Parallel()
	shop, ada, _, o := lose(t, "true")
	var stored order.Order
	shop.AdvanceUntil("refunded order", 15*time.Second, func() bool { // after half an hour a person would hear of it
		stored = shop.OrderOf(o.Number)
		return stored.Status == order.Refunded
	})
	ada.WaitFor(o.Number, "could not be delivered", stored.Total.String()+" is on your credit")
	books := shop.CardBooks()
	if len(books.Requests) != 1 || books.Requests[0].Cards[0].Status != "cancelled" || len(books.Cancels) == 0 {
		t.Fatalf("the vendor: %+v, %d cancels", books.Requests, len(books.Cancels))
	}
	if stored.Held() || stored.Credited() != stored.Total || stored.Lines[0].Credited != stored.Total {
		t.Errorf("flags %v, credited %s of %s", stored.Flags, stored.Credited(), stored.Total)
	}
	judgeWallet(t, books)
}

// judgeWallet: the wallet has back what the card held; the fee is gone.
func judgeWallet(t *testing.T, books univoucher.Books) {
	t.Helper()
	token := books.Requests[0].Token
	for _, w := range books.Wallets {
		for _, b := range w.Balances {
			if w.Chain != 8453 || b.Token != token {
				continue
			}
			if b.Funded != "10000000000" || b.Balance != "9999750000" || b.Held != "0" {
				t.Errorf("the wallet: funded %s, holds %s, promised %s; want all but the fee of 250000", b.Funded, b.Balance, b.Held)
			}
			return
		}
	}
	t.Error("no such wallet")
}
