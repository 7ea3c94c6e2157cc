package address

import (
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/sha3"

	"giftbot/order"
)

const hashSize = 20 // bytes of what an EVM, Tron or older Bitcoin address holds

// readEVM reads "0x" and 40 hex digits. Digits in one case have no checksum;
// in mixed case it is that of EIP-55.
func readEVM(text string) (reading, bool) {
	digits, ok := strings.CutPrefix(text, "0x")
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != hashSize {
		return reading{}, false
	}
	out := reading{kinds: []order.AddressKind{order.AddressEVM}, text: "0x" + mixedCase(strings.ToLower(digits))}
	plain := digits == strings.ToLower(digits) || digits == strings.ToUpper(digits)
	switch {
	case !plain && out.text != text:
		out.reason = Checksum
	case nobody(raw):
		out.reason = Burn
	case listed(out.text, tokens()):
		out.reason = Contract
	}
	return out, true
}

// mixedCase puts the checksum of EIP-55 into 40 lower-case hex digits: a letter
// is a capital where the digit of the hash at its place is 8 or more.
func mixedCase(digits string) string {
	h := sha3.NewLegacyKeccak256()
	_, _ = h.Write([]byte(digits)) // a hash takes everything
	sum := hex.EncodeToString(h.Sum(nil))
	out := []byte(digits)
	for i, c := range out {
		if c >= 'a' && sum[i] >= '8' {
			out[i] = c - 'a' + 'A'
		}
	}
	return string(out)
}
