package flows

import (
	"strings"
	"testing"

	"giftbot/order"
)

// Who buys at a loss reads what it would cost now; where that was never kept, they
// are not told the former cost in its place.
func TestWhatBuyingAnywayCosts(t *testing.T) {
	for name, row := range map[string]struct {
		asks order.Money
		says string
		sum  order.Money
	}{
		"known":               {5_300_000, "cost $10.60 now", 10_600_000},
		"of an older version": {0, "although it costs more than was paid", 0},
	} {
		d := newDesk(failedOrder(order.ReasonLoss))
		d.order.Lines[0].Asks = row.asks
		c := d.seat(t, "en", olga)
		c.command("order", string(d.order.Number))
		c.act(string(AdminAnyway))
		if !strings.Contains(c.log.String(), row.says) || c.session.Sum != row.sum {
			t.Errorf("%s: for %s\n%s", name, c.session.Sum, c.log.String())
		}
		c.text("a good customer")
		c.act(argYes)
		if l := d.order.Lines[0]; l.State != order.LineWaiting || l.Most != row.asks {
			t.Errorf("%s: %s, at most %s", name, l.State, l.Most)
		}
	}
}

// Only what is too dear, and still to be bought, is shown at the cost of now.
func TestWhichLinesAreTooDear(t *testing.T) {
	dear := order.Line{Quantity: 2, UnitCost: 4, State: order.LineFailed, Why: order.ReasonLoss, Asks: 9}
	given, stock, waiting, got := dear, dear, dear, dear
	given.Credited, stock.Why, waiting.State, got.State, got.Got, got.Paid = 10, order.ReasonStock, order.LineWaiting, order.LineGot, 2, 17
	for name, row := range map[string]struct {
		line order.Line
		want order.Money
	}{
		"too dear": {dear, 18}, "given back": {given, 8}, "out of stock": {stock, 8}, "waiting": {waiting, 8}, "bought": {got, 17},
	} {
		if got := costOf(row.line); got != row.want {
			t.Errorf("%s: %d, want %d", name, got, row.want)
		}
	}
	if sum := dearOf(order.Order{Lines: []order.Line{dear, given, stock, waiting, got, dear}}); sum != 36 {
		t.Errorf("together %d", sum)
	}
}
