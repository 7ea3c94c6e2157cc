package webhook

import (
	"context"
	"errors"
	"net/http"
	"time"

	"giftbot/order"
)

const (
	// paymentBodyMax is the largest payment webhook read (DESIGN §5).
	paymentBodyMax = 64 << 10
	// supplierBodyMax is the largest unsigned hint read (infinivoucher sheet §8).
	supplierBodyMax = 16 << 10
	// storeWait bounds the durable write: a webhook is answered well within
	// what its sender waits, and tried again by it after a 503.
	storeWait = 2 * time.Second
)

// Notice is what a verified webhook speaks of.
type Notice struct {
	Number order.Number // "" for an event that is none of ours
	Hint   order.Hint
}

// ErrMalformed is returned by a verifier for a body that is signed and yet
// unreadable. Every other error of a verifier means a bad signature.
var ErrMalformed = errors.New("webhook body unreadable")

// Verifier checks a webhook's signature over the raw body and reads what it
// speaks of. It is a pure function of its arguments.
type Verifier func(header http.Header, body []byte, now time.Time) (Notice, error)

// Hinter stores that there is news about an order.
type Hinter interface {
	Hint(ctx context.Context, n order.Number, h order.Hint) error
}

// payment answers one gateway's webhooks: 200 after the hint is stored or
// when there is nothing to do, 401 on a bad signature, 503 on anything that
// the sender should try again.
func (s *server) payment(gateway string, verify Verifier) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := s.body(w, r, gateway, paymentBodyMax)
		if !ok {
			return
		}
		notice, err := verify(r.Header, body, s.now())
		switch {
		case errors.Is(err, ErrMalformed):
			s.answer(w, gateway, http.StatusBadRequest, "malformed")
		case err != nil:
			s.answer(w, gateway, http.StatusUnauthorized, "bad_signature")
		case notice.Number == "":
			s.answer(w, gateway, http.StatusOK, "ignored")
		default:
			s.store(w, r, gateway, notice)
		}
	}
}

func (s *server) store(w http.ResponseWriter, r *http.Request, gateway string, notice Notice) {
	// The sender hanging up must not undo a write that is half done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeWait)
	defer cancel()
	err := s.hints.Hint(ctx, notice.Number, notice.Hint)
	switch {
	case err == nil:
		s.answer(w, gateway, http.StatusOK, "stored")
	case order.CodeOf(err) == order.CodeMissing:
		s.answer(w, gateway, http.StatusOK, "unknown_order")
	default:
		s.log.Warn("webhook not stored", "from", gateway, "err", err)
		s.answer(w, gateway, http.StatusServiceUnavailable, "not_stored")
	}
}
