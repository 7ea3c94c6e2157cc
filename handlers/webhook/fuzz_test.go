package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// sealed is what the tests' vendor signs a body with.
func sealed(body []byte) string {
	mac := hmac.New(sha256.New, []byte("the-secret-of-a-vendor"))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// verifySealed stands for a vendor's verifier: those have their own tests.
func verifySealed(header http.Header, body []byte, _ time.Time) (Notice, error) {
	if given := header.Values("X-Sig"); len(given) != 1 || !hmac.Equal([]byte(given[0]), []byte(sealed(body))) {
		return Notice{}, errSignature
	}
	if len(body) == 0 {
		return Notice{}, ErrMalformed
	}
	return Notice{Number: testNumber}, nil
}

// openSealed stands for a supplier's check of path and body.
func openSealed(token string, body []byte) (Parcel, error) {
	if !hmac.Equal([]byte(token), []byte(sealed(body))) {
		return Parcel{}, errSignature
	}
	return Parcel{Number: testNumber, Attempt: 1}, nil
}

type fuzzedEdge struct {
	http.Handler
	hints *hints
	kept  *keeper
	meter *counts
	log   *bytes.Buffer
}

func newFuzzedEdge() *fuzzedEdge {
	e := &fuzzedEdge{hints: &hints{}, kept: &keeper{}, meter: &counts{}, log: &bytes.Buffer{}}
	e.Handler = NewHandler(Config{
		Payments:  map[string]Verifier{"infini": verifySealed, "inventpay": verifySealed},
		Suppliers: []Supplier{{Name: "infinivoucher", Secrets: []string{"current-segment"}, External: externalOf}},
		Callbacks: []Callback{{Name: "univoucher", Open: openSealed, Keep: e.kept.keep}},
		Hints:     e.hints, Supply: e.hints, Meter: e.meter, Log: slog.New(slog.NewTextHandler(e.log, nil)),
		Ready: func(context.Context) error { return nil }, Now: func() time.Time { return time.Unix(1_763_512_573, 0) },
	})
	return e
}

// proven reports whether a request carries what its route asks for.
func proven(path, sig string, body []byte) bool {
	token, callback := strings.CutPrefix(path, "/webhooks/univoucher/")
	switch {
	case path == "/webhooks/infini", path == "/webhooks/inventpay":
		return sig == sealed(body) && len(body) <= paymentBodyMax
	case callback:
		return token == sealed(body) && len(body) <= callbackBodyMax
	default:
		return path == "/webhooks/infinivoucher/current-segment" && len(body) <= supplierBodyMax
	}
}

// FuzzWebhooks: any method, path, header and body is answered without a panic,
// and nothing is kept of a request that does not prove where it comes from.
func FuzzWebhooks(f *testing.F) {
	body := []byte(`{"event":"order.completed","order_id":"x"}`)
	for _, path := range []string{
		"/webhooks/infini", "/webhooks/inventpay", "/webhooks/univoucher/" + sealed(body), "/webhooks/univoucher/", "/webhooks/infinivoucher/current-segment",
		"/webhooks/infinivoucher/guess", "/webhooks//infini", "/webhooks/infini/", "/webhooks/infini/../inventpay", "/healthz", "/readyz", "/metrics", "*", "", "/%2e%2e", "//x",
	} {
		for _, method := range []string{"POST", "GET", "HEAD", "OPTIONS", "CONNECT", "", "post"} {
			f.Add(method, path, sealed(body), body)
		}
	}
	f.Add("POST", "/webhooks/infini", "", bytes.Repeat([]byte(" "), paymentBodyMax+1))
	f.Fuzz(func(t *testing.T, method, path, sig string, body []byte) {
		e := newFuzzedEdge()
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path}, Host: "shop.example", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RequestURI: path,
			Header: http.Header{"X-Sig": {sig}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %q: %d\n%s", method, path, w.Code, e.log)
		}
		kept := len(e.hints.got) + len(e.hints.external) + len(e.kept.kept)
		if kept > 0 && (!proven(path, sig, body) || method != http.MethodPost || w.Code != http.StatusOK) {
			t.Fatalf("%s %q with %q: %d things kept, status %d", method, path, sig, kept, w.Code)
		}
		if len(sig) > 12 && strings.Contains(e.log.String(), sig) || len(body) > 12 && bytes.Contains(e.log.Bytes(), body) {
			t.Fatalf("logged: %s", e.log)
		}
	})
}
