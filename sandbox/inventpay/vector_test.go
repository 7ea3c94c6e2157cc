package inventpay

import "testing"

// The vectors of inventpay sheet §5.
func TestContractVectors(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"nested": {
			`{"event":"payment.completed","data":{"paymentId":"cmh123abc456def","orderId":"ord_1001","amount":12.5,"baseAmount":12.5,"baseCurrency":"USD","currency":"USDT_BEP20","status":"COMPLETED"},"timestamp":"2025-01-21T12:00:00.000Z","test":false}`,
			"ea7bbd7cb02c3f07b0a4d7f68abf436eb50681751ef0d953823dca54298d99c2",
		},
		"flat": {
			`{"event":"payment.completed","paymentId":"cmh123abc456def","orderId":"ord_1001","amount":12.5,"currency":"USDT_BEP20","status":"COMPLETED","timestamp":"2025-01-21T12:00:00.000Z","test":false}`,
			"19a1c950684051359a27c20debdfd16b05dbcedeb19d9a0d0b68d2379a01adb8",
		},
		"spaced": {
			`{"event": "payment.completed", "paymentId": "cmh123abc456def", "orderId": "ord_1001", "amount": 12.5, "currency": "USDT_BEP20", "status": "COMPLETED", "timestamp": "2025-01-21T12:00:00.000Z", "test": false}`,
			"f579d2071b053876bc68799a79dc15c765964602488cdff2baa5de0e42dac784",
		},
	} {
		if got := SignWebhook(testHook, []byte(c.body)); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
