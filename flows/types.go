package flows

import (
	"giftbot/catalog"
	"giftbot/order"
)

// Session is what a conversation remembers between two steps. It is small
// (the limit is 400 bytes stored) and holds no secret.
type Session struct {
	Language string            `json:"g,omitempty"` // chosen or detected, "" before the first step
	Chosen   bool              `json:"c,omitempty"` // the person picked the language: detection no longer changes it
	Screen   Screen            `json:"s,omitempty"`
	Page     int               `json:"p,omitempty"`
	Category string            `json:"k,omitempty"`
	Product  string            `json:"i,omitempty"`
	Quantity int               `json:"q,omitempty"`
	Draft    order.Number      `json:"d,omitempty"`  // number the next order will have: placing it twice is one order
	Price    order.Money       `json:"u,omitempty"`  // unit price the checkout showed
	Number   order.Number      `json:"n,omitempty"`  // order on the screen
	Message  int               `json:"m,omitempty"`  // message that shows the screen
	Send     bool              `json:"w,omitempty"`  // the result under way is answered in a new message
	Back     bool              `json:"b,omitempty"`  // the cancel question was asked on the order's page
	Face     order.Money       `json:"f,omitempty"`  // amount of one piece, of a product of any amount
	Typed    [MaxFields]string `json:"a,omitzero"`   // account fields typed so far, in the product's order
	Note     string            `json:"x,omitempty"`  // message for a gift card
	Last     Account           `json:"l,omitzero"`   // the last top-up's account, offered again
	Sum      order.Money       `json:"y,omitempty"`  // sum under way: credit to use, a refund, a payout
	Left     order.Money       `json:"z,omitempty"`  // what the order held when an admin, or its buyer, was asked
	Vouched  int               `json:"b3,omitempty"` // payments confirmed by hand when an admin was asked
	Moments  int               `json:"b4,omitempty"` // what had happened to the order when an admin saw it: order.Order.Moments
	Fixed    order.Stamp       `json:"b5,omitempty"` // when the address was typed that an admin is asked to approve: order.Payout.FixedAt
	Way      string            `json:"b2,omitempty"` // network or gateway of the payout under way
	Why      string            `json:"r,omitempty"`  // an admin's reason
	Asked    order.Stamp       `json:"t,omitempty"`  // when a confirmation was asked for: it ends
	Address  string            `json:"e,omitempty"`  // where a payout shall go, as far as typed: personal
}

// Account is where a top-up went: personal data.
type Account struct {
	Product string            `json:"i"`
	Values  [MaxFields]string `json:"v"`
}

// Screen names what a person is looking at.
type Screen string

// Person is who speaks, as the edge knows them.
type Person struct {
	ID       int64
	Name     string // as the person wrote it: hostile text
	Language string // the client's language code, may be empty
	Admin    bool   // may run the shop: one of the settings, in a private chat
}

// Env is everything a step may read besides session and input. A step never
// waits: the catalogue is a snapshot in memory, the draft number was drawn
// before.
type Env struct {
	Person    Person
	Now       order.Stamp
	Catalogue catalog.Snapshot
	Draft     order.Number // fresh, used when a checkout starts
	Shop      Shop
}

// Shop is what the operator settled.
type Shop struct {
	Name       string
	SupportURL string
	Languages  []string  // offered, first is the default
	Gateways   []Gateway // how one can pay, in the order shown
	MinOrder   order.Money
}

// Gateway is one way to pay.
type Gateway struct {
	Name  string      // provider name: "infini"
	Label Text        // "Crypto or card"
	Least order.Money // smallest payment it takes, 0 for any
}

// Input is one thing that happened: a command, a text, a press or the result
// of an intent.
type Input struct {
	Command  string  // "start" without the slash, "" if none
	Argument string  // what followed the command
	Text     string  // plain text
	Action   *Action // pressed button
	Result   Result  // answer to an intent of the former step, nil if none
	Other    bool    // sticker, photo, anything we do not read
}

