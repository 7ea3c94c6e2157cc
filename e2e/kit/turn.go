package kit

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// turns is how many tests of all packages together are at their busy part.
const turns = 4

// Turn waits until few enough tests of all packages are at the part of theirs
// that keeps the machine busy (processes that start, people who order), and
// returns what ends ours. Most of a crash test's time goes by while nothing
// happens, so many of them are open at once; all starting together they would
// see a machine so slow that nothing answers in time.
func Turn(t testing.TB) (done func()) {
	t.Helper()
	for {
		for i := range turns {
			f, err := os.OpenFile(filepath.Join(os.TempDir(), fmt.Sprintf("giftbot-turn-%d", i)), os.O_CREATE|os.O_RDWR, 0o600)
			if err != nil {
				t.Fatalf("turn: %v", err)
			}
			if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
				return func() { _ = f.Close() }
			}
			_ = f.Close()
		}
		time.Sleep(lookEvery)
	}
}
