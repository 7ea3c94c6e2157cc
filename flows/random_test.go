package flows

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"giftbot/locales"
	"giftbot/order"
)

func drawAction(t *rapid.T) *Action {
	ids := []string{
		"", "infinivoucher:uc60", "infinivoucher:uc325", "infinivoucher:uc660", "infinivoucher:PUBG", "infinivoucher:Steam",
		string(number(string(testDraft))), string(number("3F7KQW2MZ")), "\x00", "infinivoucher:gone",
		steam, diamonds, coins, pinned, baseUSDC, ethUSDT, "plexy:top_upSteamWallet", "plexy:top_upMobileGames", "univoucher:cardBase",
		steam, baseUSDC, steam, baseUSDC, "inventpay/bsc-usdt", "inventpay/tron-usdt",
	}
	verbs := []Verb{
		VerbHome, VerbShop, VerbCategory, VerbProduct, VerbCheckout, VerbPlace, VerbOrders, VerbOrder, VerbStatus,
		VerbReveal, VerbCodes, VerbPaid, VerbAsk, VerbCancel, VerbLanguage, VerbHelp, "", "??",
		VerbTopUps, VerbCards, VerbAmount, VerbField, VerbSame, VerbCount, VerbNote, VerbPayBy, VerbAmount, VerbField, VerbNote,
		VerbCredit, VerbSpend, VerbTake, VerbWallet, VerbSum, VerbNetwork, VerbSend, VerbDrop, VerbWallet, VerbNetwork,
	}
	return &Action{
		Verb: rapid.SampledFrom(verbs).Draw(t, "verb"),
		ID:   rapid.OneOf(rapid.SampledFrom(ids), rapid.String()).Draw(t, "id"),
		Arg:  rapid.OneOf(rapid.SampledFrom([]string{"", ArgFresh, ArgPage, ArgTyping, ArgNone, "infini", "inventpay", order.CreditGateway, "en", "ru"}), rapid.String()).Draw(t, "arg"),
		N:    rapid.OneOf(rapid.IntRange(-2, 120), rapid.SampledFrom([]int{0, 500, 2500, 10_000}), rapid.Int()).Draw(t, "n"),
	}
}

func drawInput(t *rapid.T) Input {
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		names := []string{"start", "shop", "orders", "language", "help", "cancel", "terms", "privacy", "paysupport", "SHOP", "nonsense", "topup", "giftcard", "credit", "credit"}
		arguments := []string{"", "o_" + string(number(string(testDraft))), "p_infinivoucher-uc60", "p_", "o_", "g_x", ProductLink(steam), ProductLink(baseUSDC)}
		return Input{Command: rapid.SampledFrom(names).Draw(t, "command"), Argument: rapid.OneOf(rapid.SampledFrom(arguments), rapid.String()).Draw(t, "argument")}
	case 1:
		return Input{Text: rapid.OneOf(rapid.SampledFrom([]string{"1", "99", "101", "0", "x", "", "25", "5.5", "gabe_n", "a@b", "51234567", "1234", "5", goodEVM, goodTron}), rapid.String(), rapid.StringN(80, 120, -1)).Draw(t, "text")}
	case 2:
		return Input{Other: true}
	default:
		return Input{Action: drawAction(t)}
	}
}

// drawResult answers an intent as anything could: worked, refused, empty.
func drawResult(t *rapid.T, i Intent) Result {
	if list, ok := i.(ListOrders); ok && rapid.Bool().Draw(t, "listed") {
		r := OrdersResult{Total: rapid.IntRange(0, 50).Draw(t, "total"), Offset: list.Offset}
		for range rapid.IntRange(0, list.Limit).Draw(t, "here") {
			r.Orders = append(r.Orders, drawOrder(t))
		}
		return r
	}
	if r, ok := drawMoneyResult(t, i); ok {
		return r
	}
	codes := []order.Code{
		order.CodeCredit, order.CodeClosed, order.CodePaused,
		"", "", "", order.CodeMissing, order.CodePrice, order.CodeStock, order.CodeSupply, order.CodeTooMany, order.CodeTooSoon, order.CodeUnclear,
		order.CodeStale, order.CodeEvent, order.CodeBusy, order.CodeInvalid, order.CodeTooSmall, order.CodeUnknown, order.CodeFrozen, "unheard of",
	}
	r := OrderResult{Intent: i, Code: rapid.SampledFrom(codes).Draw(t, "code")}
	if rapid.Bool().Draw(t, "order") {
		r.Order = drawOrder(t)
		r.Goods = drawGoods(t)
	}
	return r
}

