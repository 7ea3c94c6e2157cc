package sim

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"giftbot/order"
	"giftbot/sandbox/infinivoucher"
)

// attemptsMost is how many attempts of one line the verdict knows the keys of.
const attemptsMost = 12

// tale is what the world knows of one order.
type tale struct {
	number   order.Number
	buyer    int64
	asked    decimal.Decimal // at the gateway
	received decimal.Decimal
	odd      bool // a coin that cannot be valued
	payments int
	plan     string
	bought   []infinivoucher.OrderBook
	shown    map[string]bool // codes its buyer saw under its number
	alerts   int
	pings    int
	stored   order.Order
}

// judgement collects what is wrong.
type judgement struct {
	w       *world
	tales   map[order.Number]*tale
	keys    map[string]*tale  // purchase key → order
	codes   map[string]*tale  // code → order it was bought for
	doubled map[string]bool   // codes the supplier sold twice
	seen    map[string]string // code → chat it was shown in
	wrong   []string
}

func (j *judgement) fail(format string, args ...any) {
	j.wrong = append(j.wrong, fmt.Sprintf(format, args...))
}

// verdict compares the sandbox's books and what people saw with the promises
// of DESIGN §1, and our own records with them.
func (w *world) verdict() []string {
	j := &judgement{
		w: w, tales: map[order.Number]*tale{}, keys: map[string]*tale{}, codes: map[string]*tale{},
		doubled: map[string]bool{}, seen: map[string]string{},
	}
	j.fromPeople()
	j.fromGateway()
	j.fromSupplier()
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
		j.tales[n] = &tale{number: n, shown: map[string]bool{}}
	}
	return j.tales[n]
}

func (j *judgement) fromPeople() {
	for _, b := range j.w.buyers {
		for _, v := range b.visits {
			t := j.tale(v.number)
			t.buyer, t.plan = b.id, v.plan
		}
		if len(b.visits) > b.intended {
			j.fail("doubled: %d placed %d orders and has %d", b.id, b.intended, len(b.visits))
		}
	}
}

func (j *judgement) fromGateway() {
	for _, o := range j.w.box.Infini.Books().Orders {
		n, _, err := order.ParseReference(o.ClientReference)
		if err != nil {
			j.fail("gateway: reference %q is none of ours", o.ClientReference)
			continue
		}
		t := j.tale(n)
		t.asked = o.Amount
		t.received = t.received.Add(o.AmountConfirmed)
		t.payments += len(o.Payments)
		t.odd = t.odd || slices.Contains(o.ExceptionTags, "wrong_currency")
	}
}

func (j *judgement) fromSupplier() {
	oracle := context.Background()
	for n, t := range j.tales {
		o, err := j.w.oracle.Load(oracle, n)
		if err != nil {
			j.fail("lost: %s is known outside and not stored: %v", n, err)
			continue
		}
		t.stored = o
		if t.buyer == 0 {
			t.buyer = o.Buyer
		}
		for i, l := range o.Lines {
			for attempt := range attemptsMost {
				j.keys[order.PurchaseKey("7000000001", n, i, attempt+1, l.Item, l.Quantity)] = t
			}
		}
	}
	for _, o := range j.w.box.InfiniVoucher.Books().Orders {
		t := j.keys[o.IdempotencyKey]
		if t == nil {
			j.fail("doubled: purchase %s of %s belongs to no order", o.ID, o.ProductName)
			continue
		}
		t.bought = append(t.bought, o)
		for _, code := range o.Codes {
			if other := j.codes[code]; other != nil && other != t {
				j.doubled[code] = true
			}
			j.codes[code] = t
		}
	}
}

