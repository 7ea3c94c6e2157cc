package crash

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// process is one run of `bot serve`.
type process struct {
	cmd   *exec.Cmd
	out   *output
	ended chan struct{}
}

func run(t *testing.T, environ []string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(kit.Binary(t), "serve"), out: &output{}, ended: make(chan struct{})}
	p.cmd.Env = environ
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// kill ends the process at once and waits until it is gone.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// stop asks the process to end and returns its exit code and how long it took.
func (p *process) stop(t *testing.T) (int, time.Duration) {
	t.Helper()
	began := time.Now()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(2 * kit.Patience):
		t.Fatalf("SIGTERM did not end the bot")
	}
	return p.cmd.ProcessState.ExitCode(), time.Since(began)
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// listening waits for the address the bot says it listens on.
func (p *process) listening(t *testing.T) string {
	t.Helper()
	addr := ""
	kit.Eventually(t, "bot that listens", func() bool {
		_, rest, _ := strings.Cut(p.out.String(), `"listening","addr":"`)
		found, _, complete := strings.Cut(rest, `"`)
		if complete {
			addr = found
		}
		if !p.running() {
			t.Fatalf("the bot ended:\n%s", p.out.String())
		}
		return complete
	})
	return addr
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
