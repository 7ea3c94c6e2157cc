package sim

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/catalog"
	"giftbot/cmd/bot/app"
	"giftbot/flows"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/inventpay"
	"giftbot/providers/plexy"
	"giftbot/providers/rest"
	"giftbot/providers/univoucher"
)

const (
	here   = "http://127.0.0.1"
	shopID = "7000000001" // what keys are derived from: the bot's id

	apartMost = 100 * time.Microsecond

	leastLink order.Money = 100 * order.Cent // the smallest link we ask for
	twoPerson order.Money = 30_000_000       // from here on a payout needs two admins
)

// chains are those that have a wallet; cards are sold of USDC on both and of
// USDT on the first.
func chains() []int64 { return []int64{8453, 137} }

// cardTokens are the tokens that cards are sold of.
func cardTokens() []univoucher.Token {
	var out []univoucher.Token
	for _, t := range univoucher.DefaultTokens() {
		if t.Chain == chains()[0] || t.Chain == chains()[1] && t.Symbol == "USDC" {
			out = append(out, t)
		}
	}
	return out
}

// vendors are the five as one incarnation knows them, wired as package
// cmd/bot/app does.
type vendors struct {
	gateways  map[string]order.Gateway
	suppliers map[string]order.Supplier
	receivers map[string]order.Receiver
	recallers map[string]order.Recaller
	payers    map[string]order.Payer
	sources   []catalog.Source
	verifiers map[string]webhook.Verifier
	letters   *univoucher.Tokens
	lists     map[string]order.Lister
}

