package flows

import (
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// adminStep is one step of an admin from a session.
func adminStep(s Session, in Input) (Session, Outcome) {
	env := testEnv()
	env.Person = Person{ID: olga, Admin: true}
	return Step(env, s, in)
}

// says returns the key of the first paragraph.
func says(t *testing.T, out Outcome) string {
	t.Helper()
	if len(out.Replies) != 1 || len(out.Replies[0].View.Blocks) == 0 {
		t.Fatalf("no answer: %+v", out)
	}
	return out.Replies[0].View.Blocks[0].Key
}

// A decision that became impossible while it was thought over is not made.
func TestWhatBecameImpossibleIsNotAsked(t *testing.T) {
	paid, asked := paidOrder(), testEnv().Now
	late := asked.Add(-answerTime - time.Millisecond)
	addressed := payoutOrder(t)
	for name, c := range map[string]struct {
		order   order.Order
		session Session
		want    string
	}{
		"close what is not held":    {paid, Session{Screen: screenDeskWhy, Way: "close"}, "admin.not_now"},
		"a payout that is not open": {paid, Session{Screen: screenDeskWhy, Way: "refuse"}, "admin.not_now"},
		"approve no payout":         {paid, Session{Screen: screenApprove}, "admin.not_now"},
		"confirm what is paid":      {paid, Session{Screen: screenDeskSum, Way: "confirm"}, "admin.not_now"},
		"a decision nobody knows":   {paid, Session{Screen: screenDeskWhy, Way: "??"}, "admin.not_now"},
		"the last question, late":   {paid, Session{Screen: screenDeskSure, Way: "refund", Left: paid.Left(), Sum: 1, Asked: late}, "admin.expired"},
		"the last question, never":  {paid, Session{Screen: screenDeskSure, Way: "refund", Left: paid.Left(), Sum: 1}, "admin.expired"},
		"less is left":              {paid, Session{Screen: screenDeskSure, Way: "refund", Left: paid.Left() + 1, Sum: 1, Asked: asked}, "admin.faster"},
		"the approval, late":        {addressed, Session{Screen: screenApprove, Asked: late}, "admin.expired"},
		"the number, late":          {addressed, Session{Screen: screenApproving, Asked: late, Sum: addressed.Payouts[0].Amount}, "admin.expired"},
	} {
		t.Run(name, func(t *testing.T) {
			c.session.Number = c.order.Number
			r := AdminOrderResult{Intent: AdminOrder{Number: c.order.Number}, Order: c.order, Address: toAddress}
			s, out := adminStep(c.session, Input{Result: r})
			if says(t, out) != c.want || s.Screen != screenDesk || out.Intent != nil {
				t.Errorf("%q on %q, intent %+v", says(t, out), s.Screen, out.Intent)
			}
		})
	}
}

// A button of a screen that is not there any more shows what is there now, and
// decides nothing.
func TestAButtonOfAnotherScreenDecidesNothing(t *testing.T) {
	id := number(string(testDraft))
	for _, a := range []Action{
		{ID: string(id), Arg: argToCredit}, {ID: string(id), Arg: argToWallet + ":inventpay"}, {ID: string(id), Arg: argOtherSum},
		{ID: string(id), Arg: argThisSum}, {ID: string(id), Arg: argYes}, {ID: pageSales, Arg: argYes, N: 5},
	} {
		a.Verb = verbAdmin
		for _, screen := range []Screen{"", screenDesk, screenQueue, screenAskOrder, screenResume} {
			s, out := adminStep(Session{Screen: screen, Number: id, Sum: 5, Left: 5, Way: "refund", Why: "x"}, Input{Action: &a})
			if s.Why != "" || out.Toast.Key != "toast.old" {
				t.Errorf("%q %q: %+v", screen, a.Arg, out)
			}
			switch i := out.Intent.(type) {
			case AdminOrder:
			case AdminSales:
				if i.Set {
					t.Errorf("%q stopped sales", screen)
				}
			default:
				t.Errorf("%q %q: %+v", screen, a.Arg, out.Intent)
			}
		}
	}
	for _, a := range []Action{{ID: pageSales, Arg: "?"}, {ID: "x"}, {ID: string(id), Arg: string(AdminRefund)}, {ID: string(id), Arg: string(AdminPayOut)}} {
		a.Verb = verbAdmin
		if s, out := adminStep(Session{}, Input{Action: &a}); s.Screen != ScreenHome || out.Intent != nil || says(t, out) != "hint.old" {
			t.Errorf("%+v: %+v", a, out)
		}
	}
}

// After a repeated update every screen is shown again.
func TestEveryAdminScreenIsShownAgain(t *testing.T) {
	env := testEnv()
	env.Person = Person{ID: olga, Admin: true}
	o := payoutOrder(t)
	for screen, key := range map[Screen]string{
		screenAskOrder: "admin.ask_order", screenSalesOff: "admin.sales_ask", screenResume: "admin.resume_ask", screenDeskWhy: "admin.deed_close",
	} {
		_, out := Again(env, Session{Screen: screen, Number: o.Number})
		if says(t, out) != key {
			t.Errorf("%q: %q", screen, says(t, out))
		}
	}
	for screen, want := range map[Screen]Intent{
		screenBalances: AdminBalances{}, screenQueue: AdminQueue{Offset: 10, Limit: 5}, screenSales: AdminSales{},
		screenDesk: AdminOrder{o.Number}, screenHistory: AdminOrder{o.Number}, screenRefund: AdminOrder{o.Number}, screenDeskSum: AdminOrder{o.Number},
		screenDeskSure: AdminOrder{o.Number}, screenApprove: AdminOrder{o.Number}, screenApproving: AdminOrder{o.Number},
	} {
		s, out := Again(env, Session{Screen: screen, Number: o.Number, Page: 2})
		if out.Intent != want {
			t.Errorf("%q: %+v", screen, out.Intent)
		}
		if screen == screenApproving && s.Screen != screenApprove {
			t.Error("a repeated update gave an admin's word") // the number has to be typed again
		}
	}
}

// A refund that waits for another sum shows the ways again after a repeat.
func TestAnotherSumAgain(t *testing.T) {
	o := failedOrder(order.ReasonStock)
	r := AdminOrderResult{Intent: AdminOrder{o.Number}, Order: o}
	s, out := adminStep(Session{Screen: screenDeskSum, Way: argRefund, Number: o.Number}, Input{Result: r})
	if s.Screen != screenRefund || s.Left != o.Left() || says(t, out) != "list.lines" {
		t.Errorf("%+v %+v", s, out)
	}
}

func TestHeldSince(t *testing.T) {
	o := order.Order{Reason: order.ReasonStock, Flags: order.Flags{order.FlagHeld}, Timeline: []order.Moment{
		{At: 1, What: "held", Note: "out_of_stock"}, {At: 2, What: "closed"}, {At: 3, What: "held", Note: "short"}, {At: 4, What: "held", Note: "out_of_stock"},
	}}
	if got := heldSince(o); got != 4 {
		t.Errorf("since %d: a doubt that was settled does not count", got)
	}
	o.Doubts = []order.Reason{order.ReasonShort, order.ReasonStock}
	if got := heldSince(o); got != 3 {
		t.Errorf("since %d, want the oldest that stands", got)
	}
	if got := heldSince(order.Order{Reason: order.ReasonLate}); got != 0 {
		t.Errorf("since %d, want nothing", got)
	}
}

func TestLongTimes(t *testing.T) {
	for d, want := range map[time.Duration]Text{
		-time.Hour: n("span.seconds", 0), 5 * time.Minute: n("span.minutes", 5), 47 * time.Hour: n("span.hours", 47), 50 * time.Hour: n("admin.days", 2),
	} {
		if got := longText(d); got.Key != want.Key || got.Count != want.Count {
			t.Errorf("%s: %s %d", d, got.Key, got.Count)
		}
	}
}

// What is not known about a fee is not shown as a number.
func TestFeeOfAPayout(t *testing.T) {
	known := order.Network{ID: "bsc-usdt", Known: true, Fee: decimal.Zero}
	for name, c := range map[string]struct {
		network      order.Network
		coins, fee   string
		arrives, say string
	}{
		"a fee":             {known, "9.4", "1", "8.4", "1"},
		"free of charge":    {known, "9.4", "0", "9.4", "0"},
		"learned later":     {order.Network{ID: "bsc-usdt"}, "9.4", "0", "", ""},
		"another network":   {order.Network{ID: "ton", Known: true}, "9.4", "0", "", ""},
		"a fee, no network": {order.Network{}, "0.00000003", "0.00000001", "0.00000002", "0.00000001"},
		"no coins":          {known, "", "1", "", ""},
		"no fee":            {known, "9.4", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			fee, arrives, ok := deskFee(c.network, order.Payout{Network: "bsc-usdt", Coins: c.coins, Fee: c.fee})
			if fee != c.say || arrives != c.arrives || ok != (c.say != "") {
				t.Errorf("fee %q, arrives %q, %v", fee, arrives, ok)
			}
		})
	}
}

