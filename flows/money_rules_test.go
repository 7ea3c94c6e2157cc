package flows

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"giftbot/order"
)

// answers steps on with what each intent is answered by, until none is left.
func answers(env Env, s Session, in Input, reply func(Intent) Result) (Session, Outcome) {
	s, out := Step(env, s, in)
	for out.Intent != nil {
		result := reply(out.Intent)
		if result == nil {
			break
		}
		s, out = Step(env, s, Input{Result: result})
	}
	return s, out
}

// moneyDesk knows a balance and networks; everything else is left to the test.
func moneyDesk(balance order.Money) func(Intent) Result {
	return func(i Intent) Result {
		switch i := i.(type) {
		case ShowCredit:
			return CreditResult{Balance: balance, Payouts: true}
		case ShowNetworks:
			return NetworksResult{Number: i.Number, Balance: balance, Networks: someNetworks()}
		default:
			return nil
		}
	}
}

// sure goes to the confirmation of a payout of credit.
func sureOf(t *testing.T, env Env, sum, address string) Session {
	t.Helper()
	var s Session
	for _, in := range []Input{{Command: "credit"}, pressing(VerbWallet, "", "", 0), {Text: sum}, pressing(VerbNetwork, "inventpay/bsc-usdt", "", 0), {Text: address}} {
		s, _ = answers(env, s, in, moneyDesk(20*dollar))
	}
	if s.Screen != ScreenSure || s.Address != address || s.Asked != env.Now {
		t.Fatalf("no confirmation: %+v", s)
	}
	return s
}

func TestAPayoutAsksForWhatWasConfirmed(t *testing.T) {
	env := testEnv()
	s := sureOf(t, env, "12.50", goodEVM)
	_, out := Step(env, s, pressing(VerbSend, string(env.Draft), "", payoutMark(env.Now)))
	want := AskPayout{Number: env.Draft, Amount: 12_500_000, Gateway: "inventpay", Network: "bsc-usdt", Address: goodEVM}
	if out.Intent != want {
		t.Errorf("intent %+v, want %+v", out.Intent, want)
	}
}

// A yes counts for the screen it stands on, for ten minutes, and for nothing
// else.
func TestOnlyTheConfirmationOnTheScreenSends(t *testing.T) {
	env := testEnv()
	s := sureOf(t, env, "12.50", goodEVM)
	id, mark := string(env.Draft), payoutMark(env.Now)
	for name, in := range map[string]Input{
		"another mark":   pressing(VerbSend, id, "", mark+1),
		"another number": pressing(VerbSend, string(number("3F7KQW2MB")), "", mark),
		"no number":      pressing(VerbSend, "", "", mark),
	} {
		if _, out := Step(env, s, in); isSpending(out.Intent) {
			t.Errorf("%s: %+v", name, out.Intent)
		}
	}
	for _, screen := range []Screen{ScreenHome, ScreenAddress, ScreenNetwork, ScreenCredit} {
		other := s
		other.Screen = screen
		if _, out := Step(env, other, pressing(VerbSend, id, "", mark)); isSpending(out.Intent) {
			t.Errorf("on %q: %+v", screen, out.Intent)
		}
	}
	late := env
	late.Now = env.Now.Add(confirmFor)
	if _, out := Step(late, s, pressing(VerbSend, id, "", mark)); !isSpending(out.Intent) {
		t.Error("refused in time")
	}
	late.Now++
	again, out := Step(late, s, pressing(VerbSend, id, "", mark))
	if isSpending(out.Intent) || again.Asked != late.Now || again.Draft != s.Draft || again.Address != s.Address {
		t.Errorf("too late: %+v in %+v", out.Intent, again)
	}
}

func isSpending(i Intent) bool {
	switch i.(type) {
	case AskPayout, SetAddress, TakeCredit, DropPayout, UseCredit:
		return true
	default:
		return false
	}
}

