package ordertest

import (
	"context"
	"slices"

	"giftbot/order"
)

// Chat is what buyers and admins can see, and the sender that shows it to them.
type Chat struct {
	shown  map[order.Number][]string // codes in the order's message
	status map[order.Number]order.Status
	pings  map[order.Number]int
	alerts map[order.Number][]order.Reason
	told   map[order.Number]bool // the message said that a person is looking
	edits  map[order.Number]int
}

// NewChat returns an empty chat.
func NewChat() *Chat {
	return &Chat{
		shown: make(map[order.Number][]string), status: make(map[order.Number]order.Status), pings: make(map[order.Number]int),
		alerts: make(map[order.Number][]order.Reason), told: make(map[order.Number]bool), edits: make(map[order.Number]int),
	}
}

// Codes is what the order's message shows its buyer.
func (c *Chat) Codes(n order.Number) []string { return c.shown[n] }

// Status is the status the order's message shows.
func (c *Chat) Status(n order.Number) order.Status { return c.status[n] }

// Pings is how often the buyer was rung.
func (c *Chat) Pings(n order.Number) int { return c.pings[n] }

// Alerts are the reasons admins were told, in order.
func (c *Chat) Alerts(n order.Number) []order.Reason { return c.alerts[n] }

// ToldHeld reports whether the buyer's message says that a person is looking.
func (c *Chat) ToldHeld(n order.Number) bool { return c.told[n] }

// Edits is how often the order's message was written.
func (c *Chat) Edits(n order.Number) int { return c.edits[n] }

// message is the id of an order's status message: one per order.
const message = 7

func (c *Chat) edit(a order.Announced, codes []string) {
	c.edits[a.Number]++
	c.status[a.Number] = a.Order.Status
	c.told[a.Number] = a.Order.Held()
	c.shown[a.Number] = slices.Clone(codes) // none of an older order: they are gone from the message
}

// Sender tells announcements, one Step each, like the edge of the bot does.
type Sender struct {
	view   *View
	engine *order.Engine
	chat   *Chat
	gate   *Gate
}

// NewSender connects a chat to one process.
func NewSender(view *View, engine *order.Engine, chat *Chat, gate *Gate) *Sender {
	return &Sender{view: view, engine: engine, chat: chat, gate: gate}
}

// Step tells at most one announcement.
func (s *Sender) Step(ctx context.Context) (bool, error) {
	list, err := s.view.Pending(ctx)
	if err != nil || len(list) == 0 {
		return false, err
	}
	a, err := s.view.Take(ctx, list[0].Number, list[0].Announcement)
	if err != nil {
		return true, err
	}
	return true, s.tell(ctx, a)
}

func (s *Sender) tell(ctx context.Context, a order.Announced) error {
	switch a.Kind {
	case order.AnnouncePing:
		return s.send(ctx, a, "ping", func() {
			if a.Order.Status == order.Delivered { // else it rings about a hold, once per reason
				s.chat.pings[a.Number]++
			}
		})
	case order.AnnounceAlert:
		return s.send(ctx, a, "alert", func() { s.chat.alerts[a.Number] = append(s.chat.alerts[a.Number], a.Order.Reason) })
	default:
		return s.status(ctx, a)
	}
}

func (s *Sender) send(ctx context.Context, a order.Announced, op string, effect func()) error {
	if err := do(s.gate, op, func() error { effect(); return nil }); err != nil {
		return err
	}
	return s.again(ctx, a, s.view.Ack(ctx, a))
}

// again has told once more what may be older than what stands.
func (s *Sender) again(ctx context.Context, a order.Announced, err error) error {
	if err == nil || order.CodeOf(err) != order.CodeStale {
		return err
	}
	return s.view.Later(ctx, a, s.view.s.clock.Stamp())
}

func (s *Sender) status(ctx context.Context, a order.Announced) error {
	var codes []string
	if a.Order.Status == order.Ready || a.Order.Status == order.Delivered {
		goods, err := s.engine.Goods(a.Order)
		if err != nil {
			return err
		}
		for _, g := range goods {
			codes = append(codes, g.Code+g.Proof)
		}
	}
	if err := do(s.gate, "edit", func() error { s.chat.edit(a, codes); return nil }); err != nil {
		return err
	}
	return s.again(ctx, a, s.engine.Shown(ctx, a, message))
}
