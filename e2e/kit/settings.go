package kit

import (
	"fmt"
	"strconv"
	"strings"
)

// usual are the settings of a shop with all five vendors.
func (s *Shop) usual(over map[string]string) map[string]string {
	c := s.secrets
	settings := map[string]string{
		"TELEGRAM_BOT_TOKEN": c.Token, "TELEGRAM_API_URL": s.Base + "/telegram", "TELEGRAM_WEBHOOK_SECRET": c.Telegram,
		"PUBLIC_URL": s.Base, "REDIS_URL": s.Redis.URL, "ENCRYPTION_KEYS": "k1:" + c.Encryption,
		"ADMIN_IDS": strconv.FormatInt(Admin, 10), "SHOP_NAME": "Aurora Gifts", "LOG_LEVEL": "debug",
	}
	for name, value := range VendorSettings(c, s.Base) {
		settings[name] = value
	}
	for name, value := range over {
		settings[name] = value
	}
	return settings
}

// VendorSettings are those of the five vendors, which a bot reaches at base.
func VendorSettings(c Secrets, base string) map[string]string {
	return map[string]string{
		"INFINI_BASE_URL": base + "/infini", "INFINI_KEY_ID": c.InfiniKey, "INFINI_SECRET_KEY": c.InfiniSecret,
		"INFINI_WEBHOOK_SECRET": c.InfiniHook, "INFINI_PAY_METHODS": "1,2",
		"INVENTPAY_BASE_URL": base + "/inventpay", "INVENTPAY_API_KEY": c.InventKey,
		"INVENTPAY_WEBHOOK_SECRET": c.InventHook, "INVENTPAY_WITHDRAWAL_KEY": c.InventCash,
		"INFINIVOUCHER_BASE_URL": base + "/infinivoucher/api/v1", "INFINIVOUCHER_API_KEY": c.VoucherKey,
		"INFINIVOUCHER_WEBHOOK_PATH": c.VoucherPath,
		"PLEXY_BASE_URL":             base + "/plexy", "PLEXY_API_KEY": c.PlexyKey, "PLEXY_AGENT_ID": c.PlexyAgent,
		"PLEXY_ACCOUNT_FIELDS":    accountFields,
		"UNIVOUCHER_BASE_URL":     base + "/univoucher/v1",
		"UNIVOUCHER_PRIVATE_KEYS": perChain(":", func(int64) string { return c.Wallet }),
		"UNIVOUCHER_RPC":          perChain("=", func(chain int64) string { return fmt.Sprintf("%s/univoucher/rpc/%d", base, chain) }),
	}
}

// accountFields is what buyers type for the sandbox's top-ups.
const accountFields = `{
	"301": [{"key": "player_id", "label": "Player ID", "format": "[0-9]{6,12}", "example": "51234567"}],
	"302": [{"key": "player_id", "label": "Player ID", "format": "[0-9]{6,12}", "example": "51234567"}],
	"303": [{"key": "phone", "label": "Phone number", "format": "\\+?[0-9]{8,15}", "example": "+15551234567"}],
	"456": [{"key": "steam_login", "label": "Steam login", "format": "[A-Za-z0-9_]{3,32}", "example": "gabe_1996"},
		{"key": "email", "label": "E-mail", "format": "[^@ ]+@[^@ ]+\\.[^@ ]+", "example": "you@example.com"}]
}`

// chains are where cards are sold: two, because the vendor is asked about each
// of them at the rate it allows before a shop is ready.
func chains() []int64 { return []int64{8453, 137} }

// perChain writes a setting with one entry for each chain gift cards are on.
func perChain(between string, value func(chain int64) string) string {
	var parts []string
	for _, chain := range chains() {
		parts = append(parts, strconv.FormatInt(chain, 10)+between+value(chain))
	}
	return strings.Join(parts, ",")
}
