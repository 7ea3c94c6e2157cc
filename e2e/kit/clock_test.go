package kit

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// handClock is a sandbox that only has a clock.
type handClock struct {
	mu    sync.Mutex
	steps []string
}

// ServeHTTP implements http.Handler.
func (h *handClock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.URL.Path != "/control/clock" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.steps = append(h.steps, in.Advance)
}

func (h *handClock) taken() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.steps)
}

// TestAdvanceUntil: the clock goes on while there is something to wait for, and
// not a step longer.
func TestAdvanceUntil(t *testing.T) {
	t.Parallel()
	clock := &handClock{}
	server := httptest.NewServer(clock)
	t.Cleanup(server.Close)
	c := NewControl(t, server.URL)
	c.AdvanceUntil("nothing", time.Hour, func() bool { return true })
	if got := clock.taken(); len(got) != 0 {
		t.Errorf("what is there already took %v", got)
	}
	began := time.Now()
	c.AdvanceUntil("two steps", time.Minute, func() bool { return len(clock.taken()) == 2 })
	if got := clock.taken(); !slices.Equal(got, []string{"1m0s", "1m0s"}) {
		t.Errorf("two steps took %v", got)
	}
	if took := time.Since(began); took < 2*stepEvery {
		t.Errorf("two steps came within %v: nothing could happen between them", took)
	}
	c.Advance(90 * time.Minute)
	if got := clock.taken(); got[len(got)-1] != "1h30m0s" {
		t.Errorf("one jump took %v", got)
	}
}
