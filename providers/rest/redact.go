package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

const (
	maxMessage   = 200 // characters of a vendor's text kept
	maxCode      = 40
	maxRequestID = 64
	mask         = "[masked]"
)

// longToken is what maskToken looks at.
var longToken = regexp.MustCompile(`[A-Za-z0-9_+/=\-]{12,}`)

// redactor blanks what must not leave the process in a vendor's own words.
type redactor struct {
	secrets []string
}

// newRedactor takes the exact secrets of a vendor. Beside them every long
// token with a digit in it is masked: keys, codes, ids, signatures.
func newRedactor(secrets []string) redactor {
	kept := make([]string, 0, len(secrets))
	for _, s := range secrets {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return redactor{secrets: kept}
}

// text returns a vendor's message fit for a log: one line, masked, cut.
func (r redactor) text(s string) string {
	if len(s) > 16*maxMessage {
		s = s[:16*maxMessage] // far beyond what is kept, so that masking stays cheap
	}
	for _, secret := range r.secrets {
		s = strings.ReplaceAll(s, secret, mask)
	}
	s = longToken.ReplaceAllStringFunc(s, maskToken)
	s = strings.Map(printable, strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > maxMessage {
		s = string(runes[:maxMessage]) + "…"
	}
	return strings.TrimSpace(s)
}

// maskToken masks a token that holds a digit or reads like a voucher code;
// long plain words stay readable.
func maskToken(token string) string {
	upper := token == strings.ToUpper(token) && !strings.Contains(token, "_")
	if strings.ContainsAny(token, "0123456789") || upper {
		return mask
	}
	return token
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
		return ' '
	}
	return r
}

// word returns s if it looks like a code or an id, cut to limit; anything else
// is "odd": it comes from outside and ends up in logs and labels.
func word(s string, limit int) string {
	if len(s) > limit {
		return "odd"
	}
	for _, c := range []byte(s) {
		letter := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && c != '_' && c != '-' && c != '.' {
			return "odd"
		}
	}
	return s
}

// describe turns a decoder's error into text without a byte of the answer:
// messages of encoding/json and decimal quote what they could not read.
func describe(err error) error {
	if e, ok := errors.AsType[*FieldError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("field %s has another type", word(e.Field, maxRequestID))
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON from byte %d", e.Offset)
	}
	return errors.New("not what the contract says")
}