// drawMoneyResult answers an intent about credit or networks.
func drawMoneyResult(t *rapid.T, i Intent) (Result, bool) {
	code := rapid.SampledFrom([]order.Code{"", "", "", "", order.CodeClosed, order.CodeMissing, order.CodeUnclear}).Draw(t, "money code")
	balance := order.Money(rapid.OneOf(rapid.Int64Range(0, 50_000_000), rapid.Int64Range(0, int64(order.MaxMoney))).Draw(t, "balance"))
	switch i := i.(type) {
	case ShowCredit:
		r := CreditResult{Balance: balance, Offset: i.Offset, Payouts: rapid.Bool().Draw(t, "payouts"), Code: code}
		for range rapid.IntRange(0, i.Limit).Draw(t, "moves") {
			r.Movements = append(r.Movements, order.Movement{
				At: order.At(start), Number: number(string(testDraft)), Balance: balance,
				Key:    rapid.SampledFrom([]string{"credit/1", "p1/credit", "x", ""}).Draw(t, "key"),
				Amount: order.Money(rapid.Int64Range(-int64(order.MaxMoney), int64(order.MaxMoney)).Draw(t, "moved")),
			})
		}
		r.Total = max(len(r.Movements), rapid.IntRange(0, 50).Draw(t, "total moves"))
		return r, true
	case ShowNetworks:
		r := NetworksResult{Number: i.Number, Balance: balance, Code: code, Networks: someNetworks()[:rapid.IntRange(0, 3).Draw(t, "networks")]}
		if i.Number != "" {
			r.Order = drawOrder(t)
			r.Order.Number = i.Number
		}
		return r, true
	default:
		return nil, false
	}
}

// drawGoods is what any order could hold.
func drawGoods(t *rapid.T) []order.Good {
	all := someCodes(rapid.IntRange(0, 30).Draw(t, "codes"))
	for i := range all {
		switch rapid.IntRange(0, 5).Draw(t, "good") {
		case 0:
			all[i].Card = "102123456"
		case 1:
			all[i].Code, all[i].Proof = "", rapid.String().Draw(t, "proof")
		case 2:
			all[i].Parts = []order.Part{{Key: "pin", Value: "1"}, {Key: rapid.String().Draw(t, "key"), Value: strings.Repeat("x", rapid.IntRange(0, 3000).Draw(t, "part"))}}
		default:
		}
		all[i].Line = rapid.IntRange(-1, 3).Draw(t, "line")
	}
	return all
}

// Whatever happens in whatever order: no panic, always an answer, sessions
// and buttons within their limits, every text there in every language, and
// the same step gives the same result.
func TestRandomConversations(t *testing.T) {
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		env := kindsEnv()
		env.Person.Name = rapid.String().Draw(t, "name")
		env.Person.Language = rapid.SampledFrom([]string{"", "en", "ru-RU", "de", "\x00"}).Draw(t, "language")
		var s Session
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			in := drawInput(t)
			answered := false
			for range 4 {
				next, out := Step(env, s, in)
				if again, same := Step(env, s, in); again != next || !reflect.DeepEqual(same, out) {
					t.Fatalf("not pure: %+v", in)
				}
				s = next
				checkSession(t, s)
				answered = answered || len(out.Replies) > 0 || out.Toast.Key != ""
				checkOutcome(t, texts, s.Language, out)
				if out.Intent == nil {
					break
				}
				in = Input{Result: drawResult(t, out.Intent)}
			}
			if !answered {
				t.Fatalf("silence after %+v in %+v", in, s)
			}
			_, out := Again(env, s)
			if len(out.Replies) == 0 && out.Intent == nil {
				t.Fatalf("nothing to show again in %+v", s)
			}
		}
	})
}

func checkSession(t *rapid.T, s Session) {
	raw, err := json.Marshal(s)
	if err != nil || len(raw) > sessionLimit {
		t.Fatalf("a session of %d bytes, err %v: %s", len(raw), err, raw)
	}
}

// checkSize holds a view against the limits of a message and of a caption.
func checkSize(t *rapid.T, v voice, view View) {
	limit := 4096
	if view.Picture != nil {
		limit = 1024
	}
	if size := units(v.view(View{Blocks: view.Blocks, Codes: view.Codes, Labels: view.Labels, First: view.First})); size > limit {
		t.Fatalf("a message of %d units, at most %d", size, limit)
	}
}

func checkOutcome(t *rapid.T, texts *locales.Catalogue, lang string, out Outcome) {
	v := voice{texts, lang}
	before := texts.Missing()
	for _, r := range out.Replies {
		checkView(t, r.View)
		checkSize(t, v, r.View)
		v.view(r.View)
		if len(r.View.Codes) > 0 && !r.Protect {
			t.Fatal("codes in an unprotected message")
		}
	}
	if out.Toast.Key != "" && units(v.text(out.Toast)) > 200 {
		t.Fatalf("a toast too long: %s", v.text(out.Toast))
	}
	if texts.Missing() != before {
		t.Fatalf("a missing text or argument in %+v", out)
	}
}