// While nobody knows what became of it, pressing again is the same payout.
func TestAnUncertainPayoutKeepsItsNumber(t *testing.T) {
	env := testEnv()
	s := sureOf(t, env, "10", goodEVM)
	s, out := Step(env, s, pressing(VerbSend, string(env.Draft), "", payoutMark(env.Now)))
	first := out.Intent
	s, out = Step(env, s, Input{Result: OrderResult{Intent: first, Code: order.CodeUnclear}})
	env.Draft = number("3F7KQW2MB")
	again := out.Replies[0].View.Keyboard[0][0].Do
	if _, out = Step(env, s, Input{Action: again}); out.Intent != first {
		t.Errorf("pressed again: %+v, first %+v", out.Intent, first)
	}
}

// Whatever is typed as an address is refused or is what the address package
// made of it, and a session stays small.
func TestTypedAddressesAreJudged(t *testing.T) {
	env := testEnv()
	s := sureOf(t, env, "10", goodEVM)
	s, _ = answers(env, s, pressing(VerbNetwork, "inventpay/bsc-usdt", "", 0), moneyDesk(20*dollar))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`0x[0-9a-fA-F]{38,42}`), rapid.StringMatching(`[!-~]{0,200}`)).Draw(t, "text")
		next, _ := answers(env, s, Input{Text: text}, moneyDesk(20*dollar))
		switch {
		case next.Screen == ScreenAddress && next.Address == "":
		case next.Screen == ScreenSure && strings.EqualFold(next.Address, strings.TrimSpace(text)):
		default:
			t.Fatalf("%q became %q on %q", text, next.Address, next.Screen)
		}
		checkSession(t, next)
	})
}

// The longest of everything still fits, without the last account.
func TestASessionOfAPayoutStaysSmall(t *testing.T) {
	s := Session{
		Language: "zh-Hans", Chosen: true, Screen: ScreenSure, Page: 1, Draft: number(string(testDraft)), Number: number(string(testDraft)),
		Message: 1_234_567_890, Back: true, Sum: order.MaxMoney, Left: order.MaxMoney, Price: order.MaxMoney,
		Way: strings.Repeat("w", buttonName), Asked: order.At(start), Address: strings.Repeat("a", addressRoom),
		Last: Account{Product: steam, Values: [MaxFields]string{strings.Repeat("b", 100)}},
	}
	c := turn{s: s}
	c.fit()
	if raw, err := json.Marshal(c.s); err != nil || len(raw) > sessionLimit || c.s.Address != s.Address {
		t.Errorf("%d bytes, err %v: %s", len(raw), err, raw)
	}
}

// What was typed is forgotten as soon as it is sent, refused or left.
func TestAnAddressIsNotKept(t *testing.T) {
	env := testEnv()
	for _, code := range []order.Code{"", order.CodeCredit, order.CodeClosed, order.CodeTooSmall, order.CodeInvalid, order.CodeTooSoon, order.CodeEvent} {
		s := sureOf(t, env, "10", goodEVM)
		s, out := Step(env, s, pressing(VerbSend, string(env.Draft), "", payoutMark(env.Now)))
		s, out = Step(env, s, Input{Result: OrderResult{Intent: out.Intent, Order: order.Order{Number: env.Draft}, Code: code}})
		if s.Address != "" || strings.Contains(spoken(out.Replies[0].View.Blocks[0]), goodEVM) {
			t.Errorf("%q: the session keeps %+v", code, s)
		}
	}
	s := sureOf(t, env, "10", goodEVM)
	if s, _ = Step(env, s, Input{Command: "start"}); s.Address != "" {
		t.Errorf("left: %+v", s)
	}
}

