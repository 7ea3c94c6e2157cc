package durable

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"giftbot/e2e/kit"
)

const (
	// rush is how long people take at most until they press, and again until
	// they pay.
	rush = 3 * time.Second
	// again is how long somebody waits before they press a button once more: an
	// order whose worker lost its way goes on after a lease of ten seconds.
	again = 14 * time.Second
)

// buyer is somebody who wants one thing and pays for it in their own time.
type buyer struct {
	*kit.Person
	control *kit.Control
	s       *shop
	dice    *dice
	wish    wish

	mu   sync.Mutex
	paid []kit.Checkout
}

// wish is what somebody buys and how they pay.
type wish struct {
	name    string
	gateway string
	choose  func(p *kit.Person, gateway string)
	pay     map[string]any // nil is exactly
	early   bool           // ordered before the trouble begins, and paid in it
	credit  bool           // paid from credit that an order before left
}

func wishes() []wish {
	voucher := func(p *kit.Person, gateway string) {
		want := kit.Cheap()
		want.Gateway = gateway
		p.Choose(want)
	}
	card := func(p *kit.Person, gateway string) {
		want := kit.Cards25(1)
		want.Gateway = gateway
		p.ChooseCard(want)
	}
	topUp := func(p *kit.Person, gateway string) {
		want := kit.Steam()
		want.Gateway = gateway
		p.ChooseTopUp(want)
	}
	return []wish{
		{name: "vouchers", gateway: kit.Infini, choose: voucher},
		{name: "vouchers, ordered before", gateway: kit.Infini, choose: voucher, early: true},
		{name: "vouchers, paid too much", gateway: kit.InventPay, choose: voucher, pay: map[string]any{"amount": "3.00"}, early: true},
		{name: "a card", gateway: kit.Infini, choose: card, early: true},
		{name: "a card, ordered late", gateway: kit.InventPay, choose: card},
		{name: "a top-up", gateway: kit.InventPay, choose: topUp},
		{name: "vouchers, from credit", gateway: kit.Infini, choose: byCredit, credit: true},
	}
}

// byCredit walks as far as the button that spends credit.
func byCredit(p *kit.Person, _ string) {
	p.Choose(kit.Cheap())
	p.Tap("💰 Use my credit", "Nothing else to pay")
}

// earn leaves somebody with credit: they pay too much.
func (b *buyer) earn() {
	o := b.Order(kit.Cheap())
	b.control.PayAt(o, map[string]any{"amount": "5.00"})
	b.AwaitCodes(o, 2)
	b.AwaitStatus(o, "is on your credit with us")
	b.keep(o)
}

// soft has what would end the test end only a walk: people may get nowhere in a
// shop that is ill. It is told why.
type soft struct {
	testing.TB
	gaveUp func(why string)
}

// Fatalf implements testing.TB.
func (s soft) Fatalf(format string, args ...any) {
	s.gaveUp(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// Log implements testing.TB.
func (soft) Log(...any) {}

// people has everybody come as far as the screen that asks how to pay; some
// order at once.
func (s *shop) people() {
	s.t.Helper()
	var all sync.WaitGroup
	for i, w := range wishes() {
		b := &buyer{s: s, dice: newDice(s.seed*1000 + uint64(i)), wish: w}
		b.control = kit.NewControl(soft{s.t, b.gaveUp}, s.Base)
		b.Person = b.control.Person(int64(2001+i), "en")
		s.buyers = append(s.buyers, b)
		all.Go(func() {
			if w.credit {
				b.earn()
			}
			w.choose(b.Person, w.gateway)
			if w.early {
				b.place()
			}
		})
	}
	all.Wait()
	for _, text := range kit.Steam().Fields {
		s.admin.Private(text)
	}
	s.note("everybody has chosen")
}

// rush has everybody order and pay, each in their own time.
func (s *shop) rush() {
	for _, b := range s.buyers {
		s.walking.Go(func() {
			b.dice.pause(0, rush)
			if !b.wish.early {
				b.place()
				b.dice.pause(0, rush)
			}
			b.payAll()
		})
	}
}

func (b *buyer) gaveUp(why string) { b.s.note("%d (%s) gave up: %s", b.ID, b.wish.name, why) }

// place presses the button of the gateway and waits for the link. Where none
// comes it does as people do: it tries again, or walks through the shop again.
func (b *buyer) place() {
	for began := time.Now(); time.Since(began) < kit.Patience; {
		if b.placed() { // while they read something else
			return
		}
		if !b.press() {
			b.s.note("%d (%s) reads %q", b.ID, b.wish.name, kit.Body(b.Last()))
			if b.expects() {
				time.Sleep(time.Second)
				if b.placed() {
					return
				}
				continue
			}
			b.wish.choose(b.Person, b.wish.gateway)
			continue
		}
		for pressed := time.Now(); time.Since(pressed) < again; time.Sleep(50 * time.Millisecond) {
			if b.placed() {
				return
			}
			if o, ok := b.link(); ok {
				b.s.note("%d (%s) has the link of %s", b.ID, b.wish.name, o.Number)
				return
			}
		}
	}
	b.gaveUp("no link")
}

// expects reports whether somebody who pays from credit has an order on its way,
// or may have one that Redis forgot: no credit may be left for another.
func (b *buyer) expects() bool {
	last := b.Last()
	ordered := kit.NumberIn(last) != "" || strings.Contains(kit.Body(last), "is placed")
	return b.wish.credit && (ordered || b.s.loses)
}

// press presses what leads on from the newest message, if anything does.
func (b *buyer) press() bool {
	way := "Crypto or card"
	if b.wish.gateway == kit.InventPay {
		way = "🪙 Crypto"
	}
	if b.wish.credit {
		way = "💰 Pay with credit"
	}
	m := b.Last()
	for _, row := range m.Buttons {
		for _, button := range row {
			if strings.Contains(button.Text, way) || button.Text == "Try again" {
				b.PressData(m.ID, button.Data, false)
				b.s.note("%d (%s) pressed %s", b.ID, b.wish.name, button.Text)
				return true
			}
		}
	}
	return false
}

// link is a payment link in the chat that was not used yet.
func (b *buyer) link() (kit.Checkout, bool) {
	for _, m := range b.Messages() {
		if o, ok := kit.CheckoutIn(m); ok && !b.has(o) {
			return o, true
		}
	}
	return kit.Checkout{}, false
}

// payAll pays every link in the chat that was not paid yet.
func (b *buyer) payAll() {
	for o, ok := b.link(); ok; o, ok = b.link() {
		b.control.PayAt(o, b.wish.pay)
		b.s.note("%d (%s) paid %s at %s", b.ID, b.wish.name, o.Number, o.Gateway)
		b.keep(o)
	}
}

// placed notes an order that was paid from credit.
func (b *buyer) placed() bool {
	if !b.wish.credit {
		return false
	}
	for _, m := range b.Messages() {
		o := kit.Checkout{Number: kit.NumberIn(m), Message: m.ID}
		if o.Number != "" && !b.knows(o.Number) {
			b.s.note("%d (%s) has placed %s", b.ID, b.wish.name, o.Number)
			b.keep(o)
			return true
		}
	}
	return false
}

func (b *buyer) keep(o kit.Checkout) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paid = append(b.paid, o)
}

// knows reports whether an order is one that was paid.
func (b *buyer) knows(number string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.paid, func(o kit.Checkout) bool { return o.Number == number })
}

// has reports whether a link was paid.
func (b *buyer) has(o kit.Checkout) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.paid, func(p kit.Checkout) bool { return p.Gateway == o.Gateway && p.ID == o.ID })
}
