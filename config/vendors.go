package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// minGatewaySecret is the shortest webhook secret a gateway may have, in characters.
const minGatewaySecret = 16

func (c *Config) checkInfini(check checker) {
	i := c.Infini
	check.address("INFINI_BASE_URL", i.BaseURL)
	check.within("INFINI_TOLERANCE", i.Tolerance, "0", "100")
	check.that(i.Surplus == SurplusHold || i.Surplus == SurplusCredit, "INFINI_SURPLUS", "is unknown")
	known := !slices.ContainsFunc(i.PayMethods, func(method int) bool { return !slices.Contains([]int{1, 2, 3, 5, 6}, method) })
	check.that(known && len(i.PayMethods) > 0, "INFINI_PAY_METHODS", "holds an unknown method")

	touched := i.KeyID != "" || i.SecretKey.IsSet() || i.WebhookSecret.IsSet() || i.WebhookSecretPrevious.IsSet()
	if !touched {
		return
	}
	check.that(i.KeyID != "", "INFINI_KEY_ID", "is not set, but other Infini credentials are")
	// The key id stands between quotes in a request header (infini sheet §2).
	check.that(printablePattern.MatchString(i.KeyID) && !strings.Contains(i.KeyID, `"`), "INFINI_KEY_ID", "holds a character that a header cannot carry")
	check.that(i.SecretKey.IsSet(), "INFINI_SECRET_KEY", "is not set, but other Infini credentials are")
	check.matches(printablePattern, "INFINI_SECRET_KEY", i.SecretKey)
	check.that(i.WebhookSecret.IsSet(), "INFINI_WEBHOOK_SECRET", "is not set; a gateway without it would accept forged payments")
	check.gatewaySecret("INFINI_WEBHOOK_SECRET", i.WebhookSecret)
	check.gatewaySecret("INFINI_WEBHOOK_SECRET_PREVIOUS", i.WebhookSecretPrevious)
}

// gatewaySecret checks a webhook secret that a vendor's console gave out.
func (c checker) gatewaySecret(setting string, secret Secret) {
	c.that(!secret.IsSet() || len(secret.Reveal()) >= minGatewaySecret, setting, "is too short")
	c.matches(printablePattern, setting, secret)
}

func (c *Config) checkInfiniVoucher(check checker) {
	v := c.InfiniVoucher
	check.address("INFINIVOUCHER_BASE_URL", v.BaseURL)
	check.matches(printablePattern, "INFINIVOUCHER_API_KEY", v.APIKey)
	if v.WebhookPath.IsSet() || v.WebhookPathPrevious.IsSet() {
		check.that(v.APIKey.IsSet(), "INFINIVOUCHER_API_KEY", "is not set, but the webhook path is")
	}
	check.matches(pathSecretPattern, "INFINIVOUCHER_WEBHOOK_PATH", v.WebhookPath)
	check.matches(pathSecretPattern, "INFINIVOUCHER_WEBHOOK_PATH_PREVIOUS", v.WebhookPathPrevious)
}

func (c *Config) checkInventPay(check checker) {
	i := c.InventPay
	check.address("INVENTPAY_BASE_URL", i.BaseURL)
	check.within("INVENTPAY_TOLERANCE", i.Tolerance, "0", "100")
	if !i.APIKey.IsSet() && !i.WebhookSecret.IsSet() && !i.WebhookSecretPrevious.IsSet() && !i.WithdrawalKey.IsSet() {
		return
	}
	check.that(i.APIKey.IsSet(), "INVENTPAY_API_KEY", "is not set, but other InventPay credentials are")
	check.matches(printablePattern, "INVENTPAY_API_KEY", i.APIKey)
	check.matches(printablePattern, "INVENTPAY_WITHDRAWAL_KEY", i.WithdrawalKey)
	check.that(i.WebhookSecret.IsSet(), "INVENTPAY_WEBHOOK_SECRET", "is not set; a gateway without it would accept forged payments")
	check.gatewaySecret("INVENTPAY_WEBHOOK_SECRET", i.WebhookSecret)
	check.gatewaySecret("INVENTPAY_WEBHOOK_SECRET_PREVIOUS", i.WebhookSecretPrevious)
}

