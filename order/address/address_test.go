package address

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/base58"
	"github.com/btcsuite/btcd/btcutil/bech32"
	"pgregory.net/rapid"

	"giftbot/order"
)

const (
	alphabet58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	alphabet32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	alphabet16 = "0123456789abcdefABCDEF"
)

// check58 is an address of a version whose hash is one byte, repeated.
func check58(version, fill byte) string {
	return base58.CheckEncode([]byte(strings.Repeat(string(rune(fill)), hashSize)), version)
}

// segwit is an address of a witness version, of a program of that many bytes.
func segwit(prefix string, version byte, size int) string {
	data, err := bech32.ConvertBits([]byte(strings.Repeat("\x07", size)), 8, 5, true)
	if err != nil {
		return ""
	}
	encode := bech32.Encode
	if version > 0 {
		encode = bech32.EncodeM
	}
	text, err := encode(prefix, append([]byte{version}, data...))
	if err != nil {
		return ""
	}
	return text
}

func contains(list []order.AddressKind, kind order.AddressKind) bool {
	return slices.Contains(list, kind)
}

func looksOf(err error) []order.AddressKind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Looks
	}
	return nil
}

// same compares as the family does: base58 to the letter.
func same(kind order.AddressKind, a, b string) bool {
	if kind == order.AddressEVM || kind == order.AddressBitcoin || kind == order.AddressLitecoin {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// typos are all texts that differ from an address in one character.
func typos(text, alphabet string, from int) []string {
	var out []string
	for i := from; i < len(text); i++ {
		for _, c := range alphabet {
			if byte(c) != text[i] {
				out = append(out, text[:i]+string(c)+text[i+1:])
			}
		}
	}
	return out
}

// A checksum of four bytes and bech32's code find every single wrong character.
func TestEverySingleTypoIsRefused(t *testing.T) {
	for kind, list := range good() {
		if kind == order.AddressEVM || kind == order.AddressSolana {
			continue
		}
		for _, text := range list {
			alphabet := alphabet58
			switch {
			case strings.HasPrefix(text, "BC1"):
				alphabet = strings.ToUpper(alphabet32)
			case strings.HasPrefix(text, "bc1"), strings.HasPrefix(text, "ltc1"):
				alphabet = alphabet32 + "bio1"
			}
			for _, typo := range typos(text, alphabet, 0) {
				if got, err := Check(kind, typo); err == nil || got != "" {
					t.Errorf("%s: %s was taken", text, typo)
				}
			}
		}
	}
}

// The checksum of EIP-55 is in the case of the letters: a letter in the wrong
// case always shows, a wrong digit but for one in some thousands.
func TestTyposOfMixedCase(t *testing.T) {
	all, missed := 0, 0
	for _, text := range eip55() {
		for _, typo := range typos(text, alphabet16, 2) {
			_, err := Check(order.AddressEVM, typo)
			if err != nil && ReasonOf(err) != Checksum {
				t.Errorf("%s: %v", typo, err)
			}
			if strings.EqualFold(typo, text) && err == nil {
				t.Errorf("%s: a letter in the wrong case was taken", typo)
			}
			all++
			if err == nil {
				missed++
			}
		}
	}
	if all < 3000 || missed > all/1000 {
		t.Errorf("%d of %d typos were taken", missed, all)
	}
}

// Solana has no checksum: a wrong character is found when the size is then
// another or when no key can belong to it, which is half of the time.
func TestTyposOfSolana(t *testing.T) {
	all, refused, noWallet := 0, 0, 0
	for _, text := range good()[order.AddressSolana] {
		for _, typo := range typos(text, alphabet58, 0) {
			all++
			if _, err := Check(order.AddressSolana, typo); err != nil {
				refused++
				if ReasonOf(err) == NoWallet {
					noWallet++
				}
			}
		}
	}
	if refused*5 < all*2 || noWallet == 0 {
		t.Errorf("only %d of %d typos were refused", refused, all)
	}
}

func TestEveryHashHasAnAddress(t *testing.T) {
	versions := map[byte]order.AddressKind{
		versionBitcoin: order.AddressBitcoin, versionScript: order.AddressBitcoin, versionLitecoin: order.AddressLitecoin,
		versionLitecoinNew: order.AddressLitecoin, versionTron: order.AddressTron,
	}
	rapid.Check(t, func(r *rapid.T) {
		hash := rapid.SliceOfN(rapid.Byte(), hashSize, hashSize).Draw(r, "hash")
		hash[0] |= 1 // of somebody
		version := rapid.SampledFrom([]byte{versionBitcoin, versionScript, versionLitecoin, versionLitecoinNew, versionTron}).Draw(r, "version")
		text := base58.CheckEncode(hash, version)
		if got, err := Check(versions[version], text); err != nil || got != text {
			r.Fatalf("%s: %q %v", text, got, err)
		}
		at := rapid.IntRange(0, len(text)-1).Draw(r, "at")
		wrong := rapid.SampledFrom([]byte(alphabet58)).Draw(r, "wrong")
		if typo := text[:at] + string(wrong) + text[at+1:]; typo != text {
			if _, err := Check(versions[version], typo); err == nil {
				r.Fatalf("%s was taken for %s", typo, text)
			}
		}
	})
}

// Whatever is typed: no panic, an *Error or an address that is good again.
func FuzzCheck(f *testing.F) {
	for kind, list := range good() {
		for _, text := range list {
			f.Add(string(kind), text)
		}
	}
	f.Add("solana", "11111111111111111111111111111111")
	f.Add("bitcoin", "bc1")
	f.Add("evm", "0x")
	f.Fuzz(func(t *testing.T, kind, text string) {
		got, err := Check(order.AddressKind(kind), text)
		if err != nil {
			if got != "" || ReasonOf(err) == "" || leaks(err, text) {
				t.Fatalf("%q: %q %v", text, got, err)
			}
			return
		}
		if again, err := Check(order.AddressKind(kind), got); err != nil || again != got || !contains(Looks(text), order.AddressKind(kind)) {
			t.Fatalf("%q: %q %v", text, again, err)
		}
	})
}

// leaks reports whether an error quotes a piece of what was typed.
func leaks(err error, text string) bool {
	said := err.Error()
	for _, own := range []string{"address: ", string(ReasonOf(err)), "litecoin", "bitcoin", "solana", "tron", "evm"} {
		said = strings.ReplaceAll(said, own, "")
	}
	for i := 0; i+4 <= len(text); i++ {
		if strings.Contains(said, text[i:i+4]) {
			return true
		}
	}
	return false
}

func TestNoAddressInAnError(t *testing.T) {
	for kind := range good() {
		for _, list := range good() {
			for _, text := range list {
				for _, typed := range []string{text, text[:len(text)-1] + "z", "x" + text} {
					if _, err := Check(kind, typed); err != nil && leaks(err, typed) {
						t.Errorf("%s: %v", typed, err)
					}
				}
			}
		}
	}
	_, err := Check(order.AddressEVM, "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8")
	if err == nil || err.Error() != "address: wrong_chain tron" {
		t.Error(err)
	}
	if ReasonOf(nil) != "" || ReasonOf(errors.New("other")) != "" {
		t.Error("a reason from nowhere")
	}
}

func TestDeny(t *testing.T) {
	ours := eip55()[0]
	check := Deny(strings.ToLower(ours), "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8")
	for text, want := range map[string]Reason{
		ours: Contract, strings.ToLower(ours): Contract, eip55()[1]: "", "0x": Unreadable, "0x000000000000000000000000000000000000dEaD": Burn,
	} {
		if got, err := check(order.AddressEVM, text); ReasonOf(err) != want || (got == "") != (want != "") {
			t.Errorf("%s: %q %v, want %q", text, got, err, want)
		}
	}
	if _, err := check(order.AddressTron, "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"); ReasonOf(err) != Contract {
		t.Error(err)
	}
}

// What is refused by name is spelled as it is compared, and is an address.
func TestListsAreSpelledRight(t *testing.T) {
	for _, list := range [][]string{graves(), tokens()} {
		for _, text := range list {
			kinds := Looks(text)
			if len(kinds) != 1 {
				t.Errorf("%s looks like %v", text, kinds)
				continue
			}
			if _, err := Check(kinds[0], text); ReasonOf(err) != Burn && ReasonOf(err) != Contract {
				t.Errorf("%s: %v", text, err)
			}
			if kinds[0] == order.AddressEVM && text != "0x"+mixedCase(strings.ToLower(text[2:])) {
				t.Errorf("%s: mistyped", text)
			}
		}
	}
}

func TestLooks(t *testing.T) {
	for text, want := range map[string][]order.AddressKind{
		"TJRabPrwbZy45sbavfcjinPJC18kjpRTv9":           {order.AddressTron}, // mistyped, and still one of Tron's
		"\t0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD": {order.AddressEVM},
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5":   {order.AddressBitcoin},
		"3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy":           {order.AddressBitcoin, order.AddressLitecoin},
		"tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx":   {order.AddressBitcoin},
		"hello": nil, "": nil, strings.Repeat("1", 91): nil, strings.Repeat("z", 90): nil,
	} {
		if got := Looks(text); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestMark(t *testing.T) {
	for text, want := range map[string]string{
		"0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913": "0x8335…2913",
		"\nTJRabPrwbZy45sbavfcjinPJC18kjpRTv8\n":     "TJRabP…RTv8",
		"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4": "bc1qw5…f3t4",
		"":           "…",
		"0x12345678": "…",
		"жжжжжжжжжжжжжжжжжжжж": "жжжжжж…жжжж",
	} {
		if got := Mark(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
