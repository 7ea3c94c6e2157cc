package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// tally counts what a run has met. Its methods may be called side by side.
type tally struct {
	mu      sync.Mutex
	cells   map[string]map[fate]int    // port × fate
	edges   map[string]int             // status edges
	kinds   map[string]int             // faults of vendors and deeds of people
	ends    map[string]int             // how orders ended
	wants   map[string]map[string]int  // the same, by what was wanted
	menus   map[string]map[fate]bool   // what may happen at a port
	sums    map[string]decimal.Decimal // money, by what became of it
	wrongs  map[string]int             // what the verdict said, by word
	seeds   int
	orders  int
	crashes int
	faults  int
	steps   int // of the longest story
}

func newTally() *tally {
	return &tally{menus: map[string]map[fate]bool{}, sums: map[string]decimal.Decimal{}, wrongs: map[string]int{}, cells: map[string]map[fate]int{}, edges: map[string]int{}, kinds: map[string]int{}, ends: map[string]int{}, wants: map[string]map[string]int{}}
}

func (t *tally) cell(port string, f fate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cells[port] == nil {
		t.cells[port] = map[fate]int{}
	}
	t.cells[port][f]++
	if f != fateOK {
		t.faults++
	}
	if f == fateCrashBefore || f == fateCrashAfter {
		t.crashes++
	}
}

func (t *tally) kind(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kinds[name]++
}

func (t *tally) end(name, want string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ends[name]++
	t.wanted(want, name, 1)
	t.orders++
}

func (t *tally) wanted(want, end string, n int) {
	if t.wants[want] == nil {
		t.wants[want] = map[string]int{}
	}
	t.wants[want][end] += n
}

func (t *tally) edge(from, to order.Status) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.edges[string(from)+" → "+string(to)]++
}

// add takes over what another tally has counted.
func (t *tally) add(o *tally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for port, row := range o.cells {
		if t.cells[port] == nil {
			t.cells[port] = map[fate]int{}
		}
		for f, n := range row {
			t.cells[port][f] += n
		}
	}
	for want, row := range o.wants {
		for end, n := range row {
			t.wanted(want, end, n)
		}
	}
	for _, pair := range []struct{ to, from map[string]int }{{t.edges, o.edges}, {t.kinds, o.kinds}, {t.ends, o.ends}, {t.wrongs, o.wrongs}} {
		for k, n := range pair.from {
			pair.to[k] += n
		}
	}
	for port, menu := range o.menus {
		if t.menus[port] == nil {
			t.menus[port] = map[fate]bool{}
		}
		maps.Copy(t.menus[port], menu)
	}
	for name, sum := range o.sums {
		t.sums[name] = t.sums[name].Add(sum)
	}
	t.seeds += o.seeds
	t.orders += o.orders
	t.crashes += o.crashes
	t.faults += o.faults
	t.steps = max(t.steps, o.steps)
}

// String is the report of a run.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d orders in %d seeds, %d faults at ports, %d crashes; at most %d steps\n", t.orders, t.seeds, t.faults, t.crashes, t.steps)
	for _, part := range []struct {
		title  string
		counts map[string]int
	}{{"ends", t.ends}, {"faults of the world and deeds of people", t.kinds}, {"status edges", t.edges}} {
		fmt.Fprintf(&b, "%s:\n", part.title)
		for _, k := range slices.Sorted(maps.Keys(part.counts)) {
			fmt.Fprintf(&b, "  %-44s %7d\n", k, part.counts[k])
		}
	}
	for _, want := range slices.Sorted(maps.Keys(t.wants)) {
		fmt.Fprintf(&b, "orders of a %s:\n", want)
		for _, k := range slices.Sorted(maps.Keys(t.wants[want])) {
			fmt.Fprintf(&b, "  %-44s %7d\n", k, t.wants[want][k])
		}
	}
	t.table(&b)
	return b.String()
}

func (t *tally) table(b *strings.Builder) {
	columns := []fate{fateOK, fateBefore, fateAfter, fateLate, fateSlow, fateTwice, fateLimited, fateDown, fateCrashBefore, fateCrashAfter}
	fmt.Fprintf(b, "port × fate:\n  %-36s", "")
	for _, f := range columns {
		fmt.Fprintf(b, "%13s", f)
	}
	for _, port := range slices.Sorted(maps.Keys(t.cells)) {
		fmt.Fprintf(b, "\n  %-36s", port)
		for _, f := range columns {
			fmt.Fprintf(b, "%13d", t.cells[port][f])
		}
	}
	fmt.Fprintln(b)
}
