package flows

import (
	"slices"
	"testing"

	"giftbot/order"
)

// An admin hears of a payout that left after all in its own words and with its
// number, also when nothing of it is there any more to be held; once they have
// decided, the order needs nobody.
func TestThePayoutThatLeftHasItsOwnAlert(t *testing.T) {
	at := order.At(start)
	o := applied(t, unclearPayout(t),
		order.PayOutFails{Payout: 0, Code: order.CodeInvalid, By: olga, Why: "not in the list", At: at})
	held := applied(t, o, order.PaidOut{Payout: 0, Receipt: order.PayoutReceipt{External: "w-77"}, At: at})
	gone := held
	gone.Flags, gone.Doubts, gone.Reason = nil, nil, ""
	for name, o := range map[string]order.Order{"held": held, "gone": gone} {
		var keys []string
		for _, b := range AlertView(o).Blocks {
			keys = append(keys, wordsIn(b)...)
		}
		for _, want := range []string{"alert.payout_left", "alert.payout_id", "alert.do_payout_left"} {
			if !slices.Contains(keys, want) {
				t.Errorf("%s: no %s in %v", name, want, keys)
			}
		}
	}
	more := held
	more.Timeline = append(slices.Clone(held.Timeline), order.Moment{At: at, What: "held", Note: string(order.ReasonLower)})
	more.Doubts, more.Reason = append(slices.Clone(held.Doubts), order.ReasonLower), order.ReasonLower
	if keys := wordsIn(AlertView(more).Blocks[1]); !slices.Contains(keys, "alert.lower") || !slices.Contains(keys, "alert.payout_left") {
		t.Errorf("two at once: %v", keys)
	}
	gone.Timeline = append(slices.Clone(gone.Timeline), order.Moment{At: at, What: "closed", By: olga})
	if key := AlertView(gone).Blocks[0].Key; key != "alert.settled_by" {
		t.Errorf("decided: %s", key)
	}
}
