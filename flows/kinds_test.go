package flows

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/catalog"
	"giftbot/order"
)

const dollar = 100 * order.Cent

// put adds a product of any kind to a catalogue.
func (g *goods) put(category string, p catalog.Product) {
	key := p.Supplier + ":" + string(p.Kind) + strings.ReplaceAll(category, " ", "")
	at := -1
	for i, k := range g.categories {
		if k.ID == key {
			at = i
		}
	}
	if at < 0 {
		g.categories = append(g.categories, catalog.Category{ID: key, Kind: p.Kind, Name: category})
		at = len(g.categories) - 1
	}
	p.ID, p.Category, p.Title = p.Supplier+":"+p.Item, key, category+" "+p.Name
	if strings.HasPrefix(p.Name, category) {
		p.Title = p.Name
	}
	if p.Open() {
		p.Markup = catalog.Markup{Percent: decimal.New(10, 0)}
		p.Cost, p.Price, _ = p.Quote(p.Face.Min) // test data fits
	}
	g.categories[at].Products = append(g.categories[at].Products, p.ID)
	g.products[p.ID] = p
}

func field(key, label, format, example string) catalog.Field {
	f, err := catalog.NewField(catalog.FieldRule{Key: key, Label: label, Format: format, Example: example})
	if err != nil {
		panic(err) // a test's own pattern
	}
	return f
}

// The suppliers' own ids in tests.
const (
	steam    = "plexy:456-USD"
	diamonds = "plexy:457-USD"
	coins    = "plexy:458-USD"
	pinned   = "plexy:500-USD"
	baseUSDC = "univoucher:8453-USDC"
	ethUSDT  = "univoucher:1-USDT"
)

// withKinds adds top-ups, gift cards and a voucher with a PIN.
func withKinds(g *goods) *goods {
	top := catalog.Product{Supplier: "plexy", Kind: order.KindTopUp, Stock: 10, Rate: decimal.New(102, -2)}
	p := top
	p.Item, p.Name, p.About, p.Region = "456-USD", "Steam Wallet Top Up", "Any Steam account.", "GLOBAL"
	p.Face = catalog.Face{Min: 5 * dollar, Max: 100 * dollar, Step: dollar}
	p.Fields = []catalog.Field{field("steam_login", "field.steam_login", "[a-z0-9_]{3,32}", "gabe_n"), field("email", "field.email", "[^@ ]+@[^@ ]+", "")}
	g.put("Steam Wallet", p)
	p = top
	p.Item, p.Name, p.Region = "457-USD", "86 diamonds", "EU"
	p.Cost, p.Price = 1_500_000, 1_650_000
	p.Fields = []catalog.Field{field("player_id", "field.player_id", "[0-9]{6,12}", "51234567"), field("zone", "Zone <number>", "[0-9]{4}", "")}
	g.put("Mobile Games", p)
	p = top
	p.Item, p.Name = "458-USD", "Coins"
	p.Face = catalog.Face{Min: dollar / 2, Max: 3 * dollar, Step: dollar / 2}
	p.Fields = []catalog.Field{field("player_id", "field.player_id", "", "")}
	g.put("Mobile Games", p)
	g.put("Play", catalog.Product{Supplier: "plexy", Item: "500-USD", Name: "10 USD <EU>", Cost: 10 * dollar, Price: 11 * dollar, Stock: 10, Region: "EU"})

	card := catalog.Product{Supplier: "univoucher", Kind: order.KindCard, Stock: 50, Rate: decimal.New(101, -2), Extra: 10 * order.Cent}
	card.Face = catalog.Face{Min: 5 * dollar, Max: 500 * dollar, Step: order.Cent, Presets: []order.Money{10 * dollar, 25 * dollar, 50 * dollar}}
	card.Item, card.Name, card.Fee, card.Usual = "8453-USDC", "USDC", "low", 15*time.Second
	g.put("Base", card)
	card.Item, card.Fee, card.Usual, card.Extra = "1-USDC", "high", 3*time.Minute, 4*dollar
	g.put("Ethereum", card)
	card.Item, card.Name = "1-USDT", "USDT"
	g.put("Ethereum", card)
	return g
}

// kindsChat is a chat with a shop that sells everything, paid two ways.
func kindsChat(t *testing.T, lang string) *chat {
	t.Helper()
	c := newChat(t, lang)
	withKinds(c.goods)
	c.env.Shop.Gateways = append(c.env.Shop.Gateways, Gateway{Name: "inventpay", Label: GatewayLabel("inventpay")})
	return c
}

