package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const (
	ordersFed  = 16 // of one seed on a diet
	cleanSeeds = 1  // of each diet; whoever hunts plays the seed that shows a bug without it as well
	huntFrom   = 500
)

// ordersOf is how many orders are wanted in a story: fewer where all are of the
// kind that a diet is about.
func ordersOf(fed string) int {
	if fed == dietNone {
		return ordersPerSeed
	}
	return ordersFed
}

// TestHunt plays seeds until the verdict says one of the wanted words, and fails
// with a line that a machine reads. It is built with a bug planted in the shop
// (e2e/bugs), and proves that the simulation would notice it. Without -sim.hunt
// it hunts nothing.
func TestHunt(t *testing.T) {
	fed, words := setting("sim.diet"), setting("sim.words")
	if _, known := diets()[fed]; !known && fed != dietNone {
		t.Fatalf("no such diet: %q; there are %q", fed, slices.Sorted(maps.Keys(diets())))
	}
	from := number(t, "sim.from")
	if from == 0 {
		from = huntFrom
	}
	orders, other := 0, ""
	for seed := from; seed < from+number(t, "sim.hunt"); seed++ {
		out := simulate(t, seed, ordersOf(fed), fed)
		orders += out.tally.orders
		for _, wrong := range out.wrong {
			word, what, _ := strings.Cut(wrong, ": ")
			if words == "" || slices.Contains(strings.Split(words, ","), word) {
				t.Fatalf("CAUGHT seed=%d orders=%d word=%s what=%s", seed, orders, strings.ReplaceAll(word, " ", "_"), what)
			}
			other = wrong
		}
	}
	if other != "" {
		t.Logf("OTHER orders=%d what=%s", orders, other)
	}
}

// TestHuntNeedsABug: the first seeds of a hunt are clean in the shop as it is,
// whatever people are fed.
func TestHuntNeedsABug(t *testing.T) {
	for _, fed := range slices.Sorted(maps.Keys(diets())) {
		for seed := range uint64(cleanSeeds) {
			t.Run(fmt.Sprint(huntFrom+seed, " ", fed), func(t *testing.T) {
				t.Parallel()
				out := simulate(t, huntFrom+seed, ordersOf(fed), fed)
				for _, wrong := range out.wrong {
					t.Error(wrong)
				}
				t.Logf("%d orders, %d steps, ends %v", out.tally.orders, out.tally.steps, out.tally.ends)
			})
		}
	}
}
