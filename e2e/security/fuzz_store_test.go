package security

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"giftbot/order"
	"giftbot/store"
	"giftbot/store/redistest"
)

// fuzzVault seals the same in every process: a seed of one is tried in others.
func fuzzVault(f *testing.F) *store.Vault {
	f.Helper()
	v, err := store.NewVault([]store.Key{{ID: "k1", Secret: []byte("0f1e2d3c4b5a69788796a5b4c3d2e1f0")}}, strings.NewReader(strings.Repeat("n", 1<<16)))
	if err != nil {
		f.Fatal(err)
	}
	return v
}

// FuzzUnpack: damaged bytes are an error or bytes, and whatever is packed comes
// back as it was.
func FuzzUnpack(f *testing.F) {
	p := store.NewPacker(`{"n":"","u":,"g":"en","s":"delivered","l":[{"i":"infinivoucher:"`)
	for _, plain := range []string{"", "{}", `{"n":"3F7KQW2M9X","s":"delivered","l":[{"i":"infinivoucher:x"}]}`, strings.Repeat("a", 10_000)} {
		packed, err := p.Pack([]byte(plain))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
		f.Add(packed[:len(packed)/2])
		f.Add(append([]byte{1}, packed...))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		plain, err := p.Unpack(raw)
		if err == nil && len(plain) > 4<<20 {
			t.Fatalf("%d bytes hold %d", len(raw), len(plain))
		}
		_ = store.Readable("1 a " + string(raw))
		if len(raw) > 0 && raw[0] == 1 {
			return // never packed: JSON does not begin so
		}
		packed, err := p.Pack(raw)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := p.Unpack(packed); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%q comes back as %q, %v", raw, again, err)
		}
	})
}

// FuzzSealed: what was not sealed by us, for this order and purpose, does not open.
func FuzzSealed(f *testing.F) {
	v := fuzzVault(f)
	const number = order.Number("3F7KQW2M9X")
	sealed, err := v.Seal(number, "goods", []byte("AAAA-BBBB"))
	if err != nil {
		f.Fatal(err)
	}
	for _, raw := range [][]byte{sealed, sealed[:len(sealed)-1], sealed[:3], {0xFD}, {0xFD, 255}, {0xFD, 0}, nil, []byte("AAAA-BBBB")} {
		f.Add(raw, string(number), "goods")
		f.Add(raw, "", "journal")
	}
	f.Fuzz(func(t *testing.T, raw []byte, n, purpose string) {
		plain, err := v.Open(order.Number(n), purpose, raw)
		ours := bytes.Equal(raw, sealed) && n == string(number) && purpose == "goods"
		if (err == nil) != ours || ours && string(plain) != "AAAA-BBBB" {
			t.Fatalf("%q of %q for %q opens as %q, %v", raw, n, purpose, plain, err)
		}
		if err != nil && len(raw) > 12 && strings.Contains(err.Error(), string(raw)) {
			t.Fatalf("the error tells what was sealed: %v", err)
		}
	})
}

