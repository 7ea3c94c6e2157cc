package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// refusal is one bad value, alone in a good environment, and words its problem must contain.
type refusal struct{ setting, value, says string }

func refusals() []refusal {
	return slices.Concat(shopRefusals(), vendorRefusals(), gatewayRefusals(), supplierRefusals())
}

func shopRefusals() []refusal {
	return []refusal{
		{"TELEGRAM_BOT_TOKEN", "planted", "length or characters"},
		{"TELEGRAM_BOT_TOKEN", "123456789:AAEplanted bot token 0123456789abcdef", "length or characters"},
		{"TELEGRAM_API_URL", "http://api.telegram.org", "not https"},
		{"TELEGRAM_MODE", "planted", "unknown"},
		{"TELEGRAM_MODE", "polling,webhook", "unknown"},
		{"TELEGRAM_WEBHOOK_SECRET", "planted", "length or characters"},
		{"TELEGRAM_WEBHOOK_SECRET", "planted-secret-with-ünicode", "length or characters"},
		{"TELEGRAM_WEBHOOK_SECRET", strings.Repeat("p", 257), "length or characters"},
		{"TELEGRAM_WEBHOOK_SECRET", "-", "not set"},
		{"TELEGRAM_WEBHOOK_SECRET_PREVIOUS", "planted", "length or characters"},
		{"PUBLIC_URL", "http://planted.example.com", "not https"},
		{"PUBLIC_URL", "https://planted.example.com/path", "path"},
		{"PUBLIC_URL", "https://planted.example.com:9999", "port"},
		{"PUBLIC_URL", "https://planted:pw@example.com", "user"},
		{"PUBLIC_URL", "planted", "not an address"},
		{"PUBLIC_URL", "https://%zz", "not an address"},
		{"PUBLIC_URL", "-", "not set"},
		{"LISTEN_ADDR", "planted", "not a listening address"},
		{"LISTEN_ADDR", ":99999", "not a listening address"},
		{"METRICS_ADDR", ":8080", "same as LISTEN_ADDR"},
		{"METRICS_ADDR", ":planted", "not a listening address"},
		{"REDIS_URL", "http://planted:6379", "not a Redis address"},
		{"REDIS_URL", "redis://", "not a Redis address"},
		{"REDIS_URL", "redis://:planted\x7f@h", "not a Redis address"},
		{"REDIS_MODE", "planted", "unknown"},
		{"REDIS_MODE", "planted cluster", "unknown"},
		{"REDIS_DURABILITY", "planted", "unknown"},
		{"ENCRYPTION_KEYS", "planted", "no kid"},
		{"ENCRYPTION_KEYS", "k!:" + keyA, "kid that is not"},
		{"ENCRYPTION_KEYS", "k1:planted*", "not base64"},
		{"ENCRYPTION_KEYS", "k1:cGxhbnRlZA==", "has 7 bytes instead of 32"},
		{"ENCRYPTION_KEYS", "k1:" + keyA + ",k1:" + keyB, "key 2, which repeats"},
		{"ENCRYPTION_KEYS", "k1:" + keyA + ",k2:" + keyA, "key 2, which repeats"},
		{"ENCRYPTION_KEYS", "k1:" + keyA + ",", "key 2, which has no kid"},
		{"ENCRYPTION_KEYS", "k1:" + strings.Repeat("A", 43) + "=", "not random"},
		{"SPOOL_DIR", "planted/relative", "absolute"},
		{"SPOOL_DIR", "-", "not set"},
		{"ADMIN_IDS", "planted", "not a list of numbers"},
		{"ADMIN_IDS", "1,,2", "not a list of numbers"},
		{"ADMIN_IDS", "-1001234567890", "not a person's"},
		{"ADMIN_IDS", "-", "not set"},
		{"DEFAULT_LANGUAGE", "planted!", "not a language code"},
		{"LOG_LEVEL", "planted", "cannot be read"},
		{"SHOP_NAME", strings.Repeat("p", 65), "too long"},
		{"SHOP_NAME", "planted\nshop", "one line"},
		{"SUPPORT_URL", "javascript:planted", "not an https address"},
		{"MARKUP_PERCENT", "planted", "cannot be read"},
		{"MARKUP_PERCENT", "-1", "out of range"},
		{"MARKUP_PERCENT", "1000.000001", "out of range"},
		{"MARKUP_PERCENT", "1e2000", "too many digits"},
		{"MARKUP_PERCENT", "1e-999999999999", "cannot be read"},
		{"MARKUP_FIXED", "0.0000001", "too many digits"},
		{"MAX_LOSS_PERCENT", "101", "out of range"},
		{"MIN_ORDER", "0", "out of range"},
		{"ORDER_TTL", "planted", "cannot be read"},
		{"ORDER_TTL", "59s", "out of range"},
		{"ORDER_TTL", "25h", "out of range"},
		{"OPEN_ORDERS_MAX", "0", "out of range"},
		{"OPEN_ORDERS_MAX", "planted", "cannot be read"},
		{"SUPPLIER_DAILY_MAX", "0", "is zero"},
		{"SUPPLIER_DAILY_MAX", "-5", "out of range"},
		{"PAYOUT_DAILY_MAX", "planted", "cannot be read"},
		{"PAYOUT_DAILY_MAX", "-0.01", "out of range"},
		{"PAYOUT_DAILY_MAX", "1000001", "out of range"},
		{"PAYOUT_DAILY_MAX", "0.0000001", "too many digits"},
		{"REFUND_TWO_PERSON", "planted", "cannot be read"},
		{"REFUND_TWO_PERSON", "-1", "out of range"},
		{"REFUND_TWO_PERSON", "0.00", "is zero"},
	}
}