func (i *incarnation) openVendors() (*vendors, error) {
	chain := rest.Chain{
		Transport: newVendorPort(i, i.w.box.Handler(), i.w.locks), Log: i.log, Now: i.Now, Observer: meter{i.w},
		Jitter: func(pause time.Duration) time.Duration { return pause / 2 }, Turn: apart,
	}
	v := &vendors{
		gateways: map[string]order.Gateway{}, suppliers: map[string]order.Supplier{}, receivers: map[string]order.Receiver{},
		recallers: map[string]order.Recaller{}, payers: map[string]order.Payer{}, verifiers: map[string]webhook.Verifier{},
	}
	for _, open := range []func(*incarnation, rest.Chain) error{v.openInfini, v.openInventPay, v.openInfiniVoucher, v.openPlexy, v.openUniVoucher} {
		if err := open(i, chain); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// apart lets calls go on one after the other that would do so at one moment:
// which of them came first would be chance. It is the same whenever the story is
// told.
func apart(ctx context.Context, r rest.Request) {
	h := fnv.New32a()
	_, _ = fmt.Fprint(h, ctx.Value(actorKey{}), r.Method, r.Path, r.Query.Encode(), string(r.Body))
	time.Sleep(time.Duration(h.Sum32() % uint32(apartMost)))
}

func (v *vendors) openInfini(i *incarnation, chain rest.Chain) error {
	client, err := infini.New(infini.Options{
		BaseURL: here + "/infini", KeyID: infiniKey, SecretKey: infiniSecret, MaxSkew: infini.MaxSkew, Chain: chain,
	})
	if err != nil {
		return err
	}
	adapter := infini.NewAdapter(client, infini.AdapterTerms{PayMethods: []int{1}, Tolerance: i.w.tolerance})
	v.gateways[infini.Vendor] = settled{adapter, i.w.keeps}
	v.lists = map[string]order.Lister{infini.Vendor: paidList{client}}
	v.payers[infini.Vendor] = infini.NewPayer(client, infini.PayerTerms{})
	v.verifiers[infini.Vendor] = verifyInfini
	return nil
}

// settled is a gateway with what the shop settled about it.
type settled struct {
	order.Gateway
	keeps bool
}

// Terms implements order.Gateway.
func (g settled) Terms() order.GatewayTerms {
	t := g.Gateway.Terms()
	t.Keeps, t.Least = g.keeps, max(t.Least, leastLink)
	return t
}

// patient is a supplier whose books are looked at more rarely than it allows:
// in most stories there is more to tell than a purchase that takes hours.
type patient struct {
	order.Supplier
	look time.Duration
}

// Terms implements order.Supplier.
func (p patient) Terms() order.SupplierTerms {
	t := p.Supplier.Terms()
	t.Look = max(t.Look, p.look)
	return t
}

// sparing opens a letter again only after some hours when none of its cards was
// any good: to try a secret costs more than ten orders, and it opens nothing the
// next time either.
type sparing struct {
	order.Receiver
	tried *openings
}

// openings remember the letters without a good card.
type openings struct {
	mu  sync.Mutex
	all map[string]opening
}

type opening struct {
	receipt order.Receipt
	at      time.Time
}

const triedAgain = 7 * time.Hour

// Receive implements order.Receiver.
func (s sparing) Receive(ctx context.Context, p order.Purchase, letter []byte) (order.Receipt, error) {
	key := p.Reference + " " + string(letter)
	s.tried.mu.Lock()
	last, known := s.tried.all[key]
	s.tried.mu.Unlock()
	if known && time.Since(last.at) < triedAgain {
		return last.receipt, nil
	}
	r, err := s.Receiver.Receive(ctx, p, letter)
	if err == nil && len(r.Pieces) == 0 && len(r.Mismatch) > 0 {
		s.tried.mu.Lock()
		s.tried.all[key] = opening{r, time.Now()}
		s.tried.mu.Unlock()
	}
	return r, err
}

func verifyInfini(header http.Header, body []byte, now time.Time) (webhook.Notice, error) {
	event, err := infini.Verify([]string{infiniHook}, header, body, now)
	switch {
	case errors.Is(err, infini.ErrBody):
		return webhook.Notice{}, webhook.ErrMalformed
	case err != nil:
		return webhook.Notice{}, err
	}
	number, hint, ok := event.Hint()
	if !ok {
		return webhook.Notice{}, nil
	}
	return webhook.Notice{Number: number, Hint: hint}, nil
}

func (v *vendors) openInventPay(i *incarnation, chain rest.Chain) error {
	client, err := inventpay.New(inventpay.Options{BaseURL: here + "/inventpay", APIKey: inventKey, WithdrawalKey: inventOut, Chain: chain})
	if err != nil {
		return err
	}
	adapter, err := inventpay.NewAdapter(client, inventpay.Settings{Tolerance: i.w.tolerance, CallbackURL: publicURL + "/webhooks/inventpay"})
	if err != nil {
		return err
	}
	v.gateways[inventpay.Vendor] = settled{adapter, false}
	if payer, ok := inventpay.NewPayer(client); ok {
		v.payers[inventpay.Vendor] = payer
	}
	v.verifiers[inventpay.Vendor] = func(header http.Header, body []byte, now time.Time) (webhook.Notice, error) {
		event, err := inventpay.Verify([]string{inventHook}, header, body, now)
		switch {
		case errors.Is(err, inventpay.ErrBody):
			return webhook.Notice{}, webhook.ErrMalformed
		case err != nil:
			return webhook.Notice{}, err
		}
		number, hint, ok := adapter.Hint(event)
		if !ok {
			return webhook.Notice{}, nil
		}
		return webhook.Notice{Number: number, Hint: hint}, nil
	}
	return nil
}

func (v *vendors) openInfiniVoucher(i *incarnation, chain rest.Chain) error {
	client, err := infinivoucher.New(infinivoucher.Options{BaseURL: here + "/infinivoucher/api/v1", APIKey: voucherKey, Chain: chain})
	if err != nil {
		return err
	}
	adapter := infinivoucher.NewAdapter(client, i.Now)
	v.suppliers[infinivoucher.Vendor] = patient{adapter, i.w.patient}
	v.sources = append(v.sources, app.VoucherSource(adapter))
	return nil
}

func voucherOrder(body []byte) (string, error) {
	hint, err := infinivoucher.ParseHint(body)
	return hint.OrderID, err
}

func (v *vendors) openPlexy(i *incarnation, chain rest.Chain) error {
	client, err := plexy.New(plexy.Options{BaseURL: here + "/plexy", APIKey: plexyKey, AgentID: plexyAgent, Chain: chain})
	if err != nil {
		return err
	}
	fields := map[string][]plexy.Field{}
	for product, list := range accountFields() {
		for _, key := range list {
			fields[product] = append(fields[product], plexy.Field{Key: key, Label: key, Format: `[A-Za-z0-9_+@.-]{3,40}`})
		}
	}
	adapter, err := plexy.NewAdapter(client, plexy.Settings{
		AccountFields: fields, CostPercent: decimal.NewFromInt(125), MaxChargePercent: decimal.NewFromInt(130),
	}, i.w.oracle.VendorNotes(plexy.Vendor), i.Now) // the adapter has a lock while it reads them: no port may stop it
	if err != nil {
		return err
	}
	v.suppliers[plexy.Vendor] = patient{adapter, i.w.patient}
	v.sources = append(v.sources, app.PlexySource(adapter))
	return nil
}

// accountFields are what the top-ups of the sandbox ask for, by product.
func accountFields() map[string][]string {
	return map[string][]string{"301": {"player_id"}, "302": {"player_id"}, "303": {"phone"}, "456": {"steam_login", "email"}}
}

func (v *vendors) openUniVoucher(i *incarnation, chain rest.Chain) error {
	key, err := univoucher.ParsePrivateKey(walletKey)
	if err != nil {
		return err
	}
	settings := univoucher.Settings{
		Keys: map[int64]univoucher.PrivateKey{}, Tokens: cardTokens(), Cancel: i.w.recalls, CallbackBase: publicURL + "/webhooks/univoucher/",
	}
	nodes := map[int64]string{}
	for _, id := range chains() {
		settings.Keys[id] = key
		nodes[id] = fmt.Sprintf("%s/univoucher/rpc/%d", here, id)
	}
	client, err := univoucher.New(univoucher.Options{BaseURL: here + "/univoucher/v1", Keys: []univoucher.PrivateKey{key}, Chain: chain})
	if err != nil {
		return err
	}
	rpc, err := univoucher.NewNodes(nodes, chain)
	if err != nil {
		return err
	}
	v.letters = univoucher.NewTokens(i.vault)
	adapter, err := univoucher.NewAdapter(client, rpc, v.letters, settings, i.Now)
	if err != nil {
		return err
	}
	v.suppliers[univoucher.Vendor] = adapter
	v.receivers[univoucher.Vendor], v.recallers[univoucher.Vendor] = sparing{adapter, i.w.opened}, adapter
	v.sources = append(v.sources, app.CardSource(adapter))
	return nil
}

func (v *vendors) openLetter(token string, body []byte) (webhook.Parcel, error) {
	return app.OpenLetter(v.letters, token, body)
}

// offered are the ways to pay.
func (w *world) offered() []flows.Gateway {
	var out []flows.Gateway
	for _, name := range w.gateways {
		out = append(out, flows.Gateway{Name: name, Label: flows.GatewayLabel(name), Least: leastLink})
	}
	return out
}
