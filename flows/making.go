package flows

import (
	"time"

	"giftbot/order"
)

// making is what is known about goods that are being bought.
type making struct {
	got, wanted int
	accepted    bool        // the supplier took it on
	since       order.Stamp // of the oldest purchase under way, 0 for none
	usual       time.Duration
}

func makingOf(o order.Order) making {
	var m making
	m.got, m.wanted = pieces(o)
	for _, l := range o.Lines {
		a, ok := l.Last()
		if !ok || l.State != order.LineBuying && l.State != order.LineUnclear {
			continue
		}
		since := a.FirstSentAt
		if a.AcceptedAt > 0 {
			m.accepted, since = true, a.AcceptedAt
		}
		if m.since == 0 || since < m.since {
			m.since = since
		}
		m.usual = max(m.usual, time.Duration(l.Usual)*time.Second)
	}
	return m
}

// next is the piece that is being bought: "2 of 3".
func (m making) next() int { return min(m.got+1, m.wanted) }

// buying says how far the goods are.
func buying(o order.Order, now order.Stamp) []Text {
	m := makingOf(o)
	blocks := []Text{t("status.paid", "received", o.Received())}
	if o.Flags.Has(order.FlagLate) {
		blocks = append(blocks, t("status.late"))
	}
	if o.Flags.Has(order.FlagSupplierDown) || o.Flags.Has(order.FlagUnclear) {
		return append(blocks, t("status.slow"))
	}
	work := workText(o, m)
	if tick := m.tick(now); tick.Key != "" {
		work = lines(work, tick)
	}
	return append(blocks, work)
}

func workText(o order.Order, m making) Text {
	switch kindOf(o) {
	case order.KindTopUp:
		what := thingIn(o.Lines[0]).text()
		if m.accepted {
			return t("status.topping_accepted", "what", what)
		}
		return t("status.topping", "what", what)
	case order.KindCard:
		network := thingIn(o.Lines[0]).network()
		if m.wanted == 1 {
			return t("status.making_one", "network", network)
		}
		return t("status.making", "network", network, "next", m.next(), "wanted", m.wanted)
	default:
		return codeWork(m)
	}
}

func codeWork(m making) Text {
	switch {
	case m.accepted && m.wanted == 1:
		return t("status.accepted_one")
	case m.accepted:
		return t("status.accepted", "next", m.next(), "wanted", m.wanted)
	case m.wanted == 1:
		return t("status.buying_one")
	default:
		return t("status.buying", "next", m.next(), "wanted", m.wanted)
	}
}

// tick says how long it usually takes and how long it took so far.
func (m making) tick(now order.Stamp) Text {
	passed := now.Since(m.since).Truncate(5 * time.Second)
	over := m.since > 0 && passed > 0
	switch {
	case m.usual > 0 && over:
		return t("status.usual_so_far", "usual", spanText(m.usual), "passed", spanText(passed))
	case m.usual > 0:
		return t("status.usual", "usual", spanText(m.usual))
	case m.accepted && passed >= time.Minute:
		return t("status.so_far", "passed", spanText(passed))
	default:
		return Text{}
	}
}

// spanText is a length of time in its largest whole unit.
func spanText(d time.Duration) Text {
	switch {
	case d < time.Minute:
		return n("span.seconds", int(d/time.Second))
	case d < 2*time.Hour:
		return n("span.minutes", int(d/time.Minute))
	default:
		return n("span.hours", int(d/time.Hour))
	}
}

// readyText says what is there.
func readyText(o order.Order, shown bool) Text {
	got, wanted := pieces(o)
	switch kind := kindOf(o); {
	case got < wanted && lostOf(o) > 0:
		return t("status.ready_some", "got", got, "wanted", wanted)
	case got < wanted:
		return t("status.ready_part", "got", got, "wanted", wanted)
	case kind == order.KindTopUp && shown:
		return t("status.topped", "what", toppedText(o))
	case kind == order.KindTopUp:
		return t("status.topped_hidden", "what", toppedText(o))
	case kind == order.KindCard:
		return n("status.card_hidden", wanted)
	case shown:
		return n("status.ready", wanted)
	default:
		return n("status.ready_hidden", wanted)
	}
}

// toppedText is what a top-up brought, several of them with their number.
func toppedText(o order.Order) Text {
	x := thingIn(o.Lines[0])
	if _, wanted := pieces(o); wanted > 1 {
		return t("order.line", "name", x.amount(), "quantity", wanted)
	}
	return x.amount()
}
