package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/rest"
)

const (
	skewAlert = 60 * time.Second
	// realIP tells the address our calls come from (infini sheet §1). It
	// belongs to the vendor's sandbox, and is the same for production.
	realIP = "https://openapi-sandbox.infini.money/debug/realip"
)

func (d *doctor) vendors() []check {
	var all []check
	if d.cfg.Infini.On() {
		all = append(all,
			check{"Infini", d.infini, "check INFINI_KEY_ID, INFINI_SECRET_KEY and INFINI_BASE_URL in the Infini console"},
			check{"Infini allow-list", d.egress, "if the Infini key has an IP allow-list, find this machine's public IPv4 address with your provider and add it"})
	}
	if d.cfg.InfiniVoucher.On() {
		all = append(all, check{"InfiniVoucher", d.voucher, "check INFINIVOUCHER_API_KEY and INFINIVOUCHER_BASE_URL in the InfiniVoucher dashboard"})
	}
	return all
}

// infini asks for an order that cannot exist: "unknown order" proves key,
// signature, clock and allow-list.
func (d *doctor) infini(ctx context.Context) (string, error) {
	client, err := infini.New(infini.Options{
		BaseURL: d.cfg.Infini.BaseURL, KeyID: d.cfg.Infini.KeyID, SecretKey: d.cfg.Infini.SecretKey.Reveal(),
		Chain: rest.Chain{Now: d.clock.Now},
	})
	if err != nil {
		return "", err
	}
	_, err = client.Query(ctx, uuid.NewString())
	e := rest.As(err)
	if skewErr := skewAdvice(client.Skew()); skewErr != nil {
		return "", skewErr
	}
	switch {
	case err == nil || e != nil && e.Code == infini.CodeOrderUnknown:
		return "key and signature accepted, " + clockText(client.Skew()), nil
	case e != nil && e.Code == infini.CodeAddress:
		return "", &advice{"the key is not allowed from this address", "add this machine's address to the key's allow-list in the Infini console"}
	case e != nil && e.Code == infini.CodeSignature:
		return "", &advice{"the signature was refused", "check INFINI_KEY_ID and INFINI_SECRET_KEY, and this machine's clock"}
	default:
		return "", err
	}
}

func skewAdvice(s rest.Skew) error {
	if s.At.IsZero() || s.Ahead.Abs() <= skewAlert {
		return nil
	}
	return &advice{fmt.Sprintf("this machine's clock is off by %v", s.Ahead.Abs()), "switch on time synchronisation (NTP): signatures are refused beyond five minutes"}
}

func clockText(s rest.Skew) string {
	if s.At.IsZero() {
		return "clock not compared"
	}
	return fmt.Sprintf("clock within %v", max(s.Ahead.Abs(), time.Second))
}

var ipv4Pattern = regexp.MustCompile(`\b\d{1,3}(\.\d{1,3}){3}\b`)

// egress finds the address to put on the vendor's allow-list.
func (d *doctor) egress(ctx context.Context) (string, error) {
	if d.local(d.cfg.Infini.BaseURL) {
		return "not needed for a local sandbox", nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, realIP, nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", errors.New("this machine's public address could not be found out")
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	addr, parseErr := netip.ParseAddr(string(ipv4Pattern.Find(body)))
	if err != nil || parseErr != nil {
		return "", errors.New("this machine's public address could not be found out")
	}
	return "calls leave from " + addr.String() + ": put it on the allow-list of the Infini key", nil
}

func (d *doctor) local(base string) bool {
	u, err := rest.ParseBase(base)
	return err == nil && rest.Loopback(u)
}

// voucher tries every scope that can be tried without buying.
func (d *doctor) voucher(ctx context.Context) (string, error) {
	client, err := infinivoucher.New(infinivoucher.Options{
		BaseURL: d.cfg.InfiniVoucher.BaseURL, APIKey: d.cfg.InfiniVoucher.APIKey.Reveal(), Chain: rest.Chain{Now: d.clock.Now},
	})
	if err != nil {
		return "", err
	}
	health, err := client.Health(ctx)
	if err != nil {
		return "", err
	}
	missing, wallet := d.scopes(ctx, client)
	if len(missing) > 0 {
		return "", &advice{"the vendor is " + health.Status + ", and refuses the key for: " + strings.Join(missing, ", "),
			"give the key the scopes products:read, wallet:read, orders:read and orders:create, and allow this machine's address"}
	}
	if wallet.Status != "ACTIVE" {
		return "", &advice{"the wallet is " + wallet.Status, "talk to InfiniVoucher: nothing can be bought with this wallet"}
	}
	return fmt.Sprintf("%s; products:read, wallet:read and orders:read work (orders:create shows with the first purchase); wallet %s %s; %s",
		health.Status, wallet.Balance, wallet.Currency, clockText(client.Skew())), nil
}

func (d *doctor) scopes(ctx context.Context, client *infinivoucher.Client) ([]string, infinivoucher.Wallet) {
	var missing []string
	note := func(scope string, err error) {
		if err != nil {
			missing = append(missing, scope+" ("+err.Error()+")")
		}
	}
	_, err := client.Products(ctx, infinivoucher.ProductFilter{InStock: true})
	note("products:read", err)
	wallet, _, err := client.Wallet(ctx, 0)
	note("wallet:read", err)
	_, err = client.Orders(ctx, infinivoucher.OrderFilter{From: d.clock.Now().Add(-time.Hour)})
	note("orders:read", err)
	return missing, wallet
}
