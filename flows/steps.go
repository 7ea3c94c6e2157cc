package flows

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"giftbot/catalog"
	"giftbot/order"
)

// A product of any amount, a top-up and a gift card are bought step by step:
// amount → account fields → how many → message → checkout, as far as the
// product has them. What was answered is in the session and is checked again
// by every step.

// stepped reports whether a product is bought step by step, and not on a card
// with a quantity.
func stepped(p catalog.Product) bool {
	return p.Open() || len(p.Fields) > 0 || p.Kind != order.KindVoucher
}

// choose starts anew with a product.
func (c *turn) choose(p catalog.Product) {
	c.goTo(ScreenProduct)
	c.s.Product, c.s.Quantity = p.ID, 1
}

// step moves on in a purchase: what was answered stays.
func (c *turn) step(screen Screen) {
	c.s.Screen, c.s.Page = screen, 0
	c.s.Category, c.s.Draft, c.s.Price, c.s.Number = "", "", 0, ""
}

// begin shows the first step of a product.
func (c *turn) begin(p catalog.Product, saying Text) {
	if c.s.Product != p.ID {
		c.choose(p)
	}
	switch {
	case len(p.Fields) > MaxFields:
		c.gone()
	case p.Stock < 1:
		c.soldOut(p, saying)
	case p.Open():
		c.askAmount(p, saying)
	default:
		c.s.Face = 0
		c.askField(p, 0, saying)
	}
}

// soldOut shows a product that cannot be bought at this moment.
func (c *turn) soldOut(p catalog.Product, saying Text) {
	c.step(ScreenProduct)
	v := View{Blocks: append(c.intro(p), t("product.out"), t("product.come_back"))}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	v.Keyboard = [][]Button{homeRow("", c.leave(p))}
	c.show(v)
}

// underway is the product of a button that belongs to a purchase under way. A
// button of another purchase, or one that lacks an answer, begins anew.
func (c *turn) underway(id string) (catalog.Product, bool) {
	p, ok := c.env.Catalogue.Product(id)
	switch {
	case !ok:
		c.gone()
	case !stepped(p):
		c.product(id, 1)
	case c.s.Product != id:
		c.toast(t("toast.old"))
		c.begin(p, Text{})
	case p.Stock < 1 || p.Open() && !p.Face.Fits(c.s.Face) || len(p.Fields) > MaxFields:
		c.begin(p, Text{})
	default:
		return p, true
	}
	return p, false
}

// pressStep is a button of a purchase step by step.
func (c *turn) pressStep(a Action) {
	if a.Verb == VerbAmount {
		c.amountPressed(a)
		return
	}
	p, ok := c.underway(a.ID)
	if !ok {
		return
	}
	switch a.Verb {
	case VerbField:
		c.askField(p, a.N, Text{})
	case VerbSame:
		c.same(p)
	case VerbCount:
		c.countPressed(p, a)
	case VerbNote:
		c.notePressed(p, a)
	default:
		c.review(p)
	}
}

// stepAgain shows the step under way once more.
func (c *turn) stepAgain() {
	page := c.s.Page
	p, ok := c.env.Catalogue.Product(c.s.Product)
	if ok && c.s.Screen == ScreenAmount && p.Open() && p.Stock > 0 {
		c.askAmount(p, Text{})
		return
	}
	if p, ok = c.underway(c.s.Product); !ok {
		return
	}
	switch c.s.Screen {
	case ScreenField:
		c.askField(p, page, Text{})
	case ScreenCount:
		c.askCount(p, Text{})
	default:
		c.askNote(p, Text{})
	}
}

// typedStep is a text while a step asks for something.
func (c *turn) typedStep(text string) {
	if c.s.Screen == ScreenAmount {
		c.typedAmount(text)
		return
	}
	p, ok := c.underway(c.s.Product)
	if !ok {
		return
	}
	switch c.s.Screen {
	case ScreenField:
		c.typedField(p, text)
	case ScreenCount:
		c.typedCount(p, text)
	default:
		c.typedNote(p, text)
	}
}

// stepBefore is the button back from a step, "" for the checkout.
func (c *turn) stepBefore(p catalog.Product, screen Screen) Button {
	label := t("b.back")
	counted := p.Kind != order.KindTopUp
	switch {
	case screen == "" && p.Kind == order.KindCard:
		return button(label, VerbNote, p.ID, "", 0)
	case screen == ScreenNote, screen == "" && counted:
		return button(label, VerbCount, p.ID, "", c.s.Quantity)
	case screen != ScreenField && len(p.Fields) > 0:
		return button(label, VerbField, p.ID, "", len(p.Fields)-1)
	case p.Open():
		return button(label, VerbAmount, p.ID, "", 0)
	default:
		return c.leave(p)
	}
}

// leave leads back to where a product was chosen. A category of one product
// is never shown: it would lead here again.
func (c *turn) leave(p catalog.Product) Button {
	k, _ := c.env.Catalogue.Category(p.Category)
	if p.Kind != order.KindVoucher && len(k.Products) < 2 {
		return button(t("b.back"), listVerb(p.Kind), "", "", 0)
	}
	return button(t("b.back"), VerbCategory, p.Category, "", c.pageIn(p))
}

// intro is what a product is.
func (c *turn) intro(p catalog.Product) []Text {
	title := t("product.title", "name", clip(p.Title, textName))
	switch x := thingOf(p, 0); p.Kind {
	case order.KindTopUp:
		title = t("topup.product", "name", clip(p.Title, textName))
	case order.KindCard:
		title = t("giftcard.product", "token", x.unit(), "network", x.network())
	default:
	}
	return append([]Text{title}, about(p)...)
}

// about is what the supplier says about a product, and where it works.
func about(p catalog.Product) []Text {
	var all []Text
	if p.About != "" {
		all = append(all, t("product.about", "about", p.About))
	}
	switch {
	case p.Region == "":
	case strings.EqualFold(p.Region, "global"):
		all = append(all, t("product.worldwide"))
	default:
		all = append(all, t("product.region", "region", clip(p.Region, textName)))
	}
	return all
}

// stored is how many bytes of a session a value takes.
func stored[T any](value T) int {
	raw, err := json.Marshal(value)
	if err != nil {
		return sessionLimit + 1
	}
	return len(raw)
}

// fit keeps a session small: the last account is what it can do without.
func (c *turn) fit() {
	if c.s.Last != (Account{}) && stored(c.s) > sessionLimit {
		c.s.Last = Account{}
	}
}

// oneLine makes a typed text one line, without characters that show nothing:
// what a screen has confirmed is all that a supplier gets. What joins letters and
// pictures to one stays.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200c' || r == '\u200d':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}

// asShown makes a typed text one line of what its screen shows: no joiner, filler
// or choice of a picture's style stays either. An account has no use for them.
func asShown(text string) string {
	return oneLine(strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Join_Control, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			return -1
		}
		return r
	}, oneLine(text)))
}