func (c *Config) checkPlexy(check checker) {
	p := c.Plexy
	check.within("PLEXY_COST_PERCENT", p.CostPercent, "100", "300")
	check.within("PLEXY_MAX_CHARGE_PERCENT", p.MaxChargePercent, "100", "500")
	if !p.APIKey.IsSet() && p.AgentID == "" && p.BaseURL == "" {
		return
	}
	check.address("PLEXY_BASE_URL", p.BaseURL)
	check.that(p.APIKey.IsSet(), "PLEXY_API_KEY", "is not set, but other Plexy settings are")
	check.matches(printablePattern, "PLEXY_API_KEY", p.APIKey)
	_, err := uuid.Parse(p.AgentID)
	check.that(err == nil, "PLEXY_AGENT_ID", "is not a UUID")
}

func (c *Config) checkUniVoucher(check checker) {
	u := c.UniVoucher
	check.address("UNIVOUCHER_BASE_URL", u.BaseURL)
	for chain, address := range u.RPC {
		check.rpc(chain, address)
	}
	if !u.On() {
		return
	}
	check.that(c.Server.PublicURL != "", "PUBLIC_URL", "is not set, and gift cards come back through it")
	for chain := range u.PrivateKeys {
		_, known := u.RPC[chain]
		check.that(known, "UNIVOUCHER_RPC", "lacks a chain that has a wallet")
	}
}

// rpc checks the address of a node: https, or loopback. It may hold an access
// key, so it is never quoted.
func (c checker) rpc(chain int64, address Secret) {
	parsed, err := url.Parse(address.Reveal())
	good := err == nil && parsed.Hostname() != "" && (parsed.Scheme == "https" || parsed.Scheme == "http" && loopback(parsed.Hostname()))
	c.that(good && chain > 0, "UNIVOUCHER_RPC", "has an address that is not https (http is for loopback addresses only)")
}

// checkVendorsPresent wants one way to be paid and one source of goods. A half-set vendor has its own problem already.
func (c *Config) checkVendorsPresent(check checker) {
	half := check.found.has("INFINI_KEY_ID") || check.found.has("INFINI_SECRET_KEY") || check.found.has("INVENTPAY_API_KEY")
	if !c.Infini.On() && !c.InventPay.On() && !half {
		for _, setting := range []string{"INFINI_KEY_ID", "INFINI_SECRET_KEY", "INFINI_WEBHOOK_SECRET"} {
			check.that(false, setting, "is not set, and neither is INVENTPAY_API_KEY, so there is no payment gateway")
		}
	}
	half = check.found.has("PLEXY_API_KEY") || check.found.has("PLEXY_AGENT_ID") || check.found.has("PLEXY_BASE_URL") || check.found.has("UNIVOUCHER_PRIVATE_KEYS")
	if !c.InfiniVoucher.On() && !c.Plexy.On() && !c.UniVoucher.On() && !half {
		check.that(false, "INFINIVOUCHER_API_KEY", "is not set, and no other supplier is, so there is nothing to sell")
	}
}

// checkAlerts wants accounts whose balance is read: of a slip of the pen nobody would ever be told that it runs low.
func (c *Config) checkAlerts(check checker) {
	good := true
	for account := range c.Orders.BalanceAlerts {
		good = good && c.paysFrom(account)
	}
	check.that(good, "BALANCE_ALERTS", "names something that is no account of a supplier that is on")
}

// paysFrom reports whether goods are bought from an account: "infinivoucher", "plexy:USD", "univoucher:8453-USDC".
func (c *Config) paysFrom(account string) bool {
	supplier, purse, named := strings.Cut(account, ":")
	switch supplier {
	case "infinivoucher":
		return c.InfiniVoucher.On() && !named
	case "plexy":
		return c.Plexy.On() && (purse == "USD" || slices.Contains(dollars(), purse))
	case "univoucher":
		return c.UniVoucher.On() && slices.Contains(c.cards(), purse)
	}
	return false
}

// cards are the tokens that gift cards are made of, "8453-USDC".
func (c *Config) cards() []string {
	var all []string
	for chain := range c.UniVoucher.PrivateKeys {
		for _, symbol := range dollars() {
			given := func(t CardToken) bool { return t.Chain == chain && t.Symbol == symbol }
			if tokens := c.UniVoucher.Tokens; len(tokens) == 0 || slices.ContainsFunc(tokens, given) {
				all = append(all, strconv.FormatInt(chain, 10)+"-"+symbol)
			}
		}
	}
	return all
}
