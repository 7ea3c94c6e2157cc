package flows

import (
	"slices"

	"giftbot/catalog"
	"giftbot/order"
)

// missing is the index of the first account field without a usable answer.
func (c *turn) missing(p catalog.Product) int { return firstMissing(p, c.s.Typed) }

func firstMissing(p catalog.Product, values [MaxFields]string) int {
	for i, f := range p.Fields {
		if !f.Accepts(values[min(i, MaxFields-1)]) {
			return i
		}
	}
	return len(p.Fields)
}

// askField asks for one field of the account; behind the last one the
// purchase goes on. Nobody gets past a field that is missing.
func (c *turn) askField(p catalog.Product, index int, saying Text) {
	index = max(0, min(index, c.missing(p)))
	if index >= len(p.Fields) {
		c.afterFields(p, saying)
		return
	}
	c.step(ScreenField)
	c.s.Page = index
	v := View{Blocks: c.fieldBlocks(p, index), Keyboard: c.fieldKeys(p, index)}
	if saying.Key != "" {
		v.Blocks = slices.Insert(v.Blocks, 0, saying)
	}
	c.show(v)
}

func (c *turn) afterFields(p catalog.Product, saying Text) {
	if p.Kind == order.KindTopUp {
		c.s.Quantity = 1
		c.reviewSaying(p, saying)
		return
	}
	c.askCount(p, saying)
}

func (c *turn) fieldBlocks(p catalog.Product, index int) []Text {
	f := p.Fields[index]
	blocks := c.intro(p)[:1]
	if index == 0 && !p.Open() {
		blocks = append(c.intro(p), t("topup.price", "price", p.Price))
	}
	if c.s.Face > 0 {
		blocks[0] = lines(blocks[0], t("topup.chosen", "amount", thingOf(p, c.s.Face).amount()))
	}
	ask := []Text{t("field.ask", "label", fieldLabel(f))}
	if f.Example != "" {
		ask = append(ask, t("field.example", "example", f.Example))
	}
	blocks = append(blocks, lines(ask...))
	if now := c.s.Typed[index]; f.Accepts(now) {
		blocks = append(blocks, t("field.now", "value", now))
	}
	if index == 0 && c.offersSame(p) {
		blocks = append(blocks, lines(t("field.last"), accountText(p, c.s.Last.Values)))
	}
	return blocks
}

func (c *turn) fieldKeys(p catalog.Product, index int) [][]Button {
	var keys [][]Button
	if p.Fields[index].Accepts(c.s.Typed[index]) {
		keys = append(keys, row(button(t("b.keep_value"), VerbField, p.ID, "", index+1)))
	}
	if index == 0 && c.offersSame(p) {
		keys = append(keys, row(button(t("b.same"), VerbSame, p.ID, "", 0)))
	}
	back := c.stepBefore(p, ScreenField)
	if index > 0 {
		back = button(t("b.back"), VerbField, p.ID, "", index-1)
	}
	return append(keys, homeRow("", back))
}

// fieldLabel is what a field is called: one of our words, or what the
// settings say.
func fieldLabel(f catalog.Field) Text {
	words := []Text{
		t("field.account"), t("field.email"), t("field.login"), t("field.phone"), t("field.player_id"),
		t("field.server"), t("field.steam_login"), t("field.user_id"), t("field.username"), t("field.zone_id"),
	}
	if i := slices.IndexFunc(words, func(w Text) bool { return w.Key == f.Label }); i >= 0 {
		return words[i]
	}
	return t("thing.name", "name", clip(f.Label, buttonName))
}

// accountText repeats an account in full.
func accountText(p catalog.Product, values [MaxFields]string) Text {
	var all []Text
	for i, f := range p.Fields[:min(len(p.Fields), MaxFields)] {
		all = append(all, t("field.value", "label", fieldLabel(f), "value", values[i]))
	}
	return lines(all...)
}

// typedField takes the answer for the field that was asked for.
func (c *turn) typedField(p catalog.Product, text string) {
	index := min(c.s.Page, c.missing(p), len(p.Fields)-1)
	if index < 0 {
		c.afterFields(p, Text{})
		return
	}
	f, value := p.Fields[index], asShown(text)
	if !f.Accepts(value) {
		c.askField(p, index, t("field.wrong", "label", fieldLabel(f)))
		return
	}
	typed := c.s.Typed
	typed[index] = value
	if stored(typed) > typedRoom {
		c.askField(p, index, t("field.long"))
		return
	}
	c.s.Typed = typed
	c.askField(p, index+1, Text{})
}

// offersSame reports whether the last top-up's account fits this product.
func (c *turn) offersSame(p catalog.Product) bool {
	return c.s.Last.Product == p.ID && firstMissing(p, c.s.Last.Values) == len(p.Fields)
}

// same takes the account of the last top-up.
func (c *turn) same(p catalog.Product) {
	if !c.offersSame(p) {
		c.toast(t("toast.old"))
		c.askField(p, 0, Text{})
		return
	}
	c.s.Typed = c.s.Last.Values
	c.askField(p, len(p.Fields), Text{})
}

// account is what was typed, by the supplier's names.
func (c *turn) account(p catalog.Product) [MaxFields]order.Part {
	var parts [MaxFields]order.Part
	for i, f := range p.Fields[:min(len(p.Fields), MaxFields)] {
		parts[i] = order.Part{Key: f.Key, Value: c.s.Typed[i]}
	}
	return parts
}

// valuesOf are the values of an account, in the product's order.
func valuesOf(parts [MaxFields]order.Part) [MaxFields]string {
	var values [MaxFields]string
	for i, part := range parts {
		values[i] = part.Value
	}
	return values
}
