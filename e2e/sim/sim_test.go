package sim

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

const (
	ordersPerSeed = 150 // wanted by the people of a seed at first; some give up
	ordersPlaced  = 162 // and more: some come back with credit
)

// TestMain declares how long to simulate and what to replay.
func TestMain(m *testing.M) {
	flag.Int("sim.orders", 150, "orders to simulate")
	flag.Uint64("sim.seed", 0, "one story to replay; 0 plays many")
	flag.String("sim.diet", dietNone, "what people of the story to replay, or of a hunt, are fed; see diets_test.go")
	flag.Int("sim.hunt", 0, "how many seeds TestHunt plays at most")
	flag.String("sim.words", "", "what TestHunt may be told by the verdict, with commas; empty for anything")
	flag.Uint64("sim.from", 0, "first of the seeds to play; 0 draws it")
	redis.SetLogger(mute{}) // it tells of every failed dial, beside the log
	debug.SetGCPercent(400) // many short lives, little memory
	os.Exit(m.Run())
}

type mute struct{}

// Printf implements the logger of go-redis.
func (mute) Printf(context.Context, string, ...any) {}

func setting(name string) string { return flag.Lookup(name).Value.String() }

func number(t *testing.T, name string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(setting(name), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// told is one seed's story with its judgement.
type told struct {
	story []string
	wrong []string
	tally *tally
}

// simulate tells the story of one seed.
func simulate(t *testing.T, seed uint64, orders int, fed string) told {
	t.Helper()
	return play(t, seed, orders, fed, func(*world) {})
}

// play tells the story of one seed in a world that prepare has changed.
func play(t *testing.T, seed uint64, orders int, fed string, prepare func(*world)) told {
	t.Helper()
	var out told
	synctest.Test(t, func(t *testing.T) {
		w, err := newWorld(seed, orders, fed)
		if err != nil {
			t.Fatal(err)
		}
		defer w.end()
		prepare(w)
		if err := w.run(); err != nil {
			out.wrong = append(out.wrong, "stuck: "+err.Error())
		}
		out.wrong = append(out.wrong, w.verdict()...)
		w.tally.seeds++
		w.tally.judged(out.wrong)
		out.story, out.tally = w.story, w.tally
	})
	return out
}

// end closes what a world has opened, so that its bubble can end.
func (w *world) end() {
	for _, i := range w.born {
		_ = i.store.Close() // of a process that has ended
	}
	for _, r := range w.replicas {
		_ = os.RemoveAll(r.disk.dir)
		_ = os.RemoveAll(r.disk.marks)
	}
	_ = w.oracle.Close()
	w.mini.Close()
	w.lua.state.Close()
	w.dismiss()
	time.Sleep(time.Hour) // of virtual time, for timers nobody waits for
}

// TestSimulation runs seeds until enough orders were simulated, or replays one.
func TestSimulation(t *testing.T) {
	if seed := number(t, "sim.seed"); seed != 0 {
		fed := setting("sim.diet")
		out := simulate(t, seed, ordersOf(fed), fed)
		t.Logf("%s\n%s", strings.Join(out.story, "\n"), out.tally)
		if len(out.wrong) > 0 {
			t.Error(retell(out, seed, fed))
		}
		return
	}
	base := firstSeed(t)
	all, started := newTally(), time.Now()
	var mu sync.Mutex
	failed := 0
	t.Run("seeds", func(t *testing.T) {
		for n := range (number(t, "sim.orders") + ordersPlaced - 1) / ordersPlaced {
			t.Run(fmt.Sprint(base+n), func(t *testing.T) {
				t.Parallel()
				out := simulate(t, base+n, ordersPerSeed, dietNone)
				all.add(out.tally)
				if len(out.wrong) == 0 {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				failed++
				if failed == 1 {
					t.Error(retell(out, base+n, dietNone))
					return
				}
				t.Errorf("seed %d: make sim SEED=%d tells the story\n%s", base+n, base+n, strings.Join(out.wrong, "\n"))
			})
		}
	})
	if wanted := int(number(t, "sim.orders")); all.orders < wanted/2 || all.ends["delivered"] < wanted/4 {
		t.Errorf("of %d orders wanted %d were placed and %d delivered: the story judges nothing", wanted, all.orders, all.ends["delivered"])
	}
	few := all.thin(cellLeast)
	if number(t, "sim.orders") >= longRun && len(few) > 0 {
		t.Errorf("a long run met less than %d times: %s", cellLeast, strings.Join(few, "; "))
	}
	t.Logf("seeds from %d, %d failed, %v\n%s\nmet less than %d times: %s\n\n%s",
		base, failed, time.Since(started).Round(time.Millisecond), all, cellLeast, strings.Join(few, "; "), all.verdict())
}

func firstSeed(t *testing.T) uint64 {
	t.Helper()
	if from := number(t, "sim.from"); from != 0 {
		return from
	}
	var raw [8]byte
	if _, err := rand.Read(raw[:]); err != nil {
		t.Fatal(err)
	}
	return binary.LittleEndian.Uint64(raw[:]) >> 24 * 1000
}

// TestStoryIsExact: the same seed tells the same story, line by line, also when
// Redis loses something in it.
func TestStoryIsExact(t *testing.T) {
	for seed := range uint64(4) {
		prepare := func(w *world) {
			for range 2 * (seed % 2) {
				w.after(w.span(5*time.Minute, time.Hour), w.loseSoon)
			}
		}
		first := play(t, 100+seed, 12, dietNone, prepare)
		second := play(t, 100+seed, 12, dietNone, prepare)
		if diff := cmp.Diff(first.story, second.story); diff != "" {
			t.Fatalf("seed %d tells two stories:\n%s", 100+seed, diff)
		}
		if len(first.story) < 100 {
			t.Fatalf("seed %d tells only %d lines", 100+seed, len(first.story))
		}
	}
}
