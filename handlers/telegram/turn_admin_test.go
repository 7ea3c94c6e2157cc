package telegram

import (
	"strings"
	"testing"

	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"

	"giftbot/flows"
	"giftbot/order"
)

// decided is a decision with somebody else's id in it: the edge fills in who
// it was.
func decided(what flows.AdminVerb) flows.AdminDo {
	return flows.AdminDo{What: what, Gateway: "infini", Decision: order.Decision{
		Number: someOrder, Admin: boris, Left: 500 * order.Cent, Amount: 200 * order.Cent, Why: "asked",
	}}
}

func adminIntents() []flows.Intent {
	all := []flows.Intent{
		flows.AdminBalances{}, flows.AdminQueue{Limit: 5}, flows.AdminOrder{Number: someOrder},
		flows.AdminSales{}, flows.AdminSales{Set: true, Off: true}, flows.AdminResume{Product: "456"}, flows.AdminDo{},
	}
	for what := range decisions() {
		all = append(all, decided(what))
	}
	return all
}

// decisions are all verbs and what they are at the desk.
func decisions() map[flows.AdminVerb]string {
	const said = " by 1003: 3F7KQW2M9X 2.00 of 5.00, asked"
	return map[flows.AdminVerb]string{
		flows.AdminRefund: "refund" + said, flows.AdminPayOut: "payout infini" + said, flows.AdminApprove: "approve" + said,
		flows.AdminRefuse: "refuse" + said, flows.AdminLeft: "left=true" + said, flows.AdminStayed: "left=false" + said,
		flows.AdminAgain: "again anyway=false" + said, flows.AdminAnyway: "again anyway=true" + said,
		flows.AdminNotBought: "notbought" + said, flows.AdminConfirm: "confirm" + said, flows.AdminClose: "close" + said,
		flows.AdminLook: "look 1003 3F7KQW2M9X",
	}
}

// codeIn is the code of any result of an admin's intent.
func codeIn(t *testing.T, r flows.Result) order.Code {
	t.Helper()
	switch r := r.(type) {
	case flows.BalancesResult:
		return r.Code
	case flows.QueueResult:
		return r.Code
	case flows.SalesResult:
		return r.Code
	case flows.AdminOrderResult:
		return r.Code
	default:
		t.Fatalf("no result of an admin's intent: %T", r)
		return ""
	}
}

func TestAStrangersAdminIntentNeverReachesTheDesk(t *testing.T) {
	for _, i := range adminIntents() {
		m := &memDesk{order: order.Order{Number: someOrder}}
		d := newDesk(newWorld(t, 1), m)
		got := d.ask(ada, i)
		if codeIn(t, got) != order.CodeDenied || len(m.calls) != 0 {
			t.Errorf("%T: %+v, the desk heard %v", i, got, m.calls)
		}
		if r, ok := got.(flows.AdminOrderResult); ok && (r.Order.Number != "" || r.Intent != i) {
			t.Errorf("%T: a stranger learns %+v", i, r)
		}
		if !strings.Contains(d.log.String(), "an admin's intent of somebody else") || d.meter.of("telegram_intent_refused denied") != 1 {
			t.Errorf("%T: not logged", i)
		}
	}
}

func TestAShopThatNobodyRunsHasNoAdmin(t *testing.T) {
	d := desk{newWorld(t, 1), &memDesk{}}
	for _, i := range adminIntents() {
		if code := codeIn(t, d.ask(olga, i)); code != order.CodeDenied {
			t.Errorf("%T: %s", i, code)
		}
	}
}

func TestDecisionsAreOfWhoeverSentTheUpdate(t *testing.T) {
	for what, call := range decisions() {
		for _, refuse := range []order.Code{"", order.CodeBusy, order.CodeEvent} {
			m := &memDesk{order: order.Order{Number: someOrder, Buyer: ada}}
			if refuse != "" {
				m.refuse = &order.Error{Code: refuse, Op: "test"}
			}
			i := decided(what)
			want := flows.AdminOrderResult{Intent: i, Order: m.order, Code: refuse}
			if diff := cmp.Diff(want, newDesk(newWorld(t, 1), m).ask(olga, i)); diff != "" {
				t.Errorf("%s %s: -want +got\n%s", what, refuse, diff)
			}
			if diff := cmp.Diff([]string{call}, m.calls); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
		}
	}
}