func vendorRefusals() []refusal {
	return []refusal{
		{"INFINI_BASE_URL", "http://planted.example", "not https"},
		{"INFINI_BASE_URL", "https://planted.example?x=1", "query"},
		{"INFINI_BASE_URL", "http://127.0.0.1.planted.example", "not https"},
		{"INFINI_KEY_ID", "-", "other Infini credentials"},
		{"INFINI_KEY_ID", `planted"`, "header"},
		{"INFINI_SECRET_KEY", "-", "other Infini credentials"},
		{"INFINI_SECRET_KEY", "planted secret", "characters"},
		{"INFINI_WEBHOOK_SECRET", "-", "forged"},
		{"INFINI_WEBHOOK_SECRET", "planted", "too short"},
		{"INFINI_WEBHOOK_SECRET_PREVIOUS", "planted", "too short"},
		{"INFINI_PAY_METHODS", "1,4", "unknown method"},
		{"INFINI_PAY_METHODS", "planted", "not a list of numbers"},
		{"INFINI_TOLERANCE", "-0.01", "out of range"},
		{"INFINI_SURPLUS", "planted", "unknown"},
		{"INFINIVOUCHER_BASE_URL", "ftp://planted.example", "not https"},
		{"INFINIVOUCHER_API_KEY", "-", "not set, but"},
		{"INFINIVOUCHER_API_KEY", "planted\tkey", "characters"},
		{"INFINIVOUCHER_WEBHOOK_PATH", "planted-short", "length or characters"},
		{"INFINIVOUCHER_WEBHOOK_PATH", "planted/0123456789abcdef0123", "length or characters"},
		{"INFINIVOUCHER_WEBHOOK_PATH_PREVIOUS", "planted", "length or characters"},
		{"INFINI_SECRETKEY", "planted", "not a setting"},
		{"TELEGRAM_TOKEN", "planted", "not a setting"},
		{"INFINI_SECRET_KEY_PREVIOUS", "planted", "not a setting"},
	}
}

func TestRefusals(t *testing.T) {
	for _, bad := range refusals() {
		t.Run(bad.setting+"="+bad.value[:min(len(bad.value), 12)], func(t *testing.T) {
			all := problemsOf(t, with(map[string]string{bad.setting: bad.value}))
			if len(all.Problems) != 1 || len(all.About(bad.setting)) != 1 {
				t.Fatalf("want one problem, about %s, got %v", bad.setting, all)
			}
			if !strings.Contains(all.Error(), bad.says) {
				t.Errorf("want %q in %v", bad.says, all)
			}
			if strings.Contains(all.Error(), "planted") {
				t.Errorf("the value is quoted in %v", all)
			}
		})
	}
}

