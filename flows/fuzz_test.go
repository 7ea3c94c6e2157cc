package flows

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"giftbot/order"
)

// fuzzStep makes one step as a stranger could cause it, and holds what must be
// true after any: an answer, a session that fits, nothing of the admins.
func fuzzStep(t *testing.T, env Env, s Session, in Input) (Session, Outcome) {
	t.Helper()
	next, out := Step(env, s, in)
	if len(out.Replies) == 0 && out.Toast.Key == "" && out.Intent == nil {
		t.Fatalf("silence after %+v in %+v", in, s)
	}
	if raw, err := json.Marshal(next); err != nil || len(raw) > sessionLimit {
		t.Fatalf("a session of %d bytes, %v: %s", len(raw), err, raw)
	}
	switch i := out.Intent.(type) {
	case AdminBalances, AdminQueue, AdminOrder, AdminSales, AdminResume, AdminDo:
		t.Fatalf("a stranger's %+v asks for %+v", in, i)
	default:
	}
	if c := (turn{env: env, s: next}); c.atDesk() {
		t.Fatalf("a stranger rests on %q after %+v", next.Screen, in)
	}
	return next, out
}

// FuzzReadAmount: what a person types is the amount they mean to the last
// digit, or is asked for again.
func FuzzReadAmount(f *testing.F) {
	for _, seed := range []string{
		"25", "$ 12,50", "12.5 USDC", "1,000", "1.000,50", "0,125", "-3", "1e3", "--5", "usd5usd", "$$5", "999999999.999999", "0.0000001", "٢٥", "5\u00a0$", "1.2.3", "",
	} {
		f.Add(seed, "USDC")
		f.Add(seed, "")
	}
	f.Add("10 €", "€")
	f.Fuzz(func(t *testing.T, text, unit string) {
		if len(text) > 1024 || strings.ContainsAny(unit, "0123456789.,-") {
			return // no unit of ours
		}
		got, ok := readAmount(text, unit)
		if !ok {
			return
		}
		kept := strings.Map(func(r rune) rune {
			if strings.ContainsRune("0123456789.,-", r) {
				return r
			}
			return -1
		}, text)
		exact, can := new(big.Rat).SetString(strings.Replace(kept, ",", ".", 1))
		if !can {
			t.Fatalf("%q is read as %s, and is no amount", text, got)
		}
		if exact.Mul(exact, big.NewRat(1_000_000, 1)).Cmp(new(big.Rat).SetInt64(int64(got))) != 0 {
			t.Fatalf("%q is read as %s", text, got)
		}
		if got > order.MaxMoney || got < -order.MaxMoney {
			t.Fatalf("%q is read as %d", text, got)
		}
	})
}

// FuzzStart: whatever a link carries, it leads to a page or home. It shows an
// order only to whom it belongs, and does nothing by itself.
func FuzzStart(f *testing.F) {
	mine := string(number(string(testDraft)))
	for _, seed := range []string{
		"", OrderLink(order.Number(mine)), "o_" + strings.ToLower(mine), "o_", "o_" + mine + "x", "O_" + mine, "o_o_" + mine, "o_ " + mine, linkOrder + "\x00",
		ProductLink(steam), ProductLink(baseUSDC), "p_", "p_infinivoucher-uc60", "p_infinivoucher:uc60", "p_-", "p_infinivoucher-uc60-1",
		"g_abc", "r_1001", "0" + mine, "balances", strings.Repeat("o_", 500), "<b>&</b>",
	} {
		f.Add(seed, mine, "en")
	}
	f.Add(OrderLink(order.Number(mine)), "x", "\x00")
	f.Fuzz(func(t *testing.T, parameter, former, language string) {
		if len(parameter) > 1024 {
			return // the edge cuts there
		}
		env := kindsEnv()
		env.Person.Language = language
		s, out := fuzzStep(t, env, Session{Screen: ScreenCheckout, Product: steam, Number: order.Number(former[:min(len(former), 10)])},
			Input{Command: "start", Argument: parameter})
		show, asks := out.Intent.(ShowOrder)
		text, isOrder := strings.CutPrefix(strings.TrimSpace(parameter), linkOrder)
		n, err := order.ParseNumber(text)
		if want := isOrder && err == nil; asks != want || want && show.Number != n || out.Intent != nil && !asks {
			t.Fatalf("%q asks for %+v", parameter, out.Intent)
		}
		if !asks {
			return
		}
		// It is not theirs, or there is none: both read the same.
		_, out = fuzzStep(t, env, s, Input{Result: OrderResult{Intent: show, Code: order.CodeMissing}})
		if len(out.Replies) != 1 || len(out.Replies[0].View.Codes) > 0 || out.Intent != nil {
			t.Fatalf("somebody else's order %q is answered with %+v", n, out)
		}
	})
}

// FuzzLinks: the links we make lead where they say.
func FuzzLinks(f *testing.F) {
	f.Add("infinivoucher", "uc60")
	f.Add("plexy", "456-USD")
	f.Fuzz(func(t *testing.T, supplier, item string) {
		id := supplier + ":" + item
		if strings.ContainsAny(supplier, "-: ") || strings.TrimSpace(item) != item || len(id) > 40 {
			return // no supplier of ours, no item of theirs, no room in a button
		}
		all := newGoods()
		p := all.products["infinivoucher:uc60"]
		p.ID, p.Supplier, p.Item = id, supplier, item
		all.products[id] = p
		env := testEnv()
		env.Catalogue = all
		if s, _ := fuzzStep(t, env, Session{}, Input{Command: "start", Argument: ProductLink(id)}); s.Screen != ScreenProduct || s.Product != id {
			t.Fatalf("the link to %q leads to %q on %q", id, s.Product, s.Screen)
		}
	})
}

