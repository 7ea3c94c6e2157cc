package telegram

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"giftbot/flows"
	"giftbot/order"
)

const someOrder order.Number = "3F7KQW2M9X"

func TestABuyersMoneyIsMovedForWhoeverWrote(t *testing.T) {
	for name, tc := range map[string]struct {
		intent flows.Intent
		call   string
	}{
		"use":     {flows.UseCredit{Number: someOrder}, "use 1001 3F7KQW2M9X"},
		"take":    {flows.TakeCredit{Number: someOrder, Left: 250 * order.Cent}, "take 1001 3F7KQW2M9X 2.50"},
		"address": {flows.SetAddress{Number: someOrder, Network: "bsc-usdt", Address: "0xA"}, "address 1001 3F7KQW2M9X bsc-usdt 0xA"},
		"drop":    {flows.DropPayout{Number: someOrder}, "drop 1001 3F7KQW2M9X"},
		"payout":  {flows.AskPayout{Number: someOrder}, "ask 1001"},
	} {
		for _, refuse := range []order.Code{"", order.CodeCredit, order.CodeTooSoon} {
			m := &memDesk{order: order.Order{Number: someOrder}}
			if refuse != "" {
				m.refuse = &order.Error{Code: refuse, Op: "test"}
			}
			d := newDesk(newWorld(t, 1), m)
			want := flows.OrderResult{Intent: tc.intent, Order: m.order, Code: refuse}
			if diff := cmp.Diff(want, d.ask(ada, tc.intent)); diff != "" {
				t.Errorf("%s %s: -want +got\n%s", name, refuse, diff)
			}
			if diff := cmp.Diff([]string{tc.call}, m.calls); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

func TestAPayoutIsDraftedInTheLanguageOfItsBuyer(t *testing.T) {
	m := &memDesk{}
	newDesk(newWorld(t, 1), m).ask(boris, flows.AskPayout{Number: someOrder, Amount: order.Cent, Gateway: "infini", Network: "bsc-usdt", Address: "0xA"})
	want := order.PayoutDraft{Number: someOrder, Buyer: boris, Language: "ru", Amount: order.Cent, Gateway: "infini", Network: "bsc-usdt", Address: "0xA"}
	if diff := cmp.Diff(want, m.draft); diff != "" {
		t.Error(diff)
	}
}

func TestCreditIsShownWithItsMovements(t *testing.T) {
	for name, tc := range map[string]struct {
		desk   *memDesk
		intent flows.ShowCredit
		want   flows.CreditResult
		calls  []string
	}{
		"a page": {
			&memDesk{payers: []string{"infini"}}, flows.ShowCredit{Offset: 5, Limit: 5},
			flows.CreditResult{Balance: 7 * order.Cent, Movements: []order.Movement{{Amount: order.Cent}}, Total: 9, Offset: 5, Payouts: true},
			[]string{"credit 1001", "statement 1001 5 5"},
		},
		"the balance": {&memDesk{}, flows.ShowCredit{}, flows.CreditResult{Balance: 7 * order.Cent}, []string{"credit 1001"}},
		"no balance":  {&memDesk{refuse: errRedis}, flows.ShowCredit{Limit: 5}, flows.CreditResult{Balance: 7 * order.Cent, Code: order.CodeNotSent}, []string{"credit 1001"}},
		"no movements": {
			&memDesk{lost: errRedis}, flows.ShowCredit{Limit: 5},
			flows.CreditResult{Balance: 7 * order.Cent, Movements: []order.Movement{{Amount: order.Cent}}, Total: 9, Code: order.CodeNotSent},
			[]string{"credit 1001", "statement 1001 0 5"},
		},
	} {
		m := tc.desk
		if diff := cmp.Diff(tc.want, newDesk(newWorld(t, 1), m).ask(ada, tc.intent)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
		if diff := cmp.Diff(tc.calls, m.calls); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNetworksOfCreditAndOfAnOrder(t *testing.T) {
	refund := order.Order{Number: someOrder, Buyer: ada, Payouts: []order.Payout{{N: 1, Gateway: "inventpay", State: order.PayoutWanted}}}
	done := order.Order{Number: "3F7KQW2M9Y", Buyer: ada, Payouts: []order.Payout{{N: 1, Gateway: "inventpay", State: order.PayoutDone}}}
	for name, tc := range map[string]struct {
		number order.Number
		person int64
		payers []string
		want   []string
		code   order.Code
	}{
		"credit":              {"", ada, []string{"infini", "inventpay"}, []string{"infini bsc-usdt", "inventpay bsc-usdt"}, ""},
		"off":                 {"", ada, nil, nil, order.CodeClosed},
		"nowhere":             {"", ada, []string{"cash"}, nil, order.CodeClosed},
		"an order":            {refund.Number, ada, []string{"infini"}, []string{"inventpay bsc-usdt", "inventpay litecoin-ltc"}, ""},
		"nothing under way":   {done.Number, ada, []string{"infini"}, nil, order.CodeEvent},
		"somebody else's":     {refund.Number, boris, []string{"infini"}, nil, order.CodeMissing},
		"one that is not one": {"3F7KQW2M9Z", ada, []string{"infini"}, nil, order.CodeMissing},
	} {
		w := newWorld(t, 1)
		w.orders.put(refund)
		w.orders.put(done)
		got, ok := newDesk(w, &memDesk{payers: tc.payers}).ask(tc.person, flows.ShowNetworks{Number: tc.number}).(flows.NetworksResult)
		var list []string
		for _, n := range got.Networks {
			list = append(list, n.Gateway+" "+n.ID)
		}
		if diff := cmp.Diff(tc.want, list); !ok || diff != "" || got.Code != tc.code || got.Number != tc.number {
			t.Errorf("%s: %+v %s", name, got, diff)
		}
		if tc.number == "" && tc.code == "" && got.Balance != 7*order.Cent {
			t.Errorf("%s: balance %s", name, got.Balance)
		}
	}
}

func TestAShopWithoutCreditSaysSo(t *testing.T) {
	d := desk{newWorld(t, 1), &memDesk{}}
	for _, i := range []flows.Intent{flows.UseCredit{}, flows.TakeCredit{}, flows.AskPayout{}, flows.SetAddress{}, flows.DropPayout{}} {
		if got, ok := d.ask(ada, i).(flows.OrderResult); !ok || got.Code != order.CodeClosed {
			t.Errorf("%T: %+v", i, got)
		}
	}
	if got, ok := d.ask(ada, flows.ShowCredit{}).(flows.CreditResult); !ok || got.Code != order.CodeClosed || got.Payouts {
		t.Errorf("%+v", got)
	}
	if got, ok := d.ask(ada, flows.ShowNetworks{}).(flows.NetworksResult); !ok || got.Code != order.CodeClosed {
		t.Errorf("%+v", got)
	}
}

func TestOrdersArePlacedWithCreditAndCancelledForIt(t *testing.T) {
	w := newWorld(t, 1)
	d := newDesk(w, &memDesk{})
	i := place(sixtyUC().Price, sixtyUC().ID)
	i.Credit = 30 * order.Cent
	d.ask(ada, i)
	if w.orders.draft.Credit != 30*order.Cent || w.orders.draft.Buyer != ada {
		t.Errorf("placed %+v", w.orders.draft)
	}
	for _, money := range []bool{true, false} {
		d.ask(ada, flows.CancelOrder{Number: i.Number, Money: money})
		if w.orders.cancelled != money {
			t.Errorf("cancelled for credit: %v, want %v", w.orders.cancelled, money)
		}
	}
}
