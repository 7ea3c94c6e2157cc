package store

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"giftbot/order"
	"giftbot/store/redistest"
)

// replica is a store with a disk of its own.
type replica struct {
	*Store
	t    *testing.T
	tide *Tide
	dir  string
}

func (w *world) replica(dir string) *replica { return w.replicaAt(dir, time.Now) }

func (w *world) replicaAt(dir string, now func() time.Time) *replica {
	w.t.Helper()
	tide, err := OpenTide(dir, rand.Reader, now)
	if err != nil {
		w.t.Fatal(err)
	}
	s := w.open(func(o *Options) { o.Tide = tide })
	return &replica{Store: s, t: w.t, tide: tide, dir: dir}
}

// sweeps looks for due orders, as an engine does every three seconds.
func (r *replica) sweeps(times int) order.Sight {
	r.t.Helper()
	for range times {
		if _, _, err := r.Due(r.t.Context(), 10); err != nil {
			r.t.Fatalf("sweep: %v", err)
		}
	}
	return r.tide.Look()
}

// goesOn moves an order once.
func (r *replica) goesOn(o order.Order, op string, change ...func(*order.Transition)) (order.Order, error) {
	t := order.Transition{Order: o, Op: op, Due: later, Open: true}
	for _, c := range change {
		c(&t)
	}
	return r.Commit(r.t.Context(), t)
}

func spending(t *order.Transition) { t.Spends = true }

func (r *replica) moves(o order.Order, op string) order.Order {
	r.t.Helper()
	stored, err := r.goesOn(o, op)
	if err != nil {
		r.t.Fatalf("%s: %v", op, err)
	}
	return stored
}

func (r *replica) wants(spends bool, why order.Doubt) {
	r.t.Helper()
	if look := r.tide.Look(); look.Spends() != spends || look.Doubt != why {
		r.t.Fatalf("want to spend %v, doubt %q: %+v", spends, why, look)
	}
}

