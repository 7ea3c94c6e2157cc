package sim

import (
	"time"

	"giftbot/sandbox/inventpay"
	"giftbot/sandbox/kit"
	"giftbot/sandbox/plexy"
	"giftbot/sandbox/univoucher"
)

// mishapped tells what happened at a vendor, and whether it could.
func (w *world) mishapped(vendor, name string, err error) {
	w.tell("   %s: %s", vendor, name)
	w.tally.kind(vendor + ": " + name)
	if err != nil {
		w.tell("   refused: %v", err)
	}
}

// coinMishap happens at InventPay.
func (w *world) coinMishap() {
	on := w.rng.IntN(2) == 0
	name, c := "", inventpay.Change{}
	switch w.rng.IntN(8) {
	case 0, 1, 2: // each makes twin invoices
		kind := []string{kit.DropReply, kit.ErrorAfter}[w.rng.IntN(2)]
		w.box.Faults.Add(kit.Fault{Target: "inventpay", Path: "create_invoice", Kind: kind, Times: 1 + w.rng.IntN(2)})
		name = "created, the answer is lost"
	case 3:
		name, c.FlatWebhooks = "flat webhooks", &on
	case 4:
		name, c.Envelope, c.Numbers, c.FourStatuses = "another shape of the status", &on, &on, &on
	case 5:
		name, c.PaidEvent = "another name of the paid event", ptr([]string{"payment.confirmed", "payment.completed", "both"}[w.rng.IntN(3)])
	case 6:
		name, c.BaseAsUSDT, c.Strings, c.Created201 = "another shape of the invoice", &on, &on, &on
	case 7:
		name = "an unknown status, for a while"
		w.oddStatus()
	}
	w.mishapped("inventpay", name, w.box.InventPay.Apply(c))
}

func (w *world) oddStatus() {
	payments := w.box.InventPay.Books().Payments
	if len(payments) == 0 {
		return
	}
	id := payments[w.rng.IntN(len(payments))].PaymentID
	_ = w.box.InventPay.Apply(inventpay.Change{ShowStatus: map[string]string{id: "REVIEWING"}})
	w.after(w.span(time.Minute, 3*time.Hour), func() {
		w.deed()
		w.mishapped("inventpay", "the status is known again", w.box.InventPay.Apply(inventpay.Change{ShowStatus: map[string]string{id: ""}}))
	})
}

// gateMishap happens at Plexy.
func (w *world) gateMishap() {
	products := w.box.Plexy.Books().Products
	id := products[w.rng.IntN(len(products))].ID
	on := w.rng.IntN(2) == 0
	var name string
	c := plexy.Change{}
	switch w.rng.IntN(11) {
	case 0:
		name, c.Margins = "charges too much", map[int64]string{id: "45"}
	case 1:
		name, c.Inactive = "product inactive", map[int64]bool{id: on}
	case 2:
		name, c.Frozen = "frozen", ptr(true)
		w.after(w.span(time.Minute, 20*time.Minute), func() { w.mishapped("plexy", "thawed", w.box.Plexy.Apply(plexy.Change{Frozen: ptr(false)})) })
	case 3:
		name, c.Balances = "balance low", map[string]string{"USD": []string{"30", "2000"}[w.rng.IntN(2)]}
	case 4:
		name, c.PendingFor = "takes its time", ptr([]string{"0s", "40s", "10m", "50m", "5h"}[w.rng.IntN(5)])
	case 5:
		name, c.HiddenFor = "shows orders late", ptr([]string{"0s", "5s", "10m"}[w.rng.IntN(3)])
	case 6:
		name, c.StopCompleting = "stops completing", ptr(true)
		w.after(w.span(time.Minute, 4*time.Hour), func() {
			w.deed()
			w.mishapped("plexy", "completes again", w.box.Plexy.Apply(plexy.Change{StopCompleting: ptr(false)}))
		})
	default:
		modes := []string{
			plexy.ModeFail, plexy.ModeErrorBefore, plexy.ModeErrorAfter, plexy.ModeErrorAfter, plexy.ModeRateLimited,
			plexy.ModeEmptyContent, plexy.ModeOddContent, plexy.ModeWrongTest, plexy.ModeWrongSums,
		}
		mode := modes[w.rng.IntN(len(modes))]
		name, c.NextOrder = "order "+mode, []plexy.NextOrder{{Mode: mode, Times: 1 + w.rng.IntN(3)}}
		c.Replay = ptr([]string{plexy.ReplayCached, plexy.ReplayCurrent, plexy.ReplayConflict}[w.rng.IntN(3)])
	}
	w.mishapped("plexy", name, w.box.Plexy.Apply(c))
}

