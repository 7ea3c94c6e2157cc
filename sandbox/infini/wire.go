package infini

import (
	"encoding/json"
	"net/http"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// apiError is one refusal of infini sheet §8.
type apiError struct {
	status int
	code   int
	text   string
}

func refuse(status, code int, text string) *apiError {
	return &apiError{status: status, code: code, text: text}
}

type fields map[string]any

// ok answers data in the envelope of infini sheet §3, or bare when so set.
func (v *Vendor) ok(w http.ResponseWriter, data any) {
	if v.settings().Bare {
		kit.WriteJSON(w, http.StatusOK, data)
		return
	}
	kit.WriteJSON(w, http.StatusOK, fields{"code": 0, "message": "", "data": data})
}

// fail answers an error, under HTTP 200 when so set (infini sheet §3).
func (v *Vendor) fail(w http.ResponseWriter, e *apiError) {
	status := e.status
	if v.settings().ErrorsAs200 {
		status = http.StatusOK
	}
	kit.WriteJSON(w, status, fields{"code": e.code, "message": e.text, "detail": ""})
}

// FaultBody is the body of an error a planned fault answers.
func FaultBody(status int) []byte {
	raw, _ := json.Marshal(fields{"code": status, "message": "sandbox fault", "detail": ""})
	return raw
}

// amountIn accepts an amount as JSON string or number, keeping its digits.
type amountIn struct {
	text string
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *amountIn) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, &a.text)
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		return err
	}
	a.text = n.String()
	return nil
}

// money prints an amount the way the vendor does, without trailing zeros, as a
// string or as a number when so set (infini sheet §7).
func (s settings) money(d decimal.Decimal) any {
	if s.Numbers {
		return json.Number(d.String())
	}
	return d.String()
}

// name picks the documented field name or its alias (infini sheet §4).
func (s settings) name(documented, alias string) string {
	if s.Aliases {
		return alias
	}
	return documented
}