// reconnects drops the connections that a dead server left.
func (r *replica) reconnects() {
	r.t.Helper()
	for range 40 {
		if r.Ping(r.t.Context()) == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestNothingMissingFreezesNothing(t *testing.T) {
	both(t, func(w *world) {
		a, b := w.replica(t.TempDir()), w.replica(t.TempDir())
		a.wants(true, "") // it has looked before anything could come
		a.sweeps(1)
		b.sweeps(1)
		a.sweeps(1)
		a.wants(true, "")
		b.wants(true, "")
		o := w.insert(placed(number(w.t, buyer, 'a'), buyer))
		for i, r := range []*replica{a, b, a, b} {
			var err error
			if o, err = r.goesOn(o, string(rune('a'+i)), spending); err != nil {
				t.Fatalf("spend %d: %v", i, err)
			}
		}
		a.sweeps(2)
		a.wants(true, "")
	})
}

// The same disk, Redis and bot started anew.
func TestARestartWithoutLossFreezesNothing(t *testing.T) {
	server := redistest.Start(t)
	w := newWorld(t, server.URL, redistest.NewCutter(nil))
	dir := t.TempDir()
	a, b := w.replica(dir), w.replica(t.TempDir())
	a.sweeps(1)
	b.sweeps(1)
	o := a.moves(w.insert(placed(number(t, buyer, 'a'), buyer)), "a")
	if a.sweeps(1); !a.tide.Look().Spends() {
		t.Fatalf("before: %+v", a.tide.Look())
	}
	server.Kill()
	server.Restart()
	a.reconnects()
	if _, err := a.goesOn(o, "b", spending); order.CodeOf(err) != order.CodeLoss || err == nil {
		t.Fatalf("spent before the others have said that they miss nothing: %v", err)
	}
	a.sweeps(1)
	a.wants(false, "") // the other has not said so
	b.reconnects()
	b.sweeps(1)
	a.sweeps(1)
	a.wants(true, "")
	b.wants(true, "")

	if err := a.tide.Keep(); err != nil {
		t.Fatal(err)
	}
	again := w.replica(dir)
	again.sweeps(1)
	again.wants(true, "")
}

// What Redis was told last is cut off its file, before a replica looks again.
func TestALostTailIsNoticed(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		server := redistest.Start(t)
		w := newWorld(t, server.URL, redistest.NewCutter(nil))
		dir := t.TempDir()
		o := w.insert(placed(number(t, buyer, 'a'), buyer))
		a := w.replica(dir)
		a.wants(false, order.DoubtEmpty)
		if _, err := a.Freeze(t.Context(), order.DoubtEmpty); err != nil {
			t.Fatal(err)
		}
		lift(a)
		o = a.moves(o, "a")
		before := server.Copy(t)
		a.moves(o, "b")
		if err := a.tide.Keep(); err != nil {
			t.Fatal(err)
		}
		server.ReturnTo(t, before)
		server.Restart()
		if restarts {
			a = w.replica(dir)
		}
		a.reconnects()
		// Others have written more since than was lost.
		for i := range 5 {
			w.insert(placed(number(t, buyer, byte('b'+i)), buyer))
		}
		_, err := a.goesOn(o, "c", spending)
		if order.CodeOf(err) != order.CodeLoss {
			t.Fatalf("spent after a loss: %v", err)
		}
		a.wants(false, order.DoubtBehind)
	}
}

// lift freezes, answers and ends it.
func lift(r *replica) {
	r.t.Helper()
	r.sweeps(1)
	ctx, id := r.t.Context(), r.tide.Look().Freeze.ID
	if err := r.Answer(ctx, id, order.Healed{Spends: 1}); err != nil {
		r.t.Fatal(err)
	}
	s := r.sweeps(1)
	if first, err := r.Lift(ctx, id, order.Ending{Healed: order.Healed{Orders: 2}, Gone: s.Silent}); err != nil || !first {
		r.t.Fatalf("lift: %v, %v", first, err)
	}
	r.sweeps(2)
	r.wants(true, "")
}

// The counter of a shard falls under a Redis that is still the same.
func TestACounterThatFallsIsNoticed(t *testing.T) {
	for name, fall := range map[string]func(w *world) error{
		"lower":   func(w *world) error { return w.raw.Decr(w.t.Context(), shardKeys(Shard(buyer, 2)).seq()).Err() },
		"missing": func(w *world) error { return w.raw.Del(w.t.Context(), shardKeys(Shard(buyer, 2)).seq()).Err() },
	} {
		for _, looks := range []bool{true, false} {
			both(t, func(w *world) {
				a := w.replica(t.TempDir())
				a.sweeps(1)
				o := a.moves(w.insert(placed(number(w.t, buyer, 'a'), buyer)), "a")
				if err := fall(w); err != nil {
					t.Fatal(err)
				}
				if looks {
					a.sweeps(1)
				} else if _, err := a.goesOn(o, "b", spending); order.CodeOf(err) != order.CodeLoss || err == nil {
					t.Fatalf("%s: spent: %v", name, err)
				}
				a.wants(false, order.DoubtBehind)
			})
		}
	}
}

func TestANewDiskWithOpenOrdersFreezes(t *testing.T) {
	both(t, func(w *world) {
		a := w.replica(t.TempDir())
		a.sweeps(1)
		a.wants(true, "")
		w.insert(placed(number(w.t, buyer, 'a'), buyer))
		b := w.replica(t.TempDir())
		b.sweeps(1)
		b.wants(true, "") // a new replica beside one that is there
		if err := b.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The one that was there is not heard of any more.
		id, epoch := a.tide.name()
		if err := w.raw.HSet(t.Context(), shopNotes.replicas(), id, epoch+" 1").Err(); err != nil {
			t.Fatal(err)
		}
		b = w.replica(t.TempDir())
		b.sweeps(1)
		b.wants(false, order.DoubtEmpty)
		f, err := b.Freeze(t.Context(), order.DoubtEmpty)
		if err != nil {
			t.Fatal(err)
		}
		if s := a.sweeps(1); s.Freeze != f || s.Spends() {
			t.Fatalf("the other: %+v", s)
		}
		a.sweeps(1)
		for _, r := range []*replica{a, b} {
			if err := r.Answer(t.Context(), f.ID, order.Healed{Spends: 2, Placed: 1, Broken: 1}); err != nil {
				t.Fatal(err)
			}
		}
		s, other := a.sweeps(1), b.sweeps(1)
		if s.Heals == other.Heals || s.Alone || len(s.Silent)+len(other.Silent) != 0 {
			t.Errorf("who heals: %+v, %+v", s, other)
		}
		owes := order.Ending{Healed: order.Healed{Orders: 3, Unheard: 2}, Owed: []string{"infini", "inventpay"}}
		if first, err := a.Lift(t.Context(), f.ID, owes); !first || err != nil {
			t.Errorf("lift: %v, %v", first, err)
		}
		if first, err := b.Lift(t.Context(), f.ID, order.Ending{}); first || err != nil {
			t.Errorf("lifted twice: %v, %v", first, err)
		}
		a.sweeps(2)
		b.sweeps(2)
		a.sweeps(1)
		a.wants(true, "")
		b.wants(true, "")
		last, stands, healed := b.tide.LastFreeze()
		if last != f || stands || healed != (order.Healed{Orders: 3, Spends: 4, Placed: 2, Broken: 2, Unheard: 2}) {
			t.Errorf("%+v, stands %v, %+v", last, stands, healed)
		}
		owedLists(t, a, b, f.ID)
	})
}

// owedLists checks that both replicas know whose lists are owed, until they have
// answered or another freeze comes.
func owedLists(t *testing.T, a, b *replica, freeze string) {
	t.Helper()
	wants := func(r *replica, freeze string, gateways ...string) {
		t.Helper()
		if got := r.sweeps(1).Owed; got.Freeze != freeze || !slices.Equal(got.Gateways, gateways) {
			t.Errorf("owed: %+v, want %v of %s", got, gateways, freeze)
		}
	}
	heard := func(freeze, gateway string) {
		t.Helper()
		if err := a.Heard(t.Context(), freeze, gateway); err != nil {
			t.Error(err)
		}
	}
	wants(a, freeze, "infini", "inventpay")
	wants(b, freeze, "infini", "inventpay")
	heard("another", "infini")
	wants(b, freeze, "infini", "inventpay")
	heard(freeze, "inventpay")
	wants(b, freeze, "infini")
	next, err := b.Freeze(t.Context(), order.DoubtBehind)
	if err != nil {
		t.Fatal(err)
	}
	heard(freeze, "infini") // late: of the freeze before
	for _, r := range []*replica{a, b} {
		r.sweeps(1)
		if err := r.Answer(t.Context(), next.ID, order.Healed{}); err != nil {
			t.Fatal(err)
		}
	}
	if first, err := b.Lift(t.Context(), next.ID, order.Ending{Owed: []string{"infini"}}); !first || err != nil {
		t.Errorf("lift: %v, %v", first, err)
	}
	heard(freeze, "infini")
	wants(a, next.ID, "infini")
	heard(next.ID, "infini")
	heard(next.ID, "infini") // again, when the answer was lost
	wants(b, next.ID)
}

// A freeze that stands holds every replica, and Redis losing it is a loss.
func TestALostFreezeIsALoss(t *testing.T) {
	both(t, func(w *world) {
		dir := t.TempDir()
		a, b := w.replica(dir), w.replica(t.TempDir())
		a.sweeps(1)
		b.sweeps(1)
		a.sweeps(1)
		o := w.insert(placed(number(w.t, buyer, 'a'), buyer))
		f, err := a.Freeze(t.Context(), order.DoubtBehind)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = b.goesOn(o, "a", spending); order.CodeOf(err) != order.CodeLoss || err == nil {
			t.Fatalf("spent under a freeze that it had not read: %v", err)
		}
		a.sweeps(1)
		if err = w.raw.Del(t.Context(), shopNotes.freeze()).Err(); err != nil {
			t.Fatal(err)
		}
		a = w.replica(dir)
		a.sweeps(1)
		a.wants(false, order.DoubtBehind)
		if err = a.Answer(t.Context(), f.ID, order.Healed{}); order.CodeOf(err) != order.CodeStale || err == nil {
			t.Errorf("answered what is gone: %v", err)
		}
		second, err := a.Freeze(t.Context(), order.DoubtBehind)
		if err != nil || second.ID == f.ID {
			t.Fatalf("%+v, %v", second, err)
		}
		if s := a.sweeps(1); s.Freeze != second || s.Doubt != "" {
			t.Errorf("%+v", s)
		}
	})
}

// A freeze replaces the one before: it has to be answered anew.
func TestASecondLossUnderAFreeze(t *testing.T) {
	both(t, func(w *world) {
		a := w.replica(t.TempDir())
		a.sweeps(1)
		first, err := a.Freeze(t.Context(), order.DoubtBehind)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Answer(t.Context(), first.ID, order.Healed{}); err != nil {
			t.Fatal(err)
		}
		if s := a.sweeps(1); !s.Answered {
			t.Fatalf("%+v", s)
		}
		if _, err := a.Freeze(t.Context(), order.DoubtOffset); err != nil {
			t.Fatal(err)
		}
		if s := a.sweeps(1); s.Answered || s.Freeze.Why != order.DoubtOffset {
			t.Errorf("%+v", s)
		}
		if ok, err := a.Lift(t.Context(), first.ID, order.Ending{}); ok || err != nil {
			t.Errorf("the first was lifted: %v", err)
		}
	})
}

// A replica that goes orderly is not waited for; one that does not come is.
func TestAReplicaThatDoesNotCome(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	for _, leaves := range []bool{true, false} {
		name := "1"
		w := newWorld(t, redistest.MiniURL, redistest.NewCutter(redistest.StartMini(t).Dial), func(o *Options) {
			o.Identity = func() string { return name }
		})
		a, b := w.replicaAt(t.TempDir(), clock), w.replicaAt(t.TempDir(), clock)
		a.sweeps(1)
		b.sweeps(1)
		a.sweeps(1)
		a.wants(true, "")
		if leaves {
			if err := b.Leave(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		name = "2" // Redis was started anew
		a.sweeps(2)
		if leaves {
			a.wants(true, "")
			continue
		}
		a.wants(false, "")
		now = now.Add(settlePatience)
		a.sweeps(1)
		a.wants(false, order.DoubtAbsent)
		if _, err := a.Freeze(t.Context(), order.DoubtAbsent); err != nil {
			t.Fatal(err)
		}
		lift(a)
		name = "3"
		a.sweeps(2)
		a.wants(true, "") // it is not waited for again
	}
}

// A primary that had not everything takes over.
func TestAnOutdatedReplicaIsNoticed(t *testing.T) {
	for _, r := range []struct {
		says replication
		want order.Doubt
	}{
		{replication{id: "b", former: "a", turned: 101, offset: 200}, ""},
		{replication{id: "b", former: "a", turned: 100, offset: 200}, order.DoubtOffset},
		{replication{id: "b", former: "c", turned: 10}, ""},
		{replication{id: "b"}, ""},
		{replication{id: "a", offset: 90}, ""},
	} {
		tide, err := OpenTide(t.TempDir(), rand.Reader, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		tide.answers(replication{id: "a", offset: 100})
		tide.answers(r.says)
		if got := tide.Look().Doubt; got != r.want {
			t.Errorf("%+v: %q, want %q", r.says, got, r.want)
		}
	}
}

func TestMarksOnADisk(t *testing.T) {
	dir := t.TempDir()
	tide, err := OpenTide(dir, rand.Reader, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if !tide.fresh() {
		t.Error("a new disk is not new")
	}
	tide.begins(false)
	tide.size(2)
	tide.saw(1, 7, 0)
	tide.saw(1, 6, 7)
	again, err := OpenTide(dir, rand.Reader, time.Now)
	if err != nil || again.Replica() != tide.Replica() || again.fresh() || again.Look().Doubt != order.DoubtBehind || !slices.Equal(again.m.Seen, []int64{0, 6}) {
		t.Fatalf("%+v, %v", again.m, err)
	}
	if err := writeDurably(osDisk{}, dir, marksName, []byte("torn")); err != nil {
		t.Fatal(err)
	}
	if torn, err := OpenTide(dir, rand.Reader, time.Now); err != nil || !torn.fresh() || torn.Replica() == tide.Replica() {
		t.Errorf("damaged marks: %+v, %v", torn.m, err)
	}
	// A journal that was written by an older version, without marks beside it.
	other := t.TempDir()
	if err := writeDurably(osDisk{}, other, journalName, []byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	if old, err := OpenTide(other, rand.Reader, time.Now); err != nil || old.fresh() {
		t.Errorf("a disk with a journal is new: %v", err)
	}
	if _, err := openTide(brokenDisk{}, dir, rand.Reader, time.Now); err == nil {
		t.Error("a disk that cannot be read was opened")
	}
}

type brokenDisk struct{ osDisk }

func (brokenDisk) Read(string) ([]byte, error) { return nil, errors.New("broken") }

// A replica on a disk that is full starts and serves; what it has to keep before
// it spends is refused then.
func TestAReplicaStartsOnAFullDisk(t *testing.T) {
	both(t, func(w *world) {
		d := &failingDisk{}
		tide, err := openTide(d, t.TempDir(), rand.Reader, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		d.noRename = true
		r := &replica{Store: w.open(func(o *Options) { o.Tide = tide }), t: t, tide: tide}
		o := w.insert(placed(number(t, buyer, 'a'), buyer))
		if err := tide.Keep(); !errors.Is(err, errNotKept) {
			t.Errorf("the marks are kept: %v", err)
		}
		d.noRename = false
		r.sweeps(1)
		if _, err := r.goesOn(o, "a", spending); err != nil {
			t.Errorf("spend: %v", err)
		}
	})
}