func TestAllRefusalsAtOnce(t *testing.T) {
	bad := make(map[string]string)
	for _, one := range refusals() {
		bad[one.setting] = one.value
	}
	delete(bad, "TELEGRAM_MODE") // an unknown mode asks for nothing, so PUBLIC_URL would not be missed
	all := problemsOf(t, with(bad))
	for setting := range bad {
		if found := len(all.About(setting)); found != 1 {
			t.Errorf("%s has %d problems, want 1", setting, found)
		}
	}
	for _, value := range goodEnviron() {
		if strings.Contains(all.Error(), value) {
			t.Errorf("a value is quoted in %v", all)
		}
	}
}

// What is set for the other mode, or for the gateways, is still looked at.
func TestPollingStillChecksWhatIsSet(t *testing.T) {
	for setting, value := range map[string]string{
		"PUBLIC_URL": "http://planted.example.com", "TELEGRAM_WEBHOOK_SECRET": "planted", "TELEGRAM_WEBHOOK_SECRET_PREVIOUS": "planted",
	} {
		all := problemsOf(t, with(map[string]string{"TELEGRAM_MODE": "polling", setting: value}))
		if len(all.Problems) != 1 || len(all.About(setting)) != 1 {
			t.Errorf("want one problem, about %s, got %v", setting, all)
		}
	}
	got, err := Load(with(map[string]string{"TELEGRAM_MODE": "polling"}))
	if err != nil || got.Telegram.Mode != ModePolling {
		t.Errorf("mode %q, %v", got.Telegram.Mode, err)
	}
}

func TestSentinelNeedsMasterName(t *testing.T) {
	all := problemsOf(t, with(map[string]string{"REDIS_MODE": "sentinel"}))
	if len(all.Problems) != 1 || !strings.Contains(all.Error(), "master_name") {
		t.Errorf("got %v", all)
	}
}

