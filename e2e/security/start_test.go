package security

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"giftbot/e2e/kit"
	"giftbot/store/redistest"
)

// started is how a start of the bot went.
type started struct {
	code   int
	output string // all it wrote
}

// start runs the built bot with nothing but these settings. One that begins to
// listen is asked to end.
func start(t *testing.T, settings map[string]string, args ...string) started {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), kit.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, kit.Binary(t), args...)
	cmd.Env = []string{}
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	seen := &listener{stop: func() { _ = cmd.Process.Signal(syscall.SIGTERM) }}
	cmd.Stdout, cmd.Stderr = seen, seen
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	return started{cmd.ProcessState.ExitCode(), seen.wrote.String()}
}

// listener keeps what is written, and stops whoever says that it listens.
// os/exec writes to it from one goroutine.
type listener struct {
	wrote bytes.Buffer // not embedded: os/exec would use its ReadFrom and never call Write
	stop  func()
}

// Write implements io.Writer.
func (l *listener) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("listening")) || bytes.Contains(p, []byte("Open  http://")) {
		l.stop()
	}
	return l.wrote.Write(p)
}

// plain are the settings of a shop that starts. Nobody is at the other end of
// them but Redis: a start asks nobody else.
func plain(redis, spool string) map[string]string {
	const nobody = "http://127.0.0.1:1"
	return map[string]string{
		"TELEGRAM_BOT_TOKEN": "700000001:planted_bot_token_0123456789abcdefg", "TELEGRAM_WEBHOOK_SECRET": "planted-telegram-secret-0001", "TELEGRAM_API_URL": nobody,
		"PUBLIC_URL": nobody, "LISTEN_ADDR": "127.0.0.1:0", "REDIS_URL": redis, "SPOOL_DIR": spool, "ADMIN_IDS": "1003",
		"ENCRYPTION_KEYS": "k1:" + base64.StdEncoding.EncodeToString([]byte("planted-key-0f1e2d3c4b5a69788796")),
		"INFINI_BASE_URL": nobody, "INFINI_KEY_ID": "key-1", "INFINI_SECRET_KEY": "planted-infini-key-0001", "INFINI_WEBHOOK_SECRET": "planted-infini-hook-0001",
		"INVENTPAY_BASE_URL": nobody, "INVENTPAY_API_KEY": "planted-inventpay-key-0001", "INVENTPAY_WEBHOOK_SECRET": "planted-inventpay-hook-0001",
		"INFINIVOUCHER_BASE_URL": nobody, "INFINIVOUCHER_API_KEY": "planted-voucher-key-0001", "INFINIVOUCHER_WEBHOOK_PATH": "planted-voucher-path-0123456789",
		"PLEXY_BASE_URL": nobody, "PLEXY_API_KEY": "planted-plexy-key-0001", "PLEXY_AGENT_ID": "5c1f4f9d-8b5a-4e8b-8c0e-1d1c2f3a4b5c",
		"UNIVOUCHER_BASE_URL": nobody, "UNIVOUCHER_PRIVATE_KEYS": "8453:" + strings.Repeat("7", 64), "UNIVOUCHER_RPC": "8453=" + nobody,
	}
}

