package sim

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// tale is what the world knows of one order.
type tale struct {
	number   order.Number
	buyer    int64
	want     string
	plan     string
	account  []order.Part
	asked    decimal.Decimal            // at the gateways
	received map[string]decimal.Decimal // by gateway
	odd      bool                       // a coin that cannot be valued
	payments int
	untold   int // paid links that no webhook ever told of
	lines    []*lineTale
	letters  []letter
	alerts   int
	pings    int
	stored   order.Order
}

// lineTale is what the suppliers' books and the chats say about one line.
type lineTale struct {
	purchases []purchase
	shown     map[string]bool // pieces its buyer saw under its number
}

// purchase is one order at a supplier, in its own words.
type purchase struct {
	id   string
	live bool // it took money, or still may
	done bool // there are goods
	cost decimal.Decimal
}

// letter is a callback with cards that was answered 200.
type letter struct {
	line, attempt int
	pieces        []string
}

// secret is a text that only one buyer may see.
type secret struct {
	tale  *tale
	line  int
	piece string
	wrong string // what is wrong with it, "" for good ones
}

// judgement collects what is wrong.
type judgement struct {
	w       *world
	tales   map[order.Number]*tale
	codes   map[string]secret
	doubled map[string]bool   // codes a supplier sold twice
	seen    map[string]string // code → chat it was shown in
	wrong   []string
}