func TestCreditAtTheCheckout(t *testing.T) {
	for name, x := range map[string]struct {
		balance, least order.Money
		way            string
		credit         order.Money
		gateway        string
		placed         bool
	}{
		"a part":                    {balance: dollar, way: "infini", credit: dollar, gateway: "infini", placed: true},
		"the least is left":         {balance: dollar * 3 / 2, least: dollar, way: "infini", credit: 880_000, gateway: "infini", placed: true},
		"nothing can be left":       {balance: dollar, least: 1_880_000, way: "infini", gateway: "infini", placed: true},
		"all":                       {balance: 5 * dollar, way: order.CreditGateway, credit: 1_880_000, placed: true},
		"exactly all":               {balance: 1_880_000, way: order.CreditGateway, credit: 1_880_000, placed: true},
		"not all":                   {balance: dollar, way: order.CreditGateway},
		"a way that takes not this": {balance: dollar, least: 2 * dollar, way: "infini"},
		"no such way":               {balance: dollar, way: "other"},
	} {
		env := testEnv()
		env.Shop.Gateways[0].Least = x.least
		s, _ := answers(env, Session{}, pressing(VerbCheckout, "infinivoucher:uc60", "", 2), moneyDesk(x.balance))
		s, _ = Step(env, s, pressing(VerbSpend, string(env.Draft), "", 1))
		_, out := Step(env, s, pressing(VerbPlace, string(env.Draft), x.way, creditMark(x.credit)))
		want := PlaceOrder{Number: env.Draft, Product: "infinivoucher:uc60", Quantity: 2, Unit: 940_000, Gateway: x.gateway, Credit: x.credit}
		switch got, ok := out.Intent.(PlaceOrder); {
		case ok != x.placed:
			t.Errorf("%s: placed %v", name, out.Intent)
		case ok && got != want:
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(want, got))
		}
	}
}

// Every button of a checkout offers a sum that its way takes, and credit and
// rest are the total.
func TestCreditNeverLeavesTooLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := testEnv()
		sum := func(name string) order.Money { return order.Money(rapid.Int64Range(0, 4_000_000).Draw(t, name)) }
		env.Shop.Gateways = []Gateway{{Name: "infini", Least: sum("least")}, {Name: "inventpay", Least: sum("other least")}}
		s, shown := answers(env, Session{}, pressing(VerbCheckout, "infinivoucher:uc60", "", 2), moneyDesk(sum("balance")))
		if rapid.Bool().Draw(t, "on") {
			s, shown = Step(env, s, pressing(VerbSpend, string(env.Draft), "", 1))
		}
		for _, row := range shown.Replies[len(shown.Replies)-1].View.Keyboard {
			for _, b := range row {
				if b.Do == nil || b.Do.Verb != VerbPlace {
					continue
				}
				_, out := Step(env, s, Input{Action: b.Do})
				place, ok := out.Intent.(PlaceOrder)
				rest, least := place.Unit.Times(place.Quantity)-place.Credit, order.Money(0)
				for _, g := range env.Shop.Gateways {
					if g.Name == b.Do.Arg {
						least = g.Least
					}
				}
				if !ok || rest < least || place.Credit < 0 || place.Credit > s.Sum {
					t.Fatalf("%+v: %s credit leaves %s, at least %s, %T", *b.Do, place.Credit, rest, least, out.Intent)
				}
			}
		}
	})
}

