package ordertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"giftbot/order"
)

// Cards is a seller of gift cards with books of its own (univoucher sheet): it
// knows no keys and no orders, every request makes cards, and what unlocks
// them is in a callback alone.
type Cards struct {
	Price   order.Money // of one card, with fees
	Balance order.Money
	Delay   time.Duration // from a request to its cards
	Takes   time.Duration // from the wish to have cards back to its end
	Recalls bool          // takes cards back
	Fee     order.Money   // kept of each card that is taken back
	Deaf    bool          // a wish to have cards back is never answered
	Away    bool          // answers nothing, and does nothing

	// Asked is told of every request before it is looked at; may be nil.
	Asked func(p order.Purchase)

	clock   *Clock
	orders  []*Creation
	letters []posted
	script  []Mint
	fails   map[string][]error
	drawn   int
}

// Mint scripts one request. The zero Mint makes its cards properly.
type Mint struct {
	Err    error         // returned, nothing made
	Lost   bool          // made, and answered by an error of the server
	Never  bool          // taken on, and nothing made
	Fewer  int           // so many cards less than paid for
	Twice  bool          // made twice, with a letter about each
	Calls  int           // how often each letter comes: 0 for once, negative for never
	Late   time.Duration // letters come so long after the cards
	Fails  string        // a letter says so, and nothing is made
	Doubts string        // a letter says so; Never decides whether it is true
}

// Creation is one request in the vendor's own books.
type Creation struct {
	Reference, Item string
	Quantity        int
	Face            order.Money
	At, Made        order.Stamp
	Mint            Mint
	Sets            [][]*Card // a transaction each

	done bool
}

// Card is one gift card on the chain.
type Card struct {
	ID, Secret string
	Reference  string
	Price      order.Money
	Item       string
	Face       order.Money
	Made       order.Stamp
	Back       order.Stamp // taken back at this moment, 0 for not
	Used       bool

	fee order.Money
}

// posted is a letter on its way.
type posted struct {
	at        order.Stamp
	reference string
	body      []byte
}

// letter is the body of a callback.
type letter struct {
	Reference string       `json:"orderId"`
	Status    string       `json:"status"`
	Error     string       `json:"error,omitempty"`
	Sure      bool         `json:"sure,omitempty"` // nothing was sent to the chain
	Cards     []letterCard `json:"cards,omitempty"`
}

type letterCard struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
}

// NewCards returns a vendor with plenty of everything, that takes nothing back.
func NewCards(clock *Clock) *Cards {
	return &Cards{
		clock: clock, Price: Amount("10.10"), Balance: Amount("100000"), Delay: 40 * time.Second, Takes: 3 * time.Minute,
		Fee: Amount("0.10"), fails: make(map[string][]error),
	}
}

// Mints scripts the next requests; after them every one is proper.
func (c *Cards) Mints(list ...Mint) { c.script = append(c.script, list...) }

// Fail makes the next calls of an operation ("find", "status", "receive",
// "recall", "cost") return these errors; a nil lets one call pass.
func (c *Cards) Fail(op string, errs ...error) { c.fails[op] = append(c.fails[op], errs...) }

// Forget drops what is left of the script.
func (c *Cards) Forget() { c.script, c.fails = nil, make(map[string][]error) }

// Creations is every request that was ever taken on.
func (c *Cards) Creations() []*Creation { return c.orders }

// All is every card ever made, up to now.
func (c *Cards) All() []*Card {
	c.mine()
	var all []*Card
	for _, o := range c.orders {
		for _, set := range o.Sets {
			all = append(all, set...)
		}
	}
	return all
}

func (c *Cards) scripted(op string) error {
	if c.Away {
		return lost(op, nil)
	}
	list := c.fails[op]
	if len(list) == 0 {
		return nil
	}
	c.fails[op] = list[1:]
	return list[0]
}

