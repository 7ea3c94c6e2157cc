package redistest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

func send(t *testing.T, conn net.Conn, command string) (string, error) {
	t.Helper()
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	return bufio.NewReader(conn).ReadString('\n')
}

func TestServerKeepsWritesOverAKill(t *testing.T) {
	s := Start(t)
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", s.Addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	if answer, err := send(t, dial(), "SET k v"); err != nil || answer != "+OK\r\n" {
		t.Fatalf("%q, %v", answer, err)
	}
	s.Kill()
	if conn, err := net.Dial("tcp", s.Addr); err == nil {
		_ = conn.Close()
		t.Fatal("it still listens")
	}
	s.Restart()
	if answer, err := send(t, dial(), "STRLEN k"); err != nil || answer != ":1\r\n" {
		t.Fatalf("%q, %v", answer, err)
	}
	if len(s.AppendOnlyFiles()) == 0 {
		t.Fatal("no append-only file")
	}
}

func TestPipeDoesNotBlockWriters(t *testing.T) {
	a, b := Pipe()
	big := bytes.Repeat([]byte("x"), 1<<20)
	for _, conn := range []net.Conn{a, b} {
		if n, err := conn.Write(big); n != len(big) || err != nil {
			t.Fatal(n, err)
		}
	}
	_ = a.Close()
	got, err := io.ReadAll(b)
	if err != nil || !bytes.Equal(got, big) {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	if _, err := b.Write([]byte("x")); err == nil {
		t.Error("written to a closed pipe")
	}
	if _, err := a.Read(make([]byte, 1)); err == nil {
		t.Error("read from a closed pipe")
	}
}

func TestPipeDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := Pipe()
		start := time.Now()
		_ = a.SetDeadline(start.Add(time.Minute))
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("read: %v", err)
		}
		if waited := time.Since(start); waited != time.Minute-early {
			t.Fatalf("waited %v", waited)
		}
		_ = a.SetReadDeadline(time.Time{})
		go func() {
			time.Sleep(time.Hour)
			_, _ = b.Write([]byte("y"))
		}()
		p := make([]byte, 4)
		if n, err := a.Read(p); n != 1 || err != nil {
			t.Fatalf("read %d, %v", n, err)
		}
		_ = b.Close()
		if _, err := a.Read(p); !errors.Is(err, io.EOF) {
			t.Fatalf("after close: %v", err)
		}
	})
}

func TestMiniInsideABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, err := NewMini()
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		conn, err := m.Dial(context.Background(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		time.Sleep(24 * time.Hour)
		if answer, err := send(t, conn, "*1\r\n$4\r\nPING"); err != nil || answer != "+PONG\r\n" {
			t.Fatalf("%q, %v", answer, err)
		}
	})
}

func TestCutterSwallowsTheReply(t *testing.T) {
	m := StartMini(t)
	c := NewCutter(m.Dial)
	dial := func() net.Conn {
		conn, err := c.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	c.Cut(1)
	if _, err := send(t, dial(), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv"); !errors.Is(err, io.EOF) {
		t.Fatalf("cut: %v", err)
	}
	if got, err := m.Get("k"); err != nil || got != "v" {
		t.Fatalf("the command was not executed: %q, %v", got, err)
	}
	if _, err := send(t, dial(), "*1\r\n$4\r\nPING"); err != nil {
		t.Fatalf("only one is cut: %v", err)
	}
	c.Down(true)
	if _, err := c.Dial(t.Context(), "", ""); !errors.Is(err, ErrDown) {
		t.Fatalf("down: %v", err)
	}
}
