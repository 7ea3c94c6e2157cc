package browser

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"giftbot/e2e/kit"
)

// TestMain runs four browsers at a time, on however few processors: most of
// the time they wait for vendors that take theirs.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "4"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(kit.Main(m))
}
