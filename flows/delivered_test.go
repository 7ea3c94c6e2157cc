package flows

import (
	"testing"

	"giftbot/order"
)

// What was delivered stays in sight while a person has the rest bought again:
// that may take days, and the codes are the buyer's.
func TestDeliveredCodesStayWhileTheRestIsBoughtAgain(t *testing.T) {
	got := order.Line{Product: "plexy:1-USD", Supplier: "plexy", Name: "Card", Quantity: 1, UnitPrice: order.Cent, State: order.LineGot, Got: 1}
	rest := got
	rest.State, rest.Got = order.LineWaiting, 0
	goods := []order.Good{{Piece: order.Piece{Code: "CODE-A"}}}
	o := order.Order{Number: "0AAAAAAAAA", Status: order.Fulfilling, Lines: []order.Line{got, rest}, Message: 5}
	for name, tc := range map[string]struct {
		history []string
		shown   bool
	}{
		"delivered before": {[]string{"paid", "fulfilling", "ready", "delivered", "again", "fulfilling"}, true},
		"ready before":     {[]string{"paid", "fulfilling", "ready", "again", "fulfilling"}, true},
		"not yet":          {[]string{"paid", "fulfilling"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := o
			for _, what := range tc.history {
				o.Timeline = append(o.Timeline, order.Moment{What: what})
			}
			if shown := len(OrderView(kindsEnv(), o, goods, 0).Codes) == 1; shown != tc.shown || ShowsGoods(o) != tc.shown {
				t.Errorf("shown: %v, want %v", shown, tc.shown)
			}
			_, out := play(kindsEnv(), Session{Screen: ScreenStatus}, Input{Result: OrderResult{Intent: RevealGoods{Number: o.Number}, Order: o, Goods: goods}})
			if shown := len(out.Replies) == 1 && len(out.Replies[0].View.Codes) == 1; shown != tc.shown {
				t.Errorf("revealed: %v, want %v", shown, tc.shown)
			}
			offered := false
			for _, row := range pageView(kindsEnv(), o).Keyboard {
				for _, b := range row {
					offered = offered || b.Do != nil && b.Do.Verb == VerbReveal
				}
			}
			if offered != tc.shown {
				t.Errorf("offered: %v, want %v", offered, tc.shown)
			}
		})
	}
}
