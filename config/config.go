package config

import (
	"log/slog"
	"time"

	"github.com/shopspring/decimal"
)

// Config is everything the bot can be told from outside. Load fills it; the demo fills it through Load as well.
// All money is in USD, the shop currency.
type Config struct {
	Telegram      Telegram
	Server        Server
	Redis         Redis
	Storage       Storage
	Shop          Shop
	Pricing       Pricing
	Orders        Orders
	Infini        Infini
	InfiniVoucher InfiniVoucher
}

// TelegramMode says how updates arrive.
type TelegramMode string

// The two ways updates arrive (DESIGN §5).
const (
	ModeWebhook TelegramMode = "webhook"
	ModePolling TelegramMode = "polling"
)

// Telegram is the bot account and how it is reached.
type Telegram struct {
	BotToken              Secret       `env:"TELEGRAM_BOT_TOKEN" want:"the token from @BotFather, like 123456789:AAE…" doc:"Token of the bot account. Required."`
	APIURL                string       `env:"TELEGRAM_API_URL" envDefault:"https://api.telegram.org" want:"an https address" doc:"Bot API server."`
	Mode                  TelegramMode `env:"TELEGRAM_MODE" envDefault:"webhook" want:"webhook or polling" doc:"How updates arrive: webhook, which needs PUBLIC_URL and TELEGRAM_WEBHOOK_SECRET, or polling, which needs neither and works with one replica only."`
	WebhookSecret         Secret       `env:"TELEGRAM_WEBHOOK_SECRET" want:"16 to 256 characters of A-Z a-z 0-9 _ -" doc:"Telegram repeats it in every webhook call. Required in webhook mode, not used in polling mode."`
	WebhookSecretPrevious Secret       `env:"TELEGRAM_WEBHOOK_SECRET_PREVIOUS" want:"the secret used before" doc:"Also accepted while the secret is being replaced."`
}

// Server is what the bot listens on.
type Server struct {
	PublicURL   string `env:"PUBLIC_URL" want:"an https address such as https://bot.example.com" doc:"Where the outside reaches this bot, without a path. Required in webhook mode. In polling mode optional: the webhooks of payment gateways still need it, and without them a payment is noticed later."`
	ListenAddr  string `env:"LISTEN_ADDR" envDefault:":8080" want:"host:port, or :port" doc:"Address for webhooks, /healthz and /readyz."`
	MetricsAddr string `env:"METRICS_ADDR" want:"host:port, or :port, other than LISTEN_ADDR" doc:"Address for /metrics; empty turns it off."`
}

// RedisMode says what REDIS_URL points at.
type RedisMode string

// The three kinds of Redis.
const (
	RedisSingle   RedisMode = "single"
	RedisCluster  RedisMode = "cluster"
	RedisSentinel RedisMode = "sentinel"
)

// Durability says what the start-up does about a Redis that can lose writes (DESIGN §4).
type Durability string

// The three answers to "is this Redis safe for money?".
const (
	DurabilityChecked Durability = "checked" // read CONFIG, refuse to sell on weak settings
	DurabilityVouched Durability = "vouched" // CONFIG is denied here; the operator vouches
	DurabilityUnsafe  Durability = "unsafe"  // sell anyway, loudly
)

// Redis is the one database.
type Redis struct {
	URL        Secret     `env:"REDIS_URL" want:"redis://[user:password@]host:port[/db], or rediss:// for TLS" doc:"Redis address, with the password. cluster: further nodes as ?addr=host:port; sentinel: with ?master_name=. Required."`
	Mode       RedisMode  `env:"REDIS_MODE" envDefault:"single" want:"single, cluster or sentinel" doc:"What REDIS_URL points at: single, cluster or sentinel."`
	Durability Durability `env:"REDIS_DURABILITY" envDefault:"checked" want:"checked, vouched or unsafe" doc:"checked refuses to sell on a Redis that can lose writes; vouched where CONFIG is denied; unsafe sells anyway."`
}

// Storage is how secrets rest and where the local journal and spool are.
type Storage struct {
	EncryptionKeys EncryptionKeys `env:"ENCRYPTION_KEYS" want:"kid:base64 of 32 random bytes, comma-separated, the current key first (make one: openssl rand -base64 32)" doc:"Keys for codes and personal data at rest; the first encrypts, all decrypt. Required."`
	SpoolDir       string         `env:"SPOOL_DIR" want:"an absolute path on a disk that survives restarts" doc:"Directory of the local journal and spool. Required."`
}

// Shop is how the shop presents itself and who runs it.
type Shop struct {
	Name            string     `env:"SHOP_NAME" envDefault:"Gift shop" want:"1 to 64 characters on one line" doc:"Name shown to buyers."`
	SupportURL      string     `env:"SUPPORT_URL" want:"an https address, such as https://t.me/your_support" doc:"Where the help button leads; empty hides it."`
	AdminIDs        []int64    `env:"ADMIN_IDS" want:"Telegram user ids, comma-separated; ask @userinfobot for yours" doc:"People who get alerts and run the shop. Required."`
	DefaultLanguage string     `env:"DEFAULT_LANGUAGE" envDefault:"en" want:"a language code such as en" doc:"Language for people whose own is not supported."`
	LogLevel        slog.Level `env:"LOG_LEVEL" envDefault:"info" want:"debug, info, warn or error" doc:"Least severe log line to print."`
}

