package store

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
)

// SubKeys derives one 32-byte key per encryption key for a purpose outside
// this package, the current key's first.
func (v *Vault) SubKeys(purpose string) ([][]byte, error) {
	keys := make([][]byte, len(v.keys))
	for i, k := range v.keys {
		sub, err := hkdf.Key(sha256.New, k.Secret, nil, macPrefix+purpose, sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("derive a key: %w", err)
		}
		keys[i] = sub
	}
	return keys, nil
}
