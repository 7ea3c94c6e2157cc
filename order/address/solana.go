package address

import (
	"math/big"
	"slices"
	"strings"

	"giftbot/order"
)

// padding ends the addresses of Solana's own programs and registers, and of
// its incinerator; an address of a person ends so once in 10^14.
const padding = "11111111"

// readSolana judges the 32 bytes of a Solana address. They have no checksum;
// but half of all mistyped ones are no point of the curve.
func readSolana(text string, raw []byte) (reading, bool) {
	out := reading{kinds: []order.AddressKind{order.AddressSolana}, text: text}
	switch {
	case strings.HasSuffix(text, padding) || listed(text, graves()):
		out.reason = Burn
	case listed(text, tokens()):
		out.reason = Contract
	case !onCurve(raw):
		out.reason = NoWallet
	}
	return out, true
}

// onCurve reports whether 32 bytes are a public key of Ed25519 (RFC 8032
// §5.1.3): there is an x with x² = (y² − 1) / (d·y² + 1), which there is when
// the product of the two is a square. Addresses that programs own are chosen
// so that they are none.
func onCurve(raw []byte) bool {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	d := new(big.Int).Mul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), p))
	low := slices.Clone(raw)
	slices.Reverse(low)
	low[0] &= 0x7f // the highest bit is the sign of x
	square := new(big.Int).SetBytes(low)
	square.Mul(square, square).Mod(square, p)
	above := new(big.Int).Sub(square, big.NewInt(1))
	below := new(big.Int).Add(d.Mul(d, square), big.NewInt(1))
	return big.Jacobi(above.Mul(above, below).Mod(above, p), p) >= 0
}
