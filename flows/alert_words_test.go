package flows

import (
	"strings"
	"testing"

	"giftbot/locales"
	"giftbot/order"
)

// An admin reads of a status in their language, and not its name in the program.
func TestAnAlertNamesTheStatusInWords(t *testing.T) {
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []order.Status{order.AwaitingPayment, order.Fulfilling, order.Cancelled} {
		o := shortOrder()
		o.Status = s
		if said := (voice{texts, "ru"}).view(AlertView(o)); strings.Contains(said, string(s)) {
			t.Errorf("%s:\n%s", s, said)
		}
	}
}
