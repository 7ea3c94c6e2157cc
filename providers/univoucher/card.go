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
)

const (
	cardRounds = 310_000 // PBKDF2-HMAC-SHA256 (univoucher sheet §6)
	cardKey    = 32      // bytes, AES-256
	cardNonce  = 12      // bytes
	maxSalt    = 64      // bytes
	maxLocked  = 4 << 10 // bytes of an encrypted key
)

// ErrCard is wrapped by every reason why a secret does not open a card. It
// quotes neither.
var ErrCard = errors.New("the secret does not open the card")

// Opens checks that a secret unlocks a card: it decrypts the card's key, and
// the address of that key is the card's slot (univoucher sheet §6). It costs
// about 80 ms. The error wraps ErrCard.
func Opens(secret Secret, c Card) error {
	key, err := unlock(secret, c.Locked)
	if err != nil {
		return err
	}
	if !sameAddress(key.Address(), c.Slot) {
		return fmt.Errorf("%w: its key is another card's", ErrCard)
	}
	return nil
}

// unlock decrypts a card's private key.
func unlock(secret Secret, locked string) (PrivateKey, error) {
	salt, nonce, sealed, err := parseLocked(locked)
	if err != nil {
		return PrivateKey{}, err
	}
	aead, err := cardCipher(secret, salt)
	if err != nil {
		return PrivateKey{}, err
	}
	plain, err := aead.Open(nil, nonce, sealed, nil)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("%w: another secret", ErrCard)
	}
	key, err := ParsePrivateKey(string(plain))
	if err != nil {
		return PrivateKey{}, fmt.Errorf("%w: what it holds is no key", ErrCard)
	}
	return key, nil
}

// cardCipher derives the cipher of a card from its secret without hyphens.
func cardCipher(secret Secret, salt []byte) (cipher.AEAD, error) {
	password := strings.ReplaceAll(secret.Reveal(), "-", "")
	key, err := pbkdf2.Key(sha256.New, password, salt, cardRounds, cardKey)
	if err != nil {
		return nil, fmt.Errorf("%w: no key can be derived", ErrCard)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("%w: no cipher", ErrCard)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("%w: no cipher", ErrCard)
	}
	return aead, nil
}

// parseLocked reads the JSON text of encryptedPrivateKey.
func parseLocked(locked string) (salt, nonce, sealed []byte, err error) {
	odd := fmt.Errorf("%w: its encrypted key is unreadable", ErrCard)
	var w struct {
		Salt       string `json:"salt"`
		IV         string `json:"iv"`
		Ciphertext string `json:"ciphertext"`
	}
	if len(locked) > maxLocked || json.Unmarshal([]byte(locked), &w) != nil {
		return nil, nil, nil, odd
	}
	salt, saltErr := hex.DecodeString(w.Salt)
	nonce, nonceErr := hex.DecodeString(w.IV)
	sealed, sealedErr := base64.StdEncoding.DecodeString(w.Ciphertext)
	if errors.Join(saltErr, nonceErr, sealedErr) != nil || len(salt) == 0 || len(salt) > maxSalt || len(nonce) != cardNonce {
		return nil, nil, nil, odd
	}
	return salt, nonce, sealed, nil
}
