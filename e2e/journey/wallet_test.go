package journey

import (
	"testing"

	"giftbot/e2e/kit"
	sandbox "giftbot/sandbox/kit"
)

// wallet is an address of a buyer's own (the example of EIP-55).
const wallet = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

// funded gives the shop something to pay out at both gateways.
func funded(shop *kit.Shop) {
	shop.Infini(map[string]any{"deposit": "100"})
	shop.Change(kit.InventPay, map[string]any{"balances": map[string]string{"USDT_BEP20": "100"}})
}

// wayName is what admins read of a gateway.
func wayName(gateway string) string {
	if gateway == kit.InventPay {
		return "InventPay"
	}
	return "Infini"
}

// payOut sets an order's money aside for the buyer's wallet.
func payOut(olga *kit.Person, o kit.Checkout) {
	olga.Ask("/refund "+o.Number, "Where should $9.40 go?")
	olga.Tap("To wallet · "+wayName(o.Gateway)+" · $9.40", "The buyer is asked for an address.", "Why?")
	doIt(olga, "out of stock", "✅ Done: $9.40 is set aside.")
}

// typesAddress has the buyer choose a network and type an address.
func typesAddress(p *kit.Person, o kit.Checkout) {
	p.AwaitStatus(o, "The shop sends $9.40 to your wallet. Please choose the network and send your address.")
	p.Tap("Choose network and address", "To send: $9.40. By which network?")
	p.Tap("USDT · BNB Smart Chain", "Please send the address of your wallet for USDT on BNB Smart Chain.")
	p.Private(wallet)
	p.Ask(wallet, "Please check everything once more", "To: "+wallet, "This cannot be undone")
	p.Tap("Yes, send it there", "We have your address", o.Number)
	p.AwaitStatus(o, "It waits for the shop to approve it.", "the address can be changed only after")
}

// approves gives an admin's word by typing the order's number.
func approves(olga *kit.Person, o kit.Checkout, done string) {
	olga.WaitFor("needs a person", o.Number, "a payout waits for approval")
	olga.Ask("/order "+o.Number, "waits for approval", "Set aside for a payout: $9.40")
	olga.Tap("✅ Approve payout", "payout of order "+o.Number, "Leaves: 9.4 USDT", "To: "+wallet, "type the order number")
	olga.Ask("yes", "nothing was approved")
	olga.Ask(o.Number, done)
}

// TestPayout: money goes back to the wallet that the buyer named, by the gateway
// that took it, once an admin has typed the order's number.
func TestPayout(t *testing.T) {
	t.Parallel()
	for _, gateway := range []string{kit.Infini, kit.InventPay} {
		t.Run(gateway, func(t *testing.T) {
			t.Parallel()
			shop := moneyShop(t, nil)
			funded(shop)
			olga, ada := admin(shop, kit.Admin), shop.Person(1001, "en")
			o := undeliverable(t, shop, ada, ten(gateway))
			payOut(olga, o)
			refusesAddresses(ada, o)
			typesAddress(ada, o)
			approves(olga, o, "✅ Approved: the payout leaves now.")
			ada.AwaitStatusAdvancing(o, minute, "$9.40 was sent to your wallet: USDT on BNB Smart Chain.", "Transaction: ")
			ada.WaitFor("The money for order " + o.Number + " was sent to your wallet.")
			left(t, shop, gateway, "9.4")
			olga.Ask("/queue", "Nothing waits for you")
			tied(t, shop)
		})
	}
}

// refusesAddresses types what no wallet has.
func refusesAddresses(p *kit.Person, o kit.Checkout) {
	p.AwaitStatus(o, "Please choose the network and send your address.")
	p.Tap("Choose network and address", "By which network?")
	p.Tap("USDT · BNB Smart Chain", "Please send the address")
	for address, answer := range map[string]string{
		"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa":         "That is an address of another network.",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD": "There is a typing mistake in that address.",
		"0x000000000000000000000000000000000000dEaD": "Nobody can take out what is sent to that address.",
		"0x55d398326f99059fF775485246999027B3197955": "That is the address of the coin itself, not of a wallet.",
		"my wallet please":                           "That does not look like a wallet address.",
	} {
		p.Ask(address, answer)
	}
	p.Tap("‹ Back", "By which network?")
	p.Tap("‹ Back", o.Number)
}

// left fails unless a gateway's books show one payout, to the buyer's wallet.
func left(t *testing.T, shop *kit.Shop, gateway, amount string) {
	t.Helper()
	type out struct{ address, amount, status string }
	var all []out
	for _, w := range shop.GatewayBooks().Withdrawals {
		all = append(all, out{w.WalletAddress, w.Amount.String(), w.Status})
	}
	if gateway == kit.InventPay {
		for _, w := range shop.InventBooks().Withdrawals {
			all = append(all, out{w.Address, w.Amount.String(), w.Status})
		}
	}
	if len(all) != 1 || all[0].address != wallet || all[0].amount != amount {
		t.Errorf("%s paid out %+v, want %s once to %s", gateway, all, amount, wallet)
	}
}

