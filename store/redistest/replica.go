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
	deadline := time.Now().Add(startLimit)
	for {
		answer, err := command(s.Addr, "INFO replication")
		if err == nil && strings.Contains(answer, "master_link_status:up") {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("replica: %q, %v", answer, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
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
