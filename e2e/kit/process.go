package kit

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience is how long a test waits for something that normally takes a
// moment: the machine may be slow and shared.
const Patience = 30 * time.Second

const lookEvery = 25 * time.Millisecond

// Eventually waits until done reports true, and fails the test after Patience.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	Within(t, Patience, what, done)
}

// Within is Eventually with a limit of its own.
func Within(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("after %v: still no %s", limit, what)
		}
		time.Sleep(lookEvery)
	}
}

// Process is one running bot.
type Process struct {
	cmd *exec.Cmd
	out *output

	once  sync.Once
	ended chan struct{}
}

// run starts the bot with nothing but the given environment.
func run(t testing.TB, environ []string, args ...string) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(Binary(t), args...), out: &output{}, ended: make(chan struct{})}
	p.cmd.Env = environ
	if environ == nil {
		p.cmd.Env = []string{}
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", strings.Join(args, " "), err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.ended)
	}()
	t.Cleanup(p.Kill)
	return p
}

// Kill ends the process at once (SIGKILL) and waits until it is gone.
func (p *Process) Kill() { p.end(syscall.SIGKILL) }

// Stop asks the process to end (SIGTERM) and returns its exit code.
func (p *Process) Stop() int {
	p.end(syscall.SIGTERM)
	return p.cmd.ProcessState.ExitCode()
}

// Pause freezes the process (SIGSTOP) until Resume.
func (p *Process) Pause() { _ = p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (p *Process) Resume() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }

func (p *Process) end(how syscall.Signal) {
	p.once.Do(func() { _ = p.cmd.Process.Signal(how) })
	select {
	case <-p.ended:
	case <-time.After(Patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Log is everything the process wrote so far.
func (p *Process) Log() string { return p.out.String() }

// await returns what stands between two texts in the output, once it is there.
func (p *Process) await(t testing.TB, before, after string) string {
	t.Helper()
	found := ""
	Eventually(t, "output with "+before, func() bool {
		_, rest, ok := strings.Cut(p.Log(), before)
		value, _, complete := strings.Cut(rest, after)
		if ok && complete {
			found = value
			return true
		}
		if !p.Running() {
			t.Fatalf("the bot ended:\n%s", p.Log())
		}
		return false
	})
	return found
}

// output is a buffer that can be read while it is written.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

// String is what was written so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