// cardMishap happens at UniVoucher or on its chains.
func (w *world) cardMishap() {
	var name string
	c := univoucher.Change{}
	switch w.rng.IntN(10) {
	case 0:
		name, c.IndexerLag = "the indexer lags", ptr([]string{"0s", "2s", "30s", "8m"}[w.rng.IntN(4)])
	case 1:
		name, c.RPCDown = "nodes down", ptr(true)
		w.after(w.span(time.Minute, 40*time.Minute), func() {
			w.mishapped("univoucher", "nodes up", w.box.UniVoucher.Apply(univoucher.Change{RPCDown: ptr(false)}))
		})
	case 2:
		name, c.MintDelay = "mints slowly", ptr([]string{"1s", "3s", "2m", "40m"}[w.rng.IntN(4)])
	case 3:
		name, c.CancelEndpoint, c.FailCancels = "the cancel endpoint changes", ptr(w.rng.IntN(3) > 0), ptr(w.rng.IntN(4) == 0)
	case 4:
		name, c.CallbackTries = "another number of tries", ptr(1+w.rng.IntN(4))
	case 5:
		w.mineStuck()
		name = "mines what is stuck"
	default:
		modes := []string{
			univoucher.ModeErrorBefore, univoucher.ModeErrorAfter, univoucher.ModeFailBefore, univoucher.ModeFailAfter, univoucher.ModeReverted,
			univoucher.ModeLostCallback, univoucher.ModeVanish, univoucher.ModeStuck, univoucher.ModeFewerCards, univoucher.ModeMissingCard,
			univoucher.ModeWrongAmount, univoucher.ModeWrongSecret, univoucher.ModeMintTwice, univoucher.ModeMintTwice,
		}
		mode := modes[w.rng.IntN(len(modes))]
		if mode == univoucher.ModeLostCallback && !w.recalls && w.rng.IntN(3) > 0 {
			mode = univoucher.ModeNormal // it blocks the chain for good, and with it the story
		}
		if mode == univoucher.ModeStuck {
			w.after(w.span(10*time.Minute, 2*time.Hour), w.mineStuck)
		}
		name, c.NextCreate = "create "+mode, []univoucher.NextCreate{{Mode: mode, Times: 1 + w.rng.IntN(2)}}
	}
	w.mishapped("univoucher", name, w.box.UniVoucher.Apply(c))
}

func (w *world) mineStuck() {
	for _, r := range w.box.UniVoucher.Books().Requests {
		if r.State == "stuck" {
			w.deed()
			_ = w.box.UniVoucher.Apply(univoucher.Change{Mine: &r.Number})
		}
	}
}

// departed is told of every call that goes on. Once cards are being minted,
// Redis may be away just when their callback comes.
func (w *world) departed(p *parked) {
	if w.doomed != "" && p.port == w.doomed {
		w.doomed = ""
		w.lose()
	}
	if p.port != portMint || !w.diet.away && (w.calm || w.rough <= 2 || w.rng.IntN(5) > 0) {
		return
	}
	w.after(w.span(2*time.Second, 3*time.Second), func() { w.redisAway(w.span(time.Second, 25*time.Second)) })
}
