package flows

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"giftbot/catalog"
	"giftbot/locales"
	"giftbot/order"
)

func kindsEnv() Env {
	env := testEnv()
	all := withKinds(newGoods())
	env.Catalogue = all
	env.Shop.Gateways = append(env.Shop.Gateways, Gateway{Name: "inventpay", Label: GatewayLabel("inventpay")})
	return env
}

// play steps through inputs and returns the session and the last outcome.
func play(env Env, s Session, inputs ...Input) (Session, Outcome) {
	var out Outcome
	for _, in := range inputs {
		s, out = Step(env, s, in)
		if _, ok := out.Intent.(ShowCredit); ok && s.Screen == ScreenCheckout {
			s, out = Step(env, s, Input{Result: CreditResult{}})
		}
	}
	return s, out
}

func pressing(verb Verb, id, arg string, number int) Input {
	return Input{Action: &Action{Verb: verb, ID: id, Arg: arg, N: number}}
}

func toSteam() []Input {
	return []Input{pressing(VerbAmount, steam, "", 2500), {Text: "gabe_n"}, {Text: "gabe@example.com"}}
}

func TestATopUpIsPlacedWithItsAccount(t *testing.T) {
	env := kindsEnv()
	s, out := play(env, Session{}, append(toSteam(), pressing(VerbPlace, string(env.Draft), "infini", 0))...)
	want := PlaceOrder{
		Number: env.Draft, Product: steam, Quantity: 1, Unit: 28_050_000, Gateway: "infini", Face: 25 * dollar,
		Account: [MaxFields]order.Part{{Key: "steam_login", Value: "gabe_n"}, {Key: "email", Value: "gabe@example.com"}},
	}
	if diff := cmp.Diff(want, out.Intent); diff != "" {
		t.Errorf("intent (-want +got):\n%s", diff)
	}
	s, _ = play(env, s, Input{Result: OrderResult{Intent: out.Intent, Order: order.Order{Number: env.Draft}}})
	if s.Typed != [MaxFields]string{} || s.Face != 0 || s.Last.Product != steam || s.Last.Values[1] != "gabe@example.com" {
		t.Errorf("after the order the session is %+v", s)
	}
}

func TestACardIsPlacedWithItsMessage(t *testing.T) {
	env := kindsEnv()
	_, out := play(env, Session{}, pressing(VerbAmount, baseUSDC, "", 2500), pressing(VerbCount, baseUSDC, "", 3),
		pressing(VerbNote, baseUSDC, "", 0), Input{Text: "Hi"}, pressing(VerbPlace, string(env.Draft), "inventpay", 0))
	want := PlaceOrder{Number: env.Draft, Product: baseUSDC, Quantity: 3, Unit: 27_890_000, Gateway: "inventpay", Face: 25 * dollar, Note: "Hi"}
	if out.Intent != want {
		t.Errorf("intent %+v, want %+v", out.Intent, want)
	}
}

// A voucher of any amount has an amount and a quantity, and nothing else.
func TestAVoucherOfAnyAmount(t *testing.T) {
	env := kindsEnv()
	all, _ := env.Catalogue.(*goods)
	p := all.products[pinned]
	p.Face, p.Rate = catalog.Face{Min: 5 * dollar, Max: 50 * dollar, Step: 5 * dollar}, decimal.New(1, 0)
	all.products[pinned] = p
	s, _ := play(env, Session{}, pressing(VerbProduct, pinned, "", 1), Input{Text: "20"}, Input{Text: "3"})
	if s.Screen != ScreenCount || s.Quantity != 3 {
		t.Fatalf("asked on %q for %d", s.Screen, s.Quantity)
	}
	_, out := play(env, s, pressing(VerbCheckout, pinned, "", 3), pressing(VerbPlace, string(env.Draft), "infini", 0))
	want := PlaceOrder{Number: env.Draft, Product: pinned, Quantity: 3, Unit: 20 * dollar, Gateway: "infini", Face: 20 * dollar}
	if out.Intent != want {
		t.Errorf("intent %+v, want %+v", out.Intent, want)
	}
}

