package flows

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"giftbot/locales"
	"giftbot/order"
)

// reasons lists every reason of package order.
func reasons() []order.Reason {
	return []order.Reason{
		order.ReasonShort, order.ReasonOver, order.ReasonLate, order.ReasonTwice, order.ReasonCurrency, order.ReasonLower,
		order.ReasonMismatch, order.ReasonAfterEnd, order.ReasonLoss, order.ReasonStock, order.ReasonFunds, order.ReasonFrozen,
		order.ReasonRefused, order.ReasonUnclear, order.ReasonFewer, order.ReasonGoods, order.ReasonInvoice,
		order.ReasonGoodsTwice, order.ReasonSupplierGone, order.ReasonUnread, order.ReasonBudget, order.ReasonSupplierDown,
		order.ReasonSlow, order.ReasonSecretLost, order.ReasonStatus, order.ReasonFound,
		order.ReasonPayout, order.ReasonPayoutCap, order.ReasonPayoutUnclear, order.ReasonPayoutRefused, order.ReasonPayoutLeft,
	}
}

// A reason added to package order must get its own words here.
func TestEveryReasonHasWords(t *testing.T) {
	tree, err := parser.ParseFile(token.NewFileSet(), "../order/status.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []order.Reason
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			text, _ := strconv.Unquote(lit.Value)
			all = append(all, order.Reason(text))
		}
		return true
	})
	if len(all) != len(reasons()) {
		t.Fatalf("found %d reasons, know %d", len(all), len(reasons()))
	}
	for _, r := range all {
		o := order.Order{Reason: r, Flags: order.Flags{order.FlagHeld}}
		if looked(o) && heldText(o).Key == "held.other" {
			t.Errorf("reason %q: no words for the buyer", r)
		}
		if alertReason(r).Key == "alert.other" {
			t.Errorf("reason %q: no words for an admin", r)
		}
	}
}

func TestEveryStatusHasWords(t *testing.T) {
	for _, s := range order.Statuses() {
		o := order.Order{Number: number(string(testDraft)), Status: s, Lines: []order.Line{{Quantity: 1, Got: 1}}}
		if StateText(o).Key == "state.other" {
			t.Errorf("%s: no words for the list", s)
		}
		for _, b := range statusBlocks(o, false, 0) {
			if b.Key == "status.other" {
				t.Errorf("%s: no words for the message", s)
			}
		}
		if _, ok := statusMoment(s, order.KindVoucher); !ok && s != order.AwaitingPayment {
			t.Errorf("%s: no words for the timeline", s)
		}
	}
}

func placing(t *testing.T) (Env, Session) {
	t.Helper()
	env := testEnv()
	s, _ := Step(env, Session{}, Input{Action: &Action{Verb: VerbCheckout, ID: "infinivoucher:uc60", N: 2}})
	if s.Screen != ScreenCheckout || s.Draft != env.Draft {
		t.Fatalf("no checkout: %+v", s)
	}
	return env, s
}

func TestPlaceAsksForWhatWasShown(t *testing.T) {
	env, s := placing(t)
	pressed := Input{Action: &Action{Verb: VerbPlace, ID: string(env.Draft), Arg: "infini"}}
	_, out := Step(env, s, pressed)
	want := PlaceOrder{Number: env.Draft, Product: "infinivoucher:uc60", Quantity: 2, Unit: 940_000, Gateway: "infini"}
	if out.Intent != want {
		t.Errorf("intent %+v, want %+v", out.Intent, want)
	}
}

// Between two checkouts the number changes; while one is uncertain it stays.
func TestTheNumberStaysWhileNobodyKnows(t *testing.T) {
	env, s := placing(t)
	first := env.Draft
	pressed := Input{Action: &Action{Verb: VerbPlace, ID: string(first), Arg: "infini"}}
	s, out := Step(env, s, pressed)
	s, _ = Step(env, s, Input{Result: OrderResult{Intent: out.Intent, Code: order.CodeUnclear}})
	env.Draft = number("3F7KQW2MB")
	_, out = Step(env, s, pressed)
	if place, ok := out.Intent.(PlaceOrder); !ok || place.Number != first {
		t.Errorf("after an unclear answer: %+v, want the same number", out.Intent)
	}
	s, _ = Step(env, s, Input{Result: OrderResult{Intent: out.Intent, Code: order.CodeStale}})
	if s.Draft != env.Draft {
		t.Errorf("a taken number was kept: %s", s.Draft)
	}
}

