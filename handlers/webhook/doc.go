// Package webhook is the bot's HTTP edge: it mounts the Telegram intake, takes
// payment and supplier webhooks, and answers health, readiness and metrics.
//
// A webhook is only a wake-up. Its signature is verified over the raw body,
// the hint is stored durably, and the sender is answered; what it claims is
// read again from its source by the order engine. Access is logged by route
// pattern, never by path, because paths carry secrets.
package webhook
