package journey

import (
	"testing"
	"time"

	"giftbot/e2e/kit"
	"giftbot/order"
	sandbox "giftbot/sandbox/kit"
)

// second is another admin.
const second int64 = 1005

// moneyShop sells vouchers by both gateways, sends money out, has two admins
// and gives surplus to the buyer's credit, on a clock that can be moved.
func moneyShop(t *testing.T, settings map[string]string) *kit.Shop {
	t.Helper()
	all := map[string]string{
		"PAYOUT_DAILY_MAX": "500", "INFINI_SURPLUS": "credit", "ADMIN_IDS": "1003,1005",
		"UNIVOUCHER_PRIVATE_KEYS": "", "UNIVOUCHER_RPC": "", "PLEXY_API_KEY": "", "PLEXY_AGENT_ID": "", "PLEXY_BASE_URL": "", "PLEXY_ACCOUNT_FIELDS": "",
	}
	for name, value := range settings {
		all[name] = value
	}
	return kit.Open(t, kit.Options{Clock: true, Settings: all})
}

// admin is somebody from ADMIN_IDS who has started the bot.
func admin(shop *kit.Shop, id int64) *kit.Person {
	p := shop.Person(id, "en")
	p.Ask("/start", "Aurora Gifts")
	return p
}

// creditOf fails unless the buyer is told that this much is on their credit.
func creditOf(p *kit.Person, sum string) kit.Message {
	return p.Ask("/credit", "Your credit: "+sum)
}

// tied fails unless the books tie and the trial balance is zero.
func tied(t *testing.T, shop *kit.Shop) {
	t.Helper()
	shop.AdvanceUntil("delivered webhooks", 30*time.Second, func() bool { return delivering(shop) == 0 })
	shop.Tie()
	if trial := shop.Trial(); trial.Off != 0 || len(trial.Faults) > 0 {
		t.Errorf("trial balance: off by %s, %q", trial.Off, trial.Faults)
	}
}

// delivering counts the webhooks that gateways have not brought yet.
func delivering(shop *kit.Shop) int {
	n := 0
	for _, d := range append(shop.GatewayBooks().Webhooks, shop.InventBooks().Webhooks...) {
		n += count(d.State == sandbox.Waiting)
	}
	return n
}

// overpaid leaves a buyer with credit: they pay that much too much for a cheap
// order.
func overpaid(shop *kit.Shop, p *kit.Person, amount, surplus string) kit.Checkout {
	o := p.Order(kit.Cheap())
	shop.PayAt(o, map[string]any{"amount": amount})
	p.AwaitCodes(o, 2)
	p.AwaitStatus(o, "You paid more than the order costs. The surplus, "+surplus+", is on your credit with us.")
	return o
}

// TestTrialSeesAWrongEntry: an entry that nobody made is seen, and nothing else
// is.
func TestTrialSeesAWrongEntry(t *testing.T) {
	t.Parallel()
	shop := moneyShop(t, nil)
	ada := shop.Person(1001, "en")
	o := overpaid(shop, ada, "2.88", "$1.00")
	tied(t, shop)
	undo := shop.PlantEntry(o.Number, 5*order.Cent)
	trial := shop.Trial()
	if trial.Off != 5*order.Cent || len(trial.Faults) == 0 {
		t.Errorf("with a planted entry of five cents the trial balance is off by %s, %q", trial.Off, trial.Faults)
	}
	undo()
	tied(t, shop)
}
