package telegram

import (
	"errors"
	"math"
	"strings"
	"testing"

	"giftbot/flows"
)

func testCodec(t testing.TB, keys ...string) *Codec {
	t.Helper()
	if len(keys) == 0 {
		keys = []string{"the-first-key-of-a-test"}
	}
	var raw [][]byte
	for _, k := range keys {
		raw = append(raw, []byte(k))
	}
	c, err := NewCodec(raw...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestButtonsComeBackAsTheyWere(t *testing.T) {
	c := testCodec(t)
	for _, a := range []flows.Action{
		{},
		{Verb: "h"},
		{Verb: "c", ID: "games", N: 3},
		{Verb: "p", ID: "infinivoucher:clxyz0123456789abcdefghij", N: 100},
		{Verb: "p", ID: "infinivoucher:" + strings.Repeat("x", 26), Arg: "n", N: 100}, // 40 bytes
		{Verb: "y", ID: "3F7KQW2M9X", Arg: "infini"},
		{Verb: "y", ID: "3F7KQW2M9X", Arg: "inventpay"},
		{Verb: "l", Arg: "zh-Hans"},
		{Verb: "o", N: math.MaxInt32}, {Verb: "o", N: math.MinInt32}, {Verb: "o", N: -1},
		{Verb: "p", ID: strings.Repeat("я", 15)},
		{Verb: "p", ID: strings.Repeat("i", 35)},
	} {
		data, err := c.Encode(ada, a)
		if err != nil {
			t.Errorf("%+v: %v", a, err)
			continue
		}
		if len(data) > 64 || strings.ContainsAny(data, "+/= ") {
			t.Errorf("%+v: data %q of %d bytes", a, data, len(data))
		}
		if got, err := c.Decode(ada, data); err != nil || got != a {
			t.Errorf("%+v came back as %+v, %v", a, got, err)
		}
	}
}

func TestButtonsThatAreNotOurs(t *testing.T) {
	c := testCodec(t)
	good, err := c.Encode(ada, flows.Action{Verb: "y", ID: "3F7KQW2M9X", Arg: "infini"})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		chat int64
		data string
		want error
	}{
		"of another person": {boris, good, ErrButtonForged},
		"empty":             {ada, "", ErrButtonForged},
		"version alone":     {ada, "1", ErrButtonForged},
		"older version":     {ada, "0" + good[1:], ErrButtonOld},
		"cut":               {ada, good[:len(good)-1], ErrButtonForged},
		"longer":            {ada, good + "A", ErrButtonForged},
		"too long":          {ada, good + strings.Repeat("A", 64), ErrButtonForged},
		"not base64":        {ada, good[:5] + "*" + good[6:], ErrButtonForged},
		"no MAC":            {ada, good[:len(good)-11], ErrButtonForged},
	} {
		if a, err := c.Decode(tc.chat, tc.data); !errors.Is(err, tc.want) || a != (flows.Action{}) {
			t.Errorf("%s: %+v, %v; want %v", name, a, err, tc.want)
		}
	}
	for i := 1; i < len(good); i++ {
		changed := []byte(good)
		changed[i] = "AB"[b2i(changed[i] == 'A')]
		if _, err := c.Decode(ada, string(changed)); !errors.Is(err, ErrButtonForged) {
			t.Errorf("byte %d changed: %v", i, err)
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestButtonKeysRotate(t *testing.T) {
	before, after := testCodec(t, "the-old-key-0123456"), testCodec(t, "the-new-key-0123456", "the-old-key-0123456")
	data, _ := before.Encode(ada, flows.Action{Verb: "h"})
	if _, err := after.Decode(ada, data); err != nil {
		t.Errorf("a button of the former key: %v", err)
	}
	data, _ = after.Encode(ada, flows.Action{Verb: "h"})
	if _, err := before.Decode(ada, data); !errors.Is(err, ErrButtonForged) {
		t.Errorf("signed with the former key: %v", err)
	}
	if _, err := NewCodec(); err == nil {
		t.Error("a codec without a key")
	}
	if _, err := NewCodec([]byte("short")); err == nil {
		t.Error("a codec with a short key")
	}
}

func TestLongActionsAreRefused(t *testing.T) {
	c := testCodec(t)
	for _, a := range []flows.Action{
		{Verb: "p", ID: strings.Repeat("x", 41)},
		{Verb: "p", ID: strings.Repeat("x", 5000)},
		{Verb: "p", ID: "infinivoucher:" + strings.Repeat("x", 30), Arg: "something"},
		{Verb: "p", N: math.MaxInt},
	} {
		if data, err := c.Encode(ada, a); !errors.Is(err, ErrButtonLong) {
			t.Errorf("%d bytes of id: %q, %v", len(a.ID), data, err)
		}
	}
}

func FuzzDecodeButton(f *testing.F) {
	c := testCodec(f)
	for _, a := range []flows.Action{{Verb: "h"}, {Verb: "p", ID: "infinivoucher:clxyz", N: -7, Arg: "n"}} {
		data, _ := c.Encode(ada, a)
		f.Add(ada, data)
		f.Add(boris, data)
	}
	f.Add(ada, "1"+strings.Repeat("_", 63))
	f.Fuzz(func(t *testing.T, chat int64, data string) {
		a, err := c.Decode(chat, data)
		if err != nil {
			return
		}
		again, err := c.Encode(chat, a)
		if err != nil || again != data {
			t.Errorf("%q was accepted but is written %q (%v)", data, again, err)
		}
	})
}

func FuzzEncodeButton(f *testing.F) {
	c := testCodec(f)
	f.Add(ada, "p", "infinivoucher:clxyz", "n", 3)
	f.Fuzz(func(t *testing.T, chat int64, verb, id, arg string, n int) {
		a := flows.Action{Verb: flows.Verb(verb), ID: id, Arg: arg, N: n}
		data, err := c.Encode(chat, a)
		if err != nil {
			return
		}
		if got, err := c.Decode(chat, data); err != nil || got != a || len(data) > 64 {
			t.Errorf("%+v → %q → %+v, %v", a, data, got, err)
		}
		if _, err := c.Decode(chat+1, data); err == nil {
			t.Error("accepted in another chat")
		}
	})
}

func BenchmarkEncodeButton(b *testing.B) {
	c := testCodec(b)
	for b.Loop() {
		if _, err := c.Encode(ada, flows.Action{Verb: "p", ID: "infinivoucher:clxyz0123456789abcdefghij", N: 2}); err != nil {
			b.Fatal(err)
		}
	}
}
