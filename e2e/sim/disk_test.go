package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"giftbot/cmd/bot/app"
	"giftbot/order"
	"giftbot/store"
)

// disk is what a machine keeps over all incarnations of its replica: the
// journal and the spool.
type disk struct {
	dir     string
	marks   string // folder: what it saw of Redis
	spent   []order.Spent
	orders  []order.Order
	links   []order.Linked
	losses  int // of Redis, when the journal was last worked off
	journal strings.Builder
	spooled bool // something may lie in the spool
}

// empty reports whether there is nothing to give back to Redis.
func (d *disk) empty() bool { return len(d.spent)+len(d.orders)+len(d.links) == 0 }

// journal stands for the local file: writing it is a port like any other.
type journal struct {
	inc  *incarnation
	disk *disk
}

func (j journal) Placed(n order.Number, buyer int64, total order.Money, key string) error {
	return j.write("journal placed", fmt.Sprint(n, " ", buyer, " ", total, " ", key), func() {})
}

func (j journal) Spending(owner string, cost order.Money) error {
	return j.write("journal spending", fmt.Sprint(owner, " ", cost), func() {
		j.disk.spent = append(j.disk.spent, order.Spent{Owner: owner, At: order.At(j.inc.Now())})
	})
}

// Ordered implements order.Memory.
func (j journal) Ordered(o order.Order) error {
	return j.write("journal ordered", string(o.Number), func() { j.disk.orders = append(j.disk.orders, o) })
}

// Linked implements order.Memory.
func (j journal) Linked(l order.Linked) error {
	if slices.Contains(j.disk.links, l) {
		return nil
	}
	return j.write("journal linked", l.Number.Reference(l.Payment)+" "+l.External, func() { j.disk.links = append(j.disk.links, l) })
}

// Sending implements order.Memory. It is no port: nothing waits for the disk.
func (j journal) Sending(owner string) error {
	j.disk.spent = append(j.disk.spent, order.Spent{Owner: owner, At: order.At(j.inc.Now()), Keyed: true})
	return nil
}

// Remembered implements order.Memory.
func (j journal) Remembered() (order.Remembered, error) {
	return order.Remembered{Orders: slices.Clone(j.disk.orders), Links: slices.Clone(j.disk.links), Spent: slices.Clone(j.disk.spent)}, nil
}

func (j journal) write(port, line string, keep func()) error {
	v := j.inc.pass(port, line, []fate{fateBefore, fateCrashBefore, fateCrashAfter})
	if v.fate == fateOK || v.fate == fateCrashAfter {
		j.disk.journal.WriteString(line + "\n")
		keep()
	}
	if v.fate != fateOK {
		return &order.Error{Code: order.CodeNotSent, Op: "journal"}
	}
	return nil
}

// recover gives Redis back what only the journal remembers, before anything
// is served.
func (w *world) recover(r *replica, i *incarnation) {
	losses := w.losses
	w.start(context.Background(), func(ctx context.Context) func() {
		_, err := i.engine.Replay(ctx)
		return func() {
			if err == nil {
				i.open, r.disk.losses = true, losses
				return
			}
			w.outages++
			w.tell("%s does not start: %v", i.name, err)
			i.dead.Store(true)
			if r.inc == i {
				r.inc, r.backAt = nil, time.Now().Add(w.span(time.Second, 10*time.Second))
			}
		}
	})
}

// spool is the folder on the disk. Writing there is a port like any other: the
// disk may be full.
type spool struct {
	*store.Spool
	inc  *incarnation
	disk *disk
}

func newCourier(i *incarnation, d *disk) (*app.Courier, error) {
	folder, err := store.OpenSpool(d.dir, i.vault)
	if err != nil {
		return nil, err
	}
	return app.NewCourier(i.engine, spool{folder, i, d}, meter{i.w}, i.log, i), nil
}

func (s spool) Put(id string, raw []byte) error {
	v := s.inc.pass("spool put", id, []fate{fateBefore, fateCrashBefore, fateCrashAfter})
	if v.fate != fateOK && v.fate != fateCrashAfter {
		return errors.New("the disk is full")
	}
	s.disk.spooled = true
	s.inc.w.tally.kind("callback: kept on the disk")
	return s.Spool.Put(id, raw)
}

func (s spool) List() ([]string, error) {
	ids, err := s.Spool.List()
	s.disk.spooled = len(ids) > 0 || err != nil
	return ids, err
}

func (s spool) Remove(id string) error {
	s.inc.w.tally.kind("callback: brought from the disk")
	return s.Spool.Remove(id)
}

// stepCourier empties the spool once.
func (w *world) stepCourier(r *replica, i *incarnation) {
	i.carrying, i.carryAt = true, time.Now().Add(app.CourierTick)
	w.start(context.Background(), func(ctx context.Context) func() {
		err := i.courier.Empty(ctx)
		return func() {
			i.carrying = false
			w.stepped(r, i, "spool", err)
		}
	})
}
