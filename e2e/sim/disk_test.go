package sim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/store"
)

// disk is what a machine keeps over all incarnations of its replica: the
// journal and the spool.
type disk struct {
	dir     string
	spent   []order.Spent
	journal strings.Builder
	spooled bool // something may lie in the spool
}

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
	list := r.disk.spent
	w.start(context.Background(), func(ctx context.Context) func() {
		err := i.engine.Recover(ctx, list)
		return func() {
			if err == nil {
				i.open = true
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

// The courier mirrors the one of package cmd/bot/app.
const (
	redisWait   = 2 * time.Second
	courierTick = 3 * time.Second
	orphanAgain = time.Hour
)

type courier struct {
	inc   *incarnation
	disk  *disk
	spool *store.Spool

	mu      sync.Mutex
	orphans map[string]time.Time
}

func newCourier(i *incarnation, d *disk) (*courier, error) {
	spool, err := store.OpenSpool(d.dir, i.vault)
	if err != nil {
		return nil, err
	}
	return &courier{inc: i, disk: d, spool: spool, orphans: map[string]time.Time{}}, nil
}

type spooled struct {
	Number  order.Number `json:"n"`
	Line    int          `json:"l"`
	Attempt int          `json:"a"`
	Empty   bool         `json:"e,omitempty"`
	Body    []byte       `json:"b"`
}

// keep returns nil when the body can no longer be lost.
func (c *courier) keep(ctx context.Context, p webhook.Parcel, body []byte) error {
	letter := spooled{Number: p.Number, Line: p.Line, Attempt: p.Attempt, Empty: p.Empty, Body: body}
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	err := c.deliver(ctx, letter)
	if err == nil {
		return nil
	}
	c.inc.log.Warn("callback goes to the disk", "order", p.Number, "err", err)
	raw, err := json.Marshal(letter)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return c.put(order.PurchaseReference(p.Number, p.Line, p.Attempt)+"."+hex.EncodeToString(sum[:8]), raw)
}

// put is a write to the disk, which may be full.
func (c *courier) put(id string, raw []byte) error {
	v := c.inc.pass("spool put", id, []fate{fateBefore, fateCrashBefore, fateCrashAfter})
	if v.fate != fateOK && v.fate != fateCrashAfter {
		return errors.New("the disk is full")
	}
	c.disk.spooled = true
	c.inc.w.tally.kind("callback: kept on the disk")
	return c.spool.Put(id, raw)
}

func (c *courier) deliver(ctx context.Context, s spooled) error {
	if s.Empty {
		err := c.inc.engine.Hint(ctx, s.Number, order.Hint{})
		if order.CodeOf(err) == order.CodeMissing {
			return nil
		}
		return err
	}
	return c.inc.engine.Deliver(ctx, s.Number, s.Line, s.Attempt, s.Body)
}

// empty brings everything on the disk to its order.
func (c *courier) empty(ctx context.Context) error {
	ids, err := c.spool.List()
	if err != nil {
		return err
	}
	c.disk.spooled = len(ids) > 0
	var errs []error
	for _, id := range ids {
		if c.waits(id) {
			continue
		}
		if err := c.bring(ctx, id); err != nil {
			errs = append(errs, fmt.Errorf("spooled %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}

func (c *courier) bring(ctx context.Context, id string) error {
	raw, err := c.spool.Get(id)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var letter spooled
	if err = json.Unmarshal(raw, &letter); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, redisWait)
	defer cancel()
	err = c.deliver(ctx, letter)
	if err == nil {
		c.inc.w.tally.kind("callback: brought from the disk")
		return c.spool.Remove(id)
	}
	if order.CodeOf(err) == order.CodeMissing {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.orphans[id] = c.inc.Now().Add(orphanAgain)
	}
	return err
}

func (c *courier) waits(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inc.Now().Before(c.orphans[id])
}

// stepCourier empties the spool once.
func (w *world) stepCourier(r *replica, i *incarnation) {
	i.carrying, i.carryAt = true, time.Now().Add(courierTick)
	w.start(context.Background(), func(ctx context.Context) func() {
		err := i.courier.empty(ctx)
		return func() {
			i.carrying = false
			w.stepped(r, i, "spool", err)
		}
	})
}