// kindJourneys are the conversations about top-ups and gift cards.
func kindJourneys() map[string]func(*chat) {
	return map[string]func(*chat){
		"topup":       topUp,
		"topup-wrong": topUpWrong,
		"topup-same":  topUpSame,
		"topup-fixed": topUpFixed,
		"card":        giftCard,
		"card-wrong":  giftCardWrong,
		"card-slow":   giftCardSlow,
		"cards":       threeCards,
		"card-lost":   cardLost,
		"pin":         voucherWithPin,
		"ways":        anotherWay,
		"credited":    toCredit,
		"step-old":    oldSteps,
		"step-empty":  nothingThere,
	}
}

func TestKindTranscripts(t *testing.T) {
	for name, play := range kindJourneys() {
		for _, lang := range []string{"en", "ru"} {
			t.Run(name+"."+lang, func(t *testing.T) {
				c := kindsChat(t, lang)
				play(c)
				c.golden(name + "." + lang)
			})
		}
	}
}

// steamCheckout goes from the start to the confirmation of a top-up.
func (c *chat) steamCheckout() {
	c.command("start", "")
	c.press(VerbTopUps, "", "")
	c.press(VerbCategory, "plexy:top_upSteamWallet", "")
	c.label(c.presetLabel(steam, 25*dollar))
	c.text("gabe_n")
	c.text("gabe@example.com")
}

// presetLabel is the button of an offered amount.
func (c *chat) presetLabel(id string, amount order.Money) string {
	for _, b := range amountKeys(c.goods.products[id], []order.Money{amount}) {
		return c.voice.text(b.Label)
	}
	c.t.Fatalf("no such amount: %s", amount)
	return ""
}

// buying brings a paid order to its supplier.
func (c *chat) buying(outcome func(*order.Line)) {
	c.paid(c.order.Total)
	c.order.Status = order.Paid
	c.note("paid", c.order.Total.String())
	c.order.Status = order.Fulfilling
	c.note("fulfilling", "")
	for i := range c.order.Lines {
		l := &c.order.Lines[i]
		l.State = order.LineBuying
		l.Attempts = []order.Attempt{{N: 1, FirstSentAt: c.env.Now, Sends: 1}}
		if outcome != nil {
			outcome(l)
		}
	}
}

func (c *chat) accepted(l *order.Line) { l.Attempts[0].AcceptedAt = c.env.Now }

// arrive delivers goods for every line.
func (c *chat) arrive(goods ...order.Good) {
	for i := range c.order.Lines {
		l := &c.order.Lines[i]
		l.Got, l.State = l.Quantity, order.LineGot
		c.note("bought", "1")
	}
	c.codes, c.order.Status = goods, order.Delivered
	c.note("ready", "")
	c.note("delivered", "")
}

func topUp(c *chat) {
	c.steamCheckout()
	c.press(VerbPlace, "", "inventpay")
	c.announce()
	c.opened()
	c.announce()
	c.buying(nil)
	c.announce()
	c.accepted(&c.order.Lines[0])
	c.announce()
	c.env.Now = c.env.Now.Add(3 * time.Minute)
	c.announce()
	c.arrive(order.Good{Piece: order.Piece{Proof: "LC-123456"}})
	c.announce()
	c.ping()
	c.press(VerbOrder, "", ArgFresh)
	c.press(VerbReveal, "", "")
	c.press(VerbOrders, "", ArgFresh)
}

func topUpWrong(c *chat) {
	c.command("topup", "")
	c.press(VerbCategory, "plexy:top_upSteamWallet", "")
	for _, text := range []string{"a lot", "4", "-20", "100.01", "12,5", "1,000", "1e2", "", " 12.00 usd"} {
		c.text(text)
	}
	c.text("G")
	c.sticker()
	c.text("gabe_n")
	c.text("not an address")
	c.text(strings.Repeat("x", 190) + "@y")
	c.label(c.voice.text(t("b.back")))
	c.text("other_login")
	c.text("a@b")
	c.label(c.voice.text(t("b.change_amount")))
	c.text("$ 20")
	c.label(c.voice.text(t("b.change_account")))
	c.label(c.voice.text(t("b.keep_value")))
	c.label(c.voice.text(t("b.back")))
	c.label(c.voice.text(t("b.back")))
	c.label(c.voice.text(t("b.back")))
	c.press(VerbCategory, "plexy:top_upMobileGames", "")
	c.press(VerbProduct, coins, "")
	c.text("0.5")
	c.text("0.75")
	c.text("1")
	c.command("cancel", "")
}

func topUpSame(c *chat) {
	c.steamCheckout()
	c.press(VerbPlace, "", "infini")
	c.command("topup", "")
	c.press(VerbCategory, "plexy:top_upSteamWallet", "")
	c.text("12")
	c.press(VerbSame, "", "")
	c.press(VerbPlace, "", "infini")
	c.command("topup", "")
	c.press(VerbCategory, "plexy:top_upMobileGames", "")
	c.press(VerbProduct, diamonds, "")
}

