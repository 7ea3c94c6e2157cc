package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"
)

// Shapes of single settings.
var (
	botTokenPattern = regexp.MustCompile(`^[0-9]{3,20}:[A-Za-z0-9_-]{30,100}$`)
	languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$`)
	// webhookSecretPattern is setWebhook's own rule (1–256 characters of this alphabet) with a floor against guessing.
	webhookSecretPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{16,256}$`)
	pathSecretPattern    = regexp.MustCompile(`^[A-Za-z0-9_-]{24,128}$`)
	printablePattern     = regexp.MustCompile(`^[\x21-\x7e]+$`)
)

// checker judges single settings and looks up their wanted shape for the advice.
type checker struct {
	found *problems
	wants map[string]string // setting → what a good value looks like
	given map[string]string // setting → its text, for those that were given
}

// validate applies every rule that types cannot express.
func (c *Config) validate(given map[string]string, found *problems) {
	check := checker{found: found, wants: make(map[string]string), given: given}
	for _, setting := range Describe() {
		check.wants[setting.Name] = setting.want
	}
	c.checkTelegram(check)
	c.checkServer(check)
	c.checkRedis(check)
	c.checkStorage(check)
	c.checkShop(check)
	c.checkMoney(check)
	c.checkPayouts(check)
	c.checkInfini(check)
	c.checkInventPay(check)
	c.checkInfiniVoucher(check)
	c.checkPlexy(check)
	c.checkUniVoucher(check)
	c.checkVendorsPresent(check)
	c.checkAlerts(check)
}

// that adds a problem with the setting's wanted shape as advice, unless good.
func (c checker) that(good bool, setting, wrong string) {
	if !good {
		c.found.add(setting, wrong, "set it to "+c.wants[setting])
	}
}

// matches checks a set secret against a shape; an absent one passes.
func (c checker) matches(shape *regexp.Regexp, setting string, secret Secret) {
	c.that(!secret.IsSet() || shape.MatchString(secret.Reveal()), setting, "does not have the right length or characters")
}

// within checks a decimal. The exponent is judged first: comparing 1e999999999 would first write out its digits.
func (c checker) within(setting string, value decimal.Decimal, low, high string) {
	const maxDecimals, maxDigits = 6, 15
	if value.Exponent() > maxDigits || value.Exponent() < -maxDecimals || value.NumDigits() > maxDigits {
		c.that(false, setting, "has too many digits")
		return
	}
	good := value.GreaterThanOrEqual(decimal.RequireFromString(low)) && value.LessThanOrEqual(decimal.RequireFromString(high))
	c.that(good, setting, "is out of range")
}

func (c *Config) checkTelegram(check checker) {
	t := c.Telegram
	check.that(t.BotToken.IsSet(), "TELEGRAM_BOT_TOKEN", "is not set")
	check.matches(botTokenPattern, "TELEGRAM_BOT_TOKEN", t.BotToken)
	check.address("TELEGRAM_API_URL", t.APIURL)
	check.that(t.Mode == ModeWebhook || t.Mode == ModePolling, "TELEGRAM_MODE", "is unknown")
	if t.Mode == ModeWebhook {
		check.that(c.Server.PublicURL != "", "PUBLIC_URL", "is not set, and TELEGRAM_MODE is webhook")
		check.that(t.WebhookSecret.IsSet(), "TELEGRAM_WEBHOOK_SECRET", "is not set, and TELEGRAM_MODE is webhook")
	}
	check.matches(webhookSecretPattern, "TELEGRAM_WEBHOOK_SECRET", t.WebhookSecret)
	check.matches(webhookSecretPattern, "TELEGRAM_WEBHOOK_SECRET_PREVIOUS", t.WebhookSecretPrevious)
}

func (c *Config) checkServer(check checker) {
	s := c.Server
	if s.PublicURL != "" {
		check.address("PUBLIC_URL", s.PublicURL)
		parsed, err := url.Parse(s.PublicURL)
		check.that(err == nil && parsed.Path == "", "PUBLIC_URL", "has a path")
		// Telegram's own servers call these ports only; a Bot API server of one's own calls any.
		if err == nil && c.Telegram.Mode == ModeWebhook && c.Telegram.APIURL == "https://api.telegram.org" {
			good := slices.Contains([]string{"", "443", "80", "88", "8443"}, parsed.Port())
			check.that(good, "PUBLIC_URL", "has a port that Telegram does not call (443, 80, 88, 8443)")
		}
	}
	checkAddr(check.found, "LISTEN_ADDR", s.ListenAddr)
	if s.MetricsAddr != "" {
		checkAddr(check.found, "METRICS_ADDR", s.MetricsAddr)
		check.that(s.MetricsAddr != s.ListenAddr, "METRICS_ADDR", "is the same as LISTEN_ADDR")
	}
}