// FuzzJournal: a journal of whatever bytes is refused, or is read and goes on:
// what is written then is there at the next start, behind what was read.
func FuzzJournal(f *testing.F) {
	dir := f.TempDir()
	now := func() time.Time { return time.Unix(1_763_512_573, 0) }
	open := func() (*store.Journal, []store.Intent, error) { return store.OpenJournal(dir, now) }
	j, _, err := open()
	if err != nil {
		f.Fatal(err)
	}
	if err = j.Placed("3F7KQW2M9X", 1001, 1_880_000, "key"); err == nil {
		err = j.Spending("3F7KQW2M9X/0/1", 25_000_000)
	}
	if err != nil {
		f.Fatal(err)
	}
	if err = j.Close(); err != nil {
		f.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		f.Fatalf("the journal is %v, %v", files, err)
	}
	file := files[0]
	good, err := os.ReadFile(file)
	if err != nil {
		f.Fatal(err)
	}
	first, second, _ := bytes.Cut(good, []byte("\n"))
	for _, raw := range [][]byte{
		good, good[:len(good)-1], good[:len(good)-7], append(slices.Clone(second), good...), append(slices.Clone(first), second...), {}, []byte("\n"), []byte("\n\n"), []byte("null\n"),
		[]byte(`{"c":"0","i":null}` + "\n"), bytes.Replace(good, []byte("1880000"), []byte("9880000"), 1), append(slices.Clone(good), 0, 0, 0), append(slices.Clone(good), good...),
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		j, read, err := open()
		if err != nil {
			return // damage that no crash makes: a person has to look
		}
		for _, i := range read {
			if i.Kind == store.IntentSpending && !bytes.Contains(raw, []byte(`"`+store.IntentSpending+`"`)) && !bytes.Contains(raw, []byte(`\u`)) {
				t.Fatalf("read %+v from %q", i, raw)
			}
		}
		if err = j.Spending("3F7KQW2M9X/7/7", 1); err != nil {
			t.Fatal(err)
		}
		if err = j.Close(); err != nil {
			t.Fatal(err)
		}
		j, again, err := open()
		if err != nil || len(again) != len(read)+1 || !same(again[:len(read)], read) || again[len(read)].Owner != "3F7KQW2M9X/7/7" {
			t.Fatalf("%d lines were read from %q, then %d, %v", len(read), raw, len(again), err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func same(a, b []store.Intent) bool { return len(a) == 0 && len(b) == 0 || cmp.Equal(a, b) }

// FuzzSpool: a spooled file of whatever bytes is an error, never a body.
func FuzzSpool(f *testing.F) {
	dir := f.TempDir()
	s, err := store.OpenSpool(dir, fuzzVault(f))
	if err != nil {
		f.Fatal(err)
	}
	if err = s.Put("a", []byte(`{"authToken":"x"}`)); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "a.spool"))
	if err != nil {
		f.Fatal(err)
	}
	for _, raw := range [][]byte{good, good[1:], good[:len(good)-1], {}, []byte(`{"authToken":"x"}`)} {
		f.Add("b", raw)
		f.Add("a", raw)
	}
	f.Add("../b", good)
	f.Fuzz(func(t *testing.T, id string, raw []byte) {
		if id != filepath.Base(id) || strings.ContainsAny(id, "\x00/") || len(id) > 200 {
			if _, err := s.Get(id); err == nil {
				t.Fatalf("%q was read", id)
			}
			return
		}
		if err := os.WriteFile(filepath.Join(dir, id+".spool"), raw, 0o600); err != nil {
			return // no name for a file either
		}
		defer func() { _ = os.Remove(filepath.Join(dir, id+".spool")) }() // another one comes
		if body, err := s.Get(id); err == nil && (id != "a" || !bytes.Equal(raw, good)) {
			t.Fatalf("%q is read as %q", raw, body)
		}
	})
}

// damaged is a Redis whose values are changed one at a time.
type damaged struct {
	*redistest.Mini
	store *store.Store
	order order.Order
	keys  []string
}

func newDamaged(f *testing.F) *damaged {
	f.Helper()
	mini, err := redistest.NewMini()
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(mini.Close)
	s, err := store.New(store.Options{URL: redistest.MiniURL, Dialer: mini.Dial, Shards: 1, Vault: fuzzVault(f)})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	number, err := order.NewNumber(strings.NewReader("eight of them"), 0)
	if err != nil {
		f.Fatal(err)
	}
	d, ctx := &damaged{Mini: mini, store: s}, context.Background()
	d.order, err = s.Insert(ctx, order.Transition{
		Order: order.Order{
			Number: number, Buyer: buyer, Status: order.AwaitingPayment, Total: order.Cent, CreatedAt: 1, Flags: []order.Flag{order.FlagHeld},
			Lines: []order.Line{{Product: "infinivoucher:x", Supplier: "infinivoucher", Item: "x", Quantity: 1, UnitPrice: order.Cent}},
		},
		Op: "a", Due: 1, Open: true, Reserve: map[string]order.Money{"infinivoucher": order.Cent},
		Announce: []order.Announcement{{Kind: order.AnnounceStatus, To: buyer}},
	})
	if err == nil {
		err = s.Wake(ctx, number, order.Hint{Payment: 1, External: "x"})
	}
	if err == nil {
		_, _, err = s.SaveSession(ctx, buyer, store.Session{Body: []byte("{}")}, 7)
	}
	if err == nil {
		err = s.Defer(ctx, store.ReplyRef{Chat: buyer}, []byte("x"), 1)
	}
	if err == nil {
		err = s.KeepPicture(ctx, number, "107", "file")
	}
	if err != nil {
		f.Fatal(err)
	}
	d.keys = d.Keys()
	return d
}

// put writes something else under a key and returns what puts it right again.
func (d *damaged) put(key, value string) (undo func()) {
	switch d.Type(key) {
	case "string":
		old, _ := d.Get(key)
		_ = d.Set(key, value)
		return func() { _ = d.Set(key, old) }
	case "hash":
		field, _ := d.HKeys(key)
		old := d.HGet(key, field[0])
		d.HSet(key, field[0], value, value, value)
		return func() { d.HDel(key, value); d.HSet(key, field[0], old) }
	case "list":
		old, _ := d.List(key)
		_, _ = d.Push(key, value)
		return func() { d.Del(key); _, _ = d.Push(key, old...) }
	case "set":
		_, _ = d.SAdd(key, value)
		return func() { _, _ = d.SRem(key, value) }
	case "zset":
		_, _ = d.ZAdd(key, 1, value)
		return func() { _, _ = d.ZRem(key, value) }
	default:
		return func() {}
	}
}

// read asks the store for everything that it reads.
func (d *damaged) read(t *testing.T) {
	ctx, n := t.Context(), d.order.Number
	if o, err := d.store.Load(ctx, n); err == nil {
		if _, err := order.Encode(o); err != nil {
			t.Fatalf("loaded an order that cannot be stored: %v", err)
		}
	}
	// Each may fail: that nothing panics is what is wanted.
	_, _, _ = d.store.OfBuyer(ctx, buyer, 0, 10)
	_, _, _ = d.store.Waiting(ctx, 0, 10)
	_, _ = d.store.LoadSession(ctx, buyer)
	_, _, _ = d.store.Seen(ctx, buyer, 7)
	_, _, _ = d.store.Movements(ctx, buyer, 0, 10)
	_, _ = d.store.Balance(ctx, buyer)
	_, _ = d.store.Peek(ctx, 10)
	_, _, _ = d.store.Due(ctx, 10)
	_, _ = d.store.Postings(ctx, n)
	_, _ = d.store.Picture(ctx, n, "107")
	_, _, _ = d.store.DueReplies(ctx, 10)
	_, _ = d.store.Standing(ctx)
	_, _ = d.store.CountKeys(ctx)
	list, _, _ := d.store.Announcements(ctx, 10)
	for _, p := range list {
		if a, err := d.store.Take(ctx, p); err == nil {
			_ = d.store.Later(ctx, a, 1)
		}
	}
	if claim, err := d.store.Claim(ctx, n); err == nil {
		_ = d.store.Park(ctx, n, claim.Order.Version, 1)
	}
}

// FuzzRecords: whatever stands in Redis, nothing that reads it panics, and
// what is read as an order is one.
func FuzzRecords(f *testing.F) {
	d := newDamaged(f)
	for i, key := range d.keys {
		whole := ""
		if d.Type(key) == "string" {
			whole, _ = d.Get(key)
		}
		for _, value := range []string{whole, whole[:len(whole)/2], "", " ", "1 ", "1  {", "1 a {}", "9223372036854775808 a {}", "-1 a \x01\x00", "x", "st:x:y", ":::", "1|2|3", "infinivoucher=-1", "[]", "[1,2,3,4,5]", "\xfd\xff"} {
			f.Add(i, value)
		}
	}
	f.Fuzz(func(t *testing.T, which int, value string) {
		undo := d.put(d.keys[uint(which)%uint(len(d.keys))], value)
		defer undo()
		d.read(t)
	})
}
