package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"giftbot/order"
)

// Lines nobody can need any more go, once they are many: the file is written
// anew, and what is younger stays.
func TestJournalForgets(t *testing.T) {
	dir, now := t.TempDir(), noon()
	var body []byte
	for n := range journalSlack + 3 {
		at := now.Add(-journalKeep - time.Hour)
		if n >= journalSlack {
			at = now.Add(-time.Hour)
		}
		text, err := writeLine(Intent{At: order.At(at), Kind: IntentPlaced, Number: order.Number(fmt.Sprintf("N%06d", n))})
		if err != nil {
			t.Fatal(err)
		}
		body = append(body, text...)
	}
	path := filepath.Join(dir, journalName)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	j, intents := openTestJournal(t, dir)
	if len(intents) != 3 || intents[0].Number != order.Number(fmt.Sprintf("N%06d", journalSlack)) {
		t.Fatalf("%d lines are left, from %v", len(intents), intents[:min(len(intents), 1)])
	}
	place(t, j, "NEW")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, intents = openTestJournal(t, dir); len(intents) != 4 || intents[3].Number != "NEW" {
		t.Errorf("%d lines after the next start: %v", len(intents), intents)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 1000 {
		t.Errorf("%v, %v", info.Size(), err)
	}
}

// Few old lines are not worth it.
func TestJournalKeepsAFew(t *testing.T) {
	dir := t.TempDir()
	j, _ := openTestJournal(t, dir)
	place(t, j, "A")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return noon().Add(2 * journalKeep) }
	again, intents, err := OpenJournal(dir, later)
	if err != nil || len(intents) != 1 {
		t.Fatalf("%v, %v", intents, err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
