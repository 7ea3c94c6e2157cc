package infini

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSignatureIsChecked(t *testing.T) {
	resign := func(b *bench, r *http.Request, target, date, secret string) {
		r.Header.Set("Date", date)
		r.Header.Set("Authorization", authHeader(testKey, SignRequest(secret, testKey, r.Method, target, date)))
	}
	at := func(b *bench, d time.Duration) string { return b.clock.Now().Add(d).Format(http.TimeFormat) }
	cases := map[string]struct {
		spoil func(b *bench, r *http.Request)
		want  int
	}{
		"good":         {func(*bench, *http.Request) {}, 200},
		"299 s slow":   {func(b *bench, r *http.Request) { resign(b, r, r.URL.RequestURI(), at(b, -299*time.Second), testSecret) }, 200},
		"302 s slow":   {func(b *bench, r *http.Request) { resign(b, r, r.URL.RequestURI(), at(b, -302*time.Second), testSecret) }, 401},
		"301 s fast":   {func(b *bench, r *http.Request) { resign(b, r, r.URL.RequestURI(), at(b, 301*time.Second), testSecret) }, 401},
		"wrong secret": {func(b *bench, r *http.Request) { resign(b, r, r.URL.RequestURI(), at(b, 0), "other") }, 401},
		"without prefix": {func(b *bench, r *http.Request) {
			resign(b, r, strings.TrimPrefix(r.URL.RequestURI(), "/infini"), at(b, 0), testSecret)
		}, 401},
		"no date":         {func(_ *bench, r *http.Request) { r.Header.Del("Date") }, 401},
		"no signature":    {func(_ *bench, r *http.Request) { r.Header.Del("Authorization") }, 401},
		"two signatures":  {func(_ *bench, r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, 401},
		"no digest":       {func(_ *bench, r *http.Request) { r.Header.Del("Digest") }, 401},
		"other digest":    {func(_ *bench, r *http.Request) { r.Header.Set("Digest", Digest([]byte("{}"))) }, 401},
		"no content type": {func(_ *bench, r *http.Request) { r.Header.Del("Content-Type") }, 401},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			r := b.signed("POST", api+"/order", b.body(""))
			c.spoil(b, r)
			got := b.do(r)
			if got.status != c.want {
				t.Fatalf("status %d, want %d: %s", got.status, c.want, got.raw)
			}
			if c.want == 401 && got.raw != `{"message":"client request can't be validated"}`+"\n" {
				t.Errorf("body %s", got.raw)
			}
		})
	}
}

func TestQueryIsPartOfTheSignature(t *testing.T) {
	b := newBench(t)
	id := b.create()
	r := b.signed("GET", api+"/order", "")
	r.URL.RawQuery = "order_id=" + id
	if got := b.do(r); got.status != 401 {
		t.Errorf("query that was not signed: status %d", got.status)
	}
}

func TestIPBlockedAndClockSkew(t *testing.T) {
	b := newBench(t)
	yes, skew := true, "6m"
	if err := b.v.Apply(Change{IPBlocked: &yes}); err != nil {
		t.Fatal(err)
	}
	if got := b.order("x"); got.status != 403 || got.raw != `{"message":"ip not in whitelist"}`+"\n" {
		t.Errorf("blocked: %d %s", got.status, got.raw)
	}
	no := false
	if err := b.v.Apply(Change{IPBlocked: &no, ClockSkew: &skew}); err != nil {
		t.Fatal(err)
	}
	if got := b.order("x"); got.status != 401 {
		t.Errorf("skewed by 6 min: %d", got.status)
	}
}
