package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"testing"

	"giftbot/order"
)

func vaultKey(id, fill string) Key {
	return Key{ID: id, Secret: []byte(strings.Repeat(fill, minSecret))}
}

func mustVault(t *testing.T, keys ...Key) *Vault {
	t.Helper()
	v, err := NewVault(keys, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVaultOpensOnlyWhatBelongs(t *testing.T) {
	v := mustVault(t, vaultKey("a", "1"))
	sealed, err := v.Seal("N1", "goods", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("secret")) {
		t.Fatal("not sealed")
	}
	if plain, err := v.Open("N1", "goods", sealed); err != nil || string(plain) != "secret" {
		t.Fatalf("opened %q, %v", plain, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another order":   func() ([]byte, error) { return v.Open("N2", "goods", sealed) },
		"another purpose": func() ([]byte, error) { return v.Open("N1", "account", sealed) },
		"another secret":  func() ([]byte, error) { return mustVault(t, vaultKey("a", "2")).Open("N1", "goods", sealed) },
		"unknown key":     func() ([]byte, error) { return mustVault(t, vaultKey("b", "1")).Open("N1", "goods", sealed) },
		"nothing":         func() ([]byte, error) { return v.Open("N1", "goods", nil) },
		"only a head":     func() ([]byte, error) { return v.Open("N1", "goods", sealed[:3]) },
		"plain text":      func() ([]byte, error) { return v.Open("N1", "goods", []byte("secret")) },
	} {
		if _, err := open(); err == nil {
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes it", name)
		}
	}
	for i := range sealed {
		flipped := bytes.Clone(sealed)
		flipped[i] ^= 1
		if _, err := v.Open("N1", "goods", flipped); err == nil {
			t.Fatalf("opened with byte %d changed", i)
		}
	}
}

func TestVaultRotation(t *testing.T) {
	old := mustVault(t, vaultKey("a", "1"))
	sealed, err := old.Seal("N", "goods", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	v := mustVault(t, vaultKey("b", "2"), vaultKey("a", "1"))
	plain, err := v.Open("N", "goods", sealed)
	if err != nil || string(plain) != "x" {
		t.Fatalf("opened %q, %v", plain, err)
	}
	again, err := v.Seal("N", "goods", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if id, ok := KeyID(again); !ok || id != "b" {
		t.Fatalf("sealed with %q", id)
	}
	if id, ok := KeyID([]byte("{json}")); ok {
		t.Fatalf("text counts as sealed with %q", id)
	}
	sum, err := old.MAC("callback", []byte("1"), []byte("2"))
	if err != nil || !v.CheckMAC("callback", sum, []byte("1"), []byte("2")) {
		t.Fatalf("the old MAC is refused, %v", err)
	}
}

func TestVaultNoncesAndDeterminism(t *testing.T) {
	v := mustVault(t, vaultKey("a", "1"))
	one, _ := v.Seal("N", "goods", []byte("x"))
	two, _ := v.Seal("N", "goods", []byte("x"))
	if bytes.Equal(one, two) {
		t.Fatal("the nonce repeats")
	}
	fixed := func() []byte {
		fixed, err := NewVault([]Key{vaultKey("a", "1")}, strings.NewReader(strings.Repeat("n", 12)))
		if err != nil {
			t.Fatal(err)
		}
		out, err := fixed.Seal("N", "goods", []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if !bytes.Equal(fixed(), fixed()) {
		t.Fatal("not the same for the same randomness")
	}
	// What is stored today must open tomorrow.
	const want = "fd01616e6e6e6e6e6e6e6e6e6e6e6e"
	if got := hex.EncodeToString(fixed()); !strings.HasPrefix(got, want) || len(got) != len(want)+2*17 {
		t.Fatalf("format changed: %s", got)
	}
	v, _ = NewVault([]Key{vaultKey("a", "1")}, strings.NewReader("short"))
	if _, err := v.Seal("N", "goods", nil); err == nil {
		t.Fatal("sealed without a nonce")
	}
}

func TestMAC(t *testing.T) {
	v := mustVault(t, vaultKey("a", "1"))
	sum, err := v.MAC("callback", []byte("ab"), []byte("c"))
	if err != nil || len(sum) != 32 {
		t.Fatalf("%d bytes, %v", len(sum), err)
	}
	ok := func(purpose string, sum []byte, data ...string) bool {
		var parts [][]byte
		for _, d := range data {
			parts = append(parts, []byte(d))
		}
		return v.CheckMAC(purpose, sum, parts...)
	}
	if !ok("callback", sum, "ab", "c") || !ok("callback", sum[:minMAC], "ab", "c") {
		t.Error("the right one is refused")
	}
	for name, valid := range map[string]bool{
		"parts moved":     ok("callback", sum, "a", "bc"),
		"another purpose": ok("button", sum, "ab", "c"),
		"too short":       ok("callback", sum[:minMAC-1], "ab", "c"),
		"empty":           ok("callback", nil, "ab", "c"),
		"too long":        ok("callback", append(bytes.Clone(sum), 0), "ab", "c"),
		"changed":         ok("callback", append([]byte{sum[0] ^ 1}, sum[1:]...), "ab", "c"),
	} {
		if valid {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestVaultRefusesBadKeys(t *testing.T) {
	for name, keys := range map[string][]Key{
		"none":      nil,
		"no id":     {vaultKey("", "1")},
		"long id":   {vaultKey(strings.Repeat("i", maxKeyID+1), "1")},
		"short":     {{ID: "a", Secret: []byte("hunter2hunter2")}},
		"same name": {vaultKey("a", "1"), vaultKey("a", "2")},
	} {
		if _, err := NewVault(keys, rand.Reader); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error quotes the secret", name)
		}
	}
}

func TestCountKeys(t *testing.T) {
	both(t, func(w *world) {
		oldVault, newVault := mustVault(t, vaultKey("old", "1")), mustVault(t, vaultKey("new", "2"))
		for i, v := range []*Vault{oldVault, newVault, newVault} {
			tr := placed(number(t, buyer, byte('a'+i)), buyer)
			sealed, err := v.Seal(tr.Order.Number, "goods", []byte("x"))
			w.ok(err)
			tr.Order.Lines[0].Goods = sealed
			w.insert(tr)
		}
		w.ok(w.s.Defer(t.Context(), ReplyRef{Chat: buyer, ID: "1"}, []byte("x"), 1)) // key k1
		body, err := oldVault.Seal(order.Number("1001"), "session", []byte("x"))
		w.ok(err)
		w.save(Session{Body: body}, 1, SessionSaved)
		counts, err := w.s.CountKeys(t.Context())
		w.ok(err)
		if len(counts) != 3 || counts["old"] != 2 || counts["new"] != 2 || counts["k1"] != 1 {
			t.Fatalf("counts %v", counts)
		}
	})
}

// Where money shall go, and what a supplier sent that nobody read so far, are
// sealed as well: without their key a payout can never be approved, and the only
// copy of what was bought is lost.
func TestCountKeysCountsAddressesAndUnreadLetters(t *testing.T) {
	both(t, func(w *world) {
		v := mustVault(t, vaultKey("old", "1"))
		tr := placed(number(t, buyer, 'a'), buyer)
		n := tr.Order.Number
		address, err := v.Seal(n, "payout", []byte("x"))
		w.ok(err)
		tr.Order.Payouts = []order.Payout{{Address: address}}
		w.insert(tr)
		letter, err := v.Seal(n, "letter/0/1", []byte("x"))
		w.ok(err)
		w.ok(w.s.Wake(t.Context(), n, order.Hint{Payment: 1}))
		w.ok(w.s.Wake(t.Context(), n, order.Hint{Letter: &order.Letter{Attempt: 1, Sealed: letter}}))
		counts, err := w.s.CountKeys(t.Context())
		w.ok(err)
		if len(counts) != 1 || counts["old"] != 2 {
			t.Fatalf("counts %v", counts)
		}
	})
}
