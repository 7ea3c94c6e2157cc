package kit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Edit is a change of one place in one file of the repository.
type Edit struct {
	Path     string // from the root of the module
	Old, New string
}

// MainOverlaid is Main with a binary in which some constants are others: every
// line of the bot is as it ships, and no switch for this exists in it.
func MainOverlaid(m *testing.M, edits ...Edit) int {
	if os.Getenv(binarySetting) != "" {
		return Main(m)
	}
	dir, err := os.MkdirTemp("", "giftbot-e2e-")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		err = buildOverlaid(dir, edits)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		return 1
	}
	return Main(m)
}

func buildOverlaid(dir string, edits []Edit) error {
	root, err := Root()
	if err != nil {
		return err
	}
	var replaced []string
	for i, e := range edits {
		path, copied := filepath.Join(root, e.Path), filepath.Join(dir, fmt.Sprintf("%d.go", i))
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if n := strings.Count(string(text), e.Old); n != 1 {
			return fmt.Errorf("%s holds %q %d times, want once", e.Path, e.Old, n)
		}
		if err := os.WriteFile(copied, []byte(strings.Replace(string(text), e.Old, e.New, 1)), 0o600); err != nil {
			return err
		}
		replaced = append(replaced, fmt.Sprintf("%q: %q", path, copied))
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, []byte(`{"Replace": {`+strings.Join(replaced, ", ")+`}}`), 0o600); err != nil {
		return err
	}
	return build(filepath.Join(dir, "bot"), "-overlay", overlay)
}

// Launch starts one more replica of the built bot with some settings other than
// the shop's, and waits for nothing. Nothing is sent to it by the shop: that is
// its starter's business. On the way to its end the shop looks into its log and
// its spool folder as into those of every replica.
func (s *Shop) Launch(spool string, over map[string]string) *Bot {
	s.t.Helper()
	environ := []string{"SPOOL_DIR=" + spool, "LISTEN_ADDR=127.0.0.1:0"}
	for name, value := range s.settings {
		if _, other := over[name]; !other {
			environ = append(environ, name+"="+value)
		}
	}
	for name, value := range over {
		environ = append(environ, name+"="+value)
	}
	b := &Bot{Spool: spool, Process: run(s.t, environ, "serve")}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bots = append(s.bots, b)
	return b
}

// Listening is the address a launched bot listens on, "" while it does not.
func (b *Bot) Listening() string {
	_, rest, _ := strings.Cut(b.Log(), `"listening","addr":"`)
	addr, _, complete := strings.Cut(rest, `"`)
	if !complete {
		return ""
	}
	return addr
}

// Pid is the number of a process.
func (p *Process) Pid() int { return p.pid }

// LimitFiles has a process fail to make any file longer than that many bytes,
// as on a full disk; a negative number takes the limit away. It needs no rights.
func (p *Process) LimitFiles(bytes int) error {
	limit := "unlimited"
	if bytes >= 0 {
		limit = fmt.Sprint(bytes)
	}
	out, err := exec.Command("prlimit", "--pid", fmt.Sprint(p.pid), "--fsize="+limit+":unlimited").CombinedOutput()
	if err != nil {
		return fmt.Errorf("prlimit: %w: %s", err, out)
	}
	return nil
}

// Known is somebody who is there already.
func (c *Control) Known(id int64) *Person { return &Person{ID: id, c: c, t: c.t} }
