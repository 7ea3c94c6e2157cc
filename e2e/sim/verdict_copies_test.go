package sim

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"giftbot/order"
)

// delivered finds a code in a message, and named an order's number.
var (
	delivered = regexp.MustCompile(`[A-Z2-7]{4}(?:-[A-Z2-7]{4}){2,3}|[A-Z]{5}(?:-[A-Z]{5}){3}`)
	named     = regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`)
)

// copied notes codes that leave in a new message although their order has one of
// its own: a delivery edits that one, so that a repetition changes nothing
// (DESIGN §5).
func (w *world) copied(method string, body []byte) {
	if !strings.HasPrefix(method, "send") || !delivered.Match(body) {
		return
	}
	for _, pretty := range named.FindAllString(string(body), -1) {
		n, err := order.ParseNumber(pretty)
		if err != nil {
			continue
		}
		if o, err := w.oracle.Load(context.Background(), n); err == nil && o.Message != 0 {
			w.breaches = append(w.breaches, fmt.Sprintf("copies: codes of %s leave in a new message, #%d is its own", n, o.Message))
		}
	}
}
