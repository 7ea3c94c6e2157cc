package app

import (
	"net/http/httptest"
	"strings"
	"testing"

	"giftbot/handlers/webhook"
)

// While a vendor is away its breaker lets one call through now and then. Who waits
// for vendor_up to be 0 for some minutes must see it stay 0.
func TestAVendorIsNotUpBecauseItIsTried(t *testing.T) {
	m := meter{webhook.NewMetrics()}
	for _, c := range []struct{ state, up string }{
		{"open", "0"}, {"half-open", "0"}, {"open", "0"}, {"half-open", "0"}, {"closed", "1"}, {"open", "0"},
	} {
		m.Breaker("plexy", c.state)
		rec := httptest.NewRecorder()
		m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
		if want := `giftbot_vendor_up{what="plexy"} ` + c.up + "\n"; !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: want %s", c.state, want)
		}
	}
}
