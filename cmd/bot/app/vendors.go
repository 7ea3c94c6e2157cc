package app

import (
	"context"
	"errors"

	"giftbot/catalog"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/providers/infini"
	"giftbot/providers/infinivoucher"
	"giftbot/providers/inventpay"
	"giftbot/providers/plexy"
	"giftbot/providers/rest"
	"giftbot/providers/univoucher"
)

// vendors are the gateways and suppliers whose credentials are set.
type vendors struct {
	order     []string // names of the gateways, as they are offered
	gateways  map[string]order.Gateway
	suppliers map[string]order.Supplier
	receivers map[string]order.Receiver
	recallers map[string]order.Recaller
	payers    map[string]order.Payer
	lists     map[string]order.Lister // gateways that list what was paid
	holders   map[string]order.Holder // vendors that tell what we have there
	// depositors are suppliers that tell what was paid in.
	depositors map[string]order.Depositor
	sources    []catalog.Source
	verifiers  map[string]webhook.Verifier
	hints      []webhook.Supplier
	letters    *univoucher.Tokens // nil without gift cards
	probes     []probe
	spent      *spending

	infini    *infini.Client
	voucher   *infinivoucher.Client
	inventpay *inventpay.Adapter
	plexy     *plexy.Adapter
	cards     *univoucher.Adapter
}

// probe asks a vendor whether it is there.
type probe struct {
	vendor string
	ask    func(ctx context.Context) error
}

// outlet is what a vendor's client is built with.
type outlet struct {
	a     *App
	chain rest.Chain
}

func (a *App) buildVendors(context.Context) error {
	a.vendors = vendors{
		gateways: map[string]order.Gateway{}, suppliers: map[string]order.Supplier{},
		receivers: map[string]order.Receiver{}, recallers: map[string]order.Recaller{},
		payers: map[string]order.Payer{}, lists: map[string]order.Lister{}, holders: map[string]order.Holder{}, depositors: map[string]order.Depositor{},
		verifiers: map[string]webhook.Verifier{}, spent: newSpending(a.outside.Clock),
	}
	out := outlet{a: a, chain: rest.Chain{
		Transport: a.outside.Transport, Observer: meter{a.metrics}, Log: a.log, Now: a.outside.Clock.Now,
	}}
	for _, v := range []struct {
		on  bool
		add func(outlet) error
	}{
		{a.cfg.Infini.On(), a.vendors.addInfini},
		{a.cfg.InventPay.On(), a.vendors.addInventPay},
		{a.cfg.InfiniVoucher.On(), a.vendors.addInfiniVoucher},
		{a.cfg.Plexy.On(), a.vendors.addPlexy},
		{a.cfg.UniVoucher.On(), a.vendors.addUniVoucher},
	} {
		if !v.on {
			continue
		}
		if err := v.add(out); err != nil {
			return err
		}
	}
	if len(a.vendors.gateways) == 0 || len(a.vendors.suppliers) == 0 {
		return errors.New("at least one gateway and one supplier must be configured")
	}
	return nil
}

// supply puts a supplier under its name, with what it spends counted.
func (v *vendors) supply(name string, s order.Supplier, source catalog.Source) {
	v.suppliers[name] = v.spent.watch(s)
	v.sources = append(v.sources, source)
	if holder, ok := s.(order.Holder); ok {
		v.holders[name] = holder
	}
	if depositor, ok := s.(order.Depositor); ok {
		v.depositors[name] = depositor
	}
}
