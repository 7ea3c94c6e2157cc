package univoucher

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"giftbot/order"
)

const (
	pathPurpose   = "univoucher/path"
	createPurpose = "univoucher/create"
	cancelPurpose = "univoucher/cancel"

	// tokenMark leads every path token. Which key made it is found by trying
	// them: a MAC port does not tell the id of its current key.
	tokenMark = "1"
)

var (
	// ErrToken is returned for a path or an authToken that is not ours: 401.
	ErrToken = errors.New("univoucher callback: the token is not ours")
	// ErrMalformed is returned for a body that is no callback: 400.
	ErrMalformed = errors.New("univoucher callback: malformed")
)

// MACs authenticates data for a purpose, with keys that rotate.
type MACs interface {
	// MAC makes one with the current key: at least 32 bytes.
	MAC(purpose string, data ...[]byte) ([]byte, error)
	// CheckMAC holds one against every key, in constant time.
	CheckMAC(purpose string, sum []byte, data ...[]byte) bool
}

// Tokens makes and checks what a callback is authenticated by (DESIGN §5). It
// keeps no state: a callback is known as ours without Redis, however late.
type Tokens struct{ macs MACs }

// NewTokens returns the tokens over a source of MACs.
func NewTokens(m MACs) *Tokens { return &Tokens{macs: m} }

// Letter says which purchase a callback belongs to. With Wake its body brings
// nothing: it only says that a cancellation has ended, and the order is looked
// at.
type Letter struct {
	Number  order.Number
	Line    int // from 0
	Attempt int
	Wake    bool
}

// Path returns the last segment of the callback's address for a purchase
// reference: "1.{order}.{line}-{attempt}.{mac}".
func (t *Tokens) Path(reference string) (string, error) {
	sum, err := t.sum(pathPurpose, reference)
	if err != nil {
		return "", err
	}
	number, rest, _ := strings.Cut(reference, "-")
	return strings.Join([]string{tokenMark, number, rest, sum}, "."), nil
}

// Auth returns the authToken of a creation: 32 bytes in hex.
func (t *Tokens) Auth(reference string) (Secret, error) {
	sum, err := t.sum(createPurpose, reference)
	return NewSecret(sum), err
}

// CancelAuth returns the authToken of a cancellation.
func (t *Tokens) CancelAuth(reference string) (Secret, error) {
	sum, err := t.sum(cancelPurpose, reference)
	return NewSecret(sum), err
}

func (t *Tokens) sum(purpose, reference string) (string, error) {
	if _, _, _, err := order.ParsePurchaseReference(reference); err != nil {
		return "", fmt.Errorf("univoucher token: %w", err)
	}
	sum, err := t.macs.MAC(purpose, []byte(reference))
	if err != nil {
		return "", fmt.Errorf("univoucher token: %w", err)
	}
	return hex.EncodeToString(sum), nil
}

// Open checks a callback: the path first, so that nobody without it costs more
// than one MAC, then the authToken in the body. What else the body says decides
// nothing here, not even its order id: it may hold the only copy of a secret, so
// it is kept, and Receive holds it against the purchase. ErrToken: not ours.
// ErrMalformed: not readable.
func (t *Tokens) Open(token string, body []byte) (Letter, error) {
	reference, letter, err := t.path(token)
	if err != nil {
		return Letter{}, err
	}
	if len(body) > MaxCallbackBody {
		return Letter{}, ErrMalformed
	}
	var w struct {
		AuthToken Secret `json:"authToken"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return Letter{}, ErrMalformed
	}
	switch auth := w.AuthToken.Reveal(); {
	case t.valid(createPurpose, auth, reference):
	case t.valid(cancelPurpose, auth, reference):
		letter.Wake = true
	default:
		return Letter{}, ErrToken
	}
	return letter, nil
}

// path checks the path token and takes it apart.
func (t *Tokens) path(token string) (string, Letter, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 4 || parts[0] != tokenMark {
		return "", Letter{}, ErrToken
	}
	reference := parts[1] + "-" + parts[2]
	if !t.valid(pathPurpose, parts[3], reference) {
		return "", Letter{}, ErrToken
	}
	number, line, attempt, err := order.ParsePurchaseReference(reference)
	if err != nil || line < 0 || attempt < 1 || order.PurchaseReference(number, line, attempt) != reference {
		return "", Letter{}, ErrToken
	}
	return reference, Letter{Number: number, Line: line, Attempt: attempt}, nil
}

// valid holds a whole MAC in hex against a reference; a shortened one is none.
func (t *Tokens) valid(purpose, sum, reference string) bool {
	raw, err := hex.DecodeString(sum)
	return err == nil && len(raw) >= minAuthToken && t.macs.CheckMAC(purpose, raw, []byte(reference))
}
