package univoucher

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"golang.org/x/crypto/sha3"

	"giftbot/providers/rest"
)

const keySize = 32 // bytes of a private key

// ErrPrivateKey is returned for text that is no private key. It does not quote
// the text.
var ErrPrivateKey = errors.New("not a private key")

// PrivateKey is the key of one of our wallets, or of a card. Whoever has it has
// the money. Nothing prints it: not even as a field of a value that is printed
// by reflection, because the text is inside a function. (Behind a pointer %s
// would find it.)
type PrivateKey struct {
	rest.Masked
	held func() heldKey
}

type heldKey struct {
	text    string // 0x and 64 hex digits, lower case
	address string
}

// ParsePrivateKey reads 64 hex digits, with or without 0x. ErrPrivateKey:
// anything else, and numbers that are no key of the curve.
func ParsePrivateKey(text string) (PrivateKey, error) {
	digits := strings.TrimPrefix(text, "0x")
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != keySize {
		return PrivateKey{}, ErrPrivateKey
	}
	var scalar secp256k1.ModNScalar
	if overflow := scalar.SetByteSlice(raw); overflow || scalar.IsZero() {
		return PrivateKey{}, ErrPrivateKey
	}
	public := secp256k1.NewPrivateKey(&scalar).PubKey().SerializeUncompressed()
	held := heldKey{text: "0x" + hex.EncodeToString(raw), address: addressOf(public)}
	return PrivateKey{held: func() heldKey { return held }}, nil
}

// addressOf is the address of an uncompressed public key: the last 20 bytes of
// the Keccak-256 of its coordinates, in lower case.
func addressOf(public []byte) string {
	h := sha3.NewLegacyKeccak256()
	_, _ = h.Write(public[1:]) // a hash takes everything
	return "0x" + hex.EncodeToString(h.Sum(nil)[12:])
}

// checksummed writes an address with the mixed case of EIP-55. "" for text that
// is no address.
func checksummed(address string) string {
	if !plainAddress.MatchString(address) {
		return ""
	}
	out := []byte(strings.ToLower(address))
	h := sha3.NewLegacyKeccak256()
	_, _ = h.Write(out[2:]) // a hash takes everything
	sum := hex.EncodeToString(h.Sum(nil))
	for i, c := range out[2:] {
		if c >= 'a' && sum[i] >= '8' {
			out[i+2] = c - 'a' + 'A'
		}
	}
	return string(out)
}

// Address returns the wallet's address in lower case, "" for the zero value.
func (k PrivateKey) Address() string {
	if k.held == nil {
		return ""
	}
	return k.held().address
}

// reveal returns 0x and 64 hex digits, "" for the zero value.
func (k PrivateKey) reveal() string {
	if k.held == nil {
		return ""
	}
	return k.held().text
}

// Secret is the secret of a card, or an authToken. It shows itself only through
// Reveal.
type Secret struct {
	rest.Masked
	text string
}

// NewSecret wraps a secret.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the secret. Its callers seal it, send it or compare it, and do
// nothing else with it.
func (s Secret) Reveal() string { return s.text }

// UnmarshalJSON implements json.Unmarshaler: text, or null for none.
func (s *Secret) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil {
		return &rest.FieldError{Field: "secret", Rule: "is not text"}
	}
	if text != nil {
		s.text = *text
	}
	return nil
}
