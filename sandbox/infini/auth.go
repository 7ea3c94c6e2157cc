package infini

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"giftbot/sandbox/kit"
)

// SignRequest returns the base64 signature of infini sheet §2: an HMAC-SHA256
// of "{keyId}\n{METHOD} {path+query}\ndate: {Date}\n", final LF included.
func SignRequest(secret, keyID, method, target, date string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%s\n%s %s\ndate: %s\n", keyID, method, target, date)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Digest returns the Digest header of a body, infini sheet §2.
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// SignWebhook returns the lower-case hex X-Webhook-Signature of infini sheet §6.
func SignWebhook(secret, timestamp, eventID string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = io.WriteString(mac, timestamp+"."+eventID+".")
	_, _ = mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// authHeader builds the one accepted form of the Authorization header.
func authHeader(keyID, signature string) string {
	return `Signature keyId="` + keyID + `",algorithm="hmac-sha256",headers="@request-target date",signature="` + signature + `"`
}

// authenticated checks every call before it is routed and stamps the vendor's
// own Date on the answer.
func (v *Vendor) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", v.now().Format(http.TimeFormat))
		if v.settings().IPBlocked {
			kit.WriteJSON(w, http.StatusForbidden, message("ip not in whitelist"))
			return
		}
		body, err := kit.ReadBody(r)
		if err != nil || !v.validRequest(r, body) {
			kit.WriteJSON(w, http.StatusUnauthorized, message("client request can't be validated"))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

func message(text string) map[string]string { return map[string]string{"message": text} }

func (v *Vendor) validRequest(r *http.Request, body []byte) bool {
	date := r.Header.Get("Date")
	at, err := http.ParseTime(date)
	if err != nil || !strings.HasSuffix(date, " GMT") {
		return false
	}
	if off := v.now().Sub(at); off > dateWindow+time.Second || off < -dateWindow {
		return false
	}
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI()
	}
	want := authHeader(v.cfg.KeyID, SignRequest(v.cfg.SecretKey, v.cfg.KeyID, r.Method, target, date))
	if len(r.Header.Values("Authorization")) != 1 || !hmac.Equal([]byte(want), []byte(r.Header.Get("Authorization"))) {
		return false
	}
	if len(body) == 0 {
		return true
	}
	return r.Header.Get("Digest") == Digest(body) && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}
