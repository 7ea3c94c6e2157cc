package univoucher

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"giftbot/sandbox/kit"
)

func TestModes(t *testing.T) {
	for mode, want := range map[string]struct {
		status   int
		state    string
		minted   int    // cards on chain
		calls    int    // callbacks
		shown    int    // cards in the first of them
		failure  string // its error
		hashes   int    // its creation hashes
		spent    string // USDC, smallest units
		gasBurnt string
	}{
		ModeNormal:       {202, stateMinted, 2, 1, 2, "", 1, "2020000", "3800000000000"},
		ModeErrorBefore:  {500, "", 0, 0, 0, "", 0, "0", "0"},
		ModeErrorAfter:   {500, stateMinted, 2, 1, 2, "", 1, "2020000", "3800000000000"},
		ModeFailBefore:   {202, stateFailed, 0, 1, 0, "Card creation failed", 0, "0", "0"},
		ModeFailAfter:    {202, stateMinted, 2, 1, 0, "Transaction confirmation timeout", 1, "2020000", "3800000000000"},
		ModeReverted:     {202, stateFailed, 0, 1, 0, "transaction execution reverted", 1, "0", "3800000000000"},
		ModeLostCallback: {202, stateMinted, 2, 0, 0, "", 0, "2020000", "3800000000000"},
		ModeVanish:       {202, stateVanished, 0, 0, 0, "", 0, "0", "0"},
		ModeStuck:        {202, stateStuck, 0, 0, 0, "", 0, "0", "0"},
		ModeFewerCards:   {202, stateMinted, 1, 1, 1, "", 1, "1010000", "3800000000000"},
		ModeMissingCard:  {202, stateMinted, 2, 1, 1, "", 1, "2020000", "3800000000000"},
		ModeWrongAmount:  {202, stateMinted, 2, 1, 2, "", 1, "1010000", "3800000000000"},
		ModeWrongSecret:  {202, stateMinted, 2, 1, 2, "", 1, "2020000", "3800000000000"},
		ModeMintTwice:    {202, stateMinted, 4, 2, 2, "", 1, "4040000", "7000000000000"},
	} {
		t.Run(mode, func(t *testing.T) {
			b := newBench(t)
			b.next(mode)
			got := b.create(map[string]any{"quantity": 2})
			b.after(time.Hour)
			if got.status != want.status || len(b.hooks) != want.calls {
				t.Fatalf("%d %s, %d callbacks", got.status, got.raw, len(b.hooks))
			}
			w, spent := b.wallet(8453), "0"
			if totals := b.v.Books().Totals; len(totals) > 0 {
				spent = totals[0].Spent
			}
			if spent != want.spent || w.GasBurnt != want.gasBurnt {
				t.Errorf("spent %s, gas %s", spent, w.GasBurnt)
			}
			b.wantAudit()
			if want.state == "" {
				return
			}
			if r := b.request(); r.State != want.state || len(r.Cards) != want.minted || r.Error != want.failure {
				t.Errorf("%s, %d cards, %q", r.State, len(r.Cards), r.Error)
			}
			if want.calls > 0 {
				wantCallback(t, b.hooks[0].body, want.shown, want.failure, want.hashes)
			}
		})
	}
}

func wantCallback(t *testing.T, body map[string]any, shown int, failure string, hashes int) {
	t.Helper()
	status, text := "success", ""
	if failure != "" {
		status = "error"
		text, _ = body["error"].(string)
	}
	list, isList := body["creationTransactionHashes"].([]any)
	_, alsoList := body["approvalTransactionHashes"].([]any)
	if len(cardsIn(body)) != shown || body["status"] != status || text != failure || len(list) != hashes || !isList || !alsoList ||
		body["authToken"] != token || body["orderId"] != "order-1" {
		t.Errorf("callback %v", body)
	}
	if failure != "" && len(body) != 6 {
		t.Errorf("an error callback has six fields: %v", body)
	}
}

func TestModesAreUsedUp(t *testing.T) {
	b := newBench(t)
	b.apply(Change{NextCreate: []NextCreate{{ModeErrorBefore, 2}, {ModeNormal, 0}, {ModeFailBefore, 1}}})
	b.create(map[string]any{"quantity": 500}) // refused, so it uses up nothing
	for i, want := range []int{500, 500, 202, 202, 202} {
		if got := b.create(nil); got.status != want {
			t.Errorf("create %d: %d", i, got.status)
		}
	}
	b.after(time.Hour)
	if books := b.v.Books(); len(books.Requests) != 3 || books.Totals[0].Cards != 2 {
		t.Errorf("%+v", books.Totals)
	}
}

func TestErrorText(t *testing.T) {
	b := newBench(t)
	b.apply(Change{ErrorText: to("gas spiked"), NextCreate: []NextCreate{{Mode: ModeFailAfter}}})
	b.accepted(nil)
	b.after(time.Minute)
	if b.hooks[0].body["error"] != "gas spiked" {
		t.Errorf("%s", b.hooks[0].raw)
	}
}

