package config

import (
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

// keyA and keyB are base64 of 32 different bytes each.
const (
	keyA = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	keyB = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

// goodEnviron is a complete production environment with every credential recognisable.
func goodEnviron() map[string]string {
	return map[string]string{
		"TELEGRAM_BOT_TOKEN":         "123456789:AAEplanted-bot-token-0123456789abcde",
		"TELEGRAM_WEBHOOK_SECRET":    "planted-telegram-secret",
		"PUBLIC_URL":                 "https://shop.example.org",
		"REDIS_URL":                  "redis://:planted-redis-password@redis:6379/0",
		"ENCRYPTION_KEYS":            "k2:" + keyA + ",k1:" + keyB,
		"SPOOL_DIR":                  "/spool",
		"ADMIN_IDS":                  "42, 7",
		"INFINI_KEY_ID":              "merchant-001",
		"INFINI_SECRET_KEY":          "planted-infini-secret-key",
		"INFINI_WEBHOOK_SECRET":      "planted-infini-webhook-secret",
		"INFINIVOUCHER_API_KEY":      "infi_sk_planted-api-key",
		"INFINIVOUCHER_WEBHOOK_PATH": "planted-path-0123456789abcdef",
	}
}

// with returns the good environment with changes; a value of "-" removes the name.
func with(changes map[string]string) []string {
	environ := goodEnviron()
	maps.Copy(environ, changes)
	var list []string
	for name, value := range environ {
		if value != "-" {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// problemsOf loads and returns the typed error, failing when there is none.
func problemsOf(t *testing.T, environ []string) *Error {
	t.Helper()
	_, err := Load(environ)
	var all *Error
	if !errors.As(err, &all) {
		t.Fatalf("Load returned %v, want an *Error", err)
	}
	return all
}

func TestLoadDefaults(t *testing.T) {
	got, err := Load(with(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Telegram: Telegram{
			BotToken: NewSecret("123456789:AAEplanted-bot-token-0123456789abcde"), APIURL: "https://api.telegram.org",
			Mode: ModeWebhook, WebhookSecret: NewSecret("planted-telegram-secret"),
		},
		Server: Server{PublicURL: "https://shop.example.org", ListenAddr: ":8080"},
		Redis:  Redis{URL: NewSecret("redis://:planted-redis-password@redis:6379/0"), Mode: RedisSingle, Durability: DurabilityChecked},
		Storage: Storage{SpoolDir: "/spool", EncryptionKeys: EncryptionKeys{
			{ID: "k2", key: NewSecret(bytesFrom(0))}, {ID: "k1", key: NewSecret(bytesFrom(32))},
		}},
		Shop:    Shop{Name: "Gift shop", AdminIDs: []int64{7, 42}, DefaultLanguage: "en", LogLevel: slog.LevelInfo},
		Pricing: Pricing{MarkupPercent: decimal.RequireFromString("10"), MinOrder: decimal.RequireFromString("1.00")},
		Orders:  Orders{TTL: time.Hour, OpenMax: 3},
		Infini: Infini{
			BaseURL: "https://openapi.infini.money", KeyID: "merchant-001", SecretKey: NewSecret("planted-infini-secret-key"),
			WebhookSecret: NewSecret("planted-infini-webhook-secret"), PayMethods: []int{1}, Surplus: SurplusHold,
		},
		InventPay:  InventPay{BaseURL: "https://api.inventpay.io"},
		Plexy:      Plexy{CostPercent: decimal.RequireFromString("125"), MaxChargePercent: decimal.RequireFromString("130")},
		UniVoucher: UniVoucher{BaseURL: "https://api.univoucher.com/v1"},
		InfiniVoucher: InfiniVoucher{
			BaseURL: "https://infinidashboard.infinivoucher.com/api/v1", APIKey: NewSecret("infi_sk_planted-api-key"),
			WebhookPath: NewSecret("planted-path-0123456789abcdef"),
		},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(EncryptionKey{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if !got.Infini.On() || !got.InfiniVoucher.On() {
		t.Error("a vendor with credentials is off")
	}
}

// bytesFrom is 32 bytes counting up from first.
func bytesFrom(first byte) string {
	key := make([]byte, keySize)
	for i := range key {
		key[i] = first + byte(i)
	}
	return string(key)
}

func TestLoadEveryValue(t *testing.T) {
	got, err := Load(with(map[string]string{
		"TELEGRAM_API_URL": "http://127.0.0.1:8081/telegram/", "TELEGRAM_MODE": "webhook", "PUBLIC_URL": "http://localhost:8088/",
		"TELEGRAM_WEBHOOK_SECRET_PREVIOUS": "planted-telegram-before", "LISTEN_ADDR": "127.0.0.1:9000", "METRICS_ADDR": ":9001",
		"REDIS_URL": "rediss://a:26379?master_name=m", "REDIS_MODE": "sentinel", "REDIS_DURABILITY": "vouched",
		"DEFAULT_LANGUAGE": "pt-BR", "LOG_LEVEL": "DEBUG", "SHOP_NAME": "Лавка", "SUPPORT_URL": "https://t.me/help",
		"MARKUP_PERCENT": "7.5", "MARKUP_FIXED": "0.30", "MAX_LOSS_PERCENT": "2", "MIN_ORDER": "5", "ORDER_TTL": "90m",
		"OPEN_ORDERS_MAX": "5", "SUPPLIER_DAILY_MAX": "1000.50", "PAYOUT_DAILY_MAX": "500", "REFUND_TWO_PERSON": "99.5", "INFINI_PAY_METHODS": "3, 1,3", "INFINI_TOLERANCE": "0.05",
		"INFINI_SURPLUS": "credit", "INFINI_BASE_URL": "http://[::1]:1/infini", "INFINI_WEBHOOK_SECRET_PREVIOUS": "planted-infini-before",
		"INFINIVOUCHER_BASE_URL": "https://vendor.example/api/v1/", "INFINIVOUCHER_WEBHOOK_PATH_PREVIOUS": "planted-path-before-0123456789",
	}))
	if err != nil {
		t.Fatal(err)
	}
	checks := map[string]bool{
		"API URL":   got.Telegram.APIURL == "http://127.0.0.1:8081/telegram",
		"mode":      got.Telegram.Mode == ModeWebhook,
		"public":    got.Server.PublicURL == "http://localhost:8088",
		"previous":  got.Telegram.WebhookSecretPrevious.Reveal() == "planted-telegram-before",
		"listen":    got.Server.ListenAddr == "127.0.0.1:9000" && got.Server.MetricsAddr == ":9001",
		"redis":     got.Redis.Mode == RedisSentinel && got.Redis.Durability == DurabilityVouched,
		"shop":      got.Shop.Name == "Лавка" && got.Shop.SupportURL == "https://t.me/help" && got.Shop.DefaultLanguage == "pt-BR",
		"level":     got.Shop.LogLevel == slog.LevelDebug,
		"percent":   got.Pricing.MarkupPercent.String() == "7.5" && got.Pricing.MarkupFixed.String() == "0.3",
		"loss":      got.Pricing.MaxLossPercent.String() == "2" && got.Pricing.MinOrder.String() == "5",
		"orders":    got.Orders.TTL == 90*time.Minute && got.Orders.OpenMax == 5 && got.Orders.SupplierDailyMax.String() == "1000.5",
		"methods":   slices.Equal(got.Infini.PayMethods, []int{1, 3}),
		"tolerance": got.Infini.Tolerance.String() == "0.05" && got.Infini.Surplus == SurplusCredit,
		"payouts":   got.Orders.Payouts() && got.Orders.PayoutDailyMax.String() == "500" && got.Orders.RefundTwoPerson.String() == "99.5",
		"infini":    got.Infini.WebhookSecretPrevious.Reveal() == "planted-infini-before" && got.Infini.BaseURL == "http://[::1]:1/infini",
		"voucher":   got.InfiniVoucher.BaseURL == "https://vendor.example/api/v1",
		"path":      got.InfiniVoucher.WebhookPathPrevious.Reveal() == "planted-path-before-0123456789",
	}
	for what, good := range checks {
		if !good {
			t.Errorf("%s is wrong in %+v", what, got)
		}
	}
}

func TestEmptyEnvironmentNamesEverythingRequired(t *testing.T) {
	all := problemsOf(t, nil)
	var names []string
	for _, problem := range all.Problems {
		names = append(names, problem.Setting)
		if problem.Wrong == "" || problem.Fix == "" {
			t.Errorf("%s has no explanation or no advice", problem.Setting)
		}
	}
	want := []string{
		"ADMIN_IDS", "ENCRYPTION_KEYS", "INFINIVOUCHER_API_KEY", "INFINI_KEY_ID", "INFINI_SECRET_KEY", "INFINI_WEBHOOK_SECRET",
		"PUBLIC_URL", "REDIS_URL", "SPOOL_DIR", "TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, value := range goodEnviron() {
		for _, ending := range []string{"", "\n", "\r\n"} {
			got, err := Load(with(map[string]string{name: "-", name + "_FILE": file(name, value+ending)}))
			if err != nil {
				t.Errorf("%s from a file ending in %q: %v", name, ending, err)
			}
			if name == "INFINI_SECRET_KEY" && got.Infini.SecretKey.Reveal() != value {
				t.Errorf("%s from a file ending in %q has the wrong value", name, ending)
			}
		}
	}
	inner, err := Load(with(map[string]string{"SHOP_NAME_FILE": file("inner", " Shop \n")}))
	if err != nil || inner.Shop.Name != " Shop " {
		t.Errorf("only one newline may be trimmed: %q, %v", inner.Shop.Name, err)
	}
}

func TestFileTroubles(t *testing.T) {
	dir := t.TempDir()
	long, empty := filepath.Join(dir, "planted-long"), filepath.Join(dir, "planted-empty")
	for path, text := range map[string]string{long: strings.Repeat("x", maxFileBytes+1), empty: "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "planted-absent"): "does not exist",
		dir:                                  "not a regular file",
		long:                                 "too long",
		empty:                                "an empty file",
	} {
		all := problemsOf(t, with(map[string]string{"INFINI_SECRET_KEY": "-", "INFINI_SECRET_KEY_FILE": path}))
		if len(all.Problems) != 1 || all.Problems[0].Setting != "INFINI_SECRET_KEY" || !strings.Contains(all.Error(), want) {
			t.Errorf("want one problem saying %q, got %v", want, all)
		}
		if strings.Contains(all.Error(), path) {
			t.Errorf("the path is quoted: %v", all)
		}
	}
	both := problemsOf(t, with(map[string]string{"REDIS_URL_FILE": empty}))
	if len(both.About("REDIS_URL")) != 1 || !strings.Contains(both.Error(), "set twice") {
		t.Errorf("NAME and NAME_FILE together: %v", both)
	}
}

func TestLoadListenAddr(t *testing.T) {
	for value, want := range map[string]string{"": ":8080", ":1234": ":1234"} {
		if got, err := LoadListenAddr([]string{"LISTEN_ADDR=" + value, "INFINI_NONSENSE=1"}); err != nil || got != want {
			t.Errorf("LISTEN_ADDR %q gave %q, %v; want %q", value, got, err, want)
		}
	}
	if _, err := LoadListenAddr([]string{"LISTEN_ADDR=nonsense"}); err == nil {
		t.Error("a bad address was accepted")
	}
}