// A refusal that brought no order along still shows what stands.
func TestARefusalShowsTheOrderAsItIs(t *testing.T) {
	m := &memDesk{refuse: &order.Error{Code: order.CodeBusy, Op: "test"}}
	d := newDesk(newWorld(t, 1), m)
	if got, ok := d.ask(olga, decided(flows.AdminRefund)).(flows.AdminOrderResult); !ok || got.Code != order.CodeBusy || got.Order.Number != someOrder {
		t.Errorf("%+v", got)
	}
	m.lost = errRedis
	if got, ok := d.ask(olga, decided(flows.AdminRefund)).(flows.AdminOrderResult); !ok || got.Code != order.CodeBusy || got.Order.Number != "" {
		t.Errorf("%+v", got)
	}
	m.calls = nil
	if got := codeIn(t, d.ask(olga, decided("unheard of"))); got != order.CodeInvalid || len(m.calls) != 1 { // it was only looked up
		t.Errorf("%s %v", got, m.calls)
	}
}

func TestAnAdminsCardTellsWhereAPayoutGoes(t *testing.T) {
	addressed := order.Payout{N: 2, Gateway: "infini", State: order.PayoutAddressed, Amount: 200 * 100 * order.Cent, Network: "bsc-usdt", Coin: "USDT"}
	wanted := order.Payout{N: 2, Gateway: "infini", State: order.PayoutWanted, Amount: order.Cent}
	gone := addressed
	gone.Network, gone.Coin = "tron-usdt", "USDT"
	dropped := order.Payout{N: 1, State: order.PayoutDropped}
	for name, tc := range map[string]struct {
		desk *memDesk
		want flows.AdminOrderResult
	}{
		"no payout": {&memDesk{payers: []string{"infini", "cash"}}, flows.AdminOrderResult{Payers: []string{"infini"}}},
		"wanted":    {&memDesk{order: order.Order{Payouts: []order.Payout{dropped, wanted}}}, flows.AdminOrderResult{Approvals: 1}},
		"addressed": {
			&memDesk{order: order.Order{Payouts: []order.Payout{dropped, addressed}}},
			flows.AdminOrderResult{Approvals: 2, Address: "wallet 1", Network: (&memDesk{}).Networks(order.Order{}, "infini")[0]},
		},
		"by a network that is gone": {
			&memDesk{order: order.Order{Payouts: []order.Payout{dropped, gone}}},
			flows.AdminOrderResult{Approvals: 2, Address: "wallet 1", Network: order.Network{ID: "tron-usdt", Coin: "USDT"}},
		},
	} {
		i := flows.AdminOrder{Number: someOrder}
		tc.want.Intent = i
		tc.want.Order = order.Order{Number: someOrder, Buyer: ada, Payouts: tc.desk.order.Payouts}
		if diff := cmp.Diff(tc.want, newDesk(newWorld(t, 1), tc.desk).ask(olga, i)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestAnAddressThatCannotBeReadIsNoCard(t *testing.T) {
	m := &memDesk{order: order.Order{Number: someOrder, Payouts: []order.Payout{{N: 1, State: order.PayoutAddressed, Network: "bsc-usdt"}}}, lost: errRedis}
	got, ok := newDesk(newWorld(t, 1), m).ask(olga, decided(flows.AdminLook)).(flows.AdminOrderResult)
	if !ok || got.Code != order.CodeNotSent {
		t.Errorf("%+v", got)
	}
}

func TestTheShopAsAWhole(t *testing.T) {
	m := &memDesk{}
	d := newDesk(newWorld(t, 1), m)
	for _, tc := range []struct {
		intent flows.Intent
		want   flows.Result
	}{
		{flows.AdminBalances{}, flows.BalancesResult{Vendors: []flows.VendorBalance{{Vendor: "plexy"}}}},
		{flows.AdminQueue{Offset: 5, Limit: 5}, flows.QueueResult{Orders: []order.Order{{Number: someOrder}}, Total: 12, Offset: 5}},
		{flows.AdminSales{Set: true, Off: true}, flows.SalesResult{Sales: order.Sales{Off: true, By: olga}}},
		{flows.AdminSales{}, flows.SalesResult{Sales: order.Sales{Off: true, By: olga}}},
		{flows.AdminResume{Product: "456"}, flows.AdminOrderResult{Intent: flows.AdminResume{Product: "456"}}},
	} {
		if diff := cmp.Diff(tc.want, d.ask(olga, tc.intent)); diff != "" {
			t.Errorf("%T: -want +got\n%s", tc.intent, diff)
		}
	}
	if diff := cmp.Diff([]string{"balances", "waiting 5 5", "sales 1003 off=true", "resume 456"}, m.calls); diff != "" {
		t.Error(diff)
	}
	m.refuse, m.lost = errRedis, errRedis
	for _, i := range []flows.Intent{flows.AdminBalances{}, flows.AdminQueue{}, flows.AdminSales{}, flows.AdminSales{Set: true}, flows.AdminResume{}, flows.AdminOrder{}} {
		if code := codeIn(t, d.ask(olga, i)); code != order.CodeNotSent {
			t.Errorf("%T: %s", i, code)
		}
	}
}

// Who is an admin depends on the person, the chat and whose words they are.
func TestWhoIsAnAdmin(t *testing.T) {
	forwarded := privateMessage(1, olga, "/queue")
	forwarded.Message.ForwardOrigin = &models.MessageOrigin{Type: models.MessageOriginTypeHiddenUser}
	inline := privateMessage(1, olga, "/queue")
	inline.Message.ViaBot = &models.User{ID: 5, IsBot: true}
	group := privateMessage(1, olga, "/queue@our_bot")
	group.Message.Chat = models.Chat{ID: -100, Type: models.ChatTypeSupergroup}
	elsewhere := press(1, olga, -100, 2, "data")
	for name, tc := range map[string]struct {
		update *models.Update
		want   bool
	}{
		"the admin":          {privateMessage(1, olga, "/queue"), true},
		"the admin's button": {press(1, olga, olga, 2, "data"), true},
		"somebody":           {privateMessage(1, ada, "/queue"), false},
		"somebody's button":  {press(1, ada, ada, 2, "data"), false},
		"passed on":          {forwarded, false},
		"by way of a bot":    {inline, false},
		"in a group":         {group, false},
		"a group's button":   {elsewhere, false},
	} {
		d := newDesk(newWorld(t, 1), &memDesk{}).replicas[0].dispatcher
		e, ok := read(tc.update, "our_bot")
		if got := d.runsTheShop(e); !ok || got != tc.want || e.person.Admin {
			t.Errorf("%s: an admin %v (event says %v)", name, got, e.person.Admin)
		}
		var env flows.Env
		var result flows.Result
		d.Flow = asks{intent: flows.AdminSales{}, got: &result, env: &env}
		if e.group != nil || e.query != "" {
			continue
		}
		if err := d.Handle(t.Context(), tc.update); err != nil {
			t.Fatal(err)
		}
		if denied := codeIn(t, result) == order.CodeDenied; env.Person.Admin != tc.want || denied == tc.want {
			t.Errorf("%s: the step sees %v, denied %v", name, env.Person.Admin, denied)
		}
	}
}

func TestAnIncompleteDeskIsRefused(t *testing.T) {
	w := newWorld(t, 1)
	m := &memDesk{}
	whole := w.replicas[0].dispatcher.Parts
	whole.Admin = Admin{IDs: []int64{olga}, Desk: m, PayDesk: m, Refunds: m, Decisions: m, Sales: m, Vendors: m}
	if _, err := NewDispatcher(whole); err != nil {
		t.Error(err)
	}
	for name, remove := range map[string]func(*Admin){
		"desk": func(a *Admin) { a.Desk = nil }, "pay desk": func(a *Admin) { a.PayDesk = nil }, "refunds": func(a *Admin) { a.Refunds = nil },
		"decisions": func(a *Admin) { a.Decisions = nil }, "sales": func(a *Admin) { a.Sales = nil }, "vendors": func(a *Admin) { a.Vendors = nil },
	} {
		p := whole
		remove(&p.Admin)
		if _, err := NewDispatcher(p); err == nil {
			t.Errorf("without %s", name)
		}
	}
}
