package address

import (
	"errors"

	"github.com/btcsuite/btcd/btcutil/base58"

	"giftbot/order"
)

const (
	keySize   = 32               // bytes of a Solana address, and of a longer witness program
	checkSize = 1 + hashSize + 4 // bytes of version, hash and checksum
)

// The versions of base58check addresses.
const (
	versionBitcoin      = 0x00 // 1…
	versionScript       = 0x05 // 3…, of Bitcoin and, formerly, of Litecoin
	versionLitecoin     = 0x30 // L…
	versionLitecoinNew  = 0x32 // M…, what Litecoin writes instead of 3…
	versionTron         = 0x41 // T…
	versionTest         = 0x6f // m… and n…, of both
	versionTestScript   = 0xc4 // 2…, of both
	versionTestLitecoin = 0x3a // Q…
)

// readBase58 reads what is written in base58: by its size in bytes a Solana
// key, or a hash with version and checksum.
func readBase58(text string) (reading, bool) {
	switch raw := base58.Decode(text); len(raw) {
	case keySize:
		return readSolana(text, raw)
	case checkSize:
		return readChecked(text, raw[0])
	default:
		return reading{}, false
	}
}

func readChecked(text string, version byte) (reading, bool) {
	kinds, test := kindsOf(version)
	if len(kinds) == 0 {
		return reading{}, false
	}
	hash, _, err := base58.CheckDecode(text)
	out := reading{kinds: kinds, text: text}
	switch {
	case errors.Is(err, base58.ErrChecksum):
		out.reason = Checksum
	case err != nil:
		return reading{}, false
	case test:
		out.reason = TestNet
	case nobody(hash) || listed(text, graves()):
		out.reason = Burn
	case listed(text, tokens()):
		out.reason = Contract
	}
	return out, true
}

// kindsOf is the family of a version; none for a version we do not know. Of two,
// the first uses it today: Litecoin's "3…" is written "M…".
func kindsOf(version byte) (kinds []order.AddressKind, test bool) {
	switch version {
	case versionBitcoin:
		return []order.AddressKind{order.AddressBitcoin}, false
	case versionScript:
		return []order.AddressKind{order.AddressBitcoin, order.AddressLitecoin}, false
	case versionLitecoin, versionLitecoinNew:
		return []order.AddressKind{order.AddressLitecoin}, false
	case versionTron:
		return []order.AddressKind{order.AddressTron}, false
	case versionTest, versionTestScript:
		return []order.AddressKind{order.AddressBitcoin, order.AddressLitecoin}, true
	case versionTestLitecoin:
		return []order.AddressKind{order.AddressLitecoin}, true
	default:
		return nil, false
	}
}
