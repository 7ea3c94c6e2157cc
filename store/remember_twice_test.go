package store

import (
	"slices"
	"testing"
	"time"

	"giftbot/order"
)

// Who places an order and who asks for its link both have it remembered: it
// stands in the journal once, and a new process remembers it again.
func TestAnOrderIsRememberedOnce(t *testing.T) {
	dir := t.TempDir()
	for process, want := range []int{1, 2} {
		j, _, err := OpenJournal(dir, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		o := placed(number(t, buyer, 'a'), buyer).Order
		for range 2 {
			if err := j.Ordered(o); err != nil {
				t.Fatal(err)
			}
		}
		if known, err := j.Remembered(); err != nil || len(known.Orders) != want {
			t.Errorf("process %d: %d orders, want %d: %v", process, len(known.Orders), want, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A link stands in the journal once for each process that hears of it, however
// often, and comes back with all that was said of it for two days.
func TestLinksAreRemembered(t *testing.T) {
	dir, clock := t.TempDir(), noon()
	now := func() time.Time { return clock }
	link := order.Linked{Number: number(t, buyer, 'a'), Payment: 2, Gateway: "inventpay", External: "cm1", Asked: 12_500_000}
	other := link
	other.Payment, other.External, other.Asked = 3, "cm2", 0
	told := link
	told.Asked = 0
	for process, want := range [][]order.Linked{{link, other}, {link, other, link, other}} {
		j, _, err := OpenJournal(dir, now)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			for _, l := range []order.Linked{link, told, other} {
				if err := j.Linked(l); err != nil {
					t.Fatal(err)
				}
			}
		}
		if known, err := j.Remembered(); err != nil || !slices.Equal(known.Links, want) {
			t.Errorf("process %d: %+v: %v", process, known.Links, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	clock = clock.Add(rememberFor + time.Minute)
	j, _ := openJournalAt(t, dir, now)
	if known, err := j.Remembered(); err != nil || len(known.Links) > 0 {
		t.Errorf("after two days: %+v: %v", known.Links, err)
	}
}

// A line that nobody can read is counted, and keeps no other one back.
func TestALineThatNobodyCanReadIsCounted(t *testing.T) {
	j, _ := openTestJournal(t, t.TempDir())
	o := placed(number(t, buyer, 'a'), buyer).Order
	if err := j.append(Intent{Kind: IntentOrdered, Number: o.Number, Body: []byte("no order")}, true); err != nil {
		t.Fatal(err)
	}
	if err := j.Ordered(o); err != nil {
		t.Fatal(err)
	}
	if known, err := j.Remembered(); err != nil || len(known.Orders) != 1 || known.Broken != 1 {
		t.Errorf("%+v: %v", known, err)
	}
}
