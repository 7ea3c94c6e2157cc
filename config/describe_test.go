package config

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the settings table of the README")

const (
	tableStart = "<!-- settings -->"
	tableEnd   = "<!-- /settings -->"
	readme     = "../README.md"
)

func TestDescribe(t *testing.T) {
	seen, name := make(map[string]bool), regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)
	for _, setting := range Describe() {
		if !name.MatchString(setting.Name) || seen[setting.Name] {
			t.Errorf("%q is not a name, or is there twice", setting.Name)
		}
		seen[setting.Name] = true
		if setting.Meaning == "" || setting.want == "" {
			t.Errorf("%s has no meaning or no shape", setting.Name)
		}
		if strings.Contains(setting.Meaning+setting.Default, "|") {
			t.Errorf("%s would break the README table", setting.Name)
		}
		credential := regexp.MustCompile(`BOT_TOKEN|SECRET|API_KEY|WITHDRAWAL_KEY|PRIVATE_KEYS|_RPC|ENCRYPTION|REDIS_URL|WEBHOOK_PATH`).MatchString(setting.Name)
		if setting.Secret != credential {
			t.Errorf("%s: secret is %v", setting.Name, setting.Secret)
		}
	}
	for _, must := range strings.Fields(`TELEGRAM_BOT_TOKEN TELEGRAM_API_URL TELEGRAM_MODE TELEGRAM_WEBHOOK_SECRET PUBLIC_URL
		LISTEN_ADDR METRICS_ADDR REDIS_URL REDIS_MODE REDIS_DURABILITY ENCRYPTION_KEYS SPOOL_DIR ADMIN_IDS DEFAULT_LANGUAGE
		LOG_LEVEL SHOP_NAME SUPPORT_URL MARKUP_PERCENT MARKUP_FIXED MAX_LOSS_PERCENT MIN_ORDER ORDER_TTL OPEN_ORDERS_MAX
		INVENTPAY_BASE_URL INVENTPAY_API_KEY INVENTPAY_WEBHOOK_SECRET INVENTPAY_WITHDRAWAL_KEY INVENTPAY_TOLERANCE INVENTPAY_TEST
		PLEXY_BASE_URL PLEXY_API_KEY PLEXY_AGENT_ID PLEXY_TEST PLEXY_ACCOUNT_FIELDS PLEXY_COST_PERCENT PLEXY_MAX_CHARGE_PERCENT
		UNIVOUCHER_BASE_URL UNIVOUCHER_PRIVATE_KEYS UNIVOUCHER_TOKENS UNIVOUCHER_RPC UNIVOUCHER_CANCEL BALANCE_ALERTS
		SUPPLIER_DAILY_MAX PAYOUT_DAILY_MAX REFUND_TWO_PERSON INFINI_BASE_URL INFINI_KEY_ID INFINI_SECRET_KEY INFINI_WEBHOOK_SECRET INFINI_PAY_METHODS
		INFINI_TOLERANCE INFINI_SURPLUS INFINIVOUCHER_BASE_URL INFINIVOUCHER_API_KEY INFINIVOUCHER_WEBHOOK_PATH`) {
		if !seen[must] {
			t.Errorf("%s is missing: its name is a contract", must)
		}
	}
}

// TestReadmeTable keeps the settings table of the README equal to the code. -update rewrites it.
func TestReadmeTable(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableStart)
	table, after, closed := strings.Cut(rest, tableEnd)
	if !found || !closed {
		t.Fatalf("README.md has no %s … %s", tableStart, tableEnd)
	}
	want := "\n" + Markdown()
	if table == want {
		return
	}
	if !*update {
		t.Fatal("the settings table of README.md is old: go test ./config -run TestReadmeTable -update")
	}
	if err := os.WriteFile(readme, []byte(before+tableStart+want+tableEnd+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