// An alert that comes too late says who settled the order, and has no refund.
func TestAnAlertThatCameTooLate(t *testing.T) {
	o := failedOrder(order.ReasonStock)
	if got := keysOf(AlertView(o)); len(got) != 2 || got[1] != argRefundFresh {
		t.Errorf("buttons of an alert: %v", got)
	}
	o.Flags, o.Doubts, o.Reason = nil, nil, ""
	for by, want := range map[int64]string{0: "alert.settled", o.Buyer: "alert.settled", boris: "alert.settled_by"} {
		settled := o
		settled.Timeline = append(settled.Timeline[:len(o.Timeline):len(o.Timeline)], order.Moment{At: 1, What: "credited", By: by})
		v := AlertView(settled)
		if v.Blocks[0].Key != want || len(keysOf(v)) != 1 {
			t.Errorf("by %d: %s, buttons %v", by, v.Blocks[0].Key, keysOf(v))
		}
	}
}

// An order that ended because no gateway made a link for it holds nothing and
// waits for nobody; admins hear why all the same.
func TestAlertOfARefusedLink(t *testing.T) {
	o := failedOrder(order.ReasonInvoice)
	o.Status, o.Flags, o.Doubts = order.Cancelled, nil, nil
	if v := AlertView(o); v.Blocks[0].Key != "alert.title" {
		t.Errorf("the alert says %s", v.Blocks[0].Key)
	}
	o.Reason = ""
	if v := AlertView(o); v.Blocks[0].Key != "alert.settled" {
		t.Errorf("a cancelled order alerts with %s", v.Blocks[0].Key)
	}
}

