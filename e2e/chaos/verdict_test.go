package chaos

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
)

// maxCalls is how many Bot API calls the sandbox remembers: a round must not
// make more of them.
const maxCalls = 20_000

// outcome is what became of the orders of a round.
type outcome struct {
	Orders, Delivered, Credited, Unpaid, Waiting int // Waiting: before a person, who was alerted
	Lost, Doubled, Stuck                         int
	Pings                                        int // beyond one an order
	Late                                         int // presses that were answered too late or never
}

func (o *outcome) add(p outcome) {
	o.Orders += p.Orders
	o.Delivered += p.Delivered
	o.Credited += p.Credited
	o.Unpaid += p.Unpaid
	o.Waiting += p.Waiting
	o.Lost += p.Lost
	o.Doubled += p.Doubled
	o.Stuck += p.Stuck
	o.Pings += p.Pings
	o.Late += p.Late
}

// judge holds the vendors' books and the chats against what was promised, and
// our books against them.
func (w *world) judge(n deeds, stuck []string) outcome {
	w.t.Helper()
	w.AuditBooks() // each purchase once, each piece with its buyer, each dollar where it belongs
	w.Tie()
	if trial := w.Trial(); trial.Off != 0 || len(trial.Faults) > 0 {
		w.t.Errorf("trial balance: off by %s, %q", trial.Off, trial.Faults)
	}
	for _, open := range stuck {
		w.t.Errorf("stuck: %s", open)
	}
	got := w.count(stuck)
	got.Lost = w.unseen()
	got.Doubled = w.twice()
	got.Pings = w.pings()
	if crashes := n.Kills + n.Stops; got.Pings > crashes {
		w.t.Errorf("%d pings too many after %d crashes", got.Pings, crashes)
	}
	got.Late = w.violations(n)
	w.AuditSecrets()
	if strings.Contains(w.Log(), "panic") {
		w.t.Error("a replica panicked")
	}
	return got
}

func (w *world) count(stuck []string) outcome {
	w.t.Helper()
	got := outcome{Stuck: len(stuck)}
	for _, o := range w.AllOrders() {
		got.Orders++
		switch {
		case o.Held():
			got.Waiting++
		case o.Status == order.Delivered:
			got.Delivered++
		case o.Received() == 0:
			got.Unpaid++
		default:
			got.Credited++
		}
	}
	return got
}

// unseen counts the goods that were delivered by our books, and that their buyer
// does not see.
func (w *world) unseen() int {
	w.t.Helper()
	sold := make(map[string][]kit.Sold)
	for _, s := range w.Sold() {
		sold[s.Vendor+s.Key] = append(sold[s.Vendor+s.Key], s)
		sold[s.Vendor+s.Order] = append(sold[s.Vendor+s.Order], s)
	}
	missing := 0
	for _, o := range w.AllOrders() {
		if o.Status != order.Delivered {
			continue
		}
		seen := w.eyes(o.Buyer)
		for i, l := range o.Lines {
			for _, a := range l.Attempts {
				key := l.Supplier + a.Key
				if l.Kind == order.KindCard {
					key = l.Supplier + order.PurchaseReference(o.Number, i, a.N)
				}
				for _, s := range sold[key] {
					if l.Kind != order.KindTopUp && s.Card == "" && !strings.Contains(seen.text, s.Text) || s.Card != "" && !seen.cards[s.Secret()] {
						missing++
						w.t.Errorf("lost: order %s is delivered, and its buyer does not see a %s", o.Number, s.What)
					}
				}
			}
		}
	}
	return missing
}

// sight is what somebody sees in their chat.
type sight struct {
	text  string
	cards map[string]bool // by number and secret
}

