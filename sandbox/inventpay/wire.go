package inventpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

type fields map[string]any

// apiError is one refusal of inventpay sheet §2: the HTTP status is its only code.
type apiError struct {
	status  int
	text    string
	details map[string]string // by field, for 400
}

func refuse(status int, text string) *apiError { return &apiError{status: status, text: text} }

// invalid is a 400 about one field.
func invalid(field, text string) *apiError {
	return &apiError{status: http.StatusBadRequest, text: "Validation failed", details: map[string]string{field: text}}
}

// ok answers data in the envelope of inventpay sheet §2.
func (v *Vendor) ok(w http.ResponseWriter, status int, text string, data any) {
	kit.WriteJSON(w, status, fields{"success": true, "data": data, "message": text, "statusCode": status})
}

// fail answers an error, as a page of HTML when so set (inventpay sheet §2).
func (v *Vendor) fail(w http.ResponseWriter, e *apiError) {
	if v.settings().HTMLErrors {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(e.status)
		_, _ = w.Write([]byte("<html><body><h1>" + http.StatusText(e.status) + "</h1></body></html>"))
		return
	}
	kit.WriteJSON(w, e.status, e.body())
}

func (e *apiError) body() fields {
	f := fields{"success": false, "error": e.text}
	if e.details != nil {
		f["details"] = e.details
	}
	return f
}

// FaultBody is the body of an error a planned fault answers.
func FaultBody(status int) []byte {
	raw, _ := json.Marshal(refuse(status, "sandbox fault").body())
	return raw
}

// decode reads a JSON body; unknown fields are ignored as the vendor does.
func decode(r *http.Request, v any) *apiError {
	raw, err := kit.ReadBody(r)
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return refuse(http.StatusBadRequest, "Body must be application/json")
	}
	if err = json.NewDecoder(bytes.NewReader(raw)).Decode(v); err != nil {
		return refuse(http.StatusBadRequest, "Invalid JSON body")
	}
	return nil
}

const maxDigits = 40 // of an amount; no exponents, which could name numbers too big to compute with

// amountIn is an amount as inventpay sheet §7 wants it: a JSON number. Its
// digits are kept; anything else leaves bad set, for a 400 naming the field.
type amountIn struct {
	text string
	bad  bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *amountIn) UnmarshalJSON(raw []byte) error {
	if !strings.ContainsAny(string(raw[:1]), "-0123456789") {
		a.bad = true
		return nil
	}
	a.text = string(raw)
	return nil
}

// decimal returns the amount, positive and with at most places digits.
func (a amountIn) decimal(places int32) (decimal.Decimal, error) {
	if a.bad {
		return decimal.Zero, errors.New("must be a number")
	}
	if a.text == "" {
		return decimal.Zero, errors.New("is required")
	}
	d, err := decimal.NewFromString(a.text)
	switch {
	case err != nil || len(a.text) > maxDigits || strings.ContainsAny(a.text, "eE"):
		return decimal.Zero, errors.New("must be a number")
	case !d.IsPositive():
		return decimal.Zero, errors.New("must be greater than 0")
	case !d.Equal(d.Truncate(places)):
		return decimal.Zero, errors.New("has too many decimals")
	}
	return d, nil
}

// number prints an amount as a JSON number.
func number(d decimal.Decimal) any { return json.Number(d.String()) }

// money prints an amount in creates, balances and webhooks: a number, or a
// string when so set (inventpay sheet §7: responses mix both).
func (s settings) money(d decimal.Decimal) any {
	if s.Strings {
		return d.String()
	}
	return number(d)
}

// statusMoney prints an amount of the status endpoint: a string as in the docs,
// or a number as in the skill's sample (inventpay sheet §3).
func (s settings) statusMoney(d decimal.Decimal) any {
	if s.Numbers {
		return number(d)
	}
	return d.String()
}

// stamp prints a time as ISO 8601 UTC with milliseconds, inventpay sheet §7.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
