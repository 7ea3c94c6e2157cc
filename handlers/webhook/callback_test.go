package webhook

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// keeper keeps what a callback brings, or refuses like a full disk.
type keeper struct {
	err    error
	kept   []string
	parcel Parcel
}

func (k *keeper) keep(_ context.Context, p Parcel, body []byte) error {
	if k.err == nil {
		k.kept, k.parcel = append(k.kept, string(body)), p
	}
	return k.err
}

func openParcel(token string, body []byte) (Parcel, error) {
	switch {
	case token != "planted-token":
		return Parcel{}, errSignature
	case bytes.Equal(body, []byte("garbage")):
		return Parcel{}, ErrMalformed
	}
	return Parcel{Number: testNumber, Line: 1, Attempt: 2}, nil
}

func TestACallbackIsKeptBeforeItIsAnswered(t *testing.T) {
	big := strings.Repeat("x", callbackBodyMax)
	for name, c := range map[string]struct {
		method, token, body string
		disk                error
		status, kept        int
		count               string
	}{
		"kept":           {http.MethodPost, "planted-token", "cards", nil, 200, 1, "kept"},
		"of 1 MiB":       {http.MethodPost, "planted-token", big, nil, 200, 1, "kept"},
		"larger":         {http.MethodPost, "planted-token", big + "x", nil, 413, 0, "too_large"},
		"wrong token":    {http.MethodPost, "other", "cards", nil, 401, 0, "bad_token"},
		"malformed":      {http.MethodPost, "planted-token", "garbage", nil, 400, 0, "malformed"},
		"disk and Redis": {http.MethodPost, "planted-token", "cards", errors.New("disk full"), 503, 0, "not_kept"},
		"asked for":      {http.MethodGet, "planted-token", "", nil, 405, 0, "not_posted"},
	} {
		t.Run(name, func(t *testing.T) {
			k, meter, log := &keeper{err: c.disk}, &counts{}, &bytes.Buffer{}
			h := NewHandler(Config{
				Callbacks: []Callback{{Name: "univoucher", Open: openParcel, Keep: k.keep}}, Meter: meter, Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now,
			})
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(c.method, "/webhooks/univoucher/"+c.token, strings.NewReader(c.body)))
			if w.Code != c.status || len(k.kept) != c.kept {
				t.Errorf("status %d, kept %d", w.Code, len(k.kept))
			}
			if c.count != "" && meter.get("webhooks/univoucher:"+c.count) != 1 {
				t.Errorf("not counted: %v", meter.of)
			}
			if c.kept == 1 && (k.parcel != Parcel{Number: testNumber, Line: 1, Attempt: 2}) {
				t.Errorf("parcel %+v", k.parcel)
			}
			if strings.Contains(log.String()+w.Body.String(), "planted-token") {
				t.Error("the token is told")
			}
		})
	}
}
