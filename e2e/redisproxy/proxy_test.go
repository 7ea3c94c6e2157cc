package redisproxy

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"giftbot/store"
	"giftbot/store/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = time.Minute

// counter is a script with an effect and an answer.
const counter = "-- lib: stands in front\n-- count: adds one\nreturn redis.call('INCR', KEYS[1])"

type bench struct {
	*Proxy
	t      *testing.T
	direct *redis.Client
	mu     sync.Mutex
	heard  []Call
}

func newBench(t *testing.T) *bench {
	t.Helper()
	server := redistest.Start(t)
	b := &bench{Proxy: New(server.Addr), t: t, direct: redis.NewClient(&redis.Options{Addr: server.Addr})}
	b.Heard(func(c Call) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.heard = append(b.heard, c)
	})
	t.Cleanup(func() {
		b.Close()
		_ = b.direct.Close()
	})
	return b
}

func (b *bench) client(way string) *redis.Client {
	b.t.Helper()
	addr, err := b.Open(way)
	if err != nil {
		b.t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, MaxRetries: -1, ReadTimeout: patience, DisableIdentity: true})
	b.t.Cleanup(func() { _ = c.Close() })
	return c
}

// count runs the script in the background and hands its outcome over.
func count(c *redis.Client) <-chan error {
	done := make(chan error, 1)
	go func() { done <- redis.NewScript(counter).Run(context.Background(), c, []string{"n"}, "x").Err() }()
	return done
}

func (b *bench) value() string {
	b.t.Helper()
	v, err := b.direct.Get(context.Background(), "n").Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		b.t.Fatal(err)
	}
	return v
}

func await[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

func TestHold(t *testing.T) {
	for name, c := range map[string]struct {
		side         Side
		cut          bool
		during, then string
	}{
		"before, released": {Before, false, "1", "2"},
		"before, cut":      {Before, true, "1", "1"},
		"after, released":  {After, false, "2", "2"},
		"after, cut":       {After, true, "2", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			client := b.client("a")
			first := func(c Call) bool { return c.Script == "count" }
			hold := b.Hold(c.side, first, Is("count"))
			if err := await(t, "first answer", count(client)); err != nil {
				t.Fatal(err)
			}
			second := count(client)
			await(t, "hold", hold.Reached())
			if got := hold.Call(); got.Way != "a" || got.Script != "count" || !slices.Equal(got.Keys, []string{"n"}) || !slices.Equal(got.Args, []string{"x"}) {
				t.Errorf("held %+v", got)
			}
			if got := b.value(); got != c.during {
				t.Errorf("while held: %q, want %q", got, c.during)
			}
			if c.cut {
				hold.Cut()
			} else {
				hold.Release()
			}
			if err := await(t, "second answer", second); (err != nil) != c.cut {
				t.Errorf("cut %v, and the client hears %v", c.cut, err)
			}
			if got := b.value(); got != c.then {
				t.Errorf("afterwards: %q, want %q", got, c.then)
			}
			if err := await(t, "third answer", count(client)); err != nil {
				t.Errorf("a hold keeps one call only: %v", err)
			}
		})
	}
}

func TestHoldFollowsItsSteps(t *testing.T) {
	b := newBench(t)
	one, two := b.client("one"), b.client("two")
	ofTwo := func(c Call) bool { return c.Way == "two" }
	hold := b.Hold(Before, All(Is("count"), ofTwo), Is("count"))
	for range 2 {
		if err := await(t, "answer", count(one)); err != nil {
			t.Fatal(err)
		}
	}
	if err := await(t, "answer", count(two)); err != nil {
		t.Fatal(err)
	}
	last := count(one)
	await(t, "hold", hold.Reached())
	hold.Release()
	if err := await(t, "answer", last); err != nil || b.value() != "4" {
		t.Errorf("%v, %q", err, b.value())
	}
}

// TestNamesOfTheStore holds the way scripts are named against the store's own
// files: a script whose name is not found could not be held.
func TestNamesOfTheStore(t *testing.T) {
	b := newBench(t)
	addr, err := b.Open("bot")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.New(store.Options{URL: "redis://" + addr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err = s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../store/lua/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts, %v", len(files), err)
	}
	known := map[string]bool{"lib": true}
	for _, name := range b.scripts.names {
		known[name] = true
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".lua"); !known[name] {
			t.Errorf("script %s went through without its name", name)
		}
	}
	if _, _, err := s.Due(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if last := b.heard[len(b.heard)-1]; last.Script != "peek" || last.Command != "evalsha" || len(last.Keys) == 0 {
		t.Errorf("heard %+v", last)
	}
}

// TestReplies sends every type of reply through: what comes out is what Redis
// said, in order, pipelines included.
func TestReplies(t *testing.T) {
	redisSide, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	said := "+OK\r\n-ERR no\r\n:7\r\n$-1\r\n$0\r\n\r\n$2\r\n\r\n\r\n*-1\r\n*2\r\n:1\r\n*1\r\n$1\r\na\r\n%1\r\n+k\r\n_\r\n"
	go func() {
		conn, failed := redisSide.Accept()
		if failed != nil {
			return
		}
		defer conn.Close()
		_, _ = io.ReadFull(conn, make([]byte, 9*len("*1\r\n$4\r\nPING\r\n")))
		_, _ = io.WriteString(conn, said)
		_, _ = conn.Read(make([]byte, 1))
	}()
	p := New(redisSide.Addr().String())
	t.Cleanup(func() { _ = redisSide.Close(); p.Close() })
	addr, err := p.Open("raw")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, strings.Repeat("*1\r\n$4\r\nPING\r\n", 9)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(said))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != said {
		t.Errorf("%v: %q", err, got)
	}
}

func TestNoNonsense(t *testing.T) {
	for _, in := range []string{"PING\r\n", "*x\r\n", "*1\r\n:1\r\n", "*1\r\n$-1\r\n", "*1\r\n$9999999999\r\n", "*1\n", "*1\r\n$3\r\nab"} {
		if _, _, err := readCommand(bufio.NewReader(strings.NewReader(in))); err == nil {
			t.Errorf("%q was taken for a command", in)
		}
	}
	for _, in := range []string{"?1\r\n", "$x\r\n", "*1\r\n", "$5\r\nabc", "\r\n"} {
		if _, err := readReply(bufio.NewReader(strings.NewReader(in))); err == nil {
			t.Errorf("%q was taken for a reply", in)
		}
	}
}

func TestCloseCutsWhatIsHeld(t *testing.T) {
	b := newBench(t)
	client := b.client("a")
	hold := b.Hold(After, Is("count"))
	answer := count(client)
	await(t, "hold", hold.Reached())
	b.Close()
	if err := await(t, "answer", answer); err == nil {
		t.Error("an answer came through a closed proxy")
	}
	if _, err := b.Open("late"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("open after close: %v", err)
	}
}

func ExampleProxy_Hold() {
	p := New("127.0.0.1:1")
	defer p.Close()
	hold := p.Hold(After, Is("wake"), Is("claim")) // the first claim after a wake
	hold.Release()
	fmt.Fprintln(os.Stdout, "released before it was reached: it holds nothing")
	// Output: released before it was reached: it holds nothing
}
