package order

import (
	"context"
	"strconv"
	"strings"
)

const (
	// ClearingAccount stands between two buyers' shards: what left one and has
	// not yet arrived at the other (DESIGN §3). It is empty when nothing is on
	// its way.
	ClearingAccount Account = "clearing"

	creditPrefix = "credit:"
)

// CreditAccount is a buyer's store credit, by Telegram id. Where a posting
// takes from it or gives to it, the store moves the balance in the same step.
func CreditAccount(buyer int64) Account {
	return Account(creditPrefix + strconv.FormatInt(buyer, 10))
}

// CreditOf returns whose store credit an account is. ok is false for every
// other account.
func CreditOf(a Account) (buyer int64, ok bool) {
	id, ok := strings.CutPrefix(string(a), creditPrefix)
	if !ok {
		return 0, false
	}
	buyer, err := strconv.ParseInt(id, 10, 64)
	if err != nil || CreditAccount(buyer) != a {
		return 0, false
	}
	return buyer, true
}

// Credits is what buyers have with the shop.
type Credits interface {
	// Balance is a buyer's credit, zero for somebody nobody knows.
	Balance(ctx context.Context, buyer int64) (Money, error)
	// Movements lists what moved it, newest first, and how many there are.
	Movements(ctx context.Context, buyer int64, offset, limit int) ([]Movement, int, error)
}

// Movement is one line of a buyer's credit.
type Movement struct {
	At      Stamp
	Number  Number // the order it belongs to; another buyer's when it came from there
	Key     string // posting key without the order's number: "credit/12500000"
	Amount  Money  // negative: taken from the credit
	Balance Money  // after it
}

// Desk is what admins see of all orders.
type Desk interface {
	// Waiting lists held orders, the one held longest first, and how many
	// there are.
	Waiting(ctx context.Context, offset, limit int) ([]Order, int, error)
}

// Switch stops and starts all sales.
type Switch interface {
	// SetSales replaces what was set before.
	SetSales(ctx context.Context, s Sales) error
	// Sales returns what was set last; the zero value sells.
	Sales(ctx context.Context) (Sales, error)
}

// Sales says whether the shop sells, who decided that, and when.
type Sales struct {
	Off bool
	By  int64 // chat of the admin
	At  Stamp
}

// Standing is what a checkout has to know of the whole shop.
type Standing struct {
	Reserved map[string]Money // what open orders will still cost, per supplier
	Sales    Sales
}

// Clearing carries store credit from one buyer's orders to another buyer: a
// posting to somebody else's credit waits at the clearing account until the
// receiver has it.
type Clearing interface {
	// Clear moves everything on its way to where it belongs, each posting once,
	// and says how much that was. Idempotent; a crash loses and doubles nothing.
	Clear(ctx context.Context) (moved int, err error)
}