func TestAlertDetails(t *testing.T) {
	o := failedOrder(order.ReasonSecretLost)
	happened(&o, "secret_lost", "102123456", 0)
	if got := alertDetails(o); len(got) != 1 || got[0].Args["card"] != "102123456" {
		t.Errorf("a lost secret: %+v", got)
	}
	o = failedOrder(order.ReasonGoods)
	if got := alertDetails(o); got != nil {
		t.Errorf("nothing was noted: %+v", got)
	}
	happened(&o, "mismatch", "total", 0)
	if got := alertDetails(o); len(got) != 1 || got[0].Args["rules"] != "total" {
		t.Errorf("a mismatch: %+v", got)
	}
}

// Every vendor and every account is on one page, and no page is too long.
func TestBalancesAreAllShown(t *testing.T) {
	var vendors []VendorBalance
	wanted := 0
	for v, accounts := range []int{0, 1, 23, 24, 25, 60, 2} {
		b := VendorBalance{Vendor: "v" + strconv.Itoa(v)}
		for a := range accounts {
			wanted++
			b.Holdings = append(b.Holdings, HoldingView{Account: strconv.Itoa(v) + "/" + strconv.Itoa(a), Amount: "1", Covers: -1})
		}
		vendors = append(vendors, b)
	}
	shown := map[string]int{}
	names := map[string]int{}
	for _, page := range sheets(vendors) {
		rows := 0
		for _, block := range page {
			for _, text := range flat(block) {
				switch text.Key {
				case "admin.holding":
					rows++
					shown[text.Args["account"].(string)]++
				case "admin.vendor":
					rows++
					names[text.Args["name"].(string)]++
				}
			}
		}
		if rows > rowsPerPage+1 || len(page) == 0 {
			t.Errorf("a page of %d rows", rows)
		}
	}
	if len(shown) != wanted || len(names) != len(vendors) {
		t.Errorf("%d accounts of %d, %d vendors of %d", len(shown), wanted, len(names), len(vendors))
	}
	for account, times := range shown {
		if times != 1 {
			t.Errorf("%s is shown %d times", account, times)
		}
	}
}

