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
	InventPay     InventPay
	InfiniVoucher InfiniVoucher
	Plexy         Plexy
	UniVoucher    UniVoucher
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
	BalanceAlerts    Amounts         `env:"BALANCE_ALERTS" want:"account=USD, comma-separated, such as infinivoucher=50,plexy:USD=20,univoucher:8453-USDC=30" doc:"Tell the admins once when an account at a supplier falls below an amount (accounts: infinivoucher, plexy:USD, univoucher:8453-USDC). Empty means no alerts."`
	SupplierDailyMax decimal.Decimal `env:"SUPPLIER_DAILY_MAX" want:"more than 0 USD, at most 6 decimals; empty means no limit" doc:"USD that may be spent at one supplier in 24 hours; empty means no limit."`
	PayoutDailyMax   decimal.Decimal `env:"PAYOUT_DAILY_MAX" envDefault:"0" want:"0 to 1000000 USD, at most 6 decimals; 0 turns payouts off" doc:"USD that may be sent to buyers' own wallets in a day (UTC), refunds and credit together. Each payout is approved by an admin. 0 turns payouts off: refunds then stay store credit."`
	RefundTwoPerson  decimal.Decimal `env:"REFUND_TWO_PERSON" want:"more than 0 USD, at most 6 decimals, with two ADMIN_IDS or more; empty means one admin is enough" doc:"From this sum on, in USD, a payout needs the approval of two admins. Empty means one is enough."`
}

// Payouts reports whether money is sent to buyers' own wallets.
func (o Orders) Payouts() bool { return o.PayoutDailyMax.IsPositive() }

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
	Surplus               Surplus         `env:"INFINI_SURPLUS" envDefault:"hold" want:"hold or credit" doc:"Money above the total: hold, for an admin to decide, because Infini may mail the payer a claim link for it; or credit, to the buyer's store credit."`
}

// On reports whether the gateway's credentials are set.
func (i Infini) On() bool { return i.KeyID != "" && i.SecretKey.IsSet() }

// InventPay is the payment gateway of the inventpay sheet.
type InventPay struct {
	BaseURL               string          `env:"INVENTPAY_BASE_URL" envDefault:"https://api.inventpay.io" want:"an https address without /v1" doc:"InventPay API host."`
	APIKey                Secret          `env:"INVENTPAY_API_KEY" want:"the merchant key from the InventPay console" doc:"InventPay merchant key; it turns the gateway on."`
	WebhookSecret         Secret          `env:"INVENTPAY_WEBHOOK_SECRET" want:"the webhook secret from the InventPay console, 16 characters or more" doc:"Signs InventPay's webhooks. Required with the key."`
	WebhookSecretPrevious Secret          `env:"INVENTPAY_WEBHOOK_SECRET_PREVIOUS" want:"the secret used before" doc:"Also accepted while the secret is being replaced."`
	WithdrawalKey         Secret          `env:"INVENTPAY_WITHDRAWAL_KEY" want:"the withdrawal key, wk_live_…" doc:"Needed for payouts only; without it none are made through InventPay."`
	Tolerance             decimal.Decimal `env:"INVENTPAY_TOLERANCE" envDefault:"0" want:"0 to 100 USD, at most 6 decimals" doc:"USD a payment may be short and still count as full."`
	Test                  bool            `env:"INVENTPAY_TEST" envDefault:"false" want:"true or false" doc:"Listen to webhooks marked as tests. Never in production."`
}

// On reports whether the gateway's credentials are set.
func (i InventPay) On() bool { return i.APIKey.IsSet() }

// PaysOut reports whether the gateway may send money out.
func (i InventPay) PaysOut() bool { return i.On() && i.WithdrawalKey.IsSet() }