// Verb is what a button does.
type Verb string

// Action is the meaning of a button. It never carries a price or a right: the
// server checks both again.
type Action struct {
	Verb Verb
	ID   string // product, category or order number
	Arg  string // gateway or language
	N    int    // page or quantity
}

// Text is a text of the locales with its arguments. An argument is a string
// (escaped by the edge), int, order.Money, order.Stamp, order.Number, or Text.
type Text struct {
	Key    string
	Count  int // plural form, used when Plural is set
	Plural bool
	Args   map[string]any
}

// Button is one key below a message. Exactly one of Do, URL and Copy is set.
type Button struct {
	Label Text
	Do    *Action
	URL   string
	Copy  string // put on the clipboard
}

// View is what a message shows.
type View struct {
	Blocks   []Text   // paragraphs, joined by an empty line
	Codes    []string // secret: each under a spoiler
	Labels   []Text   // what each code is, when they are not all the same; empty or as long as Codes
	First    int      // number of the first code on this page, from 1; 0 without codes
	Picture  *Picture // secret: shown above the words
	Keyboard [][]Button
}

// Picture is a gift card to be drawn. Secret.
type Picture struct {
	Number  order.Number
	Amount  string // "25"
	Token   string // "USDC"
	Network string // "Base"
	Chain   string // "8453"
	Card    string // the card's number: one picture each
	Secret  string
}

// Place says where a view goes.
type Place string

// The places of a view.
const (
	PlaceEdit Place = "edit" // the pressed message, or a new one when there is none
	PlaceSend Place = "send" // a new message
)

// Reply is one message for the person.
type Reply struct {
	View    View
	Place   Place
	Protect bool // no forwarding: fixed when the message is sent
}

// Intent asks the edge to do what a step may not: one of the types below.
// Its Result comes back as the next input.
type Intent interface{ intent() }

// Result answers an intent.
type Result interface{ result() }

// Outcome is what a step wants besides the new session.
type Outcome struct {
	Replies []Reply
	Toast   Text // short answer to a press, empty key for none
	Intent  Intent
}

type (
	// PlaceOrder places the order the checkout showed.
	PlaceOrder struct {
		Number   order.Number
		Product  string
		Quantity int
		Unit     order.Money // as shown: a changed price is refused
		Gateway  string
		Face     order.Money
		Account  [MaxFields]order.Part // as far as the product asks; keys and values
		Note     string
		Credit   order.Money // how much of the person's credit to use; Gateway may be empty when it pays for all
	}
	// PayBy asks for another link, at another gateway.
	PayBy struct {
		Number  order.Number
		Gateway string
	}
	// ListOrders asks for the person's orders, newest first.
	ListOrders struct{ Offset, Limit int }
	// ShowOrder asks for one order of this person. Draft: the number is that of a
	// checkout, which may not have become an order.
	ShowOrder struct {
		Number order.Number
		Draft  bool
	}
	// RevealGoods asks for the codes of one order of this person.
	RevealGoods struct{ Number order.Number }
	// Recheck asks to look at the payment now: "I have paid".
	Recheck struct{ Number order.Number }
	// CancelOrder asks to cancel an order of this person. Money says that they
	// know that what they paid becomes credit.
	CancelOrder struct {
		Number order.Number
		Money  bool
	}
)

func (PlaceOrder) intent()  {}
func (ListOrders) intent()  {}
func (ShowOrder) intent()   {}
func (RevealGoods) intent() {}
func (Recheck) intent()     {}
func (CancelOrder) intent() {}
func (PayBy) intent()       {}

type (
	// OrderResult is one order after an intent, or why it was refused.
	OrderResult struct {
		Intent Intent
		Order  order.Order
		Goods  []order.Good // after RevealGoods: secret
		Code   order.Code   // "" when it worked
	}
	// OrdersResult is a page of orders.
	OrdersResult struct {
		Orders []order.Order
		Total  int
		Offset int
	}
)

func (OrderResult) result()  {}
func (OrdersResult) result() {}
