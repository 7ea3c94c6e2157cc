package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
)

func noon() time.Time { return time.UnixMilli(1_700_000_000_123) }

func openTestJournal(t *testing.T, dir string) (*Journal, []Intent) {
	t.Helper()
	return openJournalAt(t, dir, noon)
}

func openJournalAt(t *testing.T, dir string, now func() time.Time) (*Journal, []Intent) {
	t.Helper()
	j, intents, err := OpenJournal(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j, intents
}

func intent(n order.Number) Intent {
	return Intent{At: 1_700_000_000_123, Kind: IntentPlaced, Number: n, Buyer: buyer, Amount: 12_500_000, Key: "key-" + string(n)}
}

func place(t *testing.T, j *Journal, n order.Number) {
	t.Helper()
	if err := j.Placed(n, buyer, 12_500_000, "key-"+string(n)); err != nil {
		t.Fatal(err)
	}
}

func TestJournalKeepsWhatWasPlaced(t *testing.T) {
	dir := t.TempDir()
	j, intents := openTestJournal(t, dir)
	if len(intents) != 0 {
		t.Fatalf("a new journal holds %v", intents)
	}
	place(t, j, "A")
	place(t, j, "B")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Placed("C", 1, 1, "k"); err == nil {
		t.Fatal("written after close")
	}
	j, intents = openTestJournal(t, dir)
	if diff := cmp.Diff([]Intent{intent("A"), intent("B")}, intents); diff != "" {
		t.Fatalf("replayed (-want +got):\n%s", diff)
	}
	place(t, j, "C")
	_, intents = openTestJournal(t, dir)
	if len(intents) != 3 {
		t.Fatalf("%d intents", len(intents))
	}
	info, err := os.Stat(filepath.Join(dir, journalName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
}

// Wherever a crash cuts the last line, the earlier ones come back and the
// journal goes on.
func TestJournalTornAnywhere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, journalName)
	j, _ := openTestJournal(t, dir)
	place(t, j, "A")
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	place(t, j, "B")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(first); cut < len(whole); cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j, intents := openTestJournal(t, dir)
		if diff := cmp.Diff([]Intent{intent("A")}, intents); diff != "" {
			t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
		}
		place(t, j, "C")
		if _, intents = openTestJournal(t, dir); len(intents) != 2 {
			t.Fatalf("cut at %d: %d intents after going on", cut, len(intents))
		}
	}
}

func TestJournalDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, journalName)
	j, _ := openTestJournal(t, dir)
	place(t, j, "A")
	place(t, j, "B")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.Replace(string(body), "12500000", "12500001", 1)
	if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenJournal(dir, noon); !errors.Is(err, errJournal) {
		t.Fatalf("damage in the middle: %v", err)
	}
}

func TestJournalConcurrently(t *testing.T) {
	dir := t.TempDir()
	j, _ := openTestJournal(t, dir)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if err := j.Placed(order.Number(fmt.Sprint("N", i)), 1, 1, "k"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, intents := openTestJournal(t, dir); len(intents) != 20 {
		t.Fatalf("%d intents", len(intents))
	}
}

func TestJournalOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	d := &failingDisk{}
	j, _, err := openJournal(d, dir, noon)
	if err != nil {
		t.Fatal(err)
	}
	place(t, j, "A")
	d.full = true
	if err := j.Placed("B", 1, 1, "k"); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("on a full disk: %v", err)
	}
	if _, intents := openTestJournal(t, dir); len(intents) != 1 {
		t.Fatalf("half a line stayed: %v", intents)
	}
	d.full = false
	place(t, j, "C")
	_, intents := openTestJournal(t, dir)
	if diff := cmp.Diff([]Intent{intent("A"), intent("C")}, intents); diff != "" {
		t.Fatalf("replayed (-want +got):\n%s", diff)
	}
}

func TestJournalTrustsNothingAfterAFailedSync(t *testing.T) {
	for name, fail := range map[string]func(*failingDisk){
		"sync":           func(d *failingDisk) { d.noSync = true },
		"write and trim": func(d *failingDisk) { d.full, d.noTruncate = true, true },
	} {
		d := &failingDisk{}
		j, _, err := openJournal(d, t.TempDir(), noon)
		if err != nil {
			t.Fatal(err)
		}
		fail(d)
		if err := j.Placed("A", 1, 1, "k"); err == nil {
			t.Fatalf("%s: no error", name)
		}
		*d = failingDisk{}
		if err := j.Placed("B", 1, 1, "k"); !errors.Is(err, errJournalBroken) {
			t.Fatalf("%s: went on with %v", name, err)
		}
	}
}

func TestJournalCannotOpen(t *testing.T) {
	if _, _, err := OpenJournal(filepath.Join(t.TempDir(), "missing"), noon); err == nil {
		t.Error("opened in a folder that is not there")
	}
	if _, _, err := openJournal(&failingDisk{noSync: true}, t.TempDir(), noon); err == nil {
		t.Error("opened on a disk that does not sync")
	}
}

// failingDisk is a disk that runs full, half way through a write, or does not
// do what it is told.
type failingDisk struct {
	osDisk
	full, noSync, noTruncate, noRename, forgets bool
}

func (d *failingDisk) Open(path string) (file, error) {
	f, err := d.osDisk.Open(path)
	return &failingFile{file: f, disk: d}, err
}

func (d *failingDisk) Rename(from, to string) error {
	if d.noRename {
		return syscall.EROFS
	}
	return d.osDisk.Rename(from, to)
}

func (d *failingDisk) Read(path string) ([]byte, error) {
	if d.forgets {
		return nil, nil
	}
	return d.osDisk.Read(path)
}

type failingFile struct {
	file
	disk *failingDisk
}

func (f *failingFile) WriteAt(b []byte, at int64) (int, error) {
	if f.disk.full {
		n, _ := f.file.WriteAt(b[:len(b)/2], at)
		return n, syscall.ENOSPC
	}
	return f.file.WriteAt(b, at)
}

func (f *failingFile) Truncate(size int64) error {
	if f.disk.noTruncate {
		return syscall.EIO
	}
	return f.file.Truncate(size)
}

func (f *failingFile) Sync() error {
	if f.disk.noSync {
		return syscall.EIO
	}
	return f.file.Sync()
}
