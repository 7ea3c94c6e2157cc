package redisproxy

import (
	"errors"
	"fmt"
	"time"
)

// Fate is what becomes of a call besides being held. The zero Fate is none.
type Fate struct {
	Delay time.Duration // before Redis sees it
	// Answer is an error that Redis could have given before it began, without
	// the leading dash ("LOADING Redis is loading…"): Redis never sees the call.
	Answer string
	Lose   bool // it takes effect, its reply is dropped, the connection is cut
}

// Decide has f say what becomes of every call from now on; nil ends that. f is
// called by all connections at once and must not call the proxy.
func (p *Proxy) Decide(f func(Call) Fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.decide = f
}

// Lead has the proxy lead to another Redis at host:port: connections to the one
// before are cut, as after a failover.
func (p *Proxy) Lead(upstream string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.upstream = upstream
	for l := range p.links {
		_ = l.end() // it may be closed already
	}
}

func (p *Proxy) fateOf(c Call) Fate {
	p.mu.Lock()
	decide := p.decide
	p.mu.Unlock()
	if decide == nil {
		return Fate{}
	}
	return decide(c)
}

// wait lets time pass; false when the proxy was closed meanwhile.
func (p *Proxy) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.done:
		return false
	}
}

// due is a reply that the client waits for.
type due struct {
	held *Hold
	fate Fate
}

var errLost = errors.New("redisproxy: the reply is lost")

// pass brings one reply to the client, from read unless the proxy answers.
func (l *link) pass(d due, read func() ([]byte, error)) error {
	raw := fmt.Appendf(nil, "-%s\r\n", d.fate.Answer)
	if d.fate.Answer == "" {
		var err error
		if raw, err = read(); err != nil {
			return err
		}
	}
	if d.fate.Lose || d.held != nil && !d.held.wait() {
		return errLost
	}
	if _, err := l.client.Write(raw); err != nil {
		return fmt.Errorf("redisproxy: %w", err)
	}
	return nil
}
