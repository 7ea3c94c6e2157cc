package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"giftbot/config"
	"giftbot/handlers/telegram"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

// Finding is what one check of the doctor says.
type Finding struct {
	Name string
	OK   bool
	Says string // what was found, without secrets
	Do   string // what the operator should do, "" when nothing
}

// checkTime bounds one check, so that one dead vendor does not hide the rest.
const checkTime = 15 * time.Second

// check examines one thing. A nil error means that it is well.
type check struct {
	name string
	run  func(ctx context.Context) (says string, err error)
	fix  string
}

// Examine checks everything a shop needs before it goes live: Redis, the
// spool folder, Telegram, every vendor, the public address. It buys nothing
// and changes nothing.
func Examine(ctx context.Context, cfg config.Config, clock order.Clock) []Finding {
	d := &doctor{cfg: cfg, clock: clock, log: slog.New(slog.DiscardHandler)}
	var found []Finding
	for _, c := range slices.Concat(d.storage(), d.telegram(), d.vendors(), d.moreVendors(), d.payouts(), d.public()) {
		found = append(found, c.examine(ctx))
	}
	return found
}

func (c check) examine(ctx context.Context) Finding {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	says, err := c.run(ctx)
	if err == nil {
		return Finding{Name: c.name, OK: true, Says: says}
	}
	f := Finding{Name: c.name, Says: err.Error(), Do: c.fix}
	if advised, ok := errors.AsType[*advice](err); ok {
		f.Says, f.Do = advised.says, advised.do
	}
	return f
}

// advice is a finding with its own remedy.
type advice struct{ says, do string }

// Error implements error.
func (a *advice) Error() string { return a.says }

type doctor struct {
	cfg   config.Config
	clock order.Clock
	log   *slog.Logger
}

func (d *doctor) storage() []check {
	return []check{
		{"Redis", d.redis, "check REDIS_URL and that Redis is running; in its configuration set appendonly yes, appendfsync always and maxmemory-policy noeviction"},
		{"Spool folder", d.spool, "set SPOOL_DIR to a folder on a disk that survives restarts and that this user may write"},
	}
}

func (d *doctor) redis(ctx context.Context) (string, error) {
	s, err := store.New(store.Options{Mode: store.Mode(d.cfg.Redis.Mode), URL: d.cfg.Redis.URL.Reveal()})
	if err != nil {
		return "", err
	}
	defer func() { _ = s.Close() }()
	nodes, err := s.Durability(ctx)
	if err != nil {
		return "", err
	}
	if err = store.Verdict(store.Durability(d.cfg.Redis.Durability), nodes); err != nil {
		return "", err
	}
	counts, err := s.CountKeys(ctx)
	if err != nil {
		return "", err
	}
	if err = store.CountSpooled(d.cfg.Storage.SpoolDir, counts); err != nil {
		return "", &advice{"the spool folder: " + err.Error(), "set SPOOL_DIR to the folder the bot uses: callbacks that wait there need their key"}
	}
	return fmt.Sprintf("%s keeps what it is told (REDIS_DURABILITY=%s); %s", versions(nodes), d.cfg.Redis.Durability, d.keyUse(counts)), nil
}

func versions(nodes []store.NodeReport) string {
	var all []string
	for _, n := range nodes {
		all = append(all, "Redis "+n.Version+" at "+n.Addr)
	}
	return strings.Join(all, ", ")
}

// keyUse says which encryption key may be dropped.
func (d *doctor) keyUse(counts map[string]int) string {
	var all []string
	for _, k := range d.cfg.Storage.EncryptionKeys {
		all = append(all, fmt.Sprintf("key %s seals %d records", k.ID, counts[k.ID]))
	}
	return strings.Join(all, ", ")
}

func (d *doctor) spool(context.Context) (string, error) {
	if err := store.CheckDir(d.cfg.Storage.SpoolDir); err != nil {
		return "", err
	}
	return "written, synced and read back", nil
}

func (d *doctor) telegram() []check {
	return []check{{"Telegram", d.askTelegram, "check TELEGRAM_BOT_TOKEN (from @BotFather) and TELEGRAM_API_URL"}}
}