// fromChats reads every message the bot ever showed, edits included.
func (j *judgement) fromChats() {
	code := regexp.MustCompile(`[A-Z2-7]{4}(-[A-Z2-7]{4}){3}`)
	number := regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`)
	for _, c := range j.w.chat.Calls() {
		if c.Code != 200 || c.Method != "sendMessage" && c.Method != "editMessageText" {
			continue
		}
		text := c.Params["text"]
		about := j.about(number.FindString(text))
		for _, found := range code.FindAllString(text, -1) {
			j.showed(about, c.Params["chat_id"], found)
		}
		if about == nil {
			continue
		}
		switch {
		case strings.Contains(text, "needs a person"):
			about.alerts++
		case c.Method == "sendMessage" && strings.HasPrefix(text, "🎉 Your"):
			about.pings++
		}
	}
}

func (j *judgement) about(pretty string) *tale {
	n, err := order.ParseNumber(pretty)
	if err != nil {
		return nil
	}
	return j.tales[n]
}

// showed judges one code in one message.
func (j *judgement) showed(about *tale, chat, code string) {
	owner := j.codes[code]
	switch {
	case owner == nil:
		j.fail("codes: %s shown in %s was never sold to us", code, chat)
		return
	case j.doubled[code]: // the supplier sold it to two orders: nobody else can know
		j.w.tally.kind("supplier sold one code to two orders, shown")
	case about != owner:
		j.fail("codes: %s of %s shown under another order", code, owner.number)
	case j.seen[code] != "" && j.seen[code] != chat:
		j.fail("codes: %s of %s shown in two chats", code, owner.number)
	}
	j.seen[code] = chat
	if about == nil || chat != strconv.FormatInt(about.buyer, 10) {
		j.fail("codes: a code of %s shown to %s", owner.number, chat)
		return
	}
	about.shown[code] = true
}

// order judges one order's end.
func (j *judgement) order(t *tale) {
	if len(t.stored.Lines) == 0 {
		return
	}
	wanted := t.stored.Lines[0].Quantity
	complete := len(t.shown) >= wanted
	reachable := !j.w.blocked[t.buyer]
	ready := t.stored.Status == order.Ready || t.stored.Status == order.Delivered
	switch {
	case t.received.IsZero():
	case complete, t.alerts > 0:
	case !reachable && ready:
	default:
		j.fail("lost: %s received %s of %s: %d of %d codes seen, no alert (%s)", t.number, t.received, t.asked, len(t.shown), wanted, t.stored.Status)
	}
	if len(t.shown) > 0 && t.received.LessThan(t.asked) {
		j.fail("unpaid goods: %s shows codes for %s of %s", t.number, t.received, t.asked)
	}
	if len(t.shown) > wanted {
		j.fail("doubled: %s shows %d codes for %d", t.number, len(t.shown), wanted)
	}
	paidFor := 0
	for _, o := range t.bought {
		if o.Status != "FAILED" {
			paidFor++
		}
	}
	if paidFor > 1 {
		j.fail("doubled: %s bought %d times", t.number, paidFor)
	}
	if most := 1 + j.w.crashCount + j.w.outages; t.pings > most {
		j.fail("pings: %d for %s, %d crashes and outages", t.pings, t.number, most-1)
	}
	j.settled(t, complete, reachable)
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
	case o.Status == order.Delivered, o.Status == order.Expired, o.Status == order.Cancelled:
	case o.Status == order.Ready && !reachable:
	default:
		j.fail("stuck: %s is %s", t.number, o.Status)
	}
	j.w.tally.end(end)
	if o.Status == order.Delivered && !complete && !o.Held() && reachable {
		j.fail("lost: %s counts as delivered, %d codes seen", t.number, len(t.shown))
	}
	// In a quiet world whoever pays exactly and in time gets the goods.
	exact := t.payments == 1 && t.received.Equal(t.asked) && (t.plan == "pay" || t.plan == "pay and ask")
	rich := j.w.box.InfiniVoucher.Books().Wallet.Balance.GreaterThan(decimal.NewFromInt(1000))
	if j.w.rough <= 2 && rich && exact && reachable && !complete {
		j.fail("needless: %s was paid exactly in a quiet world, and is %s %s", t.number, o.Status, o.Reason)
	}
	j.told(t, reachable)
}

// told compares the last thing the buyer sees with where the order is.
func (j *judgement) told(t *tale, reachable bool) {
	if !reachable || t.stored.Message == 0 {
		return
	}
	last := ""
	for _, m := range j.w.messages(t.buyer) {
		if m.ID == int64(t.stored.Message) {
			last = m.Text
		}
	}
	if strings.Contains(last, "cancel order") || strings.Contains(last, "Cancel order") || strings.Contains(last, "no longer be cancelled") {
		return // the buyer asked, and there is a way back
	}
	o := t.stored
	want := ""
	switch {
	case o.Status == order.Delivered:
		want = "🎉"
	case o.Held():
		want = "🤝"
	case o.Status == order.Expired:
		want = "⌛"
	case o.Status == order.Cancelled:
		want = "cancelled"
	}
	if !strings.Contains(last, want) || !strings.Contains(last, t.number.Pretty()) {
		j.fail("told: %s is %s, its message says %q", t.number, o.Status, last)
	}
}

// money compares the books of vendors, shop and ledger.
func (j *judgement) money() {
	sums, err := j.w.oracle.Trial(context.Background())
	if err != nil {
		j.fail("ledger: %v", err)
		return
	}
	received, spent, goods := decimal.Zero, decimal.Zero, decimal.Zero
	for _, t := range j.tales {
		if !t.odd {
			received = received.Add(t.received)
			if booked := t.stored.Received().Decimal(); !booked.Equal(t.received) {
				j.fail("money: %s received %s, booked %s (%s %s)", t.number, t.received, booked, t.plan, t.stored.Status)
			}
		}
		for _, l := range t.stored.Lines {
			if l.State == order.LineGot {
				goods = goods.Add(l.UnitPrice.Times(l.Got).Decimal())
			}
		}
		for _, o := range t.bought {
			if t.stored.Lines[0].State == order.LineGot || t.alerts == 0 {
				spent = spent.Add(o.TotalAmount)
			}
		}
	}
	compare := func(name string, ours order.Money, theirs decimal.Decimal) {
		if !ours.Decimal().Equal(theirs) {
			j.fail("money: %s: our books %s, the world's %s", name, ours, theirs)
		}
	}
	compare("received", -sums["gateway:infini"], received)
	compare("spent", -sums["supplier:infinivoucher"], spent)
	compare("sold", sums["sales"], goods)
	j.wallet()
}

// wallet compares the supplier's balance with its orders.
func (j *judgement) wallet() {
	books := j.w.box.InfiniVoucher.Books()
	moved := decimal.Zero
	for _, m := range books.Wallet.Transactions {
		moved = moved.Add(m.Amount)
	}
	bought := decimal.Zero
	for _, o := range books.Orders {
		bought = bought.Add(o.TotalAmount)
	}
	if !moved.Equal(j.w.topUps.Sub(bought)) {
		j.fail("money: the wallet moved by %s, orders cost %s, top-ups %s", moved, bought, j.w.topUps)
	}
}

// leftovers judges what is still in Redis after a day without anything.
func (j *judgement) leftovers() {
	ctx := context.Background()
	held, err := j.w.oracle.Held(ctx, "infinivoucher")
	if err != nil {
		j.fail("permits: %v", err)
	}
	for _, p := range held {
		n, _, _, unreadable := order.ParsePermitOwner(p.Owner)
		if t := j.tales[n]; unreadable != nil || t == nil || t.alerts == 0 {
			j.fail("permit: %s is held by %s", p.Lock, p.Owner)
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
	for _, v := range j.w.chat.Violations() {
		if !strings.Contains(v.Reason, "never answered") {
			j.fail("Bot API: %s: %s", v.Method, v.Reason)
		}
	}
}

// secrets looks for codes where none may be.
func (j *judgement) secrets() {
	logs, dump := j.w.logs.String(), j.w.mini.Dump()
	for code, t := range j.codes {
		if strings.Contains(logs, code) {
			j.fail("secret: a code of %s is in the log", t.number)
		}
		if strings.Contains(dump, code) {
			j.fail("secret: a code of %s is in Redis", t.number)
		}
		for _, l := range t.stored.Lines {
			if bytes.Contains(l.Goods, []byte(code)) {
				j.fail("secret: the codes of %s are not sealed", t.number)
			}
		}
	}
	for _, secret := range []string{botToken[11:], infiniSecret, infiniHook, voucherKey, voucherPath, hookSecret} {
		if strings.Contains(logs, secret) || strings.Contains(dump, secret) {
			j.fail("secret: a credential is in the log or in Redis")
		}
	}
}
