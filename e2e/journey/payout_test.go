package journey

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"giftbot/e2e/kit"
	"giftbot/providers/infini"
	"giftbot/providers/inventpay"
	"giftbot/providers/rest"
	sandbox "giftbot/sandbox/kit"
)

// payout sends one withdrawal to a gateway and reports how the client judges it.
type payout struct {
	gateway string
	path    string
	send    func(ctx context.Context) error
	made    func() int // in the gateway's books
}

func payouts(t *testing.T, shop *kit.Shop) []payout {
	t.Helper()
	s, amount := shop.Secrets(), decimal.NewFromInt(25)
	infinis, err := infini.New(infini.Options{BaseURL: shop.Base + "/infini", KeyID: s.InfiniKey, SecretKey: s.InfiniSecret, MaxSkew: infini.MaxSkew})
	if err != nil {
		t.Fatal(err)
	}
	invents, err := inventpay.New(inventpay.Options{BaseURL: shop.Base + "/inventpay", APIKey: s.InventKey, WithdrawalKey: s.InventCash})
	if err != nil {
		t.Fatal(err)
	}
	const wallet = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
	return []payout{
		{kit.Infini, "/fund/withdraw", func(ctx context.Context) error {
			_, err := infinis.Withdraw(ctx, infini.CreateWithdrawal{Chain: infini.ChainBSC, Token: "USDT", Amount: amount, Address: wallet})
			return err
		}, func() int { return len(shop.GatewayBooks().Withdrawals) }},
		{kit.InventPay, "/withdrawal/create", func(ctx context.Context) error {
			_, err := invents.CreateWithdrawal(ctx, inventpay.CreateWithdrawal{Key: uuid.NewString(), Amount: amount, Coin: "USDT_BEP20", Destination: wallet})
			return err
		}, func() int { return len(shop.InventBooks().Withdrawals) }},
	}
}

// TestPayoutIsSentOnce: nobody knows what became of a withdrawal that was not
// answered. The client says so, and does not ask twice.
func TestPayoutIsSentOnce(t *testing.T) {
	t.Parallel()
	shop := kit.Open(t, kit.Options{Bots: -1})
	shop.Infini(map[string]any{"deposit": "1000"})
	shop.Change(kit.InventPay, map[string]any{"balances": map[string]string{"USDT_BEP20": "1000"}})
	for _, c := range []unanswered{
		{sandbox.Fault{Kind: sandbox.HoldBefore}, 0, rest.KindUnclear},
		{sandbox.Fault{Kind: sandbox.HoldAfter}, 1, rest.KindUnclear},
		{sandbox.Fault{Kind: sandbox.DropBefore}, 0, rest.KindUnclear},
		{sandbox.Fault{Kind: sandbox.DropReply}, 1, rest.KindUnclear},
		{sandbox.Fault{Kind: sandbox.ErrorBefore, Status: http.StatusServiceUnavailable}, 0, rest.KindUnclear},
		{sandbox.Fault{Kind: sandbox.ErrorAfter, Status: http.StatusBadGateway}, 1, rest.KindUnclear},
		{sandbox.Fault{Kind: sandbox.ErrorBefore, Status: http.StatusBadRequest}, 0, rest.KindRefused},
		{sandbox.Fault{Kind: sandbox.Delay, DelayMS: 50}, 1, ""},
	} {
		for _, p := range payouts(t, shop) { // fresh clients: their breakers are closed
			c.judge(t, shop, p)
		}
	}
	shop.Delete("/control/faults")
}

// unanswered is a withdrawal that goes wrong, and what the client must make of it.
type unanswered struct {
	fault sandbox.Fault
	made  int
	kind  rest.Kind
}

func (c unanswered) judge(t *testing.T, shop *kit.Shop, p payout) {
	t.Helper()
	before := p.made()
	shop.Delete("/control/faults")
	shop.Delete("/control/requests")
	c.fault.Target, c.fault.Path, c.fault.Method, c.fault.Times = p.gateway, p.path, http.MethodPost, 9
	err := c.send(t, shop, p)
	var kind rest.Kind
	if e := rest.As(err); e != nil {
		kind = e.Kind
	}
	if made := p.made() - before; kind != c.kind || made != c.made {
		t.Errorf("%s, %s %d: %q, %d made; want %q, %d (%v)", p.gateway, c.fault.Kind, c.fault.Status, kind, made, c.kind, c.made, err)
	}
	// A request that was held is in the log once it was let go.
	kit.Eventually(t, "request in the log", func() bool { return asked(shop, p.gateway, p.path) > 0 })
	if n := asked(shop, p.gateway, p.path); n != 1 {
		t.Errorf("%s, %s: asked %d times", p.gateway, c.fault.Kind, n)
	}
}

// send makes the withdrawal. One that is held is given up by us, once it is
// known where it is held.
func (c unanswered) send(t *testing.T, shop *kit.Shop, p payout) error {
	t.Helper()
	fault := shop.Fault(c.fault)
	if c.fault.Kind != sandbox.HoldBefore && c.fault.Kind != sandbox.HoldAfter {
		return p.send(t.Context())
	}
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	outcome := make(chan error, 1)
	go func() { outcome <- p.send(ctx) }()
	shop.AwaitHeld(fault)
	giveUp()
	err := <-outcome
	shop.AwaitLeft(fault)
	return err
}

// request is a line of the sandbox's log.
type request struct {
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
}

func requests(shop *kit.Shop, vendor string) []request {
	var list []request
	shop.Get("/control/requests?target="+vendor, &list)
	return list
}

// asked counts the POSTs to a path of a vendor.
func asked(shop *kit.Shop, vendor, path string) int {
	n := 0
	for _, r := range requests(shop, vendor) {
		n += count(r.Method == http.MethodPost && contains(r.Path, path))
	}
	return n
}

// lastAsked is when a vendor was last asked for a path, the zero time for never.
func lastAsked(shop *kit.Shop, vendor, path string) time.Time {
	var last time.Time
	for _, r := range requests(shop, vendor) {
		if contains(r.Path, path) && r.At.After(last) {
			last = r.At
		}
	}
	return last
}
