package univoucher

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// Vector of univoucher sheet §6.
func TestSealVector(t *testing.T) {
	const secret = "ABCDE-FGHIJ-KLMNO-PQRST"
	salt, _ := hex.DecodeString("000102030405060708090a0b0c0d0e0f")
	key, err := stretch(secret, salt)
	if err != nil || hex.EncodeToString(key) != "61acd9fd33d6517c108ad82e0bcc29674b6b9e665bfcd145f3e9464daa0703b2" {
		t.Errorf("key %x, %v", key, err)
	}
	text, err := seal(secret, testKey, salt, salt[:12])
	if err != nil {
		t.Fatal(err)
	}
	var got sealed
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := sealed{
		Salt: "000102030405060708090a0b0c0d0e0f", IV: "000102030405060708090a0b",
		Ciphertext: "60R2yLuqYaS9Koke24nTDi9EmkIr4PNmrkepdQmtN9mEd4MkE5l+5nzxm/TDzYfySnlemvFmiXYTG/ULKoruVm0KDC3wHtreYQwk993SXdMRJA==",
	}
	if got != want {
		t.Errorf("sealed %+v", got)
	}
}

// Vector of univoucher sheet §12.
func TestAddressVector(t *testing.T) {
	key, err := parseKey(testKey)
	if err != nil || addressOf(key) != issuer {
		t.Errorf("address %s, %v", addressOf(key), err)
	}
}

func TestParseKey(t *testing.T) {
	const order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
	for text, ok := range map[string]bool{
		testKey: true, testKey[2:]: true, strings.Repeat("aB", 32): true, "": false, "0x": false, testKey[:65]: false, testKey + "1": false,
		strings.Repeat("0", 64): false, order: false, strings.Repeat("g", 64): false, "0X" + testKey[2:]: false,
	} {
		_, err := parseKey(text)
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && len(text) > 8 && strings.Contains(err.Error(), text[2:8]) {
			t.Errorf("the error quotes the key: %v", err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, ok := range map[string]bool{
		usdc: true, strings.ToLower(usdc): true, "0x" + strings.ToUpper(usdc[2:]): true, contractAddress: true, zeroAddress: true,
		strings.Replace(usdc, "C", "c", 1): false, usdc[2:]: false, usdc + "0": false, "0x" + strings.Repeat("g", 40): false, "": false,
	} {
		lower, got := parseAddress(text)
		if got != ok || (ok && (lower != strings.ToLower(lower) || !strings.EqualFold(lower, text))) {
			t.Errorf("%s: %v %s", text, got, lower)
		}
	}
}

// The defaults are written with their checksums, so a typing error shows here.
func TestDefaultTokens(t *testing.T) {
	seen := map[int64]int{}
	for _, x := range DefaultTokens() {
		lower, ok := parseAddress(x.Address)
		if !ok || checksum(lower) != x.Address {
			t.Errorf("%d %s %s", x.Chain, x.Symbol, x.Address)
		}
		want := 6
		if x.Chain == 56 {
			want = 18
		}
		if x.Decimals != want {
			t.Errorf("%d %s has %d decimals", x.Chain, x.Symbol, x.Decimals)
		}
		seen[x.Chain]++
	}
	for _, c := range newChains() {
		if seen[c.id] != 2 {
			t.Errorf("chain %d has %d tokens", c.id, seen[c.id])
		}
	}
}

func TestSeed(t *testing.T) {
	a, again, b := seed("1"), seed("1"), seed("2")
	if a.secret("secret") != again.secret("secret") || a.hash() != again.hash() || !bytes.Equal(a.key(), again.key()) {
		t.Error("a seed does not repeat")
	}
	if a.secret("secret") == b.secret("secret") || a.hash() == b.hash() || bytes.Equal(a.key(), b.key()) || a.address() == b.address() {
		t.Error("two seeds agree")
	}
	if !regexp.MustCompile(`^[A-Z]{5}(-[A-Z]{5}){3}$`).MatchString(a.secret("secret")) {
		t.Error(a.secret("secret"))
	}
	if !regexp.MustCompile(`^0x[0-9a-f]{64}$`).MatchString(a.hash()) {
		t.Error(a.hash())
	}
}

func TestFraction(t *testing.T) {
	for points, want := range map[int64]string{0: "0", 1: "0.0001", 100: "0.01", 150: "0.015", 200: "0.02", 10000: "1", 12500: "1.25"} {
		if got := fraction(points).String(); got != want {
			t.Errorf("%d: %s, want %s", points, got, want)
		}
	}
}