// A button that promised another use of credit than what is known here places
// nothing: another replica may have answered since.
func TestAnotherUseOfCreditIsNotPlaced(t *testing.T) {
	env := testEnv()
	off, _ := answers(env, Session{}, pressing(VerbCheckout, "infinivoucher:uc60", "", 2), moneyDesk(5*dollar))
	on, _ := Step(env, off, pressing(VerbSpend, string(env.Draft), "", 1))
	for name, x := range map[string]struct {
		known Session
		press Input
	}{
		"all of it, and none is known": {off, pressing(VerbPlace, string(env.Draft), order.CreditGateway, creditMark(1_880_000))},
		"none, and all is known":       {on, pressing(VerbPlace, string(env.Draft), "infini", 0)},
		"a part, and all is known":     {on, pressing(VerbPlace, string(env.Draft), "infini", creditMark(dollar))},
		"a part, and none is known":    {off, pressing(VerbPlace, string(env.Draft), "infini", creditMark(dollar))},
	} {
		s, out := Step(env, x.known, x.press)
		if out.Intent != (ShowOrder{Number: env.Draft, Draft: true}) || len(out.Replies) != 0 {
			t.Errorf("%s: %+v, %d replies", name, out.Intent, len(out.Replies))
		}
		s, out = Step(env, s, Input{Result: OrderResult{Intent: out.Intent, Code: order.CodeMissing}})
		if s.Screen != ScreenCheckout || s.Draft != env.Draft || s.Sum != x.known.Sum || len(out.Replies) != 1 || out.Intent != nil {
			t.Errorf("%s: then %q, %s, %d replies", name, s.Screen, s.Sum, len(out.Replies))
		}
	}
}

// The status message of an order whose money is given back never shows goods,
// whatever the edge brings along.
func TestGoodsAfterARefundAreNotShown(t *testing.T) {
	for _, status := range []order.Status{order.Refunded, order.Refunding, order.Cancelled, order.Expired} {
		o := order.Order{Number: number(string(testDraft)), Status: status, Lines: []order.Line{{Quantity: 1, Got: 1}}}
		if v := OrderView(testEnv(), o, goodsWith("SECRET"), 0); len(v.Codes) > 0 || strings.Contains(spoken(v.Blocks[0]), "SECRET") {
			t.Errorf("%s: %+v", status, v)
		}
		s, out := Step(testEnv(), Session{}, pressing(VerbReveal, string(o.Number), "", 0))
		_, out = Step(testEnv(), s, Input{Result: OrderResult{Intent: out.Intent, Order: o, Goods: goodsWith("SECRET")}})
		if len(out.Replies[0].View.Codes) > 0 {
			t.Errorf("%s: shown when asked for", status)
		}
	}
}

// Old answers to a question about money do nothing.
func TestOldQuestionsAboutMoneyDoNothing(t *testing.T) {
	env, id := testEnv(), string(number(string(testDraft)))
	for _, in := range []Input{
		pressing(VerbTake, id, "", 1), pressing(VerbTake, id, ArgPage, sumMark(5)), pressing(VerbDrop, id, "", 1),
		pressing(VerbPayBy, id, order.CreditGateway, 0), pressing(VerbSpend, id, "", 1), pressing(VerbSend, id, "", 1),
	} {
		for _, s := range []Session{{}, {Screen: ScreenTake, Number: number("3F7KQW2MB"), Left: 5}, {Screen: ScreenDrop, Number: number("3F7KQW2MB")}} {
			if _, out := Step(env, s, in); isSpending(out.Intent) {
				t.Errorf("%+v in %+v: %+v", in.Action, s, out.Intent)
			}
		}
	}
}

// Money that comes between the question and the answer is asked about again.
func TestCancelIsAskedAgainWhenMoneyCame(t *testing.T) {
	env := testEnv()
	o := order.Order{
		Number: number(string(testDraft)), Status: order.Confirming, Total: 2 * dollar, ExpiresAt: env.Now.Add(time.Hour),
		Lines: []order.Line{{Quantity: 1}}, Payments: []order.Payment{{N: 1, Gateway: "infini", Seen: dollar, Asked: 2 * dollar}},
	}
	s, out := Step(env, Session{}, pressing(VerbCancel, string(o.Number), "", 0))
	if out.Intent != (CancelOrder{Number: o.Number}) {
		t.Fatalf("intent %+v", out.Intent)
	}
	_, out = Step(env, s, Input{Result: OrderResult{Intent: out.Intent, Order: o, Code: order.CodeEvent}})
	yes := out.Replies[0].View.Keyboard[0][0].Do
	if yes == nil || yes.Verb != VerbCancel || yes.N != 1 {
		t.Fatalf("%+v", out.Replies[0].View)
	}
	if _, out = Step(env, s, Input{Action: yes}); out.Intent != (CancelOrder{Number: o.Number, Money: true}) {
		t.Errorf("intent %+v", out.Intent)
	}
	o.Payments = []order.Payment{{N: 1, Gateway: order.CreditGateway, Seen: dollar, Asked: dollar}}
	if v := cancelView(o, false); v.Keyboard[0][0].Do.N != 0 {
		t.Error("credit alone counts as money that was seen")
	}
}

