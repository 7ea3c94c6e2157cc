package flows

import (
	"strings"
	"time"

	"giftbot/order"
	"giftbot/order/address"
)

// Money goes to a person's own wallet step by step: how much (of credit only)
// → by which network → to which address → are you sure. What can be reached,
// what it costs and what an address looks like is asked for anew at every step:
// nothing a button says about it is believed.

const (
	// confirmFor is how long a confirmation may be answered.
	confirmFor = 10 * time.Minute
	// addressRoom is how long a typed address may be, in bytes (BIP-173).
	addressRoom = 90
	// unreadable stands for a text that is no address of any kind.
	unreadable = "?"
)

// walletPressed begins: with a sum of credit, or for the payout of an order.
func (c *turn) walletPressed(a Action) {
	if a.ID == "" {
		c.goTo(ScreenSum)
		c.ask(ShowNetworks{})
		return
	}
	number, err := order.ParseNumber(a.ID)
	if err != nil {
		c.oldButton()
		return
	}
	c.onOrder(ScreenNetwork, number)
	c.ask(ShowNetworks{Number: number})
}

// sumOutPressed asks how much credit to send, or takes all of it.
func (c *turn) sumOutPressed(a Action) {
	if a.N != 1 || c.s.Screen != ScreenSum || c.s.Left <= 0 {
		c.walletPressed(Action{})
		return
	}
	c.sendOut(c.s.Left)
}

// typedSumOut takes a sum sent as text. It never leaves the screen with a sum
// that cannot be sent.
func (c *turn) typedSumOut(text string) {
	sum, ok := readAmount(text, order.Currency)
	switch {
	case !ok:
		c.show(c.sumOutView(t("amount.unread")))
	case sum < c.s.Price || sum <= 0:
		c.show(c.sumOutView(t("wallet.small", "least", c.s.Price)))
	case sum > c.s.Left:
		c.show(c.sumOutView(t("wallet.much", "balance", c.s.Left)))
	default:
		c.sendOut(sum)
	}
}

func (c *turn) sendOut(sum order.Money) {
	c.s.Sum, c.s.Screen = sum, ScreenNetwork
	c.ask(ShowNetworks{})
}

// networkPressed takes a network, or shows the list again.
func (c *turn) networkPressed(way string) {
	switch c.s.Screen {
	case ScreenNetwork, ScreenAddress, ScreenSure:
	default:
		c.oldButton()
		return
	}
	c.s.Way, c.s.Address, c.s.Screen = way, "", ScreenAddress
	if way == "" {
		c.s.Screen = ScreenNetwork
	}
	c.ask(ShowNetworks{Number: c.s.Number})
}

// typedAddress takes what was typed as an address. Whether it is one is seen
// when the network is known.
func (c *turn) typedAddress(text string) {
	odd := func(r rune) bool {
		return r <= ' ' || r > '~' || r == '"' || r == '\\' || r == '<' || r == '>' || r == '&'
	}
	if text == "" || len(text) > addressRoom || strings.ContainsFunc(text, odd) {
		text = unreadable
	}
	c.s.Address = text
	c.ask(ShowNetworks{Number: c.s.Number})
}

// sendPressed is the yes to a confirmation. It counts for what is on that very
// screen, and not for long.
func (c *turn) sendPressed(a Action) {
	switch {
	case c.s.Screen != ScreenSure || c.s.Address == "" || a.ID != c.payoutID() || a.N != payoutMark(c.s.Asked):
		c.toast(t("toast.old"))
		c.payoutElsewhere(a.ID)
	case c.env.Now.Since(c.s.Asked) > confirmFor:
		c.s.Asked, c.s.Page = c.env.Now, 1
		c.ask(ShowNetworks{Number: c.s.Number})
	case c.s.Number != "":
		_, network, _ := strings.Cut(c.s.Way, "/")
		c.ask(SetAddress{Number: c.s.Number, Network: network, Address: c.s.Address})
	default:
		gateway, network, _ := strings.Cut(c.s.Way, "/")
		c.ask(AskPayout{Number: c.s.Draft, Amount: c.s.Sum, Gateway: gateway, Network: network, Address: c.s.Address})
	}
}

// payoutID is what the confirmation on the screen is about: the order, or the
// number that the payout of credit will have.
func (c *turn) payoutID() string {
	if c.s.Number != "" {
		return string(c.s.Number)
	}
	return string(c.s.Draft)
}

// payoutMark tells one confirmation from another.
func payoutMark(asked order.Stamp) int { return int(asked % 1_000_000_000) }

// payoutElsewhere answers an old confirmation: it shows what became of it.
func (c *turn) payoutElsewhere(id string) {
	number, err := order.ParseNumber(id)
	if err != nil {
		c.credit(0)
		return
	}
	c.order(ScreenOrder, number)
}

