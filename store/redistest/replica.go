package redistest

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// StartReplica starts a server that follows another one, and waits until it
// has caught up.
func StartReplica(t testing.TB, primary *Server) *Server {
	t.Helper()
	s := Start(t, "--replicaof", "127.0.0.1", strconv.Itoa(primary.port), "--repl-diskless-load", "swapdb")
	s.awaitLink(t)
	return s
}

// CatchUp waits until the replica has what its primary has written so far.
func (s *Server) CatchUp(t testing.TB, primary *Server) {
	t.Helper()
	deadline := time.Now().Add(startLimit)
	for want := primary.offset(t); s.offset(t) < want; {
		if time.Now().After(deadline) {
			t.Fatalf("replica: at %d, and its primary was at %d", s.offset(t), want)
		}
		time.Sleep(time.Millisecond)
	}
}

// offset is how many bytes of replication the server has.
func (s *Server) offset(t testing.TB) int64 {
	t.Helper()
	_, rest, _ := strings.Cut(s.Tell(t, "INFO", "replication"), "\r\nmaster_repl_offset:")
	number, _, _ := strings.Cut(rest, "\r\n")
	offset, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatalf("offset: %v", err)
	}
	return offset
}

// Freeze stops the process where it is: connections stay, nothing is answered.
func (s *Server) Freeze(t testing.TB) { s.signal(t, syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (s *Server) Thaw(t testing.TB) { s.signal(t, syscall.SIGCONT) }

func (s *Server) signal(t testing.TB, what syscall.Signal) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		t.Fatal("the server does not run")
	}
	if err := s.cmd.Process.Signal(what); err != nil {
		t.Fatal(err)
	}
}
