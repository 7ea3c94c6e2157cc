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
	scripts catalogue
	work    sync.WaitGroup
	done    chan struct{} // closed by Close
	heard   func(Call)

	mu        sync.Mutex
	upstream  string
	closed    bool
	holds     []*Hold
	listeners []net.Listener
	links     map[*link]bool
	decide    func(Call) Fate
}

// New makes a proxy in front of a Redis at host:port. Nothing listens yet.
func New(upstream string) *Proxy {
	return &Proxy{
		upstream: upstream, scripts: catalogue{names: make(map[string]string)},
		done: make(chan struct{}), links: make(map[*link]bool),
	}
}

// Heard has f told of every call before it is forwarded. Set it before Open.
func (p *Proxy) Heard(f func(Call)) { p.heard = f }

// Open opens a way in on a loopback port and returns its host:port.
func (p *Proxy) Open(way string) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("redisproxy: %w", err)
	}
	if !p.listens(l) {
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
	if !p.closed {
		close(p.done)
	}
	p.closed = true
	for _, h := range p.holds {
		h.Cut()
	}
	for _, l := range p.listeners {
		_ = l.Close() // it may be closed already
	}
	for l := range p.links {
		_ = l.end() // the same
	}
	p.mu.Unlock()
	p.work.Wait()
}

// listens remembers a listener for Close; false when it is too late, and then
// it is closed at once.
func (p *Proxy) listens(l net.Listener) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = l.Close()
		return false
	}
	p.listeners = append(p.listeners, l)
	return true
}

// keep remembers a link until drop; false when it is too late, because all is
// closed or leads elsewhere now, and then it is ended at once.
func (p *Proxy) keep(l *link, upstream string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.upstream != upstream {
		_ = l.end()
		return false
	}
	p.links[l] = true
	return true
}

func (p *Proxy) drop(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

func (p *Proxy) leads() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.upstream
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
	upstream := p.leads()
	redis, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", upstream)
	if err != nil {
		_ = client.Close()
		return
	}
	link := &link{proxy: p, way: way, client: client, redis: redis, pending: make(chan due, 1024)}
	if !p.keep(link, upstream) {
		return
	}
	defer p.drop(link)
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
	pending       chan due // per call: what becomes of its reply
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
		if !l.forward(raw, call) {
			return
		}
	}
}

// forward brings one call to Redis, if that is its fate.
func (l *link) forward(raw []byte, call Call) bool {
	held := l.proxy.holdOf(call)
	if held != nil && held.side == Before {
		if !held.wait() {
			return false
		}
		held = nil
	}
	fate := l.proxy.fateOf(call)
	if !l.proxy.wait(fate.Delay) {
		return false
	}
	l.pending <- due{held, fate}
	if fate.Answer != "" {
		return true
	}
	_, err := l.redis.Write(raw)
	return err == nil
}

func (l *link) replies() {
	r := bufio.NewReader(l.redis)
	for d := range l.pending {
		if l.pass(d, func() ([]byte, error) { return readReply(r) }) != nil {
			return
		}
	}
}
