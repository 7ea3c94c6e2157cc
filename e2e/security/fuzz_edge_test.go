package security

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"giftbot/cmd/bot/app"
	"giftbot/config"
)

// systemClock is the machine's.
type systemClock struct{}

// Now implements order.Clock.
func (systemClock) Now() time.Time { return time.Now() }

// assembled is a whole replica that does nothing by itself, and its Redis.
func assembled(f *testing.F, log io.Writer) (http.Handler, *miniredis.Miniredis) {
	f.Helper()
	redis := miniredis.RunT(f)
	settings := plain("redis://"+redis.Addr(), f.TempDir())
	settings["REDIS_DURABILITY"] = "unsafe" // it is in memory
	var environ []string
	for name, value := range settings {
		environ = append(environ, name+"="+value)
	}
	cfg, err := config.Load(environ)
	if err != nil {
		f.Fatal(err)
	}
	a, err := app.New(f.Context(), cfg, app.Outside{Log: slog.New(slog.NewTextHandler(log, nil)), Clock: systemClock{}, Version: "fuzz"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = a.Close() }) // Redis may be gone before it
	return a.Handler(), redis
}

// FuzzDoors: any method, path, headers and body, on the assembled shop with
// every vendor: nothing but a refusal, nothing in Redis, no secret in the log.
// None of them can prove where it comes from: nobody guesses a signature.
func FuzzDoors(f *testing.F) {
	log := &bytes.Buffer{}
	shop, redis := assembled(f, log)
	settings := plain("", "")
	sum := strings.Repeat("ab", 32)
	for _, path := range []string{
		"/webhooks/telegram", "/webhooks/infini", "/webhooks/inventpay", "/webhooks/infinivoucher/guess", "/webhooks/univoucher/v1.0000000000.0-1." + sum, "/webhooks/plexy", "/webhooks/",
		"/", "", "*", "//", "/metrics", "/debug/pprof/", "/webhooks/../webhooks/infini", "/healthz",
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodOptions, "TRACE", "\x00"} {
			f.Add(method, path, sum, "1763512573", []byte(`{"update_id":1,"event":"order.completed","authToken":"`+sum+`"}`))
		}
	}
	f.Add(http.MethodPost, "/webhooks/infini", sum, "-1", bytes.Repeat([]byte("["), 64<<10))
	f.Fuzz(func(t *testing.T, method, path, proof, stamp string, body []byte) {
		if strings.Contains(path, settings["INFINIVOUCHER_WEBHOOK_PATH"]) || strings.Contains(proof, settings["TELEGRAM_WEBHOOK_SECRET"]) || strings.HasPrefix(path, "/readyz") {
			return // these are not guessed either; that nothing is on the shelves is no refusal
		}
		before := redis.Dump()
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path}, Host: "shop.example", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RequestURI: path,
			Header: http.Header{
				"Content-Type": {"application/json"}, signature: {proof}, timestamp: {stamp}, eventID: {stamp}, secretHeader: {proof}, "Authorization": {proof},
			},
			Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		}
		w := httptest.NewRecorder()
		shop.ServeHTTP(w, r)
		if harmless := path == "/healthz" && w.Code == http.StatusOK || w.Code >= 300 && w.Code < 500; !harmless {
			t.Fatalf("%s %q: %d %q\n%s", method, path, w.Code, w.Body, log)
		}
		if after := redis.Dump(); after != before {
			t.Fatalf("%s %q has left in Redis\n%s\nwhere there was\n%s", method, path, after, before)
		}
		if text := log.String(); strings.Contains(text, "planted") || len(proof) > 12 && strings.Contains(text, proof) || strings.Contains(text, "panic") {
			t.Fatalf("%s %q is logged: %s", method, path, text)
		}
		log.Reset()
	})
}
