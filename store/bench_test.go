package store

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"giftbot/order"
	"giftbot/store/redistest"
)

// Limits of PROOF R5, in bytes of Redis memory.
const (
	closedOrderLimit = 1500
	sessionLimit     = 400
)

func benchStore(b testing.TB, url string) *Store {
	b.Helper()
	s, err := New(Options{URL: url, Vault: testVault(b)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if err := s.Prepare(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// bought is a delivered order of one line as the shop leaves it: paid once,
// one code, a full timeline.
func bought(t testing.TB, buyer int64) order.Order {
	t.Helper()
	n, err := order.NewNumber(rand.Reader, Shard(buyer, DefaultShards))
	if err != nil {
		t.Fatal(err)
	}
	goods, err := testVault(t).Seal(n, "goods", []byte(`["ABCD-EFGH-IJKL-MNOP"]`))
	if err != nil {
		t.Fatal(err)
	}
	const at = order.Stamp(1_790_000_000_000)
	o := order.Order{
		Number: n, Buyer: buyer, Language: "en", Status: order.Delivered, Total: 12_500_000, CreatedAt: at, ExpiresAt: at + 3_600_000, Message: 4711,
		Lines: []order.Line{{
			Product: "iv:steam-10-us", Supplier: "infinivoucher", Item: "1234", Name: "Steam Wallet 10 USD", Quantity: 1,
			UnitPrice: 12_500_000, UnitCost: 11_000_000, State: order.LineGot, Got: 1, Paid: 11_000_000, Goods: goods,
			Attempts: []order.Attempt{{N: 1, Key: order.PurchaseKey("shop", n, 0, 1, "1234", 1), FirstSentAt: at, Sends: 1, Outcome: order.OutcomeDone, External: "a3f1c2d4-1111-4222-8333-444455556666"}},
		}},
		Payments: []order.Payment{{
			N: 1, Gateway: "infini", State: order.PaymentClosed, Asked: 12_500_000, Key: order.PaymentKey("shop", n, 1, "infini", 12_500_000),
			Lifetime: 3600, SentAt: at, Sends: 1, External: "b3f1c2d4-1111-4222-8333-444455556666", ExpiresAt: at + 3_600_000, Seen: 12_500_000,
		}},
	}
	for _, what := range []string{"placed", "paid", "buying", "got", "delivered"} {
		o.Timeline = append(o.Timeline, order.Moment{At: at, What: what})
	}
	return o
}

// live takes an order through its life as the engine does.
func live(t testing.TB, s *Store, o order.Order) {
	t.Helper()
	ctx, n := t.Context(), string(o.Number)
	own := order.Account("order:" + n)
	account := order.Account("supplier:infinivoucher")
	placed := order.Transition{Order: o, Op: "place " + n, Due: 1, Open: true, Reserve: map[string]order.Money{"infinivoucher": 11_000_000}}
	stored, err := s.Insert(ctx, placed)
	if err != nil {
		t.Fatal(err)
	}
	p := order.Permit{Vendor: "infinivoucher", Lock: n, Owner: order.PermitOwner(o.Number, 0, 1), Send: 1}
	if err = s.Acquire(ctx, p); err != nil {
		t.Fatal(err)
	}
	if err = s.Release(ctx, p, n+"2d4-1111-4222-8333-444455556666"); err != nil {
		t.Fatal(err)
	}
	paid := order.Transition{Order: stored, Op: "paid " + n, Due: 1, Open: true}
	paid.Postings = []order.Posting{{Key: n + "/p1/12500000", From: "gateway:infini", To: own, Amount: 12_500_000}}
	if stored, err = s.Commit(ctx, paid); err != nil {
		t.Fatal(err)
	}
	done := order.Transition{Order: stored, Op: "done " + n}
	done.Postings = []order.Posting{
		{Key: n + "/l0/cost", From: own, To: account, Amount: 11_000_000},
		{Key: n + "/l0/sale", From: own, To: "sales", Amount: 1_500_000},
	}
	if _, err = s.Commit(ctx, done); err != nil {
		t.Fatal(err)
	}
}

func used(t testing.TB, s *Store) int {
	t.Helper()
	text, err := s.rdb.Info(t.Context(), "memory").Result()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "used_memory_dataset:"); ok {
			n, err := strconv.Atoi(value)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no used_memory_dataset")
	return 0
}

func TestBytesPerRecord(t *testing.T) {
	s := benchStore(t, redistest.Start(t, "--appendfsync", "no").URL)
	const count = 2000
	before := used(t, s)
	for i := range count {
		live(t, s, bought(t, int64(5_000_000_000+i)))
	}
	perOrder := (used(t, s) - before) / count
	before = used(t, s)
	body := bytes.Repeat([]byte("s"), 100)
	for i := range count {
		session := Session{Body: body}
		for update := range SeenUpdates {
			session.Version = int64(update)
			if _, _, err := s.SaveSession(t.Context(), int64(5_000_000_000+i), session, int64(900_000_000+update)); err != nil {
				t.Fatal(err)
			}
		}
	}
	perSession := (used(t, s) - before) / count
	t.Logf("a closed order takes %d bytes, a session with a body of %d takes %d", perOrder, len(body), perSession)
	if perOrder > closedOrderLimit || perSession > sessionLimit {
		t.Errorf("over the limits of %d and %d bytes", closedOrderLimit, sessionLimit)
	}
}

func BenchmarkScripts(b *testing.B) {
	for name, start := range map[string]func(b *testing.B) *Store{
		"redis": func(b *testing.B) *Store { return benchStore(b, redistest.Start(b, "--appendfsync", "no").URL) },
		"fsync": func(b *testing.B) *Store { return benchStore(b, redistest.Start(b).URL) },
	} {
		b.Run(name, func(b *testing.B) { benchScripts(b, start(b)) })
	}
}

func benchScripts(b *testing.B, s *Store) {
	ctx := b.Context()
	next := int64(0)
	insert := func() order.Order {
		next++
		o, err := s.Insert(ctx, order.Transition{Order: bought(b, next), Op: "x", Due: 1})
		if err != nil {
			b.Fatal(err)
		}
		return o
	}
	run := func(name string, do func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	o := insert()
	run("insert", func() error { insert(); return nil })
	run("commit", func() (err error) {
		o, err = s.Commit(ctx, order.Transition{Order: o, Op: fmt.Sprint(o.Version), Due: 1})
		return err
	})
	run("claim+park", func() error {
		claim, err := s.Claim(ctx, o.Number)
		if err != nil {
			return err
		}
		return s.Park(ctx, o.Number, claim.Order.Version, 1)
	})
	run("wake", func() error { return s.Wake(ctx, o.Number, order.Hint{Payment: 1}) })
	run("peek", func() error { _, err := s.Peek(ctx, 10); return err })
	run("load", func() error { _, err := s.Load(ctx, o.Number); return err })
	run("history", func() error { _, _, err := s.OfBuyer(ctx, 1, 0, 5); return err })
	session := Session{Body: make([]byte, 100)}
	run("session", func() (err error) {
		_, session, err = s.SaveSession(ctx, 1, session, session.Version+1)
		return err
	})
}
