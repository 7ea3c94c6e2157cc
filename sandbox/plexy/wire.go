package plexy

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/sandbox/kit"
)

// The shapes an error body may have, plexy sheet §2: Gate shows none.
const (
	ErrorCode    = "code"    // {"code":"insufficient_balance","message":"…"}; the default
	ErrorString  = "string"  // {"error":"insufficient_balance"}
	ErrorNested  = "nested"  // {"error":{"type","code","message","param","request_id"}}
	ErrorNumeric = "numeric" // {"code":1,"message":"insufficient_balance: …","source":"gate","type":"apiError"}
	ErrorPlain   = "plain"   // text/plain
	ErrorEmpty   = "empty"   // no body at all
)

func errorShapes() []string {
	return []string{ErrorCode, ErrorString, ErrorNested, ErrorNumeric, ErrorPlain, ErrorEmpty}
}

type fields map[string]any

// apiError is one refusal of plexy sheet §5. Only insufficient_balance is a
// code the sheet names, the others are ours.
type apiError struct {
	status     int
	code       string
	text       string
	param      string // the field at fault, dotted
	retryAfter int    // seconds, for 429
}

func refuse(status int, code, text string) *apiError {
	return &apiError{status: status, code: code, text: text}
}

// invalid is a 400 that names a field.
func invalid(param, text string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: "validation_error", text: param + " " + text, param: param}
}

// body is the error in a shape, with its content type.
func (e *apiError) body(shape, requestID string) (raw []byte, contentType string) {
	var v fields
	switch shape {
	case ErrorEmpty:
		return nil, ""
	case ErrorPlain:
		return []byte(e.code + ": " + e.text), "text/plain; charset=utf-8"
	case ErrorString:
		v = fields{"error": e.code}
	case ErrorNested:
		inner := fields{"type": "invalid_request_error", "code": e.code, "message": e.text, "param": nil, "request_id": requestID}
		if e.param != "" {
			inner["param"] = e.param
		}
		v = fields{"error": inner}
	case ErrorNumeric:
		v = fields{"code": 1, "message": e.code + ": " + e.text, "source": "gate", "type": "apiError"}
	default:
		v = fields{"code": e.code, "message": e.text}
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, "" // strings and integers always encode
	}
	return raw, "application/json"
}

func (v *Vendor) fail(w http.ResponseWriter, e *apiError) {
	v.mu.Lock()
	v.seq++
	raw, contentType := e.body(v.set.ErrorShape, fmt.Sprintf("req_%010x", v.seq))
	v.mu.Unlock()
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(e.retryAfter))
	}
	w.WriteHeader(e.status)
	_, _ = w.Write(raw)
}

// ok answers a bare body, plexy sheet §2.
func ok(w http.ResponseWriter, body any) { kit.WriteJSON(w, http.StatusOK, body) }

// FaultBody is the body of an error a planned fault answers.
func FaultBody(int) []byte {
	raw, _ := refuse(0, "internal_error", "sandbox fault").body(ErrorCode, "")
	return raw
}

// stamp prints a time as ISO 8601 UTC seconds with Z, plexy sheet §1.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// stampOrNull is stamp, or null for a moment that has not come.
func stampOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := stamp(t)
	return &text
}

// money prints an amount in major units with at least two decimals.
func money(d decimal.Decimal) string {
	text := d.String()
	if _, fraction, _ := strings.Cut(text, "."); len(fraction) > 2 {
		return text
	}
	return d.StringFixed(2)
}

// number is a JSON number, or null: what the catalogue uses (plexy sheet §3).
func number(d decimal.NullDecimal) json.RawMessage {
	if !d.Valid {
		return json.RawMessage("null")
	}
	return json.RawMessage(d.Decimal.String())
}