// The shop's least order is reached by more cards, or said where it cannot be.
func TestBelowTheMinimumStepByStep(t *testing.T) {
	env := kindsEnv()
	env.Shop.MinOrder = 50 * dollar
	s, out := play(env, Session{}, pressing(VerbAmount, baseUSDC, "", 1000), pressing(VerbNote, baseUSDC, ArgNone, 0))
	keys := out.Replies[0].View.Keyboard[0]
	if s.Screen != ScreenProduct || keys[0].Do.Verb != VerbCount || keys[0].Do.N != 5 {
		t.Fatalf("on %q: %+v", s.Screen, keys)
	}
	if s, _ = play(env, s, Input{Action: keys[0].Do}, pressing(VerbNote, baseUSDC, ArgNone, 0)); s.Screen != ScreenCheckout || s.Quantity != 5 {
		t.Errorf("five cards end on %q with %d", s.Screen, s.Quantity)
	}
	if _, out = play(env, Session{}, pressing(VerbAmount, steam, "", 1000)); out.Replies[0].View.Blocks[0].Key != "minimum.text" {
		t.Errorf("a small top-up: %+v", out.Replies[0].View.Blocks[0])
	}
}

// A saved screen is shown again as it was, with the same number.
func TestEveryStepIsShownAgain(t *testing.T) {
	env := kindsEnv()
	inputs := append([]Input{pressing(VerbTopUps, "", "", 0), pressing(VerbProduct, steam, "", 1)}, toSteam()...)
	inputs = append(inputs, pressing(VerbCards, "", "", 0), pressing(VerbAmount, baseUSDC, "", 2500), pressing(VerbNote, baseUSDC, "", 0), Input{Text: "Hi"})
	var s Session
	var out Outcome
	for _, in := range inputs {
		s, out = play(env, s, in)
		env.Draft = number("3F7KQW2MB")
		again, same := Again(env, s)
		if diff := cmp.Diff(out.Replies[0].View, same.Replies[0].View); diff != "" || again.Draft != s.Draft {
			t.Errorf("on %q (-step +again):\n%s", s.Screen, diff)
		}
	}
}

// A refusal keeps what was typed: the buyer only presses again.
func TestARefusedTopUpKeepsItsAnswers(t *testing.T) {
	for _, code := range []order.Code{order.CodePrice, order.CodeStale, order.CodeSupply, order.CodeUnclear, order.CodeTooSmall} {
		env := kindsEnv()
		s, out := play(env, Session{}, append(toSteam(), pressing(VerbPlace, string(env.Draft), "infini", 0))...)
		s, _ = play(env, s, Input{Result: OrderResult{Intent: out.Intent, Code: code}})
		if s.Face != 25*dollar || s.Typed[0] != "gabe_n" || s.Product != steam {
			t.Errorf("%s: the session is %+v", code, s)
		}
	}
}

// What was agreed to is checked again when the order is placed.
func TestAnAmountThatIsGoneIsNotPlaced(t *testing.T) {
	env := kindsEnv()
	s, _ := play(env, Session{}, toSteam()...)
	all, _ := env.Catalogue.(*goods)
	p := all.products[steam]
	p.Face.Max = 20 * dollar
	all.products[steam] = p
	s, out := play(env, s, pressing(VerbPlace, string(env.Draft), "infini", 0))
	s, out = play(env, s, Input{Result: OrderResult{Intent: out.Intent, Code: order.CodeMissing}})
	if out.Intent != nil || s.Screen != ScreenAmount {
		t.Errorf("intent %+v on screen %q", out.Intent, s.Screen)
	}
}

