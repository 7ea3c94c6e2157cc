package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox"
	"giftbot/sandbox/telegram"
	"giftbot/sandbox/univoucher"
	"giftbot/store/redistest"
)

func TestVersionProvesTimeZones(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"version"}, nil, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "giftbot dev") || !strings.Contains(out.String(), "Asia/Shanghai") {
		t.Errorf("version says %q", out.String())
	}
}

func TestRunRefuses(t *testing.T) {
	tests := []struct {
		name string
		args []string
		env  []string
		want string
	}{
		{"unknown command", []string{"sell"}, nil, "no such command: sell"},
		{"serve with arguments", []string{"serve", "now"}, nil, "takes no arguments"},
		{"serve without settings", nil, nil, "TELEGRAM_BOT_TOKEN"},
		{"doctor with arguments", []string{"doctor", "x"}, nil, "takes no arguments"},
		{"doctor without settings", []string{"doctor"}, nil, "to mend"},
		{"demo for other machines", []string{"demo", "--listen", "0.0.0.0:8088"}, nil, "loopback"},
		{"demo on a private address", []string{"demo", "--listen", "192.168.1.5:8088"}, nil, "loopback"},
		{"demo on a name", []string{"demo", "--listen", "localhost:8088"}, nil, "loopback"},
		{"demo without a port", []string{"demo", "--listen", "127.0.0.1"}, nil, "host:port"},
		{"health with nothing there", []string{"health"}, []string{"LISTEN_ADDR=127.0.0.1:1"}, "health"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := run(t.Context(), tt.args, tt.env, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to speak of %q", err, tt.want)
			}
		})
	}
}