// TestPayoutLimit: what is more than the day's sum waits for the next day, and
// leaves by itself.
func TestPayoutLimit(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, map[string]string{"PAYOUT_DAILY_MAX": "10", "REFUND_TWO_PERSON": "9"})
	funded(shop)
	olga, pat, ada, boris := admin(shop, kit.Admin), admin(shop, second), shop.Person(1001, "en"), shop.Person(1002, "en")
	first, next := undeliverable(t, shop, ada, ten(kit.Infini)), undeliverable(t, shop, boris, ten(kit.Infini))
	for p, o := range map[*kit.Person]kit.Checkout{ada: first, boris: next} {
		payOut(olga, o)
		typesAddress(p, o)
	}
	approves(olga, first, "Your word is noted: 1 of 2. Another admin has to approve it too.")
	approves(pat, first, "✅ Approved: the payout leaves now.")
	ada.AwaitStatusAdvancing(first, minute, "$9.40 was sent to your wallet")
	approves(olga, next, "1 of 2")
	approves(pat, next, "✅ Approved: the payout leaves now.")
	olga.WaitForAdvancing(minute, "needs a person", next.Number, "the day's limit for payouts is reached")
	left(t, shop, kit.Infini, "9.4")
	tied(t, shop)
	shop.Advance(24 * 60 * minute)
	boris.AwaitStatusAdvancing(next, minute, "$9.40 was sent to your wallet")
	if n := len(shop.GatewayBooks().Withdrawals); n != 2 {
		t.Errorf("%d payouts left", n)
	}
	tied(t, shop)
}

// TestPayoutUnclear: a payout without an answer is never sent again: an admin
// looks it up and says whether it left.
func TestPayoutUnclear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, gateway, path, kind string
		made                      bool
	}{
		{"left", kit.Infini, "/fund/withdraw", sandbox.DropReply, true},
		{"did not leave", kit.InventPay, "/withdrawal/create", sandbox.DropBefore, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := moneyShop(t, nil)
			funded(shop)
			olga, ada := admin(shop, kit.Admin), shop.Person(1001, "en")
			o := undeliverable(t, shop, ada, ten(c.gateway))
			payOut(olga, o)
			typesAddress(ada, o)
			shop.Delete("/control/requests")
			shop.Fault(sandbox.Fault{Target: c.gateway, Path: c.path, Method: "POST", Kind: c.kind, Times: 9})
			approves(olga, o, "✅ Approved: the payout leaves now.")
			olga.WaitForAdvancing(minute, "needs a person", o.Number, "nobody knows whether the payout left")
			ada.AwaitStatus(o, "It takes longer than usual; a person makes sure that it arrives.")
			shop.Advance(3 * 60 * minute)
			settlesPayout(olga, ada, o, c.made)
			if n := asked(shop, c.gateway, c.path); n != 1 {
				t.Errorf("the payout was sent %d times", n)
			}
			tied(t, shop)
		})
	}
}

// settlesPayout is an admin who looked it up.
func settlesPayout(olga, ada *kit.Person, o kit.Checkout, made bool) {
	olga.Ask("/order "+o.Number, "unclear whether it left", "Do not send it again by hand.")
	if made {
		olga.Tap("It left", "did leave: it counts as paid.", "Why?")
		doIt(olga, "seen on the chain", "✅ Noted: $9.40 was paid out.")
		ada.AwaitStatus(o, "$9.40 was sent to your wallet")
		return
	}
	olga.Tap("It did not leave", "the buyer gets the money another way", "Why?")
	doIt(olga, "not in their list", "✅ Noted: $9.40 did not leave.")
	ada.AwaitStatus(o, "$9.40 is on your credit with us.", "The payout of $9.40 was not made.")
	creditOf(ada, "$9.40")
}

// TestPayoutFails: what a gateway refuses, or gives up later, is the buyer's
// credit, and admins are told.
func TestPayoutFails(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]map[string]any{
		"refused": {"refuse": 400, "text": "Insufficient balance"}, "failed later": {"state": "failed", "after": "30s"}, "cancelled": {"state": "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := moneyShop(t, nil)
			funded(shop)
			shop.Change(kit.InventPay, map[string]any{"next_withdrawal": []any{plan}})
			olga, ada := admin(shop, kit.Admin), shop.Person(1001, "en")
			o := undeliverable(t, shop, ada, ten(kit.InventPay))
			payOut(olga, o)
			typesAddress(ada, o)
			approves(olga, o, "✅ Approved: the payout leaves now.")
			ada.AwaitStatusAdvancing(o, minute, "$9.40 is on your credit with us.", "The payout of $9.40 was not made. The money is with us, and yours.")
			creditOf(ada, "$9.40")
			olga.WaitFor("needs a person", o.Number, "the payment service did not make the payout")
			tied(t, shop)
		})
	}
}

// TestCreditToWallet: a buyer takes credit out: nothing too small, nothing they
// do not have, and not without an admin.
func TestCreditToWallet(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	funded(shop)
	olga, ada := admin(shop, kit.Admin), shop.Person(1001, "en")
	overpaid(shop, ada, "11.28", "$9.40")
	creditOf(ada, "$9.40")
	ada.Tap("💸 Send it to my wallet", "Send credit to your wallet", "How much shall we send?")
	for sum, answer := range map[string]string{
		"0.000001": "That is a little too small", "9.400001": "That is more than there is: your credit is $9.40.",
		"0.123456789012345678901234567890": "I did not understand that as an amount", "-5": "too small",
	} {
		ada.Ask(sum, answer)
	}
	ada.Tap("All of it: $9.40", "To send: $9.40. By which network?")
	ada.Tap("USDT · BNB Smart Chain", "Please send the address")
	ada.Private(wallet)
	ada.Ask(wallet, "Please check everything once more", "To: "+wallet)
	m := ada.Tap("Yes, send it there", "We have your address")
	creditOf(ada, "$0.00")
	o := shop.OrdersOf(ada)[0]
	sent := kit.Checkout{Number: o.Number.Pretty(), Message: int64(o.Message)}
	if !contains(m.Text, sent.Number) {
		t.Errorf("the order is %s, and the message says %s", sent.Number, m.Text)
	}
	approves(olga, sent, "✅ Approved: the payout leaves now.")
	ada.WaitForAdvancing(minute, "The money for order "+sent.Number+" was sent to your wallet.")
	tied(t, shop)
}