func TestADoubleTapIsOneOrder(t *testing.T) {
	env, s := placing(t)
	pressed := Input{Action: &Action{Verb: VerbPlace, ID: string(env.Draft), Arg: "infini"}}
	s, out := Step(env, s, pressed)
	s, _ = Step(env, s, Input{Result: OrderResult{Intent: out.Intent, Order: order.Order{Number: env.Draft}}})
	_, out = Step(env, s, pressed)
	if show, ok := out.Intent.(ShowOrder); !ok || show.Number != env.Draft {
		t.Errorf("the second tap: %+v, want the order shown", out.Intent)
	}
}

func TestAPersonsChoiceOfLanguageStays(t *testing.T) {
	env := testEnv()
	env.Person.Language = "ru-RU"
	s, _ := Step(env, Session{}, Input{Command: "start"})
	if s.Language != "ru" || s.Chosen {
		t.Fatalf("detected %+v", s)
	}
	env.Person.Language = "en"
	if s, _ = Step(env, s, Input{Command: "start"}); s.Language != "en" {
		t.Errorf("the client's language changed, ours did not: %s", s.Language)
	}
	s, _ = Step(env, s, Input{Action: &Action{Verb: VerbLanguage, Arg: "ru"}})
	if s, _ = Step(env, s, Input{Command: "start"}); s.Language != "ru" {
		t.Error("a choice was overruled")
	}
	env.Shop.Languages = []string{"en"}
	if s, _ = Step(env, s, Input{Command: "start"}); s.Language != "en" || s.Chosen {
		t.Errorf("a language that is no longer offered stays: %+v", s)
	}
	env.Shop.Languages, env.Person.Language = nil, "fr"
	if s, _ = Step(env, Session{}, Input{Command: "start"}); s.Language != locales.Default {
		t.Errorf("no languages offered: %q", s.Language)
	}
}

func TestCodesAreProtectedAndFresh(t *testing.T) {
	env := testEnv()
	n := number(string(testDraft))
	reveal := func(verb Verb) Reply {
		s, out := Step(env, Session{}, Input{Action: &Action{Verb: verb, ID: string(n)}})
		o := order.Order{Number: n, Status: order.Delivered, Lines: []order.Line{{Quantity: 1, Got: 1}}}
		_, out = Step(env, s, Input{Result: OrderResult{Intent: out.Intent, Order: o, Goods: []order.Good{{Piece: order.Piece{Code: "SECRET"}}}}})
		return out.Replies[0]
	}
	if r := reveal(VerbReveal); r.Place != PlaceSend || !r.Protect || r.View.Codes[0] != "SECRET" {
		t.Errorf("show codes: %+v", r)
	}
	if r := reveal(VerbCodes); r.Place != PlaceEdit || !r.Protect {
		t.Errorf("the next page: %+v", r)
	}
}

func TestASecretStandsOnlyInCodesAndCopyButtons(t *testing.T) {
	o := order.Order{Number: number(string(testDraft)), Status: order.Ready, Lines: []order.Line{{Name: "60 UC", Quantity: 1, Got: 1}}}
	v := OrderView(Env{}, o, goodsWith("SECRET"), 0)
	for _, b := range v.Blocks {
		if strings.Contains(spoken(b), "SECRET") {
			t.Errorf("a code in a text: %v", b)
		}
	}
	for _, row := range v.Keyboard {
		for _, b := range row {
			if strings.Contains(spoken(b.Label), "SECRET") || b.Do != nil && strings.Contains(b.Do.ID+b.Do.Arg, "SECRET") {
				t.Errorf("a code in a button: %+v", b)
			}
		}
	}
	for _, v := range []View{PingView(o), AlertView(o), OrderView(Env{}, o, nil, 0)} {
		if len(v.Codes) > 0 {
			t.Errorf("codes without being asked: %+v", v)
		}
	}
}

// spoken is everything a text says, as Go prints it.
func spoken(x Text) string {
	raw, err := json.Marshal(x)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

func TestCodePagesKeepEveryCodeWholeAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		codes := rapid.SliceOfN(rapid.StringMatching(`[A-Z0-9é😀-]{1,400}`), 1, 100).Draw(t, "codes")
		if rapid.Bool().Draw(t, "huge") {
			codes = append(codes, strings.Repeat("😀x", rapid.IntRange(1, 5000).Draw(t, "size")))
		}
		var all strings.Builder
		number := 1
		for _, page := range sheetsOf(goodsWith(codes...)) {
			size := 0
			for _, piece := range page.entries {
				size += units(piece.text) + 2
				all.WriteString(piece.text)
			}
			if size > codesBudget || len(page.entries) > codesPerPage || len(page.entries) == 0 || page.first != number {
				t.Fatalf("a page of %d codes and %d units, numbered from %d", len(page.entries), size, page.first)
			}
			number += len(page.entries)
		}
		if all.String() != strings.Join(codes, "") {
			t.Fatal("the pages do not hold exactly the codes")
		}
	})
}

