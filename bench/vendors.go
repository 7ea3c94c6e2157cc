package main

import (
	"fmt"
	"slices"
	"strings"

	"giftbot/sandbox"
	"giftbot/sandbox/univoucher"
)

// Credentials of the bot in its sandbox. They open nothing else.
const (
	botToken     = "700000001:AAbenchbenchbenchbenchbenchbenchben"
	updateSecret = "bench-telegram-secret"
	infiniKey    = "bench-key"
	infiniSecret = "bench-secret-key-of-infini"
	infiniHook   = "bench-webhook-secret-of-infini"
	voucherKey   = "infi_sk_benchbenchbenchbench"
	voucherPath  = "bench-webhook-path-of-the-supplier"
	inventKey    = "pk_bench_benchbenchbench"
	inventHook   = "whsec_bench-webhook-of-inventpay"
	plexyKey     = "bench-key-of-plexy"
	plexyAgent   = "5b6bf3d4-6a2e-4d0f-9f5c-3d1c5b0f2a11"
	encryptionID = "k1"
	// encryptionKey is 32 bytes of nothing secret.
	encryptionKey = "YmVuY2htYXJrcyBzZWFsIG5vdGhpbmcgc2VjcmV0ISE="
	walletKey     = "8f2a559490d5f8ac4ba0d5b1e8c1a6e7d3f94b20516c7a8be9f00d1c2b3a4958"
)

// topUpFields is what buyers type for the sandbox's top-ups.
const topUpFields = `{
	"301": [{"key": "player_id", "label": "Player ID", "format": "[0-9]{6,12}"}],
	"302": [{"key": "player_id", "label": "Player ID", "format": "[0-9]{6,12}"}],
	"303": [{"key": "phone", "label": "Phone number", "format": "\\+?[0-9]{8,15}"}],
	"456": [{"key": "steam_login", "label": "Steam login", "format": "[A-Za-z0-9_]{3,32}"},
		{"key": "email", "label": "E-mail", "format": "[^@ ]+@[^@ ]+\\.[^@ ]+"}]
}`

// worldOf completes a sandbox with its vendors: one gateway and one supplier,
// or all five. The bot is reached at an address of its own.
func worldOf(c sandbox.Config, bot string, five bool) sandbox.Config {
	c.InfiniKeyID, c.InfiniSecretKey, c.InfiniWebhookSecret = infiniKey, infiniSecret, infiniHook
	c.InfiniWebhookURL = bot + "/webhooks/infini"
	c.InfiniVoucherKey, c.InfiniVoucherBalance = voucherKey, "1000000000"
	c.InfiniVoucherWebhookURL = bot + "/webhooks/infinivoucher/" + voucherPath
	if five {
		c.InventPayKey, c.InventPayWebhookSecret = inventKey, inventHook
		c.PlexyKey, c.PlexyAgentID = plexyKey, plexyAgent
		c.UniVoucherWallets = univoucher.DefaultWallets(walletKey)
	}
	return c
}

// place says where the bot finds what it needs.
type place struct {
	bot, world, telegram, redis string // addresses with their scheme
	spool                       string
}

// environ are production's settings: the durability of Redis is checked.
func environ(p place, five bool) []string {
	settings := []string{
		"TELEGRAM_BOT_TOKEN=" + botToken, "TELEGRAM_API_URL=" + p.telegram, "TELEGRAM_WEBHOOK_SECRET=" + updateSecret,
		"PUBLIC_URL=" + p.bot, "REDIS_URL=" + p.redis, "SPOOL_DIR=" + p.spool, "MIN_ORDER=0.10",
		"ENCRYPTION_KEYS=" + encryptionID + ":" + encryptionKey,
		"ADMIN_IDS=1003", "SHOP_NAME=Aurora Gifts", "SUPPORT_URL=https://example.com/support",
		"INFINI_BASE_URL=" + p.world + "/infini", "INFINI_KEY_ID=" + infiniKey, "INFINI_SECRET_KEY=" + infiniSecret,
		"INFINI_WEBHOOK_SECRET=" + infiniHook,
		"INFINIVOUCHER_BASE_URL=" + p.world + "/infinivoucher/api/v1", "INFINIVOUCHER_API_KEY=" + voucherKey,
		"INFINIVOUCHER_WEBHOOK_PATH=" + voucherPath,
	}
	if !five {
		return settings
	}
	return append(settings,
		"INVENTPAY_BASE_URL="+p.world+"/inventpay", "INVENTPAY_API_KEY="+inventKey, "INVENTPAY_WEBHOOK_SECRET="+inventHook,
		"PLEXY_BASE_URL="+p.world+"/plexy", "PLEXY_API_KEY="+plexyKey, "PLEXY_AGENT_ID="+plexyAgent, "PLEXY_ACCOUNT_FIELDS="+topUpFields,
		"UNIVOUCHER_BASE_URL="+p.world+"/univoucher/v1",
		"UNIVOUCHER_PRIVATE_KEYS="+perChain(":", func(int64) string { return walletKey }),
		"UNIVOUCHER_RPC="+perChain("=", func(chain int64) string { return fmt.Sprintf("%s/univoucher/rpc/%d", p.world, chain) }),
	)
}

// perChain writes a setting with one entry for each chain gift cards are on.
func perChain(between string, value func(chain int64) string) string {
	var parts []string
	for _, t := range univoucher.DefaultTokens() {
		if entry := fmt.Sprintf("%d%s%s", t.Chain, between, value(t.Chain)); !slices.Contains(parts, entry) {
			parts = append(parts, entry)
		}
	}
	return strings.Join(parts, ",")
}