func (j *judgement) fail(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

// verdict compares the sandbox's books and what people saw with the promises
// of DESIGN §1, and our own records with them.
func (w *world) verdict() []string {
	j := &judgement{w: w, tales: map[order.Number]*tale{}, codes: map[string]secret{}, doubled: map[string]bool{}, seen: map[string]string{}}
	j.fromPeople()
	j.fromHosted()
	j.fromCoins()
	j.fromStore()
	j.fromVouchers()
	j.fromGate()
	j.fromMinter()
	j.fromChats()
	for _, n := range slices.Sorted(maps.Keys(j.tales)) {
		j.order(j.tales[n])
	}
	j.money()
	j.leftovers()
	j.secrets()
	for _, breach := range w.locks.breaches {
		j.fail("permit: %s", breach)
	}
	return j.wrong
}

func (j *judgement) tale(n order.Number) *tale {
	if j.tales[n] == nil {
		j.tales[n] = &tale{number: n, received: map[string]decimal.Decimal{}}
	}
	return j.tales[n]
}

func (j *judgement) fromPeople() {
	for _, b := range j.w.buyers {
		for _, v := range b.visits {
			t := j.tale(v.number)
			t.buyer, t.plan, t.want, t.account = b.id, v.plan, v.want, v.account
		}
		if len(b.visits) > b.intended {
			j.fail("doubled: %d placed %d orders and has %d", b.id, b.intended, len(b.visits))
		}
	}
}

func (j *judgement) fromStore() {
	for _, n := range slices.Sorted(maps.Keys(j.tales)) {
		o, err := j.w.oracle.Load(context.Background(), n)
		if err != nil {
			j.fail("lost: %s is known outside and not stored: %v", n, err)
			continue
		}
		t := j.tales[n]
		t.stored, t.buyer = o, o.Buyer
		for range o.Lines {
			t.lines = append(t.lines, &lineTale{shown: map[string]bool{}})
		}
	}
}

func (t *tale) paid() decimal.Decimal {
	sum := decimal.Zero
	for _, amount := range t.received {
		sum = sum.Add(amount)
	}
	return sum
}

// finished reports whether the buyer has all of a line.
func (t *tale) finished(i int) bool {
	l := t.stored.Lines[i]
	if l.Kind != order.KindTopUp {
		return len(t.lines[i].shown) >= l.Quantity
	}
	done := slices.ContainsFunc(t.lines[i].purchases, func(p purchase) bool { return p.done })
	return done && t.stored.Status == order.Delivered
}

// complete counts the lines that the buyer has, and those whose price went to
// the buyer's credit.
func (t *tale) complete() (complete, settled bool) {
	complete, settled = true, true
	for i, l := range t.stored.Lines {
		complete = complete && t.finished(i)
		settled = settled && (t.finished(i) || l.Credited > 0)
	}
	return complete, settled
}

// order judges one order's end.
func (j *judgement) order(t *tale) {
	if len(t.stored.Lines) == 0 {
		return
	}
	complete, settled := t.complete()
	reachable := !j.w.blocked[t.buyer]
	ready := t.stored.Status == order.Ready || t.stored.Status == order.Delivered
	switch {
	case t.paid().IsZero():
	case settled, t.alerts > 0:
	case !reachable && ready:
	default:
		j.fail("lost: %s (%s) received %s of %s: not all goods seen, no alert (%s)", t.number, t.want, t.paid(), t.asked, t.stored.Status)
	}
	for i := range t.stored.Lines {
		j.line(t, i)
	}
	for _, l := range t.letters {
		j.letter(t, l, reachable)
	}
	if most := 1 + j.w.crashCount + j.w.outages; t.pings > most {
		j.fail("pings: %d for %s, %d crashes and outages", t.pings, t.number, most-1)
	}
	j.settled(t, complete, reachable)
}

// line judges what was bought for one line, and shown.
func (j *judgement) line(t *tale, i int) {
	l, seen := t.stored.Lines[i], t.lines[i]
	live := 0
	for _, p := range seen.purchases {
		if p.live {
			live++
		}
	}
	if (live > 0 || len(seen.shown) > 0) && t.paid().LessThan(t.asked) {
		j.fail("unpaid goods: %s has %d purchases and shows %d pieces for %s of %s", t.number, live, len(seen.shown), t.paid(), t.asked)
	}
	if len(seen.shown) > l.Quantity {
		j.fail("doubled: line %d of %s shows %d pieces for %d", i, t.number, len(seen.shown), l.Quantity)
	}
	if live > 1 {
		j.fail("doubled: line %d of %s was bought %d times", i, t.number, live)
	}
}

// letter judges what became of a callback that was answered 200: its cards are
// with the buyer, or a person knows and can read them.
func (j *judgement) letter(t *tale, l letter, reachable bool) {
	line := t.stored.Lines[l.line]
	kept := line.State == order.LineGot || line.Credited > 0
	for _, a := range line.Attempts {
		kept = kept || len(a.Letters) > 0
	}
	for _, piece := range l.pieces {
		switch {
		case !kept:
			j.fail("lost: a callback brought %s for %s, was answered 200, and is not kept", piece, t.number)
		case t.lines[l.line].shown[piece], t.alerts > 0, line.Credited > 0, !reachable:
		default:
			j.fail("lost: a callback brought %s for %s, and nobody heard of it", piece, t.number)
		}
	}
}

// settled judges whether an order ended, and whether its buyer was told.
func (j *judgement) settled(t *tale, complete, reachable bool) {
	o := t.stored
	end := string(o.Status)
	switch {
	case o.Held():
		end = "held, " + end
		if t.alerts == 0 {
			j.fail("silent: %s is held (%s), nobody was alerted", t.number, o.Reason)
		}
	case o.Status == order.Delivered, o.Status == order.Expired, o.Status == order.Cancelled, o.Status == order.Refunded:
	case o.Status == order.Ready && !reachable:
	default:
		j.fail("stuck: %s (%s) is %s", t.number, t.want, o.Status)
	}
	j.w.tally.end(end, t.want)
	if o.Status == order.Delivered && !complete && !o.Held() && reachable && o.Credited() == 0 {
		j.fail("lost: %s (%s) counts as delivered, not all of it was seen", t.number, t.want)
	}
	// In a quiet world whoever pays exactly and in time gets the goods.
	exact := t.payments == 1 && t.paid().Equal(t.asked) && (t.plan == "pay" || t.plan == "pay and ask")
	if j.w.rough <= 2 && j.w.rich() && exact && reachable && !complete && !t.nobodys() && o.Reason != order.ReasonStock {
		j.fail("needless: %s (%s) was paid exactly in a quiet world, and is %s %s", t.number, t.want, o.Status, o.Reason)
	}
	j.told(t, reachable)
}

// rich reports whether the suppliers' balances covered everything.
func (w *world) rich() bool {
	return w.box.InfiniVoucher.Books().Wallet.Balance.GreaterThan(decimal.NewFromInt(1000)) &&
		w.box.Plexy.Books().Balances["USD"].GreaterThan(decimal.NewFromInt(100)) &&
		w.box.Plexy.Books().Balances["USDT"].GreaterThan(decimal.NewFromInt(100))
}

// nobodys reports whether the buyer typed an account that nobody has.
func (t *tale) nobodys() bool {
	return slices.ContainsFunc(t.account, func(p order.Part) bool { return p.Value == "unknown" })
}

// told compares the last thing the buyer sees with where the order is.
func (j *judgement) told(t *tale, reachable bool) {
	if !reachable || t.stored.Message == 0 {
		return
	}
	last := ""
	for _, m := range j.w.messages(t.buyer) {
		if m.ID == int64(t.stored.Message) {
			last = text(m)
		}
	}
	if strings.Contains(last, "cancel order") || strings.Contains(last, "Cancel order") || strings.Contains(last, "no longer be cancelled") {
		return // the buyer asked, and there is a way back
	}
	o := t.stored
	want := []string{""}
	switch {
	case o.Status == order.Delivered:
		want = []string{"🎉", "✅ Done", "🎁"}
	case o.Held():
		want = []string{"🤝"}
	case o.Status == order.Expired:
		want = []string{"⌛"}
	case o.Status == order.Cancelled:
		want = []string{"cancelled"}
	}
	said := slices.ContainsFunc(want, func(word string) bool { return strings.Contains(last, word) })
	if !said || !strings.Contains(last, t.number.Pretty()) {
		j.fail("told: %s (%s) is %s, its message says %q", t.number, t.want, o.Status, last)
	}
}

// leftovers judges what is still in Redis, or on a disk, after a day without
// anything.
func (j *judgement) leftovers() {
	ctx := context.Background()
	for _, vendor := range lockers() {
		held, err := j.w.oracle.Held(ctx, vendor)
		if err != nil {
			j.fail("permits: %v", err)
		}
		for _, p := range held {
			n, _, _, unreadable := order.ParsePermitOwner(p.Owner)
			if t := j.tales[n]; unreadable != nil || t == nil || t.alerts == 0 {
				j.fail("permit: %s of %s is held by %s", p.Lock, vendor, p.Owner)
			}
		}
	}
	due, _, err := j.w.oracle.Due(ctx, 100)
	if err != nil || len(due) > 0 {
		j.fail("stuck: due and not worked on: %v %v", due, err)
	}
	waiting, _, err := j.w.oracle.Announcements(ctx, 100)
	for _, a := range waiting {
		if !j.w.blocked[a.To] {
			j.fail("stuck: %s for %d about %s is not told", a.Kind, a.To, a.Number)
		}
	}
	if err != nil {
		j.fail("announcements: %v", err)
	}
	for _, r := range j.w.replicas {
		left, err := os.ReadDir(r.disk.dir)
		for _, file := range left {
			j.fail("stuck: %s lies on the disk of %s", file.Name(), r.name)
		}
		if err != nil {
			j.fail("disk: %v", err)
		}
	}
	for _, v := range j.w.chat.Violations() {
		if !strings.Contains(v.Reason, "never answered") {
			j.fail("Bot API: %s: %s", v.Method, v.Reason)
		}
	}
}