// Whatever the state of an order, its message fits, in both languages.
func TestOrderMessagesFit(t *testing.T) {
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		o := drawOrder(t)
		goods := drawGoods(t)
		views := []View{
			OrderView(testEnv(), o, goods, rapid.IntRange(-1, 20).Draw(t, "page")),
			OrderView(testEnv(), o, goodsWith(rapid.SliceOfN(rapid.StringMatching(`[A-Z0-9-]{1,300}`), 0, 100).Draw(t, "codes")...), 0),
			pageView(testEnv(), o), PingView(o), AlertView(o), cancelView(o, true), waysView(kindsEnv().Shop, o, true),
			restView(kindsEnv().Shop, o, false), dropView(o, testEnv().Now, false),
		}
		for _, view := range views {
			for _, lang := range locales.Codes() {
				checkSize(t, voice{texts, lang}, view)
			}
			checkView(t, view)
		}
		if texts.Missing() != 0 {
			t.Fatalf("missing texts for %+v", o)
		}
	})
}

func drawOrder(t *rapid.T) order.Order {
	quantity := rapid.IntRange(1, 100).Draw(t, "quantity")
	o := order.Order{
		Number: number(string(testDraft)), Buyer: rapid.Int64().Draw(t, "buyer"),
		Status: rapid.SampledFrom(order.Statuses()).Draw(t, "status"), Total: order.Money(rapid.Int64Range(0, int64(order.MaxMoney)).Draw(t, "total")),
		Lines:     []order.Line{{Product: "infinivoucher:uc60", Name: rapid.String().Draw(t, "name"), Quantity: quantity, Got: rapid.IntRange(0, quantity).Draw(t, "got")}},
		CreatedAt: order.At(start), ExpiresAt: order.At(start).Add(time.Hour),
	}
	drawLine(t, &o.Lines[0])
	if rapid.Bool().Draw(t, "held") {
		o.Flags, o.Reason = order.Flags{order.FlagHeld}, rapid.SampledFrom(append(reasons(), "unheard of")).Draw(t, "reason")
	}
	drawMoney(t, &o)
	for range rapid.IntRange(0, 40).Draw(t, "moments") {
		what := rapid.SampledFrom([]string{"received", "bought", "held", "paid", "delivered", "placed", "mismatch", "", "twin", "accepted", "credited", "secret_lost", "recalled", "refunded", "payout", "address", "by_hand", "short", "twice", "credit_used"}).Draw(t, "what")
		o.Timeline = append(o.Timeline, order.Moment{At: order.At(start), What: what, Note: rapid.SampledFrom([]string{"", "2", "1.50", "x", "1.50 · why"}).Draw(t, "note")})
	}
	return o
}

// drawMoney makes an order's money anything it could be, and more.
func drawMoney(t *rapid.T, o *order.Order) {
	sum := func(name string) order.Money {
		return order.Money(rapid.Int64Range(0, int64(order.MaxMoney)).Draw(t, name))
	}
	for n := range rapid.IntRange(0, 3).Draw(t, "payments") {
		o.Payments = append(o.Payments, order.Payment{
			N: n + 1, State: rapid.SampledFrom([]order.PaymentState{order.PaymentPlanned, order.PaymentOpen, order.PaymentRefused}).Draw(t, "payment"),
			URL:     rapid.SampledFrom([]string{"", "https://pay.example/x"}).Draw(t, "url"),
			Gateway: rapid.SampledFrom([]string{"infini", order.CreditGateway, order.HandGateway}).Draw(t, "gateway"),
			Asked:   o.Total, Seen: rapid.SampledFrom([]order.Money{0, o.Total, o.Total / 2}).Draw(t, "seen"), Confirming: rapid.Bool().Draw(t, "coming"),
		})
	}
	for n := range rapid.IntRange(0, 3).Draw(t, "payouts") {
		o.Payouts = append(o.Payouts, order.Payout{
			N: n + 1, Gateway: "inventpay", Amount: sum("payout"), Coin: rapid.SampledFrom([]string{"", "USDT"}).Draw(t, "coin"),
			State: rapid.SampledFrom([]order.PayoutState{
				order.PayoutWanted, order.PayoutAddressed, order.PayoutApproved, order.PayoutSent, order.PayoutUnclear, order.PayoutDone, order.PayoutDropped, "?",
			}).Draw(t, "state"),
			Network: rapid.OneOf(rapid.SampledFrom([]string{"", "bsc-usdt"}), rapid.String()).Draw(t, "network"),
			Coins:   rapid.OneOf(rapid.SampledFrom([]string{"", "5.5"}), rapid.String()).Draw(t, "coins"),
			Fee:     rapid.OneOf(rapid.SampledFrom([]string{"", "0.5"}), rapid.String()).Draw(t, "fee"),
			Hash:    rapid.OneOf(rapid.SampledFrom([]string{"", "0xfeed"}), rapid.String()).Draw(t, "hash"),
		})
	}
	for _, f := range []order.Flag{order.FlagShort, order.FlagOver, order.FlagLate, order.FlagTwice, order.FlagSupplierDown} {
		if rapid.IntRange(0, 3).Draw(t, "flag") == 0 {
			o.Flags = o.Flags.With(f)
		}
	}
	o.Returned = rapid.SampledFrom([]order.Money{0, o.Total}).Draw(t, "returned")
	if rapid.IntRange(0, 5).Draw(t, "goods") == 0 {
		o.Lines = nil
	}
}

