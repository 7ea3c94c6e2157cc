package config

import (
	"slices"
	"strings"
)

// minGatewaySecret is the shortest webhook secret a gateway may have, in characters.
const minGatewaySecret = 16

func (c *Config) checkInfini(check checker) {
	i := c.Infini
	check.address("INFINI_BASE_URL", i.BaseURL)
	check.within("INFINI_TOLERANCE", i.Tolerance, "0", "100")
	check.that(i.Surplus == SurplusHold || i.Surplus == SurplusCredit, "INFINI_SURPLUS", "is unknown")
	check.that(i.Surplus != SurplusCredit, "INFINI_SURPLUS", "is credit, and there is no store credit in this version yet")
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

// checkVendorsPresent wants one way to be paid and one source of goods. A half-set vendor has its own problem already.
func (c *Config) checkVendorsPresent(check checker) {
	halfInfini := check.found.has("INFINI_KEY_ID") || check.found.has("INFINI_SECRET_KEY")
	if !c.Infini.On() && !halfInfini {
		check.that(false, "INFINI_KEY_ID", "is not set, so there is no payment gateway")
		check.that(false, "INFINI_SECRET_KEY", "is not set, so there is no payment gateway")
		check.that(false, "INFINI_WEBHOOK_SECRET", "is not set, so there is no payment gateway")
	}
	if !c.InfiniVoucher.On() {
		check.that(false, "INFINIVOUCHER_API_KEY", "is not set, so there is no supplier")
	}
}
