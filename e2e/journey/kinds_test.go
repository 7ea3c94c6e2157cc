package journey

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/e2e/kit"
	"giftbot/order"
)

// quickCards takes the waiting out of the chains.
func quickCards(c *kit.Control) {
	c.Cards(map[string]any{"mint_delay": "500ms", "indexer_lag": "0s"})
}

// delivered waits until the order is delivered in our books too.
func delivered(t *testing.T, shop *kit.Shop, o kit.Checkout) order.Order {
	t.Helper()
	var stored order.Order
	kit.Eventually(t, "delivered order "+o.Number, func() bool {
		stored = shop.OrderOf(o.Number)
		return stored.Status == order.Delivered
	})
	return stored
}

// TestVoucherPaidWithInventPay: the other gateway's money buys the same codes.
func TestVoucherPaidWithInventPay(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada := shop.Person(1001, "en")
	want := kit.Cheap()
	want.Gateway = kit.InventPay
	o := ada.Order(want)
	shop.PayAt(o, map[string]any{"coin": "USDC_SOL", "confirming": true})
	ada.WaitFor(o.Number, "It is being confirmed")
	shop.PayAt(o, map[string]any{"confirm": true})
	codes := ada.AwaitCodes(o, 2)
	boughtOnce(t, shop.Control, codes)
	stored := delivered(t, shop, o)
	if len(stored.Flags) > 0 || stored.Received() != stored.Total || len(shop.GatewayBooks().Orders) != 0 {
		t.Errorf("flags %v, %s of %s received, %d checkouts at Infini", stored.Flags, stored.Received(), stored.Total, len(shop.GatewayBooks().Orders))
	}
}

// TestPiecesOfACode: a voucher with PIN and serial number is bought piece by
// piece, and shown whole.
func TestPiecesOfACode(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	shop.Change("plexy", map[string]any{"pending_for": "500ms"})
	ada := shop.Person(1001, "en")
	o := ada.Order(kit.Want{Category: "Game cards", Product: "Razer Gold PIN $20", Quantity: 2})
	shop.PayAt(o, nil)
	shown := ada.AwaitCodes(o, 6)
	text := kit.Body(ada.At(o.Message))
	for _, label := range []string{"Code 1", "PIN 1", "Serial number 1", "Code 2", "PIN 2", "Serial number 2"} {
		if !contains(text, label+": ") {
			t.Errorf("no %q in: %s", label, text)
		}
	}
	books := shop.PlexyBooks()
	if books.Totals.Orders != 2 || books.Totals.Codes != 2 {
		t.Fatalf("Plexy sold %+v", books.Totals)
	}
	var sold []string
	for _, s := range books.Orders {
		sold = append(sold, s.Content["voucher_code"], s.Content["pin"], s.Content["serial"])
		if s.Test || !strings.HasPrefix(s.ExternalRef, string(shop.OrderOf(o.Number).Number)) {
			t.Errorf("Plexy's order: test %v, reference %q", s.Test, s.ExternalRef)
		}
	}
	if diff := cmp.Diff(sold, shown); diff != "" {
		t.Errorf("sold (-) and shown (+):\n%s", diff)
	}
	delivered(t, shop, o)
}

// TestTopUp: bad answers are asked again, and the account is paid into once.
func TestTopUp(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	shop.Change("plexy", map[string]any{"pending_for": "1s"})
	ada := shop.Person(1001, "en")
	ada.Say("/topup")
	ada.Press("Wallets")
	say := func(text string, answer ...string) {
		t.Helper()
		before := ada.Last().ID
		ada.Say(text)
		kit.Eventually(t, "answer to "+text, func() bool { return ada.Last().ID > before })
		for _, words := range answer {
			if m := ada.Last(); !contains(m.Text, words) {
				t.Errorf("%q is answered: %s", text, m.Text)
			}
		}
	}
	ada.WaitFor("Steam Wallet Top Up", "From 5 USD to 100 USD")
	say("a lot", "I did not understand that as an amount")
	say("4.99", "the least is 5 USD")
	say("100.5", "the most is 100 USD")
	say("25.5", "Amounts go in steps of 1 USD", "25 USD or 26 USD")
	say("25", "Please send: Steam login")
	say("no good login!", "does not look right")
	say(kit.Steam().Fields[0], "Please send: E-mail")
	say("nobody", "does not look right")
	say(kit.Steam().Fields[1], "Please check everything once more", "25 USD", kit.Steam().Fields[0], kit.Steam().Fields[1], "cannot be undone")
	if n := len(shop.GatewayBooks().Orders) + len(shop.PlexyBooks().Orders); n != 0 {
		t.Fatalf("%d orders before the checkout", n)
	}

	o := ada.OrderTopUp(kit.Steam())
	shop.PayAt(o, nil)
	done := ada.WaitFor(o.Number, "Done: 25 USD credited", "Receipt number: LC-")
	if done.ID != o.Message || !done.Protected {
		t.Errorf("told in message %d, protected %v", done.ID, done.Protected)
	}
	ada.WaitFor("The top-up of order", o.Number)
	books := shop.PlexyBooks()
	if len(books.TopUps) != 1 || len(books.Accounts) != 1 || books.Accounts[0].Times != 1 || books.Accounts[0].Amount.String() != "25" {
		t.Fatalf("Plexy paid in: %+v", books.TopUps)
	}
	want := map[string]string{"steam_login": kit.Steam().Fields[0], "email": kit.Steam().Fields[1]}
	if diff := cmp.Diff(want, books.Accounts[0].Account); diff != "" {
		t.Errorf("the account:\n%s", diff)
	}
	delivered(t, shop, o)
}

