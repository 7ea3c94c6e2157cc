package ordertest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"giftbot/order"
)

// Supplier is a seller of codes with books of its own: every purchase ever
// made there, and by which key. It remembers a key for 24 hours, then it has
// forgotten it and sells again.
type Supplier struct {
	Name    string
	Price   order.Money
	Stock   int
	Balance order.Money
	Frozen  bool
	Away    bool // answers nothing, and sells nothing

	// Usual is how every purchase goes that no answer was scripted for.
	Usual Answer
	// Asked is told of every purchase call before it is looked at; may be nil.
	Asked func(p order.Purchase)

	clock  *Clock
	terms  order.SupplierTerms
	named  bool // keeps our references: its books find a purchase by them
	proofs bool // hands over a number instead of a code, and pays back what failed
	sales  []*Sale
	keys   map[string]*Sale
	script []Answer
	fails  map[string][]error
	drawn  int
}

// Sale is one purchase in the supplier's own books.
type Sale struct {
	External, Key, Item string
	Reference           string
	Quantity            int
	Codes               []string
	Total               order.Money
	At, Until           order.Stamp // made; under way until then
	Pending, Failed     bool        // pending for ever; failed, once it is not under way

	owner *Supplier
}

// Answer scripts one purchase call. The zero Answer sells properly.
type Answer struct {
	Err     error // returned, nothing sold
	Lost    bool  // sold, and answered by an error of the server
	Pending bool  // sold, codes come later (Sale.Pending = false)
	Failed  bool  // taken on, then failed
	Fewer   int   // so many codes less than paid for
	Same    bool  // every code is the same
	Twice   bool  // ignores the key: sells once more

	Takes time.Duration // taken on, and finished so much later
}

const keyMemory = 24 * time.Hour

// NewSupplier returns a supplier with plenty of everything.
func NewSupplier(clock *Clock) *Supplier {
	return &Supplier{
		Name: SupplierName, clock: clock, Price: Amount("9"), Stock: 1000, Balance: Amount("100000"),
		keys: make(map[string]*Sale), fails: make(map[string][]error),
		terms: order.SupplierTerms{Sends: 4, Window: 10 * time.Second, ReplayFor: 23 * time.Hour, ConflictMax: 3},
	}
}

// NewTopUps returns a seller of top-ups (plexy sheet): one piece a purchase,
// taken on and finished within half a minute, found again by our reference.
func NewTopUps(clock *Clock) *Supplier {
	s := NewSupplier(clock)
	s.Name, s.named, s.proofs, s.Usual = TopUpName, true, true, Answer{Takes: 20 * time.Second}
	s.terms = order.SupplierTerms{
		Sends: 2, Window: time.Second, ReplayFor: 23 * time.Hour, ConflictMax: 3, Pieces: 1, Frees: true, Patience: 30 * time.Minute,
		Lock: func(item string) string {
			_, currency, _ := strings.Cut(item, "@")
			return "currency:" + currency
		},
	}
	return s
}

// Answers scripts the next purchase calls; after them every call is proper.
func (s *Supplier) Answers(list ...Answer) { s.script = append(s.script, list...) }

// Fail makes the next calls of an operation ("find", "status", "cost") return
// these errors; a nil lets one call pass.
func (s *Supplier) Fail(op string, errs ...error) { s.fails[op] = append(s.fails[op], errs...) }

// Forget drops what is left of the script.
func (s *Supplier) Forget() { s.script, s.fails = nil, make(map[string][]error) }

// Sales is every purchase ever made.
func (s *Supplier) Sales() []*Sale { return s.sales }

func (s *Supplier) scripted(op string) error {
	if s.Away {
		return refuse(op, order.CodeNotSent)
	}
	list := s.fails[op]
	if len(list) == 0 {
		return nil
	}
	s.fails[op] = list[1:]
	return list[0]
}

func (s *Supplier) buy(p order.Purchase) (order.Receipt, error) {
	if s.Asked != nil {
		s.Asked(p)
	}
	a := s.Usual
	if len(s.script) > 0 {
		a, s.script = s.script[0], s.script[1:]
	}
	if s.Away {
		return order.Receipt{}, refuse("buy", order.CodeNotSent)
	}
	if a.Err != nil {
		return order.Receipt{}, a.Err
	}
	if known := s.keys[p.Key]; known != nil && s.clock.Stamp().Since(known.At) < keyMemory && !a.Twice {
		return s.answer(known, a)
	}
	total := s.Price.Times(p.Quantity)
	switch {
	case s.Frozen:
		return order.Receipt{}, refuse("buy", order.CodeFrozen)
	case s.Stock < p.Quantity:
		return order.Receipt{}, refuse("buy", order.CodeStock)
	case s.Balance < total:
		return order.Receipt{}, refuse("buy", order.CodeFunds)
	}
	return s.answer(s.sell(p, a, total), a)
}

