package webhook

import (
	"context"
	"errors"
	"net/http"

	"giftbot/order"
)

// callbackBodyMax is the largest callback read (DESIGN §5): a hundred cards.
const callbackBodyMax = 1 << 20

// Parcel says which purchase a callback belongs to.
type Parcel struct {
	Number  order.Number
	Line    int
	Attempt int
	Empty   bool // it brings nothing: only a reason to look
}

// Callback is a supplier's webhook that may bring the only copy of what was
// bought. It is authenticated without any store, and kept before it is
// answered, by Redis or by the disk.
type Callback struct {
	Name string
	// Open checks token and body. ErrMalformed: ours, and yet unreadable.
	// Every other error: not ours.
	Open func(token string, body []byte) (Parcel, error)
	// Keep returns nil when the body can no longer be lost.
	Keep func(ctx context.Context, p Parcel, body []byte) error
}

// callback answers 200 only for what is kept; 503 has the sender try again.
func (s *server) callback(c Callback) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, ok := s.body(w, r, c.Name, callbackBodyMax)
		if !ok {
			return
		}
		parcel, err := c.Open(r.PathValue("token"), body)
		switch {
		case errors.Is(err, ErrMalformed):
			s.answer(w, c.Name, http.StatusBadRequest, "malformed")
			return
		case err != nil:
			s.answer(w, c.Name, http.StatusUnauthorized, "bad_token")
			return
		}
		// The sender hanging up must not undo a write that is half done.
		if err := c.Keep(context.WithoutCancel(r.Context()), parcel, body); err != nil {
			s.log.Error("callback not kept", "from", c.Name, "order", parcel.Number, "err", err)
			s.answer(w, c.Name, http.StatusServiceUnavailable, "not_kept")
			return
		}
		s.answer(w, c.Name, http.StatusOK, "kept")
	}
}