// Payouts that nobody could make, or nobody could approve, do not start.
func TestPayoutsNeedWhoMakesAndWhoApprovesThem(t *testing.T) {
	inventPay := map[string]string{
		"INFINI_KEY_ID": "-", "INFINI_SECRET_KEY": "-", "INFINI_WEBHOOK_SECRET": "-",
		"INVENTPAY_API_KEY": "planted-key", "INVENTPAY_WEBHOOK_SECRET": "planted-webhook-secret",
	}
	for name, tc := range map[string]struct {
		set     map[string]string
		setting string // that has the problem, "" for none
	}{
		"by Infini":                   {map[string]string{"PAYOUT_DAILY_MAX": "500"}, ""},
		"off by Infini":               {map[string]string{"PAYOUT_DAILY_MAX": "0"}, ""},
		"InventPay without its key":   {merged(inventPay, map[string]string{"PAYOUT_DAILY_MAX": "500"}), "PAYOUT_DAILY_MAX"},
		"InventPay with its key":      {merged(inventPay, map[string]string{"PAYOUT_DAILY_MAX": "500", "INVENTPAY_WITHDRAWAL_KEY": "wk_live_planted"}), ""},
		"InventPay, off":              {inventPay, ""},
		"a second word by two admins": {map[string]string{"REFUND_TWO_PERSON": "100"}, ""},
		"a second word by one admin":  {map[string]string{"REFUND_TWO_PERSON": "100", "ADMIN_IDS": "42,42"}, "REFUND_TWO_PERSON"},
	} {
		got, err := Load(with(tc.set))
		if tc.setting == "" {
			if err != nil || got.Orders.Payouts() != (tc.set["PAYOUT_DAILY_MAX"] == "500") {
				t.Errorf("%s: payouts %v, %v", name, got.Orders.Payouts(), err)
			}
			continue
		}
		all := problemsOf(t, with(tc.set))
		if len(all.Problems) != 1 || len(all.About(tc.setting)) != 1 || strings.Contains(all.Error(), "planted") {
			t.Errorf("%s: want one problem, about %s, got %v", name, tc.setting, all)
		}
	}
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func TestNoVendorAtAll(t *testing.T) {
	all := problemsOf(t, with(map[string]string{
		"INFINI_KEY_ID": "-", "INFINI_SECRET_KEY": "-", "INFINI_WEBHOOK_SECRET": "-",
		"INFINIVOUCHER_API_KEY": "-", "INFINIVOUCHER_WEBHOOK_PATH": "-",
	}))
	for _, words := range []string{"no payment gateway", "no other supplier"} {
		if !strings.Contains(all.Error(), words) {
			t.Errorf("want %q in %v", words, all)
		}
	}
}

func TestAccepted(t *testing.T) {
	for _, good := range []map[string]string{
		{"PUBLIC_URL": "https://bot.example.com:8443/"},
		{"TELEGRAM_WEBHOOK_SECRET": strings.Repeat("p", 256)},
		{"ENCRYPTION_KEYS": "k1:" + strings.TrimRight(keyA, "=")},
		{"ENCRYPTION_KEYS": " k1:" + keyA + " , k2:" + keyB + " "},
		{"METRICS_ADDR": "", "SUPPORT_URL": "", "SHOP_NAME": "", "REDIS_MODE_FILE": ""},
		{"REDIS_PORT": "tcp://10.0.0.1:6379", "REDIS_SERVICE_HOST": "10.0.0.1", "REDIS_PORT_6379_TCP_ADDR": "10.0.0.1"},
		{"PATH": "/bin", "GITHUB_TOKEN": "x", "REDISCOVER": "1"},
		{"REDIS_URL": "redis://a:1?addr=b:1&addr=c:1", "REDIS_MODE": "cluster"},
		{"INFINIVOUCHER_WEBHOOK_PATH": "-"},
		{"TELEGRAM_MODE": "polling"},
		{"TELEGRAM_MODE": "polling", "TELEGRAM_WEBHOOK_SECRET": "-", "PUBLIC_URL": "-"},
		{"TELEGRAM_MODE": "polling", "PUBLIC_URL": "https://bot.example.com:9999"}, // Telegram does not call it
		{"INFINI_SURPLUS": "credit", "PAYOUT_DAILY_MAX": "0", "REFUND_TWO_PERSON": "0.01"},
		{"INFINI_BASE_URL": "http://127.9.9.9:8088/infini", "INFINIVOUCHER_BASE_URL": "http://localhost/v"},
	} {
		if _, err := Load(with(good)); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
}

// FuzzLoad feeds one setting with anything: no crash, no quoted value, and what is accepted obeys the promises that
// the rest of the bot builds on.
func FuzzLoad(f *testing.F) {
	for _, bad := range refusals() {
		f.Add(bad.setting, bad.value, false)
	}
	for name, value := range goodEnviron() {
		f.Add(name, value, true)
	}
	f.Fuzz(func(t *testing.T, name, value string, inFile bool) {
		environ := maps.Clone(goodEnviron())
		if inFile {
			delete(environ, name)
			environ[name+fileSuffix] = "a path"
		} else {
			environ[name] = value
		}
		got, err := load(environ, func(string) (string, error) { return value, nil })
		if err != nil {
			if len(value) >= 12 && !adviceContains(value) && strings.Contains(err.Error(), value) && !strings.Contains(name, value) {
				t.Errorf("the value of %q is quoted: %v", name, err)
			}
			return
		}
		if len(got.Storage.EncryptionKeys) == 0 || len(got.Storage.EncryptionKeys[0].Bytes()) != keySize {
			t.Error("accepted without a whole encryption key")
		}
		if !got.Infini.On() || len(got.Infini.WebhookSecret.Reveal()) < minGatewaySecret {
			t.Error("accepted a gateway without its webhook secret")
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", got, got, got), "planted") && !strings.Contains(value, "planted") {
			t.Error("printing the settings shows a credential")
		}
	})
}

// adviceContains reports whether a text is part of our own wording, such as a setting's advice.
func adviceContains(text string) bool {
	for _, setting := range Describe() {
		if strings.Contains("set it to "+setting.want, text) || strings.Contains(setting.Name, text) {
			return true
		}
	}
	return false
}
