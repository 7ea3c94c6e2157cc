package sim

import (
	"bytes"
	"context"
	"crypto/sha1" // what Redis names a script by
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// scriptNames maps the hash of every script of package store to its name.
func scriptNames() (map[string]string, error) {
	const folder = "../../store/lua"
	lib, err := os.ReadFile(filepath.Join(folder, "lib.lua"))
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.lua"))
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		sum := sha1.Sum(append(bytes.Clone(lib), source...))
		names[hex.EncodeToString(sum[:])] = strings.TrimSuffix(filepath.Base(file), ".lua")
	}
	return names, nil
}

// redisPort is the way of one incarnation to Redis.
type redisPort struct {
	inc   *incarnation
	names map[string]string
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)

	mu   sync.Mutex
	down time.Time // nobody gets through before
}

var errPort = errors.New("the simulated network failed")

// Dial opens a connection whose every request stops at the port.
func (p *redisPort) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	p.mu.Lock()
	down := time.Now().Before(p.down)
	p.mu.Unlock()
	down = down || time.Now().Before(p.inc.w.redisOff)
	if down || p.inc.dead.Load() {
		return nil, errPort
	}
	conn, err := p.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &redisConn{Conn: conn, port: p}
	p.inc.w.wires.Lock()
	defer p.inc.w.wires.Unlock()
	p.inc.w.wired[c] = true
	return c, nil
}

// redisConn is one connection. go-redis writes one request and then reads its
// answer, from one goroutine.
type redisConn struct {
	net.Conn
	port     *redisPort
	lost     bool          // the answer must not arrive
	slow     time.Duration // before the answer arrives
	deadline time.Time
}

// SetReadDeadline implements net.Conn.
func (c *redisConn) SetReadDeadline(t time.Time) error {
	c.deadline = t
	return c.Conn.SetReadDeadline(t)
}

// Close implements net.Conn.
func (c *redisConn) Close() error {
	w := c.port.inc.w
	w.wires.Lock()
	delete(w.wired, c)
	w.wires.Unlock()
	return c.Conn.Close()
}

// SetDeadline implements net.Conn.
func (c *redisConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// Write implements net.Conn.
func (c *redisConn) Write(request []byte) (int, error) {
	name := c.port.name(request)
	menu := redisMenu(name)
	if menu == nil || !c.port.inc.prepared || name == "hgetall" && !c.port.inc.looks() {
		return c.Conn.Write(request)
	}
	v := c.port.inc.pass("redis "+name, string(request), menu)
	if time.Now().Before(c.port.inc.w.redisOff) && v.fate == fateOK {
		v.fate = fateBefore
	}
	switch v.fate {
	case fateBefore, fateCrashBefore, fateDead, fateDown:
		if v.fate == fateDown {
			c.port.mu.Lock()
			c.port.down = time.Now().Add(v.wait)
			c.port.mu.Unlock()
		}
		_ = c.Close()
		return 0, errPort
	case fateAfter, fateCrashAfter:
		c.lost = true
	case fateSlow:
		c.slow = v.wait
	default:
	}
	return c.Conn.Write(request)
}

// sooner is how long before a deadline a slow answer is there, at the latest:
// with the deadline itself, who comes first would be chance.
const sooner = 2 * time.Microsecond

// Read implements net.Conn.
func (c *redisConn) Read(p []byte) (int, error) {
	if c.lost {
		_, _ = c.Conn.Read(p) // by then it was executed
		_ = c.Close()
		return 0, io.EOF
	}
	if wait := c.slow; wait > 0 {
		c.slow = 0
		if left := time.Until(c.deadline) - sooner; !c.deadline.IsZero() && left < wait {
			wait = max(left, 0)
		}
		time.Sleep(wait)
	}
	return c.Conn.Read(p)
}

// looks reports whether a look at the permits stops at the port: not when there
// are none, and rarely when they are those of the last look.
func (i *incarnation) looks() bool {
	held := strings.Join(i.w.permits(), " ")
	if held == "" || held == i.looked && time.Since(i.lookedAt) < looksRarely {
		return false
	}
	if time.Since(i.lookedAt) > time.Millisecond { // the four vendors of one look are one
		i.looked, i.lookedAt = held, time.Now()
	}
	return true
}

const looksRarely = 10 * time.Minute

// redisMenu is what may happen to a request. Greetings and the loading of
// scripts pass.
func redisMenu(name string) []fate {
	switch name {
	case "hello", "ping", "time", "script", "client", "select":
		return nil
	default:
		return []fate{fateBefore, fateAfter, fateAfter, fateLate, fateSlow, fateDown, fateCrashBefore, fateCrashAfter}
	}
}

// name reads what the first command of a request does.
func (p *redisPort) name(request []byte) string {
	words := strings.SplitN(string(request[:min(len(request), 200)]), "\r\n", 7)
	if len(words) < 4 {
		return "script" // the rest of a long text
	}
	command := strings.ToLower(words[2])
	if command != "evalsha" || len(words) < 5 {
		return command
	}
	if name, ok := p.names[words[4]]; ok {
		return name
	}
	return "unknown script"
}
