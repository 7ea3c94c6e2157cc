package kit

import (
	"fmt"
	"sync"
	"time"
)

// Ask sends a text and waits until a message newer than all before holds every
// word. It returns that message.
func (p *Person) Ask(text string, words ...string) Message {
	p.t.Helper()
	before := p.Last().ID
	p.Type(text)
	var found Message
	p.eventually(fmt.Sprintf("answer to %q with %q", text, words), func() bool {
		for _, m := range p.Messages() {
			if m.ID > before && m.From == "bot" && holdsAll(Body(m), words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// Tap presses the button that WaitButton finds and waits until its message, or
// a newer one, holds every word. It returns that message.
func (p *Person) Tap(label string, words ...string) Message {
	p.t.Helper()
	on := p.WaitButton(label).Message.ID
	p.Press(label)
	var found Message
	p.eventually(fmt.Sprintf("answer to [%s] with %q", label, words), func() bool {
		for _, m := range p.Messages() {
			if m.ID >= on && m.From == "bot" && holdsAll(Body(m), words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// Has reports whether a message of the bot has a button that begins with the
// label or holds it.
func (p *Person) Has(m Message, label string) bool {
	_, ok := buttonOf(m, label)
	return ok
}

// AwaitStatus waits until the order's own message holds every word.
func (p *Person) AwaitStatus(o Checkout, words ...string) Message {
	p.t.Helper()
	p.eventually(fmt.Sprintf("message of order %s with %q", o.Number, words), func() bool {
		return holdsAll(p.At(o.Message).Text, words)
	})
	return p.At(o.Message)
}

// AwaitStatusAdvancing is AwaitStatus while the clock goes on in steps.
func (p *Person) AwaitStatusAdvancing(o Checkout, step time.Duration, words ...string) {
	p.t.Helper()
	p.c.advanceUntil(p.failing(), fmt.Sprintf("message of order %s with %q", o.Number, words), step, func() bool {
		return holdsAll(p.At(o.Message).Text, words)
	})
}

// LinkNow waits until the order's own message shows a link other than the
// given one.
func (p *Person) LinkNow(o Checkout) Checkout {
	p.t.Helper()
	var found Checkout
	p.eventually("another link of order "+o.Number, func() bool {
		b, ok := payButton(p.At(o.Message))
		if !ok {
			return false
		}
		found = checkoutOf(b.URL)
		return found.ID != o.ID
	})
	found.Message, found.Number = o.Message, o.Number
	return found
}

// AtOnce has several people act at the same moment.
func AtOnce(acts ...func()) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for _, act := range acts {
		all.Go(func() {
			<-start
			act()
		})
	}
	close(start)
	all.Wait()
}

// Place presses a button that places an order and waits for the order's own
// message. The order may have no link.
func (p *Person) Place(label string) Checkout {
	p.t.Helper()
	before := p.Last().ID
	p.Press(label)
	var o Checkout
	p.eventually("message of the order placed by "+label, func() bool {
		for _, m := range p.Messages() {
			if m.ID > before && m.From == "bot" && m.Protected {
				o = Checkout{Message: m.ID, Number: numberIn(m.Text)}
				return true
			}
		}
		return false
	})
	return o
}

// AwaitLink waits until the message of a placed order shows its link.
func (p *Person) AwaitLink(o Checkout) Checkout {
	p.t.Helper()
	return p.LinkNow(o)
}

// Private notes what somebody will type that is nobody else's business: it may
// be in no log, and in Redis only sealed.
func (p *Person) Private(text string) { p.c.note(text) }
