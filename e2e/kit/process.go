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
// moment: the machine may be slow and shared, and a wait that is answered costs
// nothing. It is longer than the waits of half a minute that belong to the
// vendors' own rules, such as a gateway's second try of a webhook.
const Patience = 60 * time.Second

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
	out  *output
	pid  int // 0 inside the test's own process
	send func(syscall.Signal)

	once  sync.Once
	ended chan struct{}
	code  int // exit code, once ended
}

// run starts the bot with nothing but the given environment.
func run(t testing.TB, environ []string, args ...string) *Process {
	t.Helper()
	cmd := exec.Command(Binary(t), args...)
	p := &Process{out: &output{}, ended: make(chan struct{}), send: func(s syscall.Signal) { _ = cmd.Process.Signal(s) }}
	cmd.Env = environ
	if environ == nil {
		cmd.Env = []string{}
	}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", strings.Join(args, " "), err)
	}
	p.pid = cmd.Process.Pid
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		p.code = cmd.ProcessState.ExitCode()
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
	return p.code
}

// Pause freezes the process (SIGSTOP) until Resume.
func (p *Process) Pause() { p.send(syscall.SIGSTOP) }

// Resume ends a Pause.
func (p *Process) Resume() { p.send(syscall.SIGCONT) }

func (p *Process) end(how syscall.Signal) {
	p.once.Do(func() { p.send(how) })
	select {
	case <-p.ended:
	case <-time.After(Patience):
		p.send(syscall.SIGKILL)
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
