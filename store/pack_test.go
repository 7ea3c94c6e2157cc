package store

import (
	"bytes"
	"encoding/base64"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"giftbot/order"
)

func TestPackedBytesComeBack(t *testing.T) {
	p := NewPacker(orderWords)
	rapid.Check(t, func(t *rapid.T) {
		field := rapid.StringMatching(`"[a-z]":"(got|delivered|infini|[0-9]{1,20})"`)
		plain := []byte("{" + strings.Join(rapid.SliceOfN(field, 0, 60).Draw(t, "fields"), ",") + "}")
		packed, err := p.Pack(plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(packed) > len(plain) {
			t.Errorf("%d bytes became %d", len(plain), len(packed))
		}
		if got, err := p.Unpack(packed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%q came back as %q, %v", plain, got, err)
		}
	})
}

func TestPackersAreShared(t *testing.T) {
	p := NewPacker(orderWords)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 200 {
				plain := []byte(strings.Repeat(`"s":"delivered",`, i%7+1))
				packed, err := p.Pack(plain)
				got, back := p.Unpack(packed)
				if err != nil || back != nil || !bytes.Equal(got, plain) {
					t.Errorf("%q, %v, %v", got, err, back)
				}
			}
		})
	}
	all.Wait()
}

func TestWhatWasNeverPackedIsReadAsItIs(t *testing.T) {
	p := NewPacker(orderWords)
	for _, plain := range []string{"", "{}", `{"n":"x"}`} {
		if got, err := p.Unpack([]byte(plain)); err != nil || string(got) != plain {
			t.Errorf("%q became %q, %v", plain, got, err)
		}
	}
	for _, broken := range []string{"\x01", "\x01\xff\xff\xff", "\x01garbage"} {
		if _, err := p.Unpack([]byte(broken)); err == nil {
			t.Errorf("%q was read", broken)
		}
	}
	bomb, err := p.Pack(bytes.Repeat([]byte("a"), packedMost+2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unpack(bomb); err == nil {
		t.Error("more than a record can hold was read")
	}
}

// The dictionary is part of every stored order. This record was packed with it.
func TestTheDictionaryNeverChanges(t *testing.T) {
	const stored = "AYKkMGM3c+/AcCNfywhIWjM0MDAkI5kVmBngSWkQWZB1ZgYKoShFmKUJzgQHjQckFYbmZsamhkbGJpZgkQqYiKklWKQWEAAA//8="
	packed, err := base64.StdEncoding.DecodeString(stored)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := NewPacker(orderWords).Unpack(packed)
	if err != nil || string(plain) != pinned() {
		t.Errorf("stored orders cannot be read any more: %q, %v", plain, err)
	}
}

func pinned() string {
	return `{"n":"3F7KQW2M9X","u":1001,"g":"en","s":"delivered","l":[{"i":"infinivoucher:p60","v":"infinivoucher","k":"p60","n":"60 UC","q":1,"p":940000,"c":850000,"s":"got"}],"t":940000,"c":1763512349000,"x":1763515949000}`
}

func TestAStoredOrderIsSmall(t *testing.T) {
	both(t, func(w *world) {
		o := w.insert(placed(number(t, buyer, 'a'), buyer))
		raw, err := w.raw.Get(w.t.Context(), shardKeys(o.Number.Shard()).order(o.Number)).Result()
		if err != nil {
			w.t.Fatal(err)
		}
		plain, err := order.Encode(o)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(raw) > len(plain)*3/4 {
			w.t.Errorf("%d bytes of JSON are stored as %d", len(plain), len(raw))
		}
		if text := Readable(raw); !strings.Contains(text, string(plain)) {
			w.t.Errorf("not readable: %q", text)
		}
		if Readable("some other value") != "some other value" {
			w.t.Error("another value was changed")
		}
	})
}
