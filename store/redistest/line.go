package redistest

import (
	"net"
	"strconv"
	"sync"
	"testing"
)

// Line is the way from a primary to its replica: a stale replica is made by
// holding it.
type Line struct {
	upstream string
	port     int
	listener net.Listener
	work     sync.WaitGroup

	mu    sync.Mutex
	held  bool
	ended bool
	conns []net.Conn
}

// NewLine leads to a server until the test ends.
func NewLine(t testing.TB, primary *Server) *Line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	l := &Line{upstream: primary.Addr, listener: listener}
	if l.port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	l.work.Go(l.accept)
	t.Cleanup(l.Close)
	return l
}

// Hold drops from now on what the primary sends: it still counts its replica,
// which hears and confirms nothing any more.
func (l *Line) Hold() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = true
}

// Close cuts the line for good.
func (l *Line) Close() {
	l.mu.Lock()
	l.ended = true
	_ = l.listener.Close() // it may be closed already
	for _, c := range l.conns {
		_ = c.Close() // the same
	}
	l.mu.Unlock()
	l.work.Wait()
}

func (l *Line) accept() {
	for {
		replica, err := l.listener.Accept()
		if err != nil {
			return
		}
		primary, err := net.Dial("tcp", l.upstream)
		if err != nil {
			_ = replica.Close()
			continue
		}
		if !l.keep(replica, primary) {
			return
		}
		l.work.Go(func() { l.carry(replica, primary, true) })
		l.work.Go(func() { l.carry(primary, replica, false) })
	}
}

func (l *Line) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, conns...)
	if l.ended {
		for _, c := range conns {
			_ = c.Close()
		}
	}
	return !l.ended
}

// carry copies one direction. What the primary sends while the line is held is
// dropped; the replica's word that it lives goes on.
func (l *Line) carry(to, from net.Conn, droppable bool) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		l.mu.Lock()
		drop := l.held && droppable
		l.mu.Unlock()
		if n > 0 && !drop {
			if _, written := to.Write(buffer[:n]); written != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
