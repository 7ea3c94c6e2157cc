package univoucher

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"golang.org/x/crypto/sha3"
)

const (
	keyRounds   = 310000 // PBKDF2-HMAC-SHA256, univoucher sheet §6
	keyLength   = 32
	secretParts = 4
	partLength  = 5
	zeroAddress = "0x0000000000000000000000000000000000000000"
)

// errKey says that a private key has a bad shape. It never quotes the key.
var errKey = errors.New("private key must be 64 hex digits of a secp256k1 key")

// parseKey reads a private key, with or without 0x, and returns its 32 bytes.
func parseKey(text string) ([]byte, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	var scalar secp256k1.ModNScalar
	if err != nil || len(raw) != keyLength || scalar.SetByteSlice(raw) || scalar.IsZero() {
		return nil, errKey
	}
	return raw, nil
}

// addressOf is the lower-case address of a private key: the last 20 bytes of
// the keccak256 of its public key.
func addressOf(key []byte) string {
	public := secp256k1.PrivKeyFromBytes(key).PubKey().SerializeUncompressed()
	return "0x" + hex.EncodeToString(keccak(public[1:])[12:])
}

func keccak(data []byte) []byte {
	h := sha3.NewLegacyKeccak256()
	_, _ = h.Write(data) // a hash never fails
	return h.Sum(nil)
}

// checksum writes a lower-case address with the capitals of EIP-55.
func checksum(address string) string {
	out := []byte(address)
	sum := hex.EncodeToString(keccak(out[2:]))
	for i := 2; i < len(out); i++ {
		if out[i] >= 'a' && sum[i-2] >= '8' {
			out[i] -= 'a' - 'A'
		}
	}
	return string(out)
}

// parseAddress returns the address in lower case. Mixed case must carry the
// right EIP-55 checksum.
func parseAddress(text string) (string, bool) {
	digits, found := strings.CutPrefix(text, "0x")
	if _, err := hex.DecodeString(digits); !found || err != nil || len(digits) != 40 {
		return "", false
	}
	lower := strings.ToLower(text)
	if digits != lower[2:] && digits != strings.ToUpper(digits) && checksum(lower) != text {
		return "", false
	}
	return lower, true
}

// seed draws everything random about a card, or a hash, from one id.
type seed string

func (s seed) draw(label string) []byte {
	sum := sha256.Sum256([]byte("univoucher sandbox " + label + " " + string(s)))
	return sum[:]
}

// hash is a transaction hash.
func (s seed) hash() string { return "0x" + hex.EncodeToString(s.draw("transaction")) }

// address is somebody's address, nobody having its key.
func (s seed) address() string { return "0x" + hex.EncodeToString(s.draw("address")[:20]) }

// key is a private key; a digest that is none (1 in 2^127) is drawn again.
func (s seed) key() []byte {
	for label := "key"; ; label += "'" {
		if key, err := parseKey(hex.EncodeToString(s.draw(label))); err == nil {
			return key
		}
	}
}

// secret is a card secret, XXXXX-XXXXX-XXXXX-XXXXX.
func (s seed) secret(label string) string {
	digest := s.draw(label)
	parts := make([]string, secretParts)
	for i := range parts {
		part := make([]byte, partLength)
		for j := range part {
			part[j] = 'A' + digest[i*partLength+j]%26
		}
		parts[i] = string(part)
	}
	return strings.Join(parts, "-")
}

// sealed is the public ciphertext of a card's key, univoucher sheet §3.
type sealed struct {
	Salt       string `json:"salt"`
	IV         string `json:"iv"`
	Ciphertext string `json:"ciphertext"`
}

// seal encrypts text under a card secret as univoucher sheet §6 says and
// returns the JSON text of the result. It costs about 80 ms.
func seal(secret, text string, salt, iv []byte) (string, error) {
	key, err := stretch(secret, salt)
	if err != nil {
		return "", err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fmt.Errorf("card cipher: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return "", fmt.Errorf("card cipher: %w", err)
	}
	raw, err := json.Marshal(sealed{
		Salt: hex.EncodeToString(salt), IV: hex.EncodeToString(iv),
		Ciphertext: base64.StdEncoding.EncodeToString(gcm.Seal(nil, iv, []byte(text), nil)),
	})
	if err != nil {
		return "", fmt.Errorf("card cipher: %w", err)
	}
	return string(raw), nil
}

func stretch(secret string, salt []byte) ([]byte, error) {
	key, err := pbkdf2.Key(sha256.New, strings.ReplaceAll(secret, "-", ""), salt, keyRounds, keyLength)
	if err != nil {
		return nil, fmt.Errorf("card key: %w", err)
	}
	return key, nil
}
