package kit

import (
	"path"
	"strconv"
	"strings"

	"giftbot/order"
	"giftbot/sandbox/telegram"
)

// Checkout is an order that waits for its payment.
type Checkout struct {
	Gateway string
	ID      string // last part of the /pay/ link
	URL     string
	Message int64 // the order's status message
	Number  string
}

// Want is what somebody wants to buy, by the names on the buttons.
type Want struct {
	Category string
	Product  string
	Quantity int
	Gateway  string // "" is Infini
}

// way is the button of a gateway, "" means Infini.
func way(gateway string) string {
	if gateway == InventPay {
		return "🪙 Crypto"
	}
	return "Crypto or card"
}

// Cheap is two pieces of a product that is in stock in the default catalogue.
func Cheap() Want { return Want{Category: "PUBG Mobile", Product: "60 UC", Quantity: 2} }

// Choose walks through the shop (in English) to the screen that asks how to pay.
func (p *Person) Choose(w Want) {
	p.t.Helper()
	p.home("🛍 Shop")
	p.seek("🛍 Shop", w.Category)
	p.Press(w.Category)
	p.seek(w.Category, w.Product)
	p.Press(w.Product)
	p.WaitButton("Buy now")
	if w.Quantity > 1 {
		p.Type(strconv.Itoa(w.Quantity))
		p.WaitButton(strconv.Itoa(w.Quantity) + " pcs")
	}
	p.Press("Buy now")
	p.WaitButton("Crypto or card")
}

// home presses a button of the start page. A shop that has just opened may not
// have read all its shelves: the page is asked for again.
func (p *Person) home(label string) {
	p.t.Helper()
	p.eventually("start page with "+label, func() bool {
		before := p.Last().ID
		p.Say("/start")
		p.eventually("start page", func() bool { return p.Last().ID > before })
		_, there := buttonOf(p.Last(), label)
		return there
	})
	p.Press(label)
}

// seek turns the pages of the screen with the heading until the newest message
// has the button. Between a press and its screen the old one is still there:
// nothing is pressed twice on one page.
func (p *Person) seek(heading, label string) {
	p.t.Helper()
	pressed := ""
	p.eventually("page with "+label, func() bool {
		m := p.screen()
		if !strings.HasPrefix(m.Text, heading) {
			return false
		}
		if _, ok := buttonOf(m, label); ok {
			return true
		}
		if next, ok := buttonOf(m, "Next ›"); ok && next.Data != pressed {
			pressed = next.Data
			p.PressData(m.ID, next.Data, false)
		}
		return false
	})
}

// screen is the newest message of the bot that leads somewhere. One that only
// rings about an order may come after it at any time.
func (p *Person) screen() Message {
	p.t.Helper()
	var found Message
	for _, m := range p.Messages() {
		buttons := 0
		for _, row := range m.Buttons {
			buttons += len(row)
		}
		if m.From == "bot" && buttons > 1 {
			found = m
		}
	}
	return found
}

// Order walks through the shop (in English) until the payment link is there.
func (p *Person) Order(w Want) Checkout {
	p.t.Helper()
	p.Choose(w)
	return p.payBy(w.Gateway)
}

// AwaitCheckout waits for a payment link on a status message (the protected
// one) newer than the given message.
func (p *Person) AwaitCheckout(after int64) Checkout {
	p.t.Helper()
	var found Checkout
	p.eventually("payment link", func() bool {
		for _, m := range p.Messages() {
			var ok bool
			if found, ok = CheckoutIn(m); ok && m.ID > after {
				return true
			}
		}
		return false
	})
	return found
}

// CheckoutIn reads an order's own message that shows a payment link.
func CheckoutIn(m Message) (Checkout, bool) {
	b, ok := payButton(m)
	if !ok || !m.Protected {
		return Checkout{}, false
	}
	found := checkoutOf(b.URL)
	found.Message, found.Number = m.ID, numberIn(m.Text)
	return found, true
}

// NumberIn is the order number in the first line of an order's own message, ""
// when there is none.
func NumberIn(m Message) string {
	number := numberIn(Body(m))
	if _, err := order.ParseNumber(number); err != nil || !m.Protected {
		return ""
	}
	return number
}

// checkoutOf reads a /pay/ link.
func checkoutOf(link string) Checkout {
	return Checkout{Gateway: path.Base(path.Dir(link)), ID: path.Base(link), URL: link}
}

func payButton(m Message) (telegram.ButtonView, bool) {
	for _, row := range m.Buttons {
		for _, b := range row {
			if strings.Contains(b.URL, "/pay/") {
				return b, true
			}
		}
	}
	return telegram.ButtonView{}, false
}

// numberIn is the order number in the first line of a status message.
func numberIn(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	words := strings.Fields(first)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// Codes are the texts under spoilers in the message, in order.
func Codes(m Message) []string {
	var codes []string
	units := utf16Of(Body(m))
	for _, e := range m.Entities {
		if e.Type == "spoiler" && e.Offset >= 0 && e.Offset+e.Length <= len(units) {
			codes = append(codes, textOf(units[e.Offset:e.Offset+e.Length]))
		}
	}
	return codes
}

// At is the message as it is now; the zero Message when it is gone.
func (p *Person) At(id int64) Message {
	p.t.Helper()
	for _, m := range p.Messages() {
		if m.ID == id {
			return m
		}
	}
	return Message{}
}

// AwaitCodes waits until the order's status message shows n codes.
func (p *Person) AwaitCodes(o Checkout, n int) []string {
	p.t.Helper()
	var codes []string
	p.eventually(strconv.Itoa(n)+" codes", func() bool {
		codes = Codes(p.At(o.Message))
		return len(codes) == n
	})
	return codes
}