// TestStartRefusesSettings: what makes a shop unsafe keeps it from starting, by
// the setting's name and without its value.
func TestStartRefusesSettings(t *testing.T) {
	t.Parallel()
	redis := redistest.Start(t)
	short := base64.StdEncoding.EncodeToString([]byte("planted-short-key"))
	const elsewhere = "http://vendor.example"
	for _, c := range []struct{ name, setting, value string }{ // an empty value takes the setting away
		{"without Infini's webhook secret", "INFINI_WEBHOOK_SECRET", ""},
		{"without InventPay's webhook secret", "INVENTPAY_WEBHOOK_SECRET", ""},
		{"without Telegram's webhook secret", "TELEGRAM_WEBHOOK_SECRET", ""},
		{"with a short webhook secret", "INFINI_WEBHOOK_SECRET", "planted"},
		{"with a short Telegram secret", "TELEGRAM_WEBHOOK_SECRET", "planted"},
		{"with a short secret path", "INFINIVOUCHER_WEBHOOK_PATH", "planted"},
		{"Infini by http", "INFINI_BASE_URL", elsewhere},
		{"InventPay by http", "INVENTPAY_BASE_URL", elsewhere},
		{"InfiniVoucher by http", "INFINIVOUCHER_BASE_URL", elsewhere},
		{"Plexy by http", "PLEXY_BASE_URL", elsewhere},
		{"UniVoucher by http", "UNIVOUCHER_BASE_URL", elsewhere},
		{"a chain's node by http", "UNIVOUCHER_RPC", "8453=" + elsewhere},
		{"Telegram by http", "TELEGRAM_API_URL", elsewhere},
		{"itself by http", "PUBLIC_URL", elsewhere},
		{"a name that only begins like loopback", "INFINI_BASE_URL", "http://127.0.0.1.vendor.example"},
		{"without an encryption key", "ENCRYPTION_KEYS", ""},
		{"with a short encryption key", "ENCRYPTION_KEYS", "k1:" + short},
		{"with a second, short encryption key", "ENCRYPTION_KEYS", plain("", "")["ENCRYPTION_KEYS"] + ",k2:" + short},
		{"with an encryption key of zeros", "ENCRYPTION_KEYS", "k1:" + base64.StdEncoding.EncodeToString(make([]byte, 32))},
		{"with nobody to run it", "ADMIN_IDS", ""},
		{"without a spool", "SPOOL_DIR", ""},
	} {
		settings := plain(redis.URL, t.TempDir())
		if settings[c.setting] = c.value; c.value == "" {
			delete(settings, c.setting)
		}
		got := start(t, settings, "serve")
		if got.code == 0 || !strings.Contains(got.output, c.setting) || strings.Contains(got.output, "listening") {
			t.Errorf("%s: exit code %d, %s", c.name, got.code, got.output)
		}
		if strings.Contains(got.output, "planted") || strings.Contains(got.output, short) || strings.Contains(got.output, strings.Repeat("7", 64)) {
			t.Errorf("%s: a value is told: %s", c.name, got.output)
		}
	}
	// The same settings without the fault start, so it was the fault.
	if got := start(t, plain(redis.URL, t.TempDir()), "serve"); got.code != 0 || !strings.Contains(got.output, "listening") || strings.Contains(got.output, "planted") {
		t.Errorf("a good start: exit code %d, %s", got.code, got.output)
	}
}

// TestStartRefusesRedis: nothing is sold on a Redis that can lose what it was
// told, unless the operator says so.
func TestStartRefusesRedis(t *testing.T) {
	t.Parallel()
	for setting, args := range map[string][]string{
		"appendonly": {"--appendonly", "no"}, "appendfsync": {"--appendfsync", "everysec"}, "maxmemory-policy": {"--maxmemory-policy", "allkeys-lru"},
	} {
		settings := plain(redistest.Start(t, args...).URL, t.TempDir())
		for _, vouched := range []string{"", "checked", "vouched"} { // what can be seen, nobody can vouch for
			maps.DeleteFunc(settings, func(name, _ string) bool { return name == "REDIS_DURABILITY" })
			if vouched != "" {
				settings["REDIS_DURABILITY"] = vouched
			}
			if got := start(t, settings, "serve"); got.code == 0 || !strings.Contains(got.output, setting) || strings.Contains(got.output, "planted") {
				t.Errorf("%s, %q: exit code %d, %s", args, vouched, got.code, got.output)
			}
		}
		settings["REDIS_DURABILITY"] = "unsafe"
		if got := start(t, settings, "serve"); got.code != 0 || !strings.Contains(got.output, "orders may be lost") {
			t.Errorf("%s, knowingly: exit code %d, %s", args, got.code, got.output)
		}
	}
	settings := plain("redis://127.0.0.1:1", t.TempDir())
	if got := start(t, settings, "serve"); got.code == 0 {
		t.Errorf("started without any Redis: %s", got.output)
	}
}

// TestDemoStaysAtHome: play money and drawn credentials are for this machine.
func TestDemoStaysAtHome(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.168.1.5:0", "10.0.0.1:0", "localhost:0", "shop.example:0", "127.0.0.1", "[::ffff:192.168.1.5]:0"} {
		got := start(t, nil, "demo", "--listen", address)
		if got.code == 0 || !strings.Contains(got.output, "--listen") || strings.Contains(got.output, "http://") {
			t.Errorf("%s: exit code %d, %s", address, got.code, got.output)
		}
	}
	if got := start(t, nil, "demo", "--listen", "127.0.0.1:0"); got.code != 0 || !strings.Contains(got.output, "Open  http://127.0.0.1:") {
		t.Errorf("at home: exit code %d, %s", got.code, got.output)
	}
}
