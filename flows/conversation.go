package flows

import "giftbot/order"

// Conversation offers this package as methods, for an edge that takes it as a
// port. It holds nothing.
type Conversation struct{}

// Step is Step.
func (Conversation) Step(env Env, s Session, in Input) (Session, Outcome) { return Step(env, s, in) }

// Again is Again.
func (Conversation) Again(env Env, s Session) (Session, Outcome) { return Again(env, s) }

// Status is OrderView on its first page.
func (Conversation) Status(env Env, o order.Order, goods []order.Good) View {
	return OrderView(env, o, goods, 0)
}

// Ping is PingView.
func (Conversation) Ping(_ Env, o order.Order) View { return PingView(o) }

// Alert is AlertView.
func (Conversation) Alert(_ Env, o order.Order) View { return AlertView(o) }
