package sandbox

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/plexy"
	"giftbot/sandbox/univoucher"
)

// The vendors' names in paths, faults and /control.
const (
	infiniName     = "infini"
	voucherName    = "infinivoucher"
	inventpayName  = "inventpay"
	plexyName      = "plexy"
	univoucherName = "univoucher"
)

// vendor is what Tick needs of each.
type vendor interface {
	Tick(ctx context.Context) int
	TickParallel(ctx context.Context, n int) int
	NextDue() (time.Time, bool)
}

// house is a vendor whose books B are shown at /control/vendors/{name} and
// moved by a change C.
type house[C, B any] interface {
	vendor
	Handler() http.Handler
	Books() B
	Apply(c C) error
}

// member is a vendor of this world with everything the routes need.
type member struct {
	name    string // mounted at /{name}/
	vendor  vendor
	handler http.Handler // with faults and the request log in front
	targets []string     // what faults may aim at
	show    func(http.ResponseWriter)
	change  func(raw []byte) error
}

// add makes a vendor part of the world. hooks is the fault target of its
// webhooks, empty when it sends none.
func add[C, B any](w *World, name, hooks string, v house[C, B], fault func(int) []byte) {
	m := member{
		name: name, vendor: v, handler: w.watched(name, v.Handler(), fault), targets: []string{name},
		show: func(rw http.ResponseWriter) { kit.WriteJSON(rw, http.StatusOK, v.Books()) },
		change: func(raw []byte) error {
			var c C
			if err := kit.DecodeStrict(raw, &c); err != nil {
				return err
			}
			return v.Apply(c)
		},
	}
	if hooks != "" {
		m.targets = append(m.targets, hooks)
	}
	w.members = append(w.members, m)
}

// openVendors opens the two that every world has and those that are configured.
func (w *World) openVendors() error {
	if w.cfg.InfiniVoucherKey == "" {
		return errors.New("sandbox: InfiniVoucherKey is required")
	}
	for _, open := range []func() error{w.openInfini, w.openInfiniVoucher, w.openInventPay, w.openPlexy, w.openUniVoucher} {
		if err := open(); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) openInfini() (err error) {
	cfg := w.cfg
	w.Infini, err = infini.New(infini.Config{
		KeyID: cfg.InfiniKeyID, SecretKey: cfg.InfiniSecretKey, WebhookSecret: cfg.InfiniWebhookSecret,
		Now: w.Clock.Now, NewID: cfg.NewID, PublicURL: cfg.PublicURL,
		WebhookURL: cfg.InfiniWebhookURL, WebhookClient: cfg.WebhookClient, Faults: w.Faults,
	})
	if err == nil {
		add(w, infiniName, infini.WebhookTarget, w.Infini, infini.FaultBody)
	}
	return err
}

func (w *World) openInfiniVoucher() (err error) {
	cfg := w.cfg
	w.InfiniVoucher, err = infinivoucher.New(infinivoucher.Config{
		Keys: map[string][]string{cfg.InfiniVoucherKey: infinivoucher.AllScopes()},
		Now:  w.Clock.Now, NewID: cfg.NewID, Products: cfg.InfiniVoucherProducts, Balance: cfg.InfiniVoucherBalance,
		WebhookURL: cfg.InfiniVoucherWebhookURL, WebhookClient: cfg.WebhookClient, Faults: w.Faults,
	})
	if err == nil {
		add(w, voucherName, infinivoucher.WebhookTarget, w.InfiniVoucher, infinivoucher.FaultBody)
	}
	return err
}

func (w *World) openInventPay() (err error) {
	cfg := w.cfg
	if cfg.InventPayKey == "" {
		return nil
	}
	w.InventPay, err = inventpay.New(inventpay.Config{
		APIKey: cfg.InventPayKey, WithdrawalKey: cfg.InventPayWithdrawalKey, WebhookSecret: cfg.InventPayWebhookSecret,
		Now: w.Clock.Now, NewID: cfg.NewID, PublicURL: cfg.PublicURL,
		WebhookURL: cfg.InventPayWebhookURL, WebhookClient: cfg.WebhookClient, Faults: w.Faults,
	})
	if err == nil {
		add(w, inventpayName, inventpay.WebhookTarget, w.InventPay, inventpay.FaultBody)
	}
	return err
}

// openPlexy opens the voucher Gate; it sends no webhooks.
func (w *World) openPlexy() (err error) {
	cfg := w.cfg
	if cfg.PlexyKey == "" {
		return nil
	}
	w.Plexy, err = plexy.New(plexy.Config{
		APIKey: cfg.PlexyKey, AgentID: cfg.PlexyAgentID, Now: w.Clock.Now, NewID: cfg.NewID, Faults: w.Faults,
	})
	if err == nil {
		add(w, plexyName, "", w.Plexy, plexy.FaultBody)
	}
	return err
}

// openUniVoucher opens the card service with its chains, whose nodes answer
// under /univoucher/rpc/{chain}.
func (w *World) openUniVoucher() (err error) {
	cfg := w.cfg
	if cfg.UniVoucherWallets == nil {
		return nil
	}
	w.UniVoucher, err = univoucher.New(univoucher.Config{
		Now: w.Clock.Now, NewID: cfg.NewID, Wallets: cfg.UniVoucherWallets,
		WebhookClient: cfg.WebhookClient, Faults: w.Faults, Sleep: cfg.Sleep,
	})
	if err == nil {
		add(w, univoucherName, univoucher.WebhookTarget, w.UniVoucher, univoucher.FaultBody)
	}
	return err
}

func (w *World) member(name string) (member, bool) {
	i := slices.IndexFunc(w.members, func(m member) bool { return m.name == name })
	if i < 0 {
		return member{}, false
	}
	return w.members[i], true
}

// targets are the names a fault may aim at.
func (w *World) targets() []string {
	var names []string
	for _, m := range w.members {
		names = append(names, m.targets...)
	}
	return append(names, telegramTarget)
}

func (w *World) getVendor(rw http.ResponseWriter, r *http.Request) {
	m, ok := w.member(r.PathValue("name"))
	if !ok {
		kit.WriteError(rw, http.StatusNotFound, "no such vendor")
		return
	}
	m.show(rw)
}

// postVendor changes a vendor and answers its books.
func (w *World) postVendor(rw http.ResponseWriter, r *http.Request) {
	m, ok := w.member(r.PathValue("name"))
	if !ok {
		kit.WriteError(rw, http.StatusNotFound, "no such vendor")
		return
	}
	raw, err := kit.ReadBody(r)
	if err == nil {
		err = m.change(raw)
	}
	switch {
	case unknown(err):
		kit.WriteError(rw, http.StatusNotFound, err.Error())
	case err != nil:
		kit.WriteError(rw, http.StatusBadRequest, err.Error())
	default:
		m.show(rw)
	}
}

// unknown tells whether an error means an id that was never made.
func unknown(err error) bool {
	return slices.ContainsFunc([]error{
		infini.ErrUnknownOrder, infini.ErrUnknownWithdrawal, infini.ErrUnknownSubscription, infinivoucher.ErrUnknownOrder, inventpay.ErrUnknownPayment, inventpay.ErrUnknownWithdrawal,
		plexy.ErrUnknownOrder, univoucher.ErrUnknownCard, univoucher.ErrUnknownRequest,
	}, func(known error) bool { return errors.Is(err, known) })
}
