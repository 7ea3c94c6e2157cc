package sim

import (
	"context"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"giftbot/order"
)

// nagMost is how often one order is held for one reason, beside once for every
// time that an admin has it tried again. Of money that a chain takes back, once
// for every fall.
const nagMost = 3

// tale is what the world knows of one order.
type tale struct {
	number   order.Number
	buyer    int64
	want     string
	plan     string
	account  []order.Part
	received map[string]decimal.Decimal // by gateway, less what has fallen
	fallen   decimal.Decimal            // confirmed once, and gone with its chain
	returned decimal.Decimal            // surplus that the payer claimed back
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
	j.payouts()
	j.leftovers()
	j.secrets()
	j.wrong = append(j.wrong, w.breaches...)
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
		if err != nil && j.wish(j.tales[n]) {
			delete(j.tales, n)
			continue
		}
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

// wish reports whether an order was nothing but the wish to have credit sent,
// and went with what Redis lost: the credit it held is back, and no gateway has
// ever heard of it. Whoever wished it sees that, and asks again (order/doc.go).
func (j *judgement) wish(t *tale) bool {
	if j.w.losses == 0 || t.want != wantPayout || len(j.w.withdrawals()[payoutName(t.number, 1)]) > 0 || t.payments > 0 {
		return false
	}
	j.w.tally.kind("redis: a wish for a payout is lost")
	return true
}

func (t *tale) paid() decimal.Decimal {
	sum := decimal.Zero
	for _, amount := range t.received {
		sum = sum.Add(amount)
	}
	return sum
}

// saw reports whether the buyer has what counts as delivered of a line.
func (t *tale) saw(i int) bool {
	l := t.stored.Lines[i]
	return l.Kind == order.KindTopUp || len(t.lines[i].shown) >= l.Got
}

// news counts what an order may ring its buyer for, besides its goods.
func (t *tale) news() int {
	n := 0
	for _, m := range t.stored.Timeline {
		switch m.What {
		case "credited", "short", "held", "payout", "paid_out", "payout_dropped", "payout_refused":
			n++
		}
	}
	return n
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
	reachable := !j.w.blocked[t.buyer]
	complete, _ := t.complete()
	j.unpaid(t)
	for i := range t.stored.Lines {
		j.line(t, i)
		if l := t.stored.Lines[i]; l.Got > 0 && reachable && t.alerts == 0 && !t.saw(i) {
			j.fail("lost: %s (%s) has %d pieces, not all of them were seen, no alert (%s)", t.number, t.want, l.Got, t.stored.Status)
		}
	}
	for _, l := range t.letters {
		j.letter(t, l, reachable)
	}
	if most := 1 + j.w.crashCount + j.w.outages; t.pings > most+t.news() {
		j.fail("pings: %d for %s, %d news, %d crashes and outages", t.pings, t.number, t.news(), most-1)
	}
	j.nagged(t)
	j.met(t.stored)
	j.settled(t, complete, reachable)
}

// met counts which rows of the payment table, and which ends of payouts, the
// story has seen.
func (j *judgement) met(o order.Order) {
	for _, f := range o.Flags {
		j.w.tally.kind("order: " + string(f))
	}
	for _, m := range o.Timeline {
		switch m.What {
		case "held":
			j.w.tally.kind("held: " + m.Note)
		case "short", "over", "twice", "fell", "credit_used", "credited", "given_up", "by_hand", "again", "bought_twice":
			j.w.tally.kind("money: " + m.What)
		}
	}
	for _, p := range o.Payouts {
		j.w.tally.kind("payout: " + string(p.State))
	}
	if o.Forgiven > 0 {
		j.w.tally.kind("money: forgiven")
	}
}

// nagged judges that admins are not asked again and again about what they have
// dealt with.
func (j *judgement) nagged(t *tale) {
	times, again := map[string]int{}, 0
	for _, m := range t.stored.Timeline {
		switch m.What {
		case "held":
			times[m.Note]++
		case "again": // an admin has it tried again, and hears what comes of it
			again++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(times)) {
		most := nagMost
		if why == string(order.ReasonLower) {
			most = max(most, j.w.deedsOf(t.number).falls)
		}
		if times[why] > most+again {
			j.fail("nagged: %s was held %d times for %s", t.number, times[why], why)
		}
	}
}

// unpaid judges that nothing was bought for money that never was there: a chain
// may take it back later.
func (j *judgement) unpaid(t *tale) {
	o, live := t.stored, order.Money(0)
	for i, l := range o.Lines {
		if slices.ContainsFunc(t.lines[i].purchases, func(p purchase) bool { return p.live }) || len(t.lines[i].shown) > 0 {
			live += l.UnitPrice.Times(l.Quantity)
		}
	}
	dust := decimal.New(int64(t.payments), -6) // what fell is rounded on its own
	had := t.paid().Add(dust).Add(t.fallen).Add(o.CreditUsed().Decimal()).Add(t.hand()).Add(j.w.tolerance.Decimal())
	if live > 0 && had.LessThan(live.Decimal()) {
		j.fail("unpaid goods: %s has goods of %s for %s", t.number, live, had)
	}
}

// hand is what admins confirmed by hand, as the order has it.
func (t *tale) hand() decimal.Decimal {
	sum := order.Money(0)
	for _, p := range t.stored.Payments {
		if p.Gateway == order.HandGateway {
			sum += p.Seen
		}
	}
	return sum.Decimal()
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
	if len(seen.shown) > l.Quantity {
		j.fail("doubled: line %d of %s shows %d pieces for %d", i, t.number, len(seen.shown), l.Quantity)
	}
	back := slices.ContainsFunc(l.Attempts, func(a order.Attempt) bool { return a.Outcome == order.OutcomeBack })
	if live > 0 && l.State == order.LineFailed && l.Credited > 0 && !back && !j.w.deedsOf(t.number).gaveUp {
		j.fail("refund: line %d of %s was bought, and its price went back", i, t.number)
	}
	if live > 1 && !j.w.deedsOf(t.number).gaveUp {
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

// settled judges whether an order ended, or waits for somebody who knows.
func (j *judgement) settled(t *tale, complete, reachable bool) {
	o := t.stored
	end := string(o.Status)
	switch {
	case o.Held():
		end = "held, " + end
		if t.alerts == 0 {
			j.fail("silent: %s is held (%s), nobody was alerted", t.number, o.Reason)
		}
	case j.waitsForBuyer(o):
		end = "the buyer's turn, " + end
	case paysOut(o):
		j.fail("stuck: the payout of %s is %s", t.number, o.Payouts[len(o.Payouts)-1].State)
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
	exact := t.payments == 1 && t.paid().Equal(o.Total.Decimal()) && (t.plan == "pay" || t.plan == "pay and ask")
	if j.w.rough <= 2 && j.w.rich() && exact && reachable && !complete && !t.nobodys() && o.Reason != order.ReasonStock && len(o.Timeline) > 0 && !decided(o) {
		j.fail("needless: %s (%s) was paid exactly in a quiet world, and is %s %s", t.number, t.want, o.Status, o.Reason)
	}
	j.told(t, reachable)
}

// decided reports whether a person had a part in how the order went.
func decided(o order.Order) bool {
	return slices.ContainsFunc(o.Timeline, func(m order.Moment) bool { return m.By != 0 })
}

func paysOut(o order.Order) bool {
	_, _, open := o.OpenPayout()
	return open
}

// waitsForBuyer reports whether only the buyer can go on: with an address, for
// two weeks, or with a choice about too little, for as long as they may choose.
func (j *judgement) waitsForBuyer(o order.Order) bool {
	if p, _, open := o.OpenPayout(); open {
		return p.State == order.PayoutWanted && time.Since(p.AskedAt.Time()) < 14*24*time.Hour
	}
	return tooLittle(o) && time.Now().Before(o.ChooseUntil().Add(time.Hour))
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
	case o.Held() && !aboutPayout(o):
		want = []string{"🤝"}
	case o.Status == order.Expired:
		want = []string{"⌛"}
	case o.Status == order.Cancelled:
		want = []string{"cancelled"}
	}
	j.sums(t, last)
	said := slices.ContainsFunc(want, func(word string) bool { return strings.Contains(last, word) })
	if !said || !strings.Contains(last, t.number.Pretty()) {
		j.fail("told: %s (%s) is %s, its message says %q", t.number, t.want, o.Status, last)
	}
}

// aboutPayout reports whether an order is held for its payout alone.
func aboutPayout(o order.Order) bool {
	return !slices.ContainsFunc(o.Doubts, func(r order.Reason) bool { return !strings.HasPrefix(string(r), "payout_") })
}

// sums judges that the message names what is missing, and what became of money
// that was not for goods.
func (j *judgement) sums(t *tale, said string) {
	o := t.stored
	var want []order.Money
	if tooLittle(o) {
		want = append(want, o.Missing(), o.Left())
	}
	if p, _, open := o.OpenPayout(); open {
		want = append(want, p.Amount)
	}
	for _, sum := range want {
		if !strings.Contains(said, sum.String()) {
			j.fail("told: %s (%s) is %s, its message does not name %s: %q", t.number, t.want, o.Status, sum, said)
		}
	}
	credit, parts := decimal.Zero, 0
	for _, found := range creditOf.FindAllStringSubmatch(said, -1) {
		if sum, err := decimal.NewFromString(strings.ReplaceAll(found[1], ",", "")); err == nil {
			credit, parts = credit.Add(sum), parts+1
		}
	}
	if off := credit.Sub(o.Returned.Decimal()).Abs(); off.GreaterThan(decimal.New(int64(parts), -2)) {
		j.fail("told: %s (%s) gave %s to the credit, its message says %s: %q", t.number, t.want, o.Returned, credit, said)
	}
}

// creditOf finds what a message says is on the credit: fractions of a cent are
// not written.
var creditOf = regexp.MustCompile(`\$([0-9.,]*[0-9]),? is on your credit`)

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
