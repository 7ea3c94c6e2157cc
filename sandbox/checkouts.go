package sandbox

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/pay"
)

// checkout is the view of an order for the payer.
func (w *World) checkout(gateway, id string) (pay.Checkout, bool) {
	switch {
	case gateway == infiniName:
		return w.infiniCheckout(id)
	case gateway == inventpayName && w.InventPay != nil:
		return w.inventpayCheckout(id)
	}
	return pay.Checkout{}, false
}

func (w *World) infiniCheckout(id string) (pay.Checkout, bool) {
	o, ok := w.Infini.Order(id)
	if !ok {
		return pay.Checkout{}, false
	}
	return pay.Checkout{
		ID: o.OrderID, Gateway: infiniName, Merchant: o.MerchantAlias, Description: o.Description, Reference: o.ClientReference,
		Amount: o.Amount, Currency: o.Currency, Confirming: o.AmountConfirming, Confirmed: o.AmountConfirmed, Remaining: notNegative(o.Remaining),
		Unclaimed: unclaimed(o),
		Status:    o.Status, Tags: o.ExceptionTags, PayMethods: o.PayMethods, ExpiresAt: o.ExpiresAt, Now: w.Clock.Now(),
		SuccessURL: o.SuccessURL, FailureURL: o.FailureURL,
	}, true
}

// unclaimed is what came more than 24 h after the deadline.
func unclaimed(o infini.OrderBook) decimal.Decimal {
	total := decimal.Zero
	for _, p := range o.Payments {
		if p.State == infini.Unclaimed {
			total = total.Add(p.Amount)
		}
	}
	return total
}

func notNegative(d decimal.Decimal) decimal.Decimal { return decimal.Max(d, decimal.Zero) }

// inventpayCheckout shows prices in the currency of the invoice and, once a
// coin is picked, the same amounts in the coin.
func (w *World) inventpayCheckout(id string) (pay.Checkout, bool) {
	p, ok := w.InventPay.Payment(id)
	if !ok {
		return pay.Checkout{}, false
	}
	confirmed := p.Confirmed.Add(p.Unclaimed)
	c := pay.Checkout{
		ID: p.PaymentID, Gateway: inventpayName, Merchant: "InventPay", Description: p.Description, Reference: p.OrderID,
		Amount: p.BaseAmount, Currency: p.BaseCurrency, Confirming: p.InBase(p.Confirming), Confirmed: p.InBase(confirmed),
		Remaining: p.BaseAmount, Status: pageStatus(p), Tags: pageTags(p), PayMethods: []int{1},
		ExpiresAt: p.ExpiresAt, Now: w.Clock.Now(), Coins: []pay.Coin{},
	}
	for _, r := range p.Rates {
		if p.Choice || r.Code == p.Coin {
			c.Coins = append(c.Coins, pay.Coin{Code: r.Code, Name: r.Name, Network: r.Network, Amount: r.Amount, Price: r.Price})
		}
	}
	if p.Coin != "" {
		remaining := notNegative(p.Required.Sub(p.Confirming).Sub(confirmed)) // what came too late counts for the payer
		c.Remaining = p.InBase(remaining)
		c.Sent = &pay.Sent{
			Coin: p.Coin, Address: p.Address, Required: p.Required, Confirming: p.Confirming, Confirmed: confirmed,
			Remaining: remaining, Confirmations: p.Confirmations, Needed: p.ConfirmationsNeeded, Fixed: !p.Choice || len(p.Transfers) > 0,
		}
	}
	return c, true
}

// pageStatus says a payment's status in the words of the page.
func pageStatus(p inventpay.PaymentBook) string {
	switch p.Status {
	case "COMPLETED":
		return "paid"
	case "PROCESSING", "CONFIRMING", "UNDERPAID":
		return "processing"
	case "EXPIRED":
		if p.WasUnderpaid {
			return "partial_paid"
		}
	}
	return strings.ToLower(p.Status)
}

func pageTags(p inventpay.PaymentBook) []string {
	tags := []string{}
	if p.Status == "UNDERPAID" || p.WasUnderpaid {
		tags = append(tags, "underpaid")
	}
	if p.Remaining.IsNegative() {
		tags = append(tags, "overpaid")
	}
	late := func(t inventpay.TransferBook) bool { return t.At.After(p.ExpiresAt) || t.At.Equal(p.ExpiresAt) }
	if slices.ContainsFunc(p.Transfers, late) {
		tags = append(tags, "late")
	}
	return tags
}
