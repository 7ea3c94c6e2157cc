package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"giftbot/order"
)

const (
	sealMark   = 0xFD // never begins text: tells sealed bytes from others
	minSecret  = 32   // bytes of an encryption key
	maxKeyID   = 16
	minMAC     = 8 // bytes a shortened MAC must keep
	sealPrefix = "giftbot/seal/"
	macPrefix  = "giftbot/mac/"
)

var (
	_ order.Vault = (*Vault)(nil)

	errSealed = errors.New("store: sealed bytes cannot be opened")
	errKey    = errors.New("store: sealed with an unknown key")
)

// Key is one encryption key of ENCRYPTION_KEYS.
type Key struct {
	ID     string // 1 to 16 characters, stored in front of everything it seals
	Secret []byte // at least 32 bytes of randomness
}

// Vault seals secrets with AES-256-GCM under a random nonce. Each purpose has
// its own sub-key (HKDF-SHA256); order number, purpose and key id are
// authenticated with the secret, so that it opens nowhere else. The first key
// seals, every key opens. Safe for concurrent use.
type Vault struct {
	keys   []Key
	random io.Reader

	mu    sync.Mutex // guards ready and the source of randomness
	ready map[string]cipher.AEAD
}

// NewVault makes a vault; the first key is the current one. Errors never
// quote a secret.
func NewVault(keys []Key, random io.Reader) (*Vault, error) {
	if len(keys) == 0 {
		return nil, errors.New("store: a vault needs a key")
	}
	v := &Vault{random: random, ready: make(map[string]cipher.AEAD)}
	for _, k := range keys {
		if len(k.ID) == 0 || len(k.ID) > maxKeyID {
			return nil, fmt.Errorf("store: a key id has 1 to %d characters", maxKeyID)
		}
		if len(k.Secret) < minSecret {
			return nil, fmt.Errorf("store: encryption key %q is shorter than %d bytes", k.ID, minSecret)
		}
		if _, double := v.key(k.ID); double {
			return nil, fmt.Errorf("store: two encryption keys are called %q", k.ID)
		}
		v.keys = append(v.keys, Key{ID: k.ID, Secret: slices.Clone(k.Secret)})
	}
	return v, nil
}

// Seal encrypts a secret of one order for one purpose: mark, length and text
// of the key id, nonce, ciphertext with tag.
func (v *Vault) Seal(n order.Number, purpose string, plain []byte) ([]byte, error) {
	k := v.keys[0]
	aead, err := v.aead(k, purpose)
	if err != nil {
		return nil, err
	}
	head := append([]byte{sealMark, byte(len(k.ID))}, k.ID...)
	out := make([]byte, len(head)+aead.NonceSize(), len(head)+aead.NonceSize()+len(plain)+aead.Overhead())
	copy(out, head)
	nonce := out[len(head):]
	if err := v.draw(nonce); err != nil {
		return nil, err
	}
	return aead.Seal(out, nonce, plain, binding(k.ID, purpose, n)), nil
}

// Open decrypts what Seal made for the same order and purpose.
func (v *Vault) Open(n order.Number, purpose string, sealed []byte) ([]byte, error) {
	id, rest, ok := splitSealed(sealed)
	if !ok {
		return nil, errSealed
	}
	k, known := v.key(id)
	if !known {
		return nil, errKey
	}
	aead, err := v.aead(k, purpose)
	if err != nil {
		return nil, err
	}
	if len(rest) < aead.NonceSize() {
		return nil, errSealed
	}
	plain, err := aead.Open(nil, rest[:aead.NonceSize()], rest[aead.NonceSize():], binding(id, purpose, n))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// MAC authenticates data for a purpose with a sub-key of the current key:
// HMAC-SHA256, 32 bytes, over the parts with their lengths.
func (v *Vault) MAC(purpose string, data ...[]byte) ([]byte, error) {
	return mac(v.keys[0], purpose, data)
}

// CheckMAC reports whether a MAC, or the first eight or more bytes of one, was
// made for these data with any of the keys. Constant time per key.
func (v *Vault) CheckMAC(purpose string, sum []byte, data ...[]byte) bool {
	if len(sum) < minMAC || len(sum) > sha256.Size {
		return false
	}
	valid := false
	for _, k := range v.keys {
		full, err := mac(k, purpose, data)
		if err == nil && hmac.Equal(full[:len(sum)], sum) {
			valid = true
		}
	}
	return valid
}

// KeyID returns the id of the key that sealed these bytes, false if they are
// not sealed.
func KeyID(sealed []byte) (string, bool) {
	id, _, ok := splitSealed(sealed)
	return id, ok
}

func mac(k Key, purpose string, data [][]byte) ([]byte, error) {
	sub, err := hkdf.Key(sha256.New, k.Secret, nil, macPrefix+purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	h := hmac.New(sha256.New, sub)
	for _, part := range data {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	return h.Sum(nil), nil
}

// aead returns the cipher of a key and purpose, derived once.
func (v *Vault) aead(k Key, purpose string) (cipher.AEAD, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	name := k.ID + "\x00" + purpose
	if ready, ok := v.ready[name]; ok {
		return ready, nil
	}
	sub, err := hkdf.Key(sha256.New, k.Secret, nil, sealPrefix+purpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	block, err := aes.NewCipher(sub)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	made, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	v.ready[name] = made
	return made, nil
}

func (v *Vault) draw(nonce []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, err := io.ReadFull(v.random, nonce); err != nil {
		return fmt.Errorf("draw a nonce: %w", err)
	}
	return nil
}

func (v *Vault) key(id string) (Key, bool) {
	for _, k := range v.keys {
		if k.ID == id {
			return k, true
		}
	}
	return Key{}, false
}

// binding is the additional data: what a sealed secret belongs to.
func binding(id, purpose string, n order.Number) []byte {
	var b bytes.Buffer
	for _, part := range []string{id, purpose, string(n)} {
		fmt.Fprintf(&b, "%d:%s;", len(part), part)
	}
	return b.Bytes()
}

func splitSealed(sealed []byte) (id string, rest []byte, ok bool) {
	if len(sealed) < 2 || sealed[0] != sealMark {
		return "", nil, false
	}
	end := 2 + int(sealed[1])
	if end == 2 || end > 2+maxKeyID || end > len(sealed) {
		return "", nil, false
	}
	return string(sealed[2:end]), sealed[end:], true
}
