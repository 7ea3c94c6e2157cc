package address

import (
	"bytes"
	"errors"
	"strings"

	"github.com/btcsuite/btcd/btcutil/bech32"

	"giftbot/order"
)

// prefixOf is the part of a bech32 text before its separator, and the family
// it stands for; test is a test network of it.
func prefixOf(text string) (kind order.AddressKind, test, ok bool) {
	prefix, _, _ := strings.Cut(strings.ToLower(text), "1")
	switch prefix {
	case "bc":
		return order.AddressBitcoin, false, true
	case "tb", "bcrt":
		return order.AddressBitcoin, true, true
	case "ltc":
		return order.AddressLitecoin, false, true
	case "tltc", "rltc":
		return order.AddressLitecoin, true, true
	default:
		return "", false, false
	}
}

// readSegwit reads the bech32 and bech32m addresses of Bitcoin and Litecoin
// (BIP-173, BIP-350).
func readSegwit(text string) (reading, bool) {
	kind, test, ok := prefixOf(text)
	if !ok {
		return reading{}, false
	}
	_, data, form, err := bech32.DecodeGeneric(text)
	if _, mixed := errors.AsType[bech32.ErrMixedCase](err); mixed {
		return reading{}, false // never written so, and Solana's may begin like this
	}
	out := reading{kinds: []order.AddressKind{kind}, text: strings.ToLower(text)}
	switch {
	case err != nil:
		out.reason = Checksum
	case test:
		out.reason = TestNet
	default:
		out.reason, ok = programReason(data, form)
	}
	return out, ok
}

// programReason judges a version and its witness program. ok is false for what
// is no address. Of the versions above 0 only taproot is in use: what is sent
// to another may be taken by everybody.
func programReason(data []byte, form bech32.Version) (reason Reason, ok bool) {
	if len(data) == 0 {
		return "", false
	}
	program, err := bech32.ConvertBits(data[1:], 5, 8, false)
	version, size := data[0], len(program)
	switch {
	case err != nil || version > 16 || size < 2 || size > 40:
		return "", false
	case version == 0 && size != hashSize && size != keySize:
		return "", false
	case (version == 0) != (form == bech32.Version0):
		return Checksum, true
	case version > 1 || version == 1 && size != keySize:
		return Burn, true
	case len(bytes.Trim(program, "\x00")) == 0:
		return Burn, true
	default:
		return "", true
	}
}
