package flows

import (
	"slices"
	"strings"

	"giftbot/catalog"
	"giftbot/order"
)

// amountText writes an amount without needless zeros: "25 USDC".
func amountText(m order.Money, unit string) Text {
	whole, part, broken := strings.Cut(m.Decimal().String(), ".")
	if !broken {
		return t("amount.whole", "whole", whole, "unit", unit)
	}
	return t("amount.part", "whole", whole, "part", part, "unit", unit)
}

// amountPressed takes an amount from a button, or asks for one.
func (c *turn) amountPressed(a Action) {
	p, ok := c.env.Catalogue.Product(a.ID)
	switch {
	case !ok:
		c.gone()
		return
	case !p.Open() || p.Stock < 1:
		c.product(p.ID, 1)
		return
	case c.s.Product != p.ID:
		c.choose(p)
	}
	if a.N == 0 {
		c.askAmount(p, Text{})
		return
	}
	c.takeAmount(p, order.Cent.Times(a.N))
}

// typedAmount takes an amount sent as text.
func (c *turn) typedAmount(text string) {
	p, ok := c.env.Catalogue.Product(c.s.Product)
	if !ok {
		c.gone()
		return
	}
	if !p.Open() || p.Stock < 1 {
		c.product(p.ID, 1)
		return
	}
	amount, ok := readAmount(text, thingOf(p, 0).unit())
	if !ok {
		c.askAmount(p, t("amount.unread"))
		return
	}
	c.takeAmount(p, amount)
}

// readAmount reads what people type: "25", "$ 12,50", "12.5 USDC". Digits in
// threes behind a comma or a dot may mean thousands, so they are not guessed.
func readAmount(text, unit string) (order.Money, bool) {
	text = strings.ToLower(strings.Join(strings.Fields(text), ""))
	for _, word := range []string{"$", strings.ToLower(order.Currency), strings.ToLower(unit)} {
		text = strings.TrimSuffix(strings.TrimPrefix(text, word), word)
	}
	text, negative := strings.CutPrefix(strings.Replace(text, ",", ".", 1), "-")
	whole, part, _ := strings.Cut(text, ".")
	digits := strings.Trim(whole+part, "0123456789") == "" && whole != ""
	if !digits || len(whole) > 9 || len(part) > 6 || len(part) == 3 && strings.Trim(whole, "0") != "" {
		return 0, false
	}
	if part == "" {
		part = "0"
	}
	amount, err := order.ParseMoney(whole + "." + part)
	if negative {
		amount = -amount
	}
	return amount, err == nil
}

// takeAmount goes on with an amount, or says what is wrong with it.
func (c *turn) takeAmount(p catalog.Product, amount order.Money) {
	if saying, bad := c.wrongAmount(p, amount); bad {
		c.askAmount(p, saying)
		return
	}
	c.s.Face = amount
	c.askField(p, c.missing(p), Text{})
}

// wrongAmount says why a product does not come in an amount.
func (c *turn) wrongAmount(p catalog.Product, amount order.Money) (Text, bool) {
	f, unit := p.Face, thingOf(p, 0).unit()
	switch {
	case amount < f.Min || amount <= 0:
		return t("amount.small", "min", amountText(f.Min, unit)), true
	case amount > f.Max:
		return t("amount.large", "max", amountText(f.Max, unit)), true
	case !f.Fits(amount):
		return nearestText(f, amount, unit), true
	}
	_, price, err := p.Quote(amount)
	if err != nil {
		return t("amount.unread"), true
	}
	if most := price.Times(mostOf(p)); most < c.env.Shop.MinOrder {
		return t("minimum.text", "minimum", c.env.Shop.MinOrder, "total", most), true
	}
	return Text{}, false
}

// nearestText names the amounts beside one that is not a whole number of steps.
func nearestText(f catalog.Face, amount order.Money, unit string) Text {
	lower := amount - (amount-f.Min)%f.Step
	near := amountText(lower, unit)
	if higher := lower + f.Step; f.Fits(higher) {
		near = t("amount.or", "lower", near, "higher", amountText(higher, unit))
	}
	return t("amount.step", "step", amountText(f.Step, unit), "near", near)
}

// askAmount shows what amounts there are.
func (c *turn) askAmount(p catalog.Product, saying Text) {
	c.step(ScreenAmount)
	v := View{Blocks: c.intro(p)}
	if saying.Key != "" {
		v.Blocks = []Text{saying, v.Blocks[0]}
	}
	v.Blocks = append(v.Blocks, rangeText(p), t("amount.ask"))
	for pair := range slices.Chunk(c.presets(p), 2) {
		v.Keyboard = append(v.Keyboard, amountKeys(p, pair))
	}
	v.Keyboard = append(v.Keyboard, homeRow("", c.leave(p)))
	c.show(v)
}

func rangeText(p catalog.Product) Text {
	f, unit := p.Face, thingOf(p, 0).unit()
	least, most := amountText(f.Min, unit), amountText(f.Max, unit)
	if f.Step <= order.Cent {
		return t("amount.range", "min", least, "max", most)
	}
	return t("amount.steps", "min", least, "max", most, "step", amountText(f.Step, unit))
}

func amountKeys(p catalog.Product, amounts []order.Money) []Button {
	var keys []Button
	for _, amount := range amounts {
		_, price, err := p.Quote(amount)
		if err != nil {
			continue
		}
		label := t("b.amount", "amount", amountText(amount, thingOf(p, 0).unit()), "price", price)
		keys = append(keys, button(label, VerbAmount, p.ID, "", int(amount/order.Cent)))
	}
	return keys
}

// presets are the amounts offered as buttons: the product's own, else round
// ones. A button counts in cents.
func (c *turn) presets(p catalog.Product) []order.Money {
	wanted := p.Face.Presets
	if len(wanted) == 0 {
		for _, dollars := range []int{1, 5, 10, 20, 25, 50, 100, 200, 500, 1000} {
			wanted = append(wanted, (100 * order.Cent).Times(dollars))
		}
		wanted = append(wanted, p.Face.Max)
	}
	var some []order.Money
	for _, m := range wanted {
		_, bad := c.wrongAmount(p, m)
		if !bad && m%order.Cent == 0 && !slices.Contains(some, m) && len(some) < presetsMax {
			some = append(some, m)
		}
	}
	return some
}