func TestReadAmount(t *testing.T) {
	for text, want := range map[string]order.Money{
		"25": 25 * dollar, "12.5": 12_500_000, "12,50": 12_500_000, " $ 7 ": 7 * dollar, "10 usdc": 10 * dollar, "1 000": 1000 * dollar,
		"0.005": 5_000, "0,125": 125_000, "5.": 5 * dollar, "-3": -3 * dollar, "25 USD": 25 * dollar, "0": 0, "3.123456": 3_123_456,
	} {
		if got, ok := readAmount(text, "USDC"); !ok || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "x", "1,000", "1.000", "1,000.50", "1e3", "--5", ".5", "1.2.3", "12345678901", "1.1234567", "$", "٢٥", "0x10", "+5"} {
		if got, ok := readAmount(text, "USDC"); ok {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func TestAmountsHaveNoNeedlessZeros(t *testing.T) {
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		amount order.Money
		en, ru string
	}{{25 * dollar, "25 USDC", "25 USDC"}, {12_500_000, "12.5 USDC", "12,5 USDC"}, {1_000, "0.001 USDC", "0,001 USDC"}, {1200 * dollar, "1200 USDC", "1200 USDC"}} {
		en, ru := voice{texts, "en"}.text(amountText(m.amount, "USDC")), voice{texts, "ru"}.text(amountText(m.amount, "USDC"))
		if en != m.en || ru != m.ru {
			t.Errorf("%d: %q and %q", m.amount, en, ru)
		}
	}
}

func TestPresetsFitTheProduct(t *testing.T) {
	c := &turn{env: kindsEnv()}
	for _, face := range []catalog.Face{
		{Min: 5 * dollar, Max: 100 * dollar, Step: dollar}, {Min: dollar, Max: 5000 * dollar}, {Min: 7 * dollar, Max: 7 * dollar},
		{Min: 3 * dollar, Max: 30 * dollar, Step: 3 * dollar}, {Min: 1, Max: 3, Step: 1}, {Min: dollar, Max: 9 * dollar, Presets: []order.Money{1, dollar, 2 * dollar, 2 * dollar, 10 * dollar}},
	} {
		p, _ := c.env.Catalogue.Product(steam)
		p.Face = face
		some := c.presets(p)
		if len(some) > presetsMax || face.Min >= dollar && len(some) == 0 {
			t.Errorf("%+v: %d amounts", face, len(some))
		}
		for _, m := range some {
			if _, bad := c.wrongAmount(p, m); bad || m%order.Cent != 0 {
				t.Errorf("%+v offers %s", face, m)
			}
		}
	}
}

// The worst that is realistic: the longest ids, every answer as long as it may
// be. What does not fit any more is the last account.
func TestASessionStaysSmall(t *testing.T) {
	long := Session{
		Language: "zh-Hans", Chosen: true, Screen: ScreenCheckout, Page: 3, Product: strings.Repeat("p", 40), Quantity: 10,
		Draft: number(string(testDraft)), Price: 5_000 * dollar, Message: 1_234_567_890, Back: true, Face: 5_000 * dollar,
	}
	account := long
	account.Typed = [MaxFields]string{strings.Repeat("a", 64), strings.Repeat("b", 40), strings.Repeat("c", 30), "d"}
	card := long
	card.Product, card.Note = "univoucher:43114-USDC", strings.Repeat("ж", noteLimit)
	for name, s := range map[string]Session{"account": account, "card": card} {
		s.Last = Account{Product: long.Product, Values: account.Typed}
		c := turn{s: s}
		c.fit()
		if raw, err := json.Marshal(c.s); err != nil || len(raw) > sessionLimit || c.s.Last != (Account{}) {
			t.Errorf("%s: %d bytes, err %v: %s", name, len(raw), err, raw)
		}
	}
	usual := long
	usual.Product, usual.Typed = steam, [MaxFields]string{"gabe_n", "gabe@example.com"}
	usual.Last = Account{Product: steam, Values: usual.Typed}
	c := turn{s: usual}
	if c.fit(); c.s != usual {
		t.Error("an ordinary account was forgotten")
	}
	if room := stored(account.Typed); room > typedRoom {
		t.Errorf("the test types %d bytes, which no conversation lets through", room)
	}
}

// cardOrder is an order of gift cards as bad as it can be for the length of a
// caption.
func cardOrder(reason order.Reason) (order.Order, []order.Good) {
	o := order.Order{
		Number: number(string(testDraft)), Status: order.Delivered, Reason: reason, Total: 999_999 * dollar,
		Payments: []order.Payment{{N: 1, Seen: 999_999_990_000}},
	}
	if reason != "" {
		o.Flags = order.Flags{order.FlagHeld}
	}
	line := order.Line{
		Kind: order.KindCard, Item: "43114-USDCxTOKEN", Name: "Avalanche C-Chain Long USDCxTOKEN", Face: 123_456_789_123,
		Quantity: 5, Got: 5, UnitPrice: 123_456_789_123,
	}
	lost := line
	lost.Got, lost.Credited = 0, 617_283_945_615
	o.Lines = []order.Line{line, lost}
	var goods []order.Good
	for range 5 {
		goods = append(goods, order.Good{Piece: order.Piece{Card: strings.Repeat("9", 20), Code: "ABCDE-FGHIJ-KLMNO-PQRST"}})
	}
	return o, goods
}

// A caption holds 1024 units, whatever happened to the order.
func TestACardFitsACaption(t *testing.T) {
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range append(reasons(), "") {
		for page := range 5 {
			o, goods := cardOrder(reason)
			v := OrderView(testEnv(), o, goods, page)
			if v.Picture == nil || v.Picture.Secret != goods[page].Code || v.Picture.Secret != v.Codes[0] || len(v.Codes) != 1 {
				t.Fatalf("%s: no card on page %d: %+v", reason, page, v)
			}
			for _, lang := range locales.Codes() {
				if size := units(voice{texts, lang}.view(View{Blocks: v.Blocks, Codes: v.Codes, First: v.First})); size > 1024 {
					t.Errorf("%s %s: a caption of %d units", lang, reason, size)
				}
			}
		}
	}
}

func TestACardsPicture(t *testing.T) {
	line := order.Line{Kind: order.KindCard, Item: "8453-USDC", Name: "Base USDC", Face: 12_500_000, Quantity: 1, Got: 1}
	o := order.Order{Number: number(string(testDraft)), Status: order.Ready, Lines: []order.Line{line}}
	good := order.Good{Piece: order.Piece{Card: "102123456", Code: "ABCDE-FGHIJ-KLMNO-PQRST"}}
	want := &Picture{
		Number: o.Number, Amount: "12.5", Token: "USDC", Network: "Base", Chain: "8453", Card: "102123456", Secret: "ABCDE-FGHIJ-KLMNO-PQRST",
	}
	if diff := cmp.Diff(want, OrderView(Env{}, o, []order.Good{good}, 0).Picture); diff != "" {
		t.Errorf("picture (-want +got):\n%s", diff)
	}
}

func TestTheSecretOfACardStandsInNoText(t *testing.T) {
	o, goods := cardOrder("")
	goods[0].Code = "PLANTED-SECRET"
	goods[0].Parts = []order.Part{{Key: "pin", Value: "PLANTED-SECRET"}}
	v := OrderView(testEnv(), o, goods, 0)
	said := slices.Clone(v.Blocks)
	for _, row := range v.Keyboard {
		for _, b := range row {
			said = append(said, b.Label)
		}
	}
	for _, text := range said {
		if strings.Contains(spoken(text), "PLANTED") {
			t.Errorf("a secret in %v", text)
		}
	}
}

// Pieces of one purchase each and pieces bought at once read the same.
func TestOnePurchasePerPieceIsOneEntry(t *testing.T) {
	line := order.Line{Product: pinned, Name: "Play 10 USD", Quantity: 1}
	many := order.Order{Lines: []order.Line{line, line, line}}
	line.Quantity = 3
	one := order.Order{Lines: []order.Line{line}}
	if diff := cmp.Diff(goodsOf(one), goodsOf(many)); diff != "" {
		t.Errorf("(-one +many):\n%s", diff)
	}
	line.Face = 25 * dollar
	if parcels := parcelsOf(append(many.Lines, line)); len(parcels) != 2 || parcels[0].quantity != 3 {
		t.Errorf("parcels %+v", parcels)
	}
}

func TestTicking(t *testing.T) {
	m := making{usual: 15 * time.Second, since: order.At(start), accepted: true}
	for passed, key := range map[time.Duration]string{-time.Hour: "status.usual", 4 * time.Second: "status.usual", 9 * time.Second: "status.usual_so_far"} {
		if got := m.tick(order.At(start).Add(passed)).Key; got != key {
			t.Errorf("after %v: %q, want %q", passed, got, key)
		}
	}
	m.usual = 0
	if got := m.tick(order.At(start).Add(59 * time.Second)).Key; got != "" {
		t.Errorf("nothing is usual, little passed: %q", got)
	}
	if got := (making{usual: time.Second}).tick(order.At(start)); got.Key != "status.usual" {
		t.Errorf("nothing is under way: %q", got.Key)
	}
}

// Every screen of a purchase leads back, and back again, until the list.
func TestEveryStepLeadsBack(t *testing.T) {
	for id, want := range map[string]Verb{steam: VerbTopUps, diamonds: VerbCategory, coins: VerbCategory, baseUSDC: VerbCards, ethUSDT: VerbCategory} {
		env := kindsEnv()
		p, _ := env.Catalogue.Product(id)
		amount := int(min(p.Face.Max, 5*dollar) / order.Cent)
		s, out := play(env, Session{}, pressing(VerbProduct, id, "", 1), pressing(VerbAmount, id, "", amount))
		for range p.Fields {
			s, out = play(env, s, Input{Text: map[string]string{"email": "a@b", "zone": "1234", "steam_login": "gabe", "player_id": "123456"}[p.Fields[s.Page].Key]})
		}
		if p.Kind == order.KindCard {
			s, out = play(env, s, pressing(VerbNote, id, ArgNone, 0))
		}
		if s.Screen != ScreenCheckout {
			t.Fatalf("%s: no checkout but %q", id, s.Screen)
		}
		for range 8 {
			back := backOf(t, out)
			if back.Verb == want {
				s = Session{}
				break
			}
			s, out = play(env, s, Input{Action: &back})
		}
		if s.Screen != "" {
			t.Errorf("%s: back ends on %q", id, s.Screen)
		}
	}
}

func backOf(t *testing.T, out Outcome) Action {
	t.Helper()
	for _, row := range out.Replies[0].View.Keyboard {
		for _, b := range row {
			if b.Label.Key == "b.back" {
				return *b.Do
			}
		}
	}
	t.Fatalf("no way back: %+v", out.Replies[0].View)
	return Action{}
}

// Many fields are more than a session can hold: such a product is not sold.
func TestAProductOfTooManyFieldsIsNotSold(t *testing.T) {
	env := kindsEnv()
	all, _ := env.Catalogue.(*goods)
	p := all.products[diamonds]
	for len(p.Fields) <= MaxFields {
		p.Fields = append(p.Fields, p.Fields[0])
	}
	all.products[diamonds] = p
	for _, verb := range []Verb{VerbProduct, VerbField, VerbSame, VerbCheckout} {
		s, out := play(env, Session{Product: diamonds}, pressing(verb, diamonds, "", 1))
		if s.Product != "" || len(out.Replies) == 0 {
			t.Errorf("%s: %+v", verb, s)
		}
	}
}

// Whatever is typed for an account is either taken as it shows, on one line, or
// refused.
func TestTypedValuesAreTakenAsTheyAre(t *testing.T) {
	env := kindsEnv()
	s, _ := play(env, Session{}, pressing(VerbProduct, coins, "", 1), pressing(VerbAmount, coins, "", 100))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		next, _ := play(env, s, Input{Text: text})
		switch got := next.Typed[0]; {
		case got != "" && got != asShown(text):
			t.Fatalf("%q became %q", text, got)
		case got != "" && strings.ContainsAny(got, "\x00\n\r\t"):
			t.Fatalf("%q has characters that show nothing", got)
		}
	})
}