// InfiniVoucher is the supplier of the infinivoucher sheet.
type InfiniVoucher struct {
	BaseURL             string `env:"INFINIVOUCHER_BASE_URL" envDefault:"https://infinidashboard.infinivoucher.com/api/v1" want:"an https address" doc:"InfiniVoucher API, with /api/v1."`
	APIKey              Secret `env:"INFINIVOUCHER_API_KEY" want:"the key from the InfiniVoucher dashboard, infi_sk_…" doc:"InfiniVoucher API key; it turns the supplier on."`
	WebhookPath         Secret `env:"INFINIVOUCHER_WEBHOOK_PATH" want:"24 to 128 random characters of A-Z a-z 0-9 _ - (make one: openssl rand -hex 24)" doc:"Secret last segment of /webhooks/infinivoucher/; empty turns that route off."`
	WebhookPathPrevious Secret `env:"INFINIVOUCHER_WEBHOOK_PATH_PREVIOUS" want:"the path used before" doc:"Also answered while the path is being replaced."`
}

// On reports whether the supplier's credential is set.
func (v InfiniVoucher) On() bool { return v.APIKey.IsSet() }

// Plexy is the supplier of the plexy sheet.
type Plexy struct {
	BaseURL          string          `env:"PLEXY_BASE_URL" want:"the https address Plexy gave you" doc:"Plexy Gate API. It has no default: Plexy publishes none."`
	APIKey           Secret          `env:"PLEXY_API_KEY" want:"the agent's API key from Plexy" doc:"Plexy API key; with the agent id and the address it turns the supplier on."`
	AgentID          string          `env:"PLEXY_AGENT_ID" want:"a UUID" doc:"Plexy agent id."`
	Test             bool            `env:"PLEXY_TEST" envDefault:"false" want:"true or false" doc:"Send orders as tests. Never in production."`
	AccountFields    AccountFields   `env:"PLEXY_ACCOUNT_FIELDS" want:"JSON such as {\"456\":[{\"key\":\"player_id\",\"label\":\"Player ID\",\"format\":\"[0-9]{6,12}\",\"example\":\"51234567\"}]}" doc:"What buyers type for a top-up, by product id or category:id. A top-up without an entry is not sold."`
	CostPercent      decimal.Decimal `env:"PLEXY_COST_PERCENT" envDefault:"125" want:"100 to 300, at most 6 decimals" doc:"What a purchase is assumed to cost, in percent of its face value, until a real charge is known."`
	MaxChargePercent decimal.Decimal `env:"PLEXY_MAX_CHARGE_PERCENT" envDefault:"130" want:"100 to 500, at most 6 decimals" doc:"A charge above this percentage of the face value takes the product off sale and alerts."`
}

// On reports whether the supplier's credentials are set.
func (p Plexy) On() bool { return p.APIKey.IsSet() && p.AgentID != "" && p.BaseURL != "" }

// UniVoucher is the supplier of the univoucher sheet.
type UniVoucher struct {
	BaseURL     string      `env:"UNIVOUCHER_BASE_URL" envDefault:"https://api.univoucher.com/v1" want:"an https address" doc:"UniVoucher API, with /v1."`
	PrivateKeys PrivateKeys `env:"UNIVOUCHER_PRIVATE_KEYS" want:"chain:key, comma-separated, such as 8453:0x…; use hot wallets that hold a day's float" doc:"Wallets that pay for gift cards, by chain id; they turn the supplier on. UniVoucher receives them with every card: keep little on them."`
	Tokens      CardTokens  `env:"UNIVOUCHER_TOKENS" want:"a JSON list such as [{\"chain\":8453,\"symbol\":\"USDC\",\"address\":\"0x…\",\"decimals\":6,\"min\":\"5\",\"max\":\"500\",\"presets\":[\"10\",\"25\",\"50\"],\"gas_usd\":\"0.10\"}]" doc:"Stablecoins sold as gift cards: USDC and USDT, which count as dollars. Empty means USDC and USDT on the chains that have a wallet."`
	RPC         Endpoints   `env:"UNIVOUCHER_RPC" want:"chain=address, comma-separated, such as 8453=https://…" doc:"JSON-RPC address per chain, to read the wallets. A chain without one is not sold."`
	Cancel      bool        `env:"UNIVOUCHER_CANCEL" envDefault:"false" want:"true or false" doc:"Take cards back whose secret was lost, through a call that UniVoucher does not document, and credit the buyer."`
}

// On reports whether there is a wallet.
func (u UniVoucher) On() bool { return len(u.PrivateKeys) > 0 }