func (w *world) eyes(id int64) sight {
	w.t.Helper()
	s, looked := w.sights[id]
	if looked { // a message that is turned to its last page stays there
		return s
	}
	p := w.Known(id)
	s = sight{cards: make(map[string]bool)}
	defer func() { w.sights[id] = s }()
	for _, m := range p.Messages() {
		s.text += kit.Body(m) + "\n"
		for m.PhotoURL != "" {
			found := p.Scan(m)
			card := found.Card + " " + found.Secret
			if s.cards[card] {
				break
			}
			s.cards[card] = true
			m = turned(p, m)
		}
	}
	return s
}

// turned is a message at its next page, as it is when it has none.
func turned(p *kit.Person, m kit.Message) kit.Message {
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.Text != "Next ›" {
				continue
			}
			p.PressData(m.ID, b.Data, false)
			for end := time.Now().Add(kit.Patience / 4); time.Now().Before(end); time.Sleep(glance) {
				if now := p.At(m.ID); now.PhotoURL != m.PhotoURL {
					return now
				}
			}
		}
	}
	return m
}

// twice counts the orders for which more was bought than ordered, although
// nobody was told. What exactly is wrong is said by the audit of the books.
func (w *world) twice() int {
	w.t.Helper()
	made := make(map[string]int)
	for _, o := range w.SupplierBooks().Orders {
		made[o.IdempotencyKey]++
	}
	for _, o := range w.PlexyBooks().Orders {
		made[o.IdempotencyKey]++
	}
	for _, r := range w.CardBooks().Requests {
		made[r.OrderID]++
	}
	for _, o := range w.GatewayBooks().Withdrawals {
		made[o.Note]++
	}
	for _, o := range w.InventBooks().Withdrawals {
		made[o.Description]++
	}
	doubled := 0
	for what, times := range made {
		if times > 1 {
			doubled++
			w.t.Errorf("doubled: %s was made %d times", what, times)
		}
	}
	return doubled
}

// pings counts the messages that ring for goods, beyond one for each order.
func (w *world) pings() int {
	w.t.Helper()
	calls := w.Chat.Calls()
	if len(calls) >= maxCalls*9/10 {
		w.t.Errorf("%d Bot API calls: the first are forgotten", len(calls))
	}
	rings := regexp.MustCompile(`^(🎉 Your |✅ The top-up of order|🎁 Your )`)
	heard := make(map[order.Number]int)
	for _, c := range calls {
		if c.Method != "sendMessage" || c.Code != 200 || !rings.MatchString(c.Params["text"]) {
			continue
		}
		for _, number := range numbers(c.Params["text"]) {
			heard[number]++
		}
	}
	more := 0
	for _, n := range heard {
		more += n - 1
	}
	return more
}

// violations counts presses that nobody answered in time: their replica died,
// and Telegram brought them again too late. Anything else it notes is wrong.
func (w *world) violations(n deeds) int {
	w.t.Helper()
	late := 0
	for _, v := range w.Chat.Violations() {
		if v.Method == "answerCallbackQuery" {
			late++
			continue
		}
		w.t.Errorf("Bot API: %s: %s", v.Method, v.Reason)
	}
	if crashes := n.Kills + n.Stops; late > crashes {
		w.t.Errorf("%d presses were not answered after %d crashes", late, crashes)
	}
	return late
}

// numbers are the order numbers in a text.
func numbers(text string) []order.Number {
	var list []order.Number
	for _, found := range regexp.MustCompile(`[0-9A-Z]{5}-[0-9A-Z]{5}`).FindAllString(text, -1) {
		if n, err := order.ParseNumber(found); err == nil {
			list = append(list, n)
		}
	}
	return list
}

func (o outcome) String() string {
	return fmt.Sprintf("%d orders: %d delivered, %d to credit, %d not paid, %d before a person; %d lost, %d doubled, %d stuck; %d pings too many, %d presses unanswered",
		o.Orders, o.Delivered, o.Credited, o.Unpaid, o.Waiting, o.Lost, o.Doubled, o.Stuck, o.Pings, o.Late)
}