// A stuck transaction shows in the pending nonce until it is mined.
func TestStuckIsMinedLater(t *testing.T) {
	b := newBench(t)
	b.next(ModeStuck)
	b.accepted(nil)
	b.after(time.Hour)
	if w := b.wallet(8453); w.Pending != 2 || w.Nonce != 0 || w.of(usdc).Held != "1010000" {
		t.Errorf("%+v", w)
	}
	b.apply(Change{Mine: to(int64(1))})
	b.after(0)
	if w := b.wallet(8453); len(b.hooks) != 1 || w.Pending != 0 || w.Nonce != 2 || w.of(usdc).Held != "0" {
		t.Errorf("%d callbacks, %+v", len(b.hooks), w)
	}
	if err := b.v.Apply(Change{Mine: to(int64(1))}); err == nil {
		t.Error("mined twice")
	}
	b.wantAudit()
}

func TestMintFailsWhenTheWalletWasEmptied(t *testing.T) {
	for _, balance := range []SetBalance{{Chain: 8453, Token: usdc, Amount: "5"}, {Chain: 8453, Amount: "5"}} {
		b := newBench(t)
		b.accepted(nil)
		b.apply(Change{Balances: []SetBalance{balance}})
		b.after(time.Minute)
		if r := b.request(); r.State != stateFailed || r.Error != "insufficient funds for transfer" || len(r.CreationHashes) != 0 || len(b.hooks) != 1 {
			t.Errorf("%+v", r)
		}
		b.wantAudit()
	}
}

func TestLoseCallbacksAndResend(t *testing.T) {
	b := newBench(t)
	b.apply(Change{LoseCallbacks: to(true)})
	b.accepted(nil)
	b.after(time.Hour)
	if calls := b.request().Callbacks; len(b.hooks) != 0 || len(calls) != 1 || calls[0].State != kit.Dropped {
		t.Errorf("%d callbacks, %+v", len(b.hooks), calls)
	}
	b.apply(Change{LoseCallbacks: to(false), Resend: to(int64(1))})
	b.after(0)
	if calls := b.request().Callbacks; len(b.hooks) != 1 || len(cardsIn(b.hooks[0].body)) != 1 || len(calls) != 2 || calls[1].Seq != 2 {
		t.Errorf("%d callbacks, %+v", len(b.hooks), calls)
	}
	b.next(ModeFailBefore)
	b.accepted(nil)
	b.after(time.Minute)
	b.apply(Change{Resend: to(int64(2))})
	if b.after(0); len(b.hooks) != 3 || b.hooks[1].raw != b.hooks[2].raw {
		t.Errorf("%d callbacks", len(b.hooks))
	}
}

func TestFaultsHitCallbacks(t *testing.T) {
	b := newBench(t)
	b.faults.Add(kit.Fault{Target: WebhookTarget, Path: EventSuccess, Kind: kit.DropReply})
	b.accepted(nil)
	for range 3 {
		b.after(3 * time.Second)
	}
	if d := b.request().Callbacks[0]; len(b.hooks) != 2 || d.Tries != 2 || d.State != kit.Delivered {
		t.Errorf("%d callbacks, %+v", len(b.hooks), d)
	}
}

func TestForgedCallback(t *testing.T) {
	b := newBench(t)
	b.v.Send(hook, kit.Message{Key: "x", Event: "forged", Body: []byte(`{"forged":true}`)})
	if b.after(0) != 1 || len(b.hooks) != 1 || b.hooks[0].body["forged"] != true {
		t.Errorf("%v", b.hooks)
	}
}

// Callbacks that fail must not hold up others, and parallel sending must try
// each one once.
func TestTickParallel(t *testing.T) {
	b := newBench(t)
	got := make(chan string, 50)
	b.v.cfg.WebhookClient = &http.Client{Transport: kit.HandlerTransport(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got <- string(raw)
	}))}
	for range 20 {
		b.accepted(nil)
	}
	b.clock.Advance(time.Minute)
	done := make(chan int)
	for range 2 {
		go func() { done <- b.v.TickParallel(t.Context(), 8) }()
	}
	if n := <-done + <-done; n != 20 || len(got) != 20 {
		t.Errorf("%d tries, %d callbacks", n, len(got))
	}
	if n := b.v.Tick(t.Context()); n != 0 {
		t.Errorf("%d tries again", n)
	}
}

// A caller that leaves during the latency of a sync create loses the secrets,
// not the cards.
func TestSyncLatency(t *testing.T) {
	var slept time.Duration
	var leave error
	clock := kit.NewClock(func() time.Time { return time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC) })
	v, err := New(Config{
		Now: clock.Now, NewID: kit.SeededIDs(1), Wallets: DefaultWallets(testKey),
		Sleep: func(_ context.Context, d time.Duration) error { slept += d; return leave },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Apply(Change{SyncLatency: to("90s")}); err != nil {
		t.Fatal(err)
	}
	for i, left := range []error{nil, context.Canceled} {
		leave = left
		r, _ := http.NewRequest("POST", "http://v.test"+api+"/cards/create", strings.NewReader(with(map[string]any{"callbackUrl": nil})))
		res, err := kit.HandlerTransport(v.Handler()).RoundTrip(r)
		if (left == nil) != (err == nil && res.StatusCode == 200) || (left != nil && !errors.Is(err, io.ErrUnexpectedEOF)) {
			t.Errorf("%v: %v", left, err)
		}
		if n := v.Books().Totals[0].Cards; n != i+1 {
			t.Errorf("%d cards", n)
		}
	}
	if slept != 180*time.Second {
		t.Errorf("slept %v", slept)
	}
}

func TestRealSleep(t *testing.T) {
	if err := realSleep(t.Context(), time.Microsecond); err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := realSleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
