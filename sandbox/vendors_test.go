package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/kit"
	"giftbot/sandbox/univoucher"
)

const (
	agentID  = "3f1c2f1e-6d0b-4b52-9a35-0d6b3a2f7c11"
	walletPK = "0x1111111111111111111111111111111111111111111111111111111111111111"
)

// everything is a world with all five vendors.
func everything(t *testing.T) *testWorld {
	t.Helper()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w, err := New(Config{
		Clock: kit.NewClock(func() time.Time { return start }), NewID: kit.SeededIDs(1),
		InfiniKeyID: "a", InfiniSecretKey: "b", InfiniWebhookSecret: "c", InfiniVoucherKey: "d",
		InventPayKey: "e", InventPayWebhookSecret: "f", PlexyKey: "g", PlexyAgentID: agentID,
		UniVoucherWallets: univoucher.DefaultWallets(walletPK),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &testWorld{World: w, t: t}
}

func TestEveryVendorIsReached(t *testing.T) {
	w := everything(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/plexy/health", "", 200, ""}, {"GET", "/plexy/agent/" + agentID + "/balance", "", 401, ""},
		{"GET", "/univoucher/v1/health", "", 200, ""},
		{"POST", "/univoucher/rpc/8453", `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}`, 200, `"0x2105"`},
		{"GET", "/control/vendors/plexy", "", 200, `"name":"plexy"`}, {"GET", "/control/vendors/univoucher", "", 200, `"name":"univoucher"`},
		{"POST", "/control/vendors/plexy", `{"nonsense":1}`, 400, "nonsense"}, {"POST", "/control/vendors/univoucher", `{"nonsense":1}`, 400, "nonsense"},
		{"POST", "/control/faults", `{"target":"plexy","path":"/health","kind":"error_before","status":503}`, 200, `"target":"plexy"`},
		{"GET", "/plexy/health", "", 503, ""},
		{"POST", "/control/faults", `{"target":"univoucher-webhooks","kind":"lost"}`, 200, ""},
		{"POST", "/control/faults", `{"target":"plexy-webhooks","kind":"lost"}`, 400, "target must be"},
		{"GET", "/control/requests?target=univoucher", "", 200, `"/univoucher/v1/health"`},
	} {
		if status, raw := w.call(c.method, c.path, c.body); status != c.status || !strings.Contains(raw, c.want) {
			t.Errorf("%+v: %d %.200s", c, status, raw)
		}
	}
	if _, raw := w.call(http.MethodGet, "/control/vendors/univoucher", ""); strings.Contains(raw, walletPK[2:]) {
		t.Error("the books show a private key")
	}
	if n := len(w.vendors()); n != 5 {
		t.Errorf("%d vendors", n)
	}
}

func TestPlexyNeedsItsAgent(t *testing.T) {
	_, err := New(Config{
		InfiniKeyID: "a", InfiniSecretKey: "b", InfiniWebhookSecret: "c", InfiniVoucherKey: "d", PlexyKey: "g",
	})
	if err == nil || !strings.Contains(err.Error(), "AgentID") {
		t.Error(err)
	}
}
