package order_test

import (
	"testing"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// A card's callback was answered and lost with the end of Redis: the only copy of
// its secret is gone. The order ends with the card taken back, or before a person
// who was alerted; nothing is minted for it by itself.
func TestALetterThatRedisLostEndsBeforeAPerson(t *testing.T) {
	for _, back := range []string{"paid", "minted"} {
		w, n, p := icy(t, ordertest.CardDraft)
		w.Cards.Mints(ordertest.Mint{Late: 10 * time.Minute})
		before := paidFor(t, w, n, p)
		rest(t, w, time.Minute)
		if len(w.Cards.Creations()) != 1 {
			t.Fatal("nothing was minted")
		}
		if back == "minted" {
			before = w.Store.Backup()
		}
		rest(t, w, 10*time.Minute)
		redisFalls(w, before)
		rest(t, w, 10*time.Minute)
		healed(t, w, 1)
		rest(t, w, 24*time.Hour)
		o := w.Look(n)
		if made := len(w.Cards.Creations()); made != 1 {
			t.Errorf("back to %s: minted %d times", back, made)
		}
		if o.Status != order.Refunded && (!o.Held() || len(w.Chat.Alerts(n)) == 0) {
			t.Errorf("back to %s: %s, held %v, %d alerts, %+v", back, o.Status, o.Doubts, len(w.Chat.Alerts(n)), o.Lines[0].Attempts)
		}
	}
}
