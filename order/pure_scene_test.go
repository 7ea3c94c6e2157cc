package order_test

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"giftbot/order"
	"giftbot/order/ordertest"
)

// scene is one scenario of the pure model, in words: what the order holds, what
// is so before it is placed, what happens after it has its link, and how it ends
// when nothing disturbs it.
type scene struct {
	name     string
	lines    []order.Line
	given    []deed
	acts     []deed
	credit   order.Money // what the buyer has with the shop
	uses     order.Money // of it, for the order
	takesOut order.Money // of it, to their wallet: an order without goods
	bears    order.Money // what the shop may lose of it
	end      ending
	firm     bool // Redis loses nothing: what was confirmed goes away again, or an answer comes late and once
	rare     bool // for a rare edge: no pairs of crashes
}

// ending is a status, held for a reason, and where the money is.
type ending struct {
	any         bool
	status      order.Status
	held        order.Reason
	credit, out order.Money
}

// phrases are the words of scenes.
var phrases = map[string]deedKind{
	"wait": doWait, "pays": doPay, "pays old": doPayOld, "pays silently": doPaySilently, "sees": doSee, "falls to": doFall, "fetches": doFetch,
	"wrong coin": doWrongCoin, "old wrong": doOldWrongCoin, "webhook": doWebhook, "early webhooks": doEarlyWebhooks, "forged webhook": doForged, "unsigned webhook": doUnsigned,
	"cancels": doCancel, "cancels unpaid": doCancelUnpaid, "another link": doAnotherLink, "other gateway": doOtherGateway, "uses credit": doUseCredit,
	"takes credit": doTakeCredit, "refunds": doRefund, "two refunds": doTwoRefunds, "closes": doClose, "again": doAgain, "again anyway": doAgainAnyway,
	"not bought": doNotBought, "confirms": doConfirm, "pays out": doPayOut, "address": doAddress, "approves": doApprove, "second approves": doSecondApproves,
	"refuses payout": doRefusePayout, "drops payout": doDropPayout, "settles": doSettle, "stock": doStock, "price": doPrice, "supplier away": doSupplierAway,
	"supplier back": doSupplierBack, "frozen": doFrozen, "broke": doBroke, "gateway away": doGatewayAway, "gateway back": doGatewayBack,
	"recovers": doRecover, "finishes": doFinish, "cards away": doCardsAway, "cards used": doCardsUsed, "deaf": doDeaf, "recall takes": doRecallTakes,
	"letters unread": doLettersUnread, "finds unread": doFindsUnread, "not copied": doNotCopied, "journal refuses": doJournalRefuses, "busy": doBusy,
	"budget": doBudget, "link refused": doRefuseLink, "answers": doAnswer, "mint": doMint, "payout": doPayoutPlan, "keeps": doKeep, "tolerant": doTolerant,
	"calls paid": doCallPaid, "forgets ids": doForgetIDs, "loses link": doLoseLink, "twins": doTwins, "two words": doTwoWords, "recalls": doRecalls,
	"spends credit": doSpendCredit, "chat away": doChatAway, "chat back": doChatBack, "message gone": doMessageGone,
	"goes back": doGoesBack, "hangs before": doHangsBefore, "hangs after": doHangsAfter, "goes on": doGoesOn,
}

// deeds reads a script: phrases with commas between them. What stands between a
// trap and "goes on" happens when it springs.
func deeds(script string) []deed {
	var list []deed
	for _, text := range strings.Split(script, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		d := readDeed(text)
		if d.kind != doGoesOn {
			list = append(list, d)
			continue
		}
		at := slices.IndexFunc(list, func(d deed) bool { return d.kind >= doGoesBack && d.acts == nil })
		list[at].acts, list = slices.Clone(list[at+1:]), list[:at+1]
	}
	return list
}

func readDeed(text string) deed {
	words := strings.Fields(text)
	for n := min(2, len(words)); n > 0; n-- {
		if kind, known := phrases[strings.Join(words[:n], " ")]; known {
			d := deed{kind: kind, text: text}
			for _, w := range words[n:] {
				d.word(w)
			}
			return d
		}
	}
	panic("no such deed: " + text)
}

// word reads what else stands in a phrase.
func (d *deed) word(w string) {
	if wait, err := time.ParseDuration(w); err == nil && strings.ContainsAny(w, "smh") {
		d.wait, d.ask.takes, d.mint.late = wait, wait, wait
		return
	}
	if sum, err := order.ParseMoney(w); err == nil {
		d.sum = sum
		d.n = int(sum / 1_000_000)
		d.ask.fewer, d.mint.fewer, d.pay.takes = 0, 0, d.n
		return
	}
	switch w {
	case "lost":
		d.ask.lost, d.mint.lost = true, true
	case "pending":
		d.ask.pending = true
	case "failed":
		d.ask.failed = true
	case "fewer":
		d.ask.fewer, d.mint.fewer = 1, 1
	case "none":
		d.ask.fewer = 2
	case "same":
		d.ask.same = true
	case "never":
		d.mint.never = true
	case "twice":
		d.mint.twice = true
	case "silent":
		d.mint.calls = -1
	case "thrice":
		d.mint.calls = 3
	case "reverted":
		d.mint.reverts = true
	case "doubted":
		d.mint.doubts = true
	case "made":
		d.pay.made = true
	case "rejects":
		d.pay.rejects = true
	case "blindly":
		d.blind = true
	case "takes", "late", "properly", "truly", "at", "coin":
	default:
		if at := slices.Index(ops[:], w); at >= 0 {
			d.port = port(at)
			return
		}
		if refusals[order.Code(w)] == nil {
			panic("no such word: " + w)
		}
		d.code, d.ask.code, d.mint.code, d.pay.code = order.Code(w), order.Code(w), order.Code(w), order.Code(w)
	}
}

