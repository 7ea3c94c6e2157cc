package flows

import (
	"reflect"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"giftbot/locales"
	"giftbot/order"
)

func drawAdminAction(t *rapid.T) *Action {
	ids := []string{pageBalances, pageQueue, pageSales, "", string(number(string(testDraft))), string(number("3F7KQW2MZ")), "x"}
	args := []string{
		"", ArgFresh, argHistory, argRefund, argRefundFresh, argToCredit, argToWallet + ":inventpay", argToWallet, argOtherSum, argThisSum, argYes,
		argSalesOn, argSalesOff, string(AdminApprove), string(AdminRefuse), string(AdminLeft), string(AdminStayed), string(AdminAgain),
		string(AdminAnyway), string(AdminNotBought), string(AdminConfirm), string(AdminClose), string(AdminLook), string(AdminRefund), string(AdminPayOut), "??",
	}
	return &Action{
		Verb: rapid.SampledFrom([]Verb{verbAdmin, verbAdmin, verbAdmin, VerbHome, VerbLanguage}).Draw(t, "verb"),
		ID:   rapid.OneOf(rapid.SampledFrom(ids), rapid.Just(string(number(string(testDraft))))).Draw(t, "id"),
		Arg:  rapid.SampledFrom(args).Draw(t, "arg"),
		N:    rapid.OneOf(rapid.IntRange(-2, 20), rapid.Just(testMark()), rapid.Int()).Draw(t, "n"),
	}
}

// testMark marks a question that is asked now.
func testMark() int {
	c := turn{s: Session{Asked: testEnv().Now}}
	return c.mark()
}

func drawAdminInput(t *rapid.T) Input {
	texts := []string{"", "5", "0", "-1", "1.000001", "9999999999", "because", string(number(string(testDraft))), string(number("3F7KQW2MZ")), "\x00", steam}
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		names := []string{"balances", "queue", "order", "refund", "sales", "resume", "start", "cancel", "language"}
		arguments := []string{"", "on", "off", string(number(string(testDraft))), string(number(string(testDraft))) + " 1.5", steam}
		return Input{
			Command:  rapid.SampledFrom(names).Draw(t, "command"),
			Argument: rapid.OneOf(rapid.SampledFrom(arguments), rapid.String()).Draw(t, "argument"),
		}
	case 1, 2:
		return Input{Text: rapid.OneOf(rapid.SampledFrom(texts), rapid.String(), rapid.StringN(60, 100, -1)).Draw(t, "text")}
	case 3:
		return Input{Other: rapid.Bool().Draw(t, "other")}
	default:
		return Input{Action: drawAdminAction(t)}
	}
}

func drawCode(t *rapid.T) order.Code {
	return rapid.SampledFrom([]order.Code{
		"", "", "", "", order.CodeMissing, order.CodeBusy, order.CodeEvent, order.CodeInvalid, order.CodeDenied, order.CodeClosed,
		order.CodeUnclear, order.CodeCredit, "unheard of",
	}).Draw(t, "code")
}

// drawDeskOrder is an order with every kind of money.
func drawDeskOrder(t *rapid.T) order.Order {
	o := drawOrder(t)
	money := rapid.Custom(func(t *rapid.T) order.Money {
		return order.Money(rapid.Int64Range(0, int64(100*dollar)).Draw(t, "sum"))
	})
	o.Lines = o.Lines[:rapid.IntRange(0, len(o.Lines)).Draw(t, "lines")]
	for i := range rapid.IntRange(0, 9).Draw(t, "payments") {
		o.Payments = append(o.Payments, order.Payment{
			N: i + 2, Gateway: rapid.SampledFrom([]string{"infini", "inventpay", order.CreditGateway, order.HandGateway, "", "\x00<b>"}).Draw(t, "gateway"),
			State: rapid.SampledFrom([]order.PaymentState{order.PaymentOpen, order.PaymentClosed, order.PaymentLost, "?"}).Draw(t, "state"),
			Asked: money.Draw(t, "asked"), Seen: money.Draw(t, "seen"), Fell: rapid.Bool().Draw(t, "fell"),
		})
	}
	states := []order.PayoutState{
		order.PayoutWanted, order.PayoutAddressed, order.PayoutApproved, order.PayoutSent, order.PayoutUnclear, order.PayoutDone, order.PayoutDropped, "?",
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "payouts") {
		o.Payouts = append(o.Payouts, order.Payout{
			N: i + 1, Gateway: "inventpay", State: rapid.SampledFrom(states).Draw(t, "payout"), Amount: money.Draw(t, "amount"),
			Network: "bsc-usdt", Coin: "USDT", Coins: rapid.SampledFrom([]string{"", "1.5", "x"}).Draw(t, "coins"), Fee: rapid.SampledFrom([]string{"", "0", "1"}).Draw(t, "fee"),
		})
	}
	if o.Held() {
		o.Doubts = append(rapid.SliceOfN(rapid.SampledFrom(allReasons()), 0, 6).Draw(t, "doubts"), o.Reason)
	}
	return o
}