func (d *doctor) askTelegram(ctx context.Context) (string, error) {
	client := telegram.NewClient()
	defer client.Close()
	sender, err := telegram.NewSender(telegram.SenderConfig{
		Token: d.cfg.Telegram.BotToken.Reveal(), Server: d.cfg.Telegram.APIURL, HTTP: client,
		Limits: telegram.DefaultLimits(), Clock: d.clock, Meter: meter{webhook.NewMetrics()}, Log: d.log,
	})
	if err != nil {
		return "", err
	}
	found, err := sender.Inspect(ctx)
	if err != nil {
		return "", err
	}
	says := "@" + found.Username + " answers"
	want := d.cfg.Server.PublicURL + "/webhooks/telegram"
	switch {
	case d.cfg.Telegram.Mode == config.ModePolling:
		says += pollingText(found)
	case found.LastError != "" && d.clock.Now().Sub(found.LastFail) < time.Hour:
		return "", &advice{says + ", and failed to deliver updates to us: " + found.LastError, "make " + want + " reachable from the internet over https"}
	case found.Webhook == want:
		says += fmt.Sprintf("; updates come to %s, %d wait", want, found.Pending)
	case found.Webhook == "":
		says += "; the webhook is set when the bot starts"
	default:
		says += "; its webhook leads elsewhere and is moved here when the bot starts"
	}
	return says, nil
}

// pollingText says where updates are in polling mode. It does not try to fetch
// any: that would cut a running bot's poll short.
func pollingText(found telegram.Inspection) string {
	if found.Webhook != "" {
		return fmt.Sprintf("; its webhook is removed when the bot starts, to fetch updates instead, %d wait", found.Pending)
	}
	return fmt.Sprintf("; updates are fetched, %d wait", found.Pending)
}

func (d *doctor) payouts() []check {
	return []check{{"Payouts", d.payoutsBy, ""}}
}

// payoutsBy says whether money is sent to buyers' wallets, and by whom. It does
// not try: every try would be a payout.
func (d *doctor) payoutsBy(context.Context) (string, error) {
	o := d.cfg.Orders
	if !o.Payouts() {
		return "off (PAYOUT_DAILY_MAX is 0): refunds stay store credit", nil
	}
	var by []string
	if d.cfg.Infini.On() {
		by = append(by, "Infini")
	}
	if d.cfg.InventPay.PaysOut() {
		by = append(by, "InventPay")
	}
	if len(by) == 0 {
		return "", &advice{"on, and no gateway can make them", "configure Infini, or INVENTPAY_WITHDRAWAL_KEY, or set PAYOUT_DAILY_MAX to 0"}
	}
	says := fmt.Sprintf("up to %s USD a day, by %s", o.PayoutDailyMax, strings.Join(by, " and "))
	if o.RefundTwoPerson.IsPositive() {
		says += fmt.Sprintf("; from %s USD on two admins have to approve", o.RefundTwoPerson)
	}
	return says, nil
}

func (d *doctor) public() []check {
	if d.cfg.Server.PublicURL == "" { // possible in polling mode only
		return []check{{"Public address", noPublic, ""}}
	}
	return []check{{"Public address", d.reachPublic, "start the bot, then point PUBLIC_URL at it through an https proxy"}}
}

func noPublic(context.Context) (string, error) {
	return "PUBLIC_URL is not set: gateways cannot report payments, they are found by asking and noticed later", nil
}

// reachPublic asks the public address for /healthz: whether DNS, TLS and the
// proxy lead to a running bot.
func (d *doctor) reachPublic(ctx context.Context) (string, error) {
	url := d.cfg.Server.PublicURL + "/healthz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", errors.New("PUBLIC_URL is no address")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("%s does not answer: %w", url, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64))
	if err != nil || res.StatusCode != http.StatusOK || strings.TrimSpace(string(body)) != "ok" {
		return "", fmt.Errorf("%s answers, and it is not this bot (status %d)", url, res.StatusCode)
	}
	return url + " leads to a running bot", nil
}
