// Package telegram is the Telegram edge: what comes in from the Bot API and
// what goes out to it. It knows no shop logic; conversations live in flows,
// the lifecycle of an order in order.
//
// The way of an update:
//
//	Intake      POST only, secret, size, decoding, one update per person at a
//	            time, bounded, panic and deadline; 200 only when all is done
//	Dispatcher  update → flows.Input; session from memory; step; intents;
//	            session saved by compare-and-set (one round trip); reply sent
//	Renderer    flows.View → HTML and keyboard; Codec signs the buttons
//	gallery     the way to a gift card's picture: its file at Telegram, or a
//	            painter; package picture draws
//	Sender      three lanes, pacing, 429 parks a chat, errors by class; a
//	            message that got a picture keeps it, its words are the caption
//
// The way back (late news: paid, ready) is Drain: it takes announcements from
// the store's outbox and edits the order's one message.
//
// What a lost answer may cost: an edit is repeated until Telegram says "not
// modified", so it costs nothing. A status message whose sending stayed
// unclear is sent again (the order must have one). A ping is never repeated
// after an unclear answer: it carries no news of its own, and two rings for
// one order are worse than none.
//
// A picture is never the only way to a card: what cannot be drawn, uploaded or
// fitted is left out, and the codes are delivered in words.
//
// The answer to an update is never written into the HTTP response: a body
// with "method" would be executed by Telegram as a call.
package telegram