func (c *Cards) buy(p order.Purchase) (order.Receipt, error) {
	if c.Asked != nil {
		c.Asked(p)
	}
	var m Mint
	if len(c.script) > 0 {
		m, c.script = c.script[0], c.script[1:]
	}
	switch {
	case c.Away:
		return order.Receipt{}, refuse("buy", order.CodeNotSent)
	case m.Err != nil:
		return order.Receipt{}, m.Err
	case c.Balance < c.Price.Times(p.Quantity):
		return order.Receipt{}, refuse("buy", order.CodeFunds)
	}
	now := c.clock.Stamp()
	c.orders = append(c.orders, &Creation{
		Reference: p.Reference, Item: p.Item, Quantity: p.Quantity, Face: p.Face, At: now, Made: now.Add(c.Delay), Mint: m,
	})
	if m.Lost {
		return order.Receipt{}, lost("buy", nil)
	}
	return order.Receipt{Item: p.Item, Quantity: p.Quantity, Total: c.Price.Times(p.Quantity), Pending: true}, nil
}

// mine makes the cards whose time has come, and their letters.
func (c *Cards) mine() {
	for _, o := range c.orders {
		if o.done || c.clock.Stamp() < o.Made {
			continue
		}
		o.done = true
		at := o.Made.Add(o.Mint.Late)
		if o.Mint.Fails == "" && !o.Mint.Never {
			sets := 1
			if o.Mint.Twice {
				sets = 2
			}
			for range sets {
				c.post(o, at, c.make(o))
			}
		}
		if text := o.Mint.Fails + o.Mint.Doubts; text != "" {
			c.post(o, at, letter{Reference: o.Reference, Status: "error", Error: text, Sure: o.Mint.Fails != ""})
		}
	}
}

func (c *Cards) make(o *Creation) letter {
	l := letter{Reference: o.Reference, Status: "success"}
	var set []*Card
	for range o.Quantity - o.Mint.Fewer {
		c.drawn++
		card := &Card{
			ID: fmt.Sprintf("1020%05d", c.drawn), Secret: fmt.Sprintf("CODE-card-%06d", c.drawn), Reference: o.Reference, Price: c.Price,
			Item: o.Item, Face: o.Face, Made: o.Made, fee: c.Fee,
		}
		set = append(set, card)
		l.Cards = append(l.Cards, letterCard{card.ID, card.Secret})
		c.Balance -= c.Price
	}
	o.Sets = append(o.Sets, set)
	return l
}

// Letter is what the vendor says about one transaction of a request.
func (o *Creation) Letter(set int) []byte {
	l := letter{Reference: o.Reference, Status: "success"}
	for _, card := range o.Sets[set] {
		l.Cards = append(l.Cards, letterCard{card.ID, card.Secret})
	}
	return l.body()
}

func (l letter) body() []byte {
	body, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	return body
}

func (c *Cards) post(o *Creation, at order.Stamp, l letter) {
	body := l.body()
	for i := range max(1, o.Mint.Calls) {
		if o.Mint.Calls >= 0 {
			c.letters = append(c.letters, posted{at.Add(time.Duration(i) * 5 * time.Second), o.Reference, body})
		}
	}
}

// next is when the vendor does something by itself, 0 for never.
func (c *Cards) next() order.Stamp {
	c.mine()
	var at order.Stamp
	for _, o := range c.orders {
		if !o.done {
			at = earlier(at, o.Made)
		}
	}
	for _, l := range c.letters {
		at = earlier(at, l.at)
	}
	return at
}

// due takes the letters whose time has come.
func (c *Cards) due() []posted {
	c.mine()
	var due []posted
	c.letters = slices.DeleteFunc(c.letters, func(l posted) bool {
		ready := l.at <= c.clock.Stamp()
		if ready {
			due = append(due, l)
		}
		return ready
	})
	return due
}

// Letter is a callback on its way to us.
type Letter struct {
	Reference string // of the purchase it is about
	Body      []byte
}

// Letters takes the letters whose time has come.
func (c *Cards) Letters() []Letter {
	var list []Letter
	for _, l := range c.due() {
		list = append(list, Letter{l.reference, l.body})
	}
	return list
}

func (c *Cards) card(id string) *Card {
	for _, card := range c.All() {
		if card.ID == id {
			return card
		}
	}
	return nil
}

func joined(cards []*Card) string {
	var ids []string
	for _, card := range cards {
		ids = append(ids, card.ID)
	}
	return strings.Join(ids, ",")
}
