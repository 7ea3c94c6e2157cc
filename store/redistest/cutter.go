package redistest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
)

// DialFunc opens a connection; it fits store.Options.Dialer.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// ErrDown is what dialling reports while the way is down.
var ErrDown = errors.New("redistest: the way to Redis is down")

// Cutter breaks connections at the worst moment.
type Cutter struct {
	dial DialFunc

	mu   sync.Mutex // guards the rest
	cuts int
	down bool
}

// NewCutter breaks connections that dial opens; nil is the network.
func NewCutter(dial DialFunc) *Cutter {
	if dial == nil {
		var d net.Dialer
		dial = d.DialContext
	}
	return &Cutter{dial: dial}
}

// Cut drops the next n replies: the server has executed the command, its
// answer is swallowed and the connection closed.
func (c *Cutter) Cut(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cuts = n
}

// Down refuses new connections while true.
func (c *Cutter) Down(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

// Dial opens a connection that Cut can break.
func (c *Cutter) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down {
		return nil, ErrDown
	}
	conn, err := c.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &cutConn{Conn: conn, cutter: c}, nil
}

func (c *Cutter) take() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cuts == 0 {
		return false
	}
	c.cuts--
	return true
}

type cutConn struct {
	net.Conn
	cutter *Cutter
}

// Read waits for the reply and may swallow it.
func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && c.cutter.take() {
		_ = c.Close()
		return 0, io.EOF
	}
	return n, err
}
