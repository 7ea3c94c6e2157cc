package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
)

// cellLeast is how often a long run meets everything it can meet (PROOF §2).
const (
	cellLeast = 100
	longRun   = 1_000_000 // orders from which on that is judged
)

// hookMenu is what may happen to what vendors and Telegram send.
func hookMenu() []fate { return []fate{fateBefore, fateAfter, fateTwice} }

// reach notes what may happen at a port.
func (t *tally) reach(port string, menu []fate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.menus[port] == nil {
		t.menus[port] = map[fate]bool{}
	}
	for _, f := range menu {
		t.menus[port][f] = true
	}
}

// thin lists what could have been met and was met less often than least: faults
// by port, then edges of the status table.
func (t *tally) thin(least int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, port := range slices.Sorted(maps.Keys(t.menus)) {
		var few []string
		for _, f := range slices.Sorted(maps.Keys(t.menus[port])) {
			if n := t.cells[port][f]; n < least {
				few = append(few, fmt.Sprintf("%s %d", f, n))
			}
		}
		if len(few) > 0 {
			out = append(out, port+" ("+strings.Join(few, ", ")+")")
		}
	}
	for _, edge := range slices.Sorted(maps.Keys(t.edges)) {
		if n := t.edges[edge]; n < least {
			out = append(out, fmt.Sprintf("%s (%d)", edge, n))
		}
	}
	return out
}

// sum adds to one side of the money of a run.
func (t *tally) sum(name string, amount decimal.Decimal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sums[name] = t.sums[name].Add(amount)
}

// judged counts what the verdict said.
func (t *tally) judged(wrong []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range wrong {
		word, _, _ := strings.Cut(w, ":")
		t.wrongs[word]++
	}
}

// verdict is what a person reads of a run.
func (t *tally) verdict() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	words := []string{"lost", "doubled", "stuck"}
	for _, word := range slices.Sorted(maps.Keys(t.wrongs)) {
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	parts := []string{
		fmt.Sprintf("%s orders in %s stories", thousands(t.orders), thousands(t.seeds)),
		thousands(t.faults) + " faults at ports", thousands(t.crashes) + " crashes",
	}
	for _, word := range words {
		parts = append(parts, fmt.Sprintf("%s %s", thousands(t.wrongs[word]), word))
	}
	return strings.Join(append(parts, t.conserved()), " · ")
}

// conserved says what became of all the money.
func (t *tally) conserved() string {
	in, out := t.sums["received"].Add(t.sums["forgiven"]), decimal.Zero
	for _, name := range []string{"goods", "credit", "paid out", "held"} {
		out = out.Add(t.sums[name])
	}
	word := "money conserved"
	if !in.Equal(out) {
		word = "MONEY NOT CONSERVED"
	}
	return fmt.Sprintf("%s: received %s + let off %s = goods %s + credit %s + paid out %s + held %s", word,
		t.sums["received"], t.sums["forgiven"], t.sums["goods"], t.sums["credit"], t.sums["paid out"], t.sums["held"])
}

func thousands(n int) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

func TestSummary(t *testing.T) {
	all, one := newTally(), newTally()
	one.seeds, one.orders, one.faults, one.crashes = 1, 1234567, 12, 3
	one.reach("redis set", []fate{fateBefore, fateAfter})
	for range 100 {
		one.cell("redis set", fateBefore)
	}
	one.cell("redis set", fateAfter)
	one.judged([]string{"lost: one", "lost: two", "cap: three"})
	for name, cents := range map[string]int64{"received": 1000, "forgiven": 5, "goods": 900, "credit": 100, "held": 5} {
		one.sum(name, decimal.New(cents, -2))
	}
	all.add(one)
	if diff := cmp.Diff([]string{"redis set (error after 1)"}, all.thin(100)); diff != "" {
		t.Error(diff)
	}
	const want = "1,234,567 orders in 1 stories · 113 faults at ports · 3 crashes · 2 lost · 0 doubled · 0 stuck · 1 cap · " +
		"money conserved: received 10 + let off 0.05 = goods 9 + credit 1 + paid out 0 + held 0.05"
	if got := all.verdict(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	all.sum("held", decimal.New(1, -2))
	if got := all.verdict(); !strings.Contains(got, "MONEY NOT CONSERVED") {
		t.Error(got)
	}
}
