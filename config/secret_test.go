package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretNeverShows(t *testing.T) {
	const planted = "planted-secret"
	secret := NewSecret(planted)
	hidden := struct {
		inner  Secret
		Public Secret
		List   []Secret
		Map    map[string]*Secret
	}{secret, secret, []Secret{secret}, map[string]*Secret{"k": &secret}}

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%T"} {
		fmt.Fprintf(&out, verb+"\n", secret)
		fmt.Fprintf(&out, verb+"\n", &secret)
		fmt.Fprintf(&out, verb+"\n", hidden)
	}
	fmt.Fprintln(&out, secret, hidden, secret.String(), secret.GoString())
	text, err := json.Marshal(hidden)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("start", "secret", secret, "pointer", &secret, "struct", hidden)
	}
	for _, shape := range []string{planted, fmt.Sprintf("%x", planted), fmt.Sprintf("%X", planted), "[112 108 97 110"} {
		if strings.Contains(out.String(), shape) {
			t.Errorf("%q shows in\n%s", shape, out.String())
		}
	}
	if !strings.Contains(out.String(), `"Public":"***"`) {
		t.Errorf("the mask is missing in\n%s", out.String())
	}
}

func TestSecretReveal(t *testing.T) {
	var unset Secret
	if unset.IsSet() || unset.Reveal() != "" || unset.String() != "" || NewSecret("").IsSet() {
		t.Error("an empty secret counts as set")
	}
	set := NewSecret("a")
	if !set.IsSet() || set.Reveal() != "a" || !set.Equal(NewSecret("a")) || set.Equal(NewSecret("b")) || set.Equal(unset) {
		t.Error("a set secret is not itself")
	}
}

func TestConfigPrintsNoCredential(t *testing.T) {
	settings, err := Load(with(nil))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v\n", settings, settings, settings)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "config", settings)
	slog.New(slog.NewTextHandler(&out, nil)).Info("start", "config", settings)
	for _, shape := range []string{"planted", bytesFrom(0), keyA} {
		if strings.Contains(out.String(), shape) {
			t.Errorf("%q shows in\n%s", shape, out.String())
		}
	}
}