// flat takes the lines of a paragraph apart.
func flat(x Text) []Text {
	if x.Key != "list.lines" {
		return []Text{x}
	}
	return append(flat(x.Args["first"].(Text)), flat(x.Args["rest"].(Text))...)
}

// Books are compared only with an answer.
func TestBooksNeedAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		vendor VendorBalance
		want   []string
	}{
		"agree":        {VendorBalance{Kept: true, Books: 5, Holdings: []HoldingView{{}}}, []string{"admin.books_agree"}},
		"more":         {VendorBalance{Kept: true, Off: 5, Holdings: []HoldingView{{}}}, []string{"admin.books_off"}},
		"less":         {VendorBalance{Kept: true, Off: -5, Holdings: []HoldingView{{}}}, []string{"admin.books_off"}},
		"slow":         {VendorBalance{Kept: true, Off: 5, Slow: true}, []string{"admin.vendor_slow"}},
		"failed":       {VendorBalance{Kept: true, Off: 5, Failed: true}, []string{"admin.vendor_failed"}},
		"no balance":   {VendorBalance{}, []string{"admin.vendor_nothing"}},
		"kept by none": {VendorBalance{Off: 5, Holdings: []HoldingView{{}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, text := range answerTexts(c.vendor) {
				got = append(got, text.Key)
				if off, ok := text.Args["off"]; ok && off != order.Money(5) {
					t.Errorf("off by %v", off)
				}
			}
			if len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// Money is in words where it is: forgiven, kept back, on its way.
func TestEverythingAboutMoneyIsNamed(t *testing.T) {
	o := paidOrder()
	o.Forgiven, o.Returned = 5, 7
	o.Payments = append(o.Payments, order.Payment{N: 2, Gateway: order.CreditGateway, State: order.PaymentClosed, Asked: 3, Seen: 3})
	o.Payouts = []order.Payout{{N: 1, State: order.PayoutWanted, Amount: 11}}
	want := map[string]order.Money{"admin.forgiven": 5, "admin.credit_used": 3, "admin.aside": 11}
	for _, text := range flat(deskMoney(o)) {
		if sum, ok := want[text.Key]; ok {
			if text.Args["amount"] != sum {
				t.Errorf("%s: %v", text.Key, text.Args["amount"])
			}
			delete(want, text.Key)
		}
		if text.Key == "admin.left" && text.Args["left"] != o.Left() {
			t.Errorf("left %v, want %v", text.Args["left"], o.Left())
		}
		if text.Key == "admin.profit" && text.Args["profit"] != order.Money(-5) {
			t.Errorf("profit %v: what was forgiven is the shop's loss", text.Args["profit"])
		}
	}
	if len(want) > 0 {
		t.Errorf("not named: %v", want)
	}
}

// Why nothing can go back is said, one reason for each.
func TestWhyNothingCanGoBack(t *testing.T) {
	held := adminOrder()
	held.Payments[0].Seen = 5
	odd := paidOrder()
	odd.Status = "odd"
	for want, o := range map[string]order.Order{
		"admin.refund_nothing": adminOrder(), "admin.refund_busy": unclearOrder(), "admin.refund_unpaid": held, "admin.refund_not": odd,
	} {
		if got := refundNot(o); got.Key != want {
			t.Errorf("%s, want %s", got.Key, want)
		}
	}
}
