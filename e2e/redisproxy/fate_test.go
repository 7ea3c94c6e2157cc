package redisproxy

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"giftbot/store/redistest"
)

// once is a fate of the first call of the counter, and of no other.
func once(f Fate) func(Call) Fate {
	var used atomic.Bool
	return func(c Call) Fate {
		if c.Script != "count" || used.Swap(true) {
			return Fate{}
		}
		return f
	}
}

func TestFates(t *testing.T) {
	const late = 200 * time.Millisecond
	for name, c := range map[string]struct {
		fate   Fate
		fails  string // prefix of the client's error, "" for none, "*" for any
		counts string
	}{
		"none":     {Fate{}, "", "2"},
		"late":     {Fate{Delay: late}, "", "2"},
		"lost":     {Fate{Lose: true}, "*", "2"},
		"answered": {Fate{Answer: "LOADING not yet"}, "LOADING", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			client := b.client("a")
			if err := await(t, "answer that teaches the script's name", count(client)); err != nil {
				t.Fatal(err)
			}
			b.Decide(once(c.fate))
			began := time.Now()
			err := await(t, "answer", count(client))
			switch {
			case c.fails == "" && err != nil, c.fails == "*" && err == nil, len(c.fails) > 1 && !redis.HasErrorPrefix(err, c.fails):
				t.Errorf("the client hears %v", err)
			case time.Since(began) < c.fate.Delay:
				t.Errorf("answered after %v", time.Since(began))
			}
			if got := b.value(); got != c.counts {
				t.Errorf("%s calls took effect, want %s", got, c.counts)
			}
			b.Decide(nil)
			if err := await(t, "answer to the next", count(client)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAnswersKeepTheirOrder: in a pipeline each command has the answer that is
// its own.
func TestAnswersKeepTheirOrder(t *testing.T) {
	b := newBench(t)
	client := b.client("a")
	b.Decide(func(c Call) Fate {
		if c.Command == "get" {
			return Fate{Answer: "MISCONF no"}
		}
		return Fate{}
	})
	p := client.Pipeline()
	set, get, length := p.Set(t.Context(), "k", "value", 0), p.Get(t.Context(), "k"), p.StrLen(t.Context(), "k")
	_, _ = p.Exec(t.Context()) // the error is the one of get
	if set.Err() != nil || !redis.HasErrorPrefix(get.Err(), "MISCONF") || length.Val() != 5 {
		t.Errorf("%v, %v, %v", set, get, length)
	}
}

func TestLead(t *testing.T) {
	b := newBench(t)
	other := redistest.Start(t)
	client := b.client("a")
	if err := await(t, "answer", count(client)); err != nil {
		t.Fatal(err)
	}
	held := b.Hold(After, Is("count"))
	lost := count(client)
	await(t, "hold", held.Reached())
	b.Lead(other.Addr)
	held.Release()
	if err := await(t, "end of the old connection", lost); err == nil {
		t.Error("an answer came by a connection that was cut")
	}
	if err := await(t, "answer of the other", count(client)); err != nil {
		t.Fatal(err)
	}
	if old, fresh := b.value(), client.Get(t.Context(), "n").Val(); old != "2" || fresh != "1" {
		t.Errorf("the old Redis counts %s, the other %s", old, fresh)
	}
	b.Lead("127.0.0.1:1")
	if err := await(t, "end", count(client)); err == nil {
		t.Error("somebody answered where nobody listens")
	}
	b.Lead(other.Addr)
	if err := await(t, "answer", count(client)); err != nil {
		t.Error(err)
	}
}

func TestCloseEndsDelays(t *testing.T) {
	b := newBench(t)
	client := b.client("a")
	b.Decide(func(Call) Fate { return Fate{Delay: time.Hour} })
	answer := count(client)
	time.Sleep(50 * time.Millisecond)
	b.Close()
	if err := await(t, "end", answer); err == nil {
		t.Error("an answer came through a closed proxy")
	}
}