// Pricing is how a supplier's cost becomes a price.
type Pricing struct {
	MarkupPercent  decimal.Decimal `env:"MARKUP_PERCENT" envDefault:"10" want:"0 to 1000, at most 6 decimals" doc:"Percent put on top of the supplier's cost."`
	MarkupFixed    decimal.Decimal `env:"MARKUP_FIXED" envDefault:"0" want:"0 to 10000 USD, at most 6 decimals" doc:"USD put on top of each piece."`
	MaxLossPercent decimal.Decimal `env:"MAX_LOSS_PERCENT" envDefault:"0" want:"0 to 100, at most 6 decimals" doc:"How far the cost may rise above the paid price before an admin must decide."`
	MinOrder       decimal.Decimal `env:"MIN_ORDER" envDefault:"1.00" want:"0.01 to 10000 USD, at most 6 decimals" doc:"Smallest order total in USD."`
}

// Orders bounds what may be open and spent.
type Orders struct {
	TTL              time.Duration   `env:"ORDER_TTL" envDefault:"60m" want:"1m to 24h, such as 60m" doc:"How long a buyer has to pay."`
	OpenMax          int             `env:"OPEN_ORDERS_MAX" envDefault:"3" want:"1 to 100" doc:"Unpaid orders one buyer may have at a time."`
	SupplierDailyMax decimal.Decimal `env:"SUPPLIER_DAILY_MAX" want:"more than 0 USD, at most 6 decimals; empty means no limit" doc:"USD that may be spent at one supplier in 24 hours; empty means no limit."`
}

// Surplus says what happens with money above the order total.
type Surplus string

// What to do with a surplus paid at Infini (DESIGN §3, payment table).
const (
	SurplusHold   Surplus = "hold"
	SurplusCredit Surplus = "credit"
)

// Infini is the payment gateway of the infini sheet.
type Infini struct {
	BaseURL               string          `env:"INFINI_BASE_URL" envDefault:"https://openapi.infini.money" want:"an https address without /v1" doc:"Infini API host."`
	KeyID                 string          `env:"INFINI_KEY_ID" want:"the key id from the Infini console" doc:"Infini key id; together with the secret key it turns the gateway on."`
	SecretKey             Secret          `env:"INFINI_SECRET_KEY" want:"the secret key from the Infini console" doc:"Infini secret key."`
	WebhookSecret         Secret          `env:"INFINI_WEBHOOK_SECRET" want:"the webhook secret from the Infini console, 16 characters or more" doc:"Signs Infini's webhooks. Required with the key."`
	WebhookSecretPrevious Secret          `env:"INFINI_WEBHOOK_SECRET_PREVIOUS" want:"the secret used before" doc:"Also accepted while the secret is being replaced."`
	PayMethods            []int           `env:"INFINI_PAY_METHODS" envDefault:"1" want:"a comma-separated choice of 1, 2, 3, 5, 6" doc:"Offered at the checkout: 1 crypto, 2 card, 3 Binance Pay, 5 Apple Pay, 6 Google Pay."`
	Tolerance             decimal.Decimal `env:"INFINI_TOLERANCE" envDefault:"0" want:"0 to 100 USD, at most 6 decimals" doc:"USD a payment may be short and still count as full; as set in the Infini console."`
	Surplus               Surplus         `env:"INFINI_SURPLUS" envDefault:"hold" want:"hold" doc:"Money above the total: hold, for an admin to decide. Credit comes with store credit."`
}

// On reports whether the gateway's credentials are set.
func (i Infini) On() bool { return i.KeyID != "" && i.SecretKey.IsSet() }

// InfiniVoucher is the supplier of the infinivoucher sheet.
type InfiniVoucher struct {
	BaseURL             string `env:"INFINIVOUCHER_BASE_URL" envDefault:"https://infinidashboard.infinivoucher.com/api/v1" want:"an https address" doc:"InfiniVoucher API, with /api/v1."`
	APIKey              Secret `env:"INFINIVOUCHER_API_KEY" want:"the key from the InfiniVoucher dashboard, infi_sk_…" doc:"InfiniVoucher API key; it turns the supplier on."`
	WebhookPath         Secret `env:"INFINIVOUCHER_WEBHOOK_PATH" want:"24 to 128 random characters of A-Z a-z 0-9 _ - (make one: openssl rand -hex 24)" doc:"Secret last segment of /webhooks/infinivoucher/; empty turns that route off."`
	WebhookPathPrevious Secret `env:"INFINIVOUCHER_WEBHOOK_PATH_PREVIOUS" want:"the path used before" doc:"Also answered while the path is being replaced."`
}

// On reports whether the supplier's credential is set.
func (v InfiniVoucher) On() bool { return v.APIKey.IsSet() }
