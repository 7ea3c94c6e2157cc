package webhook

import (
	"context"
	"crypto/subtle"
	"net/http"
	"sync"
	"time"
)

// SupplierHinter looks at a supplier's order again.
type SupplierHinter interface {
	HintSupplier(ctx context.Context, supplier, external string) error
}

// Supplier is an unsigned webhook behind a secret path segment. Its body is
// never believed: all it can do is make us look, once a minute per order.
type Supplier struct {
	Name    string
	Secrets []string // current and, during a rotation, previous
	// External reads the supplier's order id from a body, "" for an event
	// that is none of ours.
	External func(body []byte) (string, error)
}

// supplier answers 200 to whoever knows the path: the body may be made up, so
// nothing it says is worth a different answer.
func (s *server) supplier(v Supplier) http.HandlerFunc {
	limit := newOncePer(time.Minute)
	return func(w http.ResponseWriter, r *http.Request) {
		if !knows(v.Secrets, r.PathValue("secret")) {
			s.answer(w, v.Name, http.StatusNotFound, "bad_path")
			return
		}
		body, ok := s.body(w, r, v.Name, supplierBodyMax)
		if !ok {
			return
		}
		external, err := v.External(body)
		switch {
		case err != nil:
			s.answer(w, v.Name, http.StatusBadRequest, "malformed")
		case external == "":
			s.answer(w, v.Name, http.StatusOK, "ignored")
		case !limit.allow(external, s.now()):
			s.answer(w, v.Name, http.StatusOK, "repeated")
		default:
			s.lookAgain(w, r, v.Name, external)
		}
	}
}

func (s *server) lookAgain(w http.ResponseWriter, r *http.Request, name, external string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeWait)
	defer cancel()
	if err := s.suppliers.HintSupplier(ctx, name, external); err != nil {
		// Only a shortcut is lost: the engine asks the supplier by itself.
		s.log.Warn("supplier hint not stored", "from", name, "err", err)
		s.answer(w, name, http.StatusOK, "not_stored")
		return
	}
	s.answer(w, name, http.StatusOK, "stored")
}

// knows compares in constant time and does not stop at the first match.
func knows(secrets []string, given string) bool {
	found := 0
	for _, secret := range secrets {
		if secret != "" {
			found |= subtle.ConstantTimeCompare([]byte(secret), []byte(given))
		}
	}
	return found == 1
}

// oncePer lets each id through once per period, and bounds what it remembers.
type oncePer struct {
	mu     sync.Mutex
	period time.Duration
	seen   map[string]time.Time
}

const oncePerMax = 10_000

func newOncePer(period time.Duration) *oncePer {
	return &oncePer{period: period, seen: make(map[string]time.Time)}
}

func (o *oncePer) allow(id string, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if last, ok := o.seen[id]; ok && now.Sub(last) < o.period {
		return false
	}
	if len(o.seen) >= oncePerMax {
		o.forget(now)
	}
	if len(o.seen) >= oncePerMax {
		return false
	}
	o.seen[id] = now
	return true
}

func (o *oncePer) forget(now time.Time) {
	for id, at := range o.seen {
		if now.Sub(at) >= o.period {
			delete(o.seen, id)
		}
	}
}