func (c *Config) checkRedis(check checker) {
	r := c.Redis
	check.that(r.URL.IsSet(), "REDIS_URL", "is not set")
	modes := []RedisMode{RedisSingle, RedisCluster, RedisSentinel}
	check.that(slices.Contains(modes, r.Mode), "REDIS_MODE", "is unknown")
	levels := []Durability{DurabilityChecked, DurabilityVouched, DurabilityUnsafe}
	check.that(slices.Contains(levels, r.Durability), "REDIS_DURABILITY", "is unknown")
	if !r.URL.IsSet() {
		return
	}
	parsed, err := url.Parse(r.URL.Reveal())
	good := err == nil && (parsed.Scheme == "redis" || parsed.Scheme == "rediss") && parsed.Hostname() != ""
	check.that(good, "REDIS_URL", "is not a Redis address")
	if good && r.Mode == RedisSentinel {
		check.that(parsed.Query().Get("master_name") != "", "REDIS_URL", "has no ?master_name=, and REDIS_MODE is sentinel")
	}
}

func (c *Config) checkStorage(check checker) {
	check.that(len(c.Storage.EncryptionKeys) > 0, "ENCRYPTION_KEYS", "is not set")
	check.that(c.Storage.SpoolDir != "", "SPOOL_DIR", "is not set")
	check.that(filepath.IsAbs(c.Storage.SpoolDir), "SPOOL_DIR", "is not an absolute path")
}

func (c *Config) checkShop(check checker) {
	s := c.Shop
	length := utf8.RuneCountInString(s.Name)
	oneLine := utf8.ValidString(s.Name) && !slices.ContainsFunc([]rune(s.Name), unicode.IsControl)
	check.that(length >= 1 && length <= 64 && oneLine, "SHOP_NAME", "is too long or not one line of text")
	if s.SupportURL != "" {
		parsed, err := url.Parse(s.SupportURL)
		check.that(err == nil && parsed.Scheme == "https" && parsed.Hostname() != "", "SUPPORT_URL", "is not an https address")
	}
	check.that(len(s.AdminIDs) > 0, "ADMIN_IDS", "is not set")
	good := !slices.ContainsFunc(s.AdminIDs, func(id int64) bool { return id <= 0 })
	check.that(good, "ADMIN_IDS", "holds an id that is not a person's")
	check.that(languagePattern.MatchString(s.DefaultLanguage), "DEFAULT_LANGUAGE", "is not a language code")
}

func (c *Config) checkMoney(check checker) {
	check.within("MARKUP_PERCENT", c.Pricing.MarkupPercent, "0", "1000")
	check.within("MARKUP_FIXED", c.Pricing.MarkupFixed, "0", "10000")
	check.within("MAX_LOSS_PERCENT", c.Pricing.MaxLossPercent, "0", "100")
	check.within("MIN_ORDER", c.Pricing.MinOrder, "0.01", "10000")
	check.within("SUPPLIER_DAILY_MAX", c.Orders.SupplierDailyMax, "0", "1000000000")
	// Zero stands for "no limit" inside; written out it could as well mean "spend nothing".
	ambiguous := check.given["SUPPLIER_DAILY_MAX"] != "" && c.Orders.SupplierDailyMax.IsZero()
	check.that(!ambiguous, "SUPPLIER_DAILY_MAX", "is zero")
	check.that(c.Orders.TTL >= time.Minute && c.Orders.TTL <= 24*time.Hour, "ORDER_TTL", "is out of range")
	check.that(c.Orders.OpenMax >= 1 && c.Orders.OpenMax <= 100, "OPEN_ORDERS_MAX", "is out of range")
}

func (c *Config) checkPayouts(check checker) {
	check.within("PAYOUT_DAILY_MAX", c.Orders.PayoutDailyMax, "0", "1000000")
	check.within("REFUND_TWO_PERSON", c.Orders.RefundTwoPerson, "0", "1000000")
	// Zero could mean every payout or none.
	ambiguous := check.given["REFUND_TWO_PERSON"] != "" && c.Orders.RefundTwoPerson.IsZero()
	check.that(!ambiguous, "REFUND_TWO_PERSON", "is zero")
	alone := c.Orders.RefundTwoPerson.IsPositive() && len(c.Shop.AdminIDs) == 1
	check.that(!alone, "REFUND_TWO_PERSON", "is set, and ADMIN_IDS names one person only, so that nobody could give the second word")
	if c.Orders.Payouts() && !c.Infini.On() && !c.InventPay.PaysOut() {
		check.that(false, "PAYOUT_DAILY_MAX", "allows payouts, and no gateway can make them (Infini can, InventPay with INVENTPAY_WITHDRAWAL_KEY)")
	}
}

// address checks the address of a server we call or are called at: https, or http on loopback, nothing but host and path.
func (c checker) address(setting, text string) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Hostname() == "" {
		c.that(false, setting, "is not an address")
		return
	}
	bare := parsed.User == nil && parsed.RawQuery == "" && parsed.Fragment == "" && !parsed.ForceQuery
	c.that(bare, setting, "has a user, a query or a fragment")
	secure := parsed.Scheme == "https" || parsed.Scheme == "http" && loopback(parsed.Hostname())
	c.that(secure, setting, "is not https (http is for loopback addresses only)")
}

// loopback reports whether a host name or address is this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// checkAddr checks a listening address.
func checkAddr(found *problems, setting, text string) {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		found.add(setting, "is not a listening address", "set it to host:port, or :port for every interface")
	}
}