// fuzzScreens are the sessions in which a text is an answer.
func fuzzScreens() []Session {
	base := Session{Language: "en", Number: number(string(testDraft))}
	with := func(screen Screen, change func(*Session)) Session {
		s := base
		s.Screen = screen
		change(&s)
		return s
	}
	topUp := func(s *Session) { s.Product, s.Face, s.Quantity = steam, 25*dollar, 1 }
	card := func(s *Session) { s.Product, s.Face, s.Quantity = baseUSDC, 25*dollar, 1 }
	sum := func(s *Session) { s.Number, s.Left, s.Price = "", 40*dollar, 2*dollar }
	sending := func(s *Session) { s.Sum, s.Way = 5*dollar, "inventpay/bsc-usdt" }
	return []Session{
		{}, with(ScreenHome, func(*Session) {}), with(ScreenProduct, func(s *Session) { s.Product, s.Quantity = "infinivoucher:uc60", 2 }),
		with(ScreenAmount, topUp), with(ScreenAmount, card), with(ScreenField, topUp), with(ScreenField, func(s *Session) { topUp(s); s.Page, s.Typed[0] = 1, "gabe_n" }),
		with(ScreenCount, card), with(ScreenNote, card), with(ScreenCheckout, card), with(ScreenSum, sum), with(ScreenAddress, sending), with(ScreenSure, sending),
		with(screenDeskSum, func(*Session) {}), with(screenDeskWhy, func(*Session) {}), with(screenApprove, func(*Session) {}),
	}
}

// FuzzTyped: whatever is typed on whatever screen, no money moves by a text,
// and what is kept of it is within what the screen asked for.
func FuzzTyped(f *testing.F) {
	for _, seed := range []string{
		"25", "100.01", "4.99", "-1", "0", "1e3", "2", "101", "gabe_n", "gabe@example.com", goodEVM, goodTron, string(number(string(testDraft))),
		"/balances", "<b>&</b>", "\u202e\x00", strings.Repeat("я", 512), strings.Repeat("9", 1024), "",
	} {
		for screen := range fuzzScreens() {
			f.Add(seed, screen, false)
		}
	}
	f.Add("", 3, true)
	f.Fuzz(func(t *testing.T, text string, screen int, other bool) {
		if len(text) > 1024 {
			return // the edge cuts there
		}
		screens := fuzzScreens()
		env, before := kindsEnv(), screens[uint(screen)%uint(len(screens))]
		s, out := fuzzStep(t, env, before, Input{Text: text, Other: other})
		switch i := out.Intent.(type) {
		case nil, ShowOrder, ShowNetworks, ShowCredit:
		default:
			t.Fatalf("%q on %q asks for %+v", text, before.Screen, i)
		}
		if p, ok := env.Catalogue.Product(s.Product); ok && s.Face != 0 && p.Open() && !p.Face.Fits(s.Face) {
			t.Fatalf("%q on %q: %s of %s", text, before.Screen, s.Face, s.Product)
		}
		if before.Screen == ScreenSum && s.Sum != 0 && (s.Sum > before.Left || s.Sum < before.Price) {
			t.Fatalf("%q sends %s of %s", text, s.Sum, before.Left)
		}
		if s.Quantity < 0 || s.Quantity > maxQuantity {
			t.Fatalf("%q on %q: %d pieces", text, before.Screen, s.Quantity)
		}
	})
}

// FuzzStranger: no command and no button of whatever content has somebody who
// is no admin do what admins do, also from a screen that was theirs once.
func FuzzStranger(f *testing.F) {
	mine := string(number(string(testDraft)))
	for _, command := range []string{"balances", "queue", "order", "refund", "sales", "resume", "BALANCES", "start", "admin"} {
		f.Add(command, mine+" 1.00", string(verbAdmin), mine, argYes, 1, 14)
	}
	for _, arg := range []string{"", argRefund, argToCredit, argThisSum, string(AdminApprove), string(AdminConfirm), argSalesOff, argToWallet + ":infini"} {
		f.Add("", "", string(verbAdmin), mine, arg, testMark(), 13)
		f.Add("", "", string(verbAdmin), pageSales, arg, 0, 15)
	}
	f.Fuzz(func(t *testing.T, command, argument, verb, id, arg string, n, screen int) {
		if len(command)+len(argument) > 1024 || len(verb)+len(id)+len(arg) > 64 {
			return
		}
		screens := fuzzScreens()
		env, s := kindsEnv(), screens[uint(screen)%uint(len(screens))]
		in := Input{Command: command, Argument: argument}
		if command == "" {
			in = Input{Action: &Action{Verb: Verb(verb), ID: id, Arg: arg, N: n}}
		}
		s, out := fuzzStep(t, env, s, in)
		if command == "" && Verb(verb) == verbAdmin && out.Toast.Key != "toast.old" {
			t.Fatalf("an admin's button of a stranger is answered with %+v", out.Toast)
		}
		// And an answer that is the admins' shows nothing to anybody else.
		_, out = fuzzStep(t, env, s, Input{Result: AdminOrderResult{Intent: AdminOrder{}, Order: order.Order{Number: order.Number(mine)}, Address: toAddress}})
		if len(out.Replies) != 1 || out.Replies[0].View.Blocks[0].Key != "home.title" {
			t.Fatalf("an admin's answer is shown to a stranger: %+v", out.Replies)
		}
	})
}
