package durable

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	rounds = flag.Int("durable.rounds", 0, "how often each kind of trouble is played; 0 plays a few kinds, drawn from the seed, once")
	seeded = flag.Uint64("durable.seed", 0, "the seed of the first round; 0 draws one")
)

// atOnce is how many shops are open at the same time: most of the time they
// wait.
const atOnce = "6"

func TestMain(m *testing.M) {
	// First in line, so that -parallel on the command line wins.
	os.Args = slices.Insert(os.Args, 1, "-test.parallel="+atOnce)
	os.Exit(m.Run())
}

// stopMost is how long Redis stands still at most.
func stopMost() time.Duration {
	if *rounds > 0 {
		return 15 * time.Second
	}
	return 7 * time.Second
}

// firstSeed is the seed of the first round.
func firstSeed() uint64 {
	if *seeded != 0 {
		return *seeded
	}
	return uint64(time.Now().UnixNano() % 1_000_000_007)
}

// TestTrouble plays each kind of trouble that takes nothing back: who pays gets
// the goods, once.
func TestTrouble(t *testing.T) {
	t.Parallel()
	playAll(t, troubles(), 5)
}

// playAll plays all kinds, or a few of them where no number of rounds was asked
// for.
func playAll(t *testing.T, kinds []trouble, few int) {
	seed := firstSeed()
	if *rounds == 0 {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		kinds = kinds[:few]
	}
	for round := range max(1, *rounds) {
		for _, kind := range kinds {
			name := strings.ReplaceAll(strings.ReplaceAll(kind.name, " ", "-"), "'", "")
			if round > 0 {
				name = fmt.Sprintf("%s-%d", name, round+1)
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				play(t, kind, seed+uint64(round))
			})
		}
	}
}

// sweep is how long it takes until a loss is noticed where nothing is under way.
const sweep = 4 * time.Second

func play(t *testing.T, kind trouble, seed uint64) {
	s := open(t, seed)
	s.loses = kind.loses
	s.people()
	s.rush()
	kind.make(s)
	s.note("no more trouble")
	if kind.loses {
		time.Sleep(sweep)
		s.settle(lossStep)
		s.sellsAgain()
	} else {
		s.settle(clockStep)
	}
	s.note("%d blows, answers of webhooks %v", s.blows.Load(), s.front.answers)
	s.judge(kind)
	if testing.Verbose() {
		t.Log(s.story)
	}
}