func (s *Supplier) sell(p order.Purchase, a Answer, total order.Money) *Sale {
	s.Stock -= p.Quantity
	s.Balance -= total
	sale := &Sale{
		External: fmt.Sprintf("%s-%d", s.Name[:3], len(s.sales)+1), Key: p.Key, Reference: p.Reference, Item: p.Item, Quantity: p.Quantity,
		Total: total, At: s.clock.Stamp(), Until: s.clock.Stamp().Add(a.Takes), Pending: a.Pending, Failed: a.Failed, owner: s,
	}
	for range p.Quantity - a.Fewer {
		if !a.Same || len(sale.Codes) == 0 {
			s.drawn++
		}
		sale.Codes = append(sale.Codes, fmt.Sprintf("CODE-%s-%06d", s.Name[:3], s.drawn))
	}
	s.sales = append(s.sales, sale)
	s.keys[p.Key] = sale
	return sale
}

func (s *Supplier) answer(sale *Sale, a Answer) (order.Receipt, error) {
	if a.Lost {
		return order.Receipt{}, lost("buy", nil)
	}
	return receipt(sale), nil
}

// underway reports whether the supplier has not finished a purchase.
func (s *Sale) underway() bool { return s.Pending || s.owner.clock.Stamp() < s.Until }

// failed reports whether a purchase has failed.
func (s *Sale) failed() bool { return s.Failed && !s.underway() }

// taken is what the purchase took from our account for good.
func (s *Sale) taken() order.Money {
	if s.failed() && s.owner.proofs {
		return 0
	}
	return s.Total
}

func receipt(sale *Sale) order.Receipt {
	r := order.Receipt{
		External: sale.External, Item: sale.Item, Quantity: sale.Quantity, Total: sale.taken(),
		Pending: sale.underway(), Failed: sale.failed(),
	}
	if r.Pending || r.Failed {
		return r
	}
	for _, c := range sale.Codes {
		if sale.owner.proofs {
			r.Pieces = append(r.Pieces, order.Piece{Proof: c})
			continue
		}
		r.Pieces = append(r.Pieces, order.Piece{Code: c})
	}
	if len(sale.Codes) != sale.Quantity || !distinct(sale.Codes) {
		r.Mismatch = []string{"codes"}
	}
	return r
}

func distinct(codes []string) bool {
	seen := make(map[string]bool, len(codes))
	for _, c := range codes {
		seen[c] = true
	}
	return len(seen) == len(codes)
}

// find is what the contract sheet's reconciliation can do: item, quantity and
// time, less what belongs to others (infinivoucher sheet §6 rule 5).
func (s *Supplier) find(p order.Purchase, owned func(string) (bool, error)) (order.Receipt, error) {
	var found []*Sale
	for _, sale := range s.sales {
		if s.named && sale.Reference != p.Reference {
			continue
		}
		if sale.Item != p.Item || sale.Quantity != p.Quantity || sale.At < p.FirstSentAt.Add(-2*time.Minute) {
			continue
		}
		theirs, err := owned(sale.External)
		if err != nil {
			return order.Receipt{}, err
		}
		if !theirs {
			found = append(found, sale)
		}
	}
	switch len(found) {
	case 0:
		return order.Receipt{}, refuse("find", order.CodeUnknown)
	case 1:
		return receipt(found[0]), nil
	default:
		return order.Receipt{}, refuse("find", order.CodeUnclear)
	}
}

// supplierView is the supplier as one process reaches it.
type supplierView struct {
	w *Supplier
	g *Gate
}

// View connects one process to the supplier.
func (s *Supplier) View(g *Gate) order.Supplier { return supplierView{s, g} }

func (v supplierView) Buy(_ context.Context, p order.Purchase) (order.Receipt, error) {
	return pass(v.g, "buy", func() (order.Receipt, error) { return v.w.buy(p) })
}

func (v supplierView) Find(_ context.Context, p order.Purchase, owned func(string) (bool, error)) (order.Receipt, error) {
	return pass(v.g, "find", func() (order.Receipt, error) {
		if err := v.w.scripted("find"); err != nil {
			return order.Receipt{}, err
		}
		return v.w.find(p, owned)
	})
}

func (v supplierView) Read(_ context.Context, _ order.Purchase, external string) (order.Receipt, error) {
	return pass(v.g, "status", func() (order.Receipt, error) {
		if err := v.w.scripted("status"); err != nil {
			return order.Receipt{}, err
		}
		for _, sale := range v.w.sales {
			if sale.External == external {
				return receipt(sale), nil
			}
		}
		return order.Receipt{}, refuse("status", order.CodeUnknown)
	})
}

func (v supplierView) Cost(_ context.Context, wanted order.Wanted) (order.Money, error) {
	return pass(v.g, "cost", func() (order.Money, error) {
		if err := v.w.scripted("cost"); err != nil {
			return 0, err
		}
		if v.w.Stock < wanted.Quantity {
			return 0, refuse("cost", order.CodeStock)
		}
		return v.w.Price, nil
	})
}

func (v supplierView) Terms() order.SupplierTerms { return v.w.terms }