// TestTopUpRefused: an account nobody has gets nothing, and the money is not
// kept silently.
func TestTopUpRefused(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	const nobody = "4040404040" // not one of zeros, which a sum among the metrics may have
	shop.Change("plexy", map[string]any{"pending_for": "500ms", "unknown_accounts": []string{nobody}})
	olga := shop.Person(kit.Admin, "en")
	olga.Say("/start")
	ada := shop.Person(1001, "en")
	o := ada.OrderTopUp(kit.TopUp{Category: "Mobile games", Product: "PUBG Mobile UC", Amount: "10", Fields: []string{nobody}, Gateway: kit.InventPay})
	shop.PayAt(o, nil)
	ada.WaitFor(o.Number, "We have your payment of ")
	olga.WaitFor("needs a person", o.Number)
	books := shop.PlexyBooks()
	if len(books.TopUps) != 0 || len(books.Orders) != 1 {
		t.Errorf("Plexy: %d top-ups, %d orders", len(books.TopUps), len(books.Orders))
	}
}

// scanCard holds the picture of a message against the vendor's books.
func scanCard(t *testing.T, shop *kit.Shop, who *kit.Person, message int64) kit.Scanned {
	t.Helper()
	m := who.AwaitPicture(message, "Card id: ")
	found := who.Scan(m)
	if !m.Protected {
		t.Error("the card can be forwarded")
	}
	if !contains(found.Redeem, "univoucher.com") {
		t.Errorf("redeemed at %q", found.Redeem)
	}
	if codes := kit.Codes(m); len(codes) != 1 || codes[0] != found.Secret || !contains(m.Caption, "Card id: "+found.Card) {
		t.Errorf("the picture says card %s, below it stands: %s", found.Card, m.Caption)
	}
	known := slices.ContainsFunc(shop.Sold(), func(s kit.Sold) bool { return s.Card == found.Card && s.Text == found.Secret })
	if !known {
		t.Errorf("card %s is not one of the vendor's, or has another secret", found.Card)
	}
	return found
}

// TestGiftCard: a card of 25 USDC on Base arrives as a picture.
func TestGiftCard(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	quickCards(shop.Control)
	ada := shop.Person(1001, "en")
	want := kit.Cards25(1)
	want.Gateway, want.Message = kit.InventPay, "Happy birthday, planted wish 🎂"
	o := ada.OrderCard(want)
	shop.PayAt(o, map[string]any{"coin": "USDT_BEP20"})
	scanCard(t, shop, ada, o.Message)
	ada.WaitFor("Your gift card for order", o.Number)

	books := shop.CardBooks()
	if len(books.Requests) != 1 || len(books.Requests[0].Cards) != 1 {
		t.Fatalf("UniVoucher made %+v", books.Requests)
	}
	r := books.Requests[0]
	if r.Chain != 8453 || r.AmountPerCard != "25000000" || r.Message != want.Message || r.Cards[0].Status != "active" {
		t.Errorf("UniVoucher made %+v", r)
	}
	stored := delivered(t, shop, o)
	if len(stored.Flags) > 0 {
		t.Errorf("flags %v", stored.Flags)
	}
	ada.Press("Open the order")
	ada.WaitFor("How it went", "1 gift card made")
	ada.Press("Show the gift card")
	var again kit.Message
	kit.Eventually(t, "card shown again", func() bool {
		again = ada.Last()
		return again.ID != o.Message && again.PhotoURL != ""
	})
	scanCard(t, shop, ada, again.ID)
}