func drawAdminResult(t *rapid.T, i Intent) Result {
	code := drawCode(t)
	switch i := i.(type) {
	case AdminBalances:
		r := BalancesResult{Code: code, Sales: order.Sales{Off: rapid.Bool().Draw(t, "off"), By: olga}}
		for range rapid.IntRange(0, 5).Draw(t, "vendors") {
			v := VendorBalance{Vendor: rapid.String().Draw(t, "vendor"), Slow: rapid.Bool().Draw(t, "slow"), Kept: rapid.Bool().Draw(t, "kept"), Off: order.Money(rapid.IntRange(-5, 5).Draw(t, "by"))}
			for range rapid.IntRange(0, 60).Draw(t, "holdings") {
				v.Holdings = append(v.Holdings, HoldingView{Account: "plexy:USD", Asset: "USDT", Chain: "BNB Smart Chain", Amount: "123456.123456", Needed: dollar, Covers: 7})
			}
			r.Vendors = append(r.Vendors, v)
		}
		return r
	case AdminQueue:
		r := QueueResult{Code: code, Offset: i.Offset, Total: rapid.IntRange(0, 50).Draw(t, "total")}
		for range rapid.IntRange(0, i.Limit).Draw(t, "here") {
			r.Orders = append(r.Orders, drawDeskOrder(t))
		}
		return r
	case AdminSales:
		return SalesResult{Code: code, Sales: order.Sales{Off: i.Off, By: olga, At: order.At(start)}}
	case AdminOrder, AdminDo, AdminResume:
		r := AdminOrderResult{Intent: i, Code: code, Payers: []string{"inventpay"}, Approvals: rapid.IntRange(0, 3).Draw(t, "needs")}
		if rapid.IntRange(0, 9).Draw(t, "order") > 0 {
			r.Order = drawDeskOrder(t)
			r.Address = rapid.SampledFrom([]string{"", toAddress}).Draw(t, "address")
			r.Network = order.Network{ID: "bsc-usdt", Chain: "BNB Smart Chain", Fee: decimal.New(1, 0), Known: rapid.Bool().Draw(t, "known")}
		}
		return r
	default:
		return drawResult(t, i)
	}
}

// Whatever an admin does in whatever order, and whatever comes back: no panic,
// always an answer, everything within its limits, the same step the same
// result. Somebody who is no admin any more never asks for anything of theirs.
func TestRandomAdmins(t *testing.T) {
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		env := testEnv()
		env.Person = Person{ID: olga, Language: rapid.SampledFrom([]string{"en", "ru"}).Draw(t, "language"), Admin: true}
		var s Session
		for range rapid.IntRange(1, 14).Draw(t, "steps") {
			env.Person.Admin = rapid.IntRange(0, 9).Draw(t, "admin") > 0
			in, answered := drawAdminInput(t), false
			for range 4 {
				next, out := Step(env, s, in)
				if again, same := Step(env, s, in); again != next || !reflect.DeepEqual(same, out) {
					t.Fatalf("not pure: %+v", in)
				}
				s = next
				checkSession(t, s)
				checkOutcome(t, texts, s.Language, out)
				checkRight(t, env, s, out)
				answered = answered || len(out.Replies) > 0 || out.Toast.Key != ""
				if out.Intent == nil {
					break
				}
				in = Input{Result: drawAdminResult(t, out.Intent)}
			}
			if !answered {
				t.Fatalf("silence after %+v in %+v", in, s)
			}
			if _, out := Again(env, s); len(out.Replies) == 0 && out.Intent == nil {
				t.Fatalf("nothing to show again in %+v", s)
			}
		}
	})
}

// checkRight wants nothing of the admins in the hands of anybody else, and a
// reason with every decision that moves money.
func checkRight(t *rapid.T, env Env, s Session, out Outcome) {
	switch i := out.Intent.(type) {
	case AdminBalances, AdminQueue, AdminOrder, AdminSales, AdminResume:
		if !env.Person.Admin {
			t.Fatalf("a stranger asks for %+v", i)
		}
	case AdminDo:
		free := i.What == AdminLook || i.What == AdminAgain || i.What == AdminApprove
		if !env.Person.Admin || !free && i.Decision.Why == "" || i.Decision.Number == "" || i.Decision.Admin != 0 {
			t.Fatalf("admin %v decides %+v", env.Person.Admin, i)
		}
	default:
	}
	if c := (turn{env: env, s: s}); !env.Person.Admin && c.atDesk() {
		t.Fatalf("a stranger rests on %q", s.Screen)
	}
}
