package chaos

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"giftbot/e2e/kit"
)

const (
	buyersAtOnce = 12
	patience     = 75 * time.Second // of a buyer, for all they want
	firstBuyer   = 5000
)

// buyers has people buy until ctx ends, some at the same time, each of them new.
func (w *world) buyers(ctx context.Context) *sync.WaitGroup {
	var all sync.WaitGroup
	for lane := range buyersAtOnce {
		all.Go(func() {
			rng := w.dice(uint64(100 + lane))
			for n := 0; ctx.Err() == nil; n++ {
				c := w.client(int64(firstBuyer+n*buyersAtOnce+lane), rng)
				c.until = time.Now().Add(patience)
				c.live()
			}
		})
	}
	return &all
}

// live has somebody do one thing.
func (c *client) live() {
	stories := []struct {
		name string
		odds int
		play func(c *client) string
	}{
		{"pays exactly", 45, (*client).paysExactly},
		{"pays less, then the rest", 8, (*client).paysInParts},
		{"pays less and takes it as credit", 5, (*client).takesThePart},
		{"pays too much and spends the surplus", 10, (*client).spendsSurplus},
		{"pays too much and has the surplus sent to their wallet", 10, (*client).cashesOut},
		{"pays twice", 5, (*client).paysTwice},
		{"pays and waits for the chain", 7, (*client).paysSlowly},
		{"pays after a cancel", 5, (*client).paysAfterCancel},
		{"never pays", 5, (*client).neverPays},
	}
	n := c.rng.IntN(100)
	for _, s := range stories {
		if n -= s.odds; n < 0 {
			end := s.play(c)
			c.w.deal(s.name + ": " + end)
			return
		}
	}
}

// way is how somebody pays: the beginning of a button.
func (c *client) way() string {
	return []string{"💳 Crypto or card", "🪙 Crypto"}[c.rng.IntN(2)]
}

// orders walks to a payment link for something, whatever it is.
func (c *client) orders() (kit.Checkout, bool) { return c.ordersBy(c.way()) }

func (c *client) ordersBy(ways ...string) (found kit.Checkout, ok bool) {
	ok = c.walk("/start", func(list []kit.Message) bool {
		for _, m := range list {
			if o, linked := kit.CheckoutIn(m); linked {
				found = o
				return true
			}
		}
		return false
	}, append(c.goods(), presses(ways)...)...)
	return found, ok
}

func presses(labels []string) []step {
	steps := make([]step, len(labels))
	for i, label := range labels {
		steps[i] = press(label)
	}
	return steps
}

// goods is the way to what somebody wants.
func (c *client) goods() []step {
	switch n := c.rng.IntN(10); {
	case n < 4:
		shelf := [][2]string{
			{"PUBG Mobile", "325 UC"}, {"Free Fire", "520 Diamonds"}, {"Mobile Legends", "172 Diamonds"}, {"Roblox", "400 Robux"},
			{"Xbox", "$10 (US)"}, {"Google Play", "$5 (US)"}, {"PUBG Mobile", "660 UC"}, {"Apple & iTunes", "$5 (US)"},
		}
		want := shelf[c.rng.IntN(len(shelf))]
		return []step{press("🛍 Shop"), press("Next ›"), press(want[0] + " ("), press(want[1] + " · "), press("Buy now")}
	case n < 7:
		login, mail := fmt.Sprintf("planted_login_%d", c.ID), fmt.Sprintf("planted.%d@example.com", c.ID)
		c.Private(login)
		c.Private(mail)
		return []step{
			press("⚡ Top up"), press("Next ›"), press("Wallets"), answer("Choose an amount", fmt.Sprint(5+c.rng.IntN(30))),
			answer("Please send: Steam login", login), answer("Please send: E-mail", mail),
		}
	default:
		network := [][2]string{{"Base", "USDC"}, {"Polygon", "USDT"}, {"Polygon", "USDC"}}[c.rng.IntN(3)]
		return []step{
			press("🎁 Crypto gift card"), press("Next ›"), press(network[0]), press(network[1]), answer("Choose an amount", fmt.Sprint(10+c.rng.IntN(15))),
			press("Continue"), press("No message"),
		}
	}
}

