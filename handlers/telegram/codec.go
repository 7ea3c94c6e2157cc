package telegram

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash"
	"math"
	"strings"
	"sync"

	"giftbot/flows"
)

// Callback data looks like "1" + base64url(verb, n, id, arg, mac): opaque,
// bound to one chat, at most 64 bytes (TELEGRAM.md §2.2). The MAC stops
// forged data and buttons carried into another chat; it grants nothing: the
// steps check rights and prices again.
const (
	dataLimit   = 64 // bytes
	dataVersion = '1'
	macSize     = 8 // bytes of HMAC-SHA256
	shortMac    = 6 // bytes, when eight would not fit
)

var (
	// ErrButtonLong is returned for an action that does not fit into a button.
	ErrButtonLong = errors.New("action is too long for a button")
	// ErrButtonOld is returned for data of a version we do not read any more.
	ErrButtonOld = errors.New("button of an older version")
	// ErrButtonForged is returned for data that we did not make for this chat.
	ErrButtonForged = errors.New("button is not ours")
)

// Codec writes and reads callback data. Keys are sub-keys for this purpose
// alone: the first signs, all are accepted.
type Codec struct {
	macs []*sync.Pool // of hash.Hash, one per key
}

// NewCodec makes a codec. Keys shorter than 16 bytes, or none, are an error.
func NewCodec(keys ...[]byte) (*Codec, error) {
	if len(keys) == 0 {
		return nil, errors.New("telegram buttons: no key")
	}
	c := &Codec{}
	for _, key := range keys {
		if len(key) < 16 {
			return nil, errors.New("telegram buttons: a key is too short")
		}
		c.macs = append(c.macs, &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }})
	}
	return c, nil
}

// Encode returns the data of a button in a chat. ErrButtonLong: product ids
// beyond 40 bytes or very long arguments.
func (c *Codec) Encode(chat int64, a flows.Action) (string, error) {
	var space [dataLimit * 2]byte
	if len(a.Verb)+len(a.ID)+len(a.Arg) > dataLimit || a.N < math.MinInt32 || a.N > math.MaxInt32 {
		return "", ErrButtonLong
	}
	raw := appendWord(space[:0], string(a.Verb))
	raw = binary.AppendVarint(raw, int64(a.N))
	raw = appendWord(raw, a.ID)
	raw = appendWord(raw, a.Arg)
	size := macSize
	if base64.RawURLEncoding.EncodedLen(len(raw)+size)+1 > dataLimit {
		size = shortMac
	}
	if base64.RawURLEncoding.EncodedLen(len(raw)+size)+1 > dataLimit {
		return "", ErrButtonLong
	}
	var sum [sha256.Size]byte
	raw = append(raw, c.sum(0, &sum, chat, raw)[:size]...)
	out := make([]byte, 1, dataLimit)
	out[0] = dataVersion
	return string(base64.RawURLEncoding.AppendEncode(out, raw)), nil
}

// Decode reads the data of a button pressed in a chat: ErrButtonOld or
// ErrButtonForged.
func (c *Codec) Decode(chat int64, data string) (flows.Action, error) {
	if data == "" || len(data) > dataLimit {
		return flows.Action{}, ErrButtonForged
	}
	if data[0] != dataVersion {
		return flows.Action{}, ErrButtonOld
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(data[1:])
	if err != nil {
		return flows.Action{}, ErrButtonForged
	}
	a, body, ok := parse(raw)
	if !ok || !c.valid(chat, raw[:body], raw[body:]) {
		return flows.Action{}, ErrButtonForged
	}
	return a, nil
}

// valid compares in constant time. The length of the MAC follows from that of
// the body, so that a short one cannot be chosen by who forges.
func (c *Codec) valid(chat int64, body, mac []byte) bool {
	want := macSize
	if base64.RawURLEncoding.EncodedLen(len(body)+macSize)+1 > dataLimit {
		want = shortMac
	}
	if len(mac) != want {
		return false
	}
	for key := range c.macs {
		var sum [sha256.Size]byte
		if hmac.Equal(c.sum(key, &sum, chat, body)[:want], mac) {
			return true
		}
	}
	return false
}

func (c *Codec) sum(key int, sum *[sha256.Size]byte, chat int64, body []byte) []byte {
	h, _ := c.macs[key].Get().(hash.Hash)
	h.Reset()
	var id [9]byte
	id[0] = dataVersion
	binary.BigEndian.PutUint64(id[1:], uint64(chat))
	_, _ = h.Write(id[:])
	_, _ = h.Write(body)
	out := h.Sum(sum[:0])
	c.macs[key].Put(h)
	return out
}

// parse splits raw into an action and where its MAC begins.
func parse(raw []byte) (a flows.Action, body int, ok bool) {
	verb, rest, ok := cutWord(raw)
	if !ok {
		return a, 0, false
	}
	n, size := binary.Varint(rest)
	if size <= 0 || n < math.MinInt32 || n > math.MaxInt32 {
		return a, 0, false
	}
	id, rest, ok := cutWord(rest[size:])
	if !ok {
		return a, 0, false
	}
	arg, rest, ok := cutWord(rest)
	if !ok {
		return a, 0, false
	}
	return flows.Action{Verb: flows.Verb(verb), ID: id, Arg: arg, N: int(n)}, len(raw) - len(rest), true
}

// A word is one byte, three bits for a known beginning and five for the
// length of the rest (31: the length follows), and the rest.
const lengthFollows = 31

// beginnings shorten what product ids start with. The order is part of the
// format: a change needs a new dataVersion.
func beginnings() [4]string { return [4]string{"", "infinivoucher:", "inventpay", "infini"} }

func appendWord(b []byte, s string) []byte {
	known := beginnings()
	which := 0
	for i := 1; i < len(known); i++ {
		if strings.HasPrefix(s, known[i]) {
			which, s = i, s[len(known[i]):]
			break
		}
	}
	if len(s) < lengthFollows {
		b = append(b, byte(which<<5|len(s)))
	} else {
		b = append(b, byte(which<<5|lengthFollows), byte(len(s)))
	}
	return append(b, s...)
}

func cutWord(b []byte) (word string, rest []byte, ok bool) {
	if len(b) == 0 {
		return "", nil, false
	}
	known := beginnings()
	which, length := int(b[0]>>5), int(b[0]&lengthFollows)
	b = b[1:]
	if length == lengthFollows {
		if len(b) == 0 {
			return "", nil, false
		}
		length, b = int(b[0]), b[1:]
	}
	if which >= len(known) || length > len(b) {
		return "", nil, false
	}
	//nolint:gosec // G602: both ends were compared just above
	return known[which] + string(b[:length]), b[length:], true
}
