package plexy

import (
	"context"
	"slices"
	"time"
)

// Plexy calls nobody back (plexy sheet §7), and no route of ours is its. What
// a webhook would tell elsewhere is looked for here.

// Unfinished is an order that the vendor has not finished.
type Unfinished struct {
	OrderID   string
	Reference string // ours, as it was sent
	CreatedAt time.Time
}

// Unfinished sweeps all pending orders, each once (sheet §4). It is slow, and
// meant to be called rarely.
func (c *Client) Unfinished(ctx context.Context) ([]Unfinished, error) {
	var all []Unfinished
	err := c.Orders(ctx, OrderFilter{Status: StatusPending}, func(orders []Order) bool {
		for _, o := range orders {
			known := slices.ContainsFunc(all, func(u Unfinished) bool { return u.OrderID == o.ID })
			if !known && o.Status != StatusCompleted && o.Status != StatusFailed {
				all = append(all, Unfinished{OrderID: o.ID, Reference: o.Reference, CreatedAt: o.CreatedAt})
			}
		}
		return false
	})
	return all, err
}
