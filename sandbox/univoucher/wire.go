package univoucher

import (
	"encoding/json"
	"math/big"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"giftbot/sandbox/kit"
)

type fields map[string]any

// apiError is one refusal of univoucher sheet §2.
type apiError struct {
	status int
	body   fields
}

func refuse(status int, text string, extra fields) *apiError {
	body := fields{"error": text}
	for name, value := range extra {
		body[name] = value
	}
	return &apiError{status: status, body: body}
}

func invalid(text string) *apiError { return refuse(http.StatusBadRequest, text, nil) }

func missing(text string) *apiError { return refuse(http.StatusNotFound, text, nil) }

func broken(reason string) *apiError {
	return refuse(http.StatusInternalServerError, "Internal server error", fields{"message": reason})
}

func (e *apiError) answer(w http.ResponseWriter) { kit.WriteJSON(w, e.status, e.body) }

// FaultBody is the body of an error a planned fault answers.
func FaultBody(int) []byte {
	raw, _ := json.Marshal(broken("sandbox fault").body)
	return raw
}

// body is a JSON object whose values are looked at one by one, so that each
// wrong one gets its own refusal.
type body map[string]json.RawMessage

func readJSON(r *http.Request) (body, *apiError) {
	raw, err := kit.ReadBody(r)
	if err != nil {
		return nil, invalid("Invalid JSON")
	}
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, invalid("Invalid JSON")
	}
	return b, nil
}

// lacks tells whether a value is absent, null, empty or 0.
func (b body) lacks(name string) bool {
	switch string(b[name]) {
	case "", "null", `""`, "0", "false":
		return true
	}
	return false
}

// text is a string value; false when it is something else.
func (b body) text(name string) (string, bool) {
	var s string
	err := json.Unmarshal(b[name], &s)
	return s, err == nil
}

// number is an integer value; false when it is something else.
func (b body) number(name string) (int64, bool) {
	var n int64
	err := json.Unmarshal(b[name], &n)
	return n, err == nil
}

// require refuses a body without all the names.
func (b body) require(names ...string) *apiError {
	for _, name := range names {
		if b.lacks(name) {
			return refuse(http.StatusBadRequest, "Missing required parameters", fields{"required": names})
		}
	}
	return nil
}

// parseAmount reads a positive integer of at most 256 bits.
func parseAmount(text string) (*big.Int, bool) {
	if !regexp.MustCompile(`^[0-9]{1,78}$`).MatchString(text) {
		return nil, false
	}
	n, ok := new(big.Int).SetString(text, 10)
	return n, ok && n.Sign() > 0 && n.BitLen() <= 256
}

// stamp prints a time as ISO 8601 UTC with milliseconds, univoucher sheet §4.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// fraction prints basis points as the vendor's "percentage", which is a
// fraction: 100 → 0.01 (univoucher sheet §3).
func fraction(basisPoints int64) json.Number {
	whole, rest := basisPoints/fullBasisPoints, strconv.FormatInt(basisPoints%fullBasisPoints+fullBasisPoints, 10)[1:]
	for len(rest) > 0 && rest[len(rest)-1] == '0' {
		rest = rest[:len(rest)-1]
	}
	text := strconv.FormatInt(whole, 10)
	if rest != "" {
		text += "." + rest
	}
	return json.Number(text)
}
