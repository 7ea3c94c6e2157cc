package infini

import "testing"

// The vectors of infini sheet §2 and §6.
func TestContractVectors(t *testing.T) {
	const (
		secret = "sk_test_0123456789abcdef"
		keyID  = "merchant-001"
		date   = "Tue, 21 Jan 2025 12:00:00 GMT"
		query  = "/v1/acquiring/order?order_id=10290d05-8f5c-4ecb-84f0-f78d6f30557f"
		body   = `{"amount":"12.50","currency":"USD","request_id":"a759b99a-9d22-433d-bced-ab1d2e1bea1d","client_reference":"ord_1001"}`
		hook   = `{"event":"order.completed","order_id":"20290d05-8f5c-4ecb-84f0-f78d6f30557f","client_reference":"ord_1001","amount":"12.5","currency":"USD","status":"paid","amount_confirmed":"12.5","amount_confirming":"0","created_at":1763512349,"updated_at":1763512573}`
	)
	for name, c := range map[string]struct{ got, want string }{
		"create":  {SignRequest(secret, keyID, "POST", "/v1/acquiring/order", date), "Uv+koe8gJLpuoFZt+7qNhHTD/GUSU6sU+duy2LTvN50="},
		"query":   {SignRequest(secret, keyID, "GET", query, date), "zt9ezT6CrKrJVn29hVSOrJ8kf0JTaOZEamLAXa5fl/Q="},
		"digest":  {Digest([]byte(body)), "SHA-256=tmsm+JGvQTnPpPT5Qx9qSdhXGu7lLF2fN6j26RbMWGM="},
		"webhook": {SignWebhook("whsec_test_0123456789", "1763512573", "evt-0001", []byte(hook)), "aa18dfc4e67cdc40816327962549fd3a7aaf749b15a16a46abd587a4724c9328"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", name, c.got, c.want)
		}
	}
}