func TestHealthAsksTheRunningBot(t *testing.T) {
	status := http.StatusOK
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	defer srv.Close()
	_, port, err := net.SplitHostPort(srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []string{"127.0.0.1:" + port, ":" + port, "0.0.0.0:" + port} {
		if err := run(t.Context(), []string{"health"}, []string{"LISTEN_ADDR=" + addr}, io.Discard, io.Discard); err != nil {
			t.Errorf("LISTEN_ADDR=%s: %v", addr, err)
		}
	}
	status = http.StatusServiceUnavailable
	if err := run(t.Context(), []string{"health"}, []string{"LISTEN_ADDR=:" + port}, io.Discard, io.Discard); err == nil {
		t.Error("an unwell bot passes for a healthy one")
	}
}

const (
	testAgent  = "5c1f4f9d-8b5a-4e8b-8c0e-1d1c2f3a4b5c"
	testWallet = "7777777777777777777777777777777777777777777777777777777777777777"
)

const testToken = "700000001:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// liveWorld is the sandbox on a socket and a durable Redis, with the settings
// of a bot that uses them.
func liveWorld(t *testing.T, change map[string]string) []string {
	t.Helper()
	redis := redistest.Start(t)
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	chat := telegram.New(telegram.Config{Token: testToken})
	world, err := sandbox.New(sandbox.Config{
		InfiniKeyID: "key-1", InfiniSecretKey: "sk_test_0123456789abcdef", InfiniWebhookSecret: "whsec_test_0123456789",
		InfiniVoucherKey: "infi_sk_0123456789abcdef", InventPayKey: "pk_live_0123456789", InventPayWebhookSecret: "whsec_inv_0123456789",
		PlexyKey: "plexy_key_0123456789", PlexyAgentID: testAgent, UniVoucherWallets: univoucher.DefaultWallets(testWallet), Telegram: chat.BotAPI(), Chat: chat.Chat(),
	})
	if err != nil {
		t.Fatal(err)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.Handle("/", world.Handler())
	env := map[string]string{
		"TELEGRAM_BOT_TOKEN": testToken, "TELEGRAM_API_URL": srv.URL + "/telegram", "TELEGRAM_WEBHOOK_SECRET": "0123456789abcdef0123",
		"PUBLIC_URL": srv.URL, "LISTEN_ADDR": "127.0.0.1:0", "REDIS_URL": "redis://" + redis.Addr, "SPOOL_DIR": t.TempDir(),
		"ENCRYPTION_KEYS": "k1:" + base64.StdEncoding.EncodeToString([]byte("0f1e2d3c4b5a69788796a5b4c3d2e1f0")), "ADMIN_IDS": "1003",
		"INFINI_BASE_URL": srv.URL + "/infini", "INFINI_KEY_ID": "key-1", "INFINI_SECRET_KEY": "sk_test_0123456789abcdef",
		"INFINI_WEBHOOK_SECRET": "whsec_test_0123456789", "INFINIVOUCHER_BASE_URL": srv.URL + "/infinivoucher/api/v1",
		"INFINIVOUCHER_API_KEY": "infi_sk_0123456789abcdef",
		"INVENTPAY_BASE_URL":    srv.URL + "/inventpay", "INVENTPAY_API_KEY": "pk_live_0123456789", "INVENTPAY_WEBHOOK_SECRET": "whsec_inv_0123456789",
		"PLEXY_BASE_URL": srv.URL + "/plexy", "PLEXY_API_KEY": "plexy_key_0123456789", "PLEXY_AGENT_ID": testAgent,
		"PLEXY_ACCOUNT_FIELDS": demoFields, "UNIVOUCHER_BASE_URL": srv.URL + "/univoucher/v1",
		"UNIVOUCHER_PRIVATE_KEYS": "8453:" + testWallet, "UNIVOUCHER_RPC": "8453=" + srv.URL + "/univoucher/rpc/8453",
	}
	var list []string
	for name, value := range env {
		if changed, ok := change[name]; ok {
			value = changed
		}
		list = append(list, name+"="+value)
	}
	return list
}

func TestDoctor(t *testing.T) {
	tests := []struct {
		name   string
		change map[string]string
		fails  bool
		want   []string
	}{
		{"all is well", nil, false, []string{
			"✓ Redis", "keeps what it is told", "key k1 seals 0 records", "✓ Spool folder", "✓ Telegram", "@giftbot_demo_bot answers",
			"✓ Infini ", "key and signature accepted, clock within 1s", "✓ InfiniVoucher", "products:read, wallet:read and orders:read work",
			"wallet 5000 USDT", "✓ InventPay", "the bot registers its own", "✓ Plexy", "products sold", "plexy:USD 2000.00",
			"✓ UniVoucher", "Base 0x", "10 ETH", "10000.00 USDC", "✓ Payouts", "off (PAYOUT_DAILY_MAX is 0)", "✓ Public address", "Ready to go live.",
		}},
		{"wrong infini secret", map[string]string{"INFINI_SECRET_KEY": "sk_test_another_one_00"}, true, []string{"✗ Infini ", "signature was refused", "→ check INFINI_KEY_ID"}},
		{"wrong voucher key", map[string]string{"INFINIVOUCHER_API_KEY": "infi_sk_wrong_wrong_wrong"}, true, []string{"✗ InfiniVoucher", "products:read", "→ give the key the scopes"}},
		{"wrong inventpay key", map[string]string{"INVENTPAY_API_KEY": "pk_live_wrong_wrong"}, true, []string{"✗ InventPay", "→ check INVENTPAY_API_KEY"}},
		{"wrong plexy key", map[string]string{"PLEXY_API_KEY": "plexy_key_wrong"}, true, []string{"✗ Plexy", "→ check PLEXY_BASE_URL"}},
		{"no node", map[string]string{"UNIVOUCHER_RPC": "8453=http://127.0.0.1:1/rpc"}, true, []string{"✗ UniVoucher", "→ check UNIVOUCHER_BASE_URL"}},
		{"wrong token", map[string]string{"TELEGRAM_BOT_TOKEN": "700000002:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}, true, []string{"✗ Telegram", "→ check TELEGRAM_BOT_TOKEN"}},
		{"no redis", map[string]string{"REDIS_URL": "redis://127.0.0.1:1"}, true, []string{"✗ Redis", "→ check REDIS_URL"}},
		{"nothing at the public address", map[string]string{"PUBLIC_URL": "http://127.0.0.1:1"}, true, []string{"✗ Public address", "does not answer"}},
		{"no such folder", map[string]string{"SPOOL_DIR": "/proc/none"}, true, []string{"✗ Spool folder"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(t.Context(), []string{"doctor"}, liveWorld(t, tt.change), &out, io.Discard)
			if (err != nil) != tt.fails {
				t.Errorf("error %v, want one: %v", err, tt.fails)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("report lacks %q:\n%s", want, out.String())
				}
			}
			for _, secret := range []string{"sk_test_", "infi_sk_", "whsec_", "aaaaaaaa", "plexy_key", "pk_live", "77777777"} {
				if strings.Contains(out.String(), secret) {
					t.Errorf("report shows a secret (%s…)", secret)
				}
			}
		})
	}
}

func TestServeRefusesARedisThatForgets(t *testing.T) {
	env := liveWorld(t, nil)
	forgetful := redistest.Start(t, "--appendonly", "no")
	env = append(env, "REDIS_URL=redis://"+forgetful.Addr)
	err := run(t.Context(), []string{"serve"}, env, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "appendonly") {
		t.Errorf("started on a Redis without appendonly: %v", err)
	}
}

func TestDemoStartsAndEnds(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, say := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0"}, nil, say, io.Discard) }()
	base := openLine(t, out)
	deadline := time.Now().Add(10 * time.Second)
	for !answersYes(t, base+"readyz") {
		if time.Now().After(deadline) {
			t.Fatal("never ready")
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("demo ended with %v", err)
	}
}

// openLine reads the greeting up to the address it names.
func openLine(t *testing.T, out io.Reader) string {
	t.Helper()
	var greeting bytes.Buffer
	buf := make([]byte, 512)
	for !strings.Contains(greeting.String(), "Ctrl-C") {
		n, err := out.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		greeting.Write(buf[:n])
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if !strings.Contains(greeting.String(), "no real money") {
		t.Errorf("greeting: %s", greeting.String())
	}
	_, rest, _ := strings.Cut(greeting.String(), "Open  ")
	address, _, _ := strings.Cut(rest, "\n")
	return address
}

func answersYes(t *testing.T, url string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return err == nil && strings.TrimSpace(string(body)) == "yes"
}
