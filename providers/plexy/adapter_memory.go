package plexy

import (
	"context"
	"maps"
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
	mu      sync.Mutex
	last    notes
	unsaved map[string]string
	blamed  map[string]bool // orders that paused a product
}

// blamedMax bounds how many orders are remembered: they are polled for two
// days at most, and few are charged too high.
const blamedMax = 1000

func newNotebook(m Memory) *notebook {
	return &notebook{memory: m, last: notes{}, unsaved: make(map[string]string), blamed: make(map[string]bool)}
}

// read returns all notes, after writing what could not be written before.
func (n *notebook) read(ctx context.Context) (notes, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for key, value := range n.unsaved {
		if n.memory.Note(ctx, key, value) == nil {
			delete(n.unsaved, key)
		}
	}
	all, err := n.memory.Notes(ctx)
	if err != nil {
		return nil, &order.Error{Code: order.CodeNotSent, Op: "plexy notes", Err: err}
	}
	n.last = make(notes, len(all))
	maps.Copy(n.last, all)
	maps.Copy(n.last, n.unsaved)
	return n.last, nil
}

// write keeps a value, unless it is there already.
func (n *notebook) write(ctx context.Context, key, value string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last[key] == value {
		return
	}
	delete(n.unsaved, key)
	if n.memory.Note(ctx, key, value) != nil {
		n.unsaved[key] = value
	}
	next := maps.Clone(n.last)
	next[key] = value
	n.last = next
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