// TestThreeCards: one creation, a page for each.
func TestThreeCards(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	quickCards(shop.Control)
	ada := shop.Person(1001, "en")
	o := ada.OrderCard(kit.Cards25(3))
	shop.PayAt(o, nil)
	seen := map[string]string{}
	for page, words := range []string{"Gift card 1 of 3", "Gift card 2 of 3", "Gift card 3 of 3"} {
		if page > 0 {
			ada.Press("Next ›")
		}
		m := ada.AwaitPicture(o.Message, words)
		found := scanCard(t, shop, ada, m.ID)
		seen[found.Card] = found.Secret
	}
	want := map[string]string{}
	books := shop.CardBooks()
	for _, r := range books.Requests {
		for _, card := range r.Cards {
			want[card.ID] = card.Secret
		}
	}
	if diff := cmp.Diff(want, seen); diff != "" || len(books.Requests) != 1 || len(want) != 3 {
		t.Errorf("%d creations; made (-) and shown (+):\n%s", len(books.Requests), diff)
	}
	ada.Press("‹ Previous")
	scanCard(t, shop, ada, ada.AwaitPicture(o.Message, "Gift card 2 of 3").ID)
	delivered(t, shop, o)
}

// TestAnotherWay: the link that is not shown any more still counts; paid as
// well, it is the buyer's credit.
func TestAnotherWay(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{})
	ada, boris := shop.Person(1001, "en"), shop.Person(1002, "en")

	first := ada.Order(kit.Cheap())
	second := ada.AnotherWay(first, kit.InventPay)
	if first.ID == second.ID || second.Gateway != kit.InventPay {
		t.Fatalf("links %+v and %+v", first, second)
	}
	ada.WaitFor(first.Number, "Money sent to an earlier link still counts")
	shop.PayAt(first, nil)
	codes := ada.AwaitCodes(first, 2)
	boughtOnce(t, shop.Control, codes)
	delivered(t, shop, first)

	one := boris.Order(kit.Want{Category: "Free Fire", Product: "100 Diamonds", Quantity: 2})
	other := boris.AnotherWay(one, kit.InventPay)
	shop.PayAt(other, nil)
	got := boris.AwaitCodes(one, 2)
	shop.PayAt(one, nil)
	boris.WaitFor(one.Number, "paid twice", "is on your credit with us")
	stored := shop.OrderOf(one.Number)
	if stored.Held() || !stored.Flags.Has(order.FlagTwice) || stored.Received() != 2*stored.Total || stored.Returned != stored.Total {
		t.Errorf("flags %v, received %s of %s, returned %s", stored.Flags, stored.Received(), stored.Total, stored.Returned)
	}
	if again := boris.AwaitCodes(one, 2); !cmp.Equal(again, got) || len(shop.SupplierBooks().Orders) != 2 {
		t.Errorf("%d purchases for two orders", len(shop.SupplierBooks().Orders))
	}
}

// TestDemoSellsEverything: what the demo offers can be bought there as it is.
func TestDemoSellsEverything(t *testing.T) {
	t.Parallel()
	demo := kit.StartDemo(t)
	ada, boris, carla := demo.Person(1001, "en"), demo.Person(1002, "en"), demo.Person(1004, "en")
	card := ada.OrderCard(kit.Cards25(1))
	demo.PayAt(card, nil)
	topUp := boris.OrderTopUp(kit.TopUp{Category: "Phone", Amount: "20", Fields: []string{"+15550001234"}, Gateway: kit.InventPay})
	demo.PayAt(topUp, nil)
	code := carla.Order(kit.Want{Category: "Game cards", Product: "PlayStation Store $10", Quantity: 1, Gateway: kit.InventPay})
	demo.PayAt(code, nil)

	carla.AwaitCodes(code, 1)
	boris.WaitFor(topUp.Number, "Done: 20 USD credited")
	found := ada.Scan(ada.AwaitPicture(card.Message, "Card id: "))
	if !slices.ContainsFunc(demo.Sold(), func(s kit.Sold) bool { return s.Card == found.Card && s.Text == found.Secret }) {
		t.Errorf("card %s is not one of the vendor's", found.Card)
	}
	books := demo.PlexyBooks()
	if len(demo.CardBooks().Requests) != 1 || books.Totals.Orders != 2 || books.Totals.TopUps != 1 || len(demo.InventBooks().Payments) != 2 {
		t.Errorf("sold %d cards, Plexy %+v", len(demo.CardBooks().Requests), books.Totals)
	}
	demo.AuditChat()
}
