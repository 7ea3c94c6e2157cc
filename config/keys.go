package config

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// keySize is the length in bytes of every encryption key (AES-256, DESIGN §4).
const keySize = 32

// EncryptionKey is one named key. ID is stored beside every record encrypted with it and is not secret.
type EncryptionKey struct {
	ID  string
	key Secret
}

// Bytes returns a copy of the 32 key bytes.
func (k EncryptionKey) Bytes() []byte { return []byte(k.key.Reveal()) }

// EncryptionKeys are the keys in order; the first one encrypts, all of them decrypt.
type EncryptionKeys []EncryptionKey

// keyIDPattern keeps key ids free of the separators they are stored between.
var keyIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,16}$`)

// UnmarshalText reads "kid:base64,kid:base64". Its errors count keys from 1 and quote nothing.
func (k *EncryptionKeys) UnmarshalText(text []byte) error {
	var keys EncryptionKeys
	for number, part := range strings.Split(string(text), ",") {
		key, err := parseKey(strings.TrimSpace(part))
		if err != nil {
			return valueError(fmt.Sprintf("is wrong in key %d, which %v", number+1, err))
		}
		for _, other := range keys {
			if other.ID == key.ID || other.key.Equal(key.key) {
				return valueError(fmt.Sprintf("is wrong in key %d, which repeats the id or the bytes of an earlier key", number+1))
			}
		}
		keys = append(keys, key)
	}
	*k = keys
	return nil
}

// parseKey reads one kid:base64.
func parseKey(part string) (EncryptionKey, error) {
	id, encoded, found := strings.Cut(part, ":")
	if !found {
		return EncryptionKey{}, valueError("has no kid: before the key")
	}
	if !keyIDPattern.MatchString(id) {
		return EncryptionKey{}, valueError("has a kid that is not 1 to 16 characters of A-Z a-z 0-9 _ -")
	}
	key, err := decodeBase64(encoded)
	if err != nil {
		return EncryptionKey{}, valueError("is not base64")
	}
	if len(key) != keySize {
		return EncryptionKey{}, valueError(fmt.Sprintf("has %d bytes instead of %d", len(key), keySize))
	}
	if len(slices.Compact(slices.Clone(key))) == 1 {
		return EncryptionKey{}, valueError("is one byte repeated, not random")
	}
	return EncryptionKey{ID: id, key: NewSecret(string(key))}, nil
}

// decodeBase64 accepts the standard and the URL alphabet, with and without padding.
func decodeBase64(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("base64: %w", err)
	}
	return key, nil
}
