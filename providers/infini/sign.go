package infini

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
)

// signingString is what is signed (infini sheet §2): the final line feed is
// part of it, and target is path and query exactly as they go on the wire.
func signingString(keyID, method, target, date string) string {
	return keyID + "\n" + method + " " + target + "\ndate: " + date + "\n"
}

// signature is the base64 HMAC-SHA256 of a signing string.
func signature(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// digest is the Digest header of a body. It is not signed: TLS protects the body.
func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return "SHA-256=" + base64.StdEncoding.EncodeToString(sum[:])
}

// sign is the client's rest.Options.Auth. The date is taken anew for every
// attempt. With clocks too far apart nothing is signed: the vendor would
// refuse, and an alert is due anyway (DESIGN §5).
func (c *Client) sign(req *http.Request, body []byte) error {
	now := c.now()
	if skew := c.rest.Skew(); c.options.MaxSkew > 0 && skew.Ahead.Abs() > c.options.MaxSkew && now.Sub(skew.At).Abs() < skewFresh {
		return ErrClock
	}
	date := now.UTC().Format(http.TimeFormat)
	text := signingString(c.options.KeyID, req.Method, req.URL.RequestURI(), date)
	req.Header.Set("Date", date)
	req.Header.Set("Authorization", `Signature keyId="`+c.options.KeyID+
		`",algorithm="hmac-sha256",headers="@request-target date",signature="`+signature(c.options.SecretKey, text)+`"`)
	if body != nil {
		req.Header.Set("Digest", digest(body))
	}
	return nil
}
