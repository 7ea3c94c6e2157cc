// Package sandbox is a local world for the bot: the vendors, a checkout page, a
// control surface, and room for a messenger, behind one http.Handler. It is
// written from the contract sheets and shares no code with the clients it
// judges; no real money is anywhere near it.
//
// It can be used in three ways:
//   - inside the demo: New, mount Handler, start Run;
//   - as a server of its own in end-to-end tests: the same, in another process;
//   - by a simulator, without sockets: New with a seeded id generator and its
//     own clock, calls through kit.HandlerTransport, Tick by hand. No goroutine
//     runs unless Run is called.
//
// Only loopback hosts may use /control and the messenger, and a page of another
// origin may not (DNS rebinding, cross-site requests).
package sandbox
