package order_test

import (
	"context"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// overtaken is a store in which something else is stored just before the first
// wish for a link.
type overtaken struct {
	order.Store

	by func()
}

func (s *overtaken) Commit(ctx context.Context, t order.Transition) (order.Order, error) {
	if by := s.by; by != nil {
		s.by = nil
		by()
	}
	return s.Store.Commit(ctx, t) //nolint:wrapcheck // of a test
}

// choosy is a gateway that makes no link of less than 1.00.
type choosy struct{ order.Gateway }

func (c choosy) Terms() order.GatewayTerms {
	terms := c.Gateway.Terms()
	terms.Least = ordertest.Amount("1")
	return terms
}

// twoLinks is an order that a person has to look at, because what came on its
// first link is in another coin. Its buyer has a second link.
func twoLinks(t *testing.T) (*ordertest.World, order.Number, *ordertest.Payable) {
	t.Helper()
	w, n, p := placed(t)
	w.Gateway.Pay(p.External, p.Asked)
	p.Tags = []string{order.TagWrongCurrency}
	does(t, w, n, change(func(w *ordertest.World) { _ = w.Hint(n, order.Hint{Payment: 1}) }), wait(time.Minute))
	if _, err := w.Process().Engine.PayBy(t.Context(), buyer, n, ordertest.TwinsName); err != nil {
		t.Fatal(err)
	}
	rest(t, w, time.Minute)
	if o := w.Look(n); o.Reason != order.ReasonCurrency || o.Missing() != o.Total {
		t.Fatalf("held for %q, %s missing", o.Reason, o.Missing())
	}
	return w, n, w.Twins.Links(n)[0]
}

// Money comes while a buyer presses for another link: what that is for is looked
// at again, and nobody asks a gateway for nothing.
func TestALinkIsForWhatIsMissingByThen(t *testing.T) {
	for name, row := range map[string]struct {
		sum  string
		code order.Code
		want string // what another link is asked for, "" for none
	}{
		"everything":                  {"20", order.CodeEvent, ""},
		"all but less than a link is": {"19.999", order.CodeTooSmall, ""},
		"a part":                      {"5", "", "15"},
		"nothing, but it was pressed": {"0", "", "20"},
	} {
		t.Run(name, func(t *testing.T) {
			w, n, second := twoLinks(t)
			e := w.Join(&ordertest.Gate{}, w.Clock).Engine
			e.Gateways[ordertest.GatewayName] = choosy{e.Gateways[ordertest.GatewayName]}
			e.Store = &overtaken{Store: e.Store, by: func() {
				if row.sum == "0" {
					_, _ = w.Process().Engine.PayBy(t.Context(), buyer, n, ordertest.GatewayName)
					return
				}
				w.Twins.Pay(second.External, ordertest.Amount(row.sum))
				does(t, w, n, change(func(w *ordertest.World) { _ = w.Hint(n, order.Hint{Payment: 2}) }), wait(time.Minute))
			}}
			_, err := e.PayBy(t.Context(), buyer, n, ordertest.GatewayName)
			if (err != nil) != (row.code != "") || err != nil && order.CodeOf(err) != row.code {
				t.Errorf("%v, want %q", err, row.code)
			}
			rest(t, w, time.Minute)
			o := w.Look(n)
			if row.want == "" {
				if len(o.Payments) != 2 || o.Status != order.Confirming || o.Reason != order.ReasonCurrency {
					t.Fatalf("%s, held for %q, %+v", o.Status, o.Reason, o.Payments)
				}
				return
			}
			if len(o.Payments) != 3 || o.Payments[2].Asked != ordertest.Amount(row.want) {
				t.Errorf("%+v", o.Payments)
			}
		})
	}
}
