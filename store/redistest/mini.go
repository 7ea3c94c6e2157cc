package redistest

import (
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// MiniURL is an address for stores that connect through Mini.Dial: an IP, so
// that nobody asks a name server.
const MiniURL = "redis://127.0.0.1:1"

// Mini is a miniredis without any socket. Started inside a synctest bubble it
// runs on virtual time.
type Mini struct{ *miniredis.Miniredis }

// NewMini starts one; Close ends it.
func NewMini() (*Mini, error) {
	m := miniredis.NewMiniRedis()
	// The first Dial is what starts a server without a listener.
	first, err := m.Dial()
	if err != nil {
		return nil, fmt.Errorf("start miniredis: %w", err)
	}
	if err := first.Close(); err != nil {
		return nil, fmt.Errorf("start miniredis: %w", err)
	}
	return &Mini{m}, nil
}

// StartMini starts one that ends with the test.
func StartMini(t testing.TB) *Mini {
	t.Helper()
	m, err := NewMini()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

// Dial connects by a buffered pipe; it fits store.Options.Dialer.
func (m *Mini) Dial(context.Context, string, string) (net.Conn, error) {
	client, server := Pipe()
	m.Server().ServeConn(server)
	return client, nil
}
