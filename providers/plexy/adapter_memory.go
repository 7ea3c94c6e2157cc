package plexy

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// Memory keeps what was learned about products, shared by all replicas:
// "charge:<product>" is the last charge in percent of price or face value,
// "pause:<product>" is why it is not sold, "" for sold again.
type Memory interface {
	// Notes returns everything noted.
	Notes(ctx context.Context) (map[string]string, error)
	// Note keeps one value in place of an older one.
	Note(ctx context.Context, key, value string) error
}

const (
	noteCharge = "charge:"
	notePause  = "pause:"
)

// notebook is the Memory with what could not be written so far: that a product
// must be paused is not forgotten because the memory was away.
type notebook struct {
	memory  Memory
	turn    chan struct{} // held while the memory is read or written
	mu      sync.Mutex    // guards what follows; never held during a call
	last    notes
	unsaved map[string]string
	blamed  map[string]bool // orders that paused a product
}

// blamedMax bounds how many orders are remembered: they are polled for two
// days at most, and few are charged too high.
const blamedMax = 1000

func newNotebook(m Memory) *notebook {
	return &notebook{
		memory: m, turn: make(chan struct{}, 1), last: notes{}, unsaved: make(map[string]string), blamed: make(map[string]bool),
	}
}

// lock waits for the turn and returns what ends it, or ctx.Err. A turn that is
// free is taken even when ctx has ended: the memory then refuses by itself.
func (n *notebook) lock(ctx context.Context) (unlock func(), err error) {
	unlock = func() { <-n.turn }
	select {
	case n.turn <- struct{}{}:
		return unlock, nil
	default:
	}
	select {
	case n.turn <- struct{}{}:
		return unlock, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// read returns all notes, after writing what could not be written before, in
// the order of keys. CodeNotSent: the memory is away, or ctx ended before its
// turn came.
func (n *notebook) read(ctx context.Context) (notes, error) {
	all, err := n.fetch(ctx)
	if err != nil {
		return nil, &order.Error{Code: order.CodeNotSent, Op: "plexy notes", Err: err}
	}
	return all, nil
}

func (n *notebook) fetch(ctx context.Context) (notes, error) {
	unlock, err := n.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	for _, key := range n.waiting() {
		n.save(ctx, key)
	}
	all, err := n.memory.Notes(ctx)
	if err != nil {
		return nil, err
	}
	next := make(notes, len(all))
	maps.Copy(next, all)
	n.mu.Lock()
	defer n.mu.Unlock()
	maps.Copy(next, n.unsaved) // with what was noted since, which waits for this turn to end
	n.last = next
	return next, nil
}

// waiting lists the keys that are not written yet, sorted.
func (n *notebook) waiting() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(maps.Keys(n.unsaved))
}

// write keeps a value, unless it is there already. It holds here at once; what
// the memory does not take, or not before ctx ends, is written by a later read.
func (n *notebook) write(ctx context.Context, key, value string) {
	if !n.note(key, value) {
		return
	}
	unlock, err := n.lock(ctx)
	if err != nil {
		return
	}
	defer unlock()
	n.save(ctx, key)
}

// note keeps a value here, false if it is there already.
func (n *notebook) note(key, value string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last[key] == value {
		return false
	}
	n.unsaved[key] = value
	next := maps.Clone(n.last)
	next[key] = value
	n.last = next
	return true
}

// save writes one value, if nobody has; its caller has the turn. A value that
// changed meanwhile stays to be written.
func (n *notebook) save(ctx context.Context, key string) {
	n.mu.Lock()
	value, ok := n.unsaved[key]
	n.mu.Unlock()
	if !ok || n.memory.Note(ctx, key, value) != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.unsaved[key] == value {
		delete(n.unsaved, key)
	}
}

// first reports whether an order has not paused its product before: once a person sells it again, the same order must not stop it.
func (n *notebook) first(orderID string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.blamed[orderID] {
		return false
	}
	if len(n.blamed) >= blamedMax {
		clear(n.blamed)
	}
	n.blamed[orderID] = true
	return true
}

// known returns the notes as they were last read.
func (n *notebook) known() notes {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last
}

// notes are never changed once they are handed out.
type notes map[string]string

// paused says why a product is not sold, "" if it is.
func (n notes) paused(product string) string { return n[notePause+product] }

// percent is what a product is charged, in percent of its price or face value:
// as last seen, else as expected.
func (n notes) percent(product string, expected decimal.Decimal) decimal.Decimal {
	learned, err := decimal.NewFromString(n[noteCharge+product])
	if err != nil || len(n[noteCharge+product]) > 20 || !learned.IsPositive() || learned.GreaterThan(decimal.NewFromInt(100_000)) {
		return expected
	}
	return learned
}

// Paused returns the products that are not sold because of a charge, with why.
func (a *Adapter) Paused(ctx context.Context) (map[string]string, error) {
	all, err := a.notes.read(ctx)
	out := make(map[string]string)
	for key, why := range all {
		if product, ok := strings.CutPrefix(key, notePause); ok && why != "" {
			out[product] = why
		}
	}
	return out, err
}

// Resume sells a paused product again, at what it was last charged.
func (a *Adapter) Resume(ctx context.Context, product string) error {
	if _, err := a.notes.read(ctx); err != nil {
		return err
	}
	a.notes.write(ctx, notePause+product, "")
	return nil
}