func topUpFixed(c *chat) {
	c.command("topup", "")
	c.press(VerbCategory, "plexy:top_upMobileGames", "")
	c.press(VerbProduct, diamonds, "")
	c.text("51234567")
	c.text("12")
	c.text("1234")
	c.press(VerbPlace, "", "infini")
	c.buying(nil)
	c.announce()
	c.arrive(order.Good{Piece: order.Piece{Proof: "LC-9"}})
	c.announce()
}

// cardCheckout goes from the start to the summary of three gift cards.
func (c *chat) cardCheckout() {
	c.command("giftcard", "")
	c.press(VerbCategory, "univoucher:cardBase", "")
	c.label(c.presetLabel(baseUSDC, 25*dollar))
	c.label("+")
	c.text("3")
	c.label(c.voice.text(t("b.continue")))
	c.text("Happy birthday! 🎂")
}

func giftCard(c *chat) {
	c.command("start", "")
	c.press(VerbCards, "", "")
	c.press(VerbCategory, "univoucher:cardEthereum", "")
	c.press(VerbProduct, ethUSDT, "")
	c.text("12,50")
	c.label(c.voice.text(t("b.continue")))
	c.label(c.voice.text(t("b.no_note")))
	c.label(c.voice.text(t("b.back")))
	c.text("A present")
	c.press(VerbPlace, "", "infini")
	c.announce()
}

func giftCardWrong(c *chat) {
	c.command("giftcard", "")
	c.press(VerbCategory, "univoucher:cardBase", "")
	c.text("4.99")
	c.text("501 usdc")
	c.text("10.005")
	c.text("10")
	c.text("0")
	c.text("11")
	c.label("+")
	c.text("x2")
	c.label(c.voice.text(t("b.continue")))
	c.text(strings.Repeat("long ", 30))
	c.text(strings.Repeat("🎂", 90))
	c.sticker()
	c.text("two\nlines <b>")
	c.label(c.voice.text(t("b.back")))
	c.label(c.voice.text(t("b.keep_value")))
	c.goods.products[baseUSDC] = func(p catalog.Product) catalog.Product { p.Stock = 1; return p }(c.goods.products[baseUSDC])
	c.press(VerbPlace, "", "infini")
	c.goods.products[baseUSDC] = func(p catalog.Product) catalog.Product { p.Stock = 0; return p }(c.goods.products[baseUSDC])
	c.label(c.voice.text(t("b.continue")))
}

func giftCardSlow(c *chat) {
	c.cardCheckout()
	c.press(VerbPlace, "", "infini")
	c.buying(nil)
	c.order.Lines[0].Quantity = 1
	c.announce()
	c.accepted(&c.order.Lines[0])
	for _, passed := range []time.Duration{4 * time.Second, 13 * time.Second, 40 * time.Second, time.Minute, 3 * time.Hour} {
		c.env.Now = c.env.Now.Add(passed)
		c.announce()
	}
}

func someCards() []order.Good {
	var cards []order.Good
	for _, id := range []string{"102123456", "102123457", "102123458"} {
		cards = append(cards, order.Good{Piece: order.Piece{Card: id, Code: "ABCDE-FGHIJ-KLMNO-" + id[4:]}})
	}
	return cards
}

func threeCards(c *chat) {
	c.cardCheckout()
	c.press(VerbPlace, "", "infini")
	c.buying(c.accepted)
	c.announce()
	c.arrive(someCards()...)
	c.announce()
	c.ping()
	c.label(c.voice.text(t("b.next")))
	c.label(c.voice.text(t("b.next")))
	c.press(VerbOrder, "", ArgFresh)
	c.press(VerbReveal, "", "")
}

func cardLost(c *chat) {
	c.cardCheckout()
	c.press(VerbPlace, "", "infini")
	c.buying(c.accepted)
	c.order.Flags, c.order.Reason = order.Flags{order.FlagHeld}, order.ReasonSecretLost
	c.note("secret_lost", "102123456")
	c.announce()
	c.logf("to an admin:\n%s", indent(c.voice.view(AlertView(c.order))))
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, "", "")
}

func voucherWithPin(c *chat) {
	c.command("start", ProductLink(pinned))
	c.text("2")
	c.press(VerbCheckout, "", "")
	c.press(VerbPlace, "", "infini")
	l := c.order.Lines[0]
	l.Quantity = 1
	c.order.Lines = []order.Line{l, l} // one purchase per piece
	c.buying(nil)
	c.announce()
	c.accepted(&c.order.Lines[0])
	c.announce()
	c.order.Lines[0].Got, c.order.Lines[0].State = 1, order.LineGot
	c.announce()
	pin := func(line int, code, pin string) order.Good {
		return order.Good{Line: line, Piece: order.Piece{Code: code, Parts: []order.Part{{Key: "pin", Value: pin}, {Key: "serial", Value: "S" + pin}}}}
	}
	c.arrive(pin(0, "AAAA-1", "1111"), pin(1, "AAAA-2", "2222"))
	c.announce()
	c.codes = c.codes[:1]
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, string(c.order.Number), "")
	c.press(VerbReveal, "", "")
}

