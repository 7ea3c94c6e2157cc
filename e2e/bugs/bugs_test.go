package bugs

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain declares which bugs to plant.
func TestMain(m *testing.M) {
	flag.String("bugs", "0", "how many bugs to plant, others every day; \"all\"; or words of their names, with commas")
	flag.Bool("write", false, "renew README.md with what was caught")
	os.Exit(m.Run())
}

// chosen are the bugs of a run.
func chosen(all []patch, wanted string, day int) []patch {
	if wanted == "all" {
		return all
	}
	if n, err := strconv.Atoi(wanted); err == nil && len(all) > 0 {
		n = min(n, len(all))
		first := day * n % len(all)
		return slices.Concat(all[first:], all[:first])[:n]
	}
	return slices.DeleteFunc(slices.Clone(all), func(p patch) bool {
		return !slices.ContainsFunc(strings.Split(wanted, ","), func(word string) bool { return strings.Contains(p.name, word) })
	})
}

// TestBugs plants bugs in the shop, one after the other: the suite has to notice
// every one, and to be silent without it.
func TestBugs(t *testing.T) {
	all := readPatches(t)
	list := chosen(all, flag.Lookup("bugs").Value.String(), time.Now().UTC().YearDay())
	if len(list) == 0 {
		return
	}
	var mu sync.Mutex
	shop := newWorkshop(t.TempDir())
	noticed := map[string]caught{}
	t.Run("plant", func(t *testing.T) {
		for _, p := range list {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				k, err := p.catch(shop, t.TempDir())
				if err != nil {
					t.Fatalf("%s\n%s\n%v", p.rule, p.bug, err)
				}
				t.Logf("%s: %s", p.by, k)
				mu.Lock()
				defer mu.Unlock()
				noticed[p.name] = k
			})
		}
	})
	if flag.Lookup("write").Value.String() == "true" && len(list) == len(all) && len(noticed) == len(all) {
		if err := os.WriteFile("README.md", []byte(report(list, noticed)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("\n%s\nplanted bugs caught %d of %d", table(list, noticed), len(noticed), len(list))
}

func TestChosen(t *testing.T) {
	var all []patch
	for i := range 7 {
		all = append(all, patch{name: fmt.Sprintf("%02d-bug", i+1)})
	}
	met := map[string]bool{}
	for day := range 3 {
		for _, p := range chosen(all, "3", day) {
			met[p.name] = true
		}
	}
	if len(met) != len(all) {
		t.Errorf("after three days of three of seven bugs %d were planted", len(met))
	}
	for wanted, n := range map[string]int{"0": 0, "all": 7, "9": 7, "02,05-": 2, "nothing": 0} {
		if got := chosen(all, wanted, 5); len(got) != n {
			t.Errorf("-bugs=%s plants %d, want %d", wanted, len(got), n)
		}
	}
}
