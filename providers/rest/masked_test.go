package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// voucher has a secret as the vendors' types have it.
type voucher struct {
	Masked
	text string
}

const planted = "ABCD-EFGH-1234"

func TestMaskedHidesWhatIsBesideIt(t *testing.T) {
	v := voucher{text: planted}
	shown := struct {
		Value   voucher
		Pointer *voucher
		List    []voucher
		ByName  map[string]voucher
	}{v, &v, []voucher{v}, map[string]voucher{"code": v}}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		one := fmt.Sprintf(verb, v)
		if one != masked {
			t.Errorf("%s: %s", verb, one)
		}
		fmt.Fprintf(&out, verb+verb+"\n", v, shown)
	}
	encoded, err := json.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(encoded), `"`+masked+`"`); n != 4 {
		t.Errorf("%d masks in %s", n, encoded)
	}
	out.Write(encoded)
	out.WriteString(v.String() + v.GoString() + v.LogValue().String())
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("m", "one", v, "pointer", &v, "all", shown)
	}
	for _, secret := range []string{planted, fmt.Sprintf("%x", planted), fmt.Sprintf("%X", planted)} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("a secret in %q", out.String())
		}
	}
}

// A masked value still compares by what it holds.
func TestMaskedChangesNothingElse(t *testing.T) {
	one, same, other := voucher{text: planted}, voucher{text: planted}, voucher{}
	if one != same || one == other {
		t.Error("compares otherwise")
	}
}
