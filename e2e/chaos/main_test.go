package chaos

import (
	"flag"
	"os"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"giftbot/e2e/kit"
)

// lease is that of the binary under test.
const lease = time.Second

var (
	kills   = flag.Int("chaos.kills", 20, "SIGKILLs in all")
	seed    = flag.Uint64("chaos.seed", 0, "seed of the first round, the next has the next; 0 draws one")
	minutes = flag.Int("chaos.minutes", 20, "no round begins after so many minutes, and then kills are missing")
	shops   = flag.String("chaos.shops", "2", "rounds that are played at the same time")
)

func TestMain(m *testing.M) {
	// First in line, so that -parallel on the command line wins. The flags are
	// not parsed yet: how many shops is read twice.
	os.Args = slices.Insert(os.Args, 1, "-test.parallel="+early("-chaos.shops", "2"))
	debug.SetGCPercent(400) // the sandbox shares two cores with the bots
	os.Exit(kit.MainOverlaid(m, kit.Edit{
		Path: "store/client.go",
		Old:  "const DefaultLease = 10 * time.Second",
		New:  "const DefaultLease = time.Second",
	}))
}

// early is a flag's value before flags are parsed.
func early(name, usual string) string {
	for _, arg := range os.Args {
		if value, found := cutFlag(arg, name); found {
			return value
		}
	}
	return usual
}

func cutFlag(arg, name string) (string, bool) {
	for _, dash := range []string{"", "-"} {
		if prefix := dash + name + "="; len(arg) > len(prefix) && arg[:len(prefix)] == prefix {
			return arg[len(prefix):], true
		}
	}
	return "", false
}
