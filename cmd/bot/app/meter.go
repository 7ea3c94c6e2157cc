package app

import (
	"time"

	"giftbot/catalog"
	"giftbot/handlers/telegram"
	"giftbot/handlers/webhook"
	"giftbot/order"
	"giftbot/providers/rest"
)

// meter is the one place where the ports' measurements become metrics.
type meter struct{ *webhook.Metrics }

var (
	_ order.Meter    = meter{}
	_ telegram.Meter = meter{}
	_ catalog.Meter  = meter{}
	_ rest.Observer  = meter{}
)

// Took implements telegram.Meter.
func (m meter) Took(name, label string, d time.Duration) { m.Observe(name, label, d) }

// CatalogueRead implements catalog.Meter.
func (m meter) CatalogueRead(supplier string, ok bool) {
	result := map[bool]string{true: "ok", false: "failed"}[ok]
	m.Count("catalogue_reads", supplier+":"+result)
}

// CatalogueAge implements catalog.Meter.
func (m meter) CatalogueAge(supplier string, seconds int64) {
	m.Set("catalogue_age_seconds", supplier, float64(seconds))
}

// Request implements rest.Observer.
func (m meter) Request(vendor, endpoint string, outcome rest.Outcome, took time.Duration) {
	m.Count("vendor_requests", vendor+":"+string(outcome))
	m.Observe("vendor_request", vendor+":"+endpoint, took)
}

// Breaker implements rest.Observer. vendor_up is 0 from when the breaker opens
// until it closes: one that is half open only tries.
func (m meter) Breaker(vendor, state string) {
	m.Count("vendor_breaker", vendor+":"+state)
	switch state {
	case "open":
		m.Set("vendor_up", vendor, 0)
	case "closed":
		m.Set("vendor_up", vendor, 1)
	}
}

// Skew implements rest.Observer.
func (m meter) Skew(vendor string, ahead time.Duration) {
	m.Set("vendor_clock_ahead_seconds", vendor, ahead.Seconds())
}
