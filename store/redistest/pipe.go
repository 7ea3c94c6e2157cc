package redistest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// Pipe returns the two ends of an in-memory connection with buffers that grow:
// a write never blocks, so that a pipeline of any size cannot deadlock as it
// does on net.Pipe. It blocks only on condition variables, which testing/synctest
// understands.
func Pipe() (net.Conn, net.Conn) {
	a, b := newStream(), newStream()
	return &end{in: a, out: b}, &end{in: b, out: a}
}

// stream carries bytes one way.
type stream struct {
	mu     sync.Mutex
	wake   *sync.Cond
	buffer []byte
	closed bool // no more bytes will be written
	gone   bool // nobody reads any more
}

func newStream() *stream {
	s := &stream{}
	s.wake = sync.NewCond(&s.mu)
	return s
}

// end is one side of a pipe.
type end struct {
	in, out *stream

	mu       sync.Mutex
	deadline time.Time // for reads
}

// Read waits for bytes, the other side's close or the deadline.
func (e *end) Read(p []byte) (int, error) {
	e.in.mu.Lock()
	defer e.in.mu.Unlock()
	var timer *time.Timer
	defer func() {
		if timer != nil {
			timer.Stop()
		}
	}()
	for {
		switch deadline := e.readDeadline(); {
		case e.in.gone:
			return 0, net.ErrClosed
		case len(e.in.buffer) > 0:
			n := copy(p, e.in.buffer)
			e.in.buffer = e.in.buffer[n:]
			return n, nil
		case e.in.closed:
			return 0, io.EOF
		case deadline.IsZero():
		case !time.Now().Before(deadline):
			return 0, os.ErrDeadlineExceeded
		case timer == nil:
			timer = time.AfterFunc(time.Until(deadline), e.wakeReader)
		}
		e.in.wake.Wait()
	}
}

// Write appends; it never blocks.
func (e *end) Write(p []byte) (int, error) {
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	if e.out.gone || e.out.closed {
		return 0, io.ErrClosedPipe
	}
	e.out.buffer = append(e.out.buffer, p...)
	e.out.wake.Broadcast()
	return len(p), nil
}

// Close ends both directions; the other side still reads what was written.
func (e *end) Close() error {
	e.out.mu.Lock()
	e.out.closed = true
	e.out.wake.Broadcast()
	e.out.mu.Unlock()
	e.in.mu.Lock()
	e.in.gone = true
	e.in.wake.Broadcast()
	e.in.mu.Unlock()
	return nil
}

func (e *end) wakeReader() {
	e.in.mu.Lock()
	defer e.in.mu.Unlock()
	e.in.wake.Broadcast()
}

func (e *end) readDeadline() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.deadline
}

// SetDeadline sets the read deadline; writes never wait.
func (e *end) SetDeadline(t time.Time) error { return e.SetReadDeadline(t) }

// early is how much sooner than asked a read gives up. A client that sets its
// context's deadline on the connection would otherwise have both pass at one
// virtual moment, and which of them it sees first be chance.
const early = time.Microsecond

// SetReadDeadline makes a waiting read return just before t.
func (e *end) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		t = t.Add(-early)
	}
	e.mu.Lock()
	e.deadline = t
	e.mu.Unlock()
	e.wakeReader()
	return nil
}

// SetWriteDeadline does nothing: writes never wait.
func (e *end) SetWriteDeadline(time.Time) error { return nil }

// LocalAddr is a name only.
func (e *end) LocalAddr() net.Addr { return name{} }

// RemoteAddr is a name only.
func (e *end) RemoteAddr() net.Addr { return name{} }

type name struct{}

func (name) Network() string { return "memory" }
func (name) String() string  { return "127.0.0.1:0" }
