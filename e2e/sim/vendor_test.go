package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"giftbot/sandbox/kit"
)

// vendorPort carries a replica's calls to the vendors.
type vendorPort struct {
	inc   *incarnation
	world http.RoundTripper
	watch *locks
}

func newVendorPort(inc *incarnation, h http.Handler, watch *locks) *vendorPort {
	return &vendorPort{inc: inc, world: kit.HandlerTransport(h), watch: watch}
}

// RoundTrip implements http.RoundTripper.
func (p *vendorPort) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := drained(r)
	if err != nil {
		return nil, err
	}
	port := vendorName(r)
	v := p.inc.pass(port, r.Method+r.URL.String()+string(body), vendorMenu(port))
	if err = r.Context().Err(); err != nil {
		return nil, err // it waited too long to leave
	}
	send := func() (*http.Response, error) {
		p.watch.sent(port, r, body)
		return p.world.RoundTrip(again(r, body))
	}
	res, err := carry(r.Context(), v, send)
	if err == nil {
		p.watch.answered(port, r, body, res)
	}
	return res, err
}

// carry lets a request meet its fate.
func carry(ctx context.Context, v verdict, send func() (*http.Response, error)) (*http.Response, error) {
	switch v.fate {
	case fateDead, fateCrashBefore, fateDown:
		return nil, refused()
	case fateBefore:
		return before(v)
	case fateLimited:
		return answer(http.StatusTooManyRequests, `{"error":{"code":"RATE_LIMITED"}}`, "7"), nil
	case fateAfter, fateCrashAfter:
		if _, err := send(); err != nil {
			return nil, err
		}
		return after(v)
	case fateTwice:
		if _, err := send(); err != nil {
			return nil, err
		}
		return send()
	case fateSlow:
		res, err := send()
		if late := sleep(ctx, v.wait); late != nil {
			return nil, late
		}
		return res, err
	default:
		return send()
	}
}

func before(v verdict) (*http.Response, error) {
	switch v.variant {
	case 0:
		return nil, refused()
	case 1:
		return nil, io.ErrUnexpectedEOF
	default:
		return answer(http.StatusServiceUnavailable, `{"error":"maintenance"}`, ""), nil
	}
}

func after(v verdict) (*http.Response, error) {
	switch v.variant {
	case 0:
		return nil, io.ErrUnexpectedEOF
	case 1:
		return answer(http.StatusBadGateway, `<html>bad gateway</html>`, ""), nil
	default:
		return answer(http.StatusOK, `{"success":tru`, ""), nil
	}
}

// refused is the error of a connection that never came to be.
func refused() error { return &net.OpError{Op: "dial", Net: "tcp", Err: errPort} }

func answer(status int, body, retry string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	if retry != "" {
		h.Set("Retry-After", retry)
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drained reads a request's body, whatever becomes of the request.
func drained(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	defer r.Body.Close()
	return io.ReadAll(r.Body)
}

func again(r *http.Request, body []byte) *http.Request {
	c := r.Clone(r.Context())
	c.Body = io.NopCloser(bytes.NewReader(body))
	return c
}

// vendorName names the port of a vendor's call by vendor, method and route.
// What is no word of a route is an id.
func vendorName(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	vendor, rest := parts[0], parts[max(1, len(parts)-2):]
	if strings.Contains(r.URL.Path, "/rpc/") {
		return vendor + " chain"
	}
	if len(parts) > 2 && !slices.Contains([]string{"orders", "invoice", "products", "order", "cards", "fees", "token", "history"}, rest[0]) || word(rest[len(rest)-1]) && rest[0] == "orders" {
		rest = rest[1:]
	}
	for i := range rest {
		if !word(rest[i]) {
			rest[i] = "{id}"
		}
	}
	return vendor + " " + r.Method + " " + strings.Join(rest, "/")
}

func word(s string) bool { return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_-") == "" }

// vendorMenu leaves out that a creation of cards, or a payout, arrives twice: no
// transport repeats a request that is not idempotent, and the vendor would make two.
func vendorMenu(port string) []fate {
	menu := []fate{fateBefore, fateBefore, fateAfter, fateAfter, fateLate, fateSlow, fateLimited, fateCrashBefore, fateCrashAfter}
	if !slices.Contains([]string{portMint, "infini POST withdraw", "inventpay POST create"}, port) {
		menu = append(menu, fateTwice)
	}
	return menu
}

const portMint = "univoucher POST cards/create"

// locks watches, from outside, that no purchase of a product is sent while
// another of it has not been answered (DESIGN §3, permits).
type locks struct {
	mu       sync.Mutex
	open     map[string]string // product → key of the purchase under way
	breaches []string
}

func purchaseOf(port string, r *http.Request, body []byte) (product, key string, ok bool) {
	if port != "infinivoucher POST buy" {
		return "", "", false
	}
	var in struct {
		Product string `json:"product_id"`
	}
	if json.Unmarshal(body, &in) != nil {
		return "", "", false
	}
	return in.Product, r.Header.Get("Idempotency-Key"), true
}

func (l *locks) sent(port string, r *http.Request, body []byte) {
	product, key, ok := purchaseOf(port, r, body)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if other := l.open[product]; other != "" && other != key {
		l.breaches = append(l.breaches, "two purchases of "+product+" under way: "+other+" and "+key)
	}
	l.open[product] = key
}

// givenUp ends a purchase that a person said was not made: the next may leave.
func (l *locks) givenUp(product, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[product] == key {
		delete(l.open, product)
	}
}

func (l *locks) answered(port string, r *http.Request, body []byte, res *http.Response) {
	product, key, ok := purchaseOf(port, r, body)
	l.mu.Lock()
	defer l.mu.Unlock()
	definite := res.StatusCode == http.StatusOK || res.StatusCode/100 == 4
	if ok && definite && l.open[product] == key {
		delete(l.open, product)
	}
}