// networks answers for ShowNetworks: the screen that asked is shown.
func (c *turn) networks(r NetworksResult) {
	switch {
	case r.Code == order.CodeMissing || r.Number != c.s.Number:
		c.goTo(ScreenHome)
		c.show(hintView(t("order.missing")))
	case r.Code == order.CodeEvent && r.Order.Number != "":
		c.onOrder(ScreenOrder, r.Order.Number) // nothing waits for an address any more
		c.show(pageView(c.env, r.Order))
	case r.Code != "" && r.Code != order.CodeClosed:
		c.trouble()
	case c.s.Number != "":
		c.orderOut(r)
	default:
		c.creditOut(r)
	}
}

// orderOut goes on with the payout of an order, while it waits for an address.
func (c *turn) orderOut(r NetworksResult) {
	p, _, open := r.Order.OpenPayout()
	waits := p.State == order.PayoutWanted || p.State == order.PayoutAddressed && c.env.Now >= p.AddressOpens()
	if !open || !waits {
		c.onOrder(ScreenOrder, r.Order.Number)
		c.show(pageView(c.env, r.Order))
		return
	}
	c.s.Sum = p.Amount
	c.walletStep(reachable(r.Networks, p.Gateway, p.Amount))
}

// creditOut goes on with a payout of credit.
func (c *turn) creditOut(r NetworksResult) {
	least, found := leastOut(r.Networks)
	c.s.Left, c.s.Price = r.Balance, least
	switch {
	case !found || r.Code != "":
		c.goTo(ScreenCredit)
		c.show(nothingOut(t("wallet.none"), creditButton()))
	case r.Balance < least:
		c.goTo(ScreenCredit)
		c.show(nothingOut(t("wallet.little", "balance", r.Balance, "least", least), creditButton()))
	case c.s.Screen == ScreenSum:
		c.show(c.sumOutView(Text{}))
	case c.s.Sum > r.Balance:
		c.s.Screen = ScreenSum
		c.show(c.sumOutView(t("wallet.much", "balance", r.Balance)))
	case c.s.Sum < least:
		c.s.Screen = ScreenSum
		c.show(c.sumOutView(t("wallet.small", "least", least)))
	default:
		c.walletStep(reachable(r.Networks, "", c.s.Sum))
	}
}

// leastOut is the smallest payout that any network makes.
func leastOut(networks []PayoutNetwork) (least order.Money, found bool) {
	for _, n := range networks {
		if need := leastOf(n); !found || need < least {
			least, found = need, true
		}
	}
	return least, found
}

// leastOf is the smallest payout by a network of which something arrives.
func leastOf(n PayoutNetwork) order.Money {
	fee, err := order.MoneyRoundedUp(n.Fee)
	if err != nil || !n.Stable {
		return max(n.Least, order.Cent)
	}
	return max(n.Least, fee+order.Cent)
}

// reachable are the networks that make a payout of a sum, of one gateway or of
// all.
func reachable(networks []PayoutNetwork, gateway string, sum order.Money) []PayoutNetwork {
	var some []PayoutNetwork
	for _, n := range networks {
		if (gateway == "" || n.Gateway == gateway) && sum >= leastOf(n) && len(wayOf(n)) <= buttonName && len(some) < networksMax {
			some = append(some, n)
		}
	}
	return some
}

// wayOf names a network of a gateway in a button and in the session.
func wayOf(n PayoutNetwork) string { return n.Gateway + "/" + n.ID }

// walletStep shows the step the session is at.
func (c *turn) walletStep(networks []PayoutNetwork) {
	n, known := PayoutNetwork{}, false
	for _, one := range networks {
		if wayOf(one) == c.s.Way {
			n, known = one, true
		}
	}
	switch {
	case len(networks) == 0:
		c.show(nothingOut(t("wallet.none"), c.payoutBack()))
	case c.s.Screen == ScreenNetwork:
		c.show(c.networkView(networks, Text{}))
	case !known:
		c.s.Screen, c.s.Way, c.s.Address = ScreenNetwork, "", ""
		c.show(c.networkView(networks, t("wallet.network_gone")))
	case c.s.Screen == ScreenSure:
		c.show(c.sureView(n))
	case c.s.Address == "":
		c.show(c.addressView(n, Text{}))
	default:
		c.judgeAddress(n)
	}
}

// judgeAddress goes on with a good address, and says what is wrong with another.
func (c *turn) judgeAddress(n PayoutNetwork) {
	found, err := address.Check(n.Kind, c.s.Address)
	if err != nil {
		c.s.Address = ""
		c.show(c.addressView(n, addressText(address.ReasonOf(err), n)))
		return
	}
	c.s.Address, c.s.Screen, c.s.Asked, c.s.Page = found, ScreenSure, c.env.Now, 0
	if c.s.Number == "" {
		c.s.Draft = c.env.Draft
	}
	c.show(c.sureView(n))
}

func addressText(r address.Reason, n PayoutNetwork) Text {
	switch r {
	case address.WrongChain:
		return t("address.wrong_chain", "chain", clip(n.Chain, buttonName))
	case address.Checksum:
		return t("address.checksum")
	case address.TestNet:
		return t("address.test")
	case address.Burn:
		return t("address.burn")
	case address.Contract:
		return t("address.contract")
	case address.NoWallet:
		return t("address.no_wallet")
	default:
		return t("address.unreadable")
	}
}