func anotherWay(c *chat) {
	c.toCheckout("uc60")
	c.placed()
	c.press(VerbPayBy, "", "")
	c.press(VerbStatus, "", "")
	c.press(VerbPayBy, "", "")
	old := Action{Verb: VerbPayBy, ID: string(c.order.Number), Arg: "inventpay"}
	c.press(VerbPayBy, "", "inventpay")
	c.announce()
	c.order.Payments[1].State, c.order.Payments[1].URL = order.PaymentOpen, "https://pay.example/second"
	c.announce()
	c.forge(old)
	c.order.Payments[1].State = order.PaymentRefused
	c.announce()
	for _, code := range []order.Code{order.CodeTooMany, order.CodeEvent, order.CodeUnclear} {
		c.answer = func(i Intent) Result {
			if _, ok := i.(PayBy); ok {
				return OrderResult{Intent: i, Order: c.order, Code: code}
			}
			return c.desk(i)
		}
		c.press(VerbOrders, "", ArgFresh)
		c.press(VerbOrder, "", "")
		c.press(VerbPayBy, "", "")
		c.press(VerbPayBy, "", "inventpay")
	}
	c.answer = c.desk
	c.order.Payments[1].State, c.order.Payments[1].Sends = order.PaymentSent, 2
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, "", "")
	c.press(VerbPayBy, "", "")
	c.order.Payments[0].Confirming = true
	c.language()
	c.forge(Action{Verb: VerbPayBy, ID: string(c.order.Number)})
	c.forge(Action{Verb: VerbPayBy, ID: string(c.order.Number), Arg: "other"})
}

// language presses the language that is already spoken: the screen is shown again.
func (c *chat) language() {
	c.command("language", "")
	c.press(VerbLanguage, "", c.voice.lang)
}

func toCredit(c *chat) {
	c.cardCheckout()
	c.press(VerbPlace, "", "infini")
	c.buying(c.accepted)
	l := &c.order.Lines[0]
	l.State, l.Credited = order.LineFailed, l.UnitPrice.Times(l.Quantity)
	c.order.Status = order.Refunded
	c.note("secret_lost", "102123456")
	c.note("recalled", "75.00")
	c.toCredit(l.Credited)
	c.note("refunded", "")
	c.announce()
	c.ping()
	c.press(VerbOrder, "", ArgFresh)
	// One of two came.
	whole := c.order.Lines[0]
	whole.Quantity, whole.Credited = 1, whole.UnitPrice
	came := whole
	came.Credited, came.Got, came.State = 0, 1, order.LineGot
	c.order.Returned = whole.Credited
	c.order.Lines, c.order.Status, c.order.Timeline = []order.Line{came, whole}, order.Delivered, nil
	c.codes = someCards()[:1]
	c.announce()
	c.press(VerbOrders, "", ArgFresh)
	c.press(VerbOrder, string(c.order.Number), "")
}

// oldSteps presses buttons of a purchase that is not the one under way.
func oldSteps(c *chat) {
	c.command("start", "")
	for _, verb := range []Verb{VerbField, VerbSame, VerbCount, VerbNote, VerbCheckout} {
		c.forge(Action{Verb: verb, ID: steam, N: 1})
	}
	c.forge(Action{Verb: VerbAmount, ID: steam, N: 2000})
	c.forge(Action{Verb: VerbAmount, ID: steam, N: 99_999_999})
	c.forge(Action{Verb: VerbField, ID: steam, N: 5})
	c.forge(Action{Verb: VerbAmount, ID: baseUSDC, N: 2500})
	c.forge(Action{Verb: VerbCount, ID: baseUSDC, N: 4})
	c.forge(Action{Verb: VerbField, ID: steam})
	c.forge(Action{Verb: VerbAmount, ID: "infinivoucher:uc60", N: 100})
	c.forge(Action{Verb: VerbNote, ID: "infinivoucher:uc60"})
	c.forge(Action{Verb: VerbNote, ID: "plexy:gone"})
}

func nothingThere(c *chat) {
	c.goods.categories = nil
	c.command("start", "")
	c.command("topup", "")
	c.command("giftcard", "")
	c.goods.products[steam] = func(p catalog.Product) catalog.Product { p.Stock = 0; return p }(c.goods.products[steam])
	c.command("start", ProductLink(steam))
	c.text("25")
	c.forge(Action{Verb: VerbAmount, ID: steam, N: 2500})
}