// cart reads lines: "2 vouchers", "3 cards and 1 voucher". Top-ups are bought
// piece by piece, each in a line of its own.
func cart(text string) []order.Line {
	var lines []order.Line
	for _, part := range strings.Split(text, " and ") {
		count, what, _ := strings.Cut(part, " ")
		n, err := strconv.Atoi(count)
		if err != nil {
			panic("no such cart: " + text)
		}
		l := order.Line{Product: "p1", Supplier: ordertest.SupplierName, Item: "item-1", Quantity: n, UnitPrice: 10_000_000, UnitCost: 9_000_000, State: order.LineWaiting}
		switch strings.TrimSuffix(what, "s") {
		case "voucher":
			lines = append(lines, l)
		case "card":
			l.Supplier, l.Item, l.Kind, l.UnitPrice, l.UnitCost, l.Face = ordertest.CardName, "8453/usdc", order.KindCard, 11_000_000, cardPrice, 10_000_000
			lines = append(lines, l)
		case "top-up":
			l.Supplier, l.Item, l.Kind, l.Quantity, l.Purse = ordertest.TopUpName, "456@USD", order.KindTopUp, 1, ordertest.TopUpName+":USD"
			for range n {
				lines = append(lines, l)
			}
		default:
			panic("no such cart: " + text)
		}
	}
	return lines
}

// readEnd reads "delivered, credit 5", "paid, held out_of_stock", "" for however
// it may.
func readEnd(text string) ending {
	if text == "" {
		return ending{any: true}
	}
	var e ending
	for i, part := range strings.Split(text, ", ") {
		word, value, _ := strings.Cut(part, " ")
		switch {
		case i == 0:
			e.status = order.Status(part)
		case word == "held":
			e.held = order.Reason(value)
		case word == "credit":
			e.credit = ordertest.Amount(value)
		case word == "out":
			e.out = ordertest.Amount(value)
		default:
			panic("no such end: " + text)
		}
	}
	return e
}

// lot is one scene as it is written down.
type lot struct{ name, cart, given, acts, end string }

// read makes a scene of its words.
func (l lot) read() scene {
	s := scene{name: l.name, acts: deeds(l.acts), end: readEnd(l.end)}
	for _, part := range strings.Split(l.cart, ", ") {
		word, value, _ := strings.Cut(part, " ")
		switch word {
		case "credit":
			s.credit = ordertest.Amount(value)
		case "uses":
			s.uses = ordertest.Amount(value)
		case "out":
			s.takesOut = ordertest.Amount(value)
		case "bears":
			s.bears = ordertest.Amount(value)
		default:
			s.lines = cart(part)
		}
	}
	s.given, s.firm = deeds(l.given), strings.Contains(l.acts, "falls") || strings.Contains(l.acts, "hangs after")
	return s
}

// scenes are all scenarios of the pure model.
func scenes() []scene {
	var list []scene
	for _, part := range [][]lot{paidLots(), moneyLots(), oddLots(), goodsLots(), cardLots(), topUpLots(), linkLots(), decidedLots(), payoutLots()} {
		for _, l := range part {
			list = append(list, l.read())
		}
	}
	for _, l := range rareLots() {
		s := l.read()
		s.rare = true
		list = append(list, s)
	}
	return list
}

// script runs a scene to its end: place, link, deeds, and days of rest.
func (m *model) script() {
	for i := range m.s.given {
		m.changes(&m.s.given[i])
	}
	if err := m.place(); err != nil {
		m.fault("not placed: " + err.Error())
		return
	}
	m.rest(m.now.Add(5*time.Minute), 0)
	for i := range m.s.acts {
		d := m.s.acts[i]
		m.does(&d, 0)
		if m.meddles && m.rnd.Intn(6) == 0 {
			m.meddle(0)
		}
	}
	m.quiet = true
	m.rest(m.now.Add(100*time.Hour), 0)
	m.plan.last, m.meddles = 0, false // the world calms down
	m.rest(m.now.Add(60*time.Hour), 0)
}

// meddling is what people do at any moment of random runs. An admin who closes or
// gives up has looked at the vendor's books before ("truly").
var meddling = deeds("confirms 5, other gateway, webhook, cancels, cancels unpaid, another link, uses credit, takes credit, refunds, refunds 3, two refunds, closes, again, again anyway, " +
	"not bought, pays out, pays out 5, address, approves, second approves, refuses payout, drops payout, settles, pays 20, webhook, wait 10m, wait 25h")

func (m *model) meddle(depth int) {
	for range 1 + m.rnd.Intn(3) {
		d := meddling[m.rnd.Intn(len(meddling))]
		if depth > 0 && d.kind == doWait || len(m.gate.links) == 0 && d.kind <= doUnsigned && d.kind != doWait {
			continue
		}
		if m.tells {
			m.say("somebody %s", d.text)
		}
		m.does(&d, depth)
	}
}
