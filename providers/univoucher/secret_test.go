package univoucher

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const (
	// The vector of univoucher sheet §12.
	vectorKey  = "0x1111111111111111111111111111111111111111111111111111111111111111"
	vectorSlot = "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"
	// walletKey is planted wherever a key may be: it must never come out.
	walletKey    = "0xfeedfacefeedfacefeedfacefeedfacefeedfacefeedfacefeedfacefeedface"
	vectorSecret = "ABCDE-FGHIJ-KLMNO-PQRST"
)

func key(t testing.TB, text string) PrivateKey {
	t.Helper()
	k, err := ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestPrivateKeyHasTheAddressOfTheSheet(t *testing.T) {
	for _, text := range []string{vectorKey, strings.TrimPrefix(vectorKey, "0x")} {
		k := key(t, text)
		if k.Address() != vectorSlot || k.reveal() != vectorKey {
			t.Errorf("address %s", k.Address())
		}
	}
	if (PrivateKey{}).Address() != "" || (PrivateKey{}).reveal() != "" {
		t.Error("no key has an address")
	}
}

func TestWhatIsNoPrivateKey(t *testing.T) {
	for _, text := range []string{
		"", "0x", "11", vectorKey + "11", "0x" + strings.Repeat("0", 64), "0x" + strings.Repeat("f", 64), "0x" + strings.Repeat("g", 64), " " + vectorKey,
	} {
		_, err := ParsePrivateKey(text)
		if !errors.Is(err, ErrPrivateKey) {
			t.Errorf("%d characters: %v", len(text), err)
		}
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("the error quotes the text: %v", err)
		}
	}
}

func TestChecksummedAddresses(t *testing.T) {
	for _, want := range []string{ // the examples of EIP-55
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
	} {
		if got := checksummed(strings.ToLower(want)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if checksummed("0x12") != "" {
		t.Error("no address has a checksum")
	}
}

// hidden has the secrets where reflection finds them and methods do not.
type hidden struct {
	key    PrivateKey
	nested struct{ keys map[int64]PrivateKey }
}

func TestSecretsNeverPrint(t *testing.T) {
	k := key(t, walletKey)
	in := hidden{key: k}
	in.nested.keys = map[int64]PrivateKey{1: k}
	shown := struct {
		Key  PrivateKey
		Keys map[int64]PrivateKey
		Card Secret
		Auth *Secret
	}{k, map[int64]PrivateKey{8453: k}, NewSecret(vectorSecret), new(Secret)}
	*shown.Auth = NewSecret(vectorSecret)

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb+verb+"\n", k, NewSecret(vectorSecret), in, shown)
		fmt.Fprintf(&out, verb+verb+"\n", &in, &shown)
	}
	text, err := k.MarshalText()
	encoded, encodeErr := json.Marshal(shown)
	if errors.Join(err, encodeErr) != nil {
		t.Fatal(err, encodeErr)
	}
	out.Write(text)
	out.Write(encoded)
	out.WriteString(k.String() + k.GoString() + shown.Card.String() + shown.Card.GoString())
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("m", "key", k, "card", shown.Card, "all", shown, "in", in, "settings", Settings{Keys: shown.Keys})
	}
	noSecrets(t, out.String())
}

// noSecrets looks for what must not be in a text, in any notation.
func noSecrets(t *testing.T, text string) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, secret := range []string{walletKey[2:], vectorSecret, strings.ReplaceAll(vectorSecret, "-", ""), fmt.Sprintf("%x", vectorSecret), fmt.Sprintf("%x", walletKey)} {
		if strings.Contains(lower, strings.ToLower(secret)) {
			t.Errorf("a secret in %q", text)
		}
	}
}

func TestSecretReadsText(t *testing.T) {
	var s struct{ A, B Secret }
	if err := json.Unmarshal([]byte(`{"A":"x","B":null}`), &s); err != nil || s.A.Reveal() != "x" || s.B.Reveal() != "" {
		t.Errorf("%v", err)
	}
	if err := json.Unmarshal([]byte(`{"A":{"x":1}}`), &s); err == nil {
		t.Error("an object became a secret")
	}
}
