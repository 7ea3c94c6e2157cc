package redistest

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const appendOnlyDir = "appendonlydir"

// Copy is the append-only file of a server as it was at a moment.
type Copy struct{ dir string }

// Copy copies the append-only file of a running server. The last command in the
// copy may be torn: Redis drops such a one when it reads the file.
func (s *Server) Copy(t testing.TB) Copy {
	t.Helper()
	c := Copy{dir: t.TempDir()}
	for _, file := range s.AppendOnlyFiles() {
		raw, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(c.dir, filepath.Base(file)), raw, 0o600)
		}
		if err != nil {
			t.Fatalf("copy the append-only file: %v", err)
		}
	}
	return c
}

// ReturnTo kills the server and gives it a file of before: what it was told
// since then is lost. Restart starts it with that.
func (s *Server) ReturnTo(t testing.TB, c Copy) {
	t.Helper()
	s.Kill()
	dir := filepath.Join(s.Dir, appendOnlyDir)
	err := os.RemoveAll(dir)
	if err == nil {
		err = os.CopyFS(dir, os.DirFS(c.dir))
	}
	if err != nil {
		t.Fatalf("return to a copy: %v", err)
	}
}

// Tear kills the server and cuts the last n bytes off its append-only file, as
// a machine does that loses its power while it writes. It returns how many bytes
// are left.
func (s *Server) Tear(t testing.TB, n int64) int64 {
	t.Helper()
	s.Kill()
	files := slices.DeleteFunc(s.AppendOnlyFiles(), func(file string) bool { return !strings.HasSuffix(file, ".incr.aof") })
	if len(files) != 1 {
		t.Fatalf("append-only files: %q", files)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	left := max(0, info.Size()-n)
	if err = os.Truncate(files[0], left); err != nil {
		t.Fatal(err)
	}
	return left
}

// Tell sends one command to the server and returns the start of its answer; an
// error fails the test.
func (s *Server) Tell(t testing.TB, words ...string) string {
	t.Helper()
	answer, err := command(s.Addr, strings.Join(words, " "))
	if err != nil || strings.HasPrefix(answer, "-") {
		t.Fatalf("%q: %q, %v", words, answer, err)
	}
	return answer
}

// Promote makes a primary of a replica, at once and for later starts.
func (s *Server) Promote(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	if at := slices.Index(s.args, "--replicaof"); at >= 0 {
		s.args = slices.Delete(slices.Clone(s.args), at, at+3)
	}
	s.mu.Unlock()
	s.Tell(t, "REPLICAOF", "NO", "ONE")
}

// Follow has the server follow a primary that Line leads to, and waits until
// it has caught up.
func (s *Server) Follow(t testing.TB, line *Line) {
	t.Helper()
	s.Tell(t, "REPLICAOF", "127.0.0.1", strconv.Itoa(line.port))
	s.awaitLink(t)
}

// awaitLink waits until a replica has what its primary has, and a file of its
// own again: before that it neither ends in order nor keeps anything.
func (s *Server) awaitLink(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(startLimit)
	for {
		link, err := command(s.Addr, "INFO replication")
		file, unread := command(s.Addr, "INFO persistence")
		written := strings.Contains(file, "aof_rewrite_in_progress:0") && strings.Contains(file, "aof_rewrite_scheduled:0") && strings.Contains(file, "aof_enabled:1")
		if err == nil && unread == nil && strings.Contains(link, "master_link_status:up") && written {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("replica: %q, %v; %q, %v", link, err, file, unread)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// FillDisk has the server fail to write a snapshot: it answers writes with
// MISCONF until FreeDisk. The append-only file is not concerned; a server that
// cannot write that one ends itself.
func (s *Server) FillDisk(t testing.TB) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(s.Dir, "dump.rdb", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.Tell(t, "CONFIG", "SET", "save", `"3600 1000000"`)
	s.Tell(t, "BGSAVE")
	s.awaitAnswer(t, "rdb_last_bgsave_status:err", "INFO", "persistence")
}

// FreeDisk ends what FillDisk began.
func (s *Server) FreeDisk(t testing.TB) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(s.Dir, "dump.rdb")); err != nil {
		t.Fatal(err)
	}
	s.Tell(t, "BGSAVE")
	s.awaitAnswer(t, "rdb_last_bgsave_status:ok", "INFO", "persistence")
	s.Tell(t, "CONFIG", "SET", "save", `""`)
}

func (s *Server) awaitAnswer(t testing.TB, want string, words ...string) {
	t.Helper()
	deadline := time.Now().Add(startLimit)
	for {
		answer := s.Tell(t, words...)
		if strings.Contains(answer, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q does not answer %s: %q", words, want, answer)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
