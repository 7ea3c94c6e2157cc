// Package flows is the conversation with a buyer as pure state machines,
// without a word of Telegram: Step turns a session and an input into the next
// session, replies, and at most one intent, which the edge carries out and
// feeds back as the next input.
//
//	Step(env, session, input)        one turn; always answers (reply, toast or intent)
//	Again(env, session)              the saved screen once more, after a repeated update
//	OrderView(env, order, goods, p)  the order's one status message
//	PingView(order), AlertView(order) the short messages beside it
//	TroubleView(), ToldView(toast), GroupView(url) when the edge could not do its part, and in groups
//	Commands()                       the command list of every language
//
// A session trusts nothing a button says: products, prices, stock, languages
// and gateways are looked up again, orders are fetched for the person who
// asks. What a yes about money is worth is what stands on that very screen: old
// screens, other sums and late answers spend nothing. A typed wallet address is
// in the session until it is sent, and nowhere else.
//
// A gift card's view has a picture, and its words fit a caption. Texts are keys
// of package locales with typed arguments; a string argument came from outside
// and must be escaped by the edge. View.Codes stand below all blocks.
package flows
