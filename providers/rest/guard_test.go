package rest

import (
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestParseBase(t *testing.T) {
	for raw, ok := range map[string]bool{
		"https://openapi.infini.money":      true,
		"https://vendor.example/api/v1/":    true,
		"http://127.0.0.1:8088/infini":      true,
		"http://localhost:8088":             true,
		"http://[::1]:8088":                 true,
		"http://vendor.example":             false,
		"http://10.0.0.1":                   false,
		"http://127.0.0.1.evil.example":     false,
		"http://localhost.evil.example":     false,
		"https://user:pw@vendor.example":    false,
		"https://vendor.example?key=secret": false,
		"https://vendor.example#x":          false,
		"ftp://127.0.0.1":                   false,
		"vendor.example":                    false,
		"":                                  false,
		"https://":                          false,
		"https://:443":                      false,
		"://":                               false,
	} {
		u, err := ParseBase(raw)
		if (err == nil) != ok {
			t.Errorf("%s: %v, want ok = %v", raw, err, ok)
		}
		if err != nil && (!errors.Is(err, ErrBaseURL) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: error %v", raw, err)
		}
		if ok && strings.HasSuffix(u.Path, "/") {
			t.Errorf("%s: trailing slash stays in %q", raw, u.Path)
		}
	}
}

func TestTargetStaysBelowTheBase(t *testing.T) {
	c, err := New(Options{Vendor: "acme", BaseURL: "https://vendor.example/api/v1"})
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]string{
		"/orders":                             "https://vendor.example/api/v1/orders",
		"/orders" + PathEscape("a/b?c#d"):     "https://vendor.example/api/v1/orders/a%2Fb%3Fc%23d",
		"/orders" + PathEscape("ключ", "x y"): "https://vendor.example/api/v1/orders/%D0%BA%D0%BB%D1%8E%D1%87/x%20y",
	}
	for path, want := range good {
		u, err := c.target(Request{Path: path})
		if err != nil || u.String() != want {
			t.Errorf("%s: %v %v, want %s", path, u, err, want)
		}
	}
	for _, path := range []string{"", "orders", "//evil.example/x", "/../../admin", "/a/%2e%2e/b", "/a?x=1", "/a#b", `\\evil`, "/%zz"} {
		if u, err := c.target(Request{Path: path}); err == nil {
			t.Errorf("%q leads to %v", path, u)
		}
	}
}

func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "127.0.0.1": false, "::1": false, "10.1.2.3": false, "172.16.0.1": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false, "::": false, "fe80::1": false,
		"fd00::1": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "198.18.0.1": false,
		"64:ff9b::a00:1": false, "2002:a00:1::": false, "2001:db8::1": false, "192.0.2.1": false, "2001::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("public(%s) = %v", text, got)
		}
	}
	outside, inside := &dialer{}, &dialer{local: true}
	for address, want := range map[string][2]bool{ // allowed for a vendor on the net, on loopback
		"8.8.8.8:443": {true, false}, "127.0.0.1:80": {false, true}, "[::1]:80": {false, true},
		"[::ffff:127.0.0.1]:80": {false, true}, "[::ffff:10.0.0.1]:80": {false, false}, "10.0.0.1:443": {false, false}, "nonsense": {false, false},
	} {
		got := [2]bool{outside.control("tcp", address, nil) == nil, inside.control("tcp", address, nil) == nil}
		if got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

func TestAPrivateAddressIsNotSent(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "10.255.255.1:443"}
	c, err := New(Options{Vendor: "acme", BaseURL: base.String(), Chain: Chain{Bare: true}})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Do(t.Context(), Request{Method: "GET", Endpoint: "GET /", Path: "/"})
	if KindOf(err) != KindNotSent || !errors.Is(err, ErrAddress) {
		t.Errorf("error %v", err)
	}
}

func TestIPv6OnlyWithoutIPv4(t *testing.T) {
	none := &net.OpError{Op: "dial", Err: &net.AddrError{Err: "no suitable address"}}
	unknown := &net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	slow := &net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}
	for err, want := range map[error]bool{none: true, unknown: true, refused: false, slow: false} {
		if got := noIPv4(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestAmount(t *testing.T) {
	for raw, want := range map[string]string{
		`"0.85"`: "0.85", `12.5`: "12.5", `"100"`: "100", `1e2`: "100", `"1E-7"`: "0.0000001", `0`: "0", `"-3.10"`: "-3.1",
		`123456789012345678.12345678`: "123456789012345678.12345678",
	} {
		var a Amount
		if err := json.Unmarshal([]byte(raw), &a); err != nil || !a.Set || a.String() != want {
			t.Errorf("%s: %v %v, want %s", raw, a, err, want)
		}
	}
	for _, raw := range []string{`""`, `" 1"`, `"1,5"`, `"0x10"`, `"1e999999999"`, `"NaN"`, `"Inf"`, `true`, `{}`, `[1]`, `".5"`, `"5."`, `"1e"`,
		`"` + strings.Repeat("9", 41) + `"`, `"1\u0030"`} {
		var a Amount
		if err := json.Unmarshal([]byte(raw), &a); err == nil {
			t.Errorf("%s was read as %v", raw, a)
		}
	}
	var absent struct{ A, B Amount }
	if err := json.Unmarshal([]byte(`{"A":null}`), &absent); err != nil || absent.A.Set || absent.B.Set {
		t.Errorf("null and absence: %+v %v", absent, err)
	}
}

func TestDescribeQuotesNothing(t *testing.T) {
	const planted = "ABCD-EFGH"
	var number struct{ N int }
	var m map[string]int
	for _, err := range []error{
		json.Unmarshal([]byte(`{"N":"`+planted+`"}`), &number), json.Unmarshal([]byte(planted), &number),
		json.Unmarshal([]byte(`{"`+planted+` x":"y"}`), &m), errors.New(planted), &FieldError{Field: "n", Rule: "is odd"},
	} {
		if got := describe(err).Error(); strings.Contains(got, "ABCD") && !strings.Contains(got, "field") || got == "" {
			t.Errorf("%v is described as %q", err, got)
		}
	}
}

func TestRedactorKeepsWords(t *testing.T) {
	r := newRedactor([]string{"s3"})
	for in, want := range map[string]string{
		"Insufficient funds in wallet":           "Insufficient funds in wallet",
		"insufficient_wallet_balance":            "insufficient_wallet_balance",
		"order 10290d05-8f5c-4ecb-84f0-f78d6f30": "order [masked]",
		"code ABCD-EFGH-IJKL-MNOP":               "code [masked]",
		"the s3cret":                             "the [masked]cret",
		"two\nlines\x00":                         "two lines",
		"\xff\xfe":                               "?",
	} {
		if got := r.text(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
