package flows

import (
	"flag"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/catalog"
	"giftbot/locales"
	"giftbot/order"
)

// goods is a catalogue a test sets.
type goods struct {
	categories []catalog.Category
	products   map[string]catalog.Product
}

func (g *goods) Categories(kind order.Kind) []catalog.Category {
	return slices.DeleteFunc(slices.Clone(g.categories), func(c catalog.Category) bool { return c.Kind != kind })
}

func (g *goods) Category(id string) (catalog.Category, bool) {
	i := slices.IndexFunc(g.categories, func(c catalog.Category) bool { return c.ID == id })
	if i < 0 {
		return catalog.Category{}, false
	}
	return g.categories[i], true
}

func (g *goods) Product(id string) (catalog.Product, bool) {
	p, ok := g.products[id]
	return p, ok
}

func (g *goods) ReadAt() order.Stamp { return 1 }

func (g *goods) add(category, item, name string, price order.Money, stock int) {
	id, key := "infinivoucher:"+item, "infinivoucher:"+category
	i := slices.IndexFunc(g.categories, func(c catalog.Category) bool { return c.ID == key })
	if i < 0 {
		g.categories = append(g.categories, catalog.Category{ID: key, Name: category})
		i = len(g.categories) - 1
	}
	g.categories[i].Products = append(g.categories[i].Products, id)
	g.products[id] = catalog.Product{
		ID: id, Supplier: "infinivoucher", Item: item, Category: key, Name: name, Title: category + " " + name,
		Cost: price / 2, Price: price, Stock: stock, Counted: true,
	}
}

func (g *goods) change(item string, f func(*catalog.Product)) {
	p := g.products["infinivoucher:"+item]
	f(&p)
	g.products["infinivoucher:"+item] = p
}

func newGoods() *goods {
	g := &goods{products: map[string]catalog.Product{}}
	g.add("PUBG", "uc60", "60 UC", 940_000, 142)
	g.add("PUBG", "uc325", "325 UC", 4_700_000, 3)
	g.add("PUBG", "uc660", "660 UC <new>", 9_400_000, 0)
	g.add("Steam", "steam10", "Steam 10 USD", 11_000_000, 1)
	return g
}

const testDraft = order.Number("3F7KQW2M9") // completed by number()

// number makes a valid order number from nine characters.
func number(body string) order.Number {
	for _, check := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
		if n, err := order.ParseNumber(body + string(check)); err == nil {
			return n
		}
	}
	panic("no check character for " + body)
}

func testEnv() Env {
	return Env{
		Person:    Person{ID: 1001, Name: "Ada", Language: "en"},
		Now:       order.At(start),
		Catalogue: newGoods(),
		Draft:     number(string(testDraft)),
		Shop: Shop{
			Name: "Gift <shop>", SupportURL: "https://t.me/help", Languages: []string{"en", "ru"},
			Gateways: []Gateway{{Name: "infini", Label: GatewayLabel("infini")}}, MinOrder: 1_000_000,
		},
	}
}

var start = time.Date(2026, 11, 21, 14, 5, 0, 0, time.UTC)

// voice renders texts as a person reads them, without markup.
type voice struct {
	*locales.Catalogue
	lang string
}

func (v voice) text(x Text) string {
	return html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(v.html(x), ""))
}

func (v voice) html(x Text) string {
	args := map[string]any{}
	for name, value := range x.Args {
		args[name] = v.argument(value)
	}
	if x.Plural {
		return v.Plural(v.lang, x.Key, x.Count, args)
	}
	return v.Text(v.lang, x.Key, args)
}

func (v voice) argument(value any) any {
	switch value := value.(type) {
	case string:
		return html.EscapeString(value)
	case int:
		return value
	case order.Money:
		return v.Money(v.lang, value.String())
	case order.Stamp:
		return v.Time(v.lang, value.Time())
	case order.Number:
		return value.Pretty()
	case Text:
		return v.html(value)
	default:
		panic(fmt.Sprintf("argument of type %T", value))
	}
}

func (v voice) view(view View) string {
	var paragraphs []string
	for _, b := range view.Blocks {
		paragraphs = append(paragraphs, v.text(b))
	}
	if len(view.Codes) > 0 {
		var codes []string
		for i, code := range view.Codes {
			mark := strconv.Itoa(view.First+i) + "."
			if len(view.Labels) > 0 {
				mark = v.text(view.Labels[i]) + ":"
			}
			codes = append(codes, fmt.Sprintf("%s ▒%s▒", mark, code))
		}
		paragraphs = append(paragraphs, strings.Join(codes, "\n"))
	}
	text := strings.Join(paragraphs, "\n\n")
	if p := view.Picture; p != nil {
		text = fmt.Sprintf("(picture: %s %s, %s %s, card %s)\n\n", p.Amount, p.Token, p.Network, p.Chain, p.Card) + text
	}
	for _, row := range view.Keyboard {
		var keys []string
		for _, b := range row {
			keys = append(keys, "["+v.button(b)+"]")
		}
		text += "\n" + strings.Join(keys, " ")
	}
	return text
}

