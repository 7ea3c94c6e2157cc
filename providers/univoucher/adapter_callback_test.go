package univoucher

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"giftbot/order"
)

// macs is a source of MACs whose keys rotate: the first one makes, all check.
type macs struct {
	keys []string
	err  error
}

func (m *macs) MAC(purpose string, data ...[]byte) ([]byte, error) {
	return m.with(m.keys[0], purpose, data), m.err
}

func (m *macs) with(key, purpose string, data [][]byte) []byte {
	h := hmac.New(sha256.New, []byte(key))
	fmt.Fprintf(h, "%q%q", purpose, data)
	return h.Sum(nil)
}

func (m *macs) CheckMAC(purpose string, sum []byte, data ...[]byte) bool {
	for _, k := range m.keys {
		if full := m.with(k, purpose, data); len(sum) >= 8 && hmac.Equal(full[:min(len(sum), len(full))], sum) {
			return true
		}
	}
	return false
}

const (
	number    = order.Number("0000000000")
	reference = "0000000000-2-1"
)

func tokens() *Tokens { return NewTokens(&macs{keys: []string{"k1"}}) }

func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func bodyFor(t *testing.T, tk *Tokens, ref, auth string) []byte {
	t.Helper()
	if auth == "" {
		auth = must[Secret](t)(tk.Auth(ref)).Reveal()
	}
	return []byte(`{"orderId":"` + ref + `","status":"success","authToken":"` + auth + `"}`)
}

func TestTokensFormAndPurposes(t *testing.T) {
	tk := tokens()
	path := must[string](t)(tk.Path(reference))
	if !strings.HasPrefix(path, "1.0000000000.2-1.") || strings.Count(path, ".") != 3 || strings.ContainsAny(path, "/?#%") {
		t.Errorf("path %s", path)
	}
	auth, cancel := must[Secret](t)(tk.Auth(reference)).Reveal(), must[Secret](t)(tk.CancelAuth(reference)).Reveal()
	if len(auth) != 64 || len(cancel) != 64 || auth == cancel || strings.Contains(path, auth) {
		t.Error("auth tokens")
	}
	if again := must[string](t)(tk.Path(reference)); again != path {
		t.Error("the same reference has another path")
	}
	for _, odd := range []string{"", "x", "0000000000", "0000000000-1", "0000000001-0-1"} {
		_, err := tk.Path(odd)
		_, authErr := tk.Auth(odd)
		if err == nil || authErr == nil {
			t.Errorf("%q has a token", odd)
		}
	}
	if _, err := NewTokens(&macs{keys: []string{"k"}, err: errors.New("no key")}).Path(reference); err == nil {
		t.Error("a MAC that cannot be made")
	}
}

