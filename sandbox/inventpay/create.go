package inventpay

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// The limits of a create, inventpay sheet §3.
const (
	maxOrderID      = 100
	maxDescription  = 500
	minExpiry       = 5
	maxExpiry       = 1440
	invoiceLifetime = 60 // minutes
	paymentLifetime = 30 // minutes
)

// createIn is the body of both creates. An Idempotency-Key is not read: the
// replay result is unknown and must not be relied on (inventpay sheet §6).
type createIn struct {
	Amount            amountIn     `json:"amount"`
	AmountCurrency    string       `json:"amountCurrency"`
	Currency          string       `json:"currency"`
	OrderID           string       `json:"orderId"`
	Description       string       `json:"description"`
	CallbackURL       string       `json:"callbackUrl"`
	ExpirationMinutes *json.Number `json:"expirationMinutes"`
}

func (v *Vendor) createInvoice(w http.ResponseWriter, r *http.Request) {
	v.create(w, r, invoiceLifetime, false)
}

func (v *Vendor) createPayment(w http.ResponseWriter, r *http.Request) {
	v.create(w, r, paymentLifetime, true)
}

func (v *Vendor) create(w http.ResponseWriter, r *http.Request, lifetime int64, fixed bool) {
	var in createIn
	if e := decode(r, &in); e != nil {
		v.fail(w, e)
		return
	}
	p, e := v.newPayment(in, lifetime)
	if e == nil && fixed {
		e = p.fix(in.Currency)
	}
	if e != nil {
		v.fail(w, e)
		return
	}
	p.host = r.Host
	data := v.place(p)
	status := http.StatusOK
	if v.settings().Created201 {
		status = http.StatusCreated
	}
	v.ok(w, status, "Payment created successfully", data)
}

// newPayment validates in and builds the payment; nothing is stored.
func (v *Vendor) newPayment(in createIn, lifetime int64) (*payment, *apiError) {
	set := v.settings()
	places, known := baseCurrencies()[in.AmountCurrency]
	if !known {
		return nil, invalid("amountCurrency", fmt.Sprintf("must be one of %v", baseNames()))
	}
	base, err := in.Amount.decimal(places)
	if err != nil {
		return nil, invalid("amount", err.Error())
	}
	minutes, e := expiry(in.ExpirationMinutes, lifetime)
	if e == nil {
		e = in.checkTexts(set.HTTPSOnly)
	}
	if e != nil {
		return nil, e
	}
	now := v.cfg.Now()
	p := &payment{
		id: v.newID(), orderID: in.OrderID, description: in.Description, callback: in.CallbackURL,
		base: base, baseCurrency: in.AmountCurrency, rates: set.rates(base, in.AmountCurrency), choice: true,
		status: statusPending, createdAt: now, expiresAt: now.Add(time.Duration(minutes) * time.Minute),
	}
	// The trap of inventpay sheet §3: a USD invoice may come back in USDT.
	if set.BaseAsUSDT && p.baseCurrency == "USD" {
		p.baseCurrency = "USDT"
	}
	return p, nil
}

func (in createIn) checkTexts(httpsOnly bool) *apiError {
	switch {
	case utf8.RuneCountInString(in.OrderID) > maxOrderID:
		return invalid("orderId", "must be at most 100 characters")
	case utf8.RuneCountInString(in.Description) > maxDescription:
		return invalid("description", "must be at most 500 characters")
	case in.CallbackURL != "" && !hookURL(in.CallbackURL, httpsOnly):
		return invalid("callbackUrl", "must be an HTTPS URL")
	}
	return nil
}

// hookURL tells whether webhooks can go there: HTTPS (inventpay sheet §5) or,
// because the sandbox lives without certificates, also plain HTTP unless set.
func hookURL(text string, httpsOnly bool) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || len(text) > 2048 {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && !httpsOnly)
}

func expiry(in *json.Number, otherwise int64) (int64, *apiError) {
	if in == nil {
		return otherwise, nil
	}
	minutes, err := in.Int64()
	if err != nil || minutes < minExpiry || minutes > maxExpiry {
		return 0, invalid("expirationMinutes", "must be a whole number from 5 to 1440")
	}
	return minutes, nil
}

// fix binds a payment of create_payment to its one coin.
func (p *payment) fix(code string) *apiError {
	if code == "" {
		return invalid("currency", "is required")
	}
	if _, ok := p.rate(code); !ok {
		return invalid("currency", fmt.Sprintf("must be one of %v", coinCodes()))
	}
	p.choice = false
	p.take(code)
	return nil
}

// place stores the payment, announces it and returns what the create answers.
func (v *Vendor) place(p *payment) fields {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.payments = append(v.payments, p)
	v.open = append(v.open, p)
	v.byID[p.id] = p
	v.announce(p, eventCreated)
	return v.set.created(p, v.invoiceURL(p))
}

// created is the data of a create, inventpay sheet §3.
func (s settings) created(p *payment, link string) fields {
	f := fields{
		"paymentId": p.id, "baseAmount": s.money(p.base), "baseCurrency": p.baseCurrency, "invoiceUrl": link,
		"allowCurrencySelection": p.choice, "selectedCurrency": orNull(p.coin.Code), "orderId": orNull(p.orderID),
		"description": orNull(p.description), "expiresAt": stamp(p.expiresAt),
		"expiresAtTimestamp": p.expiresAt.UnixMilli(), "createdAt": stamp(p.createdAt), "priceExpiry": stamp(p.expiresAt),
	}
	if p.choice {
		conversion, available := fields{}, []string{}
		for _, r := range p.rates {
			conversion[r.Code] = fields{"cryptoAmount": s.money(r.Amount), "price": s.money(r.Price), "currency": r.Code, "network": r.Network}
			available = append(available, r.Code)
		}
		f["conversionRates"], f["availableCurrencies"] = conversion, available
		return f
	}
	rate, _ := p.rate(p.coin.Code)
	f["amount"], f["currency"], f["address"], f["network"] = s.money(rate.Amount), rate.Code, p.address, rate.Network
	f["qrCode"] = strings.ToLower(rate.Code) + ":" + p.address + "?amount=" + rate.Amount.String()
	f["currentPrice"], f["isStablecoin"] = s.money(rate.Price), rate.Stable
	return f
}

// orNull prints an absent text as JSON null.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
