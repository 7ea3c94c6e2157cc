package infinivoucher

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"giftbot/sandbox/kit"
)

type fields map[string]any

// apiError is one refusal of infinivoucher sheet §5.
type apiError struct {
	status     int
	code       string
	text       string
	retryAfter int // seconds, for 429
}

func refuse(status int, code, text string) *apiError {
	return &apiError{status: status, code: code, text: text}
}

func (v *Vendor) meta() fields {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seq++
	return fields{"requestId": fmt.Sprintf("req_%010x", v.seq)}
}

// ok answers data in the envelope of infinivoucher sheet §2.
func (v *Vendor) ok(w http.ResponseWriter, data any) {
	kit.WriteJSON(w, http.StatusOK, fields{"success": true, "data": data, "meta": v.meta()})
}

func (v *Vendor) fail(w http.ResponseWriter, e *apiError) {
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(e.retryAfter))
	}
	kit.WriteJSON(w, e.status, errorBody(e))
}

func errorBody(e *apiError) fields {
	return fields{"success": false, "error": fields{"code": e.code, "message": e.text}}
}

// FaultBody is the body of an error a planned fault answers.
func FaultBody(int) []byte {
	raw, _ := json.Marshal(errorBody(refuse(0, "INTERNAL_ERROR", "sandbox fault")))
	return raw
}

// stamp prints a time as ISO 8601 UTC with milliseconds, infinivoucher sheet §1.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
