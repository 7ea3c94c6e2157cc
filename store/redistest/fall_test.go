package redistest

import (
	"net"
	"strings"
	"testing"
)

// says fails unless the server answers a command with a bulk string.
func says(t *testing.T, s *Server, want string, words ...string) {
	t.Helper()
	if got := s.Tell(t, words...); !strings.HasSuffix(got, "\r\n"+want+"\r\n") {
		t.Errorf("%q: %q, want %q", words, got, want)
	}
}

func TestReturnToACopy(t *testing.T) {
	s := Start(t)
	s.Tell(t, "SET", "k", "before")
	c := s.Copy(t)
	s.Tell(t, "SET", "k", "after")
	s.ReturnTo(t, c)
	s.Restart()
	says(t, s, "before", "GET", "k")
	s.Tell(t, "SET", "k", "again")
	s.Kill()
	s.Restart()
	says(t, s, "again", "GET", "k")
}

func TestTornRecord(t *testing.T) {
	s := Start(t)
	s.Tell(t, "SET", "k", "before")
	s.Tell(t, "SET", "k", "after")
	if left := s.Tear(t, 3); left <= 0 {
		t.Fatalf("%d bytes left", left)
	}
	s.Restart()
	says(t, s, "before", "GET", "k")
	if left := s.Tear(t, 1<<20); left != 0 {
		t.Errorf("%d bytes left of a file that was cut altogether", left)
	}
}

// TestStaleReplica: what the primary was told while the line was held is not
// there after the promotion, and no WAIT is answered for it.
func TestStaleReplica(t *testing.T) {
	primary, replica := Start(t), Start(t)
	line := NewLine(t, primary)
	replica.Follow(t, line)
	primary.Tell(t, "SET", "k", "before")
	replica.CatchUp(t, primary)
	line.Hold()
	conn, err := net.Dial("tcp", primary.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := send(t, conn, "SET k after"); err != nil {
		t.Fatal(err)
	}
	if answer := primary.Tell(t, "INFO", "replication"); !strings.Contains(answer, "connected_slaves:1") {
		t.Errorf("the primary has lost its replica: %q", answer)
	}
	if answer, err := send(t, conn, "WAIT 1 200"); err != nil || answer != ":0\r\n" {
		t.Errorf("WAIT: %q, %v", answer, err)
	}
	primary.Kill()
	line.Close()
	replica.Promote(t)
	says(t, replica, "before", "GET", "k")
	replica.Restart()
	says(t, replica, "before", "GET", "k")
	replica.Tell(t, "SET", "k", "writable")
}

func TestPromotedReplicaStaysPrimary(t *testing.T) {
	primary := Start(t)
	replica := StartReplica(t, primary)
	primary.Tell(t, "SET", "k", "v")
	replica.CatchUp(t, primary)
	primary.Kill()
	replica.Promote(t)
	replica.Restart()
	says(t, replica, "v", "GET", "k")
	replica.Tell(t, "SET", "k", "w")
}

func TestFullDisk(t *testing.T) {
	s := Start(t)
	s.Tell(t, "SET", "k", "v")
	s.FillDisk(t)
	if answer, err := command(s.Addr, "SET k w"); err != nil || !strings.HasPrefix(answer, "-MISCONF") {
		t.Errorf("written: %q, %v", answer, err)
	}
	says(t, s, "v", "GET", "k")
	s.FreeDisk(t)
	s.Tell(t, "SET", "k", "x")
	s.Kill()
	s.Restart()
	says(t, s, "x", "GET", "k")
}
