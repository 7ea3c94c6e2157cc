package order

import "slices"

// NextOf is next for tests: the kind of the effect an order needs, and when.
func NextOf(o Order, now Stamp, done map[int]bool) (EffectKind, Stamp) {
	effect, at := next(o, now, turn{read: done}, DefaultRules())
	return effect.Kind, at
}

// Pair is one cell of the status table.
type Pair struct {
	From  Status
	Event EventKind
	To    []Status
}

// Table is the status table.
func Table() []Pair {
	var list []Pair
	for _, e := range table() {
		to := slices.DeleteFunc(slices.Clone(e.to[:]), func(s Status) bool { return s == "" })
		list = append(list, Pair{e.from, e.event, to})
	}
	return list
}

// Inside is what an order's rules go by, for tests.
type Inside struct {
	Needed, Kept, Spare, Fell Money
	Stopped                   bool
	SetAside                  Money // for payouts that are not done
}

// Look returns what an order's rules go by.
func Look(o Order) Inside {
	in := Inside{Needed: o.needed(), Kept: o.kept(), Spare: o.spare(), Fell: o.fell(), Stopped: o.stopped()}
	for _, p := range o.Payouts {
		if p.open() {
			in.SetAside += p.Amount
		}
	}
	return in
}
