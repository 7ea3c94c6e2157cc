package order_test

import (
	"fmt"
	"slices"
	"strings"

	"giftbot/order"
)

const (
	edgeStatuses = 10
	edgeKinds    = 40
)

var (
	pureStatuses = order.Statuses()
	pureKinds    = kindsOfTable()
)

// kindsOfTable lists the kinds of events that the status table knows.
func kindsOfTable() []order.EventKind {
	var list []order.EventKind
	for _, p := range order.Table() {
		if !slices.Contains(list, p.Event) {
			list = append(list, p.Event)
		}
	}
	return list
}

func statusIndex(s order.Status) int {
	for i := range pureStatuses {
		if pureStatuses[i] == s {
			return i
		}
	}
	return 0
}

func kindIndex(k order.EventKind) int {
	for i := range pureKinds {
		if pureKinds[i] == k {
			return i
		}
	}
	return 0
}

// cell is one edge of the status table with how often it was taken.
type cell struct {
	name string
	hits int
}

// cells lists every edge of the table in its order.
func (t *tally) cells() []cell {
	var list []cell
	for _, p := range order.Table() {
		for _, to := range p.To {
			name := fmt.Sprintf("%s --%s--> %s", p.From, p.Event, to)
			list = append(list, cell{name, t.edges[statusIndex(p.From)][kindIndex(p.Event)][statusIndex(to)]})
		}
	}
	return list
}

// table prints the edges, and every fault at every port.
func (t *tally) table() string {
	var b strings.Builder
	for _, c := range t.cells() {
		fmt.Fprintf(&b, "%9d  %s\n", c.hits, c.name)
	}
	fmt.Fprintf(&b, "\n%-10s %10s", "port", "calls")
	for f := failBefore; f < fateCount; f++ {
		fmt.Fprintf(&b, " %12.12s", fateNames[f])
	}
	for p := range portCount {
		fmt.Fprintf(&b, "\n%-10s %10d", ops[p], t.calls[p])
		for f := failBefore; f < fateCount; f++ {
			fmt.Fprintf(&b, " %12d", t.faults[p][f])
		}
	}
	return b.String()
}

// rare lists reachable edges, and faults at ports, that were met less than n times.
func (t *tally) rare(n int) []string {
	var list []string
	for _, c := range t.cells() {
		if _, never := unreachable[c.name]; !never && c.hits < n {
			list = append(list, fmt.Sprintf("%s: %d", c.name, c.hits))
		}
	}
	m := model{gate: gate{replays: true}, rolls: true}
	for p := range portCount {
		for f := failBefore; f < fateCount; f++ {
			if m.possible(f, p) && t.faults[p][f] < n {
				list = append(list, fmt.Sprintf("%s at %s: %d", fateNames[f], ops[p], t.faults[p][f]))
			}
		}
	}
	return list
}

// unreachable are the edges of the table that the pure model cannot take, and why.
var unreachable = func() map[string]string {
	list := map[string]string{
		"awaiting_payment --PayOutFails--> awaiting_payment": "a payout whose order Redis forgot the payment of: an admin approves none within the two seconds that get lost here",
		"ready --Shown--> ready":                             "whoever shows an order that is ready shows its goods: it is delivered (Engine.Shown)",
		"cancelled --Arrived--> cancelled":                   "an order with a purchase is not cancelled, and one that Redis forgot comes back from the journal before anything else is done",
		"cancelled --GiveUp--> cancelled":                    "only for what has arrived there",
	}
	for _, s := range pureStatuses {
		list[fmt.Sprintf("%s --%s--> %s", s, order.KindMet, s)] = "a link that Redis forgot for good: nobody can pay one within the two seconds that get lost here"
	}
	return list
}()