// An update comes again, to a replica with another price, after its process ended
// while it placed the order: it is placed, and not offered once more.
func TestACheckoutThatChangedIsNotOfferedAgainWhenItWasPlaced(t *testing.T) {
	for name, tc := range map[string]struct {
		code   order.Code
		screen Screen
	}{
		"it was placed":     {"", ScreenPlaced},
		"it was not":        {order.CodeMissing, ScreenCheckout},
		"nobody knows that": {order.CodeUnclear, ScreenCheckout},
	} {
		t.Run(name, func(t *testing.T) {
			env := kindsEnv()
			s, _ := play(env, Session{}, toSteam()...)
			draft := s.Draft
			s.Price += order.Cent // as another replica saw it
			s, out := play(env, s, pressing(VerbPlace, string(draft), "infini", 0))
			if out.Intent != (ShowOrder{Number: draft, Draft: true}) || len(out.Replies) > 0 {
				t.Fatalf("intent %+v, %d replies", out.Intent, len(out.Replies))
			}
			later := env
			later.Draft = "0AAAAAAAAA"
			s, out = play(later, s, Input{Result: OrderResult{Intent: out.Intent, Code: tc.code, Order: order.Order{Number: draft}}})
			if s.Screen != tc.screen || (tc.screen == ScreenPlaced) != (s.Number == draft) || len(out.Replies) != 1 {
				t.Errorf("%q on screen %q, %d replies", s.Number, s.Screen, len(out.Replies))
			}
			if offered := s.Draft == later.Draft; offered != (tc.code == order.CodeMissing) {
				t.Errorf("the checkout has number %q", s.Draft)
			}
		})
	}
}
