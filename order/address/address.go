package address

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"giftbot/order"
)

const (
	maxText = 90 // characters: the longest bech32 text there is (BIP-173)
	minMark = 20 // characters: the shortest text that a mark does not give away

	markHead, markTail = 6, 4
)

// Reason says why an address is refused. Texts for people are chosen at the edge.
type Reason string

// The reasons.
const (
	Unreadable Reason = "unreadable"  // not an address of any family that we know
	WrongChain Reason = "wrong_chain" // of another family, or of two at once: Error.Looks names them
	Checksum   Reason = "checksum"    // the check characters do not fit the others: mistyped
	TestNet    Reason = "test_net"    // of a test network, where coins are worth nothing
	Burn       Reason = "burn"        // nobody can take out what is sent there
	Contract   Reason = "contract"    // a token's own contract, copied instead of a wallet
	NoWallet   Reason = "no_wallet"   // no key can belong to it (Solana): a token account, or mistyped
)

// Error is a refused address. It does not carry the address.
type Error struct {
	Reason Reason
	// Looks are the families the text seems to be of, with WrongChain. When the
	// one that was asked for is among them, the text is good in two families.
	Looks []order.AddressKind
}

// Error implements error.
func (e *Error) Error() string {
	out := "address: " + string(e.Reason)
	for _, kind := range e.Looks {
		out += " " + string(kind)
	}
	return out
}

// ReasonOf returns the reason of an error of this package, "" for any other and for none.
func ReasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}

// reading is what a text was read as. A reason in it is why it is no good even
// in its own family.
type reading struct {
	kinds  []order.AddressKind // the first is the one it is taken for
	text   string              // canonical
	reason Reason
}

// Check returns an address of a family in its canonical form: EVM with the
// mixed case of EIP-55, bech32 in lower case, all else as typed. Space around
// it is dropped. Every error is an *Error.
func Check(kind order.AddressKind, text string) (string, error) {
	found, ok := read(strings.TrimSpace(text))
	switch {
	case !ok:
		return "", &Error{Reason: Unreadable}
	case kind != found.kinds[0] && (found.reason != TestNet || !slices.Contains(found.kinds, kind)):
		return "", &Error{Reason: WrongChain, Looks: found.kinds}
	case found.reason != "":
		return "", &Error{Reason: found.reason}
	}
	return found.text, nil
}

// Deny returns a Check that also refuses the addresses of a list, with
// Contract: the tokens a shop deals in, our own wallets.
func Deny(list ...string) func(order.AddressKind, string) (string, error) {
	list = slices.Clone(list)
	return func(kind order.AddressKind, text string) (string, error) {
		found, err := Check(kind, text)
		if err == nil && slices.ContainsFunc(list, func(denied string) bool { return strings.EqualFold(denied, found) }) {
			return "", &Error{Reason: Contract}
		}
		return found, err
	}
}

// Looks returns the families whose shape a text has, mistyped or not; nil for
// none. Only "3…" has two.
func Looks(text string) []order.AddressKind {
	found, _ := read(strings.TrimSpace(text))
	return found.kinds
}

// Mark shortens an address for a screen on which it has to be told from
// another: "0x8335…2913". "…" for what is too short to be one.
func Mark(text string) string {
	letters := []rune(strings.TrimSpace(text))
	if len(letters) < minMark {
		return "…"
	}
	return string(letters[:markHead]) + "…" + string(letters[len(letters)-markTail:])
}

// read finds the one family a text can be of. Letters outside ASCII, spaces
// and what cannot be seen are never part of an address.
func read(text string) (reading, bool) {
	odd := func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || unicode.IsControl(r) }
	if text == "" || len(text) > maxText || strings.ContainsFunc(text, odd) {
		return reading{}, false
	}
	for _, family := range []func(string) (reading, bool){readEVM, readSegwit, readBase58} {
		if found, ok := family(text); ok {
			return found, true
		}
	}
	return reading{}, false
}