// An order that cannot be looked at leaves the pressed message as it is, which may
// be its own, with goods in it; a new message says so.
func TestTroubleLeavesTheMessage(t *testing.T) {
	env, n := testEnv(), number(string(testDraft))
	for verb, again := range map[Verb]bool{VerbOrder: false, VerbCancel: false, VerbWallet: false, VerbStatus: true} {
		s, out := Step(env, Session{}, pressing(verb, string(n), "", 0))
		if again {
			s, out = Again(env, s)
		}
		if out.Intent == nil {
			t.Fatalf("%s asks for nothing", verb)
		}
		for _, send := range []bool{false, true} {
			s.Send = send
			var result Result = OrderResult{Intent: out.Intent, Code: order.CodeNotSent}
			if _, is := out.Intent.(ShowNetworks); is {
				result = NetworksResult{Number: n, Code: order.CodeNotSent}
			}
			_, told := Step(env, s, Input{Result: result})
			if send != (len(told.Replies) == 1) || !send && told.Toast.Key != "trouble.text" {
				t.Errorf("%s, new message %v: %+v", verb, send, told)
			}
		}
	}
}

// What the edge can answer for an order's networks leads on, never into a
// question that has no answer.
func TestNetworksOfAnOrderThatCannotBeSent(t *testing.T) {
	env, n := testEnv(), number(string(testDraft))
	wanted := order.Order{Number: n, Status: order.Refunding, Payouts: []order.Payout{{N: 1, Gateway: "inventpay", State: order.PayoutWanted, Amount: 9 * dollar}}}
	fixed, gone := wanted, wanted
	fixed.Payouts = []order.Payout{{N: 1, Gateway: "inventpay", State: order.PayoutAddressed, Amount: 9 * dollar, FixedAt: env.Now}}
	gone.Payouts = nil
	for name, x := range map[string]struct {
		result NetworksResult
		screen Screen
		first  string
	}{
		"none":           {NetworksResult{Number: n, Order: wanted, Code: order.CodeClosed}, ScreenNetwork, "wallet.none"},
		"another's":      {NetworksResult{Number: n, Order: wanted, Networks: []PayoutNetwork{{Gateway: "infini"}}}, ScreenNetwork, "wallet.none"},
		"fixed":          {NetworksResult{Number: n, Order: fixed, Networks: someNetworks()}, ScreenOrder, "list.lines"},
		"no payout":      {NetworksResult{Number: n, Order: gone, Code: order.CodeEvent}, ScreenOrder, "list.lines"},
		"no order":       {NetworksResult{Number: n, Code: order.CodeMissing}, ScreenHome, "order.missing"},
		"another order":  {NetworksResult{Number: number("3F7KQW2MB"), Order: wanted, Networks: someNetworks()}, ScreenHome, "order.missing"},
		"trouble":        {NetworksResult{Number: n, Code: order.CodeUnclear}, ScreenNetwork, "trouble.text"},
		"somewhere else": {NetworksResult{Number: n, Order: wanted, Networks: someNetworks()}, ScreenNetwork, "wallet.network"},
	} {
		s, _ := Step(env, Session{}, pressing(VerbWallet, string(n), "", 0))
		s, out := Step(env, s, Input{Result: x.result})
		got := out.Toast.Key // of what leaves the message as it is
		if len(out.Replies) > 0 {
			got = out.Replies[0].View.Blocks[0].Key
		}
		if s.Screen != x.screen || got != x.first {
			t.Errorf("%s: %q on %q, want %q on %q", name, got, s.Screen, x.first, x.screen)
		}
	}
}

