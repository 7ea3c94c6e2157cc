package kit

import (
	"slices"

	"giftbot/sandbox/infini"
	"giftbot/sandbox/infinivoucher"
	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/plexy"
	"giftbot/sandbox/univoucher"
)

// The gateways, by their names in /control.
const (
	Infini    = "infini"
	InventPay = "inventpay"
)

// Pay pays at the Infini sandbox: the id is the last part of the /pay/ link,
// how is the body of POST /control/payments/infini/{id} and nil pays exactly.
func (c *Control) Pay(id string, how map[string]any) {
	c.t.Helper()
	c.PayAt(Checkout{Gateway: Infini, ID: id}, how)
}

// PayAt pays a checkout at its gateway; how is the body of
// POST /control/payments/{gateway}/{id}, and nil pays exactly.
func (c *Control) PayAt(o Checkout, how map[string]any) {
	c.t.Helper()
	if how == nil {
		how = map[string]any{}
	}
	c.Post("/control/payments/"+o.Gateway+"/"+o.ID, how, nil)
}

// Change changes a vendor of the sandbox.
func (c *Control) Change(vendor string, change any) {
	c.t.Helper()
	c.Post("/control/vendors/"+vendor, change, nil)
}

// Voucher changes the InfiniVoucher sandbox.
func (c *Control) Voucher(change map[string]any) {
	c.t.Helper()
	c.Change("infinivoucher", change)
}

// Infini changes the Infini sandbox.
func (c *Control) Infini(change map[string]any) {
	c.t.Helper()
	c.Change(Infini, change)
}

// Cards changes the UniVoucher sandbox.
func (c *Control) Cards(change map[string]any) {
	c.t.Helper()
	c.Change("univoucher", change)
}

// books reads a vendor's own books.
func books[B any](c *Control, vendor string) B {
	c.t.Helper()
	var b B
	c.Get("/control/vendors/"+vendor, &b)
	return b
}

// SupplierBooks are the InfiniVoucher sandbox's own books.
func (c *Control) SupplierBooks() infinivoucher.Books {
	c.t.Helper()
	return books[infinivoucher.Books](c, "infinivoucher")
}

// PlexyBooks are the Plexy sandbox's own books.
func (c *Control) PlexyBooks() plexy.Books {
	c.t.Helper()
	return books[plexy.Books](c, "plexy")
}

// CardBooks are the UniVoucher sandbox's own books.
func (c *Control) CardBooks() univoucher.Books {
	c.t.Helper()
	return books[univoucher.Books](c, "univoucher")
}

// GatewayBooks are the Infini sandbox's own books.
func (c *Control) GatewayBooks() infini.Books {
	c.t.Helper()
	return books[infini.Books](c, Infini)
}

// InventBooks are the InventPay sandbox's own books.
func (c *Control) InventBooks() inventpay.Books {
	c.t.Helper()
	return books[inventpay.Books](c, InventPay)
}

// Sold is one secret that a vendor handed out.
type Sold struct {
	Vendor string
	Order  string // the vendor's order; of cards the reference we gave
	Key    string // the key we gave, where the vendor wants one
	What   string // "code", "pin", "serial", "card secret"
	Text   string
	Card   string // number of the gift card
}

// name tells purchases apart: by our key, or by the reference of cards.
func (s Sold) name() string {
	if s.Key != "" {
		return s.Vendor + s.Key
	}
	return s.Vendor + s.Order
}

// Sold lists every code, pin and card secret in the vendors' books.
func (c *Control) Sold() []Sold {
	c.t.Helper()
	var all []Sold
	for _, o := range c.SupplierBooks().Orders {
		for _, code := range o.Codes {
			all = append(all, Sold{Vendor: "infinivoucher", Order: o.ID, Key: o.IdempotencyKey, What: "code", Text: code})
		}
	}
	for _, o := range c.PlexyBooks().Orders {
		for what, text := range o.Content {
			all = append(all, Sold{Vendor: "plexy", Order: o.ID, Key: o.IdempotencyKey, What: what, Text: text})
		}
	}
	for _, r := range c.CardBooks().Requests {
		for _, card := range r.Cards {
			all = append(all, Sold{Vendor: "univoucher", Order: r.OrderID, What: "card secret", Text: card.Secret, Card: card.ID})
		}
	}
	slices.SortFunc(all, func(a, b Sold) int {
		return slices.Compare([]string{a.Vendor, a.Order, a.What, a.Text}, []string{b.Vendor, b.Order, b.What, b.Text})
	})
	return all
}

// Secret is a gift card as its picture names it: its number and what unlocks it.
func (s Sold) Secret() string { return s.Card + " " + s.Text }
