package kit

import (
	"strconv"
	"strings"
	"time"
)

// TopUp is a top-up somebody wants, by the names on the buttons.
type TopUp struct {
	Category string
	Product  string   // "" where the category has only one
	Amount   string   // sent as text; "" for a product of one size
	Fields   []string // what to type, in the order asked
	Gateway  string   // "" is Infini
}

// Steam is a top-up of 25 dollars.
func Steam() TopUp {
	return TopUp{Category: "Wallets", Amount: "25", Fields: []string{"gabe_planted_1996", "gabe.planted@example.com"}}
}

// ChooseTopUp walks through the shop (in English) to the screen that asks how
// to pay.
func (p *Person) ChooseTopUp(w TopUp) {
	p.t.Helper()
	p.c.note(w.Fields...)
	p.home("⚡ Top up")
	p.seek("⚡ Top up", w.Category)
	p.Press(w.Category)
	if w.Product != "" {
		p.seek("⚡ "+w.Category, w.Product)
		p.Press(w.Product)
	}
	if w.Amount != "" {
		p.WaitFor("Choose an amount")
		p.Type(w.Amount)
	}
	for _, field := range w.Fields {
		p.answer("Please send:", field)
	}
	p.WaitFor("Please check everything once more")
	p.WaitButton("Crypto or card")
}

// answer waits until the newest message asks, says something, and waits until
// there is a newer one.
func (p *Person) answer(ask, text string) {
	p.t.Helper()
	before := int64(0)
	p.eventually("question "+ask, func() bool {
		m := p.Last()
		before = m.ID
		return strings.Contains(Body(m), ask)
	})
	p.Type(text)
	p.eventually("answer to "+text, func() bool { return p.Last().ID > before })
}

// OrderTopUp walks through the shop until the payment link is there.
func (p *Person) OrderTopUp(w TopUp) Checkout {
	p.t.Helper()
	p.ChooseTopUp(w)
	return p.payBy(w.Gateway)
}

// Card is gift cards somebody wants, by the names on the buttons.
type Card struct {
	Network  string
	Token    string
	Amount   string
	Quantity int
	Message  string // "" for none
	Gateway  string // "" is Infini
}

// Cards25 is gift cards of 25 USDC on Base.
func Cards25(quantity int) Card {
	return Card{Network: "Base", Token: "USDC", Amount: "25", Quantity: quantity}
}

// pick presses what is for sale, and again a little later where the shop does not
// know that there is any: a look at a vendor failed, and the next is a minute off.
func (p *Person) pick(heading, label, ask string) {
	p.t.Helper()
	for began := time.Now(); time.Since(began) < 2*Patience; time.Sleep(time.Second) {
		p.seek(heading, label)
		p.Press(label)
		body := ""
		p.eventually("answer to ["+label+"]", func() bool {
			body = Body(p.screen())
			return strings.Contains(body, ask) || strings.Contains(body, "Out of stock right now")
		})
		if strings.Contains(body, ask) {
			return
		}
		p.Press("‹ Back")
	}
}

// ChooseCard walks through the shop (in English) to the screen that asks how
// to pay.
func (p *Person) ChooseCard(w Card) {
	p.t.Helper()
	if w.Message != "" {
		p.c.note(w.Message)
	}
	p.home("🎁 Crypto gift card")
	p.seek("🎁 Crypto gift card", w.Network)
	p.Press(w.Network)
	p.pick("🎁 "+w.Network, w.Token, "Choose an amount")
	p.answer("Choose an amount", w.Amount)
	if w.Quantity > 1 {
		p.answer("How many?", strconv.Itoa(w.Quantity))
		p.WaitButton(strconv.Itoa(w.Quantity) + " pcs")
	}
	p.Press("Continue")
	p.WaitFor("Would you like to write a message on it?")
	if w.Message != "" {
		p.Type(w.Message)
	} else {
		p.Press("No message")
	}
	p.WaitFor("Your order", "Gift card "+w.Amount)
	p.WaitButton("Crypto or card")
}

// OrderCard walks through the shop until the payment link is there.
func (p *Person) OrderCard(w Card) Checkout {
	p.t.Helper()
	p.ChooseCard(w)
	return p.payBy(w.Gateway)
}

func (p *Person) payBy(gateway string) Checkout {
	p.t.Helper()
	before := p.Last().ID
	p.Press(way(gateway))
	return p.AwaitCheckout(before)
}

// AnotherWay asks for a link at the other gateway and waits until the order's
// message shows it.
func (p *Person) AnotherWay(o Checkout, gateway string) Checkout {
	p.t.Helper()
	p.Press("Another way to pay")
	p.Press(way(gateway))
	var found Checkout
	p.eventually("link at "+gateway, func() bool {
		b, ok := payButton(p.At(o.Message))
		found = checkoutOf(b.URL)
		return ok && found.Gateway == gateway
	})
	found.Message, found.Number = o.Message, o.Number
	return found
}
