package chaos

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/sandbox/univoucher"
)

// full is a way to fill a replica's disk, and to make room again.
type full struct {
	name  string
	fill  func(t *testing.T, r *replica)
	clear func(t *testing.T, r *replica)
}

// ways to fill a disk: a limit that any user may set, and a small file system of
// its own where we may mount one.
func fulls(t *testing.T) []full {
	t.Helper()
	limit := func(bytes int) func(*testing.T, *replica) {
		return func(t *testing.T, r *replica) {
			t.Helper()
			if err := r.process().LimitFiles(bytes); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := []full{{"no file may grow", limit(0), limit(-1)}}
	probe := t.TempDir()
	if mount(probe) == nil {
		_ = exec.Command("umount", probe).Run()
		list = append(list, full{"no space is left", stuff, unstuff})
	}
	return list
}

func mount(dir string) error {
	return exec.Command("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", dir).Run()
}

func stuff(t *testing.T, r *replica) {
	t.Helper()
	f, err := os.Create(filepath.Join(r.spool, "stuffing"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		if _, err := f.Write(make([]byte, 512)); err != nil {
			return
		}
	}
}

func unstuff(t *testing.T, r *replica) {
	t.Helper()
	if err := os.Remove(filepath.Join(r.spool, "stuffing")); err != nil {
		t.Fatal(err)
	}
}

// TestDiskFull: without a line in the journal nothing leaves that cannot be
// repeated, a callback that nobody can keep is refused, and the admins hear of
// it; when there is room again all goes on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	for _, f := range fulls(t) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			w := openWith(t, 1, 1, func(r *replica) {
				if f.name == "no space is left" {
					if err := mount(r.spool); err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = exec.Command("umount", "-l", r.spool).Run() })
				}
			})
			w.diskStory(f)
		})
	}
}

func (w *world) diskStory(f full) {
	t, r := w.t, w.replicas[0]
	ada, boris, olga := w.Person(1001, "en"), w.Person(1002, "en"), w.Person(kit.Admin, "en")
	olga.Ask("/start", "Aurora Gifts")
	w.Cards(map[string]any{"next_create": []map[string]any{{"mode": univoucher.ModeStuck}}, "callback_tries": 4})
	first := ada.OrderCard(kit.Cards25(2))
	w.PayAt(first, nil)
	kit.Eventually(t, "card on its way", func() bool {
		last, _ := w.OrderOf(first.Number).Lines[0].Last()
		made := w.CardBooks().Requests
		return last.AcceptedAt > 0 && len(made) == 1 && made[0].State == "stuck"
	})
	next := boris.OrderCard(kit.Card{Network: "Polygon", Token: "USDT", Amount: "10"})

	f.fill(t, r)
	w.refusedCallback()
	w.PayAt(next, nil)
	boris.AwaitStatus(next, "Payment received")
	w.alertRings(olga)
	time.Sleep(3 * time.Second) // what must not leave would have the time for it
	if made, lines := len(w.CardBooks().Requests), r.spendings(t); made > lines {
		t.Errorf("%d creations, and %d lines in the journal", made, lines)
	}
	dora := w.Person(1007, "en")
	if f.name == "no file may grow" {
		w.nothingIsPlaced(dora)
	}

	f.clear(t, r)
	olga.WaitFor("can be written to again")
	ada.AwaitPicture(first.Message, "Card id: ")
	kit.Within(t, 2*kit.Patience, "second card", func() bool { return boris.At(next.Message).PhotoURL != "" })
	if n := len(w.CardBooks().Requests); n != 2 {
		t.Errorf("%d creations, want 2", n)
	}
	o := w.orderAgain(dora)
	w.PayAt(o, nil)
	dora.AwaitCodes(o, 2)
	w.AuditBooks()
	if seen := w.eyes(ada.ID).cards; len(seen) != 2 || w.unseen() > 0 {
		t.Errorf("%d cards are seen, want 2", len(seen))
	}
	w.AuditSecrets()
}

// spendings counts what the journal says may have left. In the last block of a
// file there may be room for a line although the disk is full.
func (r *replica) spendings(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(r.spool, "journal.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(raw), `"k":"spending"`)
}

// refusedCallback: neither Redis nor the disk takes the only copy of a secret.
func (w *world) refusedCallback() {
	w.t.Helper()
	w.Redis.Shutdown()
	w.Cards(map[string]any{"mine": 1})
	kit.Eventually(w.t, "callback that is refused", func() bool {
		calls := w.CardBooks().Requests[0].Callbacks
		return len(calls) == 1 && calls[0].Tries > 0
	})
	// A replica without Redis is not ready: nobody asks it. So it is asked here.
	letters := w.Letters()
	if len(letters) == 0 {
		w.t.Fatal("no callback came")
	}
	address := "http://" + address(w.replicas[0].process()) + letters[0].Path
	if status := kit.Status(w.t, http.MethodPost, address, http.Header{"Content-Type": {"application/json"}}, letters[0].Body); status != http.StatusServiceUnavailable {
		w.t.Errorf("a callback that nobody can keep is answered with %d", status)
	}
	w.Redis.Restart()
	if !w.replicas[0].awaitReady(kit.Patience) {
		w.t.Fatal("not ready again")
	}
}

// alertRings waits until an admin hears of the disk, once.
func (w *world) alertRings(olga *kit.Person) {
	w.t.Helper()
	olga.WaitFor("No room on the disk", "SPOOL_DIR")
	rings := 0
	for _, m := range olga.Messages() {
		if strings.Contains(m.Text, "SPOOL_DIR") {
			rings++
		}
	}
	if rings != 1 {
		w.t.Errorf("the disk is told %d times", rings)
	}
}

// nothingIsPlaced: an order that the journal cannot take is not placed, and its
// buyer is asked to try again.
func (w *world) nothingIsPlaced(dora *kit.Person) {
	w.t.Helper()
	dora.Choose(kit.Cheap())
	dora.Press("Crypto or card")
	dora.WaitFor("We could not finish this step.")
	if list := w.OrdersOf(dora); len(list) != 0 {
		w.t.Errorf("%d orders were placed", len(list))
	}
}

// orderAgain takes up what could not be placed, as the buyer would.
func (w *world) orderAgain(dora *kit.Person) kit.Checkout {
	w.t.Helper()
	if !dora.Sees("We could not finish this step.") {
		return dora.Order(kit.Cheap())
	}
	before := dora.Last().ID
	dora.Press("Try again")
	return dora.AwaitCheckout(before)
}
