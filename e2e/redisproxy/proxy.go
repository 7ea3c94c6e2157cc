package redisproxy

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
)

// Proxy forwards to one Redis. It is safe for concurrent use.
type Proxy struct {
	upstream string
	scripts  catalogue
	work     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	holds   []*Hold
	closers []func() error
	heard   func(Call)
}

// New makes a proxy in front of a Redis at host:port. Nothing listens yet.
func New(upstream string) *Proxy {
	return &Proxy{upstream: upstream, scripts: catalogue{names: make(map[string]string)}}
}

// Heard has f told of every call before it is forwarded. Set it before Open.
func (p *Proxy) Heard(f func(Call)) { p.heard = f }

// Open opens a way in on a loopback port and returns its host:port.
func (p *Proxy) Open(way string) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("redisproxy: %w", err)
	}
	if !p.keep(l.Close) {
		return "", fmt.Errorf("redisproxy: %w", net.ErrClosed)
	}
	p.work.Go(func() { p.accept(way, l) })
	return l.Addr().String(), nil
}

// Hold keeps the first call that matches the last step after calls that
// matched the steps before it, in this order: Hold(After, Is("wake"),
// Is("claim")) keeps the reply of the first claim after a wake, and a step
// given n times means the n-th such call.
func (p *Proxy) Hold(side Side, steps ...func(Call) bool) *Hold {
	h := newHold(side, steps)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds = append(p.holds, h)
	return h
}

// Close cuts everything and waits until all is at rest.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	for _, h := range p.holds {
		h.Cut()
	}
	for _, closes := range p.closers {
		_ = closes() // it may be closed already
	}
	p.mu.Unlock()
	p.work.Wait()
}

// keep remembers what Close has to close; false when it is too late, and then
// it is closed at once.
func (p *Proxy) keep(closes func() error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = closes()
		return false
	}
	p.closers = append(p.closers, closes)
	return true
}

func (p *Proxy) accept(way string, l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(way, conn) })
	}
}

// holdOf returns the hold that takes this call, nil if none does. One call
// moves one hold.
func (p *Proxy) holdOf(c Call) *Hold {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.holds {
		if h.takes(c) {
			return h
		}
	}
	return nil
}

// serve carries one connection until either side ends it.
func (p *Proxy) serve(way string, client net.Conn) {
	redis, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", p.upstream)
	if err != nil {
		_ = client.Close()
		return
	}
	link := &link{proxy: p, way: way, client: client, redis: redis, pending: make(chan *Hold, 1024)}
	if !p.keep(link.end) {
		return
	}
	p.work.Go(func() {
		defer func() { _ = link.end() }()
		link.replies()
	})
	link.commands()
	close(link.pending)
	_ = link.end()
}

// link is one client's connection and its twin to Redis.
type link struct {
	proxy         *Proxy
	way           string
	client, redis net.Conn
	pending       chan *Hold // per call that was forwarded: who holds its reply, or nil
}

func (l *link) end() error {
	err := l.client.Close()
	if closing := l.redis.Close(); err == nil {
		err = closing
	}
	return err
}

func (l *link) commands() {
	r := bufio.NewReader(l.client)
	for {
		raw, words, err := readCommand(r)
		if err != nil {
			return
		}
		call := l.proxy.scripts.call(l.way, words)
		if l.proxy.heard != nil {
			l.proxy.heard(call)
		}
		held := l.proxy.holdOf(call)
		if held != nil && held.side == Before {
			if !held.wait() {
				return
			}
			held = nil
		}
		l.pending <- held
		if _, err := l.redis.Write(raw); err != nil {
			return
		}
	}
}

func (l *link) replies() {
	r := bufio.NewReader(l.redis)
	for held := range l.pending {
		raw, err := readReply(r)
		if err != nil {
			return
		}
		if held != nil && !held.wait() {
			return
		}
		if _, err := l.client.Write(raw); err != nil {
			return
		}
	}
}
