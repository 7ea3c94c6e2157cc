package store

import (
	"context"
	"net"
	"testing"

	"giftbot/order"
	"giftbot/store/redistest"
)

// A Redis Cluster: every primary is met, and a restart of one is compared.
func TestTideOnACluster(t *testing.T) {
	server := redistest.StartCluster(t)
	w := newWorld(t, server.URL, redistest.NewCutter(nil), func(o *Options) { o.Mode = ModeCluster })
	a := w.replica(t.TempDir())
	a.sweeps(2)
	a.wants(true, "")
	o := w.insert(placed(number(t, buyer, 'a'), buyer))
	o, err := a.goesOn(o, "a", spending)
	if err != nil {
		t.Fatalf("spend: %v", err)
	}
	before := server.Copy(t)
	a.moves(o, "b")
	server.ReturnTo(t, before)
	server.Restart()
	for range 300 {
		if _, _, err := a.Due(t.Context(), 1); err == nil {
			break
		}
	}
	a.sweeps(1)
	a.wants(false, order.DoubtBehind)
}

// A replica is promoted that had not everything: whoever saw more notices, even
// when others have written more since.
func TestAStaleReplicaIsPromoted(t *testing.T) {
	primary := redistest.Start(t)
	line := redistest.NewLine(t, primary)
	replica := redistest.Start(t)
	replica.Follow(t, line)
	at := primary.Addr
	var d net.Dialer
	cut := redistest.NewCutter(func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.DialContext(ctx, network, at)
	})
	w := newWorld(t, primary.URL, cut)
	a, b := w.replica(t.TempDir()), w.replica(t.TempDir())
	a.sweeps(1)
	b.sweeps(1)
	a.sweeps(1)
	o := a.moves(w.insert(placed(number(t, buyer, 'a'), buyer)), "a")
	replica.CatchUp(t, primary) // only what a writes from here on is missed
	line.Hold()
	a.moves(o, "b")
	primary.Kill()
	line.Close()
	replica.Promote(t)
	at = replica.Addr
	b.reconnects()
	for i := range 4 {
		w.insert(placed(number(t, buyer, byte('b'+i)), buyer))
	}
	b.sweeps(1)
	b.wants(false, "") // it misses nothing, and waits for the other
	a.reconnects()
	if _, err := a.goesOn(o, "c", spending); order.CodeOf(err) != order.CodeLoss && order.CodeOf(err) != order.CodeStale || err == nil {
		t.Fatalf("spent: %v", err)
	}
	if look := a.sweeps(1); look.Doubt == "" || look.Spends() {
		t.Fatalf("%+v", look)
	}
	if _, err := a.Freeze(t.Context(), a.tide.Look().Doubt); err != nil {
		t.Fatal(err)
	}
	if look := b.sweeps(1); look.Freeze.ID == "" {
		t.Errorf("the other: %+v", look)
	}
}

// To look for losses costs no round trip: not in a sweep, not before a spend.
func TestLookingCostsNoTrip(t *testing.T) {
	both(t, func(w *world) {
		trips := &Trips{}
		w.base.Trips = trips
		a := w.replica(t.TempDir())
		o := w.insert(placed(number(w.t, buyer, 'a'), buyer))
		if a.sweeps(1); a.tide.Look().Doubt != "" {
			if _, err := a.Freeze(t.Context(), order.DoubtEmpty); err != nil {
				t.Fatal(err)
			}
			lift(a)
		}
		trips.Reset()
		a.sweeps(10)
		if count := trips.Reset(); count != 10 {
			t.Errorf("10 sweeps took %d round trips", count)
		}
		if _, err := a.goesOn(o, "a", spending); err != nil {
			t.Fatal(err)
		}
		if count := trips.Reset(); count != 1 {
			t.Errorf("a commit before a spend took %d round trips", count)
		}
	})
}