// ends waits for an order's end as its buyer sees it.
func (c *client) ends(o kit.Checkout) string {
	signs := map[string]string{
		"🎉 Here": "delivered", "🎁 Gift card": "delivered", "✅ Done": "delivered", "Scan": "delivered",
		"A person": "with a person", "is on your credit": "credited", "cancelled": "cancelled",
	}
	for c.patient() {
		for _, m := range c.chat() {
			if m.ID != o.Message {
				continue
			}
			for sign, end := range signs {
				if strings.Contains(kit.Body(m), sign) || m.PhotoURL != "" {
					return end
				}
			}
		}
		time.Sleep(glance)
	}
	return "still waiting"
}

func (c *client) paysExactly() string {
	o, ok := c.orders()
	if !ok {
		return "no link"
	}
	c.pays(o, nil)
	return c.ends(o)
}

// paysAPart orders something and pays less than it costs; wrong says why not.
func (c *client) paysAPart() (o kit.Checkout, wrong string) {
	o, ok := c.orders()
	if !ok {
		return o, "no link"
	}
	c.pays(o, map[string]any{"amount": "1.50"})
	if !c.sees("is still missing") {
		return o, "not told that a part is missing"
	}
	return o, ""
}

func (c *client) paysInParts() string {
	o, wrong := c.paysAPart()
	if wrong != "" {
		return wrong
	}
	c.pays(o, nil)
	return c.ends(o)
}

func (c *client) takesThePart() string {
	if _, wrong := c.paysAPart(); wrong != "" {
		return wrong
	}
	if !c.walk("/orders", said("is on your credit with us"), press("Take $"), press("Yes, take it as credit")) {
		return "no credit yet"
	}
	return "credited"
}

// surplus leaves somebody with credit.
func (c *client) surplus() bool {
	o, ok := c.ordersBy("💳 Crypto or card")
	if !ok {
		return false
	}
	c.pays(o, map[string]any{"amount": fmt.Sprint(60 + c.rng.IntN(20))})
	return c.sees("The surplus, $")
}

func (c *client) spendsSurplus() string {
	if !c.surplus() {
		return "no surplus yet"
	}
	c.anew()
	if !c.walk("/start", func(list []kit.Message) bool {
		for _, m := range list {
			if kit.NumberIn(m) != "" {
				return true
			}
		}
		return false
	}, append(c.goods(), press("💰 Use my credit"), press("💰 Pay with credit"))...) {
		return "no order by credit"
	}
	return "ordered by credit"
}

// cashesOut asks for credit to be sent to a wallet, and has the admins approve it.
func (c *client) cashesOut() string {
	if !c.surplus() {
		return "no surplus yet"
	}
	c.anew()
	wallet := c.wallet()
	number := ""
	ok := c.walk("/credit", func(list []kit.Message) bool {
		for _, m := range list {
			if n := kit.NumberIn(m); n != "" && strings.Contains(m.Text, "Payout of credit") {
				number = n
				return true
			}
		}
		return false
	}, press("💸 Send it to my wallet"), press("All of it"), press("USDT · BNB Smart Chain"), answer("Please send the address", wallet), press("Yes, send it there"))
	if !ok {
		return "no payout asked for"
	}
	c.w.payouts <- number
	if c.sees("was sent to your wallet") {
		return "sent"
	}
	return "asked for a payout"
}

// wallet draws an address. Written in small letters it has no check sum.
func (c *client) wallet() string {
	address := fmt.Sprintf("0x%016x%016x%08x", c.rng.Uint64(), c.rng.Uint64(), c.rng.Uint32())
	c.Private(address)
	return address
}

func (c *client) paysTwice() string {
	o, ok := c.orders()
	if !ok {
		return "no link"
	}
	c.pays(o, nil)
	time.Sleep(time.Duration(c.rng.IntN(1500)) * time.Millisecond)
	c.pays(o, map[string]any{"amount": "3.00"})
	return c.ends(o)
}

func (c *client) paysSlowly() string {
	o, ok := c.orders()
	if !ok {
		return "no link"
	}
	c.pays(o, map[string]any{"confirming": true})
	time.Sleep(time.Duration(c.rng.IntN(3000)) * time.Millisecond)
	c.pays(o, map[string]any{"confirm": true})
	return c.ends(o)
}

func (c *client) paysAfterCancel() string {
	o, ok := c.orders()
	if !ok {
		return "no link"
	}
	done := said("This order is cancelled.")
	if !c.walk("/orders", done, press("Cancel"), press("Yes, cancel the order")) {
		return "not cancelled yet"
	}
	c.pays(o, nil)
	return c.ends(o)
}

func (c *client) neverPays() string {
	if _, ok := c.orders(); !ok {
		return "no link"
	}
	return "left"
}
