package redistest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const startLimit = 20 * time.Second

// Server is a private redis-server: random port on loopback, own folder,
// append-only file fsynced with every write unless told otherwise.
type Server struct {
	Addr string // host:port
	URL  string // redis://host:port
	Dir  string // where the append-only file lies

	port int
	args []string
	t    testing.TB

	mu     sync.Mutex // guards cmd and output
	cmd    *exec.Cmd
	output bytes.Buffer
}

// Start starts a server that ends with the test; args are further settings
// ("--appendfsync", "everysec"), the last of a kind counts. A missing
// redis-server fails the test.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	dir := Folder(t)
	port := freePort(t)
	s := &Server{
		Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Dir:  dir, port: port, args: args, t: t,
	}
	s.URL = "redis://" + s.Addr
	t.Cleanup(s.Kill)
	s.Restart()
	return s
}

// StartCluster starts a Redis Cluster of one primary that has all slots: keys
// of two slots in one command are refused as on a large one.
func StartCluster(t testing.TB, args ...string) *Server {
	t.Helper()
	s := Start(t, append([]string{"--cluster-enabled", "yes"}, args...)...)
	if _, err := command(s.Addr, "CLUSTER ADDSLOTSRANGE 0 16383"); err != nil {
		t.Fatalf("cluster: %v", err)
	}
	deadline := time.Now().Add(startLimit)
	for {
		answer, err := command(s.Addr, "CLUSTER INFO")
		if err == nil && strings.Contains(answer, "cluster_state:ok") {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("cluster: %q, %v", answer, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Kill ends the server at once (SIGKILL), as a power cut would.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// Shutdown ends the server in an orderly way.
func (s *Server) Shutdown() { s.end(syscall.SIGTERM) }

func (s *Server) end(how os.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Signal(how)
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Restart starts the server again on the same port with what its append-only
// file holds; a running one is shut down before.
func (s *Server) Restart() {
	s.t.Helper()
	s.Shutdown()
	s.mu.Lock()
	defer s.mu.Unlock()
	args := append([]string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(s.port), "--dir", s.Dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
		"--repl-diskless-sync-delay", "0", // a replica of a test is not kept waiting for others
	}, s.args...)
	s.output.Reset()
	cmd := exec.Command("redis-server", args...)
	cmd.Stdout, cmd.Stderr = &s.output, &s.output
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("redis-server is needed for this test (apt-get install redis-server): %v", err)
	}
	s.cmd = cmd
	if err := s.await(); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s.cmd = nil
		s.t.Fatalf("redis-server did not start: %v\n%s", err, s.output.String())
	}
}

// await asks until the server answers PING: then it has read its file.
func (s *Server) await() error {
	deadline := time.Now().Add(startLimit)
	for {
		err := ping(s.Addr)
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func ping(addr string) error {
	answer, err := command(addr, "PING")
	if err == nil && !strings.HasPrefix(answer, "+PONG") {
		return fmt.Errorf("answered %q", answer)
	}
	return err
}

// command sends one line and returns the start of the answer.
func command(addr, line string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err = conn.Write([]byte(line + "\r\n")); err != nil {
		return "", err
	}
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	return string(answer[:n]), err
}

// AppendOnlyFiles lists the files the server keeps its writes in.
func (s *Server) AppendOnlyFiles() []string {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Dir, "appendonlydir", "*"))
	if err != nil {
		s.t.Fatalf("append-only files: %v", err)
	}
	return files
}

// The ports of a server: below those that the system gives to outgoing
// connections, so that a server which is down for a while finds its port free.
const (
	firstPort = 15000
	lastPort  = 32000
)

func freePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if !reserve(t, port) {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// reserve keeps a port for this test, until its end, from the tests of all other
// packages: a server that is killed gives it free for a while, and two shops on
// one Redis would not notice.
func reserve(t testing.TB, port int) bool {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "redistest-port-"+strconv.Itoa(port)), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatalf("reserve a port: %v", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return false
	}
	t.Cleanup(func() { _ = f.Close() })
	return true
}