func (v voice) button(b Button) string {
	label := v.text(b.Label)
	if b.URL != "" {
		label += " → " + b.URL
	}
	return label
}

// message is one message of a chat.
type message struct {
	view    View
	protect bool
}

// chat is a buyer, the bot's messages, and a stand-in for the edge and the
// engine: answer says what becomes of an intent.
type chat struct {
	t        *testing.T
	env      Env
	goods    *goods
	voice    voice
	session  Session
	messages []message
	status   int // message of the order, 0 before it is announced
	answer   func(Intent) Result
	order    order.Order
	codes    []order.Good
	credit   CreditResult
	networks []PayoutNetwork
	log      strings.Builder
}

func newChat(t *testing.T, lang string) *chat {
	t.Helper()
	texts, err := locales.New()
	if err != nil {
		t.Fatal(err)
	}
	c := &chat{t: t, env: testEnv(), voice: voice{texts, lang}}
	c.goods, _ = c.env.Catalogue.(*goods)
	c.env.Person.Language = lang
	c.answer = c.desk
	return c
}

// desk answers intents as the engine would on a good day.
func (c *chat) desk(i Intent) Result {
	r := OrderResult{Intent: i, Order: c.order}
	switch i := i.(type) {
	case ShowCredit, ShowNetworks, UseCredit, TakeCredit, AskPayout, SetAddress, DropPayout:
		return c.cashier(i)
	case PlaceOrder:
		p, _ := c.goods.Product(i.Product)
		c.order = newOrder(p, i.Quantity)
		c.order.Lines[0].Face, c.order.Lines[0].UnitPrice, c.order.Total = i.Face, i.Unit, i.Unit.Times(i.Quantity)
		c.order.Payments[0].Gateway, c.order.Payments[0].Asked = i.Gateway, c.order.Total
		if i.Credit > 0 {
			c.spent(i)
		}
		r.Order = c.order
	case PayBy:
		c.order.Payments = append(c.order.Payments, order.Payment{N: len(c.order.Payments) + 1, Gateway: i.Gateway, State: order.PaymentPlanned, Asked: c.order.Missing()})
		r.Order = c.order
	case ListOrders:
		if c.order.Number == "" {
			return OrdersResult{}
		}
		return OrdersResult{Orders: []order.Order{c.order}, Total: 1, Offset: i.Offset}
	case CancelOrder:
		if moneySeen(c.order) && !i.Money {
			r.Code = order.CodeEvent
			break
		}
		c.order.Status, c.order.Flags = order.Cancelled, c.order.Flags.Without(order.FlagShort)
		c.note("cancelled", "")
		c.toCredit(c.order.Left())
		r.Order = c.order
	case RevealGoods:
		r.Goods = c.codes
	default:
	}
	if c.order.Number == "" {
		r.Code = order.CodeMissing
	}
	return r
}

func newOrder(p catalog.Product, quantity int) order.Order {
	total := p.Price.Times(quantity)
	return order.Order{
		Number: number(string(testDraft)), Buyer: 1001, Language: "en", Status: order.AwaitingPayment,
		Lines:     []order.Line{{Product: p.ID, Supplier: p.Supplier, Item: p.Item, Name: p.Title, Quantity: quantity, UnitPrice: p.Price, UnitCost: p.Cost, State: order.LineWaiting, Kind: p.Kind, Usual: int(p.Usual / time.Second)}},
		Payments:  []order.Payment{{N: 1, Gateway: "infini", State: order.PaymentPlanned, Asked: total}},
		Total:     total,
		CreatedAt: order.At(start), ExpiresAt: order.At(start).Add(time.Hour),
	}
}

func (c *chat) note(what, note string) {
	at := order.At(start).Add(time.Duration(len(c.order.Timeline)+1) * time.Minute)
	c.order.Timeline = append(c.order.Timeline, order.Moment{At: at, What: what, Note: note})
}

func (c *chat) command(name, argument string) {
	c.logf("> /%s", strings.TrimSpace(name+" "+argument))
	c.input(Input{Command: name, Argument: argument}, 0)
}

func (c *chat) text(text string) {
	c.logf("> %s", text)
	c.input(Input{Text: text}, 0)
}