// A coin whose value moves is paid back as a share, and no sum is promised.
func TestACoinThatMovesPromisesNoSum(t *testing.T) {
	env := testEnv()
	for _, fee := range []string{"0", "0.01"} {
		n := someNetworks()[0]
		n.ID, n.Coin, n.Stable, n.Fee, n.Known = "solana-sol", "SOL", false, decimal.RequireFromString(fee), fee != "0"
		c := turn{env: env, s: Session{Sum: 5 * dollar}}
		if got := c.networkFees(n).Key; !strings.HasPrefix(got, "wallet.share") {
			t.Errorf("fee %s: %q", fee, got)
		}
	}
}

// What an admin wrote, and who it was, is never a buyer's to read.
func TestTheTimelineNamesNoAdmin(t *testing.T) {
	for _, what := range []string{
		"credited", "credit_used", "short", "over", "twice", "again", "given_up", "by_hand", "closed", "fell", "payout", "payout_asked", "address",
		"approved", "paid_out", "payout_refused", "payout_dropped",
	} {
		m := order.Moment{At: 1, What: what, Note: "1.50 · thief", By: 987_654_321}
		text, ok := momentText(m, order.KindVoucher)
		if said := spoken(text); !ok || strings.Contains(said, "thief") || strings.Contains(said, "987654321") {
			t.Errorf("%s: %v %s", what, ok, said)
		}
	}
	held := order.Moment{What: "held", Note: string(order.ReasonPayout)}
	if _, ok := momentText(held, order.KindVoucher); ok {
		t.Error("a payout that waits for a word is told as trouble")
	}
}

func TestCoinText(t *testing.T) {
	for _, x := range []struct{ coins, fee, arrives, key string }{
		{"10", "0.3", "", "payout.fees"}, {"10", "0.3", "9.65", "payout.fees"}, {"10", "", "", "payout.leaves"},
		{"10", "0", "", "payout.leaves"}, {"10", "x", "", "payout.leaves"}, {"", "0.3", "", ""}, {"x", "", "", ""},
	} {
		if got := feesText(x.coins, x.fee, x.arrives, "USDT"); got.Key != x.key {
			t.Errorf("%+v: %q", x, got.Key)
		}
	}
	if got := feesText("10", "0.3", "", ""); got.Key != "" {
		t.Errorf("without a coin: %q", got.Key)
	}
	got := feesText("10", "0.3", "", "USDT").Args["arrives"]
	if diff := cmp.Diff(t1("amount.part", "9", "7", "USDT"), got); diff != "" {
		t.Errorf("arrives (-want +got):\n%s", diff)
	}
	if chainName("bsc") != "BNB Smart Chain" || chainName("new") != "new" {
		t.Error("names of chains")
	}
}

func t1(key, whole, part, unit string) Text {
	return t(key, "whole", whole, "part", part, "unit", unit)
}

// Two buttons with the same verb would do the same.
func TestVerbsAndScreensAreUnique(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, name := range names {
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			kind, typed := spec.Type.(*ast.Ident)
			lit, plain := spec.Values[0].(*ast.BasicLit)
			if !typed || !plain || kind.Name != "Verb" && kind.Name != "Screen" {
				return true
			}
			text, _ := strconv.Unquote(lit.Value)
			if other, taken := seen[kind.Name+text]; taken {
				t.Errorf("%s %q is %s and %s", kind.Name, text, other, spec.Names[0].Name)
			}
			seen[kind.Name+text] = spec.Names[0].Name
			return true
		})
	}
	if len(seen) < 60 {
		t.Errorf("only %d found: is the search broken?", len(seen))
	}
}
