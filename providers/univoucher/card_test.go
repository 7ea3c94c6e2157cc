package univoucher

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// The vector of univoucher sheet §6.
const (
	vectorSalt   = "000102030405060708090a0b0c0d0e0f"
	vectorNonce  = "000102030405060708090a0b"
	vectorSealed = "60R2yLuqYaS9Koke24nTDi9EmkIr4PNmrkepdQmtN9mEd4MkE5l+5nzxm/TDzYfySnlemvFmiXYTG/ULKoruVm0KDC3wHtreYQwk993SXdMRJA=="
	vectorLocked = `{"salt":"` + vectorSalt + `","iv":"` + vectorNonce + `","ciphertext":"` + vectorSealed + `"}`
)

func TestKeyDerivationOfTheSheet(t *testing.T) {
	salt, err := hex.DecodeString(vectorSalt)
	if err != nil {
		t.Fatal(err)
	}
	got, err := pbkdf2.Key(sha256.New, strings.ReplaceAll(vectorSecret, "-", ""), salt, cardRounds, cardKey)
	if err != nil || hex.EncodeToString(got) != "61acd9fd33d6517c108ad82e0bcc29674b6b9e665bfcd145f3e9464daa0703b2" {
		t.Errorf("%x %v", got, err)
	}
}

func TestOpensTheCardOfTheSheet(t *testing.T) {
	unlocked, err := unlock(NewSecret(vectorSecret), vectorLocked)
	if err != nil || unlocked.reveal() != vectorKey {
		t.Fatalf("%v", err)
	}
	for _, secret := range []string{vectorSecret, "ABCDEFGHIJKLMNOPQRST"} {
		if err := Opens(NewSecret(secret), Card{Locked: vectorLocked, Slot: checksummed(vectorSlot)}); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatDoesNotOpenACard(t *testing.T) {
	with := func(salt, nonce, sealed string) Card {
		return Card{Slot: vectorSlot, Locked: `{"salt":"` + salt + `","iv":"` + nonce + `","ciphertext":"` + sealed + `"}`}
	}
	tests := map[string]struct {
		secret string
		card   Card
	}{
		"another secret":      {"ABCDE-FGHIJ-KLMNO-PQRSU", with(vectorSalt, vectorNonce, vectorSealed)},
		"lower case":          {strings.ToLower(vectorSecret), with(vectorSalt, vectorNonce, vectorSealed)},
		"no secret":           {"", with(vectorSalt, vectorNonce, vectorSealed)},
		"another slot":        {vectorSecret, Card{Slot: "0x" + strings.Repeat("1", 40), Locked: vectorLocked}},
		"no slot":             {vectorSecret, Card{Locked: vectorLocked}},
		"no encrypted key":    {vectorSecret, Card{Slot: vectorSlot}},
		"salt not hex":        {vectorSecret, with("zz", vectorNonce, vectorSealed)},
		"no salt":             {vectorSecret, with("", vectorNonce, vectorSealed)},
		"huge salt":           {vectorSecret, with(strings.Repeat("00", 65), vectorNonce, vectorSealed)},
		"short nonce":         {vectorSecret, with(vectorSalt, "0001", vectorSealed)},
		"not base64":          {vectorSecret, with(vectorSalt, vectorNonce, "%")},
		"shorter than a tag":  {vectorSecret, with(vectorSalt, vectorNonce, "AAAA")},
		"a flipped bit":       {vectorSecret, with(vectorSalt, vectorNonce, strings.Replace(vectorSealed, "60R", "61R", 1))},
		"huge ciphertext":     {vectorSecret, with(vectorSalt, vectorNonce, strings.Repeat("A", 8<<10))},
		"what it holds: text": {vectorSecret, sealedCard(t, vectorSecret, "hello")},
	}
	for name, tt := range tests {
		err := Opens(NewSecret(tt.secret), tt.card)
		if !errors.Is(err, ErrCard) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		noSecrets(t, err.Error())
	}
}

// sealedCard encrypts a text as a card's key.
func sealedCard(t testing.TB, secret, plain string) Card {
	t.Helper()
	salt, nonce, _, err := parseLocked(vectorLocked)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cardCipher(NewSecret(secret), salt)
	if err != nil {
		t.Fatal(err)
	}
	sealed := aead.Seal(nil, nonce, []byte(plain), nil)
	return Card{Slot: vectorSlot, Locked: `{"salt":"` + vectorSalt + `","iv":"` + vectorNonce + `","ciphertext":"` + base64.StdEncoding.EncodeToString(sealed) + `"}`}
}