// drawLine makes a line one of any kind, anywhere on its way.
func drawLine(t *rapid.T, l *order.Line) {
	l.Kind = rapid.SampledFrom([]order.Kind{order.KindVoucher, order.KindTopUp, order.KindCard}).Draw(t, "kind")
	l.Item = rapid.OneOf(rapid.Just("8453-USDC"), rapid.String()).Draw(t, "item")
	l.Face = order.Money(rapid.Int64Range(0, 1_000_000_000).Draw(t, "face"))
	l.Usual = rapid.IntRange(0, 100_000).Draw(t, "usual")
	l.State = rapid.SampledFrom([]order.LineState{order.LineWaiting, order.LineBuying, order.LineUnclear, order.LineGot, order.LineFailed}).Draw(t, "line")
	if rapid.Bool().Draw(t, "attempt") {
		at := order.Stamp(rapid.Int64().Draw(t, "sent"))
		l.Attempts = []order.Attempt{{N: 1, FirstSentAt: at, AcceptedAt: at * order.Stamp(rapid.IntRange(0, 1).Draw(t, "accepted"))}}
	}
	if rapid.Bool().Draw(t, "credited") {
		l.Credited = order.Money(rapid.Int64Range(0, int64(order.MaxMoney)).Draw(t, "credit"))
	}
}

func checkView(t *rapid.T, v View) {
	if len(v.Blocks) == 0 {
		t.Fatalf("an empty message: %+v", v)
	}
	keys := 0
	for _, row := range v.Keyboard {
		keys += len(row)
		if len(row) == 0 || len(row) > 8 {
			t.Fatalf("a row of %d keys", len(row))
		}
		for _, b := range row {
			checkButton(t, b)
		}
	}
	if keys > 100 {
		t.Fatalf("%d keys", keys)
	}
}

func checkButton(t *rapid.T, b Button) {
	kinds := 0
	if b.Do != nil {
		kinds++
		if len(b.Do.Verb) != 1 || len(b.Do.ID) > 40 || len(b.Do.Arg) > 16 {
			t.Fatalf("an action too long for a button: %+v", b.Do)
		}
	}
	if b.URL != "" {
		kinds++
	}
	if b.Copy != "" {
		kinds++
	}
	if kinds != 1 || b.Label.Key == "" {
		t.Fatalf("a button of %d kinds: %+v", kinds, b)
	}
}

// Nobody may be told "placed" about an order that could not be read.
func TestAFormerCheckoutThatCannotBeReadIsNotPlaced(t *testing.T) {
	env := testEnv()
	s, out := Step(env, Session{}, Input{Action: &Action{Verb: VerbPlace, ID: string(env.Draft), Arg: "infini"}})
	s, _ = Step(env, s, Input{Result: OrderResult{Intent: out.Intent, Code: order.CodeUnclear}})
	if _, out = Again(env, s); out.Replies[0].View.Blocks[0].Key == "placed.text" {
		t.Error("shown as placed")
	}
}

// goodsWith are pieces that are nothing but codes.
func goodsWith(codes ...string) []order.Good {
	var goods []order.Good
	for _, p := range order.CodesOf(codes...) {
		goods = append(goods, order.Good{Piece: p})
	}
	return goods
}