func TestOpen(t *testing.T) {
	tk := tokens()
	path := must[string](t)(tk.Path(reference))
	good := bodyFor(t, tk, reference, "")
	for range 2 { // twice, or after a week: there is no state that could forget
		got, err := tk.Open(path, good)
		if err != nil || got != (Letter{Number: number, Line: 2, Attempt: 1}) {
			t.Errorf("%+v %v", got, err)
		}
	}
	padded := append([]byte(`{"pad":"`+strings.Repeat("x", MaxCallbackBody-len(good)-20)+`",`), good[1:]...)
	if _, err := tk.Open(path, padded); err != nil {
		t.Errorf("%d bytes: %v", len(padded), err)
	}
	other := "0000000000-2-2"
	for name, body := range map[string]string{
		"another order": strings.Replace(string(good), reference, other, 1),
		"no order":      strings.Replace(string(good), "orderId", "x", 1),
	} {
		// Path and authToken say whose it is. Its cards are kept: Receive says what is wrong.
		if got, err := tk.Open(path, []byte(body)); err != nil || order.PurchaseReference(got.Number, got.Line, got.Attempt) != reference {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	otherPath := must[string](t)(tk.Path(other))
	otherAuth := must[Secret](t)(tk.Auth(other)).Reveal()
	foreign := NewTokens(&macs{keys: []string{"k2"}})
	cancelAuth := must[Secret](t)(tk.CancelAuth(reference)).Reveal()
	mac := path[strings.LastIndex(path, ".")+1:]
	tests := map[string]struct {
		token string
		body  []byte
		want  error
	}{
		"no token":                  {"", good, ErrToken},
		"no parts":                  {"1", good, ErrToken},
		"another mark":              {"2" + path[1:], good, ErrToken},
		"another key":               {must[string](t)(foreign.Path(reference)), good, ErrToken},
		"path of another purchase":  {otherPath, good, ErrToken},
		"no mac":                    {"1.0000000000.2-1.", good, ErrToken},
		"half a mac":                {path[:len(path)-2], good, ErrToken},
		"first bytes of a mac":      {"1.0000000000.2-1." + mac[:16], good, ErrToken},
		"mac of the auth token":     {"1.0000000000.2-1." + must[Secret](t)(tk.Auth(reference)).Reveal(), good, ErrToken},
		"line moved":                {strings.Replace(path, ".2-1.", ".1-1.", 1), good, ErrToken},
		"line written otherwise":    {strings.Replace(path, ".2-1.", ".02-1.", 1), good, ErrToken},
		"trailing part":             {path + ".x", good, ErrToken},
		"auth of another purchase":  {path, bodyFor(t, tk, reference, otherAuth), ErrToken},
		"auth of another key":       {path, bodyFor(t, tk, reference, must[Secret](t)(foreign.Auth(reference)).Reveal()), ErrToken},
		"auth is the path's mac":    {path, bodyFor(t, tk, reference, mac), ErrToken},
		"half an auth":              {path, bodyFor(t, tk, reference, otherAuth[:32]), ErrToken},
		"no auth":                   {path, []byte(`{"orderId":"` + reference + `"}`), ErrToken},
		"auth null":                 {path, []byte(`{"orderId":"` + reference + `","authToken":null}`), ErrToken},
		"auth is no text":           {path, []byte(`{"authToken":5}`), ErrMalformed},
		"not JSON":                  {path, []byte(`<html>`), ErrMalformed},
		"empty":                     {path, nil, ErrMalformed},
		"a list":                    {path, []byte(`[]`), ErrMalformed},
		"larger than 1 MiB":         {path, append([]byte(strings.Repeat(" ", MaxCallbackBody)), good...), ErrMalformed},
		"unreadable, wrong path":    {otherPath + "x", nil, ErrToken},
		"cancel auth, another path": {otherPath, bodyFor(t, tk, reference, cancelAuth), ErrToken},
	}
	for name, tt := range tests {
		got, err := tk.Open(tt.token, tt.body)
		if !errors.Is(err, tt.want) || got != (Letter{}) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
		if err != nil && (strings.Contains(err.Error(), mac) || strings.Contains(err.Error(), otherAuth)) {
			t.Errorf("%s: the error quotes a token", name)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	m := &macs{keys: []string{"old"}}
	tk := NewTokens(m)
	path, good := must[string](t)(tk.Path(reference)), bodyFor(t, tk, reference, "")
	m.keys = []string{"new", "old"}
	if _, err := tk.Open(path, good); err != nil {
		t.Errorf("made with the old key: %v", err)
	}
	if now := must[string](t)(tk.Path(reference)); now == path {
		t.Error("the new key makes the same token")
	}
	m.keys = []string{"new"}
	if _, err := tk.Open(path, good); !errors.Is(err, ErrToken) {
		t.Errorf("the key is gone: %v", err)
	}
}

// A cancellation's callback carries no order id: it is known by its token alone.
func TestCancellationOnlyWakes(t *testing.T) {
	tk := tokens()
	path := must[string](t)(tk.Path(reference))
	auth := must[Secret](t)(tk.CancelAuth(reference)).Reveal()
	for _, text := range []string{
		`{"status":"completed","cancelledCards":[{"cardId":5}],"authToken":"` + auth + `"}`, `{"status":"error","error":"x","authToken":"` + auth + `"}`,
	} {
		got, err := tk.Open(path, []byte(text))
		if err != nil || got != (Letter{Number: number, Line: 2, Attempt: 1, Wake: true}) {
			t.Errorf("%+v %v", got, err)
		}
	}
}