func (c *chat) sticker() {
	c.logf("> (a sticker)")
	c.input(Input{Other: true}, 0)
}

// press presses the newest button that does what is wanted; what is left
// empty matches anything.
func (c *chat) press(verb Verb, id, arg string) {
	c.t.Helper()
	for at := len(c.messages) - 1; at >= 0; at-- {
		for _, row := range c.messages[at].view.Keyboard {
			for _, b := range row {
				if b.Do != nil && b.Do.Verb == verb && (id == "" || b.Do.ID == id) && (arg == "" || b.Do.Arg == arg) {
					c.pressButton(at, b)
					return
				}
			}
		}
	}
	c.t.Fatalf("no button %s %s %s in the chat:\n%s", verb, id, arg, c.log.String())
}

// label presses the newest button with that label.
func (c *chat) label(label string) {
	c.t.Helper()
	for at := len(c.messages) - 1; at >= 0; at-- {
		for _, row := range c.messages[at].view.Keyboard {
			for _, b := range row {
				if b.Do != nil && c.voice.text(b.Label) == label {
					c.pressButton(at, b)
					return
				}
			}
		}
	}
	c.t.Fatalf("no button %q in the chat:\n%s", label, c.log.String())
}

func (c *chat) pressButton(at int, b Button) {
	c.logf("> [%s] on #%d", c.voice.button(b), at+1)
	c.input(Input{Action: b.Do}, at+1)
}

// forge presses a button that is not there.
func (c *chat) forge(a Action) {
	c.logf("> (an old button: %s %s %s)", a.Verb, a.ID, a.Arg)
	c.input(Input{Action: &a}, max(1, len(c.messages)))
}

func (c *chat) input(in Input, pressed int) {
	c.t.Helper()
	answered := false
	for range 4 {
		var out Outcome
		c.session, out = Step(c.env, c.session, in)
		if c.session.Language != "" {
			c.voice.lang = c.session.Language
		}
		if out.Toast.Key != "" {
			answered = true
			c.logf("toast: %s", c.voice.text(out.Toast))
		}
		for _, r := range out.Replies {
			answered = true
			c.reply(r, pressed)
		}
		if out.Intent == nil {
			if !answered {
				c.t.Fatalf("silence after %+v\n%s", in, c.log.String())
			}
			return
		}
		in = Input{Result: c.answer(out.Intent)}
	}
	c.t.Fatal("intents without end")
}

func (c *chat) reply(r Reply, pressed int) {
	if r.Place == PlaceEdit && pressed > 0 {
		c.messages[pressed-1].view = r.View
		c.show("edits", pressed, r.View, false)
		return
	}
	c.messages = append(c.messages, message{r.View, r.Protect})
	c.show("sends", len(c.messages), r.View, r.Protect)
}

// announce is the outbox: the order's one status message, sent then edited.
func (c *chat) announce() {
	var codes []order.Good
	if hasGoods(c.order) {
		codes = c.codes
	}
	view := OrderView(c.env, c.order, codes, 0)
	if c.status == 0 {
		c.messages = append(c.messages, message{view, true})
		c.status = len(c.messages)
		c.show("sends", c.status, view, true)
		return
	}
	c.messages[c.status-1].view = view
	c.show("edits", c.status, view, false)
}

func (c *chat) ping() {
	view := PingView(c.order)
	c.messages = append(c.messages, message{view, false})
	c.show("sends", len(c.messages), view, false)
}

func (c *chat) show(how string, at int, v View, protect bool) {
	mark := ""
	if protect {
		mark = " (protected)"
	}
	c.logf("bot %s #%d%s:\n%s", how, at, mark, indent(c.voice.view(v)))
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(text, "\n", "\n    ")
}

func (c *chat) logf(format string, args ...any) {
	fmt.Fprintf(&c.log, format+"\n", args...)
}

var update = flag.Bool("update", false, "rewrite the transcripts")

// golden compares the conversation with its transcript.
func (c *chat) golden(name string) {
	c.t.Helper()
	if c.voice.Missing() != 0 {
		c.t.Errorf("%d texts or arguments are missing", c.voice.Missing())
	}
	got := regexp.MustCompile(`(?m)[ \t]+$`).ReplaceAllString(c.log.String(), "")
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			c.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		c.t.Fatalf("no transcript, write it with -update: %v", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func someCodes(count int) []order.Good {
	var codes []order.Good
	for i := range count {
		codes = append(codes, order.Good{Piece: order.Piece{Code: "ABCD-EFGH-" + strconv.Itoa(1000+i)}})
	}
	return codes
}
